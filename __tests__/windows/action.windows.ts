/**
 * The built action on the Node of Windows: run by `npm run test:windows`, on the Windows side. Its temporary folder has a
 * blank and letters that are not ASCII, as that of many a user has.
 */
import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, test } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import type { ActionStep, Job, StepResult } from '../../simulator/job.ts';
import { isRunning, until, untilGone } from '../action/processes.ts';
import { assertRefused, openWorld } from '../action/world.ts';
import { type PreparedJob, SCENARIOS } from '../hardening/scenarios.ts';
import { schema2 } from '../publish-settings/documents.ts';

const temporary = join(tmpdir(), 'Jörg Müller');
mkdirSync(temporary, { recursive: true });
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

async function signedIn({ job, inputs }: PreparedJob): Promise<ActionStep> {
  const step = await job.step({ inputs });
  assert.deepEqual([step.result.exitCode, step.result.errors], [0, []], step.result.log);
  return step;
}

function assertSaysSignedOut(post: StepResult): void {
  assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
  assert.match(post.log, /^Signed out\.$/m);
}

function files({ temp, workspace, home }: Job): string[] {
  return [temp, workspace, home].flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }));
}

for (const { name, job } of SCENARIOS) {
  test(`${name}: signs in, and out`, async () => {
    const prepared = await job(world);
    const before = files(prepared.job);
    const step = await signedIn(prepared);
    assert.ok(existsSync(join(step.result.outputs['config-dir'] ?? '', 'azureProfile.json')));
    assertSaysSignedOut(await step.post());
    assert.deepEqual(files(prepared.job), before);
  });
}

test('a session is kept alive, until post ends what keeps it', async () => {
  const job = world.newJob();
  const step = await signedIn({ job, inputs: world.identity });
  const file = step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  const first = readFileSync(file, 'utf8');
  await until(() => readFileSync(file, 'utf8') !== first, 'the token is not renewed');
  const { agentPid } = JSON.parse(step.state['session'] ?? '{}') as { agentPid: number };
  assert.ok(isRunning(agentPid));
  assertSaysSignedOut(await step.post());
  await untilGone(agentPid);
  assert.deepEqual(readdirSync(job.temp), []);
});

test('two logins in one folder, one after the other and at once: each takes its own along', async () => {
  const job = world.newJob();
  const folder = join(job.workspace, 'profile');
  const first = { job, inputs: { ...world.secret, 'config-dir': 'profile' } };
  const second = { job, inputs: { ...world.identity, 'config-dir': 'profile' } };
  const inTurn = [await signedIn(first), await signedIn(second)] as const;
  assertSaysSignedOut(await inTurn[1].post());
  assert.ok(existsSync(folder));
  assertSaysSignedOut(await inTurn[0].post());
  assert.deepEqual(readdirSync(job.workspace), []);
  const atOnce = await Promise.all([first, second].map(signedIn));
  for (const post of await Promise.all(atOnce.map((step) => step.post()))) assertSaysSignedOut(post);
  assert.deepEqual(readdirSync(job.workspace), []);
});

const LONG = Array.from({ length: 5 }, (_, at) => `${at}${'x'.repeat(59)}`).join('\\');
for (const name of ['a b\\c d', 'ключ\\Ålesund', LONG, 'a/b']) {
  test(`config-dir ${name.length > 60 ? 'of 300 characters' : name}`, async () => {
    const job = world.newJob();
    for (const config of [name, `\\\\?\\${join(job.workspace, name)}`]) {
      const step = await signedIn({ job, inputs: { ...world.certificate, 'config-dir': config } });
      assertSaysSignedOut(await step.post());
      assert.deepEqual(readdirSync(job.workspace), [], config);
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
  ['file\\profile\\deeper', /no folder \(ENOTDIR\)/],
  ['file', /no folder/],
] as const) {
  test(`config-dir ${name} is refused before Azure is asked`, async () => {
    const job = world.newJob();
    writeFileSync(join(job.workspace, 'file'), '');
    assertRefused(await job.step({ inputs: { ...world.secret, 'config-dir': name } }), job, message);
    assert.deepEqual(world.asked, []);
    assert.deepEqual(readdirSync(job.workspace), ['file']);
  });
}

test('a file that is held open for a moment is waited for, in a sign-in and in post', async () => {
  const job = world.newJob();
  const first = await signedIn({ job, inputs: { ...world.secret, 'config-dir': 'profile' } });
  let release = held(join(job.workspace, 'profile', 'azureProfile.json'));
  setTimeout(release, 1500);
  const second = await signedIn({ job, inputs: { ...world.identity, 'config-dir': 'profile' } });
  assertSaysSignedOut(await second.post());
  release = held(join(job.workspace, 'profile', 'config'));
  setTimeout(release, 1500);
  assertSaysSignedOut(await first.post());
  assert.deepEqual(readdirSync(job.workspace), []);
});

test('a file that stays open is told, with its name; everything else is gone', async () => {
  const job = world.newJob();
  const step = await signedIn({ job, inputs: world.secret });
  const folder = step.result.outputs['config-dir'] ?? '';
  const release = held(join(folder, 'config'));
  const post = await step.post();
  assert.equal(post.exitCode, 0);
  assert.match(post.errors.join('\n'), /Another program has .*config open/);
  assert.doesNotMatch(post.log, /Signed out\.$/m);
  assert.deepEqual(readdirSync(folder), ['config']);
  release();
  assertSaysSignedOut(await step.post());
  assert.deepEqual(readdirSync(job.temp), []);
});

test('lines may end as those of Windows do', async () => {
  const job = world.newJob();
  const { 'client-certificate': pem = '', ...identity } = world.certificate;
  const inputs = {
    ...identity,
    'client-certificate': pem.replaceAll(/\r?\n/g, '\r\n'),
    'token-scopes': 'https://vault.azure.net\r\nhttps://graph.microsoft.com\r\n',
  };
  const step = await signedIn({ job, inputs });
  assertSaysSignedOut(await step.post());
});

test('the proxy of the job is used, in any case of letters', async () => {
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'Https_Proxy']) {
    const job = world.newJob();
    const { HTTPS_PROXY = '', ...others } = world.simulator.environment as Record<string, string>;
    for (const key of Object.keys(job.env).filter((each) => /^https_proxy$/i.test(each))) delete job.env[key];
    Object.assign(job.env, others, { [name]: HTTPS_PROXY || world.simulator.proxyUrl });
    const step = await signedIn({ job, inputs: world.secret });
    assertSaysSignedOut(await step.post());
  }
});

test('the publish settings file is deleted', async () => {
  const certificate = await createCertificate({ commonName: 'management' });
  const id = world.contoso.subscriptions[0]?.id ?? '';
  const job = world.newJob();
  const file = join(job.workspace, 'größe.publishsettings');
  writeFileSync(file, schema2({ id, name: 'Production', certificate: createPfx(certificate, '').toString('base64') }));
  const inputs = { mode: 'asm', 'publish-settings': file, 'delete-publish-settings': 'true' };
  const step = await signedIn({ job, inputs });
  assert.equal(existsSync(file), false);
  assert.doesNotMatch(step.result.warnings.join('\n'), /delete/i);
  assertSaysSignedOut(await step.post());
});

/** libuv's flag for a file that nobody else may have open meanwhile: neither be removed nor replaced. */
const UV_FS_O_EXLOCK = 0x10000000;

/** @returns what lets go of the file */
function held(path: string): () => void {
  const file = openSync(path, constants.O_RDONLY | UV_FS_O_EXLOCK);
  return () => closeSync(file);
}
