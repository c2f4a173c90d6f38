import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Values } from '../../src/actions/runner.ts';
import { activeLogins, fingerprint, LOGINS_VARIABLE, type LoginEntry } from '../../src/core/logins.ts';
import { withoutLogin } from '../../src/exports/logins.ts';

/** A job in which a login begins: whole, or killed when it had exported the record of the logins alone. */
function begun(login: string, name: Name, value: string, env: Values, how: 'whole' | 'killed', began = 0): Values {
  const before = name === 'AZURE_CLIENT_SECRET' ? '' : (env[name] ?? '');
  const entry = { login, began, sdkCredential: '', variables: { [name]: { set: fingerprint(name, value), before } } };
  const logins = JSON.stringify([...activeLogins(env), entry]);
  return { ...env, [LOGINS_VARIABLE]: logins, ...(how === 'whole' ? { [name]: value } : {}) };
}

type Name = 'AZURE_TENANT_ID' | 'AZURE_CLIENT_SECRET';

for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_SECRET'] as const) {
  for (const [what, later, how, between] of [
    ['another value', 'b', 'whole', 'b'],
    ['the same value', 'a', 'whole', 'a'],
    ['another value that was not exported any more', 'b', 'killed', ''],
    ['the same value that was not exported any more', 'a', 'killed', 'a'],
  ] as const) {
    test(`an earlier login ends first, and the later one has ${what} in ${name}`, async () => {
      const one = begun('first', name, 'a', {}, 'whole');
      const both = begun('second', name, later, one, how);
      const left = { ...both, ...(await withoutLogin('first', undefined, both)) };
      assert.equal(left[name], between);
      const none = { ...left, ...(await withoutLogin('second', undefined, left)) };
      assert.deepEqual([none[name], none[LOGINS_VARIABLE]], ['', '']);
    });
  }
}

/** Every order of three. */
const ORDERS = [0, 1, 2].flatMap((first) =>
  [0, 1, 2].flatMap((next) => (first === next ? [] : [[first, next, 3 - first - next]])),
);
const VALUES = ['', 'a', 'b'] as const;

test('three logins end in any order, killed or whole: the newest that is left has its value, and then nobody', async () => {
  const name = 'AZURE_TENANT_ID';
  for (const values of VALUES.flatMap((one) => VALUES.flatMap((two) => VALUES.map((three) => [one, two, three])))) {
    for (const killed of [undefined, 0, 1, 2]) {
      for (const order of ORDERS) {
        let env: Values = { [name]: 'b' };
        for (const [n, value] of values.entries())
          env = begun(`${n}`, name, value, env, n === killed ? 'killed' : 'whole');
        const left = new Set([0, 1, 2]);
        for (const ending of order) {
          env = { ...env, ...(await withoutLogin(`${ending}`, undefined, env)) };
          left.delete(ending);
          const expected = values[Math.max(...left)] ?? 'b';
          const what = JSON.stringify({ values, killed, order, ending });
          if (killed === undefined || left.size === 0) assert.equal(env[name], expected, what);
        }
        assert.equal(env[LOGINS_VARIABLE], '');
      }
    }
  }
});

test('a record that a step changed gives back no variable that no login exports', async () => {
  const variables = { HOME: { set: '/home', before: '/elsewhere' }, AZURE_TENANT_ID: { set: 'a', before: 'b' } };
  const env = {
    HOME: '/home',
    AZURE_TENANT_ID: 'a',
    [LOGINS_VARIABLE]: JSON.stringify([null, { login: 'x' }, { login: 'only', variables }]),
  };
  assert.deepEqual(await withoutLogin('only', undefined, env), { AZURE_TENANT_ID: 'b', [LOGINS_VARIABLE]: '' });
});

test('three logins end from the last to the first, and a step blanks the record once: each gives back what it found', async () => {
  const name = 'AZURE_TENANT_ID';
  for (const values of VALUES.flatMap((one) => VALUES.flatMap((two) => VALUES.map((three) => [one, two, three])))) {
    for (const blanked of [0, 1, 2, 3, 4, 5]) {
      let env: Values = { [name]: 'b' };
      const found: string[] = [];
      const saved: (LoginEntry | undefined)[] = [];
      for (const at of [0, 1, 2, 3, 4, 5]) {
        if (at < 3) {
          found.push(env[name] ?? '');
          env = begun(`${at}`, name, values[at] ?? '', env, 'whole', at);
          saved.push(activeLogins(env).at(-1));
        } else {
          env = { ...env, ...(await withoutLogin(`${5 - at}`, saved[5 - at], env)) };
          assert.equal(env[name], found[5 - at], JSON.stringify({ values, blanked, at }));
        }
        if (at === blanked) env = { ...env, [LOGINS_VARIABLE]: '' };
      }
      assert.equal(env[LOGINS_VARIABLE], '');
    }
  }
});

test('the clock is set back between two logins: the older one ends first, and the newer keeps what it has', async () => {
  for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_SECRET'] as const) {
    for (const value of ['a', 'b']) {
      const one = begun('first', name, 'a', {}, 'whole', 2000);
      const both = begun('second', name, value, one, 'whole', 1000);
      const [first, second] = activeLogins(both);
      const left = { ...both, ...(await withoutLogin('first', first, both)) };
      assert.equal(left[name], value);
      const none = { ...left, ...(await withoutLogin('second', second, left)) };
      assert.deepEqual([none[name], none[LOGINS_VARIABLE]], ['', '']);
    }
  }
});

test('what is saved of a login adds nothing to what the job says of it: a container can change the record', async () => {
  const env = begun('only', 'AZURE_TENANT_ID', 'a', { AZURE_TENANT_ID: 'b' }, 'whole');
  const variables = {
    AZURE_TENANT_ID: { set: 'a', before: 'planted' },
    AZURE_EXTENSION_DIR: { set: '', before: 'planted' },
  };
  const saved = { login: 'only', began: 0, sdkCredential: '', variables };
  assert.deepEqual(await withoutLogin('only', saved, env), { AZURE_TENANT_ID: 'b', [LOGINS_VARIABLE]: '' });
});
