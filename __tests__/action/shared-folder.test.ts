import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import { application } from '../../simulator/directory.ts';
import type { ActionStep, Job } from '../../simulator/job.ts';
import type { ServicePrincipalEntry } from '../../src/profile/az-profile.ts';
import type { ProfileSubscription } from '../../src/profile/azure-profile.ts';
import { thisProcess } from '../../src/profile/locks.ts';
import { NEEDS } from '../needs.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { assertPrivate, assertRefused, openWorld, readJson, World } from './world.ts';

const world = await openWorld();

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

function folderOf(job: Job): string {
  return join(job.workspace, FOLDER);
}

/** The files of a folder, by name. */
function content(folder: string): Record<string, string> {
  const files = readdirSync(folder).filter((name) => lstatSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

function profileOf(...subscriptions: readonly object[]): string {
  return JSON.stringify({ subscriptions });
}

function profile(job: Job): ProfileSubscription[] {
  return readJson<{ subscriptions: ProfileSubscription[] }>(folderOf(job), 'azureProfile.json').subscriptions;
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
    assert.equal(readJson<ServicePrincipalEntry[]>(folderOf(job), 'service_principal_entries.json').length, 2);

    await steps[order[0] ?? 0]?.post();
    if (order[0] === 1) assert.deepEqual(owners(job), { Production: `${first}*`, Development: first, Retired: first });
    else assert.deepEqual(owners(job), { Development: `${second}*` });
    await steps[order[1] ?? 0]?.post();
    assert.ok(!existsSync(folderOf(job)), 'the folder was made by the first login and goes with the last');
  }
});

test('a subscription with an account and a certificate loses only the half that is logged out', async () => {
  const certificate = createPfx(await createCertificate({ commonName: 'management' }), '').toString('base64');
  const { id } = world.contoso.subscriptions[0];
  const xml = schema2({ id: id.toUpperCase(), name: 'Named by the file', certificate });
  const logins = {
    certificate: { 'publish-settings': xml, mode: 'asm' },
    account: { ...world.secret, subscription: 'Production' },
  };
  for (const [first, second] of [
    ['certificate', 'account'],
    ['account', 'certificate'],
  ] as const) {
    for (const leaves of [first, second]) {
      using job = world.newJob();
      const steps = {
        [first]: await job.step({ inputs: { ...logins[first], 'config-dir': FOLDER } }),
        [second]: await job.step({ inputs: { ...logins[second], 'config-dir': FOLDER } }),
      };
      const entry = (): ProfileSubscription | undefined => profile(job).find((each) => each.id.toLowerCase() === id);
      assert.ok(entry()?.user !== undefined && entry()?.managementCertificate !== undefined);
      assert.equal(entry()?.name, 'Production', 'an import leaves the name that Azure gives');
      await steps[leaves]?.post();
      assert.equal(entry()?.user !== undefined, leaves === 'certificate');
      assert.equal(entry()?.managementCertificate !== undefined, leaves === 'account');
      const mode = readJson<{ mode: string }>(folderOf(job), 'config.json');
      assert.equal(mode.mode, leaves === 'certificate' ? 'arm' : 'asm');
      await steps[leaves === 'account' ? 'certificate' : 'account']?.post();
      assert.ok(!existsSync(folderOf(job)));
    }
  }
});

suite('refused, and left as it is, is a folder with', { concurrency: true }, () => {
  const account = [{ client_id: 'own', tenant: 't', client_secret: 'SECRET' }];
  const china = { id: 'x', name: 'X', state: 'Enabled', environmentName: 'AzureChinaCloud', isDefault: true };
  const rows: readonly [what: string, files: Record<string, string>, message: RegExp][] = [
    [
      'subscriptions of another cloud',
      { 'azureProfile.json': profileOf(china) },
      /belongs to the cloud AzureChinaCloud/,
    ],
    [
      'accounts while another cloud is active',
      { config: '[cloud]\nname = Mine\n', 'service_principal_entries.json': JSON.stringify(account) },
      /belongs to the cloud Mine/,
    ],
    ['encrypted tokens', { config: '[core]\nencrypt_token_cache = On\n' }, /keeps its tokens encrypted/],
    ['an option that az cannot read', { config: '[core]\nencrypt_token_cache = maybe\n' }, /encrypted/],
    ...[
      ['azureProfile.json', '{"subscriptions": [SECRET'],
      ['azureProfile.json', '{"subscriptions": {}}'],
      ['azureProfile.json', ''],
      ['service_principal_entries.json', '{"SECRET": 1}'],
      ['msal_token_cache.json', '{"AccessToken": "SECRET"}'],
      ['accessTokens.json', '["SECRET"]'],
      ['config.json', 'SECRET'],
      ['config', '\udcffSECRET'],
      ['azure-session.json', '{"version":1,"logins":[{}]}'],
      ['azure-session.json', '{"version":2}'],
    ].map(([name = '', text = '']): [string, Record<string, string>, RegExp] => [
      `${name} that says ${text}`,
      { [name]: text },
      new RegExp(`Cannot read .*${name}`),
    ]),
  ];
  for (const [what, files, message] of rows) {
    test(what, async () => {
      using job = world.newJob();
      mkdirSync(folderOf(job), { mode: 0o700 });
      // The escape stands for a byte that is no text.
      for (const [name, text] of Object.entries(files)) {
        writeFileSync(join(folderOf(job), name), Buffer.from(text.replace('\udcff', 'ÿ'), 'latin1'));
      }
      const before = content(folderOf(job));
      const step = await job.step({ inputs: { ...world.secret, 'config-dir': FOLDER } });
      assertRefused(step, job, message);
      assert.doesNotMatch(step.result.log, /SECRET/);
      assert.deepEqual(content(folderOf(job)), before);
    });
  }

  for (const name of ['azureProfile.json', 'azure-session.json', 'azure-session.lock']) {
    test(`a link for ${name}`, { skip: NEEDS.posix }, async () => {
      using job = world.newJob();
      mkdirSync(folderOf(job), { mode: 0o700 });
      const target = join(job.folder, 'target');
      writeFileSync(target, '{}');
      symlinkSync(target, join(folderOf(job), name));
      const inputs = { ...world.secret, 'config-dir': FOLDER, 'timeout-seconds': '3' };
      assertRefused(await job.step({ inputs }), job, /./);
      assert.equal(readFileSync(target, 'utf8'), '{}');
      assert.ok(lstatSync(join(folderOf(job), name)).isSymbolicLink());
    });
  }
});

suite('a lock that was left behind', () => {
  const [AZ_CACHE, AZ_ENTRIES] = ['msal_token_cache.json.lockfile', 'service_principal_entries.json.lockfile'];
  const gone = JSON.stringify({ ...thisProcess(), pid: 2 ** 22 + 1 });
  const minutesAgo = new Date(Date.now() - 120_000);
  const rows: readonly [what: string, name: string, text: string, at?: Date][] = [
    ['by a process that is gone', 'azure-session.lock', gone],
    ['by a login that was killed inside the locks of az', AZ_CACHE, gone],
    ['long ago', 'azure-session.lock', '', minutesAgo],
    ['by az long ago', AZ_CACHE, '', minutesAgo],
    ['by az long ago, the other', AZ_ENTRIES, '', minutesAgo],
  ];
  for (const [what, name, text, at] of rows) {
    test(`${what} is broken at once`, async () => {
      using job = world.newJob();
      mkdirSync(folderOf(job), { mode: 0o700 });
      writeFileSync(join(folderOf(job), name), text);
      if (at !== undefined) utimesSync(join(folderOf(job), name), at, at);
      const inputs = { ...world.secret, subscription: 'Production', 'config-dir': FOLDER, 'timeout-seconds': '4' };
      const step = await world.signedIn(inputs, { job });
      assert.deepEqual((await step.post()).errors, []);
      assert.deepEqual(readdirSync(folderOf(job)), []);
    });
  }

  test('is waited for while somebody holds it, and so is a profile that is written right now', async () => {
    using job = world.newJob();
    mkdirSync(folderOf(job), { mode: 0o700 });
    const held = join(folderOf(job), AZ_ENTRIES ?? '');
    const written = join(folderOf(job), 'azureProfile.json');
    writeFileSync(held, '1 az');
    writeFileSync(written, '');
    world.simulator.clear();
    const signingIn = job.step({ inputs: { ...world.secret, subscription: 'Production', 'config-dir': FOLDER } });
    for (; world.asked.at(-1)?.endsWith('/subscriptions') !== true; ) await pause(20);
    await pause(300);
    assert.deepEqual(readFileSync(held, 'utf8'), '1 az');
    rmSync(held);
    await pause(100);
    writeFileSync(written, profileOf({ id: 'own', name: 'Own', state: 'Enabled', isDefault: true }));
    const step = await signingIn;
    assert.equal(step.result.exitCode, 0, step.result.log);
    assert.ok(profile(job).some(({ name }) => name === 'Own'));
    await step.post();
  });
});

test('the same application twice: no warning, and the older credential comes back', async () => {
  using job = world.newJob();
  const shared = { 'config-dir': FOLDER, subscription: 'Production' };
  const first = await job.step({ inputs: { ...world.secret, ...shared } });
  const second = await job.step({ inputs: { ...world.identity, ...shared } });
  assert.doesNotMatch(second.result.warnings.join(), /Another account/);
  const entries = (): ServicePrincipalEntry[] => readJson(folderOf(job), 'service_principal_entries.json');
  assert.deepEqual(
    entries().map((entry) => 'client_assertion' in entry),
    [true],
  );
  const byClient = entries().map((entry) => ({ ...entry, client_assertion: 'renewed by a client' }));
  writeFileSync(join(folderOf(job), 'service_principal_entries.json'), JSON.stringify(byClient));
  assert.deepEqual((await second.post()).errors, []);
  assert.deepEqual(
    entries().map(({ client_secret }) => client_secret),
    [world.contoso.clientSecret],
  );
  assert.deepEqual((await first.post()).errors, []);
  assert.ok(!existsSync(folderOf(job)));
});

test('managed identities, which all have one name, are told apart', async () => {
  const { directory, managedIdentity } = world.simulator;
  const [one] = directory.managedIdentities.filter(({ kind }) => kind === 'user-assigned');
  assert.ok(one);
  const other = { ...one, clientId: '7a777777-7777-4777-8777-777777777777', objectId: crypto.randomUUID() };
  directory.managedIdentities.push(other);
  directory.subscriptions[0]?.roleAssignments.push(other.objectId);
  using job = world.newJob(managedIdentity.imdsVariables);
  const identities = [one, other].map(({ clientId }) => ({
    'auth-type': 'managed-identity',
    'client-id': clientId,
    'config-dir': FOLDER,
    subscription: 'Production',
  }));
  const steps: ActionStep[] = [];
  for (const inputs of identities) steps.push(await job.step({ inputs }));
  assert.match(steps[1]?.result.warnings.join() ?? '', /Production \(aaaaaaaa-.*\), until now userAssignedIdentity\./);
  const identity = (): unknown => profile(job).find(({ name }) => name === 'Production')?.user?.assignedIdentityInfo;
  assert.equal(identity(), `MSIClient-${other.clientId}`);
  assert.deepEqual((await steps[1]?.post())?.errors, []);
  assert.equal(identity(), `MSIClient-${one.clientId}`);
  await steps[0]?.post();
});

test('one cloud: a private one is told to both CLIs until the last login leaves; another of its name is refused', async () => {
  await using hub = await World.start({}, { cloud: 'PrivateCloud' });
  using job = hub.newJob();
  const url = 'https://management.private.azurestack.external';
  const inputs = { ...hub.secret, 'resource-manager-url': url, subscription: 'Production', 'config-dir': FOLDER };
  mkdirSync(folderOf(job), { mode: 0o700 });
  const own = {
    'clouds.config': '[Other]\nprofile = latest\n',
    'azureProfile.json': '{"environments":[{"name":"Other"}]}',
  };
  for (const [name, text] of Object.entries(own)) writeFileSync(join(folderOf(job), name), text);
  const environments = (): unknown[] =>
    readJson<{ environments: { name: string }[] }>(folderOf(job), 'azureProfile.json').environments.map(
      ({ name }) => name,
    );
  const clouds = (): string => readFileSync(join(folderOf(job), 'clouds.config'), 'utf8');
  const [first, second] = [await job.step({ inputs }), await job.step({ inputs })];
  assert.equal(second.result.exitCode, 0, second.result.log);
  const name = first.result.outputs['environment'] ?? '';
  const told = clouds();
  assert.ok(told.startsWith(`${own['clouds.config']}\n[${name}]\nprofile = `), told);
  await second.post();
  assert.equal(clouds(), told);
  assert.deepEqual(environments(), ['Other', name]);
  const elsewhere = told.replace(`endpoint_resource_manager = ${url}`, 'endpoint_resource_manager = https://elsewhere');
  writeFileSync(join(folderOf(job), 'clouds.config'), elsewhere);
  const refused = await job.step({ inputs });
  assert.match(refused.result.errors.join(), new RegExp(`belongs to the cloud ${name} at https://elsewhere`));
  writeFileSync(join(folderOf(job), 'clouds.config'), told);
  await first.post();
  assert.deepEqual(content(folderOf(job)), {
    ...own,
    'azureProfile.json': content(folderOf(job))['azureProfile.json'],
  });
  assert.deepEqual(environments(), ['Other']);
});

test('the private folder of an earlier step keeps its mark, by which that step removes it', async () => {
  using job = world.newJob();
  const first = await job.step({ inputs: { ...world.secret, subscription: 'Production' } });
  const folder = first.result.outputs['config-dir'] ?? '';
  const second = await world.signedIn({ ...secondApplication(), 'config-dir': folder }, { job });
  assert.deepEqual((await second.post()).errors, []);
  assert.ok(existsSync(join(folder, 'azure-session.json')));
  assert.deepEqual((await first.post()).errors, []);
  assert.ok(!existsSync(folder));
});

suite('a folder that a login made', () => {
  const edits: Record<string, (folder: string) => void> = {
    'a service principal': (folder) => {
      const entries = readJson<object[]>(folder, 'service_principal_entries.json');
      const own = { client_id: 'by-az', tenant: 't', client_secret: 's' };
      writeFileSync(join(folder, 'service_principal_entries.json'), JSON.stringify([...entries, own]));
    },
    'a management certificate': (folder) => {
      const { subscriptions } = readJson<{ subscriptions: object[] }>(folder, 'azureProfile.json');
      const own = { id: 'x', name: 'X', managementCertificate: { key: 'k', cert: 'c' }, isDefault: false };
      writeFileSync(join(folder, 'azureProfile.json'), profileOf(...subscriptions, own));
    },
  };
  for (const [what, edit] of Object.entries(edits)) {
    test(`stays with its options, where a client put ${what} into it`, async () => {
      using job = world.newJob();
      const step = await job.step({ inputs: { ...world.secret, 'config-dir': FOLDER, subscription: 'Production' } });
      assertPrivate(folderOf(job));
      const { config } = content(folderOf(job));
      assert.match(config ?? '', /^encrypt_token_cache = false$/m);
      edit(folderOf(job));
      assert.deepEqual((await step.post()).errors, []);
      assert.equal(content(folderOf(job))['config'], config);
      assert.ok(!existsSync(join(folderOf(job), 'azure-session.json')));
    });
  }

  test('goes with what clients made in it, and the last words of its own refresher are told', async () => {
    using job = world.newJob();
    const inputs = { ...world.secret, 'config-dir': FOLDER, subscription: 'Production' };
    const steps = [await job.step({ inputs }), await job.step({ inputs })] as const;
    const ids = steps.map(({ state }) => (JSON.parse(state['session'] ?? '{}') as { sharedLogin: string }).sharedLogin);
    for (const id of ids) writeFileSync(join(folderOf(job), `keep-alive-${id}.log`), `of ${id}\n`);
    mkdirSync(join(folderOf(job), 'by-client'));
    writeFileSync(join(folderOf(job), 'by-client', 'x.log'), '');
    for (const at of [0, 1] as const) {
      const { errors, warnings } = await steps[at].post();
      assert.deepEqual([errors, warnings], [[], [`of ${ids[at]}`]]);
    }
    assert.ok(!existsSync(folderOf(job)));
  });
});

test('20 sign-ins at once into one folder: all accounts are there, and all go', async () => {
  using job = world.newJob();
  const inputs = Array.from({ length: 20 }, (_, at) => ({
    ...secondApplication(`88888888-8888-4888-8888-${String(at).padStart(12, '0')}`),
    'config-dir': FOLDER,
  }));
  const steps = await Promise.all(inputs.map((each) => job.step({ inputs: each })));
  for (const { result } of steps) assert.equal(result.exitCode, 0, result.log);
  const entries = readJson<ServicePrincipalEntry[]>(folderOf(job), 'service_principal_entries.json');
  assert.equal(new Set(entries.map(({ client_id }) => client_id)).size, 20);
  assert.equal(profile(job).filter(({ isDefault }) => isDefault).length, 1);
  const posts = await Promise.all(steps.map((step) => step.post()));
  for (const post of posts) assert.deepEqual(post.errors, []);
  assert.ok(!existsSync(folderOf(job)));
});

test('a federated login is kept alive in a shared folder too', async () => {
  const { github } = world.simulator;
  github.idTokenLifetimeSeconds = 4;
  using job = world.newJob();
  const step = await job.step({ inputs: { ...world.identity, 'config-dir': FOLDER, subscription: 'Production' } });
  github.idTokenLifetimeSeconds = 300;
  assert.equal(step.result.exitCode, 0, step.result.log);
  const entry = (): string =>
    readJson<ServicePrincipalEntry[]>(folderOf(job), 'service_principal_entries.json')[0]?.client_assertion ?? '';
  const before = entry();
  for (let tries = 0; entry() === before && tries < 100; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(entry() !== before, 'the assertion was not renewed');
  await step.post();
  assert.ok(!existsSync(folderOf(job)));
});

test('a folder that cannot be looked at is refused before anything is contacted', { skip: NEEDS.posix }, async () => {
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
    if (!made) mkdirSync(folderOf(job), { mode: 0o700 });
    const step = await job.step({ inputs: { ...world.secret, 'config-dir': FOLDER, subscription: 'Production' } });
    for (const name of readdirSync(folderOf(job))) {
      rmSync(join(job.workspace, FOLDER, name), { recursive: true });
    }
    const post = await step.post();
    assert.deepEqual(post.errors, []);
    assert.equal(existsSync(folderOf(job)), !made);
  }
});

test('a folder that somebody holds and does not let go of is given up at the deadline, as it was', async () => {
  using job = world.newJob();
  const folder = folderOf(job);
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, 'azure-session.lock'), JSON.stringify(thisProcess()));
  const inputs = { ...world.secret, subscription: 'Production', 'config-dir': FOLDER, 'timeout-seconds': '2' };
  const step = await job.step({ inputs });
  assertRefused(step, job, /The shared profile .* is in use/);
  assert.deepEqual(readdirSync(folder), ['azure-session.lock']);
});
