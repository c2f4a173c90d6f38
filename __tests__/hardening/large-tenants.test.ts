import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { StepResult } from '../../simulator/job.ts';
import type { ProfileSubscription } from '../../src/profile/azure-profile.ts';
import { addGuestTenant } from '../action/fabrikam.ts';
import { openWorld, readJson } from '../action/world.ts';
import { loadedIntoAction } from './loaded-into.ts';

/** Directories far larger than most: what a sign-in costs there, in time, memory and requests. */

const world = await openWorld();
before(() => {
  world.simulator.resourceManager.pageSize = 500;
});

function id(kind: string, number: number): string {
  return `${kind}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** Gives the application and the user so many subscriptions more. */
function addSubscriptions(count: number): void {
  const { directory } = world.simulator;
  const [production] = directory.subscriptions;
  assert.ok(production);
  for (let at = 0; at < count; at++) {
    directory.subscriptions.push({ ...production, id: id('b', at), displayName: `Subscription number ${at}` });
  }
}

/** Systems do not agree on the unit of the most memory that a process used. */
function assertMemory(megabytes: number, limit: number): void {
  if (process.platform === 'linux') assert.ok(megabytes < limit, `${Math.round(megabytes)} MB`);
}

/** A sign-in, and the most memory that it used. */
async function measured(inputs: Record<string, string>): Promise<{ result: StepResult; megabytes: number }> {
  using job = world.newJob();
  const file = join(job.folder, 'measured');
  const step = await job.step({ inputs, env: { ...loadedIntoAction('measuring.mjs'), MEASURED: file } });
  const { megabytes } = JSON.parse(readFileSync(file, 'utf8')) as { megabytes: number };
  await step.post({ NODE_OPTIONS: '' });
  return { result: step.result, megabytes };
}

test('5,000 subscriptions over 10 pages: all of them in the profile, in 400 bytes each', async () => {
  addSubscriptions(4997);
  using job = world.newJob();
  await using step = await world.signedIn({ ...world.secret, subscription: 'Subscription number 4996' }, { job });
  assert.equal(world.asked.length, 1 + 10);
  const { subscriptions } = readJson<{ subscriptions: ProfileSubscription[] }>(
    step.result.outputs['config-dir'] ?? '',
    'azureProfile.json',
  );
  assert.equal(subscriptions.length, 5000);
  assert.equal(subscriptions.filter(({ isDefault }) => isDefault).length, 1);
  const { size } = statSync(join(step.result.outputs['config-dir'] ?? '', 'azureProfile.json'));
  assert.ok(size < 5000 * 400, `${size} bytes`);
});

test('10,000 subscriptions: in 115 MB, and the output is cut before GitHub’s limit, with the default and a warning', async () => {
  addSubscriptions(9997);
  const { result, megabytes } = await measured({ ...world.secret, subscription: 'Subscription number 9996' });
  const { outputs, warnings } = result;
  assertMemory(megabytes, 115);
  assert.match(warnings.join(), /holds \d+ of \d+ subscriptions/);
  const listed = outputs['subscriptions'] ?? '';
  assert.ok(listed.length * 2 < 1024 * 1024, `${listed.length} characters`);
  const all = JSON.parse(listed) as { id: string; isDefault: boolean }[];
  assert.deepEqual(
    all.flatMap(({ id, isDefault }) => (isDefault ? [id] : [])),
    [outputs['subscription-id']],
  );
  assert.ok(all.length > 1000);
});

test('a list that never ends is left at the first limit, whatever the size of its pages', async () => {
  const entry = { subscriptionId: id('c', 1), displayName: 'x'.repeat(1000), state: 'Enabled' };
  const body = {
    value: Array.from({ length: 8000 }, () => entry),
    nextLink: 'https://management.azure.com/subscriptions?api-version=2022-12-01&$skiptoken=x',
  };
  world.simulator.faults.add({ path: '/subscriptions', times: 1e9, fault: { kind: 'json', body } });
  await world.refused(world.secret, /endless subscription list/);
  assert.ok(world.asked.length < 40, `${world.asked.length} requests`);
});

test('a user of 100 tenants: two requests a tenant and one for their list, a subscription in each', async () => {
  for (let at = 1; at < 100; at++) addGuestTenant(world, at);
  const { result, megabytes } = await measured({ ...world.user, subscription: 'Production' });
  assert.equal(result.exitCode, 0, result.log);
  assert.equal((JSON.parse(result.outputs['subscriptions'] ?? '') as unknown[]).length, 2 + 99);
  assert.equal(world.asked.length, 3 + 2 * 99);
  assertMemory(megabytes, 200);
});
