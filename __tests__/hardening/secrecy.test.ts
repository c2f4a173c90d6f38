import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { ActionStep, Job, StepResult } from '../../simulator/job.ts';
import { findSecrets, World } from '../action/world.ts';
import { loadedIntoAction } from './loaded-into.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

/** Secrets in logs (with step debugging on), errors, summaries, state, arguments and environments of processes. */

let world: World;
before(async () => {
  world = await World.start();
});
after(() => world[Symbol.asyncDispose]());
afterEach(() => world.simulator.clear());

const DEBUG = { RUNNER_DEBUG: '1', ACTIONS_STEP_DEBUG: 'true', ACTIONS_RUNNER_DEBUG: 'true' };

interface RecordedProcess {
  readonly file: string;
  readonly args: readonly string[];
  readonly envPairs: readonly string[];
}

function recording(job: Job): Record<string, string> {
  return {
    ...loadedIntoAction('recording-spawn.mjs'),
    RECORDED_PROCESSES: join(job.folder, 'processes'),
  };
}

function processesOf(job: Job): RecordedProcess[] {
  const file = join(job.folder, 'processes');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as RecordedProcess);
}

/** Everything secret that went in or over the wire: what was given, what was issued, what was presented. */
function secretsOf(inputs: Readonly<Record<string, string>>): string[] {
  const given = ['client-secret', 'password'].flatMap((name) => inputs[name] ?? []);
  const keys = [inputs['client-certificate'] ?? '', inputs['publish-settings'] ?? ''].flatMap((text) =>
    [...text.replaceAll(/-----BEGIN CERTIFICATE[\s\S]*?END CERTIFICATE-----/g, '').matchAll(/[A-Za-z0-9+/]{40,}/g)].map(
      String,
    ),
  );
  const presented = world.simulator.requests.flatMap(({ form, headers }) => [
    form.get('client_assertion') ?? '',
    form.get('refresh_token') ?? '',
    (headers['authorization'] ?? '').replace(/^Bearer /, ''),
  ]);
  const issued = world.simulator.requests.flatMap(({ answer }) =>
    [...(answer ?? '').matchAll(/"(?:access_token|refresh_token|id_token|device_code|value)":"([^"]{20,})"/g)].map(
      ([, token = '']) => token,
    ),
  );
  return [...new Set([...given, ...keys, ...presented, ...issued])].filter((secret) => secret !== '');
}

/** What the runner shows and keeps; a mask is the one line that has to name the secret. */
function visible({ log, summary, exported }: StepResult): Record<string, string> {
  const shown = log.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  return { log: shown.join('\n'), summary, exported: JSON.stringify(exported) };
}

function assertNoSecret(secrets: readonly string[], job: Job, { result, state }: ActionStep): void {
  const { 'access-token': token = '', 'access-tokens': tokens = '', ...outputs } = result.outputs;
  assert.deepEqual(findSecrets(secrets, { ...visible(result), ...state, ...outputs }), []);
  // These two outputs are asked for by name, and masked.
  for (const secret of [token, tokens].filter((text) => text !== '')) {
    assert.ok(result.masks.some((mask) => secret.includes(mask)));
  }
  for (const { file, args } of processesOf(job)) assert.deepEqual(findSecrets(secrets, { [file]: args.join(' ') }), []);
}

/** The others write the same in another place. */
const SAME_SECRETS = ['password, every tenant', 'named folder', 'named folder, oidc'];

for (const scenario of SCENARIOS.filter(({ name }) => !SAME_SECRETS.includes(name))) {
  test(`${scenario.name}: nothing secret is shown or kept with debugging on, when it works and when it does not`, async () => {
    for (const outcome of ['works', 'is refused'] as const) {
      const { job, inputs } = await scenario.job(world);
      using _ = job;
      world.simulator.clear();
      if (outcome === 'is refused') refuseLastRequest(scenario);
      const env = { ...DEBUG, ...recording(job) };
      const limits = { 'max-attempts': '1', 'timeout-seconds': outcome === 'works' ? '60' : '3' };
      const step = await job.step({ inputs: { ...inputs, ...limits, 'job-summary': 'always' }, env });
      const secrets = secretsOf(inputs);
      assert.ok(secrets.length > 0);
      assertNoSecret(secrets, job, step);
      const refused = outcome === 'is refused' && scenario.proof !== 'not-needed';
      assert.equal(step.result.exitCode, refused ? 1 : 0, step.result.log);
      const post = await step.post();
      assert.deepEqual(findSecrets(secrets, visible(post)), []);
      assertNoSecret(secrets, job, step);
    }
  });
}

/** With an answer that repeats what it was sent, as servers do that were made for being debugged. */
function refuseLastRequest({ proof }: Scenario): void {
  if (proof === 'not-needed') return;
  world.simulator.faults.add({
    path: /oauth2\/v2\.0\/token|\/metadata\/identity|^\/subscriptions$/,
    times: Number.POSITIVE_INFINITY,
    skip: proof === 'single-use' ? 0 : 1,
    fault: { kind: 'json', status: 400, body: { error: 'invalid_request', error_description: 'AADSTS900144: bad.' } },
  });
}

test('an answer that repeats the assertion it was sent is quoted without it', async () => {
  const { job, inputs } = { job: world.newJob(), inputs: world.identity };
  using _ = job;
  const echo = world.simulator.faults.add({
    path: /oauth2/,
    when: ({ form }) => {
      const sent = form.get('client_assertion') ?? '';
      queueMicrotask(() => echo.remove());
      world.simulator.faults.add({
        path: /oauth2/,
        times: 9,
        fault: {
          kind: 'json',
          status: 401,
          body: { error: 'invalid_client', error_description: `AADSTS7000: got ${sent} and ${sent.slice(0, 200)}` },
        },
      });
      return true;
    },
    fault: { kind: 'status', status: 503 },
  });
  const step = await job.step({ inputs });
  assert.equal(step.result.exitCode, 1, step.result.log);
  const issued = world.simulator.requests.flatMap(({ form }) => form.get('client_assertion') ?? []);
  assert.ok(issued.length > 0);
  const parts = issued.flatMap((token) => [token, ...token.split('.').slice(0, 2)]);
  assert.deepEqual(findSecrets(parts, visible(step.result)), []);
});

test('the refresher has nothing of the step’s own secrets in its environment and its arguments, nor GitHub’s token', async () => {
  using job = world.newJob({ UNRELATED: 'unrelated' });
  const step = await job.step({
    inputs: { ...world.identity, creds: '{"clientSecret":"hunter2hunter2"}' },
    env: recording(job),
  });
  assert.equal(step.result.exitCode, 0, step.result.log);
  const [refresher, ...others] = processesOf(job);
  assert.ok(refresher);
  assert.deepEqual(others, []);
  const names = refresher.envPairs.map((pair) => pair.split('=')[0] ?? '');
  assert.deepEqual(
    names.filter((name) => /^(INPUT_|STATE_|GITHUB_|ACTIONS_|UNRELATED|NODE_OPTIONS)/.test(name)),
    [],
  );
  assert.doesNotMatch(refresher.args.join(' '), /eyJ|azure-session-|hunter2|[\da-f]{8}-/);
  await step.post();
});

test('secrets are on disk only in the profile folder, which only the job’s user can enter', async () => {
  for (const inputs of [world.secret, world.certificate, world.identity]) {
    using job = world.newJob();
    world.simulator.clear();
    const step = await job.step({
      inputs: { ...inputs, subscription: 'Production', 'export-env': 'azure, terraform' },
    });
    assert.equal(step.result.exitCode, 0, step.result.log);
    const secrets = secretsOf(inputs);
    const elsewhere = readdirSync(job.folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
      .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(job.temp))
      .map((entry) => join(entry.parentPath, entry.name));
    const texts = Object.fromEntries(elsewhere.map((file) => [file, readFileSync(file, 'latin1')]));
    assert.deepEqual(findSecrets(secrets, texts), []);
    await step.post();
  }
});
