import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AZ_NEWEST, AZ_OLDEST } from '../../scripts/clients/clients.ts';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import { application, type Subscription as Simulated, subscription } from '../../simulator/directory.ts';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { World } from '../action/world.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { Az, type Subscription, type Token } from './az.ts';
import { azure, type ClassicSubscription, runClassic } from './classic.ts';
import { assertNothingEscaped, claimsOf, endTokens, runClient } from './session.ts';

/** A login, in the job that it belongs to. */
interface Login {
  readonly job: Job;
  readonly step: ActionStep;
}

/** A profile folder that logins share: the first of them makes it, and the last takes it away. */
class SharedFolder {
  readonly world: World;
  readonly path: string;
  readonly #jobs = new DisposableStack();

  constructor(world: World) {
    this.world = world;
    this.path = join(world.job.workspace, 'profile');
  }

  /** Signs in, in a job of its own: two jobs of one machine, of which either may end first. */
  async signIn(inputs: Readonly<Record<string, string>>): Promise<Login> {
    const job = this.#jobs.use(this.world.newJob());
    const step = await job.step({ inputs: { ...inputs, 'config-dir': this.path } });
    assert.equal(step.result.exitCode, 0, step.result.log);
    return { job, step };
  }

  async signOut(...logins: readonly Login[]): Promise<void> {
    for (const post of await Promise.all(logins.map(({ step }) => step.post()))) {
      assert.equal(post.exitCode, 0, post.log);
      assert.deepEqual([...post.errors, ...post.warnings], []);
    }
  }

  [Symbol.dispose](): void {
    this.#jobs.dispose();
  }
}

/** Every login must have left by the end of it: then there is no folder any more, and nobody else was asked anything. */
function testShared(name: string, body: (shared: SharedFolder) => Promise<void>): void {
  test(name, async () => {
    await using world = await World.start();
    using shared = new SharedFolder(world);
    await body(shared);
    assertNothingEscaped(world);
    assert.deepEqual(readdirSync(world.job.workspace), []);
  });
}

interface ServicePrincipal {
  readonly clientId: string;
  readonly objectId: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** The application of the world's own: it sees Production, Development and Retired. */
function firstOf({ contoso, secret }: World): ServicePrincipal {
  const inputs = { ...secret, subscription: 'Production' };
  return { clientId: contoso.application.clientId, objectId: contoso.principalId, inputs };
}

/** Another one, with a secret, which sees these subscriptions alone. */
function addServicePrincipal({ simulator, contoso }: World, ...sees: readonly Simulated[]): ServicePrincipal {
  const [clientId, objectId, value] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  const added = application({ clientId, displayName: clientId, tenantId: contoso.tenant.id });
  added.secrets.push({ value, expiresOn: new Date(Date.now() + 3_600_000) });
  added.servicePrincipals.push({ tenantId: contoso.tenant.id, objectId, enabled: true });
  simulator.directory.applications.push(added);
  for (const { roleAssignments } of sees) roleAssignments.push(objectId);
  for (const { readers } of simulator.directory.vaults) readers.push(objectId);
  const inputs = { 'client-id': clientId, 'tenant-id': contoso.tenant.id, 'client-secret': value };
  return { clientId, objectId, inputs };
}

/** One that trusts the workflow, as the application of the world's own does. */
function addFederated(world: World, ...sees: readonly Simulated[]): ServicePrincipal {
  const added = addServicePrincipal(world, ...sees);
  const { 'client-secret': _secret, ...inputs } = added.inputs;
  const { federatedCredentials } = world.contoso.application;
  world.simulator.directory.application(added.clientId)?.federatedCredentials.push(...federatedCredentials);
  return { ...added, inputs };
}

function addSubscription({ simulator, contoso }: World, displayName: string): Simulated {
  const added = subscription({
    id: crypto.randomUUID(),
    displayName,
    tenantId: contoso.tenant.id,
    cloud: 'AzureCloud',
  });
  added.resourceGroups.push({ name: `${displayName.toLowerCase()}-web`, location: 'westeurope', tags: {} });
  simulator.directory.subscriptions.push(added);
  return added;
}

interface SignedIn extends ServicePrincipal, Login {}

/** Two service principals in one folder. The second came later, and sees Development, as the first does, and Staging. */
async function twoServicePrincipals(
  shared: SharedFolder,
): Promise<{ readonly first: SignedIn; readonly second: SignedIn }> {
  const { world } = shared;
  const first = firstOf(world);
  const second = addServicePrincipal(world, world.contoso.subscriptions[1], addSubscription(world, 'Staging'));
  const login = await shared.signIn(first.inputs);
  const later = await shared.signIn({ ...second.inputs, subscription: 'Staging' });
  return { first: { ...first, ...login }, second: { ...second, ...later } };
}

/** A user, who sees all subscriptions of the world, and then a service principal. */
async function userAndServicePrincipal(
  shared: SharedFolder,
): Promise<{ readonly person: Login & { objectId: string }; readonly principal: SignedIn }> {
  const { contoso } = shared.world;
  const inputs = { username: contoso.user.userPrincipalName, password: contoso.password, subscription: 'Production' };
  const person = { ...(await shared.signIn(inputs)), objectId: contoso.user.objectId };
  const principal = addServicePrincipal(shared.world, addSubscription(shared.world, 'Staging'));
  return { person, principal: { ...principal, ...(await shared.signIn(principal.inputs)) } };
}

/** What `az account list` shows: whose each subscription is, the default one with a star. */
async function owners(az: Az): Promise<Record<string, string>> {
  const all = await az.json<Subscription[]>('account', 'list', '--all');
  return Object.fromEntries(all.map(({ name, user, isDefault }) => [name, `${user.name}${isDefault ? '*' : ''}`]));
}

/** Signs nobody in: the owner of a subscription gets a token for a resource that no login brought one for. */
async function assertTokenOf(az: Az, owner: { objectId: string }, subscriptionName: string, resource: string) {
  const args = ['--subscription', subscriptionName, '--resource', resource];
  const { accessToken } = await az.json<Token>('account', 'get-access-token', ...args);
  assert.equal(claimsOf(accessToken).oid, owner.objectId);
}

async function assertGroups(az: Az, subscriptionName: string, groups: readonly string[]): Promise<void> {
  const listed = await az.json<{ name: string }[]>('group', 'list', '--subscription', subscriptionName);
  assert.deepEqual(listed.map(({ name }) => name).sort(), groups);
}

const VAULT = 'https://vault.azure.net';
const GRAPH = 'https://graph.microsoft.com';

for (const [version, command] of [
  ['az 2.45', AZ_OLDEST],
  ['newest az', AZ_NEWEST],
] as const) {
  testShared(`${version}: two service principals, the first logs out`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    const az = new Az(command, second.job);
    assert.deepEqual(await owners(az), {
      Production: first.clientId,
      Development: second.clientId,
      Retired: first.clientId,
      Staging: `${second.clientId}*`,
    });
    await assertTokenOf(az, first, 'Production', VAULT);
    await assertTokenOf(az, second, 'Staging', VAULT);
    // What the user chose goes with the first.
    await az.json('account', 'set', '--subscription', 'Production');
    await shared.signOut(first);
    assert.deepEqual(await owners(az), { Development: second.clientId, Staging: `${second.clientId}*` });
    await assertTokenOf(az, second, 'Staging', GRAPH);
    endTokens(shared.path);
    await assertGroups(az, 'Development', ['development-web']);
    await shared.signOut(second);
  });

  testShared(`${version}: the user logs one out with az`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    const az = new Az(command, second.job);
    await runClient(first.job, command, ['logout', '--username', first.clientId]);
    await shared.signOut(first);
    assert.deepEqual(await owners(az), { Development: second.clientId, Staging: `${second.clientId}*` });
    await assertTokenOf(az, second, 'Development', GRAPH);
    endTokens(shared.path);
    await assertGroups(az, 'Staging', ['staging-web']);
    await shared.signOut(second);
  });

  testShared(`${version}: the user logs one out with the classic azure`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    const az = new Az(command, first.job);
    await runClassic(second.job, 'logout', second.clientId);
    assert.deepEqual(await owners(az), { Production: `${first.clientId}*`, Retired: first.clientId });
    await shared.signOut(second);
    await assertTokenOf(az, first, 'Production', GRAPH);
    endTokens(shared.path);
    await assertGroups(az, 'Production', ['production-data', 'production-web']);
    await shared.signOut(first);
  });

  testShared(`${version}: a user and a service principal, that logs out`, async (shared) => {
    const { principal, person } = await userAndServicePrincipal(shared);
    const az = new Az(command, person.job);
    await shared.signOut(principal);
    const { userPrincipalName } = shared.world.contoso.user;
    assert.deepEqual(await owners(az), {
      Production: `${userPrincipalName}*`,
      Development: userPrincipalName,
      Retired: userPrincipalName,
    });
    endTokens(shared.path);
    await assertTokenOf(az, person, 'Production', GRAPH);
    await assertGroups(az, 'Development', ['development-web']);
    await shared.signOut(person);
  });

  testShared(`${version}: whom the user signs in with az stays`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    const third = addServicePrincipal(shared.world, addSubscription(shared.world, 'Sandbox'));
    const { 'client-id': clientId = '', 'client-secret': secret = '', 'tenant-id': tenantId = '' } = third.inputs;
    using own = shared.world.newJob({ AZURE_CONFIG_DIR: shared.path });
    const az = new Az(command, own);
    const account = ['--username', clientId, '--password', secret, '--tenant', tenantId];
    await az.json('login', '--service-principal', ...account);
    await shared.signOut(first, second);
    assert.deepEqual(await owners(az), { Sandbox: `${clientId}*` });
    await assertTokenOf(az, third, 'Sandbox', GRAPH);
    endTokens(shared.path);
    await assertGroups(az, 'Sandbox', ['sandbox-web']);
    rmSync(shared.path, { recursive: true });
  });

  testShared(`${version}: the user clears all accounts`, async (shared) => {
    const { first, second } = await twoServicePrincipals(shared);
    await runClient(first.job, command, ['account', 'clear']);
    await shared.signOut(second, first);
  });

  testShared(`${version}: runs all the time while logins come and go`, async (shared) => {
    const { world } = shared;
    const first = firstOf(world);
    const login = await shared.signIn(first.inputs);
    const az = new Az(command, login.job);
    const federated = addFederated(world, addSubscription(world, 'Federated'));
    world.simulator.github.idTokenLifetimeSeconds = 3;
    const renewed = await shared.signIn(federated.inputs);
    const others = [1, 2, 3].map((number) => addServicePrincipal(world, addSubscription(world, `Other ${number}`)));
    const resources = addResources(world, 12);
    // Two az that index their commands at the same time disturb each other, with or without us.
    await owners(az);
    const running = { clients: 2, logins: 0 };
    const client = async (own: readonly string[]): Promise<void> => {
      for (const resource of own) await assertTokenOf(az, first, 'Production', resource);
      running.clients -= 1;
    };
    const comeAndGo = async ({ inputs }: ServicePrincipal): Promise<void> => {
      while (running.clients > 0) {
        await shared.signOut(await shared.signIn(inputs));
        running.logins += 1;
      }
    };
    await Promise.all([client(resources.slice(0, 6)), client(resources.slice(6)), ...others.map(comeAndGo)]);

    const { AccessToken } = json<{ AccessToken: object }>(shared.path, 'msal_token_cache.json');
    const targets = Object.values(AccessToken).map(({ target }: { target: string }) => target);
    assert.deepEqual(
      resources.filter((resource) => !targets.some((target) => target.startsWith(resource))),
      [],
      `of az, lost while ${running.logins} logins came and went`,
    );
    const entries = json<{ client_id: string; client_assertion?: string }[]>(
      shared.path,
      'service_principal_entries.json',
    );
    assert.deepEqual(
      entries.map(({ client_id }) => client_id),
      [first.clientId, federated.clientId],
    );
    const issued = world.simulator.github.issued.map(({ token }) => token);
    assert.ok(issued.indexOf(entries[1]?.client_assertion ?? '') > 0, 'the assertion was never renewed');
    assert.deepEqual(await owners(az), {
      Production: first.clientId,
      Development: first.clientId,
      Retired: first.clientId,
      Federated: `${federated.clientId}*`,
    });
    assert.ok(running.logins >= 12, `only ${running.logins} logins came and went`);
    await shared.signOut(renewed, login);
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
  const subscriptions = await azure<ClassicSubscription[]>(job, 'account', 'list');
  return Object.fromEntries(
    subscriptions.map(({ name, user, managementCertificate, isDefault }) => {
      const ways = [...(user === undefined ? [] : ['account']), ...(managementCertificate ? ['certificate'] : [])];
      return [name, `${ways.join(' and ')}${isDefault ? '*' : ''}`];
    }),
  );
}

/** A service principal, and a publish settings file of Production and of a subscription the principal does not see. */
async function accountAndCertificate(
  shared: SharedFolder,
): Promise<{ readonly account: Login; readonly imported: Login }> {
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

/**
 * "If the subscriptions associated with the account were only authenticated with Active Directory, logging out deletes
 * the subscription information from the local profile. However, if a publish settings file had also been imported for the
 * subscriptions, logging out only deletes the Active Directory related information from the local profile."
 * Source: "Connect to an Azure subscription from the Azure Command-Line Interface".
 */
testShared('classic azure: the account logs out of a folder with publish settings, and then these', async (shared) => {
  const { account, imported } = await accountAndCertificate(shared);
  assert.deepEqual(await reached(imported.job), {
    Production: 'account and certificate',
    Development: 'account',
    Retired: 'account',
    Classic: 'certificate*',
  });
  await shared.signOut(account);
  assert.deepEqual(await reached(imported.job), { Production: 'certificate', Classic: 'certificate*' });
  for (const name of ['Production', 'Classic']) await assertHostedServices(imported.job, name);
  await shared.signOut(imported);
});

testShared('classic azure: publish settings go out of a folder with an account, and then that', async (shared) => {
  const { account, imported } = await accountAndCertificate(shared);
  await assertHostedServices(account.job, 'Classic');
  await shared.signOut(imported);
  assert.deepEqual(await reached(account.job), { Production: 'account*', Development: 'account', Retired: 'account' });
  const groups = await azure<{ name: string }[]>(account.job, 'group', 'list');
  assert.deepEqual(groups.map(({ name }) => name).sort(), ['production-data', 'production-web']);
  endTokens(shared.path);
  assert.equal((await azure<unknown[]>(account.job, 'group', 'list')).length, 2);
  await shared.signOut(account);
});

testShared('classic azure: what stays is what its own logout leaves', async (shared) => {
  const once = await accountAndCertificate(shared);
  await shared.signOut(once.account);
  const left = await reached(once.imported.job);
  await shared.signOut(once.imported);

  const again = await accountAndCertificate(shared);
  await runClassic(again.account.job, 'logout', firstOf(shared.world).clientId);
  assert.deepEqual(await reached(again.imported.job), left);
  await shared.signOut(again.account);
  assert.deepEqual(await reached(again.imported.job), left);
  await shared.signOut(again.imported);
});

/** The service lets in by the certificate alone: nobody else of this job could see the subscription there. */
async function assertHostedServices(job: Job, subscriptionName: string): Promise<void> {
  assert.deepEqual(await azure(job, 'service', 'list', '--subscription', subscriptionName), []);
}
