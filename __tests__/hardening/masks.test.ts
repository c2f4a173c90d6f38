import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPfx } from '../../simulator/certificates.ts';
import type { Job, StepResult } from '../../simulator/job.ts';
import { INPUT_NAMES, INPUTS } from '../../src/inputs/table.ts';
import { findSecrets, openWorld, shownBy, type World } from '../action/world.ts';
import { loadedIntoAction } from './loaded-into.ts';
import { EXPORTED, SCENARIOS, type Scenario } from './scenarios.ts';

/** Masks hold everywhere: each secret is one before it can show, and no text is altered so that one no longer matches. */

const world = await openWorld();
const { clientSecret, application } = world.contoso;

const SECRET_FIELDS =
  /^(?:access_?token|refresh_?token|id_?token|device_?code|client_?secret|client_?assertion|secret|password)$/i;
const SECRET_HEADERS = ['authorization', 'x-identity-header', 'secret', 'proxy-authorization'];
const SECRET_INPUTS = INPUT_NAMES.filter((name) => {
  const { value } = INPUTS[name];
  return value.kind === 'text' && value.form === 'secret';
});

/** Tokens and keys, wherever they stand, and the fields of JSON that hold secrets. */
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

/** What is below folders, by its path. */
function filesBelow(...folders: readonly string[]): Record<string, string> {
  const entries = folders.flatMap((path) => readdirSync(path, { recursive: true, withFileTypes: true }));
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'latin1')]));
}

/** What a step exports or puts out. */
function secretsAmong(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).flatMap(([name, value]) => [
    ...secretsIn(value),
    ...(/(?:SECRET|PASSWORD|TOKEN)$/.test(name) ? [value] : []),
  ]);
}

/** No line of the log, nor the summary, shows a secret, be it a mask by then or not. */
function assertHidden(secrets: readonly string[], result: StepResult): void {
  assert.deepEqual(findSecrets(secrets, { shown: shownBy(result) }), []);
}

interface RecordedProcess {
  readonly file: string;
  readonly args: readonly string[];
  readonly envPairs: readonly string[];
}

function recording(job: Job): Record<string, string> {
  return { ...loadedIntoAction('recording-spawn.mjs'), RECORDED_PROCESSES: join(job.folder, 'processes') };
}

function processesOf(job: Job): RecordedProcess[] {
  const file = join(job.folder, 'processes');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return lines.map((line) => JSON.parse(line) as RecordedProcess);
}

function pfx({ contoso, identity }: World): Record<string, string> {
  const file = createPfx(contoso.certificate, 'of the PFX, 12').toString('base64');
  return { ...identity, 'client-certificate': file, 'client-certificate-password': 'of the PFX, 12' };
}

const PRODUCTION = { subscription: 'Production', ...EXPORTED };

function more(name: string, inputs: (one: World) => Record<string, string>, env = {}): Scenario {
  const job: Scenario['job'] = (one) => ({ job: one.newJob(env), inputs: { ...inputs(one), ...PRODUCTION } });
  return { name, proof: 'repeatable', job };
}

const { appServiceVariables } = world.simulator.managedIdentity;
const ALL: readonly Scenario[] = [
  ...SCENARIOS,
  more('PFX', pfx),
  more('client secret, exported', ({ secret }) => ({ ...secret, 'export-secrets': 'true' })),
  more('managed identity of App Service', () => ({ 'auth-type': 'managed-identity' }), appServiceVariables),
];

const DEBUG = { RUNNER_DEBUG: '1', ACTIONS_STEP_DEBUG: 'true', ACTIONS_RUNNER_DEBUG: 'true' };

for (const scenario of ALL) {
  for (const outcome of ['works', 'is refused'] as const) {
    if (outcome === 'is refused' && scenario.proof === 'not-needed') continue;
    test(`${scenario.name} ${outcome}: each secret on the wire, on disk or in a variable is a mask before it shows`, async () => {
      const { job, inputs } = await scenario.job(world);
      using _ = job;
      world.simulator.clear();
      if (outcome === 'is refused') refuseLastRequest(scenario);
      const limits = { 'max-attempts': '1', 'timeout-seconds': outcome === 'works' ? '60' : '3' };
      const asked = { ...inputs, ...limits, 'job-summary': 'always' };
      const step = await job.step({ inputs: asked, env: { ...DEBUG, ...recording(job) } });
      assert.equal(step.result.exitCode, outcome === 'works' ? 0 : 1, step.result.log);
      const { masks, exported, outputs } = step.result;
      const found = [
        ...SECRET_INPUTS.flatMap((name) => inputs[name] ?? []),
        ...secretsIn(Object.values(inputs).join('\n')),
        ...secretsOnTheWire(),
        ...Object.values(filesBelow(job.temp, job.workspace)).flatMap(secretsIn),
        ...[exported, outputs].flatMap(secretsAmong),
      ];
      const secrets = [...new Set(found)].filter((secret) => secret.length > 1);
      assert.ok(secrets.length > 0);
      const lines = new Set(masks.flatMap((mask) => [mask, ...mask.split(/\r?\n/)]));
      const unmasked = secrets.filter((secret) => !lines.has(secret)).map((secret) => `${secret.slice(0, 30)}…`);
      assert.deepEqual(unmasked, [], 'no mask');
      // The profile folder, which only the job's user can enter, is where secrets may be.
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

/** With an answer that says little, as for the last request of a sign-in, or the first where that cannot be repeated. */
function refuseLastRequest({ proof }: Scenario): void {
  world.simulator.faults.add({
    path: /oauth2\/v2\.0\/token|\/metadata\/identity|\/msi\/token|^\/subscriptions(?:\/[^/]+)?$/,
    times: Number.POSITIVE_INFINITY,
    skip: proof === 'single-use' ? 0 : 1,
    fault: { kind: 'json', status: 400, body: { error: 'invalid_request', error_description: 'AADSTS900144: bad.' } },
  });
}

test('a user name that is a secret of the workflow stays as it is, in the log and in the summary', async () => {
  const { tenant } = world.contoso;
  for (const username of [`first_last~x#y+o'z@${tenant.domains[0]}`, `__o\`|*x*|@${tenant.domains[0]}`]) {
    for (const more of [{}, { 'tenant-id': tenant.id }]) {
      const inputs = { username, password: 'not the right one', ...more };
      const { errors, summary } = await world.refused(inputs, /./);
      assert.ok(errors[0]?.includes(username), errors[0]);
      assert.doesNotMatch(summary, /&#|&amp;/);
      // Within code, which Markdown leaves alone.
      const line = summary.split('\n').find((text) => text.includes(username)) ?? summary;
      assert.match(line.replaceAll('**', ''), /^(`+)(?!`).*[^`]\1$/);
    }
  }
});

/** What a step shows where a server refuses in these words. */
async function refusedInWords(
  words: string,
  inputs: Record<string, string>,
  asked: 'Entra ID' | 'Resource Manager' = 'Entra ID',
): Promise<StepResult> {
  world.simulator.clear();
  const body =
    asked === 'Entra ID'
      ? { error: 'invalid_client', error_description: words, error_codes: [7000215] }
      : { error: { code: 'Conflict', message: words } };
  const path = asked === 'Entra ID' ? /oauth2/ : /^\/subscriptions/;
  world.simulator.faults.add({ path, times: 9, fault: { kind: 'json', status: 409, body } });
  return world.refused({ ...inputs, 'job-summary': 'always' }, /./);
}

/** What is left of a secret when a text that repeats it is cut in its middle. */
function partsOf(secret: string): string[] {
  return [secret.slice(0, 12), secret.slice(-12)];
}

test('a text that repeats a secret is cut behind it, whatever form it has there', async () => {
  const repeated = [
    clientSecret,
    encodeURIComponent(clientSecret),
    Buffer.from(`${application.clientId}:${clientSecret}`).toString('base64'),
    [...clientSecret].join('\u200b'),
  ];
  for (const [asked, limit] of [
    ['Entra ID', 800],
    ['Resource Manager', 500],
  ] as const) {
    for (const form of repeated) {
      for (const before of [limit - 20, limit - 8]) {
        const words = `${'x'.repeat(before)} ${form} ${'y'.repeat(900)}`;
        const result = await refusedInWords(words, world.secret, asked);
        assertHidden([...partsOf(clientSecret), form.slice(-12)], result);
      }
    }
  }
});

/** Each encoder leaves other characters as they are. */
const ODD_SECRET = `pa+s's "wörd&<x>/tilde~!(*)`;
const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, '0');
const percent = encodeURIComponent(ODD_SECRET);
const REPEATED: Readonly<Record<string, string>> = {
  'percent-encoded, all that may be': percent.replaceAll(/[!'()*]/g, (each) => `%${hex(each).slice(2)}`),
  'percent-encoded, as in a form of .NET': percent.toLowerCase().replaceAll('%20', '+').replaceAll("'", '%27'),
  'percent-encoded twice': encodeURIComponent(percent),
  'JSON of .NET': ODD_SECRET.replaceAll(/[^\w !()*/~]/g, (each) => `\\u${hex(each).toUpperCase()}`),
  'JSON of PHP': JSON.stringify(ODD_SECRET).slice(1, -1).replaceAll('/', '\\/'),
  'JSON in JSON': JSON.stringify(JSON.stringify(ODD_SECRET)).slice(1, -1),
  'HTML by decimal numbers': ODD_SECRET.replaceAll(/[<>&'"ö]/g, (each) => `&#${each.charCodeAt(0)};`),
  'HTML by hexadecimal numbers': ODD_SECRET.replaceAll(/[<>&'"]/g, (each) => `&#x${hex(each)};`),
};

for (const [form, repeated] of Object.entries(REPEATED)) {
  test(`a secret that a server repeats is hidden: ${form}`, async () => {
    const words = `Invalid client secret ${repeated} is provided.`;
    const result = await refusedInWords(words, { ...world.identity, 'client-secret': ODD_SECRET });
    assert.match(result.errors[0] ?? '', /secret \S*\*\*\*\S* is provided/, result.log);
    assertHidden(['tilde'], result);
  });
}

test('an input, which may be a secret of the workflow, is shown whole or not at all', async () => {
  const { clientId } = application;
  const result = await refusedInWords(`${'x'.repeat(780)} ${clientId} ${'y'.repeat(100)}`, world.secret);
  assert.match(result.errors[0] ?? '', /xxx…$/m);
  assert.deepEqual(findSecrets([clientId.slice(0, 8)], { shown: shownBy(result).replaceAll(clientId, '') }), []);
});

test('names of subscriptions are foreign text in every line, warning and summary', async () => {
  const [production] = world.contoso.subscriptions;
  production.displayName = `a\u001b[31m\u202eb\u2066\r\nc ${'x'.repeat(94)} ${clientSecret}`;
  for (const inputs of [{ subscription: production.id }, {}]) {
    using job = world.newJob();
    await using step = await world.signedIn({ ...world.secret, ...inputs, 'job-summary': 'always' }, { job });
    const { log, summary, warnings } = step.result;
    assert.match([...warnings, log].join('\n'), /a \[31mb c x/);
    for (const text of [log, summary]) assert.doesNotMatch(text, /(?!\n)\p{Cc}|\p{Cf}/u);
    assertHidden(partsOf(clientSecret), step.result);
  }
});

test('an answer that repeats the assertion it was sent is quoted without it', async () => {
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
  const result = await world.refused(world.identity, /./);
  const issued = world.simulator.requests.flatMap(({ form }) => form.get('client_assertion') ?? []);
  assert.ok(issued.length > 0);
  const pieces = issued.flatMap((token) => [token, ...token.split('.').slice(0, 2)]);
  assertHidden(pieces, result);
});

test('the refresher has nothing of the step’s own secrets in its environment and its arguments, nor GitHub’s token', async () => {
  using job = world.newJob({ UNRELATED: 'unrelated' });
  const inputs = { ...world.identity, creds: '{"clientSecret":"hunter2hunter2"}' };
  await using _ = await world.signedIn(inputs, { job, env: recording(job) });
  const [refresher, ...others] = processesOf(job);
  assert.deepEqual(others, []);
  const names = refresher?.envPairs.map((pair) => pair.split('=')[0] ?? '') ?? assert.fail('no refresher');
  const foreign = names.filter((name) => /^(INPUT_|STATE_|GITHUB_|ACTIONS_|UNRELATED|NODE_OPTIONS)/.test(name));
  assert.deepEqual(foreign, []);
  assert.doesNotMatch(refresher?.args.join(' ') ?? '', /eyJ|azure-session-|hunter2|[\da-f]{8}-/);
});
