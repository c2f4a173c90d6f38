import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { expiryOf } from '../../src/core/jwt.ts';
import type { ServicePrincipalEntry } from '../../src/profile/az-profile.ts';
import { preloadCode } from '../hardening/preload.ts';
import { NEEDS } from '../needs.ts';
import { agentPid, isRunning, killAgent, signalAgent, waitForExit } from './processes.ts';
import { configDir, openWorld, readJson } from './world.ts';

const world = await openWorld();
world.simulator.github.idTokenLifetimeSeconds = 4;

test('the agent renews the assertions of az and of the SDKs until post, despite a second session and failures of GitHub', async () => {
  using job = world.newJob();
  const step = await world.signIn({ ...world.identity, subscription: 'Production' }, { job });
  assert.match(step.result.log, /^The session lasts until \d\d:\d\d UTC\.$/m);
  const file = step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  const first = fs.readFileSync(file, 'utf8');
  const pid = agentPid(step);
  const second = await world.signIn(world.identity, { job });
  assert.notEqual(agentPid(second), pid);
  assert.deepEqual((await second.post()).errors, []);
  world.simulator.faults.add({ path: /idtoken/, fault: { kind: 'status', status: 500 } });
  world.simulator.faults.add({ path: /idtoken/, skip: 1, fault: { kind: 'reset' } });
  await pause(7000);
  const token = fs.readFileSync(file, 'utf8');
  assert.ok(token !== first, 'the token file was not renewed');
  assert.ok(expiryOf(token) > new Date(), 'the token has expired');
  const [entry] = readJson<ServicePrincipalEntry[]>(configDir(step), 'service_principal_entries.json');
  assert.equal(entry?.client_assertion, token);
  if (process.platform === 'linux') {
    assert.doesNotMatch(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /eyJ/);
    assert.ok(residentMegabytes(pid) < 64, `${residentMegabytes(pid)} MB`);
  }

  const post = await step.post();
  assert.deepEqual([post.exitCode, post.errors, post.warnings], [0, [], []]);
  assert.deepEqual(fs.readdirSync(job.temp), []);
  await waitForExit(pid);
});

test('the agent exits when its folder is removed', async () => {
  const step = await world.newJob().step({ inputs: world.identity });
  fs.rmSync(configDir(step), { recursive: true });
  await waitForExit(agentPid(step));
});

test('the agent survives a moment in which its folder is not accessible', { skip: NEEDS.posix }, async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: world.identity });
  const file = step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  const first = fs.readFileSync(file, 'utf8');
  const aside = join(job.folder, 'aside');
  fs.renameSync(job.temp, aside);
  fs.symlinkSync(job.temp, job.temp);
  await pause(5500);
  fs.unlinkSync(job.temp);
  fs.renameSync(aside, job.temp);
  await pause(5000);
  assert.notEqual(fs.readFileSync(file, 'utf8'), first);
  assert.deepEqual((await step.post()).warnings, []);
});

for (const [what, env] of [
  ['without permission to start the agent', { NODE_OPTIONS: '--permission --allow-fs-read=* --allow-fs-write=*' }],
  [
    'the agent exits at its start',
    preloadCode(`import { ChildProcess } from 'node:child_process';
    const { spawn } = ChildProcess.prototype;
    ChildProcess.prototype.spawn = function (options) {
      return spawn.call(this, { ...options, args: [options.file, '--no-such-option'] });
    };`),
  ],
] as const) {
  test(`${what}: a warning, and in memory an error`, async () => {
    world.simulator.faults.add({ path: /^\/subscriptions/, times: 2, fault: { kind: 'delay', milliseconds: 500 } });
    await using step = await world.signIn(world.identity, { job: world.newJob(), env });
    assert.match(step.result.warnings.join(), /The session is not kept alive: the system did not start/);
    const memory = { ...world.secret, 'credential-store': 'memory' };
    await world.rejects(memory, /^The background process [^.]* did not start\./, { job: world.newJob(env) });
  });
}

test('post warns when GitHub rejects the requests of the agent', async () => {
  const step = await world.newJob().step({ inputs: world.identity });
  const fault = world.simulator.faults.add({ path: /idtoken/, times: 1000, fault: { kind: 'status', status: 403 } });
  while (!fs.existsSync(join(configDir(step), 'keep-alive.log'))) await pause(100);
  fault.remove();
  const { exitCode, warnings, log } = await step.post();
  assert.deepEqual([exitCode, warnings.length], [0, 1], log);
  assert.match(warnings.join(), /not kept alive to the end of the job: there was no fresh token after .* HTTP 403/);
});

test('post warns once about an agent that was killed, with the consequences', async () => {
  for (const folder of [{}, { 'config-dir': 'profile' }]) {
    using job = world.newJob();
    if ('config-dir' in folder) fs.mkdirSync(join(job.workspace, 'profile'), { mode: 0o700 });
    const step = await job.step({ inputs: { ...world.identity, ...folder } });
    await killAgent(step);
    const post = await step.post();
    assert.deepEqual([post.exitCode, post.errors, post.warnings.length], [0, [], 1], post.log);
    const killed = /something killed the background process .* last renewed the token at \d\d:\d\d UTC\. Later steps/;
    assert.match(post.warnings[0] ?? '', new RegExp(`${killed.source} .* may have failed`));
    const { errors, warnings } = await step.post();
    assert.deepEqual([errors, warnings], [[], []]);
  }
});

/** A file system with 64-bit times can hold a time that JavaScript dates cannot. */
const inMemory = { skip: NEEDS.proc || (!fs.existsSync('/dev/shm') && 'needs a file system in memory') };

test('post removes everything if the time of the token file is out of range', inMemory, async (context) => {
  const temp = fs.mkdtempSync('/dev/shm/azure-session-');
  context.after(() => fs.rmSync(temp, { recursive: true }));
  const step = await world.newJob({ RUNNER_TEMP: temp }).step({ inputs: world.identity });
  await killAgent(step);
  fs.utimesSync(step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '', 1e14, 1e14);
  const post = await step.post();
  assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
  assert.match(post.warnings.join(), /renews the federated token\. Later steps/);
  assert.deepEqual(fs.readdirSync(temp), []);
});

test('post does not end another process with the same id, not even another agent', async () => {
  using job = world.newJob();
  const [step, other] = [await job.step({ inputs: world.identity }), await job.step({ inputs: world.identity })];
  await killAgent(step);
  const reused = agentPid(other);
  const saved = JSON.parse(step.state['session'] ?? '{}') as object;
  step.state['session'] = JSON.stringify({ ...saved, agentPid: reused });
  const post = await step.post();
  await pause(500);
  assert.ok(isRunning(reused), 'post ended a process of another session');
  // Other systems do not identify a process by its start time.
  if (process.platform === 'linux') assert.match(post.warnings.join(), /something killed the background process/);
  assert.deepEqual((await other.post()).warnings, []);
  await waitForExit(reused);
});

test('the agent works in the root folder, and SIGUSR1 starts no debugger in it', { skip: NEEDS.proc }, async () => {
  const step = await world.newJob().step({ inputs: world.identity });
  const pid = agentPid(step);
  await pause(1000);
  signalAgent(step, 'SIGUSR1');
  await pause(1500);
  assert.ok(isRunning(pid));
  assert.deepEqual(listeningSockets(pid), []);
  assert.equal(fs.readlinkSync(`/proc/${pid}/cwd`), '/');
  await step.post();
});

function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** The sockets on which a process listens. Source: proc(5), `/proc/net/tcp`. */
function listeningSockets(pid: number): string[] {
  const LISTEN = '0A';
  const rows = fs.readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n');
  const listening = rows
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, , , state, , , , , , inode]) => (state === LISTEN ? [`socket:[${inode}]`] : []));
  const open = fs.readdirSync(`/proc/${pid}/fd`).map((name) => fs.readlinkSync(`/proc/${pid}/fd/${name}`));
  return open.filter((name) => listening.includes(name));
}
