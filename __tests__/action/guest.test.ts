/** A user who is a guest in other tenants: every tenant is reached, by a token of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addGuestTenant } from './fabrikam.ts';
import { openWorld, readJson } from './world.ts';

const ARM = 'management.azure.com';
const MANAGEMENT = 'https://management.core.windows.net/';
const VAULT = 'https://vault.azure.net';

const world = await openWorld();
const { directory, faults } = world.simulator;
const { tenant: home, user, password, subscriptions: own } = world.contoso;
const USER = { username: user.userPrincipalName.toUpperCase(), password };

interface Found {
  readonly outputs: Record<string, string>;
  readonly warnings: readonly string[];
  /** `NAME TENANT` of each subscription in the profile, in order. */
  readonly subscriptions: readonly string[];
  /** The tenants of the cached tokens for Resource Manager, sorted. */
  readonly tokens: readonly string[];
}

async function signedIn(inputs: Record<string, string>): Promise<Found> {
  const step = await world.signedIn({ ...USER, ...inputs });
  const { outputs, warnings } = step.result;
  const folder = outputs['config-dir'] ?? '';
  const profile = readJson<{ subscriptions: { name: string; tenantId: string }[] }>(folder, 'azureProfile.json');
  type Cache = { AccessToken: Record<string, { target: string; realm: string; secret: string }> };
  const { AccessToken } = readJson<Cache>(folder, 'msal_token_cache.json');
  const tokens = Object.values(AccessToken).filter(
    ({ target, realm }) => target.startsWith(MANAGEMENT) && realm !== 'organizations',
  );
  for (const { realm, secret } of tokens) assert.equal(tenantOf(secret), realm);
  await step.post();
  const subscriptions = profile.subscriptions.map(({ name, tenantId }) => `${name} ${tenantId}`);
  return { outputs, warnings, subscriptions, tokens: tokens.map(({ realm }) => realm).sort() };
}

function tenantOf(token: string | undefined): unknown {
  const claims = Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString('utf8');
  return (JSON.parse(claims) as Record<string, unknown>)['tid'];
}

test('every tenant is reached; the account is at home where its default subscription is', async () => {
  const [one, two] = [addGuestTenant(world, 1), addGuestTenant(world, 2)];
  for (const [name, { objectId, tenantId }] of [
    ['Production', { objectId: user.objectId, tenantId: home.id }],
    ['guest 1', one],
  ] as const) {
    const { outputs, subscriptions, tokens } = await signedIn({ subscription: name });
    const account = ['account', 'principal-id', 'tenant-id'].map((output) => outputs[output]);
    assert.deepEqual(account, ['ada@contoso.com', objectId, tenantId]);
    const atHome = own.map(({ displayName }) => `${displayName} ${home.id}`);
    assert.deepEqual(subscriptions, [...atHome, `Guest 1 ${one.tenantId}`, `Guest 2 ${two.tenantId}`]);
    assert.deepEqual(tokens, [home.id, one.tenantId, two.tenantId].sort());
  }
});

test('the order is that of Resource Manager, and the first enabled subscription in it the default', async () => {
  const { tenantId } = addGuestTenant(world, 1);
  directory.tenants.reverse();
  const { subscriptions, outputs } = await signedIn({});
  assert.deepEqual([subscriptions[0], outputs['tenant-id']], [`Guest 1 ${tenantId}`, tenantId]);
});

test('tenants that demand more, or refuse, are left out with one warning that names them', async () => {
  const [, strict, closed, refusing] = [1, 2, 3, 4].map((number) => addGuestTenant(world, number));
  Object.assign(user.guestIn[1] ?? {}, { multifactor: 'required' });
  directory.tenant(closed?.tenantId ?? '')?.blockedByConditionalAccess.push(closed?.objectId ?? '');
  faults.add({
    when: ({ path, headers }) =>
      path === '/subscriptions' && tenantOf(headers.authorization?.split(' ')[1]) === refusing?.tenantId,
    fault: { kind: 'json', status: 403, body: { error: { code: 'Forbidden', message: 'no' } } },
  });
  const { subscriptions, warnings } = await signedIn({ subscription: 'Production' });
  assert.deepEqual(subscriptions.map((each) => each.replace(/ \S+$/, '')).slice(3), ['Guest 1']);
  assert.equal(warnings.length, 1);
  for (const told of [
    "3 of the user's 5 tenants are left out",
    `Tenant 2 \\(${strict?.tenantId}\\): AADSTS50076\\. .*multifactor authentication`,
    `Tenant 3 \\(${closed?.tenantId}\\): AADSTS53003\\. .*Conditional Access`,
    `${refusing?.tenantId}\\): .*refused to list the subscriptions`,
  ]) {
    assert.match(warnings[0] ?? '', new RegExp(told));
  }
});

test('a tenant in which Resource Manager fails ends the sign-in', async () => {
  addGuestTenant(world, 1);
  faults.add({ host: ARM, path: '/subscriptions', skip: 1, times: 9, fault: { kind: 'status', status: 503 } });
  await world.refused({ ...USER, 'max-attempts': '2' }, /subscription list .* failed/);
});

test('a tenant or a subscription that is named alone costs no list of tenants', async () => {
  const { tenantId, objectId } = addGuestTenant(world, 1);
  const { outputs, tokens } = await signedIn({ 'tenant-id': tenantId });
  assert.deepEqual([outputs['tenant-id'], outputs['principal-id'], tokens], [tenantId, objectId, [tenantId]]);
  const wanted = own[0].id;
  await signedIn({ subscription: wanted, 'list-subscriptions': 'false' });
  const asked = world.asked.map((line) => line.replace('login.microsoftonline.com/', ''));
  assert.deepEqual(asked, [
    `POST ${tenantId}/oauth2/v2.0/token`,
    `GET ${ARM}/subscriptions`,
    'POST organizations/oauth2/v2.0/token',
    `GET ${ARM}/subscriptions/${wanted}`,
  ]);
});

test('a subscription seen through several tenants is reached through the first, and a warning says so', async () => {
  addGuestTenant(world, 1);
  const shared = directory.subscriptions.at(-1);
  shared?.managedByTenants.push(home.id);
  shared?.roleAssignments.push(user.objectId);
  const { outputs, subscriptions, warnings } = await signedIn({ subscription: 'Guest 1' });
  assert.deepEqual([subscriptions.slice(3), outputs['tenant-id']], [[`Guest 1 ${home.id}`], home.id]);
  assert.match(warnings.join(), new RegExp(`Guest 1 .*tenant ${home.id}`));
});

test('the tokens of token-scopes are of the tenant of the default subscription, as those are that az gets', async () => {
  const { tenantId } = addGuestTenant(world, 1);
  const { outputs } = await signedIn({ subscription: 'Guest 1', 'token-scopes': `${VAULT}\n${MANAGEMENT}` });
  const tokens = JSON.parse(outputs['access-tokens'] ?? '{}') as Record<string, { token: string }>;
  assert.deepEqual([outputs['access-token'], tokens[MANAGEMENT]?.token].map(tenantOf), [tenantId, tenantId]);
});
