import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, before, suite, test } from 'node:test';
import type { Issuer } from '../../simulator/issuers.ts';
import { PRIVATE_AUDIENCE } from '../../simulator/world.ts';
import { assertRefused, openWorld } from '../action/world.ts';
import { renewedOnce } from './refresher-sweep.ts';

/** A private cloud with a token issuer of its own gets nothing that is good at one of Microsoft's clouds. */

const RESOURCE_MANAGER = 'https://management.private.azurestack.external';
const LOGIN = 'login.local.azurestack.external';

const world = await openWorld({}, { cloud: 'PrivateCloud' });
let cluster: Issuer;
before(async () => {
  cluster = await world.simulator.issuers.add('https://cluster.example/');
  const { federatedCredentials } = world.contoso.application;
  for (const credential of federatedCredentials) credential.audiences = [PRIVATE_AUDIENCE];
  federatedCredentials.push({ name: 'pod', issuer: cluster.url, subject: 'runner', audiences: [PRIVATE_AUDIENCE] });
});
afterEach(() => world.simulator.clear());

function inputs(more: Record<string, string>): Record<string, string> {
  return { ...world.identity, 'resource-manager-url': RESOURCE_MANAGER, subscription: 'Production', ...more };
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

async function assertNothingSent(env: Record<string, string>, more: Record<string, string>, message: RegExp) {
  using job = world.newJob(env);
  const step = await job.step({ inputs: inputs(more) });
  assertRefused(step, job, message);
  assert.deepEqual(world.simulator.requestsTo(LOGIN), []);
  assert.equal(
    world.simulator.requests.filter(({ headers, host }) => headers.authorization && /^management/.test(host)).length,
    0,
  );
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
    await assertNothingSent({}, {}, /`audience` must be given[\s\S]*login\.local\.azurestack\.external/);
    assert.deepEqual(world.simulator.github.issued, []);
  });

  for (const audience of MICROSOFTS) {
    test(`is not asked for with the audience ${audience}`, async () => {
      await assertNothingSent({}, { audience }, /`audience` must not be/);
      assert.deepEqual(world.simulator.github.issued, []);
    });
  }

  test('is not sent when it has another audience than it was asked for', async () => {
    const value = serviceAccountToken('api://AzureADTokenExchange');
    world.simulator.faults.add({ path: /idtoken/, fault: { kind: 'json', body: { value } } });
    await assertNothingSent({}, { audience: PRIVATE_AUDIENCE }, /token is for Microsoft's clouds/);
  });

  test('with an audience of the cloud’s own signs in', async () => {
    using job = world.newJob();
    await using _ = await world.signedIn(inputs({ audience: PRIVATE_AUDIENCE }), { job });
    assert.deepEqual(
      world.simulator.github.issued.map(({ audience }) => audience),
      [PRIVATE_AUDIENCE],
    );
  });
});

suite('a pod’s token', () => {
  for (const audience of [...MICROSOFTS.slice(0, 3), ['https://kubernetes.default.svc', MICROSOFTS[0]]]) {
    test(`with the audience ${String(audience)} is not sent`, () =>
      assertNothingSent(podWith(audience), { 'auth-type': 'workload-identity' }, /token is for Microsoft's clouds/));
  }

  test('with an audience of the cloud’s own signs in', async () => {
    using job = world.newJob(podWith([PRIVATE_AUDIENCE]));
    await using _ = await world.signedIn(inputs({ 'auth-type': 'workload-identity' }), { job });
  });
});

suite('the keep-alive process', { concurrency: true }, () => {
  const source = { kind: 'github', audience: PRIVATE_AUDIENCE, issuer: 'private' } as const;

  test('renews by the same rule: GitHub’s token', async () => {
    assert.equal(await renewedOnce(world, source), true);
    assert.equal(await renewedOnce(world, { ...source, audience: 'api://AzureADTokenExchange' }, 3000), false);
  });

  test('and the pod’s', async () => {
    const pod = (audience: string) =>
      ({ kind: 'file', path: podWith(audience)['AZURE_FEDERATED_TOKEN_FILE'] ?? '', issuer: 'private' }) as const;
    assert.equal(await renewedOnce(world, pod(PRIVATE_AUDIENCE)), true);
    assert.equal(await renewedOnce(world, pod('api://AzureADTokenExchange'), 3000), false);
  });
});

suite('a managed identity’s token', () => {
  const machine = { 'auth-type': 'managed-identity', 'client-id': '', 'tenant-id': '' };

  for (const audience of [
    'https://management.azure.com/',
    'https://MANAGEMENT.core.windows.net./',
    'https://api.contoso.example',
  ]) {
    test(`is not asked for with the audience ${audience}`, async () => {
      await describedWith({ audiences: [audience] });
      await assertNothingSent(world.simulator.managedIdentity.imdsVariables, machine, /not its own Resource Manager/);
    });
  }

  test('is not sent when it is for one of Microsoft’s services', async () => {
    const access_token = serviceAccountToken('https://management.azure.com/');
    const body = { access_token, expires_in: 3600 };
    world.simulator.faults.add({ path: /metadata\/identity/, fault: { kind: 'json', body } });
    await assertNothingSent(
      world.simulator.managedIdentity.imdsVariables,
      machine,
      /access token is not for the Resource Manager/,
    );
  });
});

/** The next metadata of the private cloud differ in this. */
async function describedWith(authentication: object): Promise<void> {
  using job = world.newJob();
  await job.step({ inputs: inputs({ 'client-secret': 'wrong' }) });
  const { answer = '' } = world.simulator.requestsTo(new URL(RESOURCE_MANAGER).host)[0] ?? {};
  world.simulator.clear();
  const original = JSON.parse(answer) as { authentication: object };
  const body = { ...original, authentication: { ...original.authentication, ...authentication } };
  world.simulator.faults.add({ path: '/metadata/endpoints', fault: { kind: 'json', body } });
}
