import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { ActionStep } from '../../simulator/job.ts';
import type { ProfileSubscription } from '../../src/profile/azure-profile.ts';
import { addGuestTenant } from '../action/fabrikam.ts';
import { waitUntil } from '../action/processes.ts';
import { configDir, openWorld, readJson, type Variables } from '../action/world.ts';
import { preload } from './preload.ts';

const world = await openWorld();
before(() => {
  world.simulator.resourceManager.pageSize = 500;
});

function id(kind: string, number: number): string {
  return `${kind}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** Signs in, checks the session, and signs out. */
async function measure(inputs: Variables, limit: number, check: (step: ActionStep) => void): Promise<void> {
  using job = world.newJob();
  const file = join(job.folder, 'measured');
  const step = await world.signIn(inputs, { job, env: { ...preload('measuring.mjs'), MEASURED: file } });
  const megabytes = Number(readFileSync(file, 'utf8'));
  // The unit of the peak memory differs on other systems.
  if (process.platform === 'linux') assert.ok(megabytes < limit, `${Math.round(megabytes)} MB`);
  check(step);
  await step.post({ NODE_OPTIONS: '' });
}

function addSubscriptions(): void {
  const { subscriptions } = world.simulator.directory;
  const [production] = world.contoso.subscriptions;
  for (let at = 0; at < 9997; at++) {
    subscriptions.push({ ...production, id: id('b', at), displayName: `Subscription number ${at}` });
  }
}

test('10,000 subscriptions on 20 pages need at most 115 MB, and 400 bytes each in the profile; the output is cut', async () => {
  addSubscriptions();
  await measure({ ...world.secret, subscription: 'Subscription number 9996' }, 115, (step) => {
    assert.equal(world.requestLines.length, 1 + 20);
    const folder = configDir(step);
    const profile = readJson<{ subscriptions: ProfileSubscription[] }>(folder, 'azureProfile.json');
    const inProfile = profile.subscriptions.map(({ isDefault }) => isDefault);
    assert.deepEqual([inProfile.length, inProfile.filter(Boolean).length], [10_000, 1]);
    const { size } = statSync(join(folder, 'azureProfile.json'));
    assert.ok(size < 10_000 * 400, `${size} bytes`);

    const { outputs, warnings } = step.result;
    assert.match(warnings.join(), /holds \d+ of \d+ subscriptions/);
    const output = outputs['subscriptions'] ?? '';
    assert.ok(output.length * 2 < 1024 * 1024, `${output.length} characters`);
    const listed = JSON.parse(output) as { id: string; isDefault: boolean }[];
    const defaults = listed.filter(({ isDefault }) => isDefault).map((each) => each.id);
    assert.deepEqual(defaults, [outputs['subscription-id']]);
    assert.ok(listed.length > 1000);
  });
});

test('a session in a shared folder with 10,000 subscriptions is kept alive', async () => {
  addSubscriptions();
  world.simulator.github.idTokenLifetimeSeconds = 4;
  using job = world.newJob();
  const step = await world.signIn({ ...world.identity, subscription: 'Production', 'config-dir': 'profile' }, { job });
  const entries = join(configDir(step), 'service_principal_entries.json');
  for (let renewal = 1; renewal <= 4; renewal++) {
    const before = readFileSync(entries, 'utf8');
    await waitUntil(() => readFileSync(entries, 'utf8') !== before, `renewal ${renewal} is missing`);
  }
  assert.deepEqual((await step.post()).warnings, []);
});

test('an endless list is an error at the first limit, even with large pages', async () => {
  const entry = { subscriptionId: id('c', 1), displayName: 'x'.repeat(1000), state: 'Enabled' };
  const nextLink = 'https://management.azure.com/subscriptions?api-version=2022-12-01&$skiptoken=x';
  const body = { value: Array(8000).fill(entry), nextLink };
  world.simulator.faults.add({ path: '/subscriptions', times: 1e9, fault: { kind: 'json', body } });
  await world.rejects(world.secret, /endless subscription list/);
  assert.ok(world.requestLines.length < 40, `${world.requestLines.length} requests`);
});

test('a user in 100 tenants: two requests for each tenant and one for the list of tenants', async () => {
  for (let at = 1; at < 100; at++) addGuestTenant(world, at);
  await measure({ ...world.user, subscription: 'Production' }, 200, ({ result: { outputs } }) => {
    assert.equal((JSON.parse(outputs['subscriptions'] ?? '') as unknown[]).length, 2 + 99);
    assert.equal(world.requestLines.length, 3 + 2 * 99);
  });
});
