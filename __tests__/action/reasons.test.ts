import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { type ActionStep, type Job, ROOT } from '../../simulator/job.ts';
import { loadedIntoAction } from '../hardening/loaded-into.ts';
import { SCENARIOS } from '../hardening/scenarios.ts';
import { assertRefused, openWorld } from './world.ts';

/** The reasons that messages give are the true ones, in whole sentences. */

const world = await openWorld();
afterEach(() => world.simulator.clear());

/** Runs a sign-in once to see what it changes on the disk, then lets the last change that matches fail. */
async function withFault(
  prepare: () => Promise<{ job: Job; inputs: Readonly<Record<string, string>> }>,
  change: RegExp,
  how: 'unforeseen' | 'no-permission',
): Promise<{ job: Job; step: ActionStep }> {
  const run = async (at: number): Promise<{ job: Job; step: ActionStep; log: string }> => {
    const { job, inputs } = await prepare();
    const log = join(job.folder, 'changes');
    const env = { ...loadedIntoAction('faulty-fs.mjs'), FAULTY_FS: JSON.stringify({ log, at, how }) };
    return { job, step: await job.step({ inputs, env }), log };
  };
  const whole = await run(0);
  await whole.step.post();
  const changes = readFileSync(whole.log, 'utf8').split('\n');
  const at = changes.findLastIndex((line) => change.test(line)) + 1;
  assert.ok(at > 0, changes.join('\n'));
  return run(at);
}

const bySecret = async () => ({ job: world.newJob(), inputs: { ...world.secret, subscription: 'Production' } });

for (const [what, change] of [
  ['the outputs', /^appendFileSync .*GITHUB_OUTPUT$/],
  ['the state', /^appendFileSync .*GITHUB_STATE$/],
  ['the profile', /^writeSync .*azureProfile\.json/],
] as const) {
  test(`an error that nobody foresaw while ${what} is written is told as a fault of the action`, async () => {
    const { job, step } = await withFault(bySecret, change, 'unforeseen');
    assertRefused(step, job, /for a reason it does not know: TypeError\.\nThis is a fault of the action/);
    assert.doesNotMatch(step.result.log, /unforeseen words/);
  });
}

test('a file of the runner that cannot be written, and one that it does not name, are told apart', async () => {
  const { job, step } = await withFault(bySecret, /^appendFileSync .*GITHUB_OUTPUT$/, 'no-permission');
  assertRefused(step, job, /A file of the runner cannot be written \(EACCES\)\.\nWhat to do:\nCheck the free space/);
  using unnamed = world.newJob();
  const inputs = Object.entries(world.secret).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const files = ['GITHUB_STATE', 'GITHUB_OUTPUT'].map((name) => [name, join(unnamed.folder, name)]);
  const env = Object.fromEntries([...inputs, ...files]);
  const { log, exitCode } = await unnamed.run(process.execPath, [join(ROOT, 'dist', 'main', 'index.js')], env);
  assert.equal(exitCode, 1, log);
  assert.match(log, /^::error title=[\w ]+::.*%0AThe runner did not set GITHUB_ENV\.%0A/m);
  assert.deepEqual(readdirSync(unnamed.temp), []);
});

test('a publish settings file that cannot be deleted: no advice to set the input that was set', {
  skip: process.platform === 'win32' && 'on Windows the removal is tried again, and then succeeds',
}, async () => {
  const prepare = async () => {
    const scenario = SCENARIOS.find(({ name }) => name === 'publish-settings');
    assert.ok(scenario);
    const { job, inputs } = await scenario.job(world);
    writeFileSync(join(job.workspace, 'my.publishsettings'), inputs['publish-settings'] ?? '');
    const file = { 'publish-settings': 'my.publishsettings', 'delete-publish-settings': 'true' };
    return { job, inputs: { ...inputs, ...file } };
  };
  const { step } = await withFault(prepare, /^(?:rm|unlink)Sync .*my\.publishsettings$/, 'no-permission');
  assert.equal(step.result.exitCode, 0, step.result.log);
  const [warning = ''] = step.result.warnings.filter((text) => text.includes('could not be deleted'));
  assert.match(warning, /EACCES\. .*Delete it by hand/);
  assert.doesNotMatch(warning, /was kept|Set `delete-publish-settings/);
  await step.post();
});

test('what an identity endpoint says, and what it means here, are two sentences', async () => {
  const fault = { kind: 'json', status: 400, body: { error_description: 'Identity not found' } } as const;
  world.simulator.faults.add({ path: /metadata\/identity/, times: 9, fault });
  using job = world.newJob({ ...world.simulator.managedIdentity.imdsVariables, RUNNER_ENVIRONMENT: 'github-hosted' });
  const step = await job.step({ inputs: { 'auth-type': 'managed-identity' } });
  assertRefused(step, job, /says: Identity not found\nThis job runs on a GitHub-hosted runner/);
});

test('a server that asks for a longer wait than there is time is told as that, at once', async () => {
  using job = world.newJob();
  for (const [wait, told] of [
    ['3600', '60 minutes'],
    ['31536000', 'more than two days'],
    ['99999999999', 'more than two days'],
    ['Fri, 31 Dec 2099 23:59:59 GMT', 'more than two days'],
  ] as const) {
    const fault = { kind: 'status', status: 429, headers: { 'Retry-After': wait } } as const;
    world.simulator.faults.add({ path: /oauth2/, fault });
    const step = await job.step({ inputs: world.secret });
    assertRefused(step, job, new RegExp(`HTTP 429, and asks to wait ${told} before the next try`));
    assert.doesNotMatch(step.result.log, /did not finish|network/);
    world.simulator.clear();
  }
});
