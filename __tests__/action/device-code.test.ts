import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import { until } from './processes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
const { deviceLogin, faults } = world.simulator;
before(() => {
  deviceLogin.intervalSeconds = 0.5;
});

const DEVICE_CODE = { 'auth-type': 'device-code' };
const AZURE_CLI = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

/** The code is entered, after so many questions whether it is. */
function enterCode(afterPolls: number): Job {
  deviceLogin.automatic = { userPrincipalName: world.contoso.user.userPrincipalName, afterPolls };
  return world.newJob();
}

test('a person signs in with the code that is shown; the device code is hidden, and only it', async () => {
  faults.add({ path: /\/token$/, fault: { kind: 'reset' } });
  await using step = await world.signedIn({ ...DEVICE_CODE, subscription: 'Production' }, { job: enterCode(1) });
  const { outputs, notices, masks } = step.result;
  assert.equal(outputs['principal-id'], world.contoso.user.objectId);
  const { userCode = '', deviceCode = '' } = deviceLogin.flows.at(-1) ?? {};
  assert.match(notices.join(), new RegExp(userCode));
  assert.deepEqual(
    [deviceCode, userCode].map((code) => masks.includes(code)),
    [true, false],
  );
  assert.equal(world.asked[0], 'POST login.microsoftonline.com/organizations/oauth2/v2.0/devicecode');
  const polls = world.simulator.requestsTo('login.microsoftonline.com', /\/token$/);
  assert.ok(polls.length >= 3, 'a question whose connection breaks is asked again');
  const form = polls.at(-1)?.form;
  const grant = 'urn:ietf:params:oauth:grant-type:device_code';
  assert.deepEqual([form?.get('client_id'), form?.get('grant_type')], [AZURE_CLI, grant]);
});

test('who declines, and a start that is refused, are told apart from a code that nobody enters', async () => {
  const flows = deviceLogin.flows.length;
  const declined = world.refused(DEVICE_CODE, /declined in the browser/);
  await until(() => deviceLogin.flows.length > flows, 'no code was asked for');
  deviceLogin.decline(deviceLogin.flows.at(-1)?.userCode ?? '');
  await declined;
  await world.refused({ ...DEVICE_CODE, 'tenant-id': 'nowhere.example' }, /AADSTS90002/, { asked: 1 });
});

test('a server that finds it too fast is asked five seconds later from then on', async () => {
  const body = { error: 'slow_down', error_description: 'AADSTS70016: slow down' };
  faults.add({ path: /\/token$/, fault: { kind: 'json', status: 400, body } });
  await using _ = await world.signedIn(DEVICE_CODE, { job: enterCode(0) });
  const [first, second] = world.simulator.requestsTo('login.microsoftonline.com', /organizations.*\/token$/);
  assert.ok(Number(second?.time) - Number(first?.time) >= 5000);
});

test('a server that wants to be asked once in a thousand years is not asked at once', async () => {
  const body = { device_code: 'Zq7device', user_code: 'CODE', interval: 1e12 };
  faults.add({ path: /devicecode/, fault: { kind: 'json', body } });
  const inputs = { ...DEVICE_CODE, 'timeout-seconds': '2' };
  const { log } = await world.refused(inputs, /did not finish within 2 seconds/, { asked: 1 });
  assert.doesNotMatch(log, /TimeoutOverflowWarning/);
});

test('a code that nobody enters: the error says so, not that Entra ID refused, and what to do', async () => {
  for (const [timeout, lifetimeSeconds, told] of [
    ['2', 900, 'sign-in timed out[\\s\\S]*Run the job again[\\s\\S]*timeout-seconds: 900'],
    ['30', 1, 'The device code expired[\\s\\S]*Run the job again'],
  ] as const) {
    deviceLogin.lifetimeSeconds = lifetimeSeconds;
    const message = new RegExp(`^Nobody confirmed the device code in time\\.\\n[\\s\\S]*${told}`);
    const { log } = await world.refused({ ...DEVICE_CODE, 'timeout-seconds': timeout }, message);
    assert.doesNotMatch(log, /Entra ID rejected/);
  }
});
