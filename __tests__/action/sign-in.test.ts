import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Job } from '../../simulator/job.ts';
import { assertRefused, assertSignedOut, openWorld } from './world.ts';

const world = await openWorld();

test('post undoes twice what main did once, and signs in never', async () => {
  world.simulator.clear();
  using job = world.newJob({ AZURE_TENANT_ID: 'the-workflow-s-own' });
  const step = await job.step({ inputs: { ...world.secret, subscription: 'Production' } });
  assert.equal(job.env['AZURE_TENANT_ID'], world.contoso.tenant.id);
  assert.equal(step.result.warnings.length, 1, step.result.log);
  assert.match(step.result.warnings[0] ?? '', /AZURE_TENANT_ID/);
  world.simulator.clear();
  await assertSignedOut(step, job, { AZURE_TENANT_ID: 'the-workflow-s-own' });
  const again = await step.post();
  assert.equal(again.exitCode, 0);
  assert.deepEqual(again.exported, {});
  assert.deepEqual(world.simulator.requests, []);
});

test('a job that is cancelled in the middle leaves nothing', async () => {
  world.simulator.clear();
  world.simulator.faults.add({ host: 'management.azure.com', fault: { kind: 'hang' } });
  using job = world.newJob();
  const cancelWhen = (): boolean => world.simulator.requestsTo('management.azure.com').length > 0;
  const step = await job.step({ inputs: world.secret, cancelWhen });
  assert.equal(step.result.signal, 'SIGTERM');
  await assertSignedOut(step, job, {});
  world.simulator.clear();
});

test('a value that changed since is not taken back', async () => {
  using job = world.newJob();
  const step = await world.signedIn({ ...world.secret, subscription: 'Production' }, { job });
  assert.ok('AZURE_TENANT_ID' in step.result.exported);
  job.env['AZURE_TENANT_ID'] = 'set-by-a-later-step';
  const post = await step.post();
  assert.equal(post.exported['AZURE_TENANT_ID'], undefined);
  assert.equal(job.env['AZURE_TENANT_ID'], 'set-by-a-later-step');
  assert.equal(job.env['AZURE_SUBSCRIPTION_ID'], '');
});

test('logout: false leaves the session, by input or by the variable of azure/login', async () => {
  for (const [inputs, env] of [
    [{ logout: 'false' }, {}],
    [{}, { AZURE_LOGIN_POST_CLEANUP: 'false' }],
  ] as const) {
    using job = new Job({ ...world.simulator.environment, ...env });
    const step = await job.step({ inputs: { ...world.secret, ...inputs } });
    assert.match(step.result.log, /The post step will not sign out/);
    const post = await step.post();
    assert.equal(post.exitCode, 0);
    assert.match(post.log, /the session stays, as the workflow asks/);
    assert.ok(statSync(join(step.result.outputs['config-dir'] ?? '', 'azureProfile.json')).isFile());
  }
});

test('post removes no folder but one of a main run, whatever its state says', async () => {
  using job = world.newJob();
  const victim = join(job.folder, 'victim');
  mkdirSync(victim);
  writeFileSync(join(victim, 'file'), '');
  const step = await job.step({ inputs: { ...world.identity, 'timeout-seconds': 'soon' } });
  const link = join(job.folder, 'azure-session-fedcba9876543210');
  symlinkSync(victim, link);
  const absent = join(job.temp, 'azure-session-0123456789abcdef');
  for (const session of [
    '{',
    '[]',
    JSON.stringify({ folder: victim }),
    JSON.stringify({ folder: 'victim' }),
    JSON.stringify({ folder: join(victim, '..', 'victim') }),
    JSON.stringify({ folder: 'azure-session-0123456789abcdef' }),
    JSON.stringify({ folder: victim, sharedLogin: 'a', outermostMade: job.folder }),
    JSON.stringify({ folder: `${link}/` }),
    JSON.stringify({ folder: `${job.folder}/victim/../azure-session-fedcba9876543210/.` }),
    JSON.stringify({ folder: absent }),
    JSON.stringify({ folder: absent, powershell: "x'; Remove-Item", refresher: '1' }),
  ]) {
    step.state = { session };
    const post = await step.post();
    assert.equal(post.exitCode, 0);
    assert.deepEqual(post.exported, {}, session);
    assert.ok(existsSync(join(victim, 'file')), session);
  }
});

test('post obeys main alone: a state that a step put into the environment is none', async () => {
  const inputs = { ...world.secret, subscription: 'Production' };
  for (const step of [{ 'timeout-seconds': 'soon' }, { subscription: 'Nowhere' }, { logout: 'false' }]) {
    using job = world.newJob();
    await using other = await job.step({ inputs });
    const folder = other.result.outputs['config-dir'] ?? '';
    const refused = await job.step({
      inputs: { ...inputs, ...step },
      env: { STATE_session: other.state['session'] ?? '' },
    });
    const post = await refused.post();
    assert.match(
      post.log,
      'logout' in step
        ? /^Nothing to sign out of: the session stays/m
        : /^Nothing to sign out of: the sign-in did not/m,
    );
    assert.deepEqual(post.exported, {});
    assert.ok(existsSync(folder));
  }
});

test('variables that cannot be given back are told as what they are', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: { ...world.secret, subscription: 'Production' } });
  const post = await step.post({ NODE_OPTIONS: '--import=data:text/javascript,delete(process.env.GITHUB_ENV)' });
  assert.equal(post.exitCode, 0);
  assert.deepEqual(post.errors, [
    'The variables of the session could not be given back. The steps that follow still see them.',
  ]);
  assert.match(post.log, /^Signed out, but for what the errors name\.$/m);
});

test('a request URL that is none is a missing permission, not a fault of the action', async () => {
  using job = world.newJob({ ACTIONS_ID_TOKEN_REQUEST_URL: 'foo:bar' });
  assertRefused(await job.step({ inputs: world.identity }), job, /id-token: write/);
});
