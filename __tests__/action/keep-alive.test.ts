import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { expiryOf } from '../../src/azure/jwt-claims.ts';
import type { ServicePrincipalEntry } from '../../src/profile/az-profile.ts';
import { readJson, World } from './world.ts';

let world: World;
before(async () => {
  world = await World.start();
  world.simulator.github.idTokenLifetimeSeconds = 4;
});
after(() => world[Symbol.asyncDispose]());

test('the assertion of az and the token file of the SDKs stay fresh, through failures of GitHub, until post', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: { ...world.identity, subscription: 'Production' } });
  assert.equal(step.result.exitCode, 0, step.result.log);
  assert.match(step.result.log, /kept alive until \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  const folder = step.result.outputs['config-dir'] ?? '';
  const file = step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  const first = readFileSync(file, 'utf8');
  const pid = refresherOf(step.state);
  world.simulator.faults.add({ path: /idtoken/, fault: { kind: 'status', status: 500 } });
  world.simulator.faults.add({ path: /idtoken/, skip: 1, fault: { kind: 'reset' } });
  await pause(7000);
  const token = readFileSync(file, 'utf8');
  assert.ok(token !== first, 'the token file was not renewed');
  assert.ok(expiryOf(token) > new Date(), 'the token file is stale');
  const [entry] = readJson<ServicePrincipalEntry[]>(folder, 'service_principal_entries.json');
  assert.equal(entry?.client_assertion, token);
  assert.doesNotMatch(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /eyJ/);
  assert.ok(residentMegabytes(pid) < 64, `${residentMegabytes(pid)} MB`);

  const post = await step.post();
  assert.deepEqual([post.exitCode, post.errors, post.warnings], [0, [], []]);
  assert.deepEqual(readdirSync(job.temp), []);
  await gone(pid, 1000);
});

test('a job that was killed takes its refresher along: the folder is gone', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: world.identity });
  const pid = refresherOf(step.state);
  rmSync(step.result.outputs['config-dir'] ?? '', { recursive: true });
  await gone(pid, 15_000);
});

test('when GitHub refuses for good, post says so', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: world.identity });
  const fault = world.simulator.faults.add({ path: /idtoken/, times: 1000, fault: { kind: 'status', status: 403 } });
  const pid = refresherOf(step.state);
  await gone(pid, 20_000);
  fault.remove();
  const post = await step.post();
  assert.equal(post.exitCode, 0);
  assert.equal(post.warnings.length, 1, post.log);
  assert.match(post.warnings[0] ?? '', /was not kept alive to the end of the job: it gave up/);
});

test('keep-alive: false starts nothing and points no SDK to a file that would be stale', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: { ...world.identity, 'keep-alive': 'false' } });
  assert.equal(refresherOf(step.state), 0);
  assert.equal(step.result.exported['AZURE_FEDERATED_TOKEN_FILE'], undefined);
  await step.post();
});

function refresherOf(state: Record<string, string>): number {
  return (JSON.parse(state['session'] ?? '{}') as { refresher?: number }).refresher ?? -1;
}

function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

async function gone(pid: number, within: number): Promise<void> {
  for (const end = Date.now() + within; Date.now() < end; await pause(100)) {
    const stat = join('/proc', String(pid), 'stat');
    if (!existsSync(stat) || / Z /.test(readFileSync(stat, 'utf8'))) return;
  }
  assert.fail(`process ${pid} is still there after ${within} ms`);
}
