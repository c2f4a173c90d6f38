/** The requests that the other simulated services reject. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { openWorld } from '../action/world.ts';
import { bearer, errorCode, otherWorld, type Reply, send } from './client.ts';

const { simulator, contoso: world } = await openWorld();

function get(url: string, authorization?: string): Promise<Reply> {
  return send(simulator, url, { headers: authorization === undefined ? {} : { Authorization: authorization } });
}

suite('Resource Manager', () => {
  const ARM = 'https://management.azure.com';
  const LIST = `${ARM}/subscriptions?api-version=2022-12-01`;
  const header = async (scope?: string): Promise<string> => `Bearer ${await bearer(simulator, scope)}`;
  type Create = () => string | undefined | Promise<string>;
  const rows: readonly [code: string, what: string, create: Create, url?: string][] = [
    ['AuthenticationFailed', 'no token', () => undefined],
    ['InvalidAuthenticationToken', 'nonsense', () => 'Bearer nonsense'],
    ['InvalidAuthenticationToken', 'a forged token', async () => changed(await header(), '{"oid":"x"}')],
    ['InvalidAuthenticationToken', 'an unsigned token', async () => unsigned(await header())],
    ['InvalidAuthenticationToken', 'GitHub’s token', async () => `Bearer ${await simulator.github.idToken(ARM)}`],
    ['InvalidAuthenticationTokenAudience', 'a token for a vault', () => header('https://vault.azure.net/.default')],
    ['SubscriptionNotFound', 'an unknown subscription', header, one('99999999-9999-4999-8999-999999999999')],
  ];
  for (const [code, what, create, url = LIST] of rows) {
    test(`${code}: ${what}`, async () => assert.equal(errorCode(await get(url, await create())), code));
  }

  test('ExpiredAuthenticationToken: an expired token', async () => {
    const token = await header();
    simulator.clock.skewSeconds = 3600;
    const expired = await get(LIST, token);
    simulator.clock.skewSeconds = 0;
    assert.equal(errorCode(expired), 'ExpiredAuthenticationToken');
  });

  test('AuthorizationFailed: a subscription without a role; InvalidAuthenticationTokenTenant: of another tenant', async () => {
    const [subscription] = world.subscriptions;
    subscription.roleAssignments.length = 0;
    assert.equal(errorCode(await get(one(subscription.id), await header())), 'AuthorizationFailed');
    subscription.tenantId = 'elsewhere';
    assert.equal(errorCode(await get(one(subscription.id), await header())), 'InvalidAuthenticationTokenTenant');
  });

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

  test('an Azure Stack Hub accepts only its own audience', async () => {
    await otherWorld(simulator, { subscriptionCloud: 'AzureStack' });
    const stack = simulator.privateClouds.find(({ name }) => name === 'AzureStack');
    const url = `${stack?.resourceManager}/subscriptions?api-version=2016-06-01`;
    assert.equal(errorCode(await get(url, await header())), 'InvalidAuthenticationTokenAudience');
    assert.equal((await get(url, await header(`${stack?.audience}/.default`))).status, 200);
  });
});

test('GitHub rejects a wrong token, another path, and a job that has ended', async () => {
  const { github } = simulator;
  const token = `Bearer ${github.requestToken}`;
  assert.equal((await get(github.requestUrl, 'Bearer wrong')).status, 401);
  assert.equal((await get('https://pipelines.actions.githubusercontent.com/other/idtoken', token)).status, 404);
  github.jobState = 'completed';
  assert.equal((await get(github.requestUrl, token)).status, 403);
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
    const all = { 'api-version': '2018-02-01', resource: RESOURCE, ...query };
    return identity(`${origin}/metadata/identity/oauth2/token`, all, headers);
  }

  test('IMDS returns an identity by each of its ids, or the only one', async () => {
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

  test('App Service requires its header; Arc requires the content of a file, once', async () => {
    const { appServiceVariables: app, arcVariables: arc } = simulator.managedIdentity;
    const success = `200 ${world.systemIdentity.clientId}`;
    const query = { 'api-version': '2019-08-01', resource: RESOURCE };
    const appService = (secret = '') => identity(app['IDENTITY_ENDPOINT'], query, { 'X-IDENTITY-HEADER': secret });
    assert.equal(await appService(app['IDENTITY_HEADER']), success);
    assert.match(await appService('wrong'), /^401/);

    const arcQuery = { 'api-version': '2020-06-01', resource: RESOURCE };
    const url = `${arc['IDENTITY_ENDPOINT']}?${new URLSearchParams(arcQuery)}`;
    const challenge = (await fetch(url, { headers: { Metadata: 'true' } })).headers.get('www-authenticate') ?? '';
    const secret = readFileSync(challenge.replace('Basic realm=', ''), 'utf8');
    const withSecret = (value: string) =>
      identity(arc['IDENTITY_ENDPOINT'], arcQuery, { Metadata: 'true', Authorization: `Basic ${value}` });
    assert.match(await withSecret('guess'), /^401/);
    assert.equal(await withSecret(secret), success);
    assert.match(await withSecret(secret), /^401/);
  });
});

test('a vault, Microsoft Graph and blob storage accept only tokens for themselves', async () => {
  const statusOf = async (url: string, scope: string, method = 'GET', headers = {}): Promise<number> => {
    const Authorization = `Bearer ${await bearer(simulator, `${scope}/.default`)}`;
    return (await send(simulator, url, { method, headers: { Authorization, ...headers } })).status;
  };
  const ARM = 'https://management.azure.com';
  const blob = 'https://contosostate.blob.core.windows.net/state/a';
  for (const [url, scope, status] of [
    ['https://contoso.vault.azure.net/secrets/greeting?api-version=7.4', 'https://vault.azure.net', 200],
    ['https://graph.microsoft.com/v1.0/organization', 'https://graph.microsoft.com', 200],
    [blob, 'https://storage.azure.com', 404],
  ] as const) {
    const statuses = [(await get(url)).status, await statusOf(url, ARM), await statusOf(url, scope)];
    assert.deepEqual(statuses, [401, 401, status]);
  }
  for (const account of simulator.directory.storageAccounts) account.contributors = [];
  assert.equal(await statusOf(blob, 'https://storage.azure.com', 'PUT'), 403);
});
