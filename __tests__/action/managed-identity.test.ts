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
import { assertRefused, openWorld } from './world.ts';

const world = await openWorld();
afterEach(async () => {
  world.simulator.clear();
  await world.simulator.managedIdentity.become('identities');
});

/** Resource Manager is not asked: the endpoints of these tests give tokens of their own. */
const TENANT_LEVEL = { 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' };

/** Nothing that concerns a machine alone may go through a proxy; this one leads nowhere. */
const PROXY = { http_proxy: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };

async function signIn(env: Record<string, string>, inputs: Record<string, string> = {}): Promise<StepResult> {
  using job = world.newJob({ ...PROXY, ...env });
  const step = await job.step({ inputs: { 'auth-type': 'managed-identity', ...TENANT_LEVEL, ...inputs } });
  if (step.result.exitCode !== 0) assertRefused(step, job, /./);
  await step.post();
  return step.result;
}

async function signedIn(env: Record<string, string>, inputs?: Record<string, string>): Promise<StepResult> {
  const result = await signIn(env, inputs);
  assert.equal(result.exitCode, 0, result.log);
  return result;
}

/** The error of a sign-in that is refused. */
async function refused(env: Record<string, string>, inputs?: Record<string, string>): Promise<string> {
  const { errors, log } = await signIn(env, inputs);
  return errors[0] ?? assert.fail(log);
}

suite('a virtual machine', () => {
  const imds = (): Record<string, string> => world.simulator.managedIdentity.imdsVariables;

  test('one request gives the system-assigned identity, others those with a client id', async () => {
    const { contoso, simulator } = world;
    const own = await signedIn(imds(), { ...TENANT_LEVEL, 'list-subscriptions': 'true' });
    const [request, ...others] = simulator.requests;
    assert.deepEqual(
      [request?.query.get('resource'), request?.headers['metadata'], others.length],
      ['https://management.core.windows.net/', 'true', 1],
    );
    assert.equal(own.outputs['principal-id'], contoso.systemIdentity.objectId);
    const scopes = { 'client-id': contoso.userIdentity.clientId, 'token-scopes': 'https://vault.azure.net' };
    const user = await signedIn(imds(), scopes);
    assert.equal(user.outputs['principal-id'], contoso.userIdentity.objectId);
    // They all have one name.
    assert.match(
      user.log,
      new RegExp(`as userAssignedIdentity \\(${contoso.userIdentity.clientId}\\) by managed-identity`),
    );
    const token = user.outputs['access-token'] ?? '';
    assert.match(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(), /"aud":"https:\/\/vault\.azure\.net"/);
    assert.ok(user.masks.includes(token));
  });

  test('an identity that it does not have is told, with what to do', async () => {
    const clientId = '99999999-9999-4999-8999-999999999999';
    const { userIdentity, systemIdentity } = world.contoso;
    const { managedIdentities } = world.simulator.directory;
    assert.match(
      await refused(imds(), { 'client-id': clientId }),
      new RegExp(`^The managed identity ${clientId} is not`),
    );
    managedIdentities.splice(0, 2, userIdentity, { ...userIdentity, clientId });
    assert.match(await refused(imds()), /`client-id` does not say which/);
    managedIdentities.length = 0;
    assert.match(await refused(imds()), /^This runner has no system-assigned managed identity\./);
    managedIdentities.push(systemIdentity, userIdentity);
  });

  test('a transient failure is tried again by the one rule; MSAL tries nothing by itself', async () => {
    const path = /metadata\/identity/;
    world.simulator.faults.add({ path, times: 2, fault: { kind: 'status', status: 500 } });
    const { log } = await signedIn(imds());
    assert.match(log, /identity endpoint failed \(try 1 of 5\): .* answered HTTP 500/);
    assert.equal(world.simulator.requests.length, 3);
    world.simulator.clear();
    for (const kind of ['empty', 'reset', 'truncated'] as const) {
      world.simulator.faults.add({ path, times: 2, fault: { kind } });
      assert.match(await refused(imds(), { 'max-attempts': '2' }), /Both tries failed/);
    }
    assert.equal(world.simulator.requests.length, 6);
  });

  test('without an endpoint it is told after one try, and what a GitHub-hosted runner is', async () => {
    for (const machine of ['absent', 'black-hole'] as const) {
      await world.simulator.managedIdentity.become(machine);
      const result = await signIn({ ...imds(), RUNNER_ENVIRONMENT: 'github-hosted' });
      const [error = ''] = result.errors;
      assert.match(error, /^This runner has no managed identity\./);
      assert.match(error, machine === 'absent' ? /ECONNREFUSED/ : /no answer in 2 s|ECONNREFUSED/);
      assert.match(error, /only on self-hosted runners on Azure[\s\S]*GitHub-hosted runner, which cannot have one/);
      assert.match(error, /auth-type: oidc/);
      assert.doesNotMatch(result.log, /try 1/);
    }
  });
});

test('App Service: the header that proves the process is hidden', async () => {
  const { appServiceVariables, identityHeader } = world.simulator.managedIdentity;
  assert.ok((await signedIn(appServiceVariables)).masks.includes(identityHeader));
});

const KEYS = '/var/opt/azcmagent';
const mayWriteKeys = process.platform === 'linux' && process.getuid?.() === 0 && !existsSync(KEYS);

test('Azure Arc: the key file is read, and hidden', { skip: mayWriteKeys ? false : 'needs root' }, async (context) => {
  const { managedIdentity } = world.simulator;
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
  assert.match(await refused(world.simulator.managedIdentity.arcVariables), /invalid_file_path/);
  assert.equal(world.simulator.requests.length, 1);
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
    const named = { 'client-id': world.contoso.userIdentity.clientId };
    assert.match(await refused(variables, named), /no user-assigned identities/);
  });

  test('Service Fabric: nothing is sent to a server with another certificate than it should have', async () => {
    const { certificate, privateKey, thumbprint } = await createCertificate({ commonName: 'fabric' });
    const token = { access_token: 'a.b.c', expires_on: 4_000_000_000 };
    await using fabric = await service(200, token, {}, { key: privateKey, cert: certificate });
    const variables = { IDENTITY_ENDPOINT: `${fabric.url}/identity`, IDENTITY_HEADER: 'fabric-secret' };
    await signedIn({ ...variables, IDENTITY_SERVER_THUMBPRINT: thumbprint });
    assert.deepEqual(fabric.asked, [{ method: 'GET', secret: 'fabric-secret' }]);
    const wrong = { ...variables, IDENTITY_SERVER_THUMBPRINT: [...thumbprint].reverse().join('') };
    assert.match(await refused(wrong), /another certificate/);
    assert.equal(fabric.asked.length, 1);
  });

  for (const [what, status, answer, headers, message] of [
    ['another cloud', 404, '<html>', { Server: 'EC2ws' }, /^This runner has no managed identity\.[\s\S]*another cloud/],
    ['a redirect', 302, '', { Location: '/elsewhere' }, /refused a token \(HTTP 302\)/],
    ['an answer without end', 200, 'x'.repeat(2 * 1024 * 1024), {}, /more than 1 MB/],
  ] as const) {
    test(`${what} is refused after it was asked once`, async () => {
      await using machine = await service(status, answer, headers);
      const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: machine.url };
      assert.match(await refused(env, { 'max-attempts': '1' }), message);
      assert.equal(machine.asked.length, 1);
    });
  }

  test('a variable that holds no URL is named, not quoted', async () => {
    const error = await refused({ IDENTITY_ENDPOINT: 'secret thing', IDENTITY_HEADER: 'x' });
    assert.match(error, /IDENTITY_ENDPOINT does not hold an http URL/);
    assert.doesNotMatch(error, /secret thing/);
  });
});
