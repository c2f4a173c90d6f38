import assert from 'node:assert/strict';
import { test } from 'node:test';
import { homeOf, readUserAnswer, usernameOf } from '../../src/entra/user-grant.ts';

const SCOPE = 'https://management.core.windows.net//.default';

const NOW = new Date('2026-11-22T08:00:00Z');

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function jwt(claims: Record<string, unknown>): string {
  return `${encoded({ alg: 'none' })}.${encoded(claims)}.signature`;
}

test('the home of a user is what client_info says, else what the ID token says', () => {
  const info = encoded({ uid: 'object', utid: 'tenant' });
  const idToken = jwt({ oid: 'other-object', tid: 'other-tenant' });
  assert.deepEqual(homeOf(info, idToken), { homeObjectId: 'object', homeTenantId: 'tenant' });
  assert.deepEqual(homeOf('', idToken), { homeObjectId: 'other-object', homeTenantId: 'other-tenant' });
  assert.deepEqual(homeOf('', jwt({ sub: 'adfs-subject' })), { homeObjectId: 'adfs-subject', homeTenantId: '' });
  for (const garbled of ['%%%', encoded('text'), encoded([]), encoded(null), encoded({ uid: 7 })]) {
    assert.deepEqual(homeOf(garbled, ''), { homeObjectId: '', homeTenantId: '' });
  }
});

test('the name of a user is spelled as in the token, whichever claim holds it', () => {
  assert.equal(usernameOf(jwt({ preferred_username: 'Ada@Contoso.com', upn: 'x@y' })), 'Ada@Contoso.com');
  assert.equal(usernameOf(jwt({ upn: 'Ada@contoso.com' })), 'Ada@contoso.com');
  assert.equal(usernameOf(jwt({ unique_name: 'ada@contoso.com' })), 'ada@contoso.com');
  assert.equal(usernameOf(jwt({ preferred_username: 1 })), '');
  assert.equal(usernameOf('no token'), '');
});

test('a sign-in without a refresh token is an error: no later step could go on', () => {
  assert.throws(
    () => readUserAnswer({ access_token: 'a' }, { scope: SCOPE, tenantId: 'organizations' }, 'password', NOW),
    /no refresh token/,
  );
});
