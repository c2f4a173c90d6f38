import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Values } from '../../src/actions/runner.ts';
import { LOGINS_VARIABLE } from '../../src/core/logins.ts';
import { givenBack, withLogin } from '../../src/exports/later-logins.ts';
import type { SavedVariable } from '../../src/profile/saved-session.ts';

const TENANT = 'AZURE_TENANT_ID';
const SECRET = 'AZURE_CLIENT_SECRET';

function exported(value: string, env: Values, name: SavedVariable['name'] = TENANT): SavedVariable {
  return name === SECRET
    ? { name, exported: { kind: 'sha256', text: createHash('sha256').update(value).digest('hex') }, restore: '' }
    : { name, exported: { kind: 'value', text: value }, restore: env[name] ?? '' };
}

/** A job in which a login begins: whole, or killed when it had exported the record of the logins alone. */
function begun(login: string, saved: SavedVariable, value: string, env: Values, how: 'whole' | 'killed'): Values {
  const record = { [LOGINS_VARIABLE]: withLogin(login, [saved], '', env) };
  return { ...env, ...record, ...(how === 'whole' ? { [saved.name]: value } : {}) };
}

for (const name of [TENANT, SECRET] as const) {
  for (const [what, later, how, between] of [
    ['another value', 'b', 'whole', 'b'],
    ['the same value', 'a', 'whole', 'a'],
    ['another value that was not exported any more', 'b', 'killed', ''],
    ['the same value that was not exported any more', 'a', 'killed', 'a'],
  ] as const) {
    test(`an earlier login ends first, and the later one has ${what} in ${name}`, async () => {
      const first = exported('a', {}, name);
      const one = begun('first', first, 'a', {}, 'whole');
      const second = exported(later, one, name);
      const both = begun('second', second, later, one, how);
      const left = { ...both, ...(await givenBack('first', [first], both)) };
      assert.equal(left[name], between);
      const none = { ...left, ...(await givenBack('second', [second], left)) };
      assert.deepEqual([none[name], none[LOGINS_VARIABLE]], ['', '']);
    });
  }
}
