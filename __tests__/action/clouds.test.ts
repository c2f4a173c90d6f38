/** What a cloud may say of itself, and what is refused. What a sign-in to each does is in `sessions.test.ts`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FaultKind } from '../../simulator/faults.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { World } from './world.ts';

const STACK_ADFS = { 'resource-manager-url': 'https://management.adfs.azurestack.external' };
const OWN = { 'resource-manager-url': 'https://management.private.azurestack.external' };

test('the audience that the workflow gave is the only one', async () => {
  const environment = 'AzureUSGovernment';
  await using world = await World.start({}, { cloud: environment });
  const publicOne = KNOWN_CLOUDS.AzureCloud.federatedAudience;
  for (const credential of world.contoso.application.federatedCredentials) credential.audiences = [publicOne];
  const audience = KNOWN_CLOUDS.AzureUSGovernment.federatedAudience;
  await world.refused({ ...world.identity, environment, audience }, /AADSTS700212/);
  assert.equal(world.simulator.github.issued.length, 1);
});

test('AD FS: GitHub’s tokens are refused before one is asked for', async () => {
  await using world = await World.start({}, { cloud: 'AzureStackADFS' });
  const told = /AD FS, which does not accept the tokens of other issuers/;
  await world.refused({ ...world.identity, ...STACK_ADFS }, told);
  assert.deepEqual(world.simulator.github.issued, []);
});

suite('a private cloud', () => {
  const ask = { path: '/metadata/endpoints' };

  test('is asked again when it does not answer, by the one rule', async () => {
    await using world = await World.start({}, { cloud: 'PrivateCloud' });
    const { faults, connections } = world.simulator;
    for (const fault of [{ kind: 'status', status: 503 }, { kind: 'html' }] as const) faults.add({ ...ask, fault });
    const step = await world.signedIn({ ...world.secret, ...OWN, subscription: 'Production' });
    assert.equal(world.asked.length, 3 + 2);
    assert.match(step.result.log, /The discovery of the endpoints of the private cloud failed \(try 2 of 5\)/);
    assert.ok((connections.handshakes.get('management.private.azurestack.external') ?? 0) <= 2);
  });

  type Description = Record<string, unknown> & { readonly authentication: Record<string, unknown> };

  /** What is said in place of the truth, how often somebody is asked then, and what the error says. */
  const rows: Readonly<Record<string, readonly [(truth: Description) => FaultKind, asked: number, RegExp]>> = {
    'with a token issuer that is not https': [
      (truth) =>
        described({ ...truth, authentication: { ...truth.authentication, loginEndpoint: 'http://login.example' } }),
      1,
      /Its token issuer must be the URL of an https host, but it is http:\/\/login\.example/,
    ],
    'that has its Resource Manager elsewhere': [
      (truth) => described({ ...truth, resourceManager: 'https://management.azure.com/' }),
      1,
      /describes other clouds, not its own[\s\S]*resource-manager-url: https:\/\/management\.azure\.com/,
    ],
    'that wants a token for the Resource Manager of another cloud': [
      ({ authentication, ...truth }) => {
        const publicOne = {
          loginEndpoint: 'https://login.microsoftonline.com/',
          audiences: ['https://management.azure.com/'],
        };
        return described({ ...truth, authentication: { ...authentication, ...publicOne } });
      },
      1,
      /asks for tokens for https:\/\/management\.azure\.com\/, which is not its own/,
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
      await using world = await World.start({}, { cloud: 'PrivateCloud' });
      await world.signIn({ ...world.secret, 'client-secret': 'wrong', ...OWN });
      const { answer = '' } = world.simulator.requestsTo('management.private.azurestack.external')[0] ?? {};
      world.simulator.clear();
      world.simulator.faults.add({ ...ask, times: 3, fault: said(JSON.parse(answer) as Description) });
      await world.refused({ ...world.secret, ...OWN }, message);
      const url = 'GET management.private.azurestack.external/metadata/endpoints';
      assert.deepEqual([world.asked, world.simulator.escaped], [Array(asked).fill(url), []]);
    });
  }

  function described(body: object): FaultKind {
    return { kind: 'json', body };
  }

  test('whose next page is at another host is refused', async () => {
    await using world = await World.start({}, { cloud: 'PrivateCloud' });
    const body = { value: [], nextLink: 'https://management.azure.com/subscriptions?api-version=2022-12-01' };
    world.simulator.faults.add({ path: '/subscriptions', fault: { kind: 'json', body } });
    await world.refused({ ...world.secret, ...OWN }, /link to another host/);
    assert.equal(world.simulator.requestsTo('management.azure.com').length, 0);
  });
});
