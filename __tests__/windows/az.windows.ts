/** The real `az` for Windows in sessions of the built action, run by `npm run test:windows -- --all`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WINDOWS_PYTHON } from '../../scripts/windows/windows.ts';
import type { Job } from '../../simulator/job.ts';
import { claimsOf } from '../../src/core/jwt.ts';
import { openWorld } from '../action/world.ts';
import { SCENARIOS } from '../hardening/scenarios.ts';

const world = await openWorld();

/** Publish settings are only for the classic CLI. The private cloud has no subscriptions and no vault. */
const WITHOUT_AZ = ['publish-settings', 'private cloud'];

async function az<T>(job: Job, ...args: string[]): Promise<T> {
  const command = ['-m', 'azure.cli', ...args, '--output', 'json'];
  const { exitCode, stdout, log } = await job.run(WINDOWS_PYTHON, command, windowsVariables(), 240_000);
  assert.equal(exitCode, 0, log);
  return JSON.parse(stdout) as T;
}

/** Variables without which Python does not start. */
function windowsVariables(): Record<string, string> {
  const { SystemRoot = '', SYSTEMROOT = SystemRoot, TEMP = '' } = process.env;
  return { SYSTEMROOT, TEMP, TMP: TEMP };
}

for (const { name, job: prepared } of SCENARIOS.filter((scenario) => !WITHOUT_AZ.includes(scenario.name))) {
  test(`az: ${name}: signs in, and out`, async () => {
    const { job, inputs } = await prepared(world);
    const step = await job.step({ inputs });
    assert.equal(step.result.exitCode, 0, step.result.log);
    const { 'subscription-id': id, 'principal-id': principal } = step.result.outputs;
    assert.equal((await az<{ id: string }>(job, 'account', 'show')).id, id);
    const resource = ['--resource', 'https://vault.azure.net'];
    const { accessToken } = await az<{ accessToken: string }>(job, 'account', 'get-access-token', ...resource);
    assert.equal(claimsOf(accessToken)?.['oid'], principal);
    assert.deepEqual((await step.post()).errors, []);
    // Once a day, az looks for a new version there.
    const escaped = world.simulator.escaped.filter(({ host }) => host !== 'azcliprod.blob.core.windows.net');
    assert.deepEqual(escaped, []);
    world.simulator.clear();
  });
}
