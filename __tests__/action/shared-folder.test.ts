import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import { application } from '../../simulator/directory.ts';
import type { Job } from '../../simulator/job.ts';
import type { ServicePrincipalEntry } from '../../src/profile/az-profile.ts';
import type { ProfileSubscription } from '../../src/profile/azure-profile.ts';
import { formatOwner, HERE } from '../../src/profile/lock-owner.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { assertRefused, readJson, World } from './world.ts';

let world: World;
before(async () => {
  world = await World.start();
});
after(() => world[Symbol.asyncDispose]());

const FOLDER = 'profile';

/** A second application, which sees only the second subscription. */
function secondApplication(clientId = '99999999-9999-4999-8999-999999999999'): Record<string, string> {
  const { directory } = world.simulator;
  if (directory.application(clientId) === undefined) {
    const second = application({ clientId, displayName: 'second', tenantId: world.contoso.tenant.id });
    second.secrets.push({ value: `secret-of-${clientId}`, expiresOn: new Date(Date.now() + 3_600_000) });
    directory.applications.push(second);
    const objectId = crypto.randomUUID();
    second.servicePrincipals.push({ tenantId: world.contoso.tenant.id, objectId, enabled: true });
    directory.subscription(world.contoso.subscriptions[1]?.id ?? '')?.roleAssignments.push(objectId);
  }
  return { 'client-id': clientId, 'tenant-id': world.contoso.tenant.id, 'client-secret': `secret-of-${clientId}` };
}

function profile(job: Job): ProfileSubscription[] {
  return readJson<{ subscriptions: ProfileSubscription[] }>(join(job.workspace, FOLDER), 'azureProfile.json')
    .subscriptions;
}

function owners(job: Job): Record<string, string> {
  return Object.fromEntries(
    profile(job).map(({ name, user, isDefault }) => [name, `${user?.name ?? 'certificate'}${isDefault ? '*' : ''}`]),
  );
}

test('two logins share a folder; each logs out of what it brought, in either order', async () => {
  const first = world.contoso.application.clientId;
  const second = secondApplication()['client-id'] ?? '';
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    using job = world.newJob();
    const shared = { 'config-dir': FOLDER };
    const steps = [
      await job.step({ inputs: { ...world.secret, ...shared, subscription: 'Production' } }),
      await job.step({ inputs: { ...secondApplication(), ...shared } }),
    ];
    for (const { result } of steps) assert.equal(result.exitCode, 0, result.log);
    assert.match(steps[1]?.result.warnings.join() ?? '', /Development/);
    assert.deepEqual(owners(job), { Production: first, Development: `${second}*`, Retired: first });
    assert.equal(
      readJson<ServicePrincipalEntry[]>(join(job.workspace, FOLDER), 'service_principal_entries.json').length,
      2,
    );

    await steps[order[0] ?? 0]?.post();
    if (order[0] === 1) assert.deepEqual(owners(job), { Production: `${first}*`, Development: first, Retired: first });
    else assert.deepEqual(owners(job), { Development: `${second}*` });
    await steps[order[1] ?? 0]?.post();
    assert.ok(
      !existsSync(join(job.workspace, FOLDER)),
      'the folder was made by the first login and goes with the last',
    );
  }
});

test("a user's own folder keeps every byte of meaning it had", async () => {
  using job = world.newJob();
  const folder = join(job.workspace, FOLDER);
  mkdirSync(folder, { mode: 0o700 });
  const own = {
    'azureProfile.json': JSON.stringify({
      installationId: 'mine',
      subscriptions: [
        {
          id: 'own',
          name: 'Own',
          state: 'Enabled',
          user: { name: 'me@example.com', type: 'user' },
          isDefault: true,
          tenantId: 't',
          environmentName: 'AzureCloud',
          extra: 1,
        },
      ],
    }),
    config: '# my settings\n[cloud]\nname = AzureCloud\n\n[defaults]\ngroup = mine\n',
    'accessTokens.json': '[]',
  };
  for (const [name, content] of Object.entries(own)) writeFileSync(join(folder, name), content);
  const step = await job.step({ inputs: { ...world.secret, 'config-dir': FOLDER, subscription: 'Production' } });
  assert.equal(step.result.exitCode, 0, step.result.log);
  assert.equal(owners(job)['Own'], 'me@example.com');
  assert.equal(owners(job)['Production'], `${world.contoso.application.clientId}*`);
  const post = await step.post();
  assert.deepEqual(post.errors, []);
  const left = readJson<{ installationId: string }>(folder, 'azureProfile.json');
  assert.deepEqual(left, JSON.parse(own['azureProfile.json']));
  assert.deepEqual(
    readdirSync(folder).filter((name) => /lock|client-|azure-session/.test(name)),
    [],
  );
});

test('a subscription with an account and a certificate loses only the half that is logged out', async () => {
  const certificate = await createCertificate({ commonName: 'management' });
  const [production] = world.contoso.subscriptions;
  world.simulator.directory.subscription(production?.id ?? '')?.managementCertificates.push(certificate.certificate);
  const xml = schema2({
    id: production?.id ?? '',
    name: 'Production',
    certificate: createPfx(certificate, '').toString('base64'),
  });
  for (const order of ['certificate', 'account'] as const) {
    using job = world.newJob();
    const imported = await job.step({ inputs: { 'publish-settings': xml, mode: 'asm', 'config-dir': FOLDER } });
    const account = await job.step({ inputs: { ...world.secret, 'config-dir': FOLDER, subscription: 'Production' } });
    assert.equal(imported.result.exitCode, 0, imported.result.log);
    assert.equal(account.result.exitCode, 0, account.result.log);
    const both = profile(job).find(({ name }) => name === 'Production');
    assert.ok(both?.user !== undefined && both.managementCertificate !== undefined);
    await (order === 'certificate' ? imported : account).post();
    const half = profile(job).find(({ name }) => name === 'Production');
    assert.equal(half?.user !== undefined, order === 'certificate');
    assert.equal(half?.managementCertificate !== undefined, order === 'account');
    await (order === 'certificate' ? account : imported).post();
    assert.ok(!existsSync(join(job.workspace, FOLDER)));
  }
});

test('a second cloud, a link and a foreign folder are refused', async () => {
  using job = world.newJob();
  const folder = join(job.workspace, FOLDER);
  const step = await job.step({ inputs: { ...world.secret, 'config-dir': FOLDER, subscription: 'Production' } });
  assert.equal(step.result.exitCode, 0, step.result.log);
  symlinkSync(folder, join(job.workspace, 'link'));
  assertRefused(await job.step({ inputs: { ...world.secret, 'config-dir': 'link' } }), job, /link/);
  const config = join(job.workspace, 'other');
  mkdirSync(config, { mode: 0o700 });
  writeFileSync(join(config, 'config'), '[cloud]\nname = AzureChinaCloud\n');
  const subscriptions = [{ id: 'x', name: 'X', state: 'Enabled', environmentName: 'AzureChinaCloud', isDefault: true }];
  writeFileSync(join(config, 'azureProfile.json'), JSON.stringify({ subscriptions }));
  assertRefused(await job.step({ inputs: { ...world.secret, 'config-dir': 'other' } }), job, /AzureChinaCloud/);
  await step.post();
});

test('20 sign-ins at once into one folder: all accounts are there, and all go', async () => {
  using job = world.newJob();
  const inputs = Array.from({ length: 20 }, (_, at) => ({
    ...secondApplication(`88888888-8888-4888-8888-${String(at).padStart(12, '0')}`),
    'config-dir': FOLDER,
  }));
  const steps = await Promise.all(inputs.map((each) => job.step({ inputs: each })));
  for (const { result } of steps) assert.equal(result.exitCode, 0, result.log);
  const entries = readJson<ServicePrincipalEntry[]>(join(job.workspace, FOLDER), 'service_principal_entries.json');
  assert.equal(new Set(entries.map(({ client_id }) => client_id)).size, 20);
  assert.equal(profile(job).filter(({ isDefault }) => isDefault).length, 1);
  const posts = await Promise.all(steps.map((step) => step.post()));
  for (const post of posts) assert.deepEqual(post.errors, []);
  assert.ok(!existsSync(join(job.workspace, FOLDER)));
});

test('a federated login is kept alive in a shared folder too', async () => {
  const { github } = world.simulator;
  github.idTokenLifetimeSeconds = 4;
  using job = world.newJob();
  const step = await job.step({ inputs: { ...world.identity, 'config-dir': FOLDER, subscription: 'Production' } });
  github.idTokenLifetimeSeconds = 300;
  assert.equal(step.result.exitCode, 0, step.result.log);
  const entry = (): string =>
    readJson<ServicePrincipalEntry[]>(join(job.workspace, FOLDER), 'service_principal_entries.json')[0]
      ?.client_assertion ?? '';
  const before = entry();
  for (let tries = 0; entry() === before && tries < 100; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(entry() !== before, 'the assertion was not renewed');
  await step.post();
  assert.ok(!existsSync(join(job.workspace, FOLDER)));
});

test('a folder that cannot be looked at is refused before anything is contacted', async () => {
  using job = world.newJob();
  writeFileSync(join(job.workspace, 'file'), '');
  symlinkSync('circle', join(job.workspace, 'circle'));
  world.simulator.clear();
  for (const [folder, reason] of [
    ['file/profile', /Something above it is no folder \(ENOTDIR\)/],
    ['circle/profile', /lead in a circle \(ELOOP\)/],
    ['n'.repeat(300), /longer than the system allows \(ENAMETOOLONG\)/],
  ] as const) {
    assertRefused(await job.step({ inputs: { ...world.secret, 'config-dir': folder } }), job, reason);
  }
  assert.deepEqual(world.asked, []);
});

test('the folders above that were made go too, unless somebody put something there', async () => {
  for (const extra of [false, true]) {
    using job = world.newJob();
    const step = await job.step({
      inputs: { ...world.secret, 'config-dir': 'a/b/profile', subscription: 'Production' },
    });
    if (extra) writeFileSync(join(job.workspace, 'a', 'results.txt'), '');
    const post = await step.post();
    assert.deepEqual(post.errors, []);
    assert.deepEqual(readdirSync(job.workspace, { recursive: true }), extra ? ['a', join('a', 'results.txt')] : []);
  }
});

test('a folder that main had just made when it was killed goes too; one of the workflow stays', async () => {
  for (const made of [true, false]) {
    using job = world.newJob();
    if (!made) mkdirSync(join(job.workspace, FOLDER), { mode: 0o700 });
    const step = await job.step({ inputs: { ...world.secret, 'config-dir': FOLDER, subscription: 'Production' } });
    for (const name of readdirSync(join(job.workspace, FOLDER))) {
      rmSync(join(job.workspace, FOLDER, name), { recursive: true });
    }
    const post = await step.post();
    assert.deepEqual(post.errors, []);
    assert.equal(existsSync(join(job.workspace, FOLDER)), !made);
  }
});

test('a folder that somebody holds and does not let go of is given up at the deadline, as it was', async () => {
  using job = world.newJob();
  const folder = join(job.workspace, FOLDER);
  mkdirSync(folder, { mode: 0o700 });
  const holder = { token: 't', pid: process.pid, started: HERE.startOf(process.pid) ?? '', where: HERE.where };
  writeFileSync(join(folder, 'azure-session.lock'), formatOwner(holder));
  const inputs = { ...world.secret, subscription: 'Production', 'config-dir': FOLDER, 'timeout-seconds': '2' };
  const step = await job.step({ inputs });
  assertRefused(step, job, /The shared profile .* is in use/);
  assert.deepEqual(readdirSync(folder), ['azure-session.lock']);
});
