import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPfx } from '../../simulator/certificates.ts';
import type { Job, StepResult } from '../../simulator/job.ts';
import { INPUT_NAMES, INPUTS } from '../../src/inputs/table.ts';
import { filesBelow, findSecrets, openWorld, readIfExists, type Variables, visibleText } from '../action/world.ts';
import { preload } from './preload.ts';
import { EXPORTED, SCENARIOS, type Scenario } from './scenarios.ts';

/** Every secret is masked before it can appear, and no text is changed so that a mask no longer matches. */

const world = await openWorld();
const { clientSecret, application } = world.contoso;

const SECRET_FIELDS =
  /^(?:access_?token|refresh_?token|id_?token|device_?code|client_?secret|client_?assertion|secret|password)$/i;
const SECRET_HEADERS = ['authorization', 'x-identity-header', 'secret', 'proxy-authorization'];
const SECRET_INPUTS = INPUT_NAMES.filter((name) => {
  const { value } = INPUTS[name];
  return value.kind === 'text' && value.form === 'secret';
});

/** The tokens, the lines of keys, and the secret fields of JSON in a text. */
function secretsIn(text: string): string[] {
  const jwts = text.match(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g) ?? [];
  const keys = [...text.replaceAll(/(?:\\r)?\\n|\\r/g, '\n').matchAll(/PRIVATE KEY-----([^-]*)-----END/g)];
  const lines = keys.flatMap(([, body = '']) => body.split(/\s+/).filter((line) => line.length > 20));
  try {
    return [...jwts, ...lines, ...secretFields(JSON.parse(text))];
  } catch {
    return [...jwts, ...lines];
  }
}

function secretFields(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    typeof one === 'string' && SECRET_FIELDS.test(name) ? [one] : secretFields(one),
  );
}

function secretsOnTheWire(): string[] {
  return world.simulator.requests.flatMap(({ form, headers, responseBody = '' }) => [
    ...[...form].filter(([name]) => SECRET_FIELDS.test(name)).map(([, value]) => value),
    ...SECRET_HEADERS.flatMap((name) => String(headers[name] ?? '').replace(/^\w+ /, '')),
    ...secretsIn(responseBody),
  ]);
}

/** The secrets in exported variables or outputs. */
function secretsAmong(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).flatMap(([name, value]) => [
    ...secretsIn(value),
    ...(/(?:SECRET|PASSWORD|TOKEN)$/.test(name) ? [value] : []),
  ]);
}

/** The log and the summary show no secret, not even a masked one. */
function assertHidden(secrets: readonly string[], result: StepResult): void {
  assert.deepEqual(findSecrets(secrets, { shown: visibleText(result) }), []);
}

type RecordedProcess = Readonly<Record<'args' | 'envPairs', readonly string[]> & { file: string }>;

function recording(job: Job): Variables {
  return { ...preload('recording-spawn.mjs'), RECORDED_PROCESSES: join(job.folder, 'processes') };
}

function processesOf(job: Job): RecordedProcess[] {
  const lines = readIfExists(join(job.folder, 'processes')).trim().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RecordedProcess);
}

function scenario(name: string, own: Variables, env = {}): Scenario {
  const inputs = { ...own, subscription: 'Production', ...EXPORTED };
  return { name, credential: 'reusable', job: () => ({ job: world.newJob(env), inputs }) };
}

const pfx = createPfx(world.contoso.certificate, 'of the PFX, 12').toString('base64');
const PFX = { ...world.identity, 'client-certificate': pfx, 'client-certificate-password': 'of the PFX, 12' };
const { appServiceVariables } = world.simulator.managedIdentity;
const ALL: readonly Scenario[] = [
  ...SCENARIOS,
  scenario('PFX', PFX),
  scenario('exported client secret', { ...world.secret, 'export-secrets': 'true' }),
  scenario('managed identity of App Service', { 'auth-type': 'managed-identity' }, appServiceVariables),
];

const DEBUG = { RUNNER_DEBUG: '1', ACTIONS_STEP_DEBUG: 'true', ACTIONS_RUNNER_DEBUG: 'true' };

for (const { name, credential, job: prepare } of ALL) {
  for (const outcome of ['succeeds', 'fails'] as const) {
    if (outcome === 'fails' && credential === 'not-sent') continue;
    test(`${name} ${outcome}: each secret on the wire, on disk or in a variable is masked before it appears`, async () => {
      const { job, inputs } = await prepare(world);
      using _ = job;
      world.simulator.clear();
      if (outcome === 'fails') rejectRequest(credential);
      const limits = { 'max-attempts': '1', 'timeout-seconds': outcome === 'succeeds' ? '60' : '3' };
      const all = { ...inputs, ...limits, 'job-summary': 'always' };
      const step = await job.step({ inputs: all, env: { ...DEBUG, ...recording(job) } });
      assert.equal(step.result.exitCode, outcome === 'succeeds' ? 0 : 1, step.result.log);
      const { masks, exported, outputs } = step.result;
      const found = [
        ...SECRET_INPUTS.flatMap((input) => inputs[input] ?? []),
        ...secretsIn(Object.values(inputs).join('\n')),
        ...secretsOnTheWire(),
        ...Object.values(filesBelow(job.temp, job.workspace)).flatMap(secretsIn),
        ...[exported, outputs].flatMap(secretsAmong),
      ];
      const secrets = [...new Set(found)].filter((secret) => secret.length > 1);
      assert.ok(secrets.length > 0);
      const lines = new Set(masks.flatMap((mask) => [mask, ...mask.split(/\r?\n/)]));
      const unmasked = secrets.filter((secret) => !lines.has(secret)).map((secret) => `${secret.slice(0, 30)}…`);
      assert.deepEqual(unmasked, [], 'not masked');
      // Secrets may be in the profile folder, which only the job's user can read.
      const outside = Object.entries(filesBelow(job.workspace, job.home, job.temp));
      const folder = outputs['config-dir'] ?? job.temp;
      const others = outside.filter(([path]) => !path.startsWith(folder));
      const started = processesOf(job).map(({ file, args }) => [file, args.join(' ')]);
      assert.deepEqual(findSecrets(secrets, { ...step.state, ...Object.fromEntries([...others, ...started]) }), []);
      assertHidden(secrets, step.result);
      assertHidden(secrets, await step.post());
    });
  }
}

/** Rejects the second request of a sign-in, or the first one that sends a single-use credential. */
function rejectRequest(credential: Scenario['credential']): void {
  world.simulator.faults.add({
    path: /oauth2\/v2\.0\/token|\/metadata\/identity|\/msi\/token|^\/subscriptions(?:\/[^/]+)?$/,
    times: Number.POSITIVE_INFINITY,
    skip: credential === 'single-use' ? 0 : 1,
    fault: { kind: 'json', status: 400, body: { error: 'invalid_request', error_description: 'AADSTS900144: bad.' } },
  });
}

test('a user name, which may be a secret of the workflow, is not changed in the log and in the summary', async () => {
  const { tenant } = world.contoso;
  for (const name of ["first_last~x#y+o'z", '__o`|*x*|']) {
    for (const tenantId of [{}, { 'tenant-id': tenant.id }]) {
      const username = `${name}@${tenant.domains[0]}`;
      const inputs = { username, password: 'not the right one', ...tenantId };
      const { errors, summary } = await world.rejects(inputs, /./);
      assert.ok(errors[0]?.includes(username), errors[0]);
      assert.doesNotMatch(summary, /&#|&amp;/);
      // As code, in which Markdown changes nothing.
      const line = summary.split('\n').find((text) => text.includes(username)) ?? summary;
      assert.match(line.replaceAll('**', ''), /^(`+)(?!`).*[^`]\1$/);
    }
  }
});

const ENTRA = /oauth2/;
const RESOURCE_MANAGER = /^\/subscriptions/;

/** Signs in while the server rejects the request with this message. */
async function rejectsWith(message: string, inputs: Variables, path = ENTRA): Promise<StepResult> {
  world.simulator.clear();
  const ofEntra = { error: 'invalid_client', error_description: message, error_codes: [7000215] };
  const body = path === RESOURCE_MANAGER ? { error: { code: 'Conflict', message } } : ofEntra;
  world.simulator.faults.add({ path, times: 9, fault: { kind: 'json', status: 409, body } });
  return world.rejects({ ...inputs, 'job-summary': 'always' }, /./);
}

/** The parts of a secret that remain if a text is cut within it. */
function partsOf(secret: string): string[] {
  return [secret.slice(0, 12), secret.slice(-12)];
}

test('a text that repeats a secret in any encoding is not cut within the secret', async () => {
  const repeated = [
    clientSecret,
    encodeURIComponent(clientSecret),
    Buffer.from(`${application.clientId}:${clientSecret}`).toString('base64'),
    [...clientSecret].join('\u200b'),
  ];
  for (const form of repeated) {
    for (const before of [800 - 20, 800 - 8, 500 - 20, 500 - 8]) {
      const message = `${'x'.repeat(before)} ${form} ${'y'.repeat(900)}`;
      const result = await rejectsWith(message, world.secret, before < 500 ? RESOURCE_MANAGER : ENTRA);
      assertHidden([...partsOf(clientSecret), form.slice(-12)], result);
    }
  }
});

/** Encoders differ in the characters that they escape. */
const ODD_SECRET = `pa+s's "wörd&<x>/tilde~!(*)`;
const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, '0');
const percent = encodeURIComponent(ODD_SECRET);
const ENCODINGS: Readonly<Record<string, string>> = {
  'percent-encoded, every reserved character': percent.replaceAll(/[!'()*]/g, (each) => `%${hex(each).slice(2)}`),
  'percent-encoded, as in a form of .NET': percent.toLowerCase().replaceAll('%20', '+').replaceAll("'", '%27'),
  'percent-encoded twice': encodeURIComponent(percent),
  'JSON of .NET': ODD_SECRET.replaceAll(/[^\w !()*/~]/g, (each) => `\\u${hex(each).toUpperCase()}`),
  'JSON of PHP': JSON.stringify(ODD_SECRET).slice(1, -1).replaceAll('/', '\\/'),
  'JSON in JSON': JSON.stringify(JSON.stringify(ODD_SECRET)).slice(1, -1),
  'HTML by decimal numbers': ODD_SECRET.replaceAll(/[<>&'"ö]/g, (each) => `&#${each.charCodeAt(0)};`),
  'HTML by hexadecimal numbers': ODD_SECRET.replaceAll(/[<>&'"]/g, (each) => `&#x${hex(each)};`),
};

for (const [form, repeated] of Object.entries(ENCODINGS)) {
  test(`a secret that a server repeats is hidden: ${form}`, async () => {
    const message = `Invalid client secret ${repeated} is provided.`;
    const result = await rejectsWith(message, { ...world.identity, 'client-secret': ODD_SECRET });
    assert.match(result.errors[0] ?? '', /secret \S*\*\*\*\S* is provided/, result.log);
    assertHidden(['tilde'], result);
  });
}

test('an input, which may be a secret of the workflow, is shown completely or not at all', async () => {
  const { clientId } = application;
  const result = await rejectsWith(`${'x'.repeat(780)} ${clientId} ${'y'.repeat(100)}`, world.secret);
  assert.match(result.errors[0] ?? '', /xxx…$/m);
  assert.deepEqual(findSecrets([clientId.slice(0, 8)], { shown: visibleText(result).replaceAll(clientId, '') }), []);
});

test('names of subscriptions lose control and invisible characters in the log, warnings and summary', async () => {
  const [production] = world.contoso.subscriptions;
  production.displayName = `a\u001b[31m\u202eb\u2066\r\nc ${'x'.repeat(94)} ${clientSecret}`;
  for (const inputs of [{ subscription: production.id }, {}]) {
    using job = world.newJob();
    await using step = await world.signIn({ ...world.secret, ...inputs, 'job-summary': 'always' }, { job });
    const { log, summary, warnings } = step.result;
    assert.match([...warnings, log].join('\n'), /a \[31mb c x/);
    for (const text of [log, summary]) assert.doesNotMatch(text, /(?!\n)\p{Cc}|\p{Cf}/u);
    assertHidden(partsOf(clientSecret), step.result);
  }
});

test('an error in which Entra ID repeats the assertion is quoted without it', async () => {
  const echo = world.simulator.faults.add({
    path: /oauth2/,
    when: ({ form }) => {
      const sent = form.get('client_assertion') ?? '';
      const error_description = `AADSTS7000: got ${sent} and ${sent.slice(0, 200)}`;
      const fault = { kind: 'json', status: 401, body: { error: 'invalid_client', error_description } } as const;
      world.simulator.faults.add({ path: /oauth2/, times: 9, fault });
      queueMicrotask(() => echo.remove());
      return true;
    },
    fault: { kind: 'status', status: 503 },
  });
  const result = await world.rejects(world.identity, /./);
  const issued = world.simulator.requests.flatMap(({ form }) => form.get('client_assertion') ?? []);
  assert.ok(issued.length > 0);
  const hidden = issued.flatMap((token) => [token, ...token.split('.').slice(0, 2)]);
  assertHidden(hidden, result);
});

test('the agent has no secret of the step, and no token of GitHub, in its environment and arguments', async () => {
  using job = world.newJob({ UNRELATED: 'unrelated' });
  const inputs = { ...world.identity, creds: '{"clientSecret":"hunter2hunter2"}' };
  await using _ = await world.signIn(inputs, { job, env: recording(job) });
  const [agent, ...others] = processesOf(job);
  assert.deepEqual(others, []);
  const names = agent?.envPairs.map((pair) => pair.split('=')[0] ?? '') ?? assert.fail('no agent');
  const foreign = names.filter((name) => /^(INPUT_|STATE_|GITHUB_|ACTIONS_|UNRELATED|NODE_OPTIONS)/.test(name));
  assert.deepEqual(foreign, []);
  assert.doesNotMatch(agent?.args.join(' ') ?? '', /eyJ|azure-session-|hunter2|[\da-f]{8}-/);
});
