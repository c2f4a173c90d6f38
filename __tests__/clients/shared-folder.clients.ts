/** Logins that share a profile folder, as real CLIs see them come and go. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import { application, type Subscription as Simulated } from '../../simulator/directory.ts';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { World } from '../action/world.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { AZS, Az, type ClassicSubscription, classic, PRODUCTION, type Subscription, type Token } from './az.ts';
import { assertNothingEscaped, claimsOf, endTokens, runClient } from './session.ts';
import { addSubscription, groupOf } from './tenants.ts';

type Inputs = Readonly<Record<string, string>>;

/** A login, in the job that it belongs to. */
interface Login {
  readonly job: Job;
  readonly step: ActionStep;
}

/** A profile folder that logins share: the first of them makes it, and the last takes it away. */
class SharedFolder {
  readonly world: World;
  readonly path: string;

  constructor(world: World) {
    this.world = world;
    this.path = join(world.job.workspace, 'profile');
  }

  /** Signs in, in a job of its own: two jobs of one machine, of which either may end first. */
  async signIn(inputs: Inputs): Promise<Login> {
    const job = this.world.newJob();
    return { job, step: await this.world.signedIn({ ...inputs, 'config-dir': this.path }, { job }) };
  }

  async signOut(...logins: readonly Login[]): Promise<void> {
    for (const post of await Promise.all(logins.map(({ step }) => step.post()))) {
      assert.deepEqual([post.exitCode, post.errors, post.warnings], [0, [], []], post.log);
    }
  }
}

/** Every login must have left by the end of it: then there is no folder any more, and nobody else was asked anything. */
function testShared(name: string, body: (shared: SharedFolder) => Promise<void>): void {
  test(name, async () => {
    await using world = await World.start();
    await body(new SharedFolder(world));
    assertNothingEscaped(world);
    assert.deepEqual(readdirSync(world.job.workspace), []);
  });
}

interface Principal {
  /** As `az` shows it: a client id, or the name of a user. */
  readonly name: string;
  readonly objectId: string;
  readonly inputs: Inputs;
}

/** The application of the world's own: it sees Production, Development and Retired. */
function firstOf({ contoso, secret }: World): Principal {
  const inputs = { ...secret, subscription: 'Production' };
  return { name: contoso.application.clientId, objectId: contoso.principalId, inputs };
}

/** Another one, with a secret, which sees these subscriptions alone. */
function addServicePrincipal({ simulator, contoso }: World, ...sees: readonly Simulated[]): Principal {
  const [clientId, objectId, value] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  const added = application({ clientId, displayName: clientId, tenantId: contoso.tenant.id });
  added.secrets.push({ value, expiresOn: new Date(Date.now() + 3_600_000) });
  added.servicePrincipals.push({ tenantId: contoso.tenant.id, objectId, enabled: true });
  simulator.directory.applications.push(added);
  for (const { roleAssignments } of sees) roleAssignments.push(objectId);
  const inputs = { 'client-id': clientId, 'tenant-id': contoso.tenant.id, 'client-secret': value };
  return { name: clientId, objectId, inputs };
}

/** One that trusts the workflow, as the application of the world's own does. */
function addFederated(world: World, ...sees: readonly Simulated[]): Principal {
  const added = addServicePrincipal(world, ...sees);
  const { 'client-secret': _secret, ...inputs } = added.inputs;
  const { federatedCredentials } = world.contoso.application;
  world.simulator.directory.application(added.name)?.federatedCredentials.push(...federatedCredentials);
  return { ...added, inputs };
}

interface SignedIn extends Principal, Login {}

async function signedIn(shared: SharedFolder, principal: Principal, more: Inputs = {}): Promise<SignedIn> {
  return { ...principal, ...(await shared.signIn({ ...principal.inputs, ...more })) };
}

/** Two service principals in one folder. The second came later, and sees Development, as the first does, and Staging. */
async function twoServicePrincipals(shared: SharedFolder): Promise<{ first: SignedIn; second: SignedIn }> {
  const { world } = shared;
  const later = addServicePrincipal(world, world.contoso.subscriptions[1], addSubscription(world, 'Staging'));
  const first = await signedIn(shared, firstOf(world));
  return { first, second: await signedIn(shared, later, { subscription: 'Staging' }) };
}

/** What `az account list` shows: whose each subscription is, the default one with a star. */
async function owners(az: Az): Promise<Record<string, string>> {
  const all = await az.json<Subscription[]>('account', 'list', '--all');
  return Object.fromEntries(all.map(({ name, user, isDefault }) => [name + (isDefault ? '*' : ''), user.name]));
}

/** The same, where all of these are of one. */
function allOf({ name }: Principal, ...subscriptions: readonly string[]): Record<string, string> {
  return Object.fromEntries(subscriptions.map((subscription) => [subscription, name]));
}

/** Signs nobody in: the owner of a subscription gets a token for a resource that no login brought one for. */
async function assertTokenOf(az: Az, owner: Principal, subscription: string, resource: string): Promise<void> {
  const args = ['--subscription', subscription, '--resource', resource];
  const { accessToken } = await az.json<Token>('account', 'get-access-token', ...args);
  assert.equal(claimsOf(accessToken).oid, owner.objectId);
}

/** The one that is left goes on, in each of its subscriptions, with the tokens of its session and without. */
async function assertGoesOn(shared: SharedFolder, az: Az, who: Principal, ...own: readonly string[]): Promise<void> {
  assert.deepEqual(await owners(az), allOf(who, ...own));
  const enabled = own.map((name) => name.replace('*', '')).filter((name) => name !== 'Retired');
  await assertTokenOf(az, who, enabled[0] ?? '', 'https://graph.microsoft.com');
  endTokens(shared.path);
  for (const name of enabled) {
    const groups = name === 'Production' ? PRODUCTION : [groupOf(name)];
    assert.deepEqual(await az.groups('--subscription', name), groups);
  }
}

for (const [version, command] of Object.entries(AZS)) {
  testShared(`${version}: two service principals, the first logs out`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    const az = new Az(command, second.job);
    const ofSecond = allOf(second, 'Development', 'Staging*');
    assert.deepEqual(await owners(az), { ...allOf(first, 'Production', 'Retired'), ...ofSecond });
    await assertTokenOf(az, first, 'Production', 'https://vault.azure.net');
    await assertTokenOf(az, second, 'Staging', 'https://vault.azure.net');
    // What the user chose goes with the first.
    await az.json('account', 'set', '--subscription', 'Production');
    await shared.signOut(first);
    await assertGoesOn(shared, az, second, 'Development', 'Staging*');
    await shared.signOut(second);
  });

  testShared(`${version}: the user logs one out with az`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    await runClient(first.job, command, ['logout', '--username', first.name]);
    await shared.signOut(first);
    await assertGoesOn(shared, new Az(command, second.job), second, 'Development', 'Staging*');
    await shared.signOut(second);
  });

  testShared(`${version}: the user logs one out with the classic azure`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    const az = new Az(command, first.job);
    await classic(second.job).run('logout', second.name);
    assert.deepEqual(await owners(az), allOf(first, 'Production*', 'Retired'));
    await shared.signOut(second);
    await assertTokenOf(az, first, 'Production', 'https://graph.microsoft.com');
    endTokens(shared.path);
    assert.deepEqual(await az.groups('--subscription', 'Production'), PRODUCTION);
    await shared.signOut(first);
  });

  testShared(`${version}: a user and a service principal, that logs out`, async (shared) => {
    const { user, password } = shared.world.contoso;
    const inputs = { username: user.userPrincipalName, password, subscription: 'Production' };
    const person = await signedIn(shared, { name: user.userPrincipalName, objectId: user.objectId, inputs });
    const principal = addServicePrincipal(shared.world, addSubscription(shared.world, 'Staging'));
    await shared.signOut(await signedIn(shared, principal));
    await assertGoesOn(shared, new Az(command, person.job), person, 'Production*', 'Development', 'Retired');
    await shared.signOut(person);
  });

  testShared(`${version}: whom the user signs in with az stays`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    const third = addServicePrincipal(shared.world, addSubscription(shared.world, 'Sandbox'));
    const { 'client-secret': secret = '', 'tenant-id': tenantId = '' } = third.inputs;
    const az = new Az(command, shared.world.newJob({ AZURE_CONFIG_DIR: shared.path }));
    const account = ['--username', third.name, '--password', secret, '--tenant', tenantId];
    await az.json('login', '--service-principal', ...account);
    await shared.signOut(first, second);
    await assertGoesOn(shared, az, third, 'Sandbox*');
    rmSync(shared.path, { recursive: true });
  });

  testShared(`${version}: the user clears all accounts`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    await runClient(first.job, command, ['account', 'clear']);
    await shared.signOut(second, first);
  });

  testShared(`${version}: runs all the time while logins come and go`, async (shared) => {
    const { world } = shared;
    const first = await signedIn(shared, firstOf(world));
    const az = new Az(command, first.job);
    world.simulator.github.idTokenLifetimeSeconds = 3;
    const federated = await signedIn(shared, addFederated(world, addSubscription(world, 'Federated')));
    const others = [1, 2, 3].map((number) => addServicePrincipal(world, addSubscription(world, `Other ${number}`)));
    const resources = addResources(world, 12);
    // Two az that index their commands at the same time disturb each other, with or without us.
    await owners(az);
    const running = { clients: 2, logins: 0 };
    const client = async (own: readonly string[]): Promise<void> => {
      for (const resource of own) await assertTokenOf(az, first, 'Production', resource);
      running.clients -= 1;
    };
    const comeAndGo = async ({ inputs }: Principal): Promise<void> => {
      while (running.clients > 0) {
        await shared.signOut(await shared.signIn(inputs));
        running.logins += 1;
      }
    };
    await Promise.all([client(resources.slice(0, 6)), client(resources.slice(6)), ...others.map(comeAndGo)]);

    const { AccessToken } = json<{ AccessToken: object }>(shared.path, 'msal_token_cache.json');
    const targets = Object.values(AccessToken).map(({ target }: { target: string }) => target);
    const lost = resources.filter((resource) => !targets.some((target) => target.startsWith(resource)));
    assert.deepEqual(lost, [], `of az, lost while ${running.logins} logins came and went`);
    type Entry = { client_id: string; client_assertion?: string };
    const entries = json<Entry[]>(shared.path, 'service_principal_entries.json');
    const names = entries.map(({ client_id }) => client_id);
    assert.deepEqual(names, [first.name, federated.name]);
    const issued = world.simulator.github.issued.map(({ token }) => token);
    assert.ok(issued.indexOf(entries[1]?.client_assertion ?? '') > 0, 'the assertion was never renewed');
    const ofFirst = allOf(first, 'Production', 'Development', 'Retired');
    assert.deepEqual(await owners(az), { ...ofFirst, ...allOf(federated, 'Federated*') });
    assert.ok(running.logins >= 12, `only ${running.logins} logins came and went`);
    await shared.signOut(federated, first);
  });
}

/** Resources that `az` has not asked a token for yet. */
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

/** What the classic CLI shows of each subscription: by what it is reached, and whether it is the current one. */
async function reached(job: Job): Promise<Record<string, string>> {
  const subscriptions = await classic(job).json<ClassicSubscription[]>('account', 'list');
  return Object.fromEntries(
    subscriptions.map(({ name, user, managementCertificate, isDefault }) => {
      const ways = [...(user === undefined ? [] : ['account']), ...(managementCertificate ? ['certificate'] : [])];
      return [name, `${ways.join(' and ')}${isDefault ? '*' : ''}`];
    }),
  );
}

/** A service principal, and a publish settings file of Production and of a subscription the principal does not see. */
async function accountAndCertificate(shared: SharedFolder): Promise<{ account: Login; imported: Login }> {
  const { world } = shared;
  const certificate = await createCertificate({ commonName: 'management' });
  const pfx = createPfx(certificate, '').toString('base64');
  const own = [world.contoso.subscriptions[0], addSubscription(world, 'Classic')];
  for (const { managementCertificates } of own) managementCertificates.push(certificate.certificate);
  const xml = schema2(...own.map(({ id, displayName }) => ({ id, name: displayName, certificate: pfx })));
  const account = await shared.signIn(firstOf(world).inputs);
  const imported = await shared.signIn({ 'publish-settings': xml, mode: 'asm', subscription: 'Classic' });
  return { account, imported };
}

/** The service lets in by the certificate alone: nobody else of this job could see the subscription there. */
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
  'classic azure: the account logs out of a folder with publish settings, as by its own logout',
  async (shared) => {
    const { account, imported } = await accountAndCertificate(shared);
    const left = { Production: 'certificate', Classic: 'certificate*' };
    const both = { Production: 'account and certificate', Development: 'account', Retired: 'account' };
    assert.deepEqual(await reached(imported.job), { ...both, Classic: 'certificate*' });
    await shared.signOut(account);
    assert.deepEqual(await reached(imported.job), left);
    for (const name of ['Production', 'Classic']) await assertHostedServices(imported.job, name);
    await shared.signOut(imported);

    const again = await accountAndCertificate(shared);
    await classic(again.account.job).run('logout', firstOf(shared.world).name);
    assert.deepEqual(await reached(again.imported.job), left);
    await shared.signOut(again.account);
    assert.deepEqual(await reached(again.imported.job), left);
    await shared.signOut(again.imported);
  },
);

testShared('classic azure: publish settings go out of a folder with an account, and then that', async (shared) => {
  const { account, imported } = await accountAndCertificate(shared);
  await assertHostedServices(account.job, 'Classic');
  await shared.signOut(imported);
  assert.deepEqual(await reached(account.job), { Production: 'account*', Development: 'account', Retired: 'account' });
  assert.deepEqual(await classic(account.job).groups(), PRODUCTION);
  endTokens(shared.path);
  assert.deepEqual(await classic(account.job).groups(), PRODUCTION);
  await shared.signOut(account);
});
