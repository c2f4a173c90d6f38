import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { assertRefused, World } from './world.ts';

let world: World;
before(async () => {
  world = await World.start();
  world.simulator.deviceLogin.intervalSeconds = 0.5;
});
after(() => world[Symbol.asyncDispose]());
afterEach(() => {
  world.simulator.clear();
  world.simulator.deviceLogin.lifetimeSeconds = 900;
});

const ENTERED_BY_NOBODY = /^Nobody confirmed the device code in time\.\n/;

test('a server that wants to be asked once in a thousand years is not asked at once', async () => {
  world.simulator.faults.add({
    path: /devicecode/,
    fault: { kind: 'json', body: { device_code: 'Zq7device', user_code: 'CODE', interval: 1e12 } },
  });
  using job = world.newJob();
  const step = await job.step({ inputs: { 'auth-type': 'device-code', 'timeout-seconds': '2' } });
  assertRefused(step, job, /did not finish within 2 seconds/);
  assert.doesNotMatch(step.result.log, /TimeoutOverflowWarning/);
});

test('a code that nobody enters: the error says so, not that Entra ID refused, and what to do', async () => {
  for (const [timeout, lifetimeSeconds, why] of [
    ['2', 900, /time for the sign-in was over[\s\S]*Run the job again[\s\S]*timeout-seconds: 900/],
    ['30', 1, /The device code expired[\s\S]*Run the job again/],
  ] as const) {
    world.simulator.deviceLogin.lifetimeSeconds = lifetimeSeconds;
    const job = world.newJob();
    const step = await job.step({ inputs: { 'auth-type': 'device-code', 'timeout-seconds': timeout } });
    assertRefused(step, job, ENTERED_BY_NOBODY);
    assert.match(step.result.errors[0] ?? '', why);
    assert.doesNotMatch(step.result.log, /Entra ID refused/);
  }
});
