import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Values } from '../../src/actions/runner.ts';
import { LOGINS_VARIABLE, trace } from '../../src/core/logins.ts';
import { withLogin, withoutLogin } from '../../src/exports/logins.ts';

/** A job in which a login begins: whole, or killed when it had exported the record of the logins alone. */
function begun(login: string, name: Name, value: string, env: Values, how: 'whole' | 'killed'): Values {
  const before = name === 'AZURE_CLIENT_SECRET' ? '' : (env[name] ?? '');
  const record = withLogin({ login, carrier: '', variables: { [name]: { set: trace(name, value), before } } }, env);
  return { ...env, ...record, ...(how === 'whole' ? { [name]: value } : {}) };
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
      const left = { ...both, ...(await withoutLogin('first', both)) };
      assert.equal(left[name], between);
      const none = { ...left, ...(await withoutLogin('second', left)) };
      assert.deepEqual([none[name], none[LOGINS_VARIABLE]], ['', '']);
    });
  }
}

test('a record that a step changed gives back no variable that no login exports', async () => {
  const variables = { HOME: { set: '/home', before: '/elsewhere' }, AZURE_TENANT_ID: { set: 'a', before: 'b' } };
  const env = {
    HOME: '/home',
    AZURE_TENANT_ID: 'a',
    [LOGINS_VARIABLE]: JSON.stringify([null, { login: 'x' }, { login: 'only', variables }]),
  };
  assert.deepEqual(await withoutLogin('only', env), { AZURE_TENANT_ID: 'b', [LOGINS_VARIABLE]: '' });
});
