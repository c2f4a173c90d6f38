import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openWorld } from './world.ts';

const world = await openWorld();
const SECRET = { ...world.secret, subscription: 'Production' };
const OIDC = { ...world.identity, subscription: 'Production' };
const USER = { ...world.user, subscription: 'Production' };

test('AZURE_CLOUD_NAME is corrected to the exact letter case, and a boolean in any spelling stays', async () => {
  using job = world.newJob({ AZURE_CLOUD_NAME: 'azurecloud', AZURE_CORE_ENCRYPT_TOKEN_CACHE: 'No' });
  await using step = await world.signIn(SECRET, { job });
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
  test(`${name}=${value} ${warns ? 'is a warning' : 'is not a warning'}, with any export-env`, async () => {
    for (const inputs of [SECRET, { ...SECRET, 'export-env': 'none' }]) {
      await using step = await world.signIn(inputs, { job: world.newJob({ [name]: value }) });
      const { warnings } = step.result;
      assert.equal(warnings.length, warns ? 1 : 0, warnings.join());
      if (warns) assert.match(warnings[0] ?? '', new RegExp(`^The variable ${name} is set: .* do not verify`));
    }
  });
}

test('a profile folder in the workspace is a warning, also through a link; one outside is not', async () => {
  using job = world.newJob();
  const link = join(job.folder, 'link');
  symlinkSync(job.workspace, link);
  mkdirSync(join(job.folder, 'work-2'));
  for (const [folder, warns, GITHUB_WORKSPACE = job.workspace] of [
    ['', false],
    ['profile', true],
    [join(job.workspace, 'deep', 'profile'), true],
    [join(link, 'linked'), true],
    ['profile', true, link],
    [join(job.folder, 'work-2', 'profile'), false],
    [join(job.temp, 'profile'), false],
    ['../sibling', false],
  ] as const) {
    await using step = await world.signIn({ ...SECRET, 'config-dir': folder }, { job, env: { GITHUB_WORKSPACE } });
    const warnings = step.result.warnings.join();
    const inside = /is in the workspace\. .*artifacts.*`docker build`, `git add`/;
    assert.equal(inside.test(warnings), warns, `${folder}: ${warnings}`);
  }
});

test('a secret variable of the workflow stays if it has the secret of this login, and is blanked otherwise', async () => {
  const { clientSecret } = world.contoso;
  using job = world.newJob({ AZURE_CLIENT_SECRET: clientSecret, ARM_CLIENT_SECRET: clientSecret });
  const step = await world.signIn({ ...SECRET, 'export-env': 'azure,terraform' }, { job });
  assert.deepEqual(step.result.warnings, []);
  // The SDKs use the secret of the workflow.
  const values = [job.env['AZURE_CLIENT_ID'], job.env['AZURE_TOKEN_CREDENTIALS']];
  assert.deepEqual(values, [world.identity['client-id'], undefined]);
  await step.post();
  assert.deepEqual([job.env['AZURE_CLIENT_SECRET'], job.env['ARM_CLIENT_SECRET']], [clientSecret, clientSecret]);

  using other = world.newJob({ AZURE_CLIENT_SECRET: 'of another application' });
  await using blanking = await world.signIn(SECRET, { job: other });
  assert.equal(other.env['AZURE_CLIENT_SECRET'], '');
  assert.match(blanking.result.warnings.join(), /AZURE_CLIENT_SECRET/);
});

test('replacing an AZURE_CONFIG_DIR of the workflow is a warning, unless it is the folder of the Windows images', async () => {
  for (const [folder, warnings] of Object.entries({ '/opt/az': 1, 'C:\\azureCli': 0 })) {
    using job = world.newJob({ AZURE_CONFIG_DIR: folder });
    const step = await world.signIn(SECRET, { job });
    assert.equal(step.result.warnings.length, warnings, step.result.log);
    await step.post();
    assert.equal(job.env['AZURE_CONFIG_DIR'], folder);
  }
});

const POD = 'WorkloadIdentityCredential';

/**
 * By method and variables of the workflow: the exported `AZURE_TOKEN_CREDENTIALS` and the number of warnings. A variable
 * of the job counts as an earlier sign-in.
 */
const TOKEN_CREDENTIALS = [
  // Only az has the credential of a user.
  ['user', { AZURE_TOKEN_CREDENTIALS: '' }, 'dev', 0],
  ['user', { AZURE_TOKEN_CREDENTIALS: 'Dev' }, 'Dev', 0],
  ['user', { AZURE_TOKEN_CREDENTIALS: 'prod' }, 'dev', 1],
  ['user', { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }, 'dev', 1],
  ['user', { AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential' }, 'AzureCliCredential', 0],
  // A choice of the workflow stays if it selects the credential of the session.
  ['identity', { AZURE_TOKEN_CREDENTIALS: '' }, 'prod', 0],
  ['identity', { AZURE_TOKEN_CREDENTIALS: 'dev' }, 'dev', 0],
  ['identity', { AZURE_TOKEN_CREDENTIALS: 'prod' }, 'prod', 0],
  ['identity', { AZURE_TOKEN_CREDENTIALS: 'workloadIdentityCredential' }, 'workloadIdentityCredential', 0],
  ['identity', { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' }, 'prod', 1],
  ['identity', { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }, 'prod', 1],
  ['certificate', { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' }, 'EnvironmentCredential', 0],
  ['certificate', { AZURE_TOKEN_CREDENTIALS: POD }, 'prod', 1],
  // A blank variable ends the chain, unless the choice skips it. Two warnings: the blanked variable and the failing clients.
  ['identity', { AZURE_CLIENT_SECRET: 'of another' }, 'dev', 2],
  ['identity', { AZURE_CLIENT_SECRET: '' }, 'dev', 1],
  ['identity', { AZURE_CLIENT_SECRET: '', AZURE_TOKEN_CREDENTIALS: 'prod' }, 'dev', 2],
  ['identity', { AZURE_CLIENT_SECRET: '', AZURE_TOKEN_CREDENTIALS: POD }, POD, 0],
  ['identity', { AZURE_CLIENT_SECRET: '', AZURE_TOKEN_CREDENTIALS: 'dev' }, 'dev', 0],
  ['identity', { AZURE_CLIENT_CERTIFICATE_PATH: '' }, 'dev', 1],
  ['identity', { AZURE_USERNAME: '', AZURE_PASSWORD: '' }, 'dev', 1],
  ['identity', { AZURE_USERNAME: '' }, undefined, 0],
  ['identity', { AZURE_FEDERATED_TOKEN_FILE: '' }, undefined, 0],
  ['certificate', { AZURE_CLIENT_SECRET: '' }, 'dev', 1],
  ['certificate', { AZURE_CLIENT_CERTIFICATE_PATH: '', AZURE_FEDERATED_TOKEN_FILE: '' }, undefined, 0],
  ['user', { AZURE_CLIENT_SECRET: '', AZURE_FEDERATED_TOKEN_FILE: '' }, 'dev', 0],
] as const;

test('AZURE_TOKEN_CREDENTIALS selects the session, is never blank, and keeps a value of the workflow that does', async () => {
  const inputs = { user: USER, identity: OIDC, certificate: { ...world.certificate, subscription: 'Production' } };
  for (const [method, env, expected, warnings] of TOKEN_CREDENTIALS) {
    using job = world.newJob(env);
    const step = await world.signIn(inputs[method], { job });
    const context = `${method}, ${JSON.stringify(env)}\n${step.result.log}`;
    assert.equal(job.env['AZURE_TOKEN_CREDENTIALS'], expected, context);
    assert.equal(step.result.warnings.length, warnings, context);
    await step.post();
    const before = 'AZURE_TOKEN_CREDENTIALS' in env ? env.AZURE_TOKEN_CREDENTIALS : '';
    assert.equal(job.env['AZURE_TOKEN_CREDENTIALS'], before || (expected && 'prod'), context);
  }
});

test('Ansible uses az, unless the workflow configures its credential', async () => {
  const ofApplication = { AZURE_CLIENT_ID: world.identity['client-id'] ?? '', AZURE_SECRET: 'of the application' };
  for (const [inputs, env, during, after, warnings] of [
    [OIDC, {}, 'cli', 'auto', 0],
    [OIDC, { ANSIBLE_AZURE_AUTH_SOURCE: 'env' }, 'env', 'env', 0],
    [OIDC, { ANSIBLE_AZURE_AUTH_SOURCE: 'auto' }, 'auto', 'auto', 0],
    [OIDC, ofApplication, undefined, undefined, 0],
    // Here the sign-in replaces or blanks the client id to which the secret belongs.
    [OIDC, { ...ofApplication, AZURE_CLIENT_ID: 'another' }, 'cli', 'auto', 1],
    [SECRET, ofApplication, 'cli', 'auto', 1],
  ] as const) {
    using job = world.newJob(env);
    const step = await world.signIn(inputs, { job });
    assert.deepEqual([job.env['ANSIBLE_AZURE_AUTH_SOURCE'], step.result.warnings.length], [during, warnings]);
    const later = await world.signIn(inputs, { job });
    await step.post();
    assert.equal(job.env['ANSIBLE_AZURE_AUTH_SOURCE'], during);
    await later.post();
    assert.equal(job.env['ANSIBLE_AZURE_AUTH_SOURCE'], after);
  }
});

test('a tenant-level account keeps the subscription of the workflow, but not that of an earlier sign-in', async () => {
  const tenantLevel = { ...world.secret, 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' };
  const families = { 'export-env': 'azure, terraform' };
  for (const own of ['of the workflow', undefined]) {
    const before = own === undefined ? {} : { AZURE_SUBSCRIPTION_ID: own, ARM_SUBSCRIPTION_ID: own };
    using job = world.newJob({ AZURE_TENANT_ID: world.contoso.tenant.id, ...before });
    const now = () => [job.env['AZURE_SUBSCRIPTION_ID'], job.env['ARM_SUBSCRIPTION_ID']];
    const first = await world.signIn({ ...tenantLevel, ...families }, { job });
    assert.deepEqual([now(), first.result.warnings], [[own, own], []]);
    const second = await world.signIn({ ...SECRET, ...families }, { job });
    await using _third = await world.signIn({ ...tenantLevel, ...families }, { job });
    assert.deepEqual(now(), [own ?? '', own ?? '']);
    await second.post();
    await first.post();
    assert.deepEqual(now(), [own ?? '', own ?? '']);
  }
});

test('variables that an ended session left do not count as set by the workflow', async () => {
  using job = world.newJob();
  for (const inputs of [USER, OIDC, SECRET]) {
    await using step = await world.signIn(inputs, { job });
    assert.deepEqual([job.env['ANSIBLE_AZURE_AUTH_SOURCE'], step.result.warnings], ['cli', []]);
  }
});

/** Variables that can contain a secret, or a value that workflows keep secret. */
const SECRETS = `
  AZURE_CLIENT_SECRET AZURE_CLIENT_CERTIFICATE_PASSWORD AZURE_USERNAME AZURE_PASSWORD AZURE_CONSOLE_TOKENS
  ARM_CLIENT_CERTIFICATE ARM_CLIENT_CERTIFICATE_PASSWORD ARM_CLIENT_SECRET ARM_OIDC_REQUEST_TOKEN ARM_OIDC_TOKEN`
  .trim()
  .split(/\s+/);

test('no secret variable of the workflow is saved in the state or in AZURE_SESSION_LOGINS', async () => {
  const secrets = Object.fromEntries(SECRETS.map((name) => [name, `s3cret of ${name}`]));
  using job = world.newJob(secrets);
  const inputs = { ...OIDC, 'export-env': 'azure, terraform' };
  const first = await world.signIn(inputs, { job });
  Object.assign(job.env, secrets);
  const second = await world.signIn(inputs, { job });
  const saved = [first.state['session'], second.state['session'], job.env['AZURE_SESSION_LOGINS']];
  for (const text of saved) assert.match(text ?? '', /^(?!.*s3cret)./s);
  await second.post();
  await first.post();
  for (const name of SECRETS) assert.equal(job.env[name], '', name);
});

test('corrected variables stay until the last of two logins ends, in either order', async () => {
  for (const olderEndsFirst of [true, false]) {
    using job = world.newJob({ AZURE_CLOUD_NAME: 'AzureChinaCloud', AZURE_ACCESS_TOKEN_FILE: '/elsewhere' });
    const now = () =>
      ['AZURE_CLOUD_NAME', 'AZURE_ACCESS_TOKEN_FILE', 'AZURE_SESSION_LOGINS'].map((name) => job.env[name]);
    const steps = [await world.signIn(SECRET, { job }), await world.signIn(SECRET, { job })];
    assert.deepEqual(steps[1]?.result.warnings, []);
    const [first, last] = olderEndsFirst ? steps : steps.toReversed();
    await first?.post();
    assert.deepEqual(now().slice(0, 2), ['AzureCloud', '']);
    await last?.post();
    assert.deepEqual(now(), ['AzureChinaCloud', '/elsewhere', '']);
  }
});
