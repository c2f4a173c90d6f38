import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ActionStep, readCommands } from '../../simulator/job.ts';
import { escapeCommands } from '../../src/actions/actions-runner.ts';
import { configDir, openWorld } from '../action/world.ts';
import { captureRunner, commandsIn, injectedCommands, PAYLOADS } from './runner-protocol.ts';

const world = await openWorld();
const SECRET = { ...world.secret, subscription: 'Production' };

const PAYLOAD = PAYLOADS.join('');

test('the runner executes the payloads if they are not escaped', () => {
  for (const payload of PAYLOADS.filter((text) => !/%0A|\0|\u200b|\ufeff/.test(text))) {
    assert.equal(injectedCommands(payload).length, 1, JSON.stringify(payload));
  }
});

test('no payload is a command in the log, in an annotation or in a file of the runner', () => {
  using job = world.newJob();
  const file = join(job.folder, 'commands');
  for (const payload of PAYLOADS) {
    assert.deepEqual(commandsIn(escapeCommands(payload)), [], JSON.stringify(payload));
    const { log } = captureRunner((runner) => runner.warning(payload));
    assert.equal(commandsIn(log.trimEnd()).length, 1, JSON.stringify(payload));
    for (const value of [payload, '\nEVIL=1\n', '\nEVIL<<x\n1\nx\n', 'ghadelimiter_\n', `${payload}\n`]) {
      writeFileSync(file, captureRunner((runner) => runner.publish({}, { NAME: value.replaceAll('\0', '') })).file);
      assert.deepEqual(Object.keys(readCommands(file)), ['NAME']);
    }
  }
});

test('plain text is not changed', () => {
  for (const text of ['a::b', 'std::string', 'C:\\x', '  - item: value', '##', 'ends with ::']) {
    assert.equal(escapeCommands(text), text);
  }
});

function assertNothingInjected({ result, state }: ActionStep): void {
  assert.deepEqual(injectedCommands(result.log), []);
  for (const name of [result.exported, result.outputs, state].flatMap(Object.keys))
    assert.doesNotMatch(name, /EVIL|::/);
}

async function postInjectsNothing(step: ActionStep): Promise<void> {
  const { exitCode, log } = await step.post();
  assert.deepEqual([exitCode, injectedCommands(log)], [0, []]);
}

test('the name of a subscription injects no command', async () => {
  const [production] = world.contoso.subscriptions;
  production.displayName = PAYLOAD;
  using job = world.newJob();
  const named = { ...SECRET, subscription: production.id, 'job-summary': 'always' };
  await using step = await world.signIn(named, { job });
  assert.ok(step.result.outputs['subscription-name']?.includes('EVIL'));
  assertNothingInjected(step);
  await using chosen = await world.signIn(world.secret, { job });
  assert.match(chosen.result.warnings.join(), /EVIL/, 'the warning quotes the name');
  assertNothingInjected(chosen);
  const missing = await job.step({ inputs: { ...SECRET, subscription: 'none' } });
  assert.equal(missing.result.exitCode, 1);
  assertNothingInjected(missing);
});

const ERRORS: readonly (readonly [path: RegExp, body: object])[] = [
  [/idtoken/, { message: PAYLOAD }],
  [/oauth2/, { error: 'invalid_client', error_description: `AADSTS7000215: ${PAYLOAD}`, error_codes: [7000215] }],
  [/oauth2/, { error: PAYLOAD, error_description: PAYLOAD, correlation_id: PAYLOAD, timestamp: PAYLOAD }],
  [/^\/subscriptions$/, { error: { code: 'AuthorizationFailed', message: PAYLOAD } }],
  [/^\/subscriptions$/, { error: { code: PAYLOAD, message: PAYLOAD } }],
  [/^\/subscriptions$/, { value: [], nextLink: `https://evil.example.com/${PAYLOAD}` }],
];

test('the error message of a server injects no command', async () => {
  for (const [path, body] of ERRORS) {
    world.simulator.clear();
    const status = 'nextLink' in body ? 200 : 401;
    world.simulator.faults.add({ path, times: 9, fault: { kind: 'json', status, body } });
    using job = world.newJob();
    const inputs = { ...world.identity, 'max-attempts': '2', 'timeout-seconds': '4' };
    const step = await job.step({ inputs, env: { RUNNER_DEBUG: '1', ACTIONS_STEP_DEBUG: 'true' } });
    assert.equal(step.result.exitCode, 1, step.result.log);
    assertNothingInjected(step);
  }
});

test('the request id of a server injects no command', async () => {
  const headers = { 'x-ms-request-id': ' ::EVIL::x ##[EVIL]x', 'Retry-After': '::EVIL::' };
  world.simulator.faults.add({ path: /oauth2/, fault: { kind: 'status', status: 503, headers } });
  using job = world.newJob();
  await using step = await job.step({ inputs: world.secret });
  assert.match(step.result.log, /request id/);
  assertNothingInjected(step);
});

test('an environment variable injects no command', async () => {
  using job = world.newJob({ AZURE_CLIENT_ID: PAYLOAD.replaceAll('\0', ''), AZURE_CLOUD_NAME: 'x\n::EVIL::x' });
  const step = await world.signIn(SECRET, { job });
  assertNothingInjected(step);
  await postInjectsNothing(step);
  assert.equal(job.env['AZURE_CLIENT_ID'], PAYLOAD.replaceAll('\0', ''), 'restored');
});

test('the log of the agent injects no command', async () => {
  using job = world.newJob();
  const step = await world.signIn(SECRET, { job });
  writeFileSync(join(configDir(step), 'keep-alive.log'), PAYLOAD);
  await postInjectsNothing(step);
});

const lineBreaks = { skip: process.platform === 'win32' && 'needs names with line breaks' };
test('a path with line breaks injects no command', lineBreaks, async () => {
  using job = world.newJob();
  const temp = join(job.folder, 'x\n::EVIL::x');
  mkdirSync(temp);
  const step = await job.step({ inputs: SECRET, env: { RUNNER_TEMP: temp } });
  assertNothingInjected(step);
  await postInjectsNothing(step);
});
