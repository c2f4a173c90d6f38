/**
 * The built action on Node for Windows, run by `npm run test:windows`. The temporary folder has a blank and letters that
 * are not ASCII, as many users' folders have.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, test } from 'node:test';
import type { ActionStep, Job, StepResult } from '../../simulator/job.ts';
import { agentPid, isRunning, waitForExit, waitUntil } from '../action/processes.ts';
import { assertFailed, configDir, openWorld } from '../action/world.ts';
import { type PreparedJob, SCENARIOS } from '../hardening/scenarios.ts';

const temporary = join(tmpdir(), 'Jörg Müller');
fs.mkdirSync(temporary, { recursive: true });
process.env['TEMP'] = temporary;
process.env['TMP'] = temporary;

const world = await openWorld();
before(() => {
  world.simulator.github.idTokenLifetimeSeconds = 6;
});
afterEach(() => {
  assert.deepEqual(world.simulator.escaped, []);
  world.simulator.clear();
});

async function signIn({ job, inputs }: PreparedJob): Promise<ActionStep> {
  const step = await job.step({ inputs });
  assert.deepEqual([step.result.exitCode, step.result.errors], [0, []], step.result.log);
  return step;
}

function assertSignedOut(post: StepResult): void {
  assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
  assert.match(post.log, /^Signed out\.$/m);
}

function files({ temp, workspace, home }: Job): string[] {
  return [temp, workspace, home].flatMap((folder) => fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }));
}

for (const { name, job } of SCENARIOS) {
  test(`${name}: signs in, and out`, async () => {
    const prepared = await job(world);
    const before = files(prepared.job);
    const step = await signIn(prepared);
    assert.ok(fs.existsSync(join(configDir(step), 'azureProfile.json')));
    assertSignedOut(await step.post());
    assert.deepEqual(files(prepared.job), before);
  });
}

test('the agent renews the token until post ends the agent', async () => {
  const job = world.newJob();
  const step = await signIn({ job, inputs: world.identity });
  const file = step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  const first = fs.readFileSync(file, 'utf8');
  await waitUntil(() => fs.readFileSync(file, 'utf8') !== first, 'the token is not renewed');
  const pid = agentPid(step);
  assert.ok(isRunning(pid));
  assertSignedOut(await step.post());
  await waitForExit(pid);
  assert.deepEqual(fs.readdirSync(job.temp), []);
});

test('each of two logins in one folder, sequential or concurrent, removes only its own entries', async () => {
  const job = world.newJob();
  const folder = join(job.workspace, 'profile');
  const first = { job, inputs: { ...world.secret, 'config-dir': 'profile' } };
  const second = { job, inputs: { ...world.identity, 'config-dir': 'profile' } };
  const sequential = [await signIn(first), await signIn(second)] as const;
  assertSignedOut(await sequential[1].post());
  assert.ok(fs.existsSync(folder));
  assertSignedOut(await sequential[0].post());
  assert.deepEqual(fs.readdirSync(job.workspace), []);
  const concurrent = await Promise.all([first, second].map(signIn));
  for (const post of await Promise.all(concurrent.map((step) => step.post()))) assertSignedOut(post);
  assert.deepEqual(fs.readdirSync(job.workspace), []);
});

const LONG = Array.from({ length: 5 }, (_, at) => `${at}${'x'.repeat(59)}`).join('\\');
for (const name of ['a b\\c d', 'ключ\\Ålesund', LONG, 'a/b']) {
  test(`config-dir ${name.length > 60 ? 'of 300 characters' : name}`, async () => {
    const job = world.newJob();
    for (const config of [name, `\\\\?\\${join(job.workspace, name)}`]) {
      const step = await signIn({ job, inputs: { ...world.certificate, 'config-dir': config } });
      assertSignedOut(await step.post());
      assert.deepEqual(fs.readdirSync(job.workspace), [], config);
    }
  });
}

for (const [name, message] of [
  ['azure.', /contains the name "azure\.", which other programs on Windows cannot open/],
  ['a \\b', /contains the name "a "/],
  ['CON', /"CON"/],
  ['nul.json', /"nul\.json"/],
  ['a:b', /names a drive without|"a:b"/],
  ['dir\\a:b', /"a:b"/],
  ['C:azure', /names a drive without a folder on it/],
  ['file\\profile\\deeper', /not a folder \(ENOTDIR\)/],
  ['file', /not a folder/],
] as const) {
  test(`config-dir ${name} is an error before any request`, async () => {
    const job = world.newJob();
    fs.writeFileSync(join(job.workspace, 'file'), '');
    assertFailed(await job.step({ inputs: { ...world.secret, 'config-dir': name } }), job, message);
    assert.deepEqual(world.requestLines, []);
    assert.deepEqual(fs.readdirSync(job.workspace), ['file']);
  });
}

test('a sign-in and post wait for a file that another program has open for a moment', async () => {
  const job = world.newJob();
  const first = await signIn({ job, inputs: { ...world.secret, 'config-dir': 'profile' } });
  let release = openExclusively(join(job.workspace, 'profile', 'azureProfile.json'));
  setTimeout(release, 1500);
  const second = await signIn({ job, inputs: { ...world.identity, 'config-dir': 'profile' } });
  assertSignedOut(await second.post());
  release = openExclusively(join(job.workspace, 'profile', 'config'));
  setTimeout(release, 1500);
  assertSignedOut(await first.post());
  assert.deepEqual(fs.readdirSync(job.workspace), []);
});

test('post names a file that stays open, and removes all but what identifies the session', async () => {
  const job = world.newJob();
  const step = await signIn({ job, inputs: world.secret });
  const folder = configDir(step);
  const release = openExclusively(join(folder, 'config'));
  const post = await step.post();
  assert.equal(post.exitCode, 0);
  assert.match(post.errors.join('\n'), /Another program has .*config open/);
  assert.doesNotMatch(post.log, /Signed out\.$/m);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['azure-session.json', 'config', 'signed-in.json']);
  release();
  assertSignedOut(await step.post());
  assert.deepEqual(fs.readdirSync(job.temp), []);
});

test('inputs may have the line ends of Windows', async () => {
  const job = world.newJob();
  const { 'client-certificate': pem = '', ...identity } = world.certificate;
  const inputs = {
    ...identity,
    'client-certificate': pem.replaceAll(/\r?\n/g, '\r\n'),
    'token-scopes': 'https://vault.azure.net\r\nhttps://graph.microsoft.com\r\n',
  };
  const step = await signIn({ job, inputs });
  assertSignedOut(await step.post());
});

test('the proxy variable works in any letter case', async () => {
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'Https_Proxy']) {
    const job = world.newJob();
    const { HTTPS_PROXY = '', ...others } = world.simulator.environment as Record<string, string>;
    for (const key of Object.keys(job.env).filter((each) => /^https_proxy$/i.test(each))) delete job.env[key];
    Object.assign(job.env, others, { [name]: HTTPS_PROXY || world.simulator.proxyUrl });
    const step = await signIn({ job, inputs: world.secret });
    assertSignedOut(await step.post());
  }
});

/** The flag of libuv for exclusive access, which prevents removal and replacement. */
const UV_FS_O_EXLOCK = 0x10000000;

/** @returns a function that closes the file */
function openExclusively(path: string): () => void {
  const file = fs.openSync(path, fs.constants.O_RDONLY | UV_FS_O_EXLOCK);
  return () => fs.closeSync(file);
}
