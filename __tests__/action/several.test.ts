/** Several sessions in one job: each with a folder and a refresher of its own, undone from the last to the first. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { type ActionStep, type Job, leftBehind } from '../../simulator/job.ts';
import { expiryOf } from '../../src/core/jwt.ts';
import type { ServicePrincipalEntry } from '../../src/profile/az-profile.ts';
import { addFabrikam, type Fabrikam } from './fabrikam.ts';
import { until, untilGone } from './processes.ts';
import { openWorld, readJson } from './world.ts';

const world = await openWorld();
let fabrikam: Fabrikam;
before(() => {
  fabrikam = addFabrikam(world);
  world.simulator.github.idTokenLifetimeSeconds = 4;
});

test('two companies: each has what is its own, the last one the variables; posts unwind, and the first goes on', async () => {
  using job = world.newJob({ AZURE_SUBSCRIPTION_ID: 'of the workflow' });
  const start = { ...job.env };
  const first = await world.signedIn({ ...world.identity, subscription: 'Production' }, { job });
  const middle = { ...job.env };
  const second = await world.signedIn(fabrikam.identity, { job });
  const refreshers = [first, second].map(({ state }) => JSON.parse(state['session'] ?? '{}').agentPid as number);
  assert.equal(new Set([...refreshers, folderOf(first), folderOf(second)]).size, 4);
  assertVariables(job, second, fabrikam.identity);
  assert.deepEqual(second.result.warnings, []);
  for (const [step, identity, names] of [
    [first, world.identity, ['Production', 'Development', 'Retired']],
    [second, fabrikam.identity, ['Stores']],
  ] as const) {
    const { subscriptions } = readJson<{ subscriptions: { name: string }[] }>(folderOf(step), 'azureProfile.json');
    assert.deepEqual(
      subscriptions.map(({ name }) => name),
      names,
    );
    const { client_id, tenant } = entryOf(step);
    assert.deepEqual([client_id, tenant], [identity['client-id'], identity['tenant-id']]);
    await assertKeptFresh(step);
  }

  assertPost(await second.post());
  assert.ok(!existsSync(folderOf(second)));
  await untilGone(refreshers[1] ?? 0);
  assert.deepEqual(notBlank(job.env), notBlank(middle));
  assertVariables(job, first, world.identity);
  await assertKeptFresh(first);

  assertPost(await first.post());
  assert.deepEqual(readdirSync(job.temp), []);
  await untilGone(refreshers[0] ?? 0);
  assert.deepEqual(notBlank(job.env), notBlank({ ...start, ...leftBehind(job), AZURE_TOKEN_CREDENTIALS: '' }));
});

/** The clients of a later step see one session, whole. */
function assertVariables(job: Job, step: ActionStep, identity: Readonly<Record<string, string>>): void {
  const names = ['AZURE_CONFIG_DIR', 'AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE'];
  const [folder, { 'client-id': client, 'tenant-id': tenant }] = [folderOf(step), identity];
  assert.deepEqual(
    names.map((name) => job.env[name]),
    [folder, client, tenant, join(folder, 'federated-token')],
  );
}

/** The runner cannot take a variable back, only blank it. */
function notBlank(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function assertPost(post: ActionStep['result']): void {
  assert.deepEqual([post.exitCode, post.errors, post.warnings], [0, [], []], post.log);
}

/** The output that a step of the workflow would take to choose the session. */
function folderOf({ result }: ActionStep): string {
  return result.outputs['config-dir'] ?? assert.fail(result.log);
}

function entryOf(step: ActionStep): ServicePrincipalEntry {
  const [entry, ...more] = readJson<ServicePrincipalEntry[]>(folderOf(step), 'service_principal_entries.json');
  assert.deepEqual(more, []);
  return entry ?? assert.fail('no entry');
}

/** What the SDKs read and what `az` reads are renewed, and good at one moment. */
async function assertKeptFresh(step: ActionStep): Promise<void> {
  const assertion = (): string => entryOf(step).client_assertion ?? '';
  const before = assertion();
  await until(() => assertion() !== before, 'the entry is not renewed');
  const isFresh = (token: string): boolean => expiryOf(token) > new Date();
  const file = join(folderOf(step), 'federated-token');
  await until(() => isFresh(readFileSync(file, 'utf8')) && isFresh(assertion()), 'it is stale');
}
