/** A user who is a guest in other tenants. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsOf } from '../../src/core/jwt.ts';
import { addGuestTenant } from './fabrikam.ts';
import { configDir, openWorld, readJson, type Variables } from './world.ts';

const ARM = 'management.azure.com';
const MANAGEMENT = 'https://management.core.windows.net/';
const VAULT = 'https://vault.azure.net';

const world = await openWorld();
const { directory, faults } = world.simulator;
const { tenant: home, user, password, subscriptions: own } = world.contoso;
const USER = { username: user.userPrincipalName.toUpperCase(), password };

/**
 * Signs in and out.
 * @returns `NAME TENANT` of each subscription in the profile, and the sorted tenants of the Resource Manager tokens
 */
async function signIn(inputs: Variables) {
  const step = await world.signIn({ ...USER, ...inputs });
  const { outputs, warnings } = step.result;
  const folder = configDir(step);
  const profile = readJson<{ subscriptions: { name: string; tenantId: string }[] }>(folder, 'azureProfile.json');
  type Cache = { AccessToken: Record<string, { target: string; realm: string; secret: string }> };
  const { AccessToken } = readJson<Cache>(folder, 'msal_token_cache.json');
  const forManagement = Object.values(AccessToken).filter(({ target }) => target.startsWith(MANAGEMENT));
  const tokens = forManagement.filter(({ realm }) => realm !== 'organizations');
  for (const { realm, secret } of tokens) assert.equal(tenantOf(secret), realm);
  await step.post();
  const subscriptions = profile.subscriptions.map(({ name, tenantId }) => `${name} ${tenantId}`);
  return { outputs, warnings, subscriptions, tokens: tokens.map(({ realm }) => realm).sort() };
}

function tenantOf(token: string | undefined): unknown {
  return claimsOf(token ?? '')?.['tid'];
}

test('the profile has the subscriptions of every tenant, and the account is of the tenant of the default one', async () => {
  const [one, two] = [addGuestTenant(world, 1), addGuestTenant(world, 2)];
  for (const [name, { objectId, tenantId }] of [
    ['Production', { objectId: user.objectId, tenantId: home.id }],
    ['guest 1', one],
  ] as const) {
    const { outputs, subscriptions, tokens } = await signIn({ subscription: name });
    const account = ['account', 'principal-id', 'tenant-id'].map((output) => outputs[output]);
    assert.deepEqual(account, ['ada@contoso.com', objectId, tenantId]);
    const atHome = own.map(({ displayName }) => `${displayName} ${home.id}`);
    assert.deepEqual(subscriptions, [...atHome, `Guest 1 ${one.tenantId}`, `Guest 2 ${two.tenantId}`]);
    assert.deepEqual(tokens, [home.id, one.tenantId, two.tenantId].sort());
  }
});

test('subscriptions keep the order of Resource Manager, and the first enabled one is the default', async () => {
  const { tenantId } = addGuestTenant(world, 1);
  directory.tenants.reverse();
  const { subscriptions, outputs } = await signIn({});
  assert.deepEqual([subscriptions[0], outputs['tenant-id']], [`Guest 1 ${tenantId}`, tenantId]);
});

test('tenants that need a second factor or reject the user are omitted, with one warning that names them', async () => {
  const [, strict, blocked, forbidden] = [1, 2, 3, 4].map((number) => addGuestTenant(world, number));
  Object.assign(user.guestIn[1] ?? {}, { multifactor: 'required' });
  directory.tenant(blocked?.tenantId ?? '')?.blockedByConditionalAccess.push(blocked?.objectId ?? '');
  faults.add({
    when: ({ path, headers }) =>
      path === '/subscriptions' && tenantOf(headers.authorization?.split(' ')[1]) === forbidden?.tenantId,
    fault: { kind: 'json', status: 403, body: { error: { code: 'Forbidden', message: 'no' } } },
  });
  const { subscriptions, warnings } = await signIn({ subscription: 'Production' });
  assert.deepEqual(subscriptions.map((each) => each.replace(/ \S+$/, '')).slice(3), ['Guest 1']);
  assert.equal(warnings.length, 1);
  for (const text of [
    "3 of the user's 5 tenants are left out",
    `Tenant 2 \\(${strict?.tenantId}\\): AADSTS50076\\. .*multifactor authentication`,
    `Tenant 3 \\(${blocked?.tenantId}\\): AADSTS53003\\. .*Conditional Access`,
    `${forbidden?.tenantId}\\): .*refused to list the subscriptions`,
  ]) {
    assert.match(warnings[0] ?? '', new RegExp(text));
  }
});

test('a failure of Resource Manager in one tenant fails the sign-in', async () => {
  addGuestTenant(world, 1);
  faults.add({ host: ARM, path: '/subscriptions', skip: 1, times: 9, fault: { kind: 'status', status: 503 } });
  await world.rejects({ ...USER, 'max-attempts': '2' }, /subscription list .* failed/);
});

test('a named tenant, or a single subscription, needs no request for the tenants', async () => {
  const { tenantId, objectId } = addGuestTenant(world, 1);
  const { outputs, tokens } = await signIn({ 'tenant-id': tenantId });
  assert.deepEqual([outputs['tenant-id'], outputs['principal-id'], tokens], [tenantId, objectId, [tenantId]]);
  const { id } = own[0];
  await signIn({ subscription: id, 'list-subscriptions': 'false' });
  const requests = world.requestLines.map((line) => line.replace('login.microsoftonline.com/', ''));
  assert.deepEqual(requests, [
    `POST ${tenantId}/oauth2/v2.0/token`,
    `GET ${ARM}/subscriptions`,
    'POST organizations/oauth2/v2.0/token',
    `GET ${ARM}/subscriptions/${id}`,
  ]);
});

test('a subscription that several tenants list belongs to the first one, with a warning', async () => {
  addGuestTenant(world, 1);
  const shared = directory.subscriptions.at(-1);
  shared?.managedByTenants.push(home.id);
  shared?.roleAssignments.push(user.objectId);
  const { outputs, subscriptions, warnings } = await signIn({ subscription: 'Guest 1' });
  assert.deepEqual([subscriptions.slice(3), outputs['tenant-id']], [[`Guest 1 ${home.id}`], home.id]);
  assert.match(warnings.join(), new RegExp(`Guest 1 .*tenant ${home.id}`));
});

test('the tokens of token-scopes are for the tenant of the default subscription, as those of az are', async () => {
  const { tenantId } = addGuestTenant(world, 1);
  const { outputs } = await signIn({ subscription: 'Guest 1', 'token-scopes': `${VAULT}\n${MANAGEMENT}` });
  const tokens = JSON.parse(outputs['access-tokens'] ?? '{}') as Record<string, { token: string }>;
  assert.deepEqual([outputs['access-token'], tokens[MANAGEMENT]?.token].map(tenantOf), [tenantId, tenantId]);
});
