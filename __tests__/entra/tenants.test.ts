import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { subscription, tenant } from '../../simulator/directory.ts';
import { findReach, type Reach } from '../../src/arm/find-account.ts';
import { mergeSubscriptions, type ReachedTenant } from '../../src/arm/user-accounts.ts';
import type { SubscriptionRequest } from '../../src/core/request.ts';
import type { Subscription } from '../../src/core/session.ts';
import { passwordCredential } from '../../src/entra/password.ts';
import { claims, ENTRA, type RecordedContext, rejection, SCOPE, Session } from './session.ts';

const ARM = 'management.azure.com';

let session: Session;
before(async () => {
  session = await Session.start();
});
beforeEach(() => {
  const { directory } = session.simulator;
  session.simulator.clear();
  directory.tenants.splice(1);
  directory.subscriptions.splice(3);
  session.contoso.user.guestIn.length = 0;
  for (const own of session.contoso.subscriptions) own.managedByTenants.length = 0;
});
after(() => session[Symbol.asyncDispose]());

function id(number: number, kind: string): string {
  return `${String(number).padStart(8, '0')}-0000-4000-8000-${kind.padStart(12, '0')}`;
}

/** A tenant in which the user is a guest, with one subscription. */
function addGuestTenant(number: number): { tenantId: string; objectId: string; subscriptionId: string } {
  const { directory } = session.simulator;
  const [tenantId, objectId, subscriptionId] = [id(number, 'a'), id(number, 'b'), id(number, 'c')];
  directory.tenants.push(
    tenant({ id: tenantId, domains: [`t${number}.example`], displayName: `Tenant ${number}`, cloud: 'AzureCloud' }),
  );
  session.contoso.user.guestIn.push({ tenantId, objectId, multifactor: 'none' });
  directory.subscriptions.push({
    ...subscription({ id: subscriptionId, displayName: `Guest ${number}`, tenantId, cloud: 'AzureCloud' }),
    roleAssignments: [objectId],
  });
  return { tenantId, objectId, subscriptionId };
}

const ALL: SubscriptionRequest = { scope: 'all', whenNone: 'refuse' };

async function reach(
  subscriptions: SubscriptionRequest,
  options: { tenantId?: string; context?: RecordedContext } = {},
): Promise<Reach & { warnings: string[] }> {
  const { user, password } = session.contoso;
  const context = options.context ?? session.context();
  const credential = {
    method: 'password',
    username: user.userPrincipalName.toUpperCase(),
    password,
    tenantId: options.tenantId ?? 'organizations',
  } as const;
  const signedIn = passwordCredential(credential, context);
  const token = await signedIn.getToken(SCOPE);
  const found = await findReach(credential, subscriptions, token, signedIn.handover(), context);
  return { ...found, warnings: context.warnings };
}

test('every tenant of a user is reached, each with a token of its own', async () => {
  const guests = [addGuestTenant(1), addGuestTenant(2)];
  const home = session.contoso.tenant.id;
  const { account, managementTokens } = await reach({ ...ALL, wanted: 'Production' });
  assert.deepEqual(account.principal, {
    kind: 'user',
    username: 'ada@contoso.com',
    objectId: session.contoso.user.objectId,
  });
  assert.equal(account.tenantId, home);
  assert.deepEqual(
    account.subscriptions.map(({ name, tenantId }) => [name, tenantId]),
    [
      ['Production', home],
      ['Development', home],
      ['Retired', home],
      ['Guest 1', guests[0]?.tenantId],
      ['Guest 2', guests[1]?.tenantId],
    ],
  );
  assert.deepEqual(
    managementTokens.map(({ tenantId }) => tenantId),
    [home, guests[0]?.tenantId, guests[1]?.tenantId],
  );
  for (const { token, tenantId } of managementTokens) assert.equal(claims(token)['tid'], tenantId);
});

test('the account is at home in the tenant of its default subscription, whose token comes first', async () => {
  const { tenantId, objectId, subscriptionId } = addGuestTenant(1);
  const { account, managementTokens } = await reach({ ...ALL, wanted: 'guest 1' });
  assert.ok(account.selected.kind === 'subscription');
  assert.equal(account.selected.subscription.id, subscriptionId);
  assert.equal(account.tenantId, tenantId);
  assert.equal(managementTokens[0].tenantId, tenantId);
  assert.equal(managementTokens.length, 2);
  assert.ok(account.principal.kind === 'user');
  assert.equal(account.principal.objectId, objectId);
});

test('a tenant without a subscription is an account where none is needed', async () => {
  addGuestTenant(1);
  const { tenantId } = addGuestTenant(2);
  session.simulator.directory.subscriptions.pop();
  const needed = await reach({ ...ALL, wanted: 'Production' });
  assert.equal(needed.account.bareTenants, undefined);
  assert.deepEqual(needed.warnings, []);
  const { account } = await reach({ ...ALL, wanted: 'Production', whenNone: 'tenant-level-account' });
  assert.deepEqual(account.bareTenants, [tenantId]);
});

test('the order is that of Resource Manager, and the first enabled subscription in it the default', async () => {
  const { tenantId } = addGuestTenant(1);
  const { tenants } = session.simulator.directory;
  tenants.reverse();
  const { account } = await reach(ALL);
  tenants.reverse();
  assert.deepEqual(
    account.subscriptions.map(({ name }) => name),
    ['Guest 1', 'Production', 'Development', 'Retired'],
  );
  assert.equal(account.tenantId, tenantId);
});

test('tenants that demand more, or refuse, are left out with one warning that names them', async () => {
  addGuestTenant(1);
  const strict = addGuestTenant(2);
  const closed = addGuestTenant(3);
  const guest = session.contoso.user.guestIn[1];
  assert.ok(guest);
  guest.multifactor = 'required';
  session.simulator.directory.tenant(closed.tenantId)?.blockedByConditionalAccess.push(closed.objectId);
  const { account, managementTokens, warnings } = await reach({ ...ALL, wanted: 'Production' });
  assert.deepEqual(
    account.subscriptions.map(({ name }) => name),
    ['Production', 'Development', 'Retired', 'Guest 1'],
  );
  assert.equal(managementTokens.length, 2);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /2 of the user's 4 tenants are left out/);
  assert.match(warnings[0] ?? '', new RegExp(`Tenant 2 \\(${strict.tenantId}\\): AADSTS50076\\. .*second factor`));
  assert.match(warnings[0] ?? '', new RegExp(`Tenant 3 \\(${closed.tenantId}\\): AADSTS53003\\. .*Conditional Access`));
});

test('a tenant where Resource Manager refuses is left out; one where it fails ends the sign-in', async () => {
  const { tenantId } = addGuestTenant(1);
  const ofGuest = { host: ARM, path: '/subscriptions', skip: 1 };
  session.simulator.faults.add({
    ...ofGuest,
    fault: { kind: 'status', status: 403, body: JSON.stringify({ error: { code: 'Forbidden', message: 'no' } }) },
  });
  const { account, warnings } = await reach({ ...ALL, wanted: 'Production' });
  assert.equal(account.subscriptions.length, 3);
  assert.match(warnings.join(), new RegExp(`${tenantId}\\): .*refused to list the subscriptions`));

  session.simulator.clear();
  session.simulator.faults.add({ ...ofGuest, times: 3, fault: { kind: 'status', status: 503 } });
  const error = await rejection(reach({ ...ALL, wanted: 'Production' }));
  assert.match(error.message, /subscription list .* failed/);
});

test('a tenant that the workflow named is the only one asked', async () => {
  const { tenantId } = addGuestTenant(1);
  const { account, managementTokens } = await reach(ALL, { tenantId });
  assert.deepEqual(session.asked, [`POST ${ENTRA}/${tenantId}/oauth2/v2.0/token`, `GET ${ARM}/subscriptions`]);
  assert.equal(account.tenantId, tenantId);
  assert.deepEqual(
    managementTokens.map((token) => token.tenantId),
    [tenantId],
  );
});

test('a subscription that alone is asked for costs no list', async () => {
  addGuestTenant(1);
  const wanted = session.contoso.subscriptions[0].id;
  await reach({ ...ALL, scope: 'named-only', wanted });
  assert.deepEqual(session.asked, [
    `POST ${ENTRA}/organizations/oauth2/v2.0/token`,
    `GET ${ARM}/subscriptions/${wanted}`,
  ]);
  session.simulator.clear();
  const { account } = await reach({ scope: 'named-only', whenNone: 'tenant-level-account' });
  assert.equal(account.selected.kind, 'tenant-level');
  assert.equal(session.asked.length, 1);
});

test('a subscription seen through several tenants is reached through the first, and a warning says so', async () => {
  const { objectId } = addGuestTenant(1);
  const home = session.contoso.tenant.id;
  const shared = session.simulator.directory.subscriptions.at(-1);
  assert.ok(shared);
  shared.managedByTenants.push(home);
  shared.roleAssignments.push(session.contoso.user.objectId);
  assert.ok(shared.roleAssignments.includes(objectId));
  const { account, warnings } = await reach({ ...ALL, wanted: 'Guest 1' });
  assert.equal(account.subscriptions.filter(({ name }) => name === 'Guest 1').length, 1);
  assert.equal(account.tenantId, home);
  assert.match(warnings.join(), new RegExp(`Guest 1 .*tenant ${home}`));
});

test('a hundred tenants cost two requests each, four tenants at a time', async () => {
  for (let number = 1; number <= 100; number++) addGuestTenant(number);
  session.simulator.resourceManager.pageSize = 30;
  const slow = { kind: 'delay', milliseconds: 50 } as const;
  session.simulator.faults.add({ host: ENTRA, skip: 1, times: 100, fault: slow });
  const { account, managementTokens } = await reach({ ...ALL, wanted: 'Guest 77' });
  session.simulator.resourceManager.pageSize = 50;
  assert.equal(account.subscriptions.length, 103);
  assert.deepEqual(
    account.subscriptions.slice(3).map(({ name }) => name),
    Array.from({ length: 100 }, (_, index) => `Guest ${index + 1}`),
  );
  assert.equal(managementTokens.length, 101);
  assert.equal(session.simulator.requestsTo(ARM, '/tenants').length, 4);
  assert.equal(session.simulator.requestsTo(ARM, '/subscriptions').length, 101);
  const [, ...asked] = session.simulator.requestsTo(ENTRA).map(({ time }) => time.getTime());
  assert.equal(asked.length, 100);
  for (const [at, time] of asked.entries()) {
    const fourth = asked[at - 4] ?? 0;
    assert.ok(time - fourth >= 45, `five requests within ${time - fourth} ms`);
  }
  const last = (asked.at(-1) ?? 0) - (asked[0] ?? 0);
  assert.ok(last < 4_000, `${last} ms: one after the other would take 5,000`);
});

test('merging keeps the order, and of each subscription the first', () => {
  const make = (name: string, tenantId: string, homeTenantId: string): Subscription => ({
    id: name,
    name,
    state: 'Enabled',
    tenantId,
    homeTenantId,
    managedByTenants: [],
  });
  const reached = (...subscriptions: Subscription[]): ReachedTenant => ({
    token: { token: '', expiresOn: new Date(0), scope: SCOPE, tenantId: '' },
    subscriptions,
  });
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const merged = mergeSubscriptions(
    [
      reached(make('s1', 'A', 'B'), make('s2', 'A', 'A'), make('s3', 'A', 'X')),
      reached(make('S1', 'B', 'B'), make('s2', 'B', 'A'), make('s3', 'B', 'X'), make('s4', 'B', 'B')),
    ],
    warn,
  );
  assert.deepEqual(
    merged.map(({ name, tenantId }) => `${name} ${tenantId}`),
    ['s1 A', 's2 A', 's3 A', 's4 B'],
  );
  assert.equal(warnings.length, 1);
  assert.deepEqual(mergeSubscriptions([reached(make('s1', 'A', 'A'))], () => assert.fail()).length, 1);
});
