/** What the other simulated services refuse, and what they say then. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, suite, test } from 'node:test';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import type { Contoso } from '../../simulator/world.ts';
import { ask, bearer, errorCode, freshWorld, type Reply } from './client.ts';

let simulator: Simulator;
let world: Contoso;
before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.close());
beforeEach(async () => {
  world = await freshWorld(simulator);
});

async function get(url: string, authorization = ''): Promise<Reply> {
  return await ask(simulator, url, { headers: authorization === '' ? {} : { Authorization: authorization } });
}

suite('Resource Manager', () => {
  const ARM = 'https://management.azure.com';
  const LIST = `${ARM}/subscriptions?api-version=2022-12-01`;
  const own = async (scope?: string): Promise<string> => `Bearer ${await bearer(simulator, scope)}`;

  const rows: readonly [code: string, what: string, how: () => Promise<Reply>][] = [
    ['AuthenticationFailed', 'no token', () => get(LIST)],
    ['InvalidAuthenticationToken', 'nonsense', () => get(LIST, 'Bearer nonsense')],
    ['InvalidAuthenticationToken', 'a forged token', async () => get(LIST, changed(await own(), '{"oid":"x"}'))],
    ['InvalidAuthenticationToken', 'an unsigned token', async () => get(LIST, unsigned(await own()))],
    [
      'InvalidAuthenticationToken',
      'GitHub’s token',
      async () => get(LIST, `Bearer ${await simulator.github.idToken(ARM)}`),
    ],
    [
      'InvalidAuthenticationTokenAudience',
      'a token for a vault',
      async () => get(LIST, await own('https://vault.azure.net/.default')),
    ],
    ['ExpiredAuthenticationToken', 'an expired token', expired],
    [
      'SubscriptionNotFound',
      'an unknown subscription',
      async () => get(one('99999999-9999-4999-8999-999999999999'), await own()),
    ],
    ['AuthorizationFailed', 'a subscription without a role', withoutRole],
    ['InvalidAuthenticationTokenTenant', 'a subscription of another tenant', ofAnotherTenant],
  ];
  for (const [code, what, how] of rows) {
    test(`${code}: ${what}`, async () => assert.equal(errorCode(await how()), code));
  }

  function one(id: string): string {
    return `${ARM}/subscriptions/${id}?api-version=2022-12-01`;
  }

  function changed(authorization: string, claims: string): string {
    return authorization.replace(/\..*\./, `.${Buffer.from(claims).toString('base64url')}.`);
  }

  function unsigned(authorization: string): string {
    const none = Buffer.from('{"typ":"JWT","alg":"none"}').toString('base64url');
    return `Bearer ${none}.${authorization.split('.')[1]}.`;
  }

  async function expired(): Promise<Reply> {
    const token = await own();
    simulator.clock.skewSeconds = 3600;
    return get(LIST, token);
  }

  async function withoutRole(): Promise<Reply> {
    world.subscriptions[0].roleAssignments.length = 0;
    return get(one(world.subscriptions[0].id), await own());
  }

  async function ofAnotherTenant(): Promise<Reply> {
    world.subscriptions[0].tenantId = 'elsewhere';
    return get(one(world.subscriptions[0].id), await own());
  }

  test('a Stack Hub takes its own audience alone', async () => {
    await freshWorld(simulator, { subscriptionCloud: 'AzureStack' });
    const stack = simulator.privateClouds.find(({ name }) => name === 'AzureStack');
    const url = `${stack?.resourceManager}/subscriptions?api-version=2016-06-01`;
    assert.equal(errorCode(await get(url, await own())), 'InvalidAuthenticationTokenAudience');
    assert.equal((await get(url, await own(`${stack?.audience}/.default`))).status, 200);
  });
});

test('GitHub refuses a wrong token, another path, and a job that is over', async () => {
  const { github } = simulator;
  const statuses = [
    await get(github.requestUrl, 'Bearer wrong'),
    await get('https://pipelines.actions.githubusercontent.com/other/idtoken', `Bearer ${github.requestToken}`),
  ].map(({ status }) => status);
  github.jobState = 'completed';
  const over = await get(github.requestUrl, `Bearer ${github.requestToken}`);
  github.jobState = 'in-progress';
  assert.deepEqual([...statuses, over.status], [401, 404, 403]);
});

suite('identity endpoints', () => {
  const RESOURCE = 'https://management.core.windows.net/';
  type Fields = Record<string, string>;

  async function identity(url = '', query: Fields, headers: Fields): Promise<string> {
    const response = await fetch(`${url}?${new URLSearchParams(query)}`, { headers });
    const text = await response.text();
    const { client_id, error, error_description } = JSON.parse(text.startsWith('{') ? text : '{}') as Fields;
    return `${response.status} ${client_id ?? error_description ?? error ?? ''}`.trim();
  }

  function imds(query: Fields = {}, headers: Fields = { Metadata: 'true' }): Promise<string> {
    const { AZURE_POD_IDENTITY_AUTHORITY_HOST: origin } = simulator.managedIdentity.imdsVariables;
    const asked = { 'api-version': '2018-02-01', resource: RESOURCE, ...query };
    return identity(`${origin}/metadata/identity/oauth2/token`, asked, headers);
  }

  test('IMDS finds an identity by each of its ids, or the only one there is', async () => {
    const { clientId, objectId, resourceId } = world.userIdentity;
    for (const query of [{ client_id: clientId }, { object_id: objectId }, { msi_res_id: resourceId }]) {
      assert.equal(await imds(query), `200 ${clientId}`);
    }
    const { managedIdentities } = simulator.directory;
    managedIdentities.splice(managedIdentities.indexOf(world.systemIdentity), 1);
    assert.equal(await imds(), `200 ${clientId}`);
    managedIdentities.push({ ...world.userIdentity, clientId: 'another' });
    assert.match(await imds(), /^400 Multiple user assigned identities exist/);
  });

  test('App Service wants its header; Arc gives a token for the content of a file, once', async () => {
    const { appServiceVariables: app, arcVariables: arc } = simulator.managedIdentity;
    const query = { 'api-version': '2019-08-01', resource: RESOURCE };
    const own = `200 ${world.systemIdentity.clientId}`;
    assert.equal(
      await identity(app['IDENTITY_ENDPOINT'], query, { 'X-IDENTITY-HEADER': app['IDENTITY_HEADER'] ?? '' }),
      own,
    );
    assert.match(await identity(app['IDENTITY_ENDPOINT'], query, { 'X-IDENTITY-HEADER': 'wrong' }), /^401/);

    const asked = { 'api-version': '2020-06-01', resource: RESOURCE };
    const url = `${arc['IDENTITY_ENDPOINT']}?${new URLSearchParams(asked)}`;
    const challenge = (await fetch(url, { headers: { Metadata: 'true' } })).headers.get('www-authenticate') ?? '';
    const file = challenge.replace('Basic realm=', '');
    const proof = { Metadata: 'true', Authorization: `Basic ${readFileSync(file, 'utf8')}` };
    assert.match(await identity(arc['IDENTITY_ENDPOINT'], asked, { ...proof, Authorization: 'Basic guess' }), /^401/);
    assert.equal(await identity(arc['IDENTITY_ENDPOINT'], asked, proof), own);
    assert.match(await identity(arc['IDENTITY_ENDPOINT'], asked, proof), /^401/);
  });
});

test('a vault, Microsoft Graph and blob storage want tokens of their own', async () => {
  const asked = async (url: string, scope: string, method = 'GET', headers = {}): Promise<number> => {
    const Authorization = `Bearer ${await bearer(simulator, `${scope}/.default`)}`;
    return (await ask(simulator, url, { method, headers: { Authorization, ...headers } })).status;
  };
  const ARM = 'https://management.azure.com';
  const blob = 'https://contosostate.blob.core.windows.net/state/a';
  for (const [url, scope, status] of [
    ['https://contoso.vault.azure.net/secrets/greeting?api-version=7.4', 'https://vault.azure.net', 200],
    ['https://graph.microsoft.com/v1.0/organization', 'https://graph.microsoft.com', 200],
    [blob, 'https://storage.azure.com', 404],
  ] as const) {
    assert.deepEqual([(await get(url)).status, await asked(url, ARM), await asked(url, scope)], [401, 401, status]);
  }
  for (const account of simulator.directory.storageAccounts) account.contributors = [];
  assert.equal(await asked(blob, 'https://storage.azure.com', 'PUT'), 403);
});
