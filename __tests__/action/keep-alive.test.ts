import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { expiryOf } from '../../src/core/jwt.ts';
import type { ServicePrincipalEntry } from '../../src/profile/az-profile.ts';
import { NEEDS } from '../needs.ts';
import { agentOf, isRunning, untilGone, untilNoAgent } from './processes.ts';
import { openWorld, readJson } from './world.ts';

const world = await openWorld();
before(() => {
  world.simulator.github.idTokenLifetimeSeconds = 4;
});

test('the assertion of az and the token file of the SDKs stay fresh, through failures of GitHub, until post', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: { ...world.identity, subscription: 'Production' } });
  assert.equal(step.result.exitCode, 0, step.result.log);
  assert.match(step.result.log, /^The session lasts until \d\d:\d\d UTC\.$/m);
  const folder = step.result.outputs['config-dir'] ?? '';
  const file = step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  const first = readFileSync(file, 'utf8');
  const pid = agentOf(step);
  world.simulator.faults.add({ path: /idtoken/, fault: { kind: 'status', status: 500 } });
  world.simulator.faults.add({ path: /idtoken/, skip: 1, fault: { kind: 'reset' } });
  await pause(7000);
  const token = readFileSync(file, 'utf8');
  assert.ok(token !== first, 'the token file was not renewed');
  assert.ok(expiryOf(token) > new Date(), 'the token file is stale');
  const [entry] = readJson<ServicePrincipalEntry[]>(folder, 'service_principal_entries.json');
  assert.equal(entry?.client_assertion, token);
  if (process.platform === 'linux') {
    assert.doesNotMatch(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /eyJ/);
    assert.ok(residentMegabytes(pid) < 64, `${residentMegabytes(pid)} MB`);
  }

  const post = await step.post();
  assert.deepEqual([post.exitCode, post.errors, post.warnings], [0, [], []]);
  assert.deepEqual(readdirSync(job.temp), []);
  await untilGone(pid);
});

test('a job that was killed takes its refresher along: the folder is gone', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: world.identity });
  const pid = agentOf(step);
  rmSync(step.result.outputs['config-dir'] ?? '', { recursive: true });
  await untilGone(pid);
});

test('a sign-in that fails, or is killed while it waits for Azure, leaves no process', {
  skip: NEEDS.proc,
}, async () => {
  for (const fault of [{ kind: 'status', status: 403 }, { kind: 'hang' }] as const) {
    using job = world.newJob();
    world.simulator.clear();
    world.simulator.faults.add({ path: /^\/subscriptions$/, fault });
    const cancelWhen = (): boolean =>
      fault.kind === 'hang' && world.simulator.requestsTo('management.azure.com').length > 0;
    const { result } = await job.step({ inputs: world.identity, cancelWhen });
    assert.notEqual(result.exitCode, 0);
    await untilNoAgent(job);
  }
});

test('a session whose folder is out of reach for a moment is still kept alive', {
  skip: process.platform === 'win32' ? 'needs a link that leads to itself' : false,
}, async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: world.identity });
  const file = step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  const first = readFileSync(file, 'utf8');
  const aside = join(job.folder, 'aside');
  renameSync(job.temp, aside);
  symlinkSync(job.temp, job.temp);
  await pause(5500);
  unlinkSync(job.temp);
  renameSync(aside, job.temp);
  await pause(5000);
  assert.notEqual(readFileSync(file, 'utf8'), first);
  assert.deepEqual((await step.post()).warnings, []);
});

test('when GitHub refuses for good, post says so', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: world.identity });
  const fault = world.simulator.faults.add({ path: /idtoken/, times: 1000, fault: { kind: 'status', status: 403 } });
  const pid = agentOf(step);
  await untilGone(pid);
  fault.remove();
  const post = await step.post();
  assert.equal(post.exitCode, 0);
  assert.equal(post.warnings.length, 1, post.log);
  assert.match(post.warnings[0] ?? '', /was not kept alive to the end of the job: it gave up/);
});

test('one that was killed is told by post, once, with what follows from it', async () => {
  for (const folder of [{}, { 'config-dir': 'profile' }]) {
    using job = world.newJob();
    if ('config-dir' in folder) mkdirSync(join(job.workspace, 'profile'), { mode: 0o700 });
    const step = await job.step({ inputs: { ...world.identity, ...folder } });
    const pid = agentOf(step);
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
    const post = await step.post();
    assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
    assert.equal(post.warnings.length, 1, post.log);
    assert.match(
      post.warnings[0] ?? '',
      /something killed the background process .* last renewed the token at \d\d:\d\d UTC\. Later steps .* may have failed/,
    );
    const again = await step.post();
    assert.deepEqual([again.errors, again.warnings], [[], []]);
  }
});

/** A client can give it one that no date of JavaScript holds, where the file system keeps 64 bits of it. */
test('post undoes all where the token file has an impossible time', {
  skip: NEEDS.proc || (existsSync('/dev/shm') ? false : 'needs a file system in memory'),
}, async () => {
  const temp = mkdtempSync('/dev/shm/azure-session-');
  try {
    const step = await world.newJob({ RUNNER_TEMP: temp }).step({ inputs: world.identity });
    process.kill(agentOf(step), 'SIGKILL');
    await untilGone(agentOf(step));
    utimesSync(step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '', 1e14, 1e14);
    const post = await step.post();
    assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
    assert.match(post.warnings.join(), /renews the federated token\. Later steps/);
    assert.deepEqual(readdirSync(temp), []);
  } finally {
    rmSync(temp, { recursive: true });
  }
});

test('post ends no other process that has the id by now, not even another refresher', async () => {
  using job = world.newJob();
  const [step, other] = [await job.step({ inputs: world.identity }), await job.step({ inputs: world.identity })];
  const pid = agentOf(step);
  process.kill(pid, 'SIGKILL');
  await untilGone(pid);
  const reused = agentOf(other);
  const saved = JSON.parse(step.state['session'] ?? '{}') as object;
  step.state['session'] = JSON.stringify({ ...saved, agentPid: reused });
  const post = await step.post();
  await pause(500);
  assert.ok(isRunning(reused), 'post ended a process of another session');
  // Other systems do not say which process it is.
  if (process.platform === 'linux') assert.match(post.warnings.join(), /something killed the background process/);
  assert.deepEqual((await other.post()).warnings, []);
  await untilGone(reused);
});

test('it works in no folder that somebody removes, and SIGUSR1 starts no debugger in it', {
  skip: NEEDS.proc,
}, async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: world.identity });
  const pid = agentOf(step);
  await pause(1000);
  process.kill(pid, 'SIGUSR1');
  await pause(1500);
  assert.ok(isRunning(pid));
  assert.deepEqual(listeningSockets(pid), []);
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/');
  await step.post();
});

test('keep-alive: false starts nothing and points no SDK to a file that would be stale', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: { ...world.identity, 'keep-alive': 'false' } });
  assert.equal(agentOf(step), 0);
  assert.equal(step.result.exported['AZURE_FEDERATED_TOKEN_FILE'], undefined);
  await step.post();
});

function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Inodes of the sockets at which a process waits for connections. Source: proc(5), `/proc/net/tcp` */
function listeningSockets(pid: number): string[] {
  const LISTEN = '0A';
  const listening = readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, , , state, , , , , , inode = '']) => (state === LISTEN ? [`socket:[${inode}]`] : []));
  const open = readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`));
  return open.filter((name) => listening.includes(name));
}
