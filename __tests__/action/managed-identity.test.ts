/** The identity that Azure gives a machine, by each service that gives one. */
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, suite, test } from 'node:test';
import { createCertificate } from '../../simulator/certificates.ts';
import type { StepResult } from '../../simulator/job.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
const { managedIdentity, directory, faults } = world.simulator;
afterEach(() => managedIdentity.become('identities'));

/** Resource Manager is not asked: the endpoints of these tests give tokens of their own. */
const MACHINE = { 'auth-type': 'managed-identity', 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' };

type Variables = Record<string, string>;

/** Nothing that concerns a machine alone may go through a proxy; this one leads nowhere. */
function machineWith(env: Variables): Variables {
  return { http_proxy: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', ...env };
}

async function signedIn(env: Variables, inputs: Variables = {}): Promise<StepResult> {
  await using step = await world.signedIn({ ...MACHINE, ...inputs }, { job: world.newJob(machineWith(env)) });
  return step.result;
}

function refused(message: RegExp, env: Variables, inputs: Variables = {}): Promise<StepResult> {
  return world.refused({ ...MACHINE, ...inputs }, message, { env: machineWith(env) });
}

suite('a virtual machine', () => {
  const imds = managedIdentity.imdsVariables;

  test('an identity that it does not have is told, with what to do', async () => {
    const clientId = '99999999-9999-4999-8999-999999999999';
    const { userIdentity } = world.contoso;
    await refused(new RegExp(`^The managed identity ${clientId} is not`), imds, { 'client-id': clientId });
    directory.managedIdentities.splice(0, 2, userIdentity, { ...userIdentity, clientId });
    await refused(/`client-id` does not say which/, imds);
    directory.managedIdentities.length = 0;
    await refused(/^This runner has no system-assigned managed identity\./, imds);
  });

  test('without an endpoint it is told after one try, and what a GitHub-hosted runner is', async () => {
    const runner =
      'only on self-hosted runners on Azure[\\s\\S]*GitHub-hosted runner, which cannot have a managed identity';
    for (const [machine, reason] of [
      ['absent', 'ECONNREFUSED'],
      ['black-hole', '(?:no answer in 2 s|ECONNREFUSED)'],
    ] as const) {
      await managedIdentity.become(machine);
      const told = `^This runner has no managed identity\\.[\\s\\S]*${reason}[\\s\\S]*${runner}[\\s\\S]*auth-type: oidc`;
      const { log } = await refused(new RegExp(told), { ...imds, RUNNER_ENVIRONMENT: 'github-hosted' });
      assert.doesNotMatch(log, /try 1/);
    }
  });

  test('what an identity endpoint says, and what it means here, are two sentences', async () => {
    const body = { error_description: 'Identity not found' };
    faults.add({ path: /metadata\/identity/, times: 9, fault: { kind: 'json', status: 400, body } });
    const told = /says: Identity not found\nThis job runs on a GitHub-hosted runner/;
    await refused(told, { ...imds, RUNNER_ENVIRONMENT: 'github-hosted' });
  });
});

test('App Service: the header that proves the process is hidden', async () => {
  const { appServiceVariables, identityHeader } = managedIdentity;
  assert.ok((await signedIn(appServiceVariables)).masks.includes(identityHeader));
});

const KEYS = '/var/opt/azcmagent';
const mayWriteKeys = process.platform === 'linux' && process.getuid?.() === 0 && !existsSync(KEYS);

test('Azure Arc: the key file is read, and hidden', { skip: mayWriteKeys ? false : 'needs root' }, async (context) => {
  const usual = managedIdentity.arcKeyFolder;
  managedIdentity.arcKeyFolder = join(KEYS, 'tokens');
  context.after(() => {
    managedIdentity.arcKeyFolder = usual;
    rmSync(KEYS, { recursive: true, force: true });
  });
  const { masks } = await signedIn(managedIdentity.arcVariables);
  const key = (world.simulator.requests[1]?.headers.authorization ?? '').replace('Basic ', '');
  assert.ok(key !== '' && masks.includes(key));
});

test('Azure Arc: a key outside the folder of the agent is not read', async () => {
  await refused(/invalid_file_path/, managedIdentity.arcVariables);
  assert.equal(world.asked.length, 1);
});

suite('other services', () => {
  interface Asked {
    readonly method: string;
    readonly secret: unknown;
  }

  /** A server that answers each request alike, and what it was asked. */
  async function service(
    status: number,
    answer: unknown,
    headers: Record<string, string> = {},
    secure?: { readonly key: string; readonly cert: string },
  ): Promise<{ readonly url: string; readonly asked: Asked[] } & AsyncDisposable> {
    const asked: Asked[] = [];
    const listener: RequestListener = (request, response) => {
      asked.push({ method: request.method ?? '', secret: request.headers['secret'] });
      response.writeHead(status, headers).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    };
    const server = secure === undefined ? createServer(listener) : createSecureServer(secure, listener);
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    return {
      url: `${secure === undefined ? 'http' : 'https'}://localhost:${(server.address() as AddressInfo).port}`,
      asked,
      [Symbol.asyncDispose]: async () => void server.close(),
    };
  }

  /** To the second before or after: MSAL counts in whole ones. */
  function assertEnds({ outputs }: StepResult): void {
    const end = outputs['expires-on'] ?? '';
    assert.ok(Math.abs(Date.parse(end) - Date.parse('2096-11-22T08:00:00Z')) <= 1_000, end);
  }

  test('Machine Learning: its time, its secret', async () => {
    await using learning = await service(200, { access_token: 'a.b.c', expires_on: '11/22/2096 08:00:00 +00:00' });
    const variables = { MSI_ENDPOINT: `${learning.url}/msi`, MSI_SECRET: 'machine-secret' };
    const result = await signedIn({ ...variables, DEFAULT_IDENTITY_CLIENT_ID: 'default-id' });
    assertEnds(result);
    assert.deepEqual(learning.asked, [{ method: 'GET', secret: 'machine-secret' }]);
    assert.ok(result.masks.includes('machine-secret'));
  });

  test('Cloud Shell: its time, its method, and no user-assigned identity', async () => {
    await using shell = await service(200, { access_token: 'a.b.c', expires_on: '2096-11-22T08:00:00Z' });
    const variables = { MSI_ENDPOINT: `${shell.url}/oauth2/token` };
    assertEnds(await signedIn(variables));
    assert.equal(shell.asked[0]?.method, 'POST');
    await refused(/no user-assigned identities/, variables, { 'client-id': world.contoso.userIdentity.clientId });
  });

  test('Service Fabric: nothing is sent to a server with another certificate than it should have', async () => {
    const { certificate, privateKey, thumbprint } = await createCertificate({ commonName: 'fabric' });
    const token = { access_token: 'a.b.c', expires_on: 4_000_000_000 };
    await using fabric = await service(200, token, {}, { key: privateKey, cert: certificate });
    const variables = { IDENTITY_ENDPOINT: `${fabric.url}/identity`, IDENTITY_HEADER: 'fabric-secret' };
    await signedIn({ ...variables, IDENTITY_SERVER_THUMBPRINT: thumbprint });
    const other = [...thumbprint].reverse().join('');
    await refused(/unexpected certificate/, { ...variables, IDENTITY_SERVER_THUMBPRINT: other });
    assert.deepEqual(fabric.asked, [{ method: 'GET', secret: 'fabric-secret' }]);
  });

  for (const [what, status, answer, headers, message] of [
    ['another cloud', 404, '<html>', { Server: 'EC2ws' }, /^This runner has no managed identity\.[\s\S]*another cloud/],
    ['a redirect', 302, '', { Location: '/elsewhere' }, /did not issue a token \(HTTP 302\)/],
    ['an answer without end', 200, 'x'.repeat(2 * 1024 * 1024), {}, /more than 1 MB/],
  ] as const) {
    test(`${what} is refused after it was asked once`, async () => {
      await using machine = await service(status, answer, headers);
      await refused(message, { AZURE_POD_IDENTITY_AUTHORITY_HOST: machine.url }, { 'max-attempts': '1' });
      assert.equal(machine.asked.length, 1);
    });
  }

  test('a variable that holds no URL is named, not quoted', async () => {
    const variables = { IDENTITY_ENDPOINT: 'secret thing', IDENTITY_HEADER: 'x' };
    const { log } = await refused(/IDENTITY_ENDPOINT is not an http URL/, variables);
    assert.doesNotMatch(log, /secret thing/);
  });
});
