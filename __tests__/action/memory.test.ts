/** Sessions whose credential is in the memory of one process alone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { BY_METHOD } from '../hardening/scenarios.ts';
import { refreshersOf } from '../hardening/sweep.ts';
import { NEEDS } from '../needs.ts';
import { agentOf, until, untilNoAgent } from './processes.ts';
import { connectRequestOf, StandInPwsh } from './stand-in-pwsh.ts';
import { type Asked, askForToken, send, sendRaw } from './token-client.ts';
import { assertSignedOut, findSecrets, openWorld, World } from './world.ts';

const ARM = 'https://management.azure.com';
const VAULT = 'https://vault.azure.net';
const MEMORY = { 'credential-store': 'memory', subscription: 'Production' };

const world = await openWorld();

async function inMemory(job: Job, inputs: Record<string, string> = {}): Promise<ActionStep> {
  const step = await job.step({ inputs: { ...world.secret, ...MEMORY, ...inputs } });
  assert.equal(step.result.exitCode, 0, step.result.log);
  return step;
}

/** A job whose later steps have a session in memory. */
async function memoryJob(inputs: Record<string, string> = {}): Promise<Job> {
  const job = world.newJob();
  await inMemory(job, inputs);
  return job;
}

suite('after each way to sign in', () => {
  const unfit: readonly string[] = ['managed-identity', 'publish-settings'];
  for (const [method, scenario] of Object.entries(BY_METHOD).filter(([name]) => !unfit.includes(name))) {
    test(`${method}: later steps get tokens of the identity, and nothing that could sign in is on disk`, async () => {
      const { job, inputs } = await scenario.job(world);
      using _ = job;
      const before = { ...job.env };
      const step = await job.step({ inputs: { ...inputs, 'credential-store': 'memory' } });
      assert.equal(step.result.exitCode, 0, step.result.log);
      const tokens: string[] = [];
      for (const resource of [`${ARM}/`, VAULT]) {
        const { status, body } = await askForToken(job.env, resource);
        assert.equal(status, 200, JSON.stringify(body));
        assert.equal(body['resource'], resource);
        const token = body['access_token'] ?? '';
        assert.equal(ownerOf(token), step.result.outputs['principal-id']);
        tokens.push(token);
      }
      const refreshTokens = world.simulator.requests.flatMap(({ form }) => form.get('refresh_token') ?? []);
      const { clientSecret, password, certificate } = world.contoso;
      const key = certificate.privateKey.split('\n').slice(1, 3);
      const kept = [...tokens, ...refreshTokens, clientSecret, password, ...key];
      assert.deepEqual(findSecrets(kept, { ...textsBelow(job), ...processesOf(job) }), []);
      await assertSignedOut(step, job, before);
      await untilNoAgent(job);
    });
  }
});

suite('the protocols that clients speak', () => {
  let job: Job;
  let proof: Record<string, string>;
  before(async () => {
    job = await memoryJob();
    proof = { 'X-IDENTITY-HEADER': job.env['IDENTITY_HEADER'] ?? '' };
  });

  const RESOURCE = `?resource=${VAULT}`;
  const appService = (headers: Record<string, string>, query = '') =>
    send(`${job.env['IDENTITY_ENDPOINT']}${RESOURCE}${query}`, { headers });
  const metadata = ({ query = RESOURCE, slash = '/', ...asked }: Asked & { query?: string; slash?: string } = {}) =>
    send(`${job.env['MSI_ENDPOINT']?.replace('/azure-session', `${slash}azure-session`)}${query}`, {
      headers: { Metadata: 'true' },
      ...asked,
    });
  const form = (body: string) => metadata({ query: '', method: 'POST', body });

  const cases: Record<string, [expected: number, () => ReturnType<typeof send>]> = {
    'App Service, 2019': [200, () => askForToken(job.env, VAULT, { client_id: job.env['AZURE_CLIENT_ID'] ?? '' })],
    'App Service, by object id': [200, () => askForToken(job.env, VAULT, { principal_id: world.contoso.principalId })],
    'App Service, 2017, with a blank id': [
      200,
      () => appService({ secret: job.env['MSI_SECRET'] ?? '' }, '&api-version=2017-09-01&clientid='),
    ],
    'the form of az before 2.69': [200, () => form(`resource=${VAULT}`)],
    "the metadata service, with Java's two slashes": [200, () => metadata({ slash: '//' })],
    'an identity that is not the one of the session': [400, () => askForToken(job.env, VAULT, { client_id: 'other' })],
    'an identity by the id of a resource': [400, () => askForToken(job.env, VAULT, { mi_res_id: '/subscriptions/x' })],
    'no resource': [400, () => askForToken(job.env, '')],
    'a path that is none': [400, () => sent(job, `GET * HTTP/1.1\r\nX-IDENTITY-HEADER: ${job.env['IDENTITY_HEADER']}`)],
    'two slashes': [400, () => sent(job, `GET // HTTP/1.1\r\nX-IDENTITY-HEADER: ${job.env['IDENTITY_HEADER']}`)],
    'two scopes': [400, () => askForToken(job.env, `${VAULT}/.default openid`)],
    'a wrong secret': [401, () => askForToken({ ...job.env, IDENTITY_HEADER: 'x' }, VAULT)],
    'no secret': [401, () => appService({})],
    'a path without the header of the metadata service': [401, () => metadata({ headers: {} })],
    'a page in a browser': [403, () => appService({ ...proof, Origin: 'https://evil.example' })],
    'a script in a browser': [403, () => appService({ ...proof, 'Sec-Fetch-Mode': 'no-cors' })],
    'a name that resolves to this machine': [403, () => appService({ ...proof, Host: 'evil.example' })],
    'another method': [403, () => metadata({ method: 'PUT' })],
    'more than a request has': [400, () => form('x'.repeat(9000))],
  };
  for (const [name, [expected, ask]] of Object.entries(cases)) {
    test(`${name}: ${expected}`, async () => {
      const { status, headers, body } = await ask();
      assert.equal(status, expected, JSON.stringify(body));
      assert.equal(headers['cache-control'], 'no-store');
      if (expected === 200) {
        assert.equal(ownerOf(body['access_token'] ?? ''), world.contoso.principalId);
        assert.ok(Number(body['expires_on']) * 1000 > Date.now() && Number(body['expires_in']) > 600);
      } else {
        assert.deepEqual(Object.keys(body), ['error', 'error_description', 'message']);
      }
    });
  }

  test('what is no HTTP, or too long, is answered or closed, and the next client is served', async () => {
    const { env } = job;
    for (const octets of ['\x16\x03\x01 not HTTP\r\n\r\n', `GET / HTTP/1.1\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`]) {
      assert.match(await sendRaw(env, octets), /^HTTP\/1.1 4\d\d /);
    }
    assert.equal((await askForToken(env, VAULT)).status, 200);
  });

  test('at most so many connections wait, and none of them for long', async () => {
    const waiting = Array.from({ length: 40 }, () => sendRaw(job.env, 'GET /'));
    assert.equal((await askForToken(job.env, VAULT)).status, 200);
    assert.ok((await Promise.all(waiting)).every((answer) => answer === '' || answer.startsWith('HTTP/1.1 408')));
  });
});

suite('what Entra ID says', () => {
  test('a token is asked for once by many clients at one time, and kept', async () => {
    using job = await memoryJob();
    world.simulator.clear();
    const answers = await Promise.all(Array.from({ length: 20 }, () => askForToken(job.env, VAULT)));
    answers.push(await askForToken(job.env, VAULT));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(world.asked.length, 1);
  });

  test('the token of the sign-in serves az, which asks nobody for its first', async () => {
    using job = await memoryJob();
    world.simulator.clear();
    assert.equal((await askForToken(job.env, 'https://management.core.windows.net/')).status, 200);
    assert.deepEqual(world.asked, []);
  });

  test('a token that a service refused is not given again', async () => {
    using job = await memoryJob();
    const first = (await askForToken(job.env, VAULT)).body['access_token'] ?? '';
    const hash = createHash('sha256').update(first).digest('hex');
    const second = (await askForToken(job.env, VAULT, { token_sha256_to_refresh: hash })).body['access_token'];
    assert.notEqual(second, first);
    assert.equal((await askForToken(job.env, VAULT, { token_sha256_to_refresh: hash })).body['access_token'], second);
  });

  test('a refusal is one for the client, in the words of Entra ID', async () => {
    using job = await memoryJob();
    const { status, body } = await askForToken(job.env, 'https://nothing.example');
    assert.equal(status, 403);
    assert.match(body['message'] ?? '', /AADSTS500011/);
    assert.match(body['correlationId'] ?? '', /^[\da-f-]{36}$/);
  });

  test('a refusal in which Entra ID repeats the secret shows it in no form', async () => {
    using job = await memoryJob();
    const { clientSecret } = world.contoso;
    const forms = [clientSecret, encodeURIComponent(`${clientSecret}+`), btoa(clientSecret)];
    const body = { error: 'invalid_client', error_description: `AADSTS7000215: Wrong: ${forms.join(', ')}` };
    world.simulator.faults.add({ path: /oauth2/, fault: { kind: 'json', status: 401, body } });
    const answer = await askForToken(job.env, VAULT);
    assert.equal(answer.status, 403);
    assert.match(answer.body['message'] ?? '', /Wrong: \*\*\*/);
    assert.deepEqual(
      findSecrets([clientSecret, btoa(clientSecret).slice(0, 40)], { answer: JSON.stringify(answer) }),
      [],
    );
  });

  test('trouble that passes is put up with; what lasts is for the client to try again', async () => {
    using job = await memoryJob();
    world.simulator.faults.add({ path: /oauth2/, times: 2, fault: { kind: 'reset' } });
    assert.equal((await askForToken(job.env, VAULT)).status, 200);
    const fault = { kind: 'status', status: 503, headers: { 'Retry-After': '3600' } } as const;
    world.simulator.faults.add({ path: /oauth2/, fault });
    const { status, headers, body } = await askForToken(job.env, 'https://graph.microsoft.com');
    assert.deepEqual([status, headers['retry-after'], body['error']], [503, '1', 'temporarily_unavailable']);
    assert.equal((await askForToken(job.env, 'https://graph.microsoft.com')).status, 200);
  });

  test('a token that is still good is given where there is no new one', async () => {
    await using short = await World.start();
    short.simulator.entra.accessTokenLifetimeSeconds = 400;
    using job = short.newJob();
    const { result } = await job.step({ inputs: { ...short.secret, ...MEMORY } });
    assert.equal(result.exitCode, 0, result.log);
    short.simulator.clear();
    await askForToken(job.env, 'https://management.core.windows.net/');
    const first = await askForToken(job.env, 'https://management.core.windows.net/');
    // With less than ten minutes left, each was fetched anew.
    assert.equal(short.asked.length, 2);
    const fault = { kind: 'status', status: 503, headers: { 'Retry-After': '3600' } } as const;
    short.simulator.faults.add({ path: /oauth2/, times: 9, fault });
    const second = await askForToken(job.env, 'https://management.core.windows.net/');
    assert.deepEqual([second.status, second.body['access_token']], [200, first.body['access_token']]);
    short.simulator.faults.clear();
    short.simulator.faults.add({ path: /oauth2/, times: 2, fault: { kind: 'hang' } });
    const unanswered = askForToken(job.env, VAULT);
    const asked = performance.now();
    const third = await askForToken(job.env, 'https://management.core.windows.net/');
    assert.equal(third.body['access_token'], first.body['access_token']);
    // The agent itself gives Entra ID 20 s.
    assert.ok(performance.now() - asked < 12_000, 'a client waited for what it has no need of');
    const { status, body } = await unanswered;
    assert.equal(status, 503);
    assert.match(
      body['message'] ?? '',
      /^The session could not get a token within 20 seconds\. The token request to Entra ID was still in progress/,
    );
  });
});

test('token-audiences: tokens for these resources alone, in either spelling', async () => {
  using job = await memoryJob({ 'token-audiences': 'arm\nhttps://Vault.azure.net/' });
  for (const resource of [ARM, `${ARM}/`, 'https://management.core.windows.net/', VAULT]) {
    assert.equal((await askForToken(job.env, resource)).status, 200, resource);
  }
  const { status, body } = await askForToken(job.env, 'https://graph.microsoft.com');
  assert.equal(status, 403);
  assert.match(body['message'] ?? '', /no tokens for https:\/\/graph\.microsoft\.com: .* token-audiences/);
});

test('post says what was handed out, and to which clients; the job summary has a table of it', async () => {
  using job = world.newJob();
  const step = await inMemory(job, { 'job-summary': 'always' });
  const url = `${job.env['IDENTITY_ENDPOINT']}?resource=${VAULT}`;
  const headers = { 'X-IDENTITY-HEADER': job.env['IDENTITY_HEADER'] ?? '' };
  for (const agent of ['azsdk-go-azidentity/1.15.0', 'azsdk-go-azidentity/1.15.0', 'python-requests/2.32']) {
    await send(url, { headers: { ...headers, 'User-Agent': agent } });
  }
  await askForToken({ ...job.env, IDENTITY_HEADER: 'x' }, VAULT);
  const { log, summary } = await step.post();
  assert.match(
    log,
    /^Later steps got tokens: 3 for https:\/\/vault\.azure\.net \(Go 2, az 1\)\. Refused: The request does not contain the secret of the session \(1\)\./m,
  );
  assert.match(summary, /\| `https:\/\/vault\.azure\.net` \| `Go` \| 2 \|/);
  assert.match(summary, /- refused: `The request does not contain the secret of the session\.` \(1\)/);
});

test('a job summary that cannot be written fails no sign-out', async () => {
  using job = world.newJob();
  const step = await inMemory(job, { 'job-summary': 'always' });
  const summary = join(job.folder, 'summary');
  mkdirSync(summary);
  const post = await step.post({ GITHUB_STEP_SUMMARY: summary });
  assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
  assert.match(post.warnings.join('\n'), /job summary could not be written/);
  assert.match(post.log, /^Signed out\.$/m);
});

test('what a step wrote into the account of a session does no harm', async () => {
  for (const text of [
    '',
    '[]',
    '{"issued":[{"resource":"::error::x","client":"\\n::error::y","count":-1}],"refused":{}}',
  ]) {
    using job = world.newJob();
    const step = await inMemory(job, { 'job-summary': 'always' });
    process.kill(agentOf(step), 'SIGKILL');
    await untilNoAgent(job);
    writeFileSync(join(step.result.outputs['config-dir'] ?? '', 'token-usage.json'), text);
    const post = await step.post();
    assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
  }
});

suite('several logins', () => {
  test('clients of the first folder are served by the first login, through the endpoint of the second', async () => {
    using job = world.newJob();
    const before = { ...job.env };
    const first = await inMemory(job);
    const { userPrincipalName, objectId } = world.contoso.user;
    const user = {
      username: userPrincipalName,
      password: world.contoso.password,
      'tenant-id': world.contoso.tenant.id,
    };
    const second = await job.step({ inputs: { ...user, ...MEMORY } });
    assert.equal(second.result.exitCode, 0, second.result.log);
    assert.equal(ownerOf((await askForToken(job.env, VAULT)).body['access_token'] ?? ''), objectId);
    const ofFirst = await askForToken(job.env, VAULT, { object_id: world.contoso.principalId });
    assert.equal(ownerOf(ofFirst.body['access_token'] ?? ''), world.contoso.principalId);
    const refused = await askForToken(job.env, 'https://nothing.example', { object_id: world.contoso.principalId });
    assert.deepEqual([refused.status, /AADSTS500011/.test(refused.body['message'] ?? '')], [403, true]);
    await second.post();
    assert.equal(ownerOf((await askForToken(job.env, VAULT)).body['access_token'] ?? ''), world.contoso.principalId);
    await assertSignedOut(first, job, before);
    await untilNoAgent(job);
  });

  test('in one folder each account is served by its login', async () => {
    using job = await memoryJob({ 'config-dir': 'profile' });
    const second = await inMemory(job, { 'config-dir': 'profile', subscription: 'Development' });
    assert.equal((await askForToken(job.env, VAULT)).status, 200);
    assert.deepEqual((await second.post()).errors, []);
    assert.equal((await askForToken(job.env, VAULT)).status, 200);
  });

  test('a later login in files leaves the endpoint of a living session alone', async () => {
    using job = await memoryJob();
    const endpoint = job.env['IDENTITY_ENDPOINT'];
    const later = await job.step({ inputs: world.identity });
    assert.equal(later.result.exitCode, 0, later.result.log);
    assert.equal(job.env['IDENTITY_ENDPOINT'], endpoint);
    await later.post();
    assert.equal((await askForToken(job.env, VAULT)).status, 200);
  });

  for (const machine of ['imds', 'appService'] as const) {
    test(`the identity of the machine is asked from ${machine}, past the endpoints of earlier sessions`, async () => {
      using job = world.newJob(world.simulator.managedIdentity[`${machine}Variables`]);
      await inMemory(job);
      await inMemory(job);
      const later = await job.step({ inputs: { 'auth-type': 'managed-identity', subscription: 'Production' } });
      assert.equal(later.result.exitCode, 0, later.result.log);
      assert.equal(later.result.outputs['principal-id'], world.contoso.systemIdentity.objectId);
      assert.match(later.result.warnings.join('\n'), /credential-store: memory.* get the identity of that sign-in/);
    });
  }
});

test('a sign-out before the last step ends the process, and gives the endpoint of an earlier login back', async () => {
  using job = world.newJob();
  const before = { ...job.env };
  const first = await inMemory(job);
  const endpoint = job.env['IDENTITY_ENDPOINT'] ?? '';
  const secret = job.env['IDENTITY_HEADER'] ?? '';
  const second = await inMemory(job);
  const record = read(join(second.result.outputs['config-dir'] ?? '', 'signed-in.json'));
  assert.match(record, /"IDENTITY_HEADER"/);
  assert.deepEqual(findSecrets([secret], { record }), []);
  assert.equal((await askForToken(job.env, VAULT)).status, 200);
  const result = await job.logOut();
  assert.deepEqual([result.exitCode, result.errors], [0, []], result.log);
  assert.match(result.log, /Later steps got tokens: 1 for https:\/\/vault\.azure\.net/);
  assert.equal(job.env['IDENTITY_ENDPOINT'], endpoint);
  assert.equal((await askForToken(job.env, VAULT)).status, 200);
  await job.logOut();
  await untilNoAgent(job);
  // On Windows and macOS it ends by itself, some seconds after its session.
  const asking = async (): Promise<never> => {
    for (;;) await fetch(endpoint).then(() => pause(100));
  };
  await assert.rejects(asking(), /fetch failed/);
  for (const step of [second, first]) assert.match((await step.post()).log, /Signed out already/);
  await assertSignedOut(first, job, before);
});

test('where a proxy is set, loopback is exempt from it in both spellings, until the last login ends', async () => {
  // To Windows, both are one variable.
  const other = process.platform === 'win32' ? 'intranet.example' : '';
  for (const [no_proxy, NO_PROXY, exempt] of [
    ['intranet.example', other, 'intranet.example,127.0.0.1'],
    ['', '', '127.0.0.1'],
  ] as const) {
    using job = world.newJob({ no_proxy, NO_PROXY });
    for (const step of [await inMemory(job), await inMemory(job)]) {
      assert.deepEqual([job.env['no_proxy'], job.env['NO_PROXY']], [exempt, exempt]);
      await step.post();
    }
    assert.deepEqual([job.env['no_proxy'], job.env['NO_PROXY']], [no_proxy, no_proxy]);
  }
});

test('Terraform has the endpoint in its own variable', async () => {
  using job = world.newJob();
  const step = await inMemory(job, { 'export-env': 'azure, terraform' });
  assert.equal(job.env['ARM_USE_MSI'], 'true');
  const { status } = await send(`${job.env['ARM_MSI_ENDPOINT']}?resource=${VAULT}`, { headers: { Metadata: 'true' } });
  assert.equal(status, 200);
  assert.ok(step.result.masks.includes(job.env['MSI_SECRET'] ?? 'none'));
});

test('PowerShell is connected by the identity that the endpoint has', { skip: NEEDS.scripts }, async () => {
  using job = world.newJob();
  const pwsh = new StandInPwsh(job);
  Object.assign(job.env, pwsh.env);
  const step = await inMemory(job, { 'enable-AzPSSession': 'true' });
  const call = pwsh.calls[0] ?? assert.fail('PowerShell was not started');
  const { Identity, AccountId } = connectRequestOf(call).parameters;
  assert.deepEqual([Identity, AccountId], [true, world.contoso.application.clientId]);
  assert.equal(call.env['IDENTITY_ENDPOINT'], job.env['IDENTITY_ENDPOINT']);
  assert.deepEqual(findSecrets([world.contoso.clientSecret], { call: JSON.stringify(call) }), []);
  await step.post();
});

suite('the end of the process', () => {
  test('with its folder', async () => {
    using job = world.newJob();
    const step = await inMemory(job);
    rmSync(step.result.outputs['config-dir'] ?? '', { recursive: true, maxRetries: 5 });
    await untilNoAgent(job);
  });

  test('before its time: post says so, once', async () => {
    using job = world.newJob();
    const step = await inMemory(job);
    process.kill(agentOf(step), 'SIGKILL');
    await untilNoAgent(job);
    const post = await step.post();
    assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
    assert.match(post.warnings.join('\n'), /something killed the background process that had its credential in memory/);
    assert.deepEqual((await step.post()).warnings, []);
  });

  test('with its session when it cannot be told, and leaves nothing in a folder that others share', {
    skip: process.platform === 'linux' ? false : 'no proof of which process it is',
  }, async () => {
    using job = world.newJob();
    const shared = { 'config-dir': join(job.folder, 'profile') };
    const other = await job.step({ inputs: { ...world.certificate, ...shared } });
    const step = await inMemory(job, shared);
    process.kill(agentOf(step), 'SIGSTOP');
    const post = await step.post();
    assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
    await untilNoAgent(job);
    await other.post();
    assert.equal(existsSync(shared['config-dir']), false);
  });

  test('with its session, whose counts it then writes nowhere', {
    skip: process.platform === 'linux' ? false : 'there it ends later',
  }, async () => {
    using job = world.newJob();
    const shared = { 'config-dir': join(job.folder, 'profile') };
    await job.step({ inputs: { ...world.certificate, ...shared } });
    const step = await inMemory(job, shared);
    const pid = agentOf(step);
    process.kill(pid, 'SIGSTOP');
    // Without proof of which process it is, as on Windows and macOS, post lets it run.
    step.state = {
      session: (step.state['session'] ?? '').replace(/"agentStarted":"\d+"/, '"agentStarted":""'),
    };
    await step.post();
    process.kill(pid, 'SIGCONT');
    process.kill(pid, 'SIGTERM');
    await untilNoAgent(job);
    assert.deepEqual(
      readdirSync(shared['config-dir']).filter((name) => name.startsWith('token-usage')),
      [],
    );
  });

  test('with a sign-in that fails after it has begun', async () => {
    using job = world.newJob();
    const inputs = { ...world.secret, ...MEMORY, 'enable-AzPSSession': 'true' };
    const { result } = await job.step({ inputs, env: { PATH: '/nonexistent' } });
    assert.notEqual(result.exitCode, 0);
    await untilNoAgent(job);
    assert.deepEqual(readdirSync(job.temp), []);
  });

  test('which has no variable of the job but what it needs to reach servers, and no argument but its duty', {
    skip: NEEDS.proc,
  }, async () => {
    using job = world.newJob({ RUNNER_TRACKING_ID: 'github_1', HTTP_PROXY: '', GITHUB_TOKEN: 'x' });
    const step = await inMemory(job);
    const read = (file: string): string[] => readFileSync(`/proc/${agentOf(step)}/${file}`, 'utf8').split('\0');
    const names = read('environ').map((variable) => variable.split('=')[0] ?? '');
    const needed =
      /^(RUNNER_(TEMP|TRACKING_ID)|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|LD_LIBRARY_PATH|)$/i;
    assert.deepEqual(
      names.filter((name) => !needed.test(name)),
      [],
    );
    const [, ...args] = read('cmdline');
    assert.deepEqual(
      args.filter((argument) => !/^(--[a-z0-9=-]+|.*[/]dist[/]agent[/]index\.js|tokens|)$/.test(argument)),
      [],
    );
  });

  test('no core dump has any of its memory', {
    skip: process.platform === 'linux' ? false : 'no such filter',
  }, async () => {
    using job = world.newJob();
    const step = await inMemory(job);
    // By then it has read its plan.
    assert.equal((await askForToken(job.env, VAULT)).status, 200);
    assert.match(readFileSync(`/proc/${agentOf(step)}/coredump_filter`, 'utf8'), /^0+\n$/);
  });
});

test('the process takes at most 12 MB more than an empty Node process that listens', { skip: NEEDS.proc }, async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: { ...world.identity, ...MEMORY } });
  assert.equal((await askForToken(job.env, VAULT)).status, 200);
  const script = "require('node:net').createServer().listen(0, '127.0.0.1')";
  const empty = spawn(process.execPath, ['-e', script], { stdio: 'ignore', env: {} });
  const resident = (pid = 0): number =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  try {
    // It releases memory a second after a response.
    await until(() => resident(agentOf(step)) < resident(empty.pid) + 12, 'the process is larger');
  } finally {
    empty.kill();
  }
  await step.post();
});

/** As no client of ours would write it. */
async function sent(job: Job, head: string): ReturnType<typeof send> {
  const { host } = new URL(job.env['IDENTITY_ENDPOINT'] ?? '');
  const answer = await sendRaw(job.env, `${head}\r\nHost: ${host}\r\n\r\n`);
  const [lines = '', body = '{}'] = answer.split('\r\n\r\n');
  const headers = Object.fromEntries(lines.split('\r\n').map((line) => line.toLowerCase().split(': ')));
  return { status: Number(lines.split(' ')[1]), headers, body: JSON.parse(body) };
}

function ownerOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() || '{}') as { oid?: string };
  return claims.oid ?? 'nobody';
}

function textsBelow({ folder }: Job): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => join(parentPath, name)).map((file) => [file, read(file)]),
  );
}

/** A file that is written meanwhile gets its name once it is whole. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Arguments and environment of the processes that the job has left behind. */
function processesOf(job: Job): Record<string, string> {
  if (process.platform !== 'linux') return {};
  const files = refreshersOf(job).flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]);
  assert.ok(files.length > 0);
  return Object.fromEntries(files.map((file) => [file, readFileSync(file, 'latin1')]));
}
