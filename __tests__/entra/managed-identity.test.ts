import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { createCertificate } from '../../simulator/certificates.ts';
import { runProcess } from '../../simulator/job.ts';
import { claims, SCOPE, Session } from './session.ts';

let session: Session;
before(async () => {
  session = await Session.start();
});
beforeEach(() => {
  session.simulator.clear();
  const { directory } = session.simulator;
  directory.managedIdentities.splice(0, Infinity, session.contoso.systemIdentity, session.contoso.userIdentity);
});
after(() => session[Symbol.asyncDispose]());

interface Outcome {
  readonly tokens?: { token: string; expiresOn: string; scope: string }[];
  readonly handover?: unknown;
  readonly error?: string;
  readonly isSessionError?: boolean;
  readonly log: string[];
  readonly masks: string[];
}

async function signIn(env: Record<string, string>): Promise<Outcome> {
  const { stdout, log } = await runProcess(
    process.execPath,
    [join(import.meta.dirname, 'managed-identity-process.ts')],
    // A proxy that leads nowhere: nothing of a machine may go through one.
    {
      PATH: process.env['PATH'] ?? '',
      SCOPES: SCOPE,
      http_proxy: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
      NODE_USE_ENV_PROXY: '1',
      ...env,
    },
    import.meta.dirname,
    60_000,
  );
  assert.notEqual(stdout, '', log);
  return JSON.parse(stdout) as Outcome;
}

test('IMDS: the system-assigned identity, one request', async () => {
  const { tokens, handover, error, masks } = await signIn(session.simulator.managedIdentity.imdsVariables);
  assert.equal(error, undefined);
  const [token] = tokens ?? [];
  assert.ok(token);
  assert.equal(token.scope, SCOPE);
  assert.equal(claims(token.token)['oid'], session.contoso.systemIdentity.objectId);
  assert.equal(claims(token.token)['aud'], 'https://management.core.windows.net/');
  assert.ok(Math.abs(Date.parse(token.expiresOn) - Number(claims(token.token)['exp']) * 1000) < 2_000);
  assert.ok(masks.includes(token.token));
  assert.deepEqual(handover, { kind: 'managed-identity' });
  const { requests } = session.simulator;
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.query.get('resource'), 'https://management.core.windows.net/');
  assert.equal(requests[0]?.headers['metadata'], 'true');
});

test('IMDS: a user-assigned identity by its client id, for several resources', async () => {
  const { userIdentity } = session.contoso;
  const { tokens, error } = await signIn({
    ...session.simulator.managedIdentity.imdsVariables,
    CLIENT_ID: userIdentity.clientId,
    SCOPES: `${SCOPE} https://vault.azure.net/.default`,
  });
  assert.equal(error, undefined);
  assert.deepEqual(
    (tokens ?? []).map(({ token }) => [claims(token)['oid'], claims(token)['aud']]),
    [
      [userIdentity.objectId, 'https://management.core.windows.net/'],
      [userIdentity.objectId, 'https://vault.azure.net'],
    ],
  );
});

test('App Service: the header that proves the process is sent, and hidden', async () => {
  const { appServiceVariables, identityHeader } = session.simulator.managedIdentity;
  const { tokens, error, masks } = await signIn(appServiceVariables);
  assert.equal(error, undefined);
  assert.equal(tokens?.length, 1);
  assert.ok(masks.includes(identityHeader));
});

const KEYS = '/var/opt/azcmagent';
const mayWriteKeys = process.platform === 'linux' && process.getuid?.() === 0 && !existsSync(KEYS);

test('Azure Arc: the key file is read, and its content hidden', { skip: !mayWriteKeys }, async () => {
  const { managedIdentity } = session.simulator;
  const usual = managedIdentity.arcKeyFolder;
  managedIdentity.arcKeyFolder = join(KEYS, 'tokens');
  try {
    const { tokens, error, masks } = await signIn(managedIdentity.arcVariables);
    assert.equal(error, undefined);
    assert.equal(tokens?.length, 1);
    const key = (session.simulator.requests[1]?.headers.authorization ?? '').replace('Basic ', '');
    assert.notEqual(key, '');
    assert.ok(masks.includes(key));
  } finally {
    managedIdentity.arcKeyFolder = usual;
    rmSync(KEYS, { recursive: true, force: true });
  }
});

test('Azure Arc: a key outside the folder of the agent is not read', async () => {
  const { error, isSessionError } = await signIn(session.simulator.managedIdentity.arcVariables);
  assert.ok(isSessionError, error);
  assert.match(error ?? '', /invalid_file_path/);
  assert.equal(session.simulator.requests.length, 1);
});

/** A server of a machine, with an answer of its own for each request. */
async function machine(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  secure?: { key: string; cert: string },
): Promise<{ url: string; asked: IncomingMessage[] } & AsyncDisposable> {
  const asked: IncomingMessage[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(request);
    answer(request, response);
  };
  const server: Server = secure === undefined ? createServer(listener) : createSecureServer(secure, listener);
  const { port } = await listening(server);
  return {
    url: `${secure === undefined ? 'http' : 'https'}://localhost:${port}`,
    asked,
    [Symbol.asyncDispose]: () => closed(server),
  };
}

function listening(server: Server): Promise<AddressInfo> {
  return new Promise((resolve) => {
    server.listen(0, 'localhost', () => resolve(server.address() as AddressInfo));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function give(token: Record<string, unknown>): (request: IncomingMessage, response: ServerResponse) => void {
  return (_, response) =>
    void response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(token));
}

/** To the second before or after: MSAL counts in whole ones. */
function assertEnds({ tokens }: Outcome, time: string): void {
  const end = tokens?.[0]?.expiresOn ?? '';
  assert.ok(Math.abs(Date.parse(end) - Date.parse(time)) <= 1_000, end);
}

test('Machine Learning, Cloud Shell: times in other forms, and their own requests', async () => {
  await using learning = await machine(give({ access_token: 'a.b.c', expires_on: '11/22/2096 08:00:00 +00:00' }));
  const first = await signIn({
    MSI_ENDPOINT: `${learning.url}/msi`,
    MSI_SECRET: 'machine-secret',
    DEFAULT_IDENTITY_CLIENT_ID: 'default-id',
  });
  assert.equal(first.error, undefined);
  assertEnds(first, '2096-11-22T08:00:00Z');
  assert.equal(learning.asked[0]?.headers['secret'], 'machine-secret');
  assert.ok(first.masks.includes('machine-secret'));

  await using shell = await machine(give({ access_token: 'a.b.c', expires_on: '2096-11-22T08:00:00Z' }));
  const second = await signIn({ MSI_ENDPOINT: `${shell.url}/oauth2/token` });
  assert.equal(second.error, undefined);
  assertEnds(second, '2096-11-22T08:00:00Z');
  assert.equal(shell.asked[0]?.method, 'POST');

  const third = await signIn({
    MSI_ENDPOINT: `${shell.url}/oauth2/token`,
    CLIENT_ID: session.contoso.userIdentity.clientId,
  });
  assert.match(third.error ?? '', /no user-assigned identities/);
});

test('Service Fabric: the certificate is known by its thumbprint alone', async () => {
  const { certificate, privateKey, thumbprint } = await createCertificate({ commonName: 'fabric' });
  const answer = give({ access_token: 'a.b.c', expires_on: 4_000_000_000 });
  await using fabric = await machine(answer, { key: privateKey, cert: certificate });
  const variables = { IDENTITY_ENDPOINT: `${fabric.url}/identity`, IDENTITY_HEADER: 'fabric-secret' };
  const right = await signIn({ ...variables, IDENTITY_SERVER_THUMBPRINT: thumbprint });
  assert.equal(right.error, undefined);
  assert.equal(fabric.asked[0]?.headers['secret'], 'fabric-secret');

  const wrong = await signIn({ ...variables, IDENTITY_SERVER_THUMBPRINT: [...thumbprint].reverse().join('') });
  assert.match(wrong.error ?? '', /another certificate/);
  assert.equal(fabric.asked.length, 1, 'nothing is sent to a server that is not the right one');
});

test('a machine without an endpoint is told after one try', async () => {
  const server = createTcpServer();
  const { port } = await listening(server);
  await closed(server);
  const { error, log } = await signIn({
    AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://127.0.0.1:${port}`,
    RUNNER_ENVIRONMENT: 'github-hosted',
  });
  assert.match(error ?? '', /^This runner has no managed identity\./);
  assert.match(error ?? '', /ECONNREFUSED/);
  assert.match(error ?? '', /self-hosted runners on Azure only/);
  assert.match(error ?? '', /GitHub-hosted runner, which can be given none/);
  assert.match(error ?? '', /auth-type: oidc/);
  assert.deepEqual(log, []);
});

test('another cloud at the same address is no managed identity', async () => {
  await using amazon = await machine((_, response) => void response.writeHead(404, { Server: 'EC2ws' }).end('<html>'));
  const { error, log } = await signIn({ AZURE_POD_IDENTITY_AUTHORITY_HOST: amazon.url });
  assert.match(error ?? '', /^This runner has no managed identity\.[\s\S]*another cloud/);
  assert.deepEqual(log, []);
});

test('an identity that the machine does not have is told, with what to do', async () => {
  const { imdsVariables } = session.simulator.managedIdentity;
  const foreign = await signIn({ ...imdsVariables, CLIENT_ID: '99999999-9999-4999-8999-999999999999' });
  assert.match(foreign.error ?? '', /^The managed identity 99999999-.* is not assigned to this runner\./);
  assert.match(foreign.error ?? '', /az vm identity assign .*--identities/);
  assert.equal(session.simulator.requests.length, 1);

  session.simulator.directory.managedIdentities.length = 0;
  const none = await signIn(imdsVariables);
  assert.match(none.error ?? '', /^This runner has no system-assigned managed identity\./);
});

test("a resource that Entra does not know is told with Entra's code", async () => {
  const { error } = await signIn({
    ...session.simulator.managedIdentity.imdsVariables,
    CLIENT_ID: session.contoso.userIdentity.clientId,
    SCOPES: 'https://nowhere.example/.default',
  });
  assert.match(error ?? '', /refused the sign-in with a managed identity: AADSTS500011 \(client 77777777/);
});

test('passing trouble is tried again by the one rule, and MSAL tries nothing by itself', async () => {
  session.simulator.faults.add({ path: /token\/?$/, times: 2, fault: { kind: 'status', status: 500 } });
  const { tokens, log } = await signIn(session.simulator.managedIdentity.imdsVariables);
  assert.equal(tokens?.length, 1);
  assert.equal(session.simulator.requests.length, 3);
  assert.equal(log.length, 2);
  assert.match(log[0] ?? '', /identity endpoint failed \(try 1 of 3\): .* answered HTTP 500/);

  session.simulator.clear();
  session.simulator.faults.add({ path: /token\/?$/, times: 9, fault: { kind: 'empty' } });
  const never = await signIn({ ...session.simulator.managedIdentity.imdsVariables, MAX_ATTEMPTS: '2' });
  assert.match(never.error ?? '', /Both tries failed/);
  assert.equal(session.simulator.requests.length, 2);
});

test('redirects are not followed', async () => {
  await using endpoint = await machine((_, response) => void response.writeHead(302, { Location: '/elsewhere' }).end());
  const { error } = await signIn({ AZURE_POD_IDENTITY_AUTHORITY_HOST: endpoint.url });
  assert.match(error ?? '', /refused a token \(HTTP 302\)/);
  assert.equal(endpoint.asked.length, 1);
});

test('a variable that holds no URL is named, not quoted', async () => {
  const { error, isSessionError } = await signIn({ IDENTITY_ENDPOINT: 'secret thing', IDENTITY_HEADER: 'x' });
  assert.ok(isSessionError, error);
  assert.match(error ?? '', /IDENTITY_ENDPOINT does not hold an http URL/);
  assert.doesNotMatch(error ?? '', /secret thing/);
});
