import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { changesIn, faultEnvironment } from '../hardening/sweep.ts';
import { NEEDS } from '../needs.ts';
import { waitForNoAgent } from './processes.ts';
import { assertSignedOut, configDir, openWorld } from './world.ts';

const world = await openWorld();
const SECRET = { ...world.secret, subscription: 'Production' };

test('post can run twice, and sends no request', async () => {
  using job = world.newJob({ AZURE_TENANT_ID: 'of-the-workflow' });
  const step = await world.signIn(SECRET, { job });
  assert.equal(job.env['AZURE_TENANT_ID'], world.contoso.tenant.id);
  assert.match(step.result.warnings.join('\n'), /^.*AZURE_TENANT_ID.*$/);
  world.simulator.clear();
  await assertSignedOut(step, job, { AZURE_TENANT_ID: 'of-the-workflow' });
  const again = await step.post();
  assert.deepEqual([again.exitCode, again.exported, world.requestLines], [0, {}, []]);
});

test('a job that is cancelled during the sign-in leaves nothing', async () => {
  world.simulator.faults.add({ host: 'management.azure.com', fault: { kind: 'hang' } });
  using job = world.newJob();
  const cancelWhen = (): boolean => world.simulator.requestsTo('management.azure.com').length > 0;
  const step = await job.step({ inputs: world.identity, cancelWhen });
  assert.equal(step.result.signal, 'SIGTERM');
  await assertSignedOut(step, job);
  await waitForNoAgent(job);
});

test('post keeps a variable that a later step changed', async () => {
  const step = await world.signIn(SECRET, { job: world.newJob() });
  assert.ok('AZURE_TENANT_ID' in step.result.exported);
  step.job.env['AZURE_TENANT_ID'] = 'set-by-a-later-step';
  assert.equal((await step.post()).exported['AZURE_TENANT_ID'], undefined);
  assert.equal(step.job.env['AZURE_SUBSCRIPTION_ID'], '');
});

test('logout: false or the variable of azure/login keeps the session, but post removes an incomplete one', async () => {
  const changes: { number: number; path: string }[] = [];
  for (const [inputs, env] of [
    [{ logout: 'false' }, {}],
    [{}, { AZURE_LOGIN_POST_CLEANUP: 'false' }],
  ] as const) {
    using job = world.newJob(env);
    const step = await world.signIn({ ...SECRET, ...inputs }, { job, env: faultEnvironment(job, 0, 'none') });
    changes.splice(0, changes.length, ...changesIn(job));
    assert.match(step.result.log, /The post step will not sign out/);
    const post = await step.post();
    assert.equal(post.exitCode, 0);
    assert.match(post.log, /Nothing to sign out of: the session stays, as the workflow asks/);
    assert.ok(existsSync(join(configDir(step), 'azureProfile.json')));
  }
  if (NEEDS.signals !== false) return;
  using job = world.newJob();
  const at = changes.find(({ path }) => path.includes('azureProfile.json'))?.number ?? assert.fail('no such change');
  const killed = await job.step({ inputs: { ...SECRET, logout: 'false' }, env: faultEnvironment(job, at, 'killed') });
  assert.equal(killed.result.signal, 'SIGKILL');
  assert.equal(readdirSync(job.temp).length, 1);
  assert.equal((await killed.post({ NODE_OPTIONS: '' })).exitCode, 0);
  assert.deepEqual(readdirSync(job.temp), []);
});

test('post removes only the folder of a sign-in, whatever the saved state contains', async () => {
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

test('post ignores a state that another step set as an environment variable', async () => {
  for (const [inputs, reason] of [
    [{ 'timeout-seconds': 'soon' }, 'the sign-in did not'],
    [{ subscription: 'Nowhere' }, 'the sign-in did not'],
    [{ logout: 'false' }, 'the session stays'],
  ] as const) {
    using job = world.newJob();
    await using other = await world.signIn(SECRET, { job });
    const env = { STATE_session: other.state['session'] ?? '' };
    const { log, exported } = await (await job.step({ inputs: { ...SECRET, ...inputs }, env })).post();
    assert.match(log, new RegExp(`^Nothing to sign out of: ${reason}`, 'm'));
    assert.deepEqual(exported, {});
    assert.ok(existsSync(configDir(other)));
  }
});

test('post reports an error when it cannot reset the variables', async () => {
  const step = await world.signIn(SECRET, { job: world.newJob() });
  const post = await step.post({ NODE_OPTIONS: '--import=data:text/javascript,delete(process.env.GITHUB_ENV)' });
  const message = 'The variables of the session could not be reset. Later steps still see them.';
  assert.deepEqual([post.exitCode, post.errors], [0, [message]]);
  assert.match(post.log, /^Signed out, except for the failures above\.$/m);
});
