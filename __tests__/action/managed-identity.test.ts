import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, suite, test } from 'node:test';
import { createCertificate } from '../../simulator/certificates.ts';
import type { StepResult } from '../../simulator/job.ts';
import { openWorld, type Variables } from './world.ts';

const world = await openWorld();
const { managedIdentity, directory, faults } = world.simulator;
afterEach(() => managedIdentity.become('identities'));

/** No request to Resource Manager, since the endpoints of these tests issue arbitrary tokens. */
const MACHINE = { 'auth-type': 'managed-identity', 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' };

/** Requests to the machine must bypass the proxy, on whose port no process listens. */
function machineWith(env: Variables): Variables {
  return { http_proxy: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', ...env };
}

async function signIn(env: Variables, inputs: Variables = {}): Promise<StepResult> {
  await using step = await world.signIn({ ...MACHINE, ...inputs }, { job: world.newJob(machineWith(env)) });
  return step.result;
}

function rejects(message: RegExp, env: Variables, inputs: Variables = {}): Promise<StepResult> {
  return world.rejects({ ...MACHINE, ...inputs }, message, { env: machineWith(env) });
}

suite('a virtual machine', () => {
  const imds = managedIdentity.imdsVariables;

  test('an error for each way in which the machine lacks the identity', async () => {
    const clientId = '99999999-9999-4999-8999-999999999999';
    const { userIdentity } = world.contoso;
    await rejects(new RegExp(`^The managed identity ${clientId} is not`), imds, { 'client-id': clientId });
    directory.managedIdentities.splice(0, 2, userIdentity, { ...userIdentity, clientId });
    await rejects(/`client-id` does not say which/, imds);
    directory.managedIdentities.length = 0;
    await rejects(/^This runner has no system-assigned managed identity\./, imds);
  });

  test('without an endpoint, one attempt, and the error explains GitHub-hosted runners', async () => {
    const runner =
      'only on self-hosted runners on Azure[\\s\\S]*GitHub-hosted runner, which cannot have a managed identity';
    for (const [machine, reason] of [
      ['absent', 'ECONNREFUSED'],
      ['black-hole', '(?:no answer in 2 s|ECONNREFUSED)'],
    ] as const) {
      await managedIdentity.become(machine);
      const message = `^This runner has no managed identity\\.[\\s\\S]*${reason}[\\s\\S]*${runner}[\\s\\S]*auth-type: oidc`;
      const { log } = await rejects(new RegExp(message), { ...imds, RUNNER_ENVIRONMENT: 'github-hosted' });
      assert.doesNotMatch(log, /try 1/);
    }
  });

  test('the error separates the message of the endpoint from its explanation', async () => {
    const body = { error_description: 'Identity not found' };
    faults.add({ path: /metadata\/identity/, times: 9, fault: { kind: 'json', status: 400, body } });
    const message = /says: Identity not found\nThis job runs on a GitHub-hosted runner/;
    await rejects(message, { ...imds, RUNNER_ENVIRONMENT: 'github-hosted' });
  });
});

const KEYS = '/var/opt/azcmagent';
const mayWriteKeys = process.platform === 'linux' && process.getuid?.() === 0 && !existsSync(KEYS);

test('Azure Arc: the key file is read and masked', { skip: mayWriteKeys ? false : 'needs root' }, async (context) => {
  const before = managedIdentity.arcKeyFolder;
  managedIdentity.arcKeyFolder = join(KEYS, 'tokens');
  context.after(() => {
    managedIdentity.arcKeyFolder = before;
    rmSync(KEYS, { recursive: true, force: true });
  });
  const { masks } = await signIn(managedIdentity.arcVariables);
  const key = (world.simulator.requests[1]?.headers.authorization ?? '').replace('Basic ', '');
  assert.ok(key !== '' && masks.includes(key));
});

test('Azure Arc: a key outside the folder of the agent is not read', async () => {
  await rejects(/invalid_file_path/, managedIdentity.arcVariables);
  assert.equal(world.requestLines.length, 1);
});

suite('other services', () => {
  /** A server with one response for every request. */
  async function service(
    status: number,
    body: unknown,
    headers: Variables = {},
    secure?: { key: string; cert: string },
  ) {
    const requests: { method: string | undefined; secret: unknown }[] = [];
    const listener: RequestListener = (request, response) => {
      requests.push({ method: request.method, secret: request.headers['secret'] });
      response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    const server = secure === undefined ? createServer(listener) : createSecureServer(secure, listener);
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const url = `${secure === undefined ? 'http' : 'https'}://localhost:${(server.address() as AddressInfo).port}`;
    return { url, requests, [Symbol.asyncDispose]: async () => void server.close() };
  }

  /** Within a second, since MSAL counts whole seconds. */
  function assertEnds({ outputs }: StepResult): void {
    const end = outputs['expires-on'] ?? '';
    assert.ok(Math.abs(Date.parse(end) - Date.parse('2096-11-22T08:00:00Z')) <= 1_000, end);
  }

  test('Machine Learning: its time format and its secret', async () => {
    await using learning = await service(200, { access_token: 'a.b.c', expires_on: '11/22/2096 08:00:00 +00:00' });
    const variables = { MSI_ENDPOINT: `${learning.url}/msi`, MSI_SECRET: 'machine-secret' };
    const result = await signIn({ ...variables, DEFAULT_IDENTITY_CLIENT_ID: 'default-id' });
    assertEnds(result);
    assert.deepEqual(learning.requests, [{ method: 'GET', secret: 'machine-secret' }]);
    assert.ok(result.masks.includes('machine-secret'));
  });

  test('Cloud Shell: its time format and its method, and no user-assigned identity', async () => {
    await using shell = await service(200, { access_token: 'a.b.c', expires_on: '2096-11-22T08:00:00Z' });
    const variables = { MSI_ENDPOINT: `${shell.url}/oauth2/token` };
    assertEnds(await signIn(variables));
    assert.equal(shell.requests[0]?.method, 'POST');
    await rejects(/no user-assigned identities/, variables, { 'client-id': world.contoso.userIdentity.clientId });
  });

  test('Service Fabric: no request to a server with another certificate', async () => {
    const { certificate, privateKey, thumbprint } = await createCertificate({ commonName: 'fabric' });
    const token = { access_token: 'a.b.c', expires_on: 4_000_000_000 };
    await using fabric = await service(200, token, {}, { key: privateKey, cert: certificate });
    const variables = { IDENTITY_ENDPOINT: `${fabric.url}/identity`, IDENTITY_HEADER: 'fabric-secret' };
    await signIn({ ...variables, IDENTITY_SERVER_THUMBPRINT: thumbprint });
    const other = [...thumbprint].reverse().join('');
    await rejects(/unexpected certificate/, { ...variables, IDENTITY_SERVER_THUMBPRINT: other });
    assert.deepEqual(fabric.requests, [{ method: 'GET', secret: 'fabric-secret' }]);
  });

  for (const [title, status, body, headers, message] of [
    ['another cloud', 404, '<html>', { Server: 'EC2ws' }, /^This runner has no managed identity\.[\s\S]*another cloud/],
    ['a redirect', 302, '', { Location: '/elsewhere' }, /did not issue a token \(HTTP 302\)/],
    ['an endless response', 200, 'x'.repeat(2 * 1024 * 1024), {}, /more than 1 MB/],
  ] as const) {
    test(`${title} is an error after one request`, async () => {
      await using machine = await service(status, body, headers);
      await rejects(message, { AZURE_POD_IDENTITY_AUTHORITY_HOST: machine.url }, { 'max-attempts': '1' });
      assert.equal(machine.requests.length, 1);
    });
  }

  test('an invalid URL in a variable: the error names the variable without its value', async () => {
    const variables = { IDENTITY_ENDPOINT: 'secret thing', IDENTITY_HEADER: 'x' };
    const { log } = await rejects(/IDENTITY_ENDPOINT is not an http URL/, variables);
    assert.doesNotMatch(log, /secret thing/);
  });
});
