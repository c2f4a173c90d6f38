/** A private cloud never receives a token that one of Microsoft's clouds accepts. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import type { FaultKind } from '../../simulator/faults.ts';
import type { Issuer } from '../../simulator/issuers.ts';
import { PRIVATE_AUDIENCE } from '../../simulator/world.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { openWorld, type Variables, World } from '../action/world.ts';
import { isRenewed } from './keep-alive-sweep.ts';

const HOST = 'management.private.azurestack.external';
const LOGIN = 'login.local.azurestack.external';
const PRIVATE = { 'resource-manager-url': `https://${HOST}`, subscription: 'Production' };
const PUBLIC_AUDIENCE = KNOWN_CLOUDS.AzureCloud.federatedAudience;

const world = await openWorld({}, { cloud: 'PrivateCloud' });
const { faults, github, managedIdentity } = world.simulator;
const SECRET = { ...world.secret, ...PRIVATE };
let cluster: Issuer;
/** The true description of the cloud. */
let description: Description;
before(async () => {
  cluster = await world.simulator.issuers.add('https://cluster.example/');
  const { federatedCredentials } = world.contoso.application;
  for (const credential of federatedCredentials) credential.audiences = [PRIVATE_AUDIENCE];
  federatedCredentials.push({ name: 'pod', issuer: cluster.url, subject: 'runner', audiences: [PRIVATE_AUDIENCE] });
  await world.rejects({ ...SECRET, 'client-secret': 'wrong' }, /./);
  description = JSON.parse(world.simulator.requestsTo(HOST)[0]?.responseBody ?? '') as Description;
  world.simulator.clear();
});

type Description = Record<string, unknown> & { readonly authentication: Record<string, unknown> };

function descriptionWith(authentication: object): FaultKind {
  const body = { ...description, authentication: { ...description.authentication, ...authentication } };
  return { kind: 'json', body };
}

function serviceAccountToken(audience: unknown): string {
  const now = Math.floor(Date.now() / 1000);
  return cluster.sign({ sub: 'runner', aud: audience, iat: now, nbf: now, exp: now + 3600 });
}

function podWith(audience: unknown): Variables {
  const file = join(world.simulator.folder, `token-${crypto.randomUUID()}`);
  writeFileSync(file, serviceAccountToken(audience));
  return { AZURE_FEDERATED_TOKEN_FILE: file };
}

const OIDC = { ...world.identity, ...PRIVATE };
const POD = { ...OIDC, 'auth-type': 'workload-identity' };
const MACHINE = { ...PRIVATE, 'auth-type': 'managed-identity' };

/** The sign-in fails, and the cloud receives only the request for its description. */
async function assertNothingSent(inputs: Variables, message: RegExp, env = {}): Promise<void> {
  await world.rejects(inputs, message, { env });
  assert.deepEqual(world.simulator.requestsTo(LOGIN), []);
  const withToken = world.simulator.requests.filter(({ headers, host }) => headers.authorization && host === HOST);
  assert.deepEqual(withToken, []);
}

const MICROSOFT_AUDIENCES = `api://AzureADTokenExchange API://azureadtokenexchange/ api://AzureADTokenExchangeUSGov
  api://AzureADTokenExchangeChina api://AzureADTokenExchangeUSNat api://AzureAD%54okenExchange
  https://login.microsoftonline.com./common/v2.0 https://STS.windows.net:443/x https://westeurope.login.microsoft.com
  fb60f99c-7a34-4190-8149-302f77469936`.split(/\s+/);

suite('GitHub’s ID token', () => {
  test('needs an audience that the workflow sets', async () => {
    await assertNothingSent(OIDC, /`audience` must be set[\s\S]*login\.local\.azurestack\.external/);
    assert.deepEqual(github.issued, []);
  });

  test('is not requested with an audience of Microsoft’s clouds', async () => {
    for (const audience of MICROSOFT_AUDIENCES)
      await assertNothingSent({ ...OIDC, audience }, /`audience` must not be/);
    assert.deepEqual(github.issued, []);
  });

  test('is not sent if its audience is not the requested one', async () => {
    const value = serviceAccountToken(PUBLIC_AUDIENCE);
    faults.add({ path: /idtoken/, fault: { kind: 'json', body: { value } } });
    await assertNothingSent({ ...OIDC, audience: PRIVATE_AUDIENCE }, /token is for Microsoft's clouds/);
  });

  test('with the audience of the cloud signs in, with one connection for endpoints and subscriptions', async () => {
    const { handshakes } = world.simulator.connections;
    const before = handshakes.get(HOST) ?? 0;
    await using _ = await world.signIn({ ...OIDC, audience: PRIVATE_AUDIENCE }, { job: world.newJob() });
    assert.equal(handshakes.get(HOST), before + 1);
    const audiences = github.issued.map(({ audience }) => audience);
    assert.deepEqual(audiences, [PRIVATE_AUDIENCE]);
  });
});

test('a pod’s token for Microsoft’s clouds is not sent; one for the private cloud signs in', async () => {
  for (const audience of [...MICROSOFT_AUDIENCES.slice(0, 3), ['https://kubernetes.default.svc', PUBLIC_AUDIENCE]]) {
    await assertNothingSent(POD, /token is for Microsoft's clouds/, podWith(audience));
  }
  await using _ = await world.signIn(POD, { job: world.newJob(podWith([PRIVATE_AUDIENCE])) });
});

suite('the agent checks the audience before a renewal:', { concurrency: true }, () => {
  const source = { kind: 'github', audience: PRIVATE_AUDIENCE, issuer: 'private' } as const;

  test('GitHub’s token', async () => {
    assert.equal(await isRenewed(world, source), true);
    assert.equal(await isRenewed(world, { ...source, audience: PUBLIC_AUDIENCE }, 3000), false);
  });

  test('the token of a pod', async () => {
    const pod = (audience: string) =>
      ({ kind: 'file', path: podWith(audience)['AZURE_FEDERATED_TOKEN_FILE'] ?? '', issuer: 'private' }) as const;
    assert.equal(await isRenewed(world, pod(PRIVATE_AUDIENCE)), true);
    assert.equal(await isRenewed(world, pod(PUBLIC_AUDIENCE), 3000), false);
  });
});

suite('a managed identity’s token', () => {
  test('is requested only with the audience of the cloud', async () => {
    const others = 'https://management.azure.com/ https://MANAGEMENT.core.windows.net./ https://api.contoso.example';
    for (const audience of others.split(' ')) {
      faults.add({ path: '/metadata/endpoints', fault: descriptionWith({ audiences: [audience] }) });
      await assertNothingSent(MACHINE, /not its own Resource Manager/, managedIdentity.imdsVariables);
    }
  });

  test('is not sent if it is for a service of Microsoft’s clouds', async () => {
    const body = { access_token: serviceAccountToken('https://management.azure.com/'), expires_in: 3600 };
    faults.add({ path: /metadata\/identity/, fault: { kind: 'json', body } });
    const message = /access token is not for the Resource Manager/;
    await assertNothingSent(MACHINE, message, managedIdentity.imdsVariables);
  });
});

suite('a private cloud', () => {
  const login = { loginEndpoint: 'https://login.microsoftonline.com/', audiences: ['https://management.azure.com/'] };
  const rows: Readonly<Record<string, readonly [response: () => FaultKind, requests: number, message: RegExp]>> = {
    'it requests a token for the Resource Manager of another cloud': [
      () => descriptionWith(login),
      1,
      /requests tokens for https:\/\/management\.azure\.com\/, which is not its own/,
    ],
    'it rejects every API version, and the error lists each response': [
      () => ({ kind: 'json', status: 400, body: { error: { code: 'InvalidApiVersionParameter' } } }),
      3,
      /is not the Resource Manager of a private cloud[\s\S]*2022-09-01: HTTP 400, InvalidApiVersionParameter[\s\S]*2015-01-01: HTTP 400/,
    ],
    'it responds with a redirect, which is not followed': [
      () => ({ kind: 'status', status: 302, headers: { Location: 'https://evil.example/' } }),
      3,
      /2022-09-01: HTTP 302/,
    ],
  };
  for (const [title, [response, requests, message]] of Object.entries(rows)) {
    test(`${title}: an error, and no token is sent`, async () => {
      faults.add({ path: '/metadata/endpoints', times: 3, fault: response() });
      await world.rejects(SECRET, message);
      const expected = Array(requests).fill(`GET ${HOST}/metadata/endpoints`);
      assert.deepEqual([world.requestLines, world.simulator.escaped], [expected, []]);
    });
  }

  test('its next page is on another host: an error, and no token is sent', async () => {
    const body = { value: [], nextLink: 'https://management.azure.com/subscriptions?api-version=2022-12-01' };
    faults.add({ path: '/subscriptions', fault: { kind: 'json', body } });
    await world.rejects(SECRET, /link to another host/);
    assert.deepEqual(world.simulator.requestsTo('management.azure.com'), []);
  });
});

test('a known cloud: no other audience is tried if the workflow sets one', async () => {
  const environment = 'AzureUSGovernment';
  await using government = await World.start({}, { cloud: environment });
  for (const credential of government.contoso.application.federatedCredentials)
    credential.audiences = [PUBLIC_AUDIENCE];
  const audience = KNOWN_CLOUDS.AzureUSGovernment.federatedAudience;
  await government.rejects({ ...government.identity, environment, audience }, /AADSTS700212/);
  assert.equal(government.simulator.github.issued.length, 1);
});

test('AD FS: OIDC is an error before a request for an ID token; its error names no tenant and log of Entra ID', async () => {
  await using adfs = await World.start({}, { cloud: 'AzureStackADFS' });
  const url = { 'resource-manager-url': 'https://management.adfs.azurestack.external' };
  await adfs.rejects({ ...adfs.identity, ...url }, /AD FS, which does not accept tokens from other issuers/);
  assert.deepEqual(adfs.simulator.github.issued, []);
  const body = { error: 'invalid_client', error_description: 'MSIS9622: Client authentication failed.' };
  adfs.simulator.faults.add({ path: /oauth2/, fault: { kind: 'json', status: 400, body } });
  const message = /^AD FS rejected.*invalid_client[\s\S]*AD FS says: MSIS9622[\s\S]*event log/;
  const { errors } = await adfs.rejects({ ...adfs.secret, ...url }, message);
  assert.doesNotMatch(errors.join(), /Entra|tenant-id/);
  const unavailable = { error: 'server_error', error_description: 'MSIS9604: An error occurred.' };
  const fault = { kind: 'json', status: 400, body: unavailable } as const;
  for (const credential of [adfs.secret, adfs.user]) {
    adfs.simulator.faults.add({ path: /oauth2/, times: 2, fault });
    const once = { ...credential, ...url, 'max-attempts': '2' };
    const failed = /^The (token request to|sign-in at) AD FS failed[\s\S]* answered server_error/;
    const transient = await adfs.rejects(once, failed);
    assert.doesNotMatch(transient.errors.join(), /Entra/);
  }
});
