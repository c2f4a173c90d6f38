/** Real CLIs in a profile folder that several logins join and leave. */
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import type { Subscription as Simulated } from '../../simulator/directory.ts';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { addApplication } from '../action/fabrikam.ts';
import { readJson, World } from '../action/world.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { AZS, type Az, type ClassicSubscription, classic, newAz, PRODUCTION_GROUPS, type Subscription } from './az.ts';
import { assertNothingEscaped, claimsOf, expireTokens, runClient, type Variables } from './session.ts';
import { addSubscription, groupOf } from './tenants.ts';

interface Login {
  readonly job: Job;
  readonly step: ActionStep;
}

/** The first login creates the folder, and the last one removes it. */
class SharedFolder {
  readonly world: World;
  readonly path: string;
  readonly #logins = new Set<Login>();

  constructor(world: World) {
    this.world = world;
    this.path = join(world.job.workspace, 'profile');
  }

  /** Signs in, each time in another job of the same machine. */
  async signIn<P extends { readonly inputs: Variables }>(principal: P, more: Variables = {}): Promise<P & Login> {
    const job = this.world.newJob();
    const inputs = { ...principal.inputs, ...more, 'config-dir': this.path };
    const login = { ...principal, job, step: await this.world.signIn(inputs, { job }) };
    this.#logins.add(login);
    return login;
  }

  /** By default, all that are signed in. */
  async signOut(...logins: readonly Login[]): Promise<void> {
    const ending = logins.length === 0 ? [...this.#logins] : logins;
    for (const post of await Promise.all(ending.map(({ step }) => step.post()))) {
      assert.deepEqual([post.exitCode, post.errors, post.warnings], [0, [], []], post.log);
    }
    for (const login of ending) this.#logins.delete(login);
  }
}

/** At the end, every login signs out, after which the folder must be gone. */
function testShared(name: string, body: (shared: SharedFolder) => Promise<void>): void {
  test(name, async () => {
    await using world = await World.start();
    const shared = new SharedFolder(world);
    await body(shared);
    await shared.signOut();
    assertNothingEscaped(world);
    assert.deepEqual(readdirSync(world.job.workspace), []);
  });
}

function testEachAz(name: string, body: (shared: SharedFolder, command: string) => Promise<void>): void {
  for (const [version, command] of Object.entries(AZS)) {
    testShared(`${version}: ${name}`, (shared) => body(shared, command));
  }
}

interface Principal {
  /** In `az`: a client id, or the name of a user. */
  readonly name: string;
  readonly objectId: string;
  readonly inputs: Variables;
}

/** The world's application, with access to Production, Development and Retired. */
function firstOf({ contoso, secret }: World): Principal {
  const inputs = { ...secret, subscription: 'Production' };
  return { name: contoso.application.clientId, objectId: contoso.principalId, inputs };
}

/** Adds an application with a secret and with access to these subscriptions. */
function addServicePrincipal({ simulator, contoso }: World, ...visible: readonly Simulated[]): Principal {
  const [clientId, objectId, secret] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  const tenantId = contoso.tenant.id;
  addApplication(simulator.directory.applications, { clientId, displayName: clientId, tenantId }, objectId, secret);
  for (const { roleAssignments } of visible) roleAssignments.push(objectId);
  const inputs = { 'client-id': clientId, 'tenant-id': tenantId, 'client-secret': secret };
  return { name: clientId, objectId, inputs };
}

/** Both have access to Development, and only the second, newer one to Staging. */
async function twoServicePrincipals(shared: SharedFolder) {
  const { world } = shared;
  const later = addServicePrincipal(world, world.contoso.subscriptions[1], addSubscription(world, 'Staging'));
  const first = await shared.signIn(firstOf(world));
  return { first, second: await shared.signIn(later, { subscription: 'Staging' }) };
}

/** The account of each subscription in `az account list`. The default subscription has a star. */
async function owners(az: Az): Promise<Record<string, string>> {
  const all = await az.json<Subscription[]>('account', 'list', '--all');
  return Object.fromEntries(all.map(({ name, user, isDefault }) => [name + (isDefault ? '*' : ''), user.name]));
}

/** The result of `owners` for subscriptions of one account. */
function ownedBy({ name }: Principal, ...subscriptions: readonly string[]): Record<string, string> {
  return Object.fromEntries(subscriptions.map((subscription) => [subscription, name]));
}

/** `az` gets a token of the subscription's account, for a resource without a cached token. */
async function assertTokenOf(az: Az, owner: Principal, subscription: string, resource: string): Promise<void> {
  const token = await az.token('--subscription', subscription, '--resource', resource);
  assert.equal(claimsOf(token).oid, owner.objectId);
}

/** The remaining login works in each of its subscriptions, with the tokens of its session and with new ones. */
async function assertWorks({ path }: SharedFolder, az: Az, owner: Principal, ...names: string[]): Promise<void> {
  assert.deepEqual(await owners(az), ownedBy(owner, ...names));
  const enabled = names.map((name) => name.replace('*', '')).filter((name) => name !== 'Retired');
  await assertTokenOf(az, owner, enabled[0] ?? '', 'https://graph.microsoft.com');
  expireTokens(path);
  for (const name of enabled) {
    const groups = name === 'Production' ? PRODUCTION_GROUPS : [groupOf(name)];
    assert.deepEqual(await az.groups('--subscription', name), groups);
  }
}

testEachAz('after the first of two service principals signs out, the second works', async (shared, command) => {
  const { first, second } = await twoServicePrincipals(shared);
  const az = newAz(command, second.job);
  const expected = { ...ownedBy(first, 'Production', 'Retired'), ...ownedBy(second, 'Development', 'Staging*') };
  assert.deepEqual(await owners(az), expected);
  await assertTokenOf(az, first, 'Production', 'https://vault.azure.net');
  await assertTokenOf(az, second, 'Staging', 'https://vault.azure.net');
  // The user's choice of a default goes with its subscription.
  await az.json('account', 'set', '--subscription', 'Production');
  await shared.signOut(first);
  await assertWorks(shared, az, second, 'Development', 'Staging*');
});

testEachAz('after the user logs one of two service principals out, the other works', async (shared, command) => {
  const { first, second } = await twoServicePrincipals(shared);
  await runClient(first.job, command, ['logout', '--username', first.name]);
  await shared.signOut(first);
  await assertWorks(shared, newAz(command, second.job), second, 'Development', 'Staging*');
});

testEachAz(
  'after the classic azure logs one of two service principals out, the other works',
  async (shared, command) => {
    const { first, second } = await twoServicePrincipals(shared);
    const az = newAz(command, first.job);
    await classic(second.job).run('logout', second.name);
    assert.deepEqual(await owners(az), ownedBy(first, 'Production*', 'Retired'));
    await shared.signOut(second);
    await assertWorks(shared, az, first, 'Production*', 'Retired');
  },
);

testEachAz('after a service principal signs out, a user works', async (shared, command) => {
  const { world } = shared;
  const { userPrincipalName: name, objectId } = world.contoso.user;
  const user = await shared.signIn({ name, objectId, inputs: { ...world.user, subscription: 'Production' } });
  const principal = addServicePrincipal(world, addSubscription(world, 'Staging'));
  await shared.signOut(await shared.signIn(principal));
  await assertWorks(shared, newAz(command, user.job), user, 'Production*', 'Development', 'Retired');
});

testEachAz('an account that the user signed in with az stays when the logins sign out', async (shared, command) => {
  await twoServicePrincipals(shared);
  const third = addServicePrincipal(shared.world, addSubscription(shared.world, 'Sandbox'));
  const { 'client-secret': secret = '', 'tenant-id': tenantId = '' } = third.inputs;
  const az = newAz(command, shared.world.newJob({ AZURE_CONFIG_DIR: shared.path }));
  const account = ['--username', third.name, '--password', secret, '--tenant', tenantId];
  await az.json('login', '--service-principal', ...account);
  await shared.signOut();
  await assertWorks(shared, az, third, 'Sandbox*');
  rmSync(shared.path, { recursive: true });
});

testEachAz('sign-out works after the user cleared all accounts', async (shared, command) => {
  const { first } = await twoServicePrincipals(shared);
  await runClient(first.job, command, ['account', 'clear']);
});

testEachAz('loses no token while other logins join and leave the folder', async (shared, command) => {
  const { world } = shared;
  const { github, directory } = world.simulator;
  const first = await shared.signIn(firstOf(world));
  const az = newAz(command, first.job);
  github.idTokenLifetimeSeconds = 3;
  const added = addServicePrincipal(world, addSubscription(world, 'Federated'));
  const { federatedCredentials } = world.contoso.application;
  directory.application(added.name)?.federatedCredentials.push(...federatedCredentials);
  const federated = await shared.signIn(added, { 'client-secret': '' });
  const others = [1, 2, 3].map((number) => addServicePrincipal(world, addSubscription(world, `Other ${number}`)));
  // Without a cached token.
  const resources = Array.from({ length: 12 }, (_, at) => `api://service-${at}`);
  for (const uri of resources) {
    const basics = { clientId: crypto.randomUUID(), displayName: uri, tenantId: world.contoso.tenant.id };
    addApplication(directory.applications, basics, crypto.randomUUID(), '').identifierUris.push(uri);
  }
  // Builds az's command index, since two az that build it concurrently fail, with or without this action.
  await owners(az);
  const running = { clients: 2, logins: 0 };
  const client = async (targets: readonly string[]): Promise<void> => {
    for (const resource of targets) await assertTokenOf(az, first, 'Production', resource);
    running.clients -= 1;
  };
  const joinAndLeave = async (other: Principal): Promise<void> => {
    for (; running.clients > 0; running.logins++) await shared.signOut(await shared.signIn(other));
  };
  await Promise.all([client(resources.slice(0, 6)), client(resources.slice(6)), ...others.map(joinAndLeave)]);

  type Cache = { AccessToken: Record<string, { target: string }> };
  const { AccessToken } = readJson<Cache>(shared.path, 'msal_token_cache.json');
  const targets = Object.values(AccessToken).map(({ target }) => target);
  const lost = resources.filter((resource) => !targets.some((target) => target.startsWith(resource)));
  assert.deepEqual(lost, [], `tokens of az lost during ${running.logins} logins`);
  type Entry = { client_id: string; client_assertion?: string };
  const entries = readJson<Entry[]>(shared.path, 'service_principal_entries.json');
  const names = entries.map(({ client_id }) => client_id);
  assert.deepEqual(names, [first.name, federated.name]);
  const renewals = github.issued.findIndex(({ token }) => token === entries[1]?.client_assertion);
  assert.ok(renewals > 0, 'the assertion was never renewed');
  const expected = { ...ownedBy(first, 'Production', 'Development', 'Retired'), ...ownedBy(federated, 'Federated*') };
  assert.deepEqual(await owners(az), expected);
  assert.ok(running.logins >= 12, `only ${running.logins} logins`);
});

/** The credentials of each subscription in the classic CLI. The current subscription has a star. */
async function credentials(job: Job): Promise<Record<string, string>> {
  const subscriptions = await classic(job).json<ClassicSubscription[]>('account', 'list');
  return Object.fromEntries(
    subscriptions.map(({ name, user, managementCertificate, isDefault }) => {
      const ways = [...(user === undefined ? [] : ['account']), ...(managementCertificate ? ['certificate'] : [])];
      return [name, `${ways.join(' and ')}${isDefault ? '*' : ''}`];
    }),
  );
}

/** A service principal, and publish settings for Production and for a subscription that only they contain. */
async function accountAndCertificate(shared: SharedFolder): Promise<{ account: Login; imported: Login }> {
  const { world } = shared;
  const certificate = await createCertificate({ commonName: 'management' });
  const pfx = createPfx(certificate, '').toString('base64');
  const subscriptions = [world.contoso.subscriptions[0], addSubscription(world, 'Classic')];
  for (const { managementCertificates } of subscriptions) managementCertificates.push(certificate.certificate);
  const xml = schema2(...subscriptions.map(({ id, displayName }) => ({ id, name: displayName, certificate: pfx })));
  const account = await shared.signIn(firstOf(world));
  const inputs = { 'publish-settings': xml, mode: 'asm', subscription: 'Classic' };
  return { account, imported: await shared.signIn({ inputs }) };
}

/** Service Management accepts the certificate; no account has access to the subscription there. */
async function assertHostedServices(job: Job, subscriptionName: string): Promise<void> {
  assert.deepEqual(await classic(job).json('service', 'list', '--subscription', subscriptionName), []);
}

/**
 * "If the subscriptions associated with the account were only authenticated with Active Directory, logging out deletes
 * the subscription information from the local profile. However, if a publish settings file had also been imported for
 * the subscriptions, logging out only deletes the Active Directory related information from the local profile."
 * Source: "Connect to an Azure subscription from the Azure Command-Line Interface".
 */
const SIGNED_OUT = 'classic azure: after an account signs out, publish settings work, as after the logout of the CLI';
testShared(SIGNED_OUT, async (shared) => {
  const { account, imported } = await accountAndCertificate(shared);
  const remaining = { Production: 'certificate', Classic: 'certificate*' };
  const both = { Production: 'account and certificate', Development: 'account', Retired: 'account' };
  assert.deepEqual(await credentials(imported.job), { ...both, Classic: 'certificate*' });
  await shared.signOut(account);
  assert.deepEqual(await credentials(imported.job), remaining);
  for (const name of ['Production', 'Classic']) await assertHostedServices(imported.job, name);
  await shared.signOut(imported);

  const again = await accountAndCertificate(shared);
  await classic(again.account.job).run('logout', firstOf(shared.world).name);
  assert.deepEqual(await credentials(again.imported.job), remaining);
  await shared.signOut(again.account);
  assert.deepEqual(await credentials(again.imported.job), remaining);
});

testShared('classic azure: after the sign-out of publish settings, an account works', async (shared) => {
  const { account, imported } = await accountAndCertificate(shared);
  await assertHostedServices(account.job, 'Classic');
  await shared.signOut(imported);
  const remaining = { Production: 'account*', Development: 'account', Retired: 'account' };
  assert.deepEqual(await credentials(account.job), remaining);
  assert.deepEqual(await classic(account.job).groups(), PRODUCTION_GROUPS);
  expireTokens(shared.path);
  assert.deepEqual(await classic(account.job).groups(), PRODUCTION_GROUPS);
});
