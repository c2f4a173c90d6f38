/** A user who is a guest in other tenants: every tenant is reached, by a token of its own. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { subscription, tenant } from '../../simulator/directory.ts';
import type { ActionStep } from '../../simulator/job.ts';
import type { ProfileSubscription } from '../../src/profile/azure-profile.ts';
import { assertRefused, openWorld, readJson } from './world.ts';

const [ENTRA, ARM] = ['login.microsoftonline.com', 'management.azure.com'];
const MANAGEMENT = 'https://management.core.windows.net/';
const VAULT = 'https://vault.azure.net';

const world = await openWorld();
beforeEach(() => {
  const { simulator, contoso } = world;
  simulator.clear();
  simulator.directory.tenants.splice(1);
  simulator.directory.subscriptions.splice(3);
  contoso.user.guestIn.length = 0;
});

interface Guest {
  readonly tenantId: string;
  readonly objectId: string;
  readonly subscriptionId: string;
}

/** A tenant in which the user is a guest, with one subscription. */
function addGuestTenant(number: number): Guest {
  const { directory } = world.simulator;
  const [tenantId, objectId, subscriptionId] = ['a', 'b', 'c'].map(
    (kind) => `${String(number).padStart(8, '0')}-0000-4000-8000-${kind.padStart(12, '0')}`,
  ) as [string, string, string];
  const cloud = 'AzureCloud';
  directory.tenants.push(
    tenant({ id: tenantId, domains: [`t${number}.example`], displayName: `Tenant ${number}`, cloud }),
  );
  world.contoso.user.guestIn.push({ tenantId, objectId, multifactor: 'none' });
  const own = subscription({ id: subscriptionId, displayName: `Guest ${number}`, tenantId, cloud });
  directory.subscriptions.push({ ...own, roleAssignments: [objectId] });
  return { tenantId, objectId, subscriptionId };
}

function signIn(inputs: Record<string, string>): Promise<ActionStep> {
  const { user, password } = world.contoso;
  return world.signIn({ username: user.userPrincipalName.toUpperCase(), password, ...inputs });
}

interface Found {
  readonly outputs: Record<string, string>;
  readonly warnings: readonly string[];
  /** `NAME TENANT` of each subscription in the profile, in order. */
  readonly subscriptions: readonly string[];
  /** The tenants of the cached tokens for Resource Manager, in order. */
  readonly tokens: readonly string[];
}

async function signedIn(inputs: Record<string, string>): Promise<Found> {
  const step = await signIn(inputs);
  const { exitCode, outputs, warnings, log } = step.result;
  assert.equal(exitCode, 0, log);
  const folder = outputs['config-dir'] ?? '';
  const { subscriptions } = readJson<{ subscriptions: ProfileSubscription[] }>(folder, 'azureProfile.json');
  const { AccessToken } = readJson<{ AccessToken: Record<string, { target: string; realm: string; secret: string }> }>(
    folder,
    'msal_token_cache.json',
  );
  const tokens = Object.values(AccessToken).filter(
    ({ target, realm }) => target.startsWith(MANAGEMENT) && realm !== 'organizations',
  );
  for (const { realm, secret } of tokens) assert.equal(tenantOf(secret), realm);
  await step.post();
  return {
    outputs,
    warnings,
    subscriptions: subscriptions.map(({ name, tenantId }) => `${name} ${tenantId ?? ''}`),
    tokens: tokens.map(({ realm }) => realm),
  };
}

function tenantOf(token: string | undefined): unknown {
  const claims = Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString('utf8');
  return (JSON.parse(claims) as Record<string, unknown>)['tid'];
}

test('every tenant is reached; the account is at home where its default subscription is', async () => {
  const [one, two] = [addGuestTenant(1), addGuestTenant(2)];
  const home = world.contoso.tenant.id;
  for (const [name, principalId, tenantId] of [
    ['Production', world.contoso.user.objectId, home],
    ['guest 1', one.objectId, one.tenantId],
  ] as const) {
    const { outputs, subscriptions, tokens } = await signedIn({ subscription: name });
    assert.deepEqual([outputs['account'], outputs['principal-id']], ['ada@contoso.com', principalId]);
    assert.equal(outputs['tenant-id'], tenantId);
    const own = ['Production', 'Development', 'Retired'].map((each) => `${each} ${home}`);
    assert.deepEqual(subscriptions, [...own, `Guest 1 ${one.tenantId}`, `Guest 2 ${two.tenantId}`]);
    assert.deepEqual(tokens.toSorted(), [home, one.tenantId, two.tenantId].toSorted());
  }
});

test('the order is that of Resource Manager, and the first enabled subscription in it the default', async () => {
  const { tenantId } = addGuestTenant(1);
  world.simulator.directory.tenants.reverse();
  const { subscriptions, outputs } = await signedIn({});
  world.simulator.directory.tenants.reverse();
  assert.deepEqual([subscriptions[0], outputs['tenant-id']], [`Guest 1 ${tenantId}`, tenantId]);
});

test('tenants that demand more, or refuse, are left out with one warning that names them', async () => {
  const [, strict, closed, refusing] = [1, 2, 3, 4].map(addGuestTenant) as [Guest, Guest, Guest, Guest];
  const { directory, faults } = world.simulator;
  for (const entry of world.contoso.user.guestIn) {
    if (entry.tenantId === strict.tenantId) entry.multifactor = 'required';
  }
  directory.tenant(closed.tenantId)?.blockedByConditionalAccess.push(closed.objectId);
  const body = { error: { code: 'Forbidden', message: 'no' } };
  faults.add({
    when: ({ path, headers }) =>
      path === '/subscriptions' && tenantOf(headers.authorization?.split(' ')[1]) === refusing.tenantId,
    fault: { kind: 'json', status: 403, body },
  });
  const { subscriptions, warnings } = await signedIn({ subscription: 'Production' });
  assert.deepEqual(subscriptions.map((each) => each.replace(/ \S+$/, '')).slice(3), ['Guest 1']);
  assert.equal(warnings.length, 1);
  const [warning = ''] = warnings;
  assert.match(warning, /3 of the user's 5 tenants are left out/);
  assert.match(warning, new RegExp(`Tenant 2 \\(${strict.tenantId}\\): AADSTS50076\\. .*second factor`));
  assert.match(warning, new RegExp(`Tenant 3 \\(${closed.tenantId}\\): AADSTS53003\\. .*Conditional Access`));
  assert.match(warning, new RegExp(`${refusing.tenantId}\\): .*refused to list the subscriptions`));
});

test('a tenant in which Resource Manager fails ends the sign-in', async () => {
  addGuestTenant(1);
  const fault = { kind: 'status', status: 503 } as const;
  world.simulator.faults.add({ host: ARM, path: '/subscriptions', skip: 1, times: 9, fault });
  assertRefused(await signIn({ 'max-attempts': '2' }), world.job, /subscription list .* failed/);
});

test('a tenant or a subscription that is named alone costs no list of tenants', async () => {
  const { tenantId, objectId } = addGuestTenant(1);
  const { outputs, tokens } = await signedIn({ 'tenant-id': tenantId });
  assert.deepEqual(world.asked, [`POST ${ENTRA}/${tenantId}/oauth2/v2.0/token`, `GET ${ARM}/subscriptions`]);
  assert.deepEqual([outputs['tenant-id'], outputs['principal-id'], tokens], [tenantId, objectId, [tenantId]]);
  world.simulator.clear();
  const wanted = world.contoso.subscriptions[0].id;
  await signedIn({ subscription: wanted, 'list-subscriptions': 'false' });
  assert.deepEqual(world.asked, [
    `POST ${ENTRA}/organizations/oauth2/v2.0/token`,
    `GET ${ARM}/subscriptions/${wanted}`,
  ]);
});

test('a subscription seen through several tenants is reached through the first, and a warning says so', async () => {
  addGuestTenant(1);
  const home = world.contoso.tenant.id;
  const shared = world.simulator.directory.subscriptions.at(-1);
  shared?.managedByTenants.push(home);
  shared?.roleAssignments.push(world.contoso.user.objectId);
  const { outputs, subscriptions, warnings } = await signedIn({ subscription: 'Guest 1' });
  assert.deepEqual(subscriptions.slice(3), [`Guest 1 ${home}`]);
  assert.equal(outputs['tenant-id'], home);
  assert.match(warnings.join(), new RegExp(`Guest 1 .*tenant ${home}`));
});

test('the tokens of token-scopes are of the tenant of the default subscription, as those are that az gets', async () => {
  const { tenantId } = addGuestTenant(1);
  const { outputs } = await signedIn({ subscription: 'Guest 1', 'token-scopes': `${VAULT}\n${MANAGEMENT}` });
  assert.equal(tenantOf(outputs['access-token']), tenantId);
  const tokens = JSON.parse(outputs['access-tokens'] ?? '{}') as Record<string, { token: string }>;
  assert.equal(tenantOf(tokens[MANAGEMENT]?.token), tenantId);
});
