import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUserResponse, usernameOf } from '../../src/entra/user-grant.ts';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object): string => `${encoded({ alg: 'none' })}.${encoded(claims)}.signature`;

test('the home account is read from client_info, or else from the ID token', () => {
  const entra = jwt({ oid: 'other-object', tid: 'other-tenant' });
  const garbled = ['%%%', encoded('text'), encoded([]), encoded(null), encoded({ uid: 7 })];
  for (const [client_info, id_token, home] of [
    [encoded({ uid: 'object', utid: 'tenant' }), entra, ['object', 'tenant']],
    ['', entra, ['other-object', 'other-tenant']],
    ['', jwt({ sub: 'adfs-subject' }), ['adfs-subject', '']],
    ...garbled.map((info) => [info, '', ['', '']] as const),
  ] as const) {
    const response = { access_token: 'a', refresh_token: 'r', client_info, id_token };
    const { grant } = readUserResponse(response, 'SCOPE', 'organizations', 'password');
    assert.deepEqual([grant.homeObjectId, grant.homeTenantId], home);
  }
});

test('the user name is spelled as in the claim of the token', () => {
  for (const [claims, name] of [
    [{ preferred_username: 'Ada@Contoso.com', upn: 'x@y' }, 'Ada@Contoso.com'],
    [{ upn: 'Ada@contoso.com' }, 'Ada@contoso.com'],
    [{ unique_name: 'ada@contoso.com' }, 'ada@contoso.com'],
    [{ preferred_username: 1 }, ''],
  ] as const) {
    assert.equal(usernameOf(jwt(claims)), name);
  }
  assert.equal(usernameOf('no token'), '');
});

test('a sign-in without a refresh token is an error, since later steps need one', () => {
  assert.throws(
    () => readUserResponse({ access_token: 'a' }, 'SCOPE', 'organizations', 'password'),
    /no refresh token/,
  );
});
