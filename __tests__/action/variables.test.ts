import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openWorld } from './world.ts';

const world = await openWorld();
const SECRET = { ...world.secret, subscription: 'Production' };
const OIDC = { ...world.identity, subscription: 'Production' };
const USER = { ...world.user, subscription: 'Production' };

test('az knows a cloud by the exact letters of its name, and a boolean in every spelling', async () => {
  using job = world.newJob({ AZURE_CLOUD_NAME: 'azurecloud', AZURE_CORE_ENCRYPT_TOKEN_CACHE: 'No' });
  await using step = await world.signedIn(SECRET, { job });
  assert.deepEqual([job.env['AZURE_CLOUD_NAME'], job.env['AZURE_CORE_ENCRYPT_TOKEN_CACHE']], ['AzureCloud', 'No']);
  assert.equal(step.result.warnings.length, 1, step.result.log);
});

for (const [name, value, warns] of [
  ['NODE_TLS_REJECT_UNAUTHORIZED', '0', true],
  ['NODE_TLS_REJECT_UNAUTHORIZED', '1', false],
  ['AZURE_CLI_DISABLE_CONNECTION_VERIFICATION', '1', true],
  ['AZURE_CLI_DISABLE_CONNECTION_VERIFICATION', 'false', true],
  ['AZURE_CLI_DISABLE_CONNECTION_VERIFICATION', '', false],
] as const) {
  test(`${name}=${value} ${warns ? 'is a warning' : 'is none'}, whatever is exported`, async () => {
    for (const inputs of [SECRET, { ...SECRET, 'export-env': 'none' }]) {
      await using step = await world.signedIn(inputs, { job: world.newJob({ [name]: value }) });
      const { warnings } = step.result;
      assert.equal(warnings.length, warns ? 1 : 0, warnings.join());
      if (warns) assert.match(warnings[0] ?? '', new RegExp(`^The variable ${name} is set: .* do not verify`));
    }
  });
}

test('a profile folder in the workspace is a warning, also through a link; one outside is none', async () => {
  using job = world.newJob();
  const link = join(job.folder, 'link');
  symlinkSync(job.workspace, link);
  mkdirSync(join(job.folder, 'work-of-another'));
  for (const [folder, warns, GITHUB_WORKSPACE = job.workspace] of [
    ['', false],
    ['profile', true],
    [join(job.workspace, 'deep', 'profile'), true],
    [join(link, 'linked'), true],
    ['profile', true, link],
    [join(job.folder, 'work-of-another', 'profile'), false],
    [join(job.temp, 'profile'), false],
    ['../sibling', false],
  ] as const) {
    await using step = await world.signedIn({ ...SECRET, 'config-dir': folder }, { job, env: { GITHUB_WORKSPACE } });
    const warnings = step.result.warnings.join();
    const inside = /is in the workspace\. .*artifacts.*`docker build`, `git add`/;
    assert.equal(inside.test(warnings), warns, `${folder}: ${warnings}`);
  }
});

test('a secret that the workflow itself gives its clients stays, if it is the one of this login', async () => {
  const { clientSecret } = world.contoso;
  using job = world.newJob({ AZURE_CLIENT_SECRET: clientSecret, ARM_CLIENT_SECRET: clientSecret });
  const step = await world.signedIn({ ...SECRET, 'export-env': 'azure,terraform' }, { job });
  assert.deepEqual(step.result.warnings, []);
  // It carries the session, too.
  const carriers = [job.env['AZURE_CLIENT_ID'], job.env['AZURE_TOKEN_CREDENTIALS']];
  assert.deepEqual(carriers, [world.identity['client-id'], undefined]);
  await step.post();
  assert.deepEqual([job.env['AZURE_CLIENT_SECRET'], job.env['ARM_CLIENT_SECRET']], [clientSecret, clientSecret]);

  using other = world.newJob({ AZURE_CLIENT_SECRET: 'of another application' });
  await using blanking = await world.signedIn(SECRET, { job: other });
  assert.equal(other.env['AZURE_CLIENT_SECRET'], '');
  assert.match(blanking.result.warnings.join(), /AZURE_CLIENT_SECRET/);
});

test('a folder that the workflow names for az is replaced with a warning; the one of GitHub’s Windows images without', async () => {
  for (const [folder, warnings] of [
    ['/opt/az', 1],
    ['C:\\azureCli', 0],
  ] as const) {
    using job = world.newJob({ AZURE_CONFIG_DIR: folder });
    const step = await world.signedIn(SECRET, { job });
    assert.equal(step.result.warnings.length, warnings, step.result.log);
    await step.post();
    assert.equal(job.env['AZURE_CONFIG_DIR'], folder);
  }
});

/** What DefaultAzureCredential is told, by what the workflow sets: a job-level variable counts as an earlier sign-in. */
const CHOICES = [
  // Only az holds a user's session.
  ['user', {}, 'dev', 0],
  ['user', { AZURE_TOKEN_CREDENTIALS: '' }, 'dev', 0],
  ['user', { AZURE_TOKEN_CREDENTIALS: 'Dev' }, 'Dev', 0],
  ['user', { AZURE_TOKEN_CREDENTIALS: 'prod' }, 'dev', 1],
  ['user', { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }, 'dev', 1],
  ['user', { AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential' }, 'AzureCliCredential', 0],
  // A token file is found by most of them; the choice of the workflow stays where it leads to the session.
  ['identity', { AZURE_TOKEN_CREDENTIALS: '' }, 'prod', 0],
  ['identity', { AZURE_TOKEN_CREDENTIALS: 'dev' }, 'dev', 0],
  ['identity', { AZURE_TOKEN_CREDENTIALS: 'prod' }, 'prod', 0],
  ['identity', { AZURE_TOKEN_CREDENTIALS: 'workloadIdentityCredential' }, 'workloadIdentityCredential', 0],
  ['identity', { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' }, 'prod', 1],
  ['identity', { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }, 'prod', 1],
  ['certificate', { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' }, 'EnvironmentCredential', 0],
  ['certificate', { AZURE_TOKEN_CREDENTIALS: 'WorkloadIdentityCredential' }, 'prod', 1],
  // A blank variable ends the chain; a choice that skips it does not mind. Two warnings: what is blanked, and whom it stops.
  ['identity', { AZURE_CLIENT_SECRET: 'of another' }, 'dev', 2],
  ['identity', { AZURE_CLIENT_SECRET: '' }, 'dev', 1],
  ['identity', { AZURE_CLIENT_SECRET: '', AZURE_TOKEN_CREDENTIALS: 'prod' }, 'dev', 2],
  [
    'identity',
    { AZURE_CLIENT_SECRET: '', AZURE_TOKEN_CREDENTIALS: 'WorkloadIdentityCredential' },
    'WorkloadIdentityCredential',
    0,
  ],
  ['identity', { AZURE_CLIENT_SECRET: '', AZURE_TOKEN_CREDENTIALS: 'dev' }, 'dev', 0],
  ['identity', { AZURE_CLIENT_CERTIFICATE_PATH: '' }, 'dev', 1],
  ['identity', { AZURE_USERNAME: '', AZURE_PASSWORD: '' }, 'dev', 1],
  ['identity', { AZURE_USERNAME: '' }, undefined, 0],
  ['identity', { AZURE_FEDERATED_TOKEN_FILE: '' }, undefined, 0],
  ['certificate', { AZURE_CLIENT_SECRET: '' }, 'dev', 1],
  ['certificate', { AZURE_CLIENT_CERTIFICATE_PATH: '', AZURE_FEDERATED_TOKEN_FILE: '' }, undefined, 0],
  ['user', { AZURE_CLIENT_SECRET: '', AZURE_FEDERATED_TOKEN_FILE: '' }, 'dev', 0],
] as const;

test('AZURE_TOKEN_CREDENTIALS leads to the session, is never blank, and is the workflow’s own where that leads there', async () => {
  const inputs = { user: USER, identity: OIDC, certificate: { ...world.certificate, subscription: 'Production' } };
  for (const [method, env, expected, warnings] of CHOICES) {
    using job = world.newJob(env);
    const step = await world.signedIn(inputs[method], { job });
    const said = `${method}, ${JSON.stringify(env)}\n${step.result.log}`;
    assert.equal(job.env['AZURE_TOKEN_CREDENTIALS'], expected, said);
    assert.equal(step.result.warnings.length, warnings, said);
    await step.post();
    const before = 'AZURE_TOKEN_CREDENTIALS' in env ? env.AZURE_TOKEN_CREDENTIALS : '';
    assert.equal(job.env['AZURE_TOKEN_CREDENTIALS'], before || (expected && 'prod'), said);
  }
});

test('Ansible comes through az, unless the workflow says how or gives it a secret', async () => {
  for (const [env, during, after] of [
    [{}, 'cli', 'auto'],
    [{ ANSIBLE_AZURE_AUTH_SOURCE: 'env' }, 'env', 'env'],
    [{ ANSIBLE_AZURE_AUTH_SOURCE: 'auto' }, 'auto', 'auto'],
    [{ AZURE_SECRET: 'of Ansible' }, undefined, undefined],
  ] as const) {
    using job = world.newJob(env);
    const step = await world.signedIn(OIDC, { job });
    assert.deepEqual([job.env['ANSIBLE_AZURE_AUTH_SOURCE'], step.result.warnings], [during, []]);
    await step.post();
    assert.equal(job.env['ANSIBLE_AZURE_AUTH_SOURCE'], after);
  }
});

test('what a session that is over left behind is no choice of the workflow', async () => {
  using job = world.newJob();
  for (const inputs of [USER, OIDC, SECRET]) {
    await using step = await world.signedIn(inputs, { job });
    assert.deepEqual([job.env['ANSIBLE_AZURE_AUTH_SOURCE'], step.result.warnings], ['cli', []]);
  }
});

/** Those that can hold a secret, or what a workflow keeps as one. */
const SECRETS = `
  AZURE_CLIENT_SECRET AZURE_CLIENT_CERTIFICATE_PASSWORD AZURE_USERNAME AZURE_PASSWORD AZURE_CONSOLE_TOKENS
  ARM_CLIENT_CERTIFICATE ARM_CLIENT_CERTIFICATE_PASSWORD ARM_CLIENT_SECRET ARM_OIDC_REQUEST_TOKEN ARM_OIDC_TOKEN`
  .trim()
  .split(/\s+/);

test('nothing of a secret of the workflow is saved for later, or told to a later login', async () => {
  const secrets = Object.fromEntries(SECRETS.map((name) => [name, `s3cret of ${name}`]));
  using job = world.newJob(secrets);
  const inputs = { ...OIDC, 'export-env': 'azure, terraform' };
  const first = await world.signedIn(inputs, { job });
  Object.assign(job.env, secrets);
  const second = await world.signedIn(inputs, { job });
  const saved = [first.state['session'], second.state['session'], job.env['AZURE_SESSION_LOGINS']];
  for (const text of saved) assert.match(text ?? '', /^(?!.*s3cret)./s);
  await second.post();
  await first.post();
  for (const name of SECRETS) assert.equal(job.env[name], '', name);
});

test('corrections of an earlier login stay for the one after it, whichever ends first', async () => {
  for (const isInOrder of [true, false]) {
    using job = world.newJob({ AZURE_CLOUD_NAME: 'AzureChinaCloud', AZURE_ACCESS_TOKEN_FILE: '/elsewhere' });
    const now = () =>
      ['AZURE_CLOUD_NAME', 'AZURE_ACCESS_TOKEN_FILE', 'AZURE_SESSION_LOGINS'].map((name) => job.env[name]);
    const steps = [await world.signedIn(SECRET, { job }), await world.signedIn(SECRET, { job })];
    assert.deepEqual(steps[1]?.result.warnings, []);
    const [first, last] = isInOrder ? steps : steps.toReversed();
    await first?.post();
    assert.deepEqual(now().slice(0, 2), ['AzureCloud', '']);
    await last?.post();
    assert.deepEqual(now(), ['AzureChinaCloud', '/elsewhere', '']);
  }
});
