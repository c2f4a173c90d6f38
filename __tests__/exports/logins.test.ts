import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Values } from '../../src/actions/runner.ts';
import { activeLogins, fingerprint, LOGINS_VARIABLE, type LoginEntry } from '../../src/core/logins.ts';
import { withoutLogin } from '../../src/exports/logins.ts';

const NAMES = ['AZURE_TENANT_ID', 'AZURE_CLIENT_SECRET'] as const;
type Name = (typeof NAMES)[number];

/** The environment after a login, which was possibly killed when it had exported only the record of logins. */
function begun(login: string, name: Name, value: string, env: Values, how: 'whole' | 'killed', began = 0): Values {
  const before = name === 'AZURE_CLIENT_SECRET' ? '' : (env[name] ?? '');
  const entry = { login, began, sdkCredential: '', variables: { [name]: { set: fingerprint(name, value), before } } };
  const logins = JSON.stringify([...activeLogins(env), entry]);
  return { ...env, [LOGINS_VARIABLE]: logins, ...(how === 'whole' ? { [name]: value } : {}) };
}

async function ended(login: string, env: Values, saved?: LoginEntry): Promise<Values> {
  return { ...env, ...(await withoutLogin(login, saved, env)) };
}

for (const name of NAMES) {
  for (const [what, later, how, between] of [
    ['another value', 'b', 'whole', 'b'],
    ['the same value', 'a', 'whole', 'a'],
    ['another value, but was killed before it exported it', 'b', 'killed', ''],
    ['the same value, but was killed before it exported it', 'a', 'killed', 'a'],
  ] as const) {
    test(`the earlier login ends first, and the later one has ${what} in ${name}`, async () => {
      const one = begun('first', name, 'a', {}, 'whole');
      const left = await ended('first', begun('second', name, later, one, how));
      assert.equal(left[name], between);
      const none = await ended('second', left);
      assert.deepEqual([none[name], none[LOGINS_VARIABLE]], ['', '']);
    });
  }
}

const ORDERS = ['012', '021', '102', '120', '201', '210'];
const VALUES = ['', 'a', 'b'] as const;
const TRIPLES = VALUES.flatMap((one) => VALUES.flatMap((two) => VALUES.map((three) => [one, two, three] as const)));

test('three logins end in any order, one possibly killed: the value is that of the newest left, and at last the original', async () => {
  const name = 'AZURE_TENANT_ID';
  for (const values of TRIPLES) {
    for (const killed of [undefined, 0, 1, 2]) {
      for (const order of ORDERS) {
        let env: Values = { [name]: 'b' };
        for (const [n, value] of values.entries()) {
          env = begun(`${n}`, name, value, env, n === killed ? 'killed' : 'whole');
        }
        const left = new Set([0, 1, 2]);
        for (const ending of order) {
          env = await ended(ending, env);
          left.delete(Number(ending));
          const expected = values[Math.max(...left)] ?? 'b';
          const what = JSON.stringify({ values, killed, order, ending });
          if (killed === undefined || left.size === 0) assert.equal(env[name], expected, what);
        }
        assert.equal(env[LOGINS_VARIABLE], '');
      }
    }
  }
});

test('three logins end from the last to the first, and a step blanks the record once: each restores the value before it', async () => {
  const name = 'AZURE_TENANT_ID';
  for (const values of TRIPLES) {
    for (const blanked of [0, 1, 2, 3, 4, 5]) {
      let env: Values = { [name]: 'b' };
      const before: string[] = [];
      const saved: (LoginEntry | undefined)[] = [];
      for (const at of [0, 1, 2, 3, 4, 5]) {
        if (at < 3) {
          before.push(env[name] ?? '');
          env = begun(`${at}`, name, values[at] ?? '', env, 'whole', at);
          saved.push(activeLogins(env).at(-1));
        } else {
          env = await ended(`${5 - at}`, env, saved[5 - at]);
          assert.equal(env[name], before[5 - at], JSON.stringify({ values, blanked, at }));
        }
        if (at === blanked) env = { ...env, [LOGINS_VARIABLE]: '' };
      }
      assert.equal(env[LOGINS_VARIABLE], '');
    }
  }
});

test('the clock is set back between two logins: the older one ends first, and the newer keeps its value', async () => {
  for (const name of NAMES) {
    for (const value of ['a', 'b']) {
      const one = begun('first', name, 'a', {}, 'whole', 2000);
      const both = begun('second', name, value, one, 'whole', 1000);
      const [first, second] = activeLogins(both);
      const left = await ended('first', both, first);
      assert.equal(left[name], value);
      const none = await ended('second', left, second);
      assert.deepEqual([none[name], none[LOGINS_VARIABLE]], ['', '']);
    }
  }
});

test('only variables that a login exports are restored, even if a step changed the record', async () => {
  const variables = { HOME: { set: '/home', before: '/elsewhere' }, AZURE_TENANT_ID: { set: 'a', before: 'b' } };
  const logins = JSON.stringify([null, { login: 'x' }, { login: 'only', variables }]);
  const env = { HOME: '/home', AZURE_TENANT_ID: 'a', [LOGINS_VARIABLE]: logins };
  assert.deepEqual(await withoutLogin('only', undefined, env), { AZURE_TENANT_ID: 'b', [LOGINS_VARIABLE]: '' });
});

test('the saved record, which a container can change, does not override the job variable', async () => {
  const env = begun('only', 'AZURE_TENANT_ID', 'a', { AZURE_TENANT_ID: 'b' }, 'whole');
  const before = 'planted';
  const variables = { AZURE_TENANT_ID: { set: 'a', before }, AZURE_EXTENSION_DIR: { set: '', before } };
  const saved = { login: 'only', began: 0, sdkCredential: '', variables };
  assert.deepEqual(await withoutLogin('only', saved, env), { AZURE_TENANT_ID: 'b', [LOGINS_VARIABLE]: '' });
});
