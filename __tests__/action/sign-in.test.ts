import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { changesIn, faultyEnvironment } from '../hardening/sweep.ts';
import { NEEDS } from '../needs.ts';
import { assertSignedOut, openWorld } from './world.ts';

const world = await openWorld();
const SECRET = { ...world.secret, subscription: 'Production' };

test('post undoes twice what main did once, and signs in never', async () => {
  using job = world.newJob({ AZURE_TENANT_ID: 'the-workflow-s-own' });
  const step = await world.signedIn(SECRET, { job });
  assert.equal(job.env['AZURE_TENANT_ID'], world.contoso.tenant.id);
  assert.equal(step.result.warnings.length, 1, step.result.log);
  assert.match(step.result.warnings[0] ?? '', /AZURE_TENANT_ID/);
  world.simulator.clear();
  await assertSignedOut(step, job, { AZURE_TENANT_ID: 'the-workflow-s-own' });
  const again = await step.post();
  assert.deepEqual([again.exitCode, again.exported, world.asked], [0, {}, []]);
});

test('a job that is cancelled in the middle leaves nothing', async () => {
  world.simulator.faults.add({ host: 'management.azure.com', fault: { kind: 'hang' } });
  using job = world.newJob();
  const cancelWhen = (): boolean => world.simulator.requestsTo('management.azure.com').length > 0;
  const step = await job.step({ inputs: SECRET, cancelWhen });
  assert.equal(step.result.signal, 'SIGTERM');
  await assertSignedOut(step, job, {});
});

test('a value that changed since is not taken back', async () => {
  using job = world.newJob();
  const step = await world.signedIn(SECRET, { job });
  assert.ok('AZURE_TENANT_ID' in step.result.exported);
  job.env['AZURE_TENANT_ID'] = 'set-by-a-later-step';
  assert.equal((await step.post()).exported['AZURE_TENANT_ID'], undefined);
  assert.equal(job.env['AZURE_SUBSCRIPTION_ID'], '');
});

test('logout: false leaves the session, by input or by the variable of azure/login, and no half of one', async () => {
  const changes: { number: number; path: string }[] = [];
  for (const [inputs, env] of [
    [{ logout: 'false' }, {}],
    [{}, { AZURE_LOGIN_POST_CLEANUP: 'false' }],
  ] as const) {
    using job = world.newJob(env);
    const step = await world.signedIn({ ...SECRET, ...inputs }, { job, env: faultyEnvironment(job, 0, 'none') });
    changes.splice(0, changes.length, ...changesIn(job));
    assert.match(step.result.log, /The post step will not sign out/);
    const post = await step.post();
    assert.equal(post.exitCode, 0);
    assert.match(post.log, /Nothing to sign out of: the session stays, as the workflow asks/);
    assert.ok(existsSync(join(step.result.outputs['config-dir'] ?? '', 'azureProfile.json')));
  }
  if (NEEDS.signals !== false) return;
  using job = world.newJob();
  const at = changes.find(({ path }) => path.includes('azureProfile.json'))?.number ?? assert.fail('it is not written');
  const killed = await job.step({
    inputs: { ...SECRET, logout: 'false' },
    env: faultyEnvironment(job, at, 'killed'),
  });
  assert.equal(killed.result.signal, 'SIGKILL');
  assert.equal(readdirSync(job.temp).length, 1);
  assert.equal((await killed.post({ NODE_OPTIONS: '' })).exitCode, 0);
  assert.deepEqual(readdirSync(job.temp), []);
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
  for (const saved of [
    '{',
    [],
    { folder: victim },
    { folder: 'victim' },
    { folder: join(victim, '..', 'victim') },
    { folder: 'azure-session-0123456789abcdef' },
    { folder: victim, sharedLogin: 'a', outermostMade: job.folder },
    { folder: `${link}/` },
    { folder: `${job.folder}/victim/../azure-session-fedcba9876543210/.` },
    { folder: absent },
    { folder: absent, powershell: "x'; Remove-Item", agentPid: '1' },
  ]) {
    const session = typeof saved === 'string' ? saved : JSON.stringify(saved);
    step.state = { session };
    const { exitCode, exported } = await step.post();
    assert.deepEqual([exitCode, exported], [0, {}], session);
    assert.ok(existsSync(join(victim, 'file')), session);
  }
});

test('post obeys main alone: a state that a step put into the environment is none', async () => {
  for (const [more, why] of [
    [{ 'timeout-seconds': 'soon' }, 'the sign-in did not'],
    [{ subscription: 'Nowhere' }, 'the sign-in did not'],
    [{ logout: 'false' }, 'the session stays'],
  ] as const) {
    using job = world.newJob();
    await using other = await world.signedIn(SECRET, { job });
    const env = { STATE_session: other.state['session'] ?? '' };
    const { log, exported } = await (await job.step({ inputs: { ...SECRET, ...more }, env })).post();
    assert.match(log, new RegExp(`^Nothing to sign out of: ${why}`, 'm'));
    assert.deepEqual(exported, {});
    assert.ok(existsSync(other.result.outputs['config-dir'] ?? ''));
  }
});

test('variables that cannot be given back are told as what they are', async () => {
  using job = world.newJob();
  const step = await world.signedIn(SECRET, { job });
  const post = await step.post({ NODE_OPTIONS: '--import=data:text/javascript,delete(process.env.GITHUB_ENV)' });
  const told = 'The variables of the session could not be reset. Later steps still see them.';
  assert.deepEqual([post.exitCode, post.errors], [0, [told]]);
  assert.match(post.log, /^Signed out, except for the failures above\.$/m);
});
