import assert from 'node:assert/strict';
import { afterEach, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { assertRefused, openWorld } from './world.ts';

const world = await openWorld();
before(() => {
  world.simulator.deviceLogin.intervalSeconds = 0.5;
});
afterEach(() => {
  world.simulator.clear();
  Object.assign(world.simulator.deviceLogin, { lifetimeSeconds: 900, automatic: undefined });
});

/** A sign-in while a person does something with the code, once it is shown. */
async function signIn(job: Job, person: (userCode: string) => void = () => {}): Promise<ActionStep> {
  const { deviceLogin } = world.simulator;
  const before = deviceLogin.flows.length;
  const signingIn = job.step({ inputs: { 'auth-type': 'device-code', subscription: 'Production' } });
  const end = Date.now() + 20_000;
  while (deviceLogin.flows.length === before && Date.now() < end) await pause(20);
  person(deviceLogin.flows.at(-1)?.userCode ?? '');
  return signingIn;
}

function polls(): number {
  return world.asked.filter((line) => line.endsWith('/oauth2/v2.0/token')).length;
}

test('a person signs in with the code that is shown; the device code is hidden, and only it', async () => {
  const { deviceLogin, faults } = world.simulator;
  deviceLogin.automatic = { userPrincipalName: world.contoso.user.userPrincipalName, afterPolls: 1 };
  faults.add({ path: /\/token$/, fault: { kind: 'reset' } });
  using job = world.newJob();
  const { result } = await signIn(job);
  assert.equal(result.exitCode, 0, result.log);
  assert.equal(result.outputs['principal-id'], world.contoso.user.objectId);
  const flow = deviceLogin.flows.at(-1);
  assert.ok(flow);
  assert.match(result.notices.join(), new RegExp(flow.userCode));
  assert.ok(result.masks.includes(flow.deviceCode));
  assert.ok(!result.masks.includes(flow.userCode));
  assert.equal(world.asked[0], 'POST login.microsoftonline.com/organizations/oauth2/v2.0/devicecode');
  assert.ok(polls() >= 3, 'a question whose connection breaks is asked again');
  const { client_id, grant_type } = Object.fromEntries(
    world.simulator.requestsTo('login.microsoftonline.com', /\/token$/).at(-1)?.form ?? [],
  );
  assert.deepEqual([client_id, grant_type], [AZURE_CLI, 'urn:ietf:params:oauth:grant-type:device_code']);
});

test('who declines, and a start that is refused, are told apart from a code that nobody enters', async () => {
  using job = world.newJob();
  const declined = await signIn(job, (userCode) => world.simulator.deviceLogin.decline(userCode));
  assertRefused(declined, job, /declined in the browser/);
  world.simulator.clear();
  const inputs = { 'auth-type': 'device-code', 'tenant-id': 'nowhere.example' };
  assertRefused(await job.step({ inputs }), job, /AADSTS90002/);
  assert.equal(world.asked.length, 1);
});

test('a server that finds it too fast is asked five seconds later from then on', async () => {
  const { deviceLogin, faults } = world.simulator;
  deviceLogin.automatic = { userPrincipalName: world.contoso.user.userPrincipalName, afterPolls: 0 };
  const body = { error: 'slow_down', error_description: 'AADSTS70016: slow down' };
  faults.add({ path: /\/token$/, fault: { kind: 'json', status: 400, body } });
  using job = world.newJob();
  const { result } = await signIn(job);
  assert.equal(result.exitCode, 0, result.log);
  const [first, second] = world.simulator
    .requestsTo('login.microsoftonline.com', /\/token$/)
    .map(({ time }) => time.getTime());
  assert.ok((second ?? 0) - (first ?? 0) >= 5000);
});

const AZURE_CLI = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';
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
