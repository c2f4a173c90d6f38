import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from './world.ts';

let world: World;
before(async () => {
  world = await World.start();
});
after(() => world[Symbol.asyncDispose]());

const PRODUCTION = { subscription: 'Production' };
const MISLEADING = {
  AZURE_CLOUD_NAME: 'AzureChinaCloud',
  AZURE_CORE_ENCRYPT_TOKEN_CACHE: 'true',
  AZURE_ACCESS_TOKEN_FILE: '/elsewhere',
  ARM_OIDC_TOKEN: 'a.b.c',
};

test('variables that would hide the session are named, corrected, and given back but for the secret', async () => {
  using job = world.newJob(MISLEADING);
  const step = await job.step({ inputs: { ...world.secret, ...PRODUCTION } });
  assert.equal(step.result.warnings.length, 4);
  for (const [name, value] of [
    ['AZURE_CLOUD_NAME', 'AzureCloud'],
    ['AZURE_CORE_ENCRYPT_TOKEN_CACHE', 'false'],
    ['AZURE_ACCESS_TOKEN_FILE', ''],
    ['ARM_OIDC_TOKEN', ''],
  ] as const) {
    assert.equal(job.env[name], value);
    assert.ok(step.result.warnings.some((warning) => warning.includes(name)));
  }
  await step.post();
  assert.deepEqual({ ...job.env, ...MISLEADING, ARM_OIDC_TOKEN: '' }, job.env);
});

test('with export-env: none nothing is corrected, and no warning says it was', async () => {
  using job = world.newJob(MISLEADING);
  const step = await job.step({ inputs: { ...world.secret, ...PRODUCTION, 'export-env': 'none' } });
  assert.equal(step.result.exitCode, 0, step.result.log);
  assert.deepEqual(step.result.exported, {});
  assert.equal(step.result.warnings.length, 4);
  for (const warning of step.result.warnings) {
    assert.match(warning, /It stays so with `export-env: none`: (blank it|set it to \w+) in the steps/);
  }
  assert.deepEqual((await step.post()).exported, {});
});

test('az knows a cloud by the exact letters of its name, and a boolean in every spelling', async () => {
  using job = world.newJob({ AZURE_CLOUD_NAME: 'azurecloud', AZURE_CORE_ENCRYPT_TOKEN_CACHE: 'No' });
  const step = await job.step({ inputs: { ...world.secret, ...PRODUCTION } });
  assert.equal(job.env['AZURE_CLOUD_NAME'], 'AzureCloud');
  assert.equal(job.env['AZURE_CORE_ENCRYPT_TOKEN_CACHE'], 'No');
  assert.equal(step.result.warnings.length, 1, step.result.log);
  await step.post();
});

test('a secret that the workflow itself gives its clients stays, if it is the one of this login', async () => {
  const { clientSecret } = world.contoso;
  using job = world.newJob({ AZURE_CLIENT_SECRET: clientSecret, ARM_CLIENT_SECRET: clientSecret });
  const step = await job.step({ inputs: { ...world.secret, ...PRODUCTION, 'export-env': 'azure,terraform' } });
  assert.deepEqual(step.result.warnings, []);
  await step.post();
  assert.equal(job.env['AZURE_CLIENT_SECRET'], clientSecret);
  assert.equal(job.env['ARM_CLIENT_SECRET'], clientSecret);

  using other = world.newJob({ AZURE_CLIENT_SECRET: 'of another application' });
  const blanking = await other.step({ inputs: { ...world.secret, ...PRODUCTION } });
  assert.equal(other.env['AZURE_CLIENT_SECRET'], '');
  assert.match(blanking.result.warnings.join(), /AZURE_CLIENT_SECRET/);
  await blanking.post();
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
