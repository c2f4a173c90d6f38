/** Sessions whose credential exists only in the memory of one process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { claimsOf } from '../../src/core/jwt.ts';
import { wrapperGone } from '../hardening/agent-sweep.ts';
import { BY_METHOD } from '../hardening/scenarios.ts';
import { NEEDS } from '../needs.ts';
import { agentPid, agentPids, killAgent, signalAgent, waitForExit, waitForNoAgent, waitUntil } from './processes.ts';
import { requestOf, StandInPwsh } from './stand-in-pwsh.ts';
import { type EndpointResponse, type RequestOptions, requestToken, send, sendRaw } from './token-client.ts';
import { assertSignedOut, configDir, filesBelow, findSecrets, openWorld, type Variables, World } from './world.ts';

const ARM = 'https://management.azure.com';
const AZ_ARM = 'https://management.core.windows.net/';
const GRAPH = 'https://graph.microsoft.com';
const VAULT = 'https://vault.azure.net';
const MEMORY = { 'credential-store': 'memory', subscription: 'Production' };

const world = await openWorld();
const { faults } = world.simulator;

function signIn(inputs: Variables = {}, job = world.newJob()): Promise<ActionStep> {
  return world.signIn({ ...world.secret, ...MEMORY, ...inputs }, { job });
}

function secretOf({ env }: Job): string {
  return env['IDENTITY_HEADER'] ?? '';
}

async function jobWithSession(inputs: Variables = {}): Promise<Job> {
  return (await signIn(inputs)).job;
}

/** Asserts that the endpoint responds with HTTP 403. */
async function assertRefused(job: Job, resource: string, message: RegExp, fields = {}): Promise<EndpointResponse> {
  const response = await requestToken(job.env, resource, fields);
  assert.equal(response.status, 403);
  assert.match(response.body['message'] ?? '', message);
  return response;
}

/** Asserts that the endpoint issues a token. @returns the token and the object id of its owner */
async function issuedToken(job: Job, resource = VAULT, fields = {}): Promise<{ token: string; owner: unknown }> {
  const { status, body } = await requestToken(job.env, resource, fields);
  assert.equal(status, 200, JSON.stringify(body));
  const { access_token: token = '' } = body;
  return { token, owner: claimsOf(token)?.['oid'] };
}

suite('a session of each method', () => {
  const excluded: readonly string[] = ['managed-identity', 'publish-settings'];
  for (const [method, scenario] of Object.entries(BY_METHOD).filter(([name]) => !excluded.includes(name))) {
    test(`${method}: later steps get tokens of the identity, and no credential is on disk`, async () => {
      const { job, inputs } = await scenario.job(world);
      using _ = job;
      const before = { ...job.env };
      const step = await world.signIn({ ...inputs, 'credential-store': 'memory' }, { job });
      const issued = [await issuedToken(job, `${ARM}/`), await issuedToken(job)];
      for (const { owner } of issued) assert.equal(owner, step.result.outputs['principal-id']);
      const refreshTokens = world.simulator.requests.flatMap(({ form }) => form.get('refresh_token') ?? []);
      const { clientSecret, password, certificate } = world.contoso;
      const key = certificate.privateKey.split('\n').slice(1, 3);
      const secrets = [...issued.map(({ token }) => token), ...refreshTokens, clientSecret, password, ...key];
      assert.deepEqual(findSecrets(secrets, { ...filesBelow(job.folder), ...processesOf(job) }), []);
      await assertSignedOut(step, job, before);
      await waitForNoAgent(job);
    });
  }
});

suite('the endpoint', () => {
  let job: Job;
  let secretHeader: Variables;
  before(async () => {
    job = await jobWithSession();
    secretHeader = { 'X-IDENTITY-HEADER': secretOf(job) };
  });

  const RESOURCE = `?resource=${VAULT}`;
  const appService = (headers: Variables, query = '') =>
    send(`${job.env['IDENTITY_ENDPOINT']}${RESOURCE}${query}`, { headers });
  const metadata = (options: RequestOptions = {}, query = RESOURCE, slash = '/') => {
    const url = `${job.env['MSI_ENDPOINT']?.replace('/azure-session', `${slash}azure-session`)}${query}`;
    return send(url, { headers: { Metadata: 'true' }, ...options });
  };
  const form = (body: string) => metadata({ method: 'POST', body }, '');
  const vault = (fields: Variables, env = {}) => requestToken({ ...job.env, ...env }, VAULT, fields);

  const earlier = '&api-version=2017-09-01&clientid=';
  const cases: Record<string, [expected: number, () => Promise<EndpointResponse>]> = {
    'App Service, 2019': [200, () => vault({ client_id: job.env['AZURE_CLIENT_ID'] ?? '' })],
    'App Service, by object id': [200, () => vault({ principal_id: world.contoso.principalId })],
    'App Service, 2017, with a blank client id': [
      200,
      () => appService({ secret: job.env['MSI_SECRET'] ?? '' }, earlier),
    ],
    'the form of az before 2.69': [200, () => form(`resource=${VAULT}`)],
    'the metadata service, with two slashes as Java sends': [200, () => metadata({}, RESOURCE, '//')],
    'the client id of another identity': [400, () => vault({ client_id: 'other' })],
    'the resource id of an identity': [400, () => vault({ mi_res_id: '/subscriptions/x' })],
    'no resource': [400, () => requestToken(job.env, '')],
    'an invalid path': [400, () => sendHead('GET *')],
    'a path of two slashes': [400, () => sendHead('GET //')],
    'two scopes': [400, () => requestToken(job.env, `${VAULT}/.default openid`)],
    'a wrong secret': [401, () => vault({}, { IDENTITY_HEADER: 'x' })],
    'no secret': [401, () => appService({})],
    'the metadata service without its header': [401, () => metadata({ headers: {} })],
    'a page in a browser': [403, () => appService({ ...secretHeader, Origin: 'https://evil.example' })],
    'a script in a browser': [403, () => appService({ ...secretHeader, 'Sec-Fetch-Mode': 'no-cors' })],
    'a host name that resolves to this machine': [403, () => appService({ ...secretHeader, Host: 'evil.example' })],
    'the method PUT': [403, () => metadata({ method: 'PUT' })],
    'a body that is too large': [400, () => form('x'.repeat(9000))],
  };
  for (const [name, [expected, sendRequest]] of Object.entries(cases)) {
    test(`${name}: ${expected}`, async () => {
      const { status, headers, body } = await sendRequest();
      assert.equal(status, expected, JSON.stringify(body));
      assert.equal(headers['cache-control'], 'no-store');
      if (expected === 200) {
        assert.equal(claimsOf(body['access_token'] ?? '')?.['oid'], world.contoso.principalId);
        assert.ok(Number(body['expires_on']) * 1000 > Date.now() && Number(body['expires_in']) > 600);
      } else {
        assert.deepEqual(Object.keys(body), ['error', 'error_description', 'message']);
      }
    });
  }

  /** Sends a request line that no HTTP client accepts. */
  async function sendHead(line: string): Promise<EndpointResponse> {
    const { host } = new URL(job.env['IDENTITY_ENDPOINT'] ?? '');
    const head = [`${line} HTTP/1.1`, `X-IDENTITY-HEADER: ${secretOf(job)}`, `Host: ${host}`];
    const [lines = '', body = '{}'] = (await sendRaw(job.env, `${head.join('\r\n')}\r\n\r\n`)).split('\r\n\r\n');
    const headers = Object.fromEntries(lines.split('\r\n').map((each) => each.toLowerCase().split(': ')));
    return { status: Number(lines.split(' ')[1]), headers, body: JSON.parse(body) };
  }

  test('input that is not HTTP or too long gets a 4xx response, and the next client gets a token', async () => {
    for (const octets of ['\x16\x03\x01 not HTTP\r\n\r\n', `GET / HTTP/1.1\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`]) {
      assert.match(await sendRaw(job.env, octets), /^HTTP\/1.1 4\d\d /);
    }
    await issuedToken(job);
  });

  test('40 incomplete requests do not block a client, and are closed', async () => {
    const incomplete = Array.from({ length: 40 }, () => sendRaw(job.env, 'GET /'));
    await issuedToken(job);
    assert.ok((await Promise.all(incomplete)).every((text) => text === '' || text.startsWith('HTTP/1.1 408')));
  });
});

suite('requests to Entra ID', () => {
  const unavailable = { kind: 'status', status: 503, headers: { 'Retry-After': '3600' } } as const;

  test('20 concurrent clients share one request, whose token is cached', async () => {
    using job = await jobWithSession();
    world.simulator.clear();
    await Promise.all(Array.from({ length: 20 }, () => issuedToken(job)));
    await issuedToken(job);
    assert.equal(world.requestLines.length, 1);
  });

  test('the first token of az is the token of the sign-in, without a request', async () => {
    using job = await jobWithSession();
    world.simulator.clear();
    await issuedToken(job, AZ_ARM);
    assert.deepEqual(world.requestLines, []);
  });

  test('a token that a service rejected is not served again', async () => {
    using job = await jobWithSession();
    const { token: first } = await issuedToken(job);
    const fields = { token_sha256_to_refresh: createHash('sha256').update(first).digest('hex') };
    const { token: second } = await issuedToken(job, VAULT, fields);
    assert.notEqual(second, first);
    assert.equal((await issuedToken(job, VAULT, fields)).token, second);
  });

  test('a client receives the error of Entra ID', async () => {
    using job = await jobWithSession();
    const { body } = await assertRefused(job, 'https://nothing.example', /AADSTS500011/);
    assert.match(body['correlationId'] ?? '', /^[\da-f-]{36}$/);
  });

  test('an error in which Entra ID repeats the secret hides it in every encoding', async () => {
    using job = await jobWithSession();
    const { clientSecret } = world.contoso;
    const forms = [clientSecret, encodeURIComponent(`${clientSecret}+`), btoa(clientSecret)];
    const body = { error: 'invalid_client', error_description: `AADSTS7000215: Wrong: ${forms.join(', ')}` };
    faults.add({ path: /oauth2/, fault: { kind: 'json', status: 401, body } });
    const response = await assertRefused(job, VAULT, /Wrong: \*\*\*/);
    const secrets = [clientSecret, btoa(clientSecret).slice(0, 40)];
    assert.deepEqual(findSecrets(secrets, { response: JSON.stringify(response) }), []);
  });

  test('a short failure is retried, and a long one is a 503 response', async () => {
    using job = await jobWithSession();
    faults.add({ path: /oauth2/, times: 2, fault: { kind: 'reset' } });
    await issuedToken(job);
    faults.add({ path: /oauth2/, fault: unavailable });
    const { status, headers, body } = await requestToken(job.env, GRAPH);
    assert.deepEqual([status, headers['retry-after'], body['error']], [503, '1', 'temporarily_unavailable']);
    await issuedToken(job, GRAPH);
  });

  test('a cached token that is still valid is served when no new one is available', async () => {
    await using short = await World.start();
    short.simulator.entra.accessTokenLifetimeSeconds = 400;
    using job = short.newJob();
    await short.signIn({ ...short.secret, ...MEMORY }, { job });
    short.simulator.clear();
    await issuedToken(job, AZ_ARM);
    const { token } = await issuedToken(job, AZ_ARM);
    // A token with less than ten minutes left is renewed on each request.
    assert.equal(short.requestLines.length, 2);
    short.simulator.faults.add({ path: /oauth2/, times: 9, fault: unavailable });
    assert.equal((await issuedToken(job, AZ_ARM)).token, token);
    short.simulator.faults.clear();
    short.simulator.faults.add({ path: /oauth2/, times: 2, fault: { kind: 'hang' } });
    const hanging = requestToken(job.env, VAULT);
    const start = performance.now();
    assert.equal((await issuedToken(job, AZ_ARM)).token, token);
    // The agent waits 20 s for Entra ID.
    assert.ok(performance.now() - start < 12_000, 'a client waited although its token was cached');
    const { status, body } = await hanging;
    assert.equal(status, 503);
    const message =
      /^The session could not get a token within 20 seconds\. The token request to Entra ID was still in progress/;
    assert.match(body['message'] ?? '', message);
  });
});

test('token-audiences: tokens only for these resources, with or without a final slash', async () => {
  using job = await jobWithSession({ 'token-audiences': 'arm\nhttps://Vault.azure.net/' });
  for (const resource of [ARM, `${ARM}/`, AZ_ARM, VAULT]) await issuedToken(job, resource);
  await assertRefused(job, GRAPH, /no tokens for https:\/\/graph\.microsoft\.com: .* token-audiences/);
});

test('the log and the summary of post list the issued tokens by resource and client', async () => {
  const step = await signIn({ 'job-summary': 'always' });
  const url = `${step.job.env['IDENTITY_ENDPOINT']}?resource=${VAULT}`;
  for (const agent of ['azsdk-go-azidentity/1.15.0', 'azsdk-go-azidentity/1.15.0', 'python-requests/2.32']) {
    await send(url, { headers: { 'X-IDENTITY-HEADER': secretOf(step.job), 'User-Agent': agent } });
  }
  await requestToken({ ...step.job.env, IDENTITY_HEADER: 'x' }, VAULT);
  const { log, summary } = await step.post();
  assert.match(log, /^Later steps got tokens: 3 for https:\/\/vault\.azure\.net \(Go 2, az 1\)\. Refused: /m);
  assert.match(log, / Refused: The request does not contain the secret of the session \(1\)\./);
  assert.match(summary, /\| `https:\/\/vault\.azure\.net` \| `Go` \| 2 \|/);
  assert.match(summary, /- refused: `The request does not contain the secret of the session\.` \(1\)/);
});

test('post signs out although it cannot write the job summary', async () => {
  const step = await signIn({ 'job-summary': 'always' });
  const summary = join(step.job.folder, 'summary');
  mkdirSync(summary);
  const post = await step.post({ GITHUB_STEP_SUMMARY: summary });
  assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
  assert.match(post.warnings.join('\n'), /job summary could not be written/);
  assert.match(post.log, /^Signed out\.$/m);
});

/** A usage record that another step wrote. */
const FORGED = '{"issued":[{"resource":"::error::x","client":"\\n::error::y","count":-1}],"refused":{}}';

for (const record of [undefined, '', '[]', FORGED]) {
  test(`the process is killed: post warns once and signs out, with the usage record '${record}'`, async () => {
    const step = await signIn({ 'job-summary': 'always' });
    await killAgent(step);
    if (record !== undefined) writeFileSync(join(configDir(step), 'token-usage.json'), record);
    const post = await step.post();
    assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
    assert.match(post.warnings.join('\n'), /something killed the background process that had its credential in memory/);
    assert.deepEqual((await step.post()).warnings, []);
  });
}

suite('several logins', () => {
  test('the endpoint of the second login also serves the identity of the first', async () => {
    using job = world.newJob();
    const before = { ...job.env };
    const first = await signIn({}, job);
    const { principalId, user, tenant } = world.contoso;
    const second = await world.signIn({ ...world.user, 'tenant-id': tenant.id, ...MEMORY }, { job });
    assert.equal((await issuedToken(job)).owner, user.objectId);
    const ofFirst = { object_id: principalId };
    assert.equal((await issuedToken(job, VAULT, ofFirst)).owner, principalId);
    await assertRefused(job, 'https://nothing.example', /AADSTS500011/, ofFirst);
    await second.post();
    assert.equal((await issuedToken(job)).owner, principalId);
    await assertSignedOut(first, job, before);
    await waitForNoAgent(job);
  });

  test('the endpoint of the last login serves the identity of the first after the login in between ended', async () => {
    using job = world.newJob();
    await signIn({}, job);
    const { principalId, tenant } = world.contoso;
    const user = { ...world.user, 'tenant-id': tenant.id, ...MEMORY };
    const second = await world.signIn(user, { job });
    const { port } = new URL(job.env['IDENTITY_ENDPOINT'] ?? '');
    await world.signIn(user, { job });
    await second.post();
    await waitForExit(agentPid(second));
    const owner = async () => (await issuedToken(job, VAULT, { object_id: principalId })).owner;
    assert.equal(await owner(), principalId);
    const stranger = createServer((_, response) => response.writeHead(404).end())
      .listen(Number(port), '127.0.0.1')
      .unref();
    await once(stranger, 'listening');
    assert.equal(await owner(), principalId, 'another process has the port of the login that ended');
  });

  test('an earlier login that breaks off is a 503 response, and one that has ended a 400', {
    skip: NEEDS.proc,
  }, async () => {
    using job = world.newJob();
    const first = await signIn({}, job);
    const { principalId, tenant } = world.contoso;
    await world.signIn({ ...world.user, 'tenant-id': tenant.id, ...MEMORY }, { job });
    const hang = world.simulator.faults.add({ path: /oauth2/, fault: { kind: 'hang' } });
    const pending = requestToken(job.env, VAULT, { object_id: principalId });
    while (hang.hits === 0) await pause(20);
    await killAgent(first);
    assert.equal((await pending).status, 503);
    assert.equal((await requestToken(job.env, VAULT, { object_id: principalId })).status, 400);
  });

  test('in one folder, the first login gets tokens again after the second ends', async () => {
    using job = await jobWithSession({ 'config-dir': 'profile' });
    const second = await signIn({ 'config-dir': 'profile', subscription: 'Development' }, job);
    await issuedToken(job);
    assert.deepEqual((await second.post()).errors, []);
    await issuedToken(job);
  });

  test('a later login in files does not replace the endpoint', async () => {
    using job = await jobWithSession();
    const endpoint = job.env['IDENTITY_ENDPOINT'];
    const later = await world.signIn(world.identity, { job });
    assert.equal(job.env['IDENTITY_ENDPOINT'], endpoint);
    await later.post();
    await issuedToken(job);
  });

  for (const machine of ['imds', 'appService'] as const) {
    test(`a later managed-identity login uses ${machine} of the machine, not the endpoints of the sessions`, async () => {
      using job = world.newJob(world.simulator.managedIdentity[`${machine}Variables`]);
      await signIn({}, job);
      await signIn({}, job);
      const { result } = await world.signIn({ 'auth-type': 'managed-identity', subscription: 'Production' }, { job });
      assert.equal(result.outputs['principal-id'], world.contoso.systemIdentity.objectId);
      assert.match(result.warnings.join('\n'), /credential-store: memory.* get the identity of that sign-in/);
    });
  }
});

test('the logout action ends the process and restores the endpoint of an earlier login', async () => {
  using job = world.newJob();
  const before = { ...job.env };
  const first = await signIn({}, job);
  const { IDENTITY_ENDPOINT: endpoint = '', IDENTITY_HEADER: secret = '' } = job.env;
  const second = await signIn({}, job);
  const record = readFileSync(join(configDir(second), 'signed-in.json'), 'utf8');
  assert.match(record, /"IDENTITY_HEADER"/);
  assert.deepEqual(findSecrets([secret], { record }), []);
  await issuedToken(job);
  const result = await job.logOut();
  assert.deepEqual([result.exitCode, result.errors], [0, []], result.log);
  assert.match(result.log, /Later steps got tokens: 1 for https:\/\/vault\.azure\.net/);
  assert.equal(job.env['IDENTITY_ENDPOINT'], endpoint);
  await issuedToken(job);
  await job.logOut();
  await waitForNoAgent(job);
  // On Windows and macOS the process exits some seconds after its session.
  const poll = async (): Promise<never> => {
    for (;;) await fetch(endpoint).then(() => pause(100));
  };
  await assert.rejects(poll(), /fetch failed/);
  for (const step of [second, first]) assert.match((await step.post()).log, /Signed out already/);
  await assertSignedOut(first, job, before);
});

test('NO_PROXY and no_proxy exempt loopback until the last login ends', async () => {
  // Both names are one variable on Windows.
  const other = process.platform === 'win32' ? 'intranet.example' : '';
  for (const [no_proxy, NO_PROXY, exempt] of [
    ['intranet.example', other, 'intranet.example,127.0.0.1'],
    ['', '', '127.0.0.1'],
  ] as const) {
    using job = world.newJob({ no_proxy, NO_PROXY });
    for (const step of [await signIn({}, job), await signIn({}, job)]) {
      assert.deepEqual([job.env['no_proxy'], job.env['NO_PROXY']], [exempt, exempt]);
      await step.post();
    }
    assert.deepEqual([job.env['no_proxy'], job.env['NO_PROXY']], [no_proxy, no_proxy]);
  }
});

test('Terraform gets tokens from the endpoint in ARM_MSI_ENDPOINT', async () => {
  const step = await signIn({ 'export-env': 'azure, terraform' });
  assert.equal(step.job.env['ARM_USE_MSI'], 'true');
  const { status } = await send(`${step.job.env['ARM_MSI_ENDPOINT']}?resource=${VAULT}`, {
    headers: { Metadata: 'true' },
  });
  assert.equal(status, 200);
  assert.ok(step.result.masks.includes(step.job.env['MSI_SECRET'] ?? 'none'));
});

test('PowerShell connects with the identity of the endpoint', { skip: NEEDS.scripts }, async () => {
  using job = world.newJob();
  const pwsh = new StandInPwsh(job);
  Object.assign(job.env, pwsh.env);
  const step = await signIn({ 'enable-AzPSSession': 'true' }, job);
  const call = pwsh.calls[0] ?? assert.fail('PowerShell was not started');
  const { Identity, AccountId } = requestOf(call).parameters;
  assert.deepEqual([Identity, AccountId], [true, world.contoso.application.clientId]);
  assert.equal(call.env['IDENTITY_ENDPOINT'], job.env['IDENTITY_ENDPOINT']);
  assert.deepEqual(findSecrets([world.contoso.clientSecret], { call: JSON.stringify(call) }), []);
  await step.post();
});

suite('the process', () => {
  test('exits when its folder is removed', async () => {
    const step = await signIn();
    rmSync(configDir(step), { recursive: true, maxRetries: 5 });
    await waitForNoAgent(step.job);
  });

  test('connects as the sign-in does: with its OpenSSL options, and an authority in a relative path', async () => {
    using job = world.newJob({ NODE_OPTIONS: '--openssl-config openssl.cnf' });
    copyFileSync(job.env['NODE_EXTRA_CA_CERTS'] ?? '', join(job.workspace, 'ca.pem'));
    job.env['NODE_EXTRA_CA_CERTS'] = 'ca.pem';
    const step = await signIn({}, job);
    await issuedToken(job);
    await step.post();
  });

  test('is stopped by a signal: post ends it, and a shared folder is removed', { skip: NEEDS.proc }, async () => {
    using job = world.newJob();
    const shared = { 'config-dir': join(job.folder, 'profile') };
    const other = await world.signIn({ ...world.certificate, ...shared }, { job });
    const step = await signIn(shared, job);
    signalAgent(step, 'SIGSTOP');
    const post = await step.post();
    assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
    await waitForNoAgent(job);
    await other.post();
    assert.equal(existsSync(shared['config-dir']), false);
  });

  test('writes no usage record when it outlives post', { skip: NEEDS.proc }, async () => {
    using job = world.newJob();
    const shared = { 'config-dir': join(job.folder, 'profile') };
    await world.signIn({ ...world.certificate, ...shared }, { job });
    const step = await signIn(shared, job);
    signalAgent(step, 'SIGSTOP');
    // Without the start time of the process, as on Windows and macOS, post does not end it.
    const session = (step.state['session'] ?? '').replace(/"agentStarted":"\d+"/, '"agentStarted":""');
    step.state = { session };
    await step.post();
    signalAgent(step, 'SIGCONT');
    signalAgent(step, 'SIGTERM');
    await waitForNoAgent(job);
    const records = readdirSync(shared['config-dir']).filter((name) => name.startsWith('token-usage'));
    assert.deepEqual(records, []);
  });

  test('outlives a wrapper around Node that ends with a slow step', { skip: NEEDS.scripts }, async () => {
    await wrapperGone(world);
  });

  test('exits when the sign-in fails after starting it', async () => {
    const job = world.newJob();
    const refusal = { error: { code: 'AuthorizationFailed', message: 'No access.' } };
    faults.add({ path: /^\/subscriptions$/, fault: { kind: 'json', status: 403, body: refusal } });
    await world.rejects({ ...world.secret, ...MEMORY }, /AuthorizationFailed/, { job });
    await waitForNoAgent(job);
  });

  test('a core dump contains none of its memory', { skip: NEEDS.proc }, async () => {
    const step = await signIn();
    // The token shows that the process has received its credential.
    await issuedToken(step.job);
    assert.match(readFileSync(`/proc/${agentPid(step)}/coredump_filter`, 'utf8'), /^0+\n$/);
  });

  test('takes at most 12 MB more than an empty Node process that listens', { skip: NEEDS.proc }, async () => {
    using job = world.newJob();
    const step = await world.signIn({ ...world.identity, ...MEMORY }, { job });
    await issuedToken(job);
    const script = "require('node:net').createServer().listen(0, '127.0.0.1')";
    const empty = spawn(process.execPath, ['-e', script], { stdio: 'ignore', env: {} });
    const resident = (pid = 0): number =>
      Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
    try {
      // It releases memory a second after a response.
      await waitUntil(() => resident(agentPid(step)) < resident(empty.pid) + 12, 'the process is larger');
    } finally {
      empty.kill();
    }
    await step.post();
  });
});

/** Arguments and environment of the agents of the job. */
function processesOf(job: Job): Variables {
  if (process.platform !== 'linux') return {};
  const files = agentPids(job).flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]);
  assert.ok(files.length > 0);
  return Object.fromEntries(files.map((file) => [file, readFileSync(file, 'latin1')]));
}
