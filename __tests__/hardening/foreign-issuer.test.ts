/**
 * What a private cloud may say of itself, and what it gets: nothing that is good at one of Microsoft's clouds. What a
 * sign-in to each cloud does is in `action/sessions.test.ts`.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import type { FaultKind } from '../../simulator/faults.ts';
import type { Issuer } from '../../simulator/issuers.ts';
import { PRIVATE_AUDIENCE } from '../../simulator/world.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { openWorld, World } from '../action/world.ts';
import { renewedOnce } from './refresher-sweep.ts';

const HOST = 'management.private.azurestack.external';
const LOGIN = 'login.local.azurestack.external';
const PRIVATE = { 'resource-manager-url': `https://${HOST}`, subscription: 'Production' };
const PUBLIC_AUDIENCE = KNOWN_CLOUDS.AzureCloud.federatedAudience;

const world = await openWorld({}, { cloud: 'PrivateCloud' });
const { faults, github, managedIdentity } = world.simulator;
const SECRET = { ...world.secret, ...PRIVATE };
let cluster: Issuer;
/** How the cloud describes itself. */
let truth: Description;
before(async () => {
  cluster = await world.simulator.issuers.add('https://cluster.example/');
  const { federatedCredentials } = world.contoso.application;
  for (const credential of federatedCredentials) credential.audiences = [PRIVATE_AUDIENCE];
  federatedCredentials.push({ name: 'pod', issuer: cluster.url, subject: 'runner', audiences: [PRIVATE_AUDIENCE] });
  await world.refused({ ...SECRET, 'client-secret': 'wrong' }, /./);
  truth = JSON.parse(world.simulator.requestsTo(HOST)[0]?.responseBody ?? '') as Description;
  world.simulator.clear();
});

type Description = Record<string, unknown> & { readonly authentication: Record<string, unknown> };

/** The cloud describes itself otherwise. */
function describedWith(changes: object, authentication: object = {}): FaultKind {
  const body = { ...truth, ...changes, authentication: { ...truth.authentication, ...authentication } };
  return { kind: 'json', body };
}

function serviceAccountToken(audience: unknown): string {
  const now = Math.floor(Date.now() / 1000);
  return cluster.sign({ sub: 'runner', aud: audience, iat: now, nbf: now, exp: now + 3600 });
}

function podWith(audience: unknown): Record<string, string> {
  const file = join(world.simulator.folder, `token-${crypto.randomUUID()}`);
  writeFileSync(file, serviceAccountToken(audience));
  return { AZURE_FEDERATED_TOKEN_FILE: file };
}

const OIDC = { ...world.identity, ...PRIVATE };
const POD = { ...OIDC, 'auth-type': 'workload-identity' };
const MACHINE = { ...PRIVATE, 'auth-type': 'managed-identity' };

/** Refused before anything but the description was asked for at the cloud. */
async function assertNothingSent(inputs: Record<string, string>, message: RegExp, env = {}): Promise<void> {
  await world.refused(inputs, message, { env });
  assert.deepEqual(world.simulator.requestsTo(LOGIN), []);
  const sent = world.simulator.requests.filter(({ headers, host }) => headers.authorization && host === HOST);
  assert.deepEqual(sent, []);
}

const MICROSOFTS = `
  api://AzureADTokenExchange API://azureadtokenexchange/ api://AzureADTokenExchangeUSGov
  api://AzureADTokenExchangeChina api://AzureADTokenExchangeUSNat api://AzureAD%54okenExchange
  https://login.microsoftonline.com./common/v2.0 https://STS.windows.net:443/x https://westeurope.login.microsoft.com
  fb60f99c-7a34-4190-8149-302f77469936`
  .trim()
  .split(/\s+/);

suite('GitHub’s ID token', () => {
  test('needs an audience that the workflow names', async () => {
    await assertNothingSent(OIDC, /`audience` must be set[\s\S]*login\.local\.azurestack\.external/);
    assert.deepEqual(github.issued, []);
  });

  test('is not asked for with an audience of Microsoft’s', async () => {
    for (const audience of MICROSOFTS) await assertNothingSent({ ...OIDC, audience }, /`audience` must not be/);
    assert.deepEqual(github.issued, []);
  });

  test('is not sent when it has another audience than it was asked for', async () => {
    const value = serviceAccountToken(PUBLIC_AUDIENCE);
    faults.add({ path: /idtoken/, fault: { kind: 'json', body: { value } } });
    await assertNothingSent({ ...OIDC, audience: PRIVATE_AUDIENCE }, /token is for Microsoft's clouds/);
  });

  test('with an audience of the cloud’s own signs in, with one connection for endpoints and subscriptions', async () => {
    const { handshakes } = world.simulator.connections;
    const before = handshakes.get(HOST) ?? 0;
    await using _ = await world.signedIn({ ...OIDC, audience: PRIVATE_AUDIENCE }, { job: world.newJob() });
    assert.equal(handshakes.get(HOST), before + 1);
    assert.deepEqual(
      github.issued.map(({ audience }) => audience),
      [PRIVATE_AUDIENCE],
    );
  });
});

test('a pod’s token with an audience of Microsoft’s is not sent; with one of the cloud’s own it signs in', async () => {
  for (const audience of [...MICROSOFTS.slice(0, 3), ['https://kubernetes.default.svc', PUBLIC_AUDIENCE]]) {
    await assertNothingSent(POD, /token is for Microsoft's clouds/, podWith(audience));
  }
  await using _ = await world.signedIn(POD, { job: world.newJob(podWith([PRIVATE_AUDIENCE])) });
});

suite('the keep-alive process', { concurrency: true }, () => {
  const source = { kind: 'github', audience: PRIVATE_AUDIENCE, issuer: 'private' } as const;

  test('renews by the same rule: GitHub’s token', async () => {
    assert.equal(await renewedOnce(world, source), true);
    assert.equal(await renewedOnce(world, { ...source, audience: PUBLIC_AUDIENCE }, 3000), false);
  });

  test('and the pod’s', async () => {
    const pod = (audience: string) =>
      ({ kind: 'file', path: podWith(audience)['AZURE_FEDERATED_TOKEN_FILE'] ?? '', issuer: 'private' }) as const;
    assert.equal(await renewedOnce(world, pod(PRIVATE_AUDIENCE)), true);
    assert.equal(await renewedOnce(world, pod(PUBLIC_AUDIENCE), 3000), false);
  });
});

suite('a managed identity’s token', () => {
  test('is not asked for with another audience than the cloud’s own', async () => {
    for (const audience of [
      'https://management.azure.com/',
      'https://MANAGEMENT.core.windows.net./',
      'https://api.contoso.example',
    ]) {
      faults.add({ path: '/metadata/endpoints', fault: describedWith({}, { audiences: [audience] }) });
      await assertNothingSent(MACHINE, /not its own Resource Manager/, managedIdentity.imdsVariables);
    }
  });

  test('is not sent when it is for one of Microsoft’s services', async () => {
    const access_token = serviceAccountToken('https://management.azure.com/');
    const fault = { kind: 'json', body: { access_token, expires_in: 3600 } } as const;
    faults.add({ path: /metadata\/identity/, fault });
    const told = /access token is not for the Resource Manager/;
    await assertNothingSent(MACHINE, told, managedIdentity.imdsVariables);
  });
});

suite('a private cloud', () => {
  const ask = { path: '/metadata/endpoints' };

  const login = { loginEndpoint: 'https://login.microsoftonline.com/', audiences: ['https://management.azure.com/'] };
  /** What is said in place of the truth, how often somebody is asked then, and what the error says. */
  const rows: Readonly<Record<string, readonly [said: () => FaultKind, asked: number, RegExp]>> = {
    'with a token issuer that is not https': [
      () => describedWith({}, { loginEndpoint: 'http://login.example' }),
      1,
      /Its token issuer must be the URL of an https host, but it is http:\/\/login\.example/,
    ],
    'that has its Resource Manager elsewhere': [
      () => describedWith({ resourceManager: 'https://management.azure.com/' }),
      1,
      /describes other clouds, not its own[\s\S]*resource-manager-url: https:\/\/management\.azure\.com/,
    ],
    'that wants a token for the Resource Manager of another cloud': [
      () => describedWith({}, login),
      1,
      /requests tokens for https:\/\/management\.azure\.com\/, which is not its own/,
    ],
    'that knows no version, each answer of which is told': [
      () => ({ kind: 'json', status: 400, body: { error: { code: 'InvalidApiVersionParameter' } } }),
      3,
      /is not the Resource Manager of a private cloud[\s\S]*2022-09-01: HTTP 400, InvalidApiVersionParameter[\s\S]*2015-01-01: HTTP 400/,
    ],
    'whose answer is a redirect is not followed, and': [
      () => ({ kind: 'status', status: 302, headers: { Location: 'https://evil.example/' } }),
      3,
      /2022-09-01: HTTP 302/,
    ],
  };
  for (const [what, [said, asked, message]] of Object.entries(rows)) {
    test(`${what} is refused, and told nothing`, async () => {
      faults.add({ ...ask, times: 3, fault: said() });
      await world.refused(SECRET, message);
      assert.deepEqual([world.asked, world.simulator.escaped], [Array(asked).fill(`GET ${HOST}${ask.path}`), []]);
    });
  }

  test('whose next page is at another host is refused', async () => {
    const body = { value: [], nextLink: 'https://management.azure.com/subscriptions?api-version=2022-12-01' };
    faults.add({ path: '/subscriptions', fault: { kind: 'json', body } });
    await world.refused(SECRET, /link to another host/);
    assert.deepEqual(world.simulator.requestsTo('management.azure.com'), []);
  });
});

test('a known cloud: the audience that the workflow gave is the only one', async () => {
  const environment = 'AzureUSGovernment';
  await using government = await World.start({}, { cloud: environment });
  for (const credential of government.contoso.application.federatedCredentials)
    credential.audiences = [PUBLIC_AUDIENCE];
  const audience = KNOWN_CLOUDS.AzureUSGovernment.federatedAudience;
  await government.refused({ ...government.identity, environment, audience }, /AADSTS700212/);
  assert.equal(government.simulator.github.issued.length, 1);
});

test('AD FS: GitHub’s tokens are refused before one is asked for', async () => {
  await using adfs = await World.start({}, { cloud: 'AzureStackADFS' });
  const url = { 'resource-manager-url': 'https://management.adfs.azurestack.external' };
  await adfs.refused({ ...adfs.identity, ...url }, /AD FS, which does not accept tokens from other issuers/);
  assert.deepEqual(adfs.simulator.github.issued, []);
});
