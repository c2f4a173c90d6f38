import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorld } from './world.ts';

const world = await openWorld();

const PRODUCTION = { subscription: 'Production' };
test('az knows a cloud by the exact letters of its name, and a boolean in every spelling', async () => {
  using job = world.newJob({ AZURE_CLOUD_NAME: 'azurecloud', AZURE_CORE_ENCRYPT_TOKEN_CACHE: 'No' });
  await using step = await job.step({ inputs: { ...world.secret, ...PRODUCTION } });
  assert.equal(job.env['AZURE_CLOUD_NAME'], 'AzureCloud');
  assert.equal(job.env['AZURE_CORE_ENCRYPT_TOKEN_CACHE'], 'No');
  assert.equal(step.result.warnings.length, 1, step.result.log);
});

test('a secret that the workflow itself gives its clients stays, if it is the one of this login', async () => {
  const { clientSecret } = world.contoso;
  using job = world.newJob({ AZURE_CLIENT_SECRET: clientSecret, ARM_CLIENT_SECRET: clientSecret });
  const step = await job.step({ inputs: { ...world.secret, ...PRODUCTION, 'export-env': 'azure,terraform' } });
  assert.deepEqual(step.result.warnings, []);
  // It carries the session, too.
  assert.deepEqual(
    [job.env['AZURE_CLIENT_ID'], job.env['AZURE_TOKEN_CREDENTIALS']],
    [world.identity['client-id'], undefined],
  );
  await step.post();
  assert.equal(job.env['AZURE_CLIENT_SECRET'], clientSecret);
  assert.equal(job.env['ARM_CLIENT_SECRET'], clientSecret);

  using other = world.newJob({ AZURE_CLIENT_SECRET: 'of another application' });
  await using blanking = await other.step({ inputs: { ...world.secret, ...PRODUCTION } });
  assert.equal(other.env['AZURE_CLIENT_SECRET'], '');
  assert.match(blanking.result.warnings.join(), /AZURE_CLIENT_SECRET/);
});

test('a folder that the workflow names for az is replaced with a warning; the one of GitHub’s Windows images without', async () => {
  for (const [folder, warnings] of [
    ['/opt/az', 1],
    ['C:\\azureCli', 0],
  ] as const) {
    using job = world.newJob({ AZURE_CONFIG_DIR: folder });
    const step = await job.step({ inputs: { ...world.secret, ...PRODUCTION } });
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
  const { user, password } = world.contoso;
  const inputs = {
    user: { username: user.userPrincipalName, password },
    identity: world.identity,
    certificate: world.certificate,
  };
  for (const [method, env, expected, warnings] of CHOICES) {
    using job = world.newJob(env);
    const step = await job.step({ inputs: { ...inputs[method], ...PRODUCTION } });
    const said = `${method}, ${JSON.stringify(env)}\n${step.result.log}`;
    assert.equal(job.env['AZURE_TOKEN_CREDENTIALS'], expected, said);
    assert.equal(step.result.warnings.length, warnings, said);
    await step.post();
    const { AZURE_TOKEN_CREDENTIALS: before = '' } = { AZURE_TOKEN_CREDENTIALS: '', ...env };
    const left = before || (expected === undefined ? undefined : 'prod');
    assert.equal(job.env['AZURE_TOKEN_CREDENTIALS'], left, said);
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
    const step = await job.step({ inputs: { ...world.identity, ...PRODUCTION } });
    assert.equal(job.env['ANSIBLE_AZURE_AUTH_SOURCE'], during);
    assert.deepEqual(step.result.warnings, []);
    await step.post();
    assert.equal(job.env['ANSIBLE_AZURE_AUTH_SOURCE'], after);
  }
});

test('what a session that is over left behind is no choice of the workflow', async () => {
  using job = world.newJob();
  const { user, password } = world.contoso;
  for (const inputs of [{ username: user.userPrincipalName, password }, world.identity, world.secret]) {
    await using step = await job.step({ inputs: { ...inputs, ...PRODUCTION } });
    assert.deepEqual(step.result.warnings, []);
    assert.equal(job.env['ANSIBLE_AZURE_AUTH_SOURCE'], 'cli');
  }
});

/** Those that can hold a secret, or what a workflow keeps as one. */
const SECRET = `
  AZURE_CLIENT_SECRET AZURE_CLIENT_CERTIFICATE_PASSWORD AZURE_USERNAME AZURE_PASSWORD AZURE_CONSOLE_TOKENS
  ARM_CLIENT_CERTIFICATE ARM_CLIENT_CERTIFICATE_PASSWORD ARM_CLIENT_SECRET ARM_OIDC_REQUEST_TOKEN ARM_OIDC_TOKEN`
  .trim()
  .split(/\s+/);

test('nothing of a secret of the workflow is saved for later, or told to a later login', async () => {
  using job = world.newJob(Object.fromEntries(SECRET.map((name) => [name, `s3cret of ${name}`])));
  const inputs = { ...world.identity, ...PRODUCTION, 'export-env': 'azure, terraform' };
  const first = await job.step({ inputs });
  for (const name of SECRET) job.env[name] = `s3cret of ${name}`;
  const second = await job.step({ inputs });
  const logins = job.env['AZURE_SESSION_LOGINS'] ?? '';
  assert.notEqual(logins, '');
  for (const text of [first.state['session'], second.state['session'], logins])
    assert.doesNotMatch(text ?? '', /s3cret/);
  await second.post();
  await first.post();
  for (const name of SECRET) assert.equal(job.env[name], '', name);
});

test('corrections of an earlier login stay for the one after it, whichever ends first', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    using job = world.newJob({ AZURE_CLOUD_NAME: 'AzureChinaCloud', AZURE_ACCESS_TOKEN_FILE: '/elsewhere' });
    const inputs = { ...world.secret, ...PRODUCTION };
    const steps = [await job.step({ inputs }), await job.step({ inputs })] as const;
    assert.deepEqual(steps[1].result.warnings, []);
    await steps[order[0] ?? 0]?.post();
    assert.deepEqual([job.env['AZURE_CLOUD_NAME'], job.env['AZURE_ACCESS_TOKEN_FILE']], ['AzureCloud', '']);
    await steps[order[1] ?? 0]?.post();
    assert.deepEqual(
      [job.env['AZURE_CLOUD_NAME'], job.env['AZURE_ACCESS_TOKEN_FILE'], job.env['AZURE_SESSION_LOGINS']],
      ['AzureChinaCloud', '/elsewhere', ''],
    );
  }
});
