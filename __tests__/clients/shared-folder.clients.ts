/** Real CLIs in a profile folder that several logins join and leave. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import { application, type Subscription as Simulated } from '../../simulator/directory.ts';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { World } from '../action/world.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { AZS, Az, type ClassicSubscription, classic, PRODUCTION_GROUPS, type Subscription, type Token } from './az.ts';
import { assertNothingEscaped, claimsOf, expireTokens, runClient } from './session.ts';
import { addSubscription, groupOf } from './tenants.ts';

type Inputs = Readonly<Record<string, string>>;

interface Login {
  readonly job: Job;
  readonly step: ActionStep;
}

/** The first login creates the folder, and the last one removes it. */
class SharedFolder {
  readonly world: World;
  readonly path: string;

  constructor(world: World) {
    this.world = world;
    this.path = join(world.job.workspace, 'profile');
  }

  /** Signs in, each time in another job of the same machine. */
  async signIn(inputs: Inputs): Promise<Login> {
    const job = this.world.newJob();
    return { job, step: await this.world.signIn({ ...inputs, 'config-dir': this.path }, { job }) };
  }

  async signOut(...logins: readonly Login[]): Promise<void> {
    for (const post of await Promise.all(logins.map(({ step }) => step.post()))) {
      assert.deepEqual([post.exitCode, post.errors, post.warnings], [0, [], []], post.log);
    }
  }
}

/** At the end, every login must have signed out, so that the folder is gone. */
function testShared(name: string, body: (shared: SharedFolder) => Promise<void>): void {
  test(name, async () => {
    await using world = await World.start();
    await body(new SharedFolder(world));
    assertNothingEscaped(world);
    assert.deepEqual(readdirSync(world.job.workspace), []);
  });
}

interface Principal {
  /** In `az`: a client id, or the name of a user. */
  readonly name: string;
  readonly objectId: string;
  readonly inputs: Inputs;
}

/** The world's application, with access to Production, Development and Retired. */
function firstOf({ contoso, secret }: World): Principal {
  const inputs = { ...secret, subscription: 'Production' };
  return { name: contoso.application.clientId, objectId: contoso.principalId, inputs };
}

/** Adds an application with a secret and with access to these subscriptions. */
function addServicePrincipal({ simulator, contoso }: World, ...visible: readonly Simulated[]): Principal {
  const [clientId, objectId, value] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  const added = application({ clientId, displayName: clientId, tenantId: contoso.tenant.id });
  added.secrets.push({ value, expiresOn: new Date(Date.now() + 3_600_000) });
  added.servicePrincipals.push({ tenantId: contoso.tenant.id, objectId, enabled: true });
  simulator.directory.applications.push(added);
  for (const { roleAssignments } of visible) roleAssignments.push(objectId);
  const inputs = { 'client-id': clientId, 'tenant-id': contoso.tenant.id, 'client-secret': value };
  return { name: clientId, objectId, inputs };
}

/** Adds an application with the federated credentials of the world's application. */
function addFederated(world: World, ...visible: readonly Simulated[]): Principal {
  const added = addServicePrincipal(world, ...visible);
  const { 'client-secret': _secret, ...inputs } = added.inputs;
  const { federatedCredentials } = world.contoso.application;
  world.simulator.directory.application(added.name)?.federatedCredentials.push(...federatedCredentials);
  return { ...added, inputs };
}

interface SignedIn extends Principal, Login {}

async function signedIn(shared: SharedFolder, principal: Principal, more: Inputs = {}): Promise<SignedIn> {
  return { ...principal, ...(await shared.signIn({ ...principal.inputs, ...more })) };
}

/** Both have access to Development, and only the second, newer one to Staging. */
async function twoServicePrincipals(shared: SharedFolder): Promise<{ first: SignedIn; second: SignedIn }> {
  const { world } = shared;
  const later = addServicePrincipal(world, world.contoso.subscriptions[1], addSubscription(world, 'Staging'));
  const first = await signedIn(shared, firstOf(world));
  return { first, second: await signedIn(shared, later, { subscription: 'Staging' }) };
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
  const args = ['--subscription', subscription, '--resource', resource];
  const { accessToken } = await az.json<Token>('account', 'get-access-token', ...args);
  assert.equal(claimsOf(accessToken).oid, owner.objectId);
}

/** The remaining login works in each of its subscriptions, with the tokens of its session and with new ones. */
async function assertWorks(
  shared: SharedFolder,
  az: Az,
  owner: Principal,
  ...subscriptions: readonly string[]
): Promise<void> {
  assert.deepEqual(await owners(az), ownedBy(owner, ...subscriptions));
  const enabled = subscriptions.map((name) => name.replace('*', '')).filter((name) => name !== 'Retired');
  await assertTokenOf(az, owner, enabled[0] ?? '', 'https://graph.microsoft.com');
  expireTokens(shared.path);
  for (const name of enabled) {
    const groups = name === 'Production' ? PRODUCTION_GROUPS : [groupOf(name)];
    assert.deepEqual(await az.groups('--subscription', name), groups);
  }
}

for (const [version, command] of Object.entries(AZS)) {
  testShared(`${version}: after the first of two service principals signs out, the second works`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    const az = new Az(command, second.job);
    const expected = { ...ownedBy(first, 'Production', 'Retired'), ...ownedBy(second, 'Development', 'Staging*') };
    assert.deepEqual(await owners(az), expected);
    await assertTokenOf(az, first, 'Production', 'https://vault.azure.net');
    await assertTokenOf(az, second, 'Staging', 'https://vault.azure.net');
    // The user's choice of a default goes with its subscription.
    await az.json('account', 'set', '--subscription', 'Production');
    await shared.signOut(first);
    await assertWorks(shared, az, second, 'Development', 'Staging*');
    await shared.signOut(second);
  });

  testShared(
    `${version}: after the user logs one of two service principals out with az, the other works`,
    async (shared) => {
      const { first, second } = await twoServicePrincipals(shared);
      await runClient(first.job, command, ['logout', '--username', first.name]);
      await shared.signOut(first);
      await assertWorks(shared, new Az(command, second.job), second, 'Development', 'Staging*');
      await shared.signOut(second);
    },
  );

  testShared(
    `${version}: after the user logs one of two service principals out with the classic azure, the other works`,
    async (shared) => {
      const { first, second } = await twoServicePrincipals(shared);
      const az = new Az(command, first.job);
      await classic(second.job).run('logout', second.name);
      assert.deepEqual(await owners(az), ownedBy(first, 'Production*', 'Retired'));
      await shared.signOut(second);
      await assertTokenOf(az, first, 'Production', 'https://graph.microsoft.com');
      expireTokens(shared.path);
      assert.deepEqual(await az.groups('--subscription', 'Production'), PRODUCTION_GROUPS);
      await shared.signOut(first);
    },
  );

  testShared(`${version}: after a service principal signs out, a user works`, async (shared) => {
    const { user, password } = shared.world.contoso;
    const inputs = { username: user.userPrincipalName, password, subscription: 'Production' };
    const person = await signedIn(shared, { name: user.userPrincipalName, objectId: user.objectId, inputs });
    const principal = addServicePrincipal(shared.world, addSubscription(shared.world, 'Staging'));
    await shared.signOut(await signedIn(shared, principal));
    await assertWorks(shared, new Az(command, person.job), person, 'Production*', 'Development', 'Retired');
    await shared.signOut(person);
  });

  testShared(
    `${version}: an account that the user signed in with az stays when the logins sign out`,
    async (shared) => {
      const { first, second } = await twoServicePrincipals(shared);
      const third = addServicePrincipal(shared.world, addSubscription(shared.world, 'Sandbox'));
      const { 'client-secret': secret = '', 'tenant-id': tenantId = '' } = third.inputs;
      const az = new Az(command, shared.world.newJob({ AZURE_CONFIG_DIR: shared.path }));
      const account = ['--username', third.name, '--password', secret, '--tenant', tenantId];
      await az.json('login', '--service-principal', ...account);
      await shared.signOut(first, second);
      await assertWorks(shared, az, third, 'Sandbox*');
      rmSync(shared.path, { recursive: true });
    },
  );

  testShared(`${version}: sign-out works after the user cleared all accounts with az`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    await runClient(first.job, command, ['account', 'clear']);
    await shared.signOut(second, first);
  });

  testShared(`${version}: loses no token while other logins join and leave the folder`, async (shared) => {
    const { world } = shared;
    const first = await signedIn(shared, firstOf(world));
    const az = new Az(command, first.job);
    world.simulator.github.idTokenLifetimeSeconds = 3;
    const federated = await signedIn(shared, addFederated(world, addSubscription(world, 'Federated')));
    const others = [1, 2, 3].map((number) => addServicePrincipal(world, addSubscription(world, `Other ${number}`)));
    const resources = addResources(world, 12);
    // Builds az's command index, since two az that build it concurrently fail, with or without this action.
    await owners(az);
    const running = { clients: 2, logins: 0 };
    const client = async (targets: readonly string[]): Promise<void> => {
      for (const resource of targets) await assertTokenOf(az, first, 'Production', resource);
      running.clients -= 1;
    };
    const joinAndLeave = async ({ inputs }: Principal): Promise<void> => {
      while (running.clients > 0) {
        await shared.signOut(await shared.signIn(inputs));
        running.logins += 1;
      }
    };
    await Promise.all([client(resources.slice(0, 6)), client(resources.slice(6)), ...others.map(joinAndLeave)]);

    const { AccessToken } = json<{ AccessToken: object }>(shared.path, 'msal_token_cache.json');
    const targets = Object.values(AccessToken).map(({ target }: { target: string }) => target);
    const lost = resources.filter((resource) => !targets.some((target) => target.startsWith(resource)));
    assert.deepEqual(lost, [], `tokens of az lost during ${running.logins} logins`);
    type Entry = { client_id: string; client_assertion?: string };
    const entries = json<Entry[]>(shared.path, 'service_principal_entries.json');
    const names = entries.map(({ client_id }) => client_id);
    assert.deepEqual(names, [first.name, federated.name]);
    const issued = world.simulator.github.issued.map(({ token }) => token);
    assert.ok(issued.indexOf(entries[1]?.client_assertion ?? '') > 0, 'the assertion was never renewed');
    const expected = { ...ownedBy(first, 'Production', 'Development', 'Retired'), ...ownedBy(federated, 'Federated*') };
    assert.deepEqual(await owners(az), expected);
    assert.ok(running.logins >= 12, `only ${running.logins} logins`);
    await shared.signOut(federated, first);
  });
}

/** Resources without a cached token. */
function addResources({ simulator, contoso }: World, count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const uri = `api://service-${at}`;
    const clientId = crypto.randomUUID();
    const service = application({ clientId, displayName: uri, tenantId: contoso.tenant.id });
    service.identifierUris.push(uri);
    service.servicePrincipals.push({ tenantId: contoso.tenant.id, objectId: crypto.randomUUID(), enabled: true });
    simulator.directory.applications.push(service);
    return uri;
  });
}

function json<T>(folder: string, name: string): T {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
}

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
  const account = await shared.signIn(firstOf(world).inputs);
  const imported = await shared.signIn({ 'publish-settings': xml, mode: 'asm', subscription: 'Classic' });
  return { account, imported };
}

/** Service Management accepts the certificate; no account has access to the subscription there. */
async function assertHostedServices(job: Job, subscriptionName: string): Promise<void> {
  assert.deepEqual(await classic(job).json('service', 'list', '--subscription', subscriptionName), []);
}

/**
 * "If the subscriptions associated with the account were only authenticated with Active Directory, logging out deletes
 * the subscription information from the local profile. However, if a publish settings file had also been imported for the
 * subscriptions, logging out only deletes the Active Directory related information from the local profile."
 * Source: "Connect to an Azure subscription from the Azure Command-Line Interface".
 */
testShared(
  'classic azure: after an account signs out, publish settings work, as after the logout of the CLI',
  async (shared) => {
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
    await shared.signOut(again.imported);
  },
);

testShared('classic azure: after the sign-out of publish settings, an account works', async (shared) => {
  const { account, imported } = await accountAndCertificate(shared);
  await assertHostedServices(account.job, 'Classic');
  await shared.signOut(imported);
  assert.deepEqual(await credentials(account.job), {
    Production: 'account*',
    Development: 'account',
    Retired: 'account',
  });
  assert.deepEqual(await classic(account.job).groups(), PRODUCTION_GROUPS);
  expireTokens(shared.path);
  assert.deepEqual(await classic(account.job).groups(), PRODUCTION_GROUPS);
  await shared.signOut(account);
});
