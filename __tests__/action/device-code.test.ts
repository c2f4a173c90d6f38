import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import { waitUntil } from './processes.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
const { deviceLogin, faults } = world.simulator;
deviceLogin.intervalSeconds = 0.5;

const DEVICE_CODE = { 'auth-type': 'device-code' };
const AZURE_CLI = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

/** @returns a job whose device code the user confirms after this number of polls */
function jobWithUser(afterPolls: number): Job {
  deviceLogin.automatic = { userPrincipalName: world.contoso.user.userPrincipalName, afterPolls };
  return world.newJob();
}

test('a user signs in with the code in the log; the device code is masked, the user code is not', async () => {
  faults.add({ path: /\/token$/, fault: { kind: 'reset' } });
  await using step = await world.signIn({ ...DEVICE_CODE, subscription: 'Production' }, { job: jobWithUser(1) });
  const { outputs, notices, masks } = step.result;
  assert.equal(outputs['principal-id'], world.contoso.user.objectId);
  const { userCode = '', deviceCode = '' } = deviceLogin.flows.at(-1) ?? {};
  assert.match(notices.join(), new RegExp(userCode));
  assert.deepEqual([masks.includes(deviceCode), masks.includes(userCode)], [true, false]);
  assert.equal(world.requestLines[0], 'POST login.microsoftonline.com/organizations/oauth2/v2.0/devicecode');
  const polls = world.simulator.requestsTo('login.microsoftonline.com', /\/token$/);
  assert.ok(polls.length >= 3, 'a poll whose connection breaks is repeated');
  const form = polls.at(-1)?.form;
  const grant = 'urn:ietf:params:oauth:grant-type:device_code';
  assert.deepEqual([form?.get('client_id'), form?.get('grant_type')], [AZURE_CLI, grant]);
});

test('a declined sign-in and an unknown tenant have errors of their own', async () => {
  const flows = deviceLogin.flows.length;
  const declined = world.rejects(DEVICE_CODE, /declined in the browser/);
  await waitUntil(() => deviceLogin.flows.length > flows, 'no code was requested');
  deviceLogin.decline(deviceLogin.flows.at(-1)?.userCode ?? '');
  await declined;
  await world.rejects({ ...DEVICE_CODE, 'tenant-id': 'nowhere.example' }, /AADSTS90002/, { requests: 1 });
});

test('an extremely long polling interval does not overflow to an immediate poll', async () => {
  const body = { device_code: 'Zq7device', user_code: 'CODE', interval: 1e12 };
  faults.add({ path: /devicecode/, fault: { kind: 'json', body } });
  const inputs = { ...DEVICE_CODE, 'timeout-seconds': '2' };
  const { log } = await world.rejects(inputs, /did not finish within 2 seconds/, { requests: 1 });
  assert.doesNotMatch(log, /TimeoutOverflowWarning/);
});

test('an unconfirmed code: the error has the cause and the next steps, and does not blame Entra ID', async () => {
  for (const [timeout, lifetimeSeconds, reason] of [
    ['2', 900, 'sign-in timed out[\\s\\S]*Run the job again[\\s\\S]*timeout-seconds: 900'],
    ['30', 1, 'The device code expired[\\s\\S]*Run the job again'],
  ] as const) {
    deviceLogin.lifetimeSeconds = lifetimeSeconds;
    const message = new RegExp(`^Nobody confirmed the device code in time\\.\\n[\\s\\S]*${reason}`);
    const { log } = await world.rejects({ ...DEVICE_CODE, 'timeout-seconds': timeout }, message);
    assert.doesNotMatch(log, /Entra ID rejected/);
  }
});
