import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { tenant } from '../../simulator/directory.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Contoso, contoso } from '../../simulator/world.ts';
import { ask, bearer, errorCode, type Reply } from './client.ts';

const ARM = 'https://management.azure.com';

let simulator: Simulator;
let world: Contoso;
let token: string;

before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.close());

beforeEach(async () => {
  const { tenants, applications, users, subscriptions, managedIdentities, vaults } = simulator.directory;
  for (const list of [tenants, applications, users, subscriptions, managedIdentities, vaults]) list.length = 0;
  world = await contoso(simulator);
  simulator.clock.skewSeconds = 0;
  simulator.resourceManager.pageSize = 50;
  token = await bearer(simulator);
});

async function get(url: string, authorization = `Bearer ${token}`): Promise<Reply> {
  return await ask(simulator, url, { headers: authorization === '' ? {} : { Authorization: authorization } });
}

function names(reply: Reply): string[] {
  return reply.json.value.map((entry) => entry.displayName);
}

test('subscriptions: those with a role assignment, page by page', async () => {
  simulator.resourceManager.pageSize = 1;
  const seen: string[] = [];
  let url: string | undefined = `${ARM}/subscriptions?api-version=2022-12-01`;
  let pages = 0;
  while (url !== undefined) {
    const reply = await get(url);
    assert.equal(reply.status, 200, reply.text);
    assert.ok(reply.headers['x-ms-request-id']);
    seen.push(...names(reply));
    url = reply.json.nextLink;
    pages++;
  }
  assert.deepEqual([seen, pages], [['Production', 'Development', 'Retired'], 3]);
  world.subscriptions[1].roleAssignments.length = 0;
  simulator.resourceManager.pageSize = 50;
  const reply = await get(`${ARM}/subscriptions?api-version=2022-12-01`);
  assert.deepEqual([names(reply), reply.json.nextLink], [['Production', 'Retired'], undefined]);
  assert.equal(errorCode(await get(`${ARM}/subscriptions?api-version=2022-12-01&$skiptoken=x`)), 'InvalidSkipToken');
});

test('a bearer is refused: missing, malformed, forged, expired, for another audience, unsigned', async () => {
  const url = `${ARM}/subscriptions?api-version=2022-12-01`;
  const [header, payload, signature] = token.split('.');
  const refused = async (authorization: string) => {
    const reply = await get(url, authorization);
    assert.equal(reply.status, 401);
    assert.match(
      String(reply.headers['www-authenticate']),
      /^Bearer authorization_uri="https:\/\/login.microsoftonline.com\/common", error="invalid_token"/,
    );
    return errorCode(reply);
  };
  assert.equal(await refused(''), 'AuthenticationFailed');
  assert.equal(await refused('Bearer nonsense'), 'InvalidAuthenticationToken');
  const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, oid: world.user.objectId })).toString('base64url');
  assert.equal(await refused(`Bearer ${header}.${forged}.${signature}`), 'InvalidAuthenticationToken');
  const none = Buffer.from('{"typ":"JWT","alg":"none"}').toString('base64url');
  assert.equal(await refused(`Bearer ${none}.${payload}.`), 'InvalidAuthenticationToken');
  assert.equal(
    await refused(`Bearer ${await bearer(simulator, 'https://vault.azure.net/.default')}`),
    'InvalidAuthenticationTokenAudience',
  );
  assert.equal(
    await refused(`Bearer ${await simulator.github.idToken('https://management.azure.com/')}`),
    'InvalidAuthenticationToken',
  );
  simulator.clock.skewSeconds = 3600;
  assert.equal(await refused(`Bearer ${token}`), 'ExpiredAuthenticationToken');
});

test('each cloud’s Resource Manager accepts its own audiences alone, in all four spellings', async () => {
  for (const audience of ['https://management.azure.com', 'https://management.core.windows.net']) {
    for (const ending of ['', '/']) {
      const reply = await get(
        `${ARM}/subscriptions?api-version=2022-12-01`,
        `Bearer ${await bearer(simulator, `${audience}${ending}/.default`)}`,
      );
      assert.equal(reply.status, 200, `${audience}${ending}`);
    }
  }
  const elsewhere = await get('https://management.usgovcloudapi.net/subscriptions?api-version=2022-12-01');
  assert.equal(errorCode(elsewhere), 'InvalidAuthenticationTokenAudience');
});

test('one subscription: found, unknown, without a role, of another tenant', async () => {
  const [production] = world.subscriptions;
  const url = (id: string) => `${ARM}/subscriptions/${id}?api-version=2022-12-01`;
  const found = await get(url(production.id.toUpperCase()));
  assert.deepEqual([found.status, found.json.displayName, found.json.state], [200, 'Production', 'Enabled']);
  const unknown = await get(url('99999999-9999-4999-8999-999999999999'));
  assert.deepEqual([unknown.status, errorCode(unknown)], [404, 'SubscriptionNotFound']);
  production.roleAssignments.length = 0;
  const barred = await get(url(production.id));
  assert.deepEqual([barred.status, errorCode(barred)], [403, 'AuthorizationFailed']);
  assert.ok(barred.text.includes(`'${world.application.clientId}' with object id '${world.principalId}'`));
  production.tenantId = '99999999-9999-4999-8999-999999999999';
  assert.equal(errorCode(await get(url(production.id))), 'InvalidAuthenticationTokenTenant');
  production.managedByTenants.push(world.tenant.id);
  production.roleAssignments.push(world.principalId);
  assert.equal((await get(url(production.id))).status, 200, 'Lighthouse');
});

test('without a token a subscription gives away its tenant', async () => {
  const reply = await get(`${ARM}/subscriptions/${world.subscriptions[0].id}?api-version=2022-12-01`, '');
  assert.ok(String(reply.headers['www-authenticate']).includes(`/${world.tenant.id}"`));
});

test('the api-version is required', async () => {
  assert.equal(errorCode(await get(`${ARM}/subscriptions`)), 'MissingApiVersionParameter');
  assert.equal(errorCode(await get(`${ARM}/subscriptions?api-version=latest`)), 'InvalidApiVersionParameter');
});

test('tenants: an application’s own, a user’s with those he is a guest of', async () => {
  const url = `${ARM}/tenants?api-version=2022-12-01`;
  const own = await get(url);
  assert.deepEqual(
    own.json.value.map((entry) => [entry.tenantId, entry.displayName]),
    [[world.tenant.id, undefined]],
  );
  const fabrikam = tenant({ id: 'fabrikam', domains: ['fabrikam.com'], displayName: 'Fabrikam', cloud: 'AzureCloud' });
  simulator.directory.tenants.push(fabrikam);
  world.user.guestIn.push({ tenantId: 'fabrikam', objectId: 'guest', multifactor: 'required' });
  const form = {
    client_id: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
    scope: 'https://management.core.windows.net//.default',
    grant_type: 'password',
    username: world.user.userPrincipalName,
    password: world.password,
  };
  const signedIn = await ask(simulator, 'https://login.microsoftonline.com/organizations/oauth2/v2.0/token', { form });
  assert.deepEqual(names(await get(url, `Bearer ${signedIn.json.access_token}`)), ['Contoso', 'Fabrikam']);
});

test('resource groups are listed under both spellings, made and removed', async () => {
  const base = `${ARM}/subscriptions/${world.subscriptions[0].id}`;
  for (const collection of ['resourcegroups', 'resourceGroups']) {
    const reply = await get(`${base}/${collection}?api-version=2021-04-01`);
    assert.deepEqual(
      reply.json.value.map((entry) => entry.name),
      ['production-web', 'production-data'],
    );
  }
  const gone = await ask(simulator, `${base}/resourcegroups/production-web?api-version=2021-04-01`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${token}` },
  });
  assert.equal(gone.status, 200);
  const reply = await get(`${base}/resourcegroups/production-web?api-version=2021-04-01`);
  assert.deepEqual([reply.status, errorCode(reply)], [404, 'ResourceGroupNotFound']);
});

test('metadata: an object, an array, and a Stack Hub’s own shape', async () => {
  const url = (host: string, version: string) => `https://${host}/metadata/endpoints?api-version=${version}`;
  const one = await get(url('management.azure.com', '2022-09-01'), '');
  assert.deepEqual(
    [one.json.name, one.json.authentication.loginEndpoint],
    ['AzureCloud', 'https://login.microsoftonline.com/'],
  );
  const all = JSON.parse((await get(url('management.azure.com', '2019-05-01'), '')).text) as { name: string }[];
  assert.deepEqual(
    all.map(({ name }) => name),
    ['AzureCloud', 'AzureUSGovernment', 'AzureChinaCloud', 'AzureGermanCloud'],
  );
  const stack = await get(url('management.local.azurestack.external', '2015-01-01'), '');
  assert.ok(stack.json.authentication.audiences[0]?.startsWith('https://management.contoso.onmicrosoft.com/'));
  assert.equal((await get(url('management.local.azurestack.external', '2022-09-01'), '')).status, 400);
  const adfs = await get(url('management.adfs.azurestack.external', '2015-01-01'), '');
  assert.ok(adfs.json.authentication.loginEndpoint.endsWith('/adfs'));

  const own = simulator.privateClouds.find((cloud) => cloud.name === 'PrivateCloud');
  assert.ok(own);
  own.metadataMark = 'byte-order-mark';
  const marked = await get(url('management.private.azurestack.external', '2022-09-01'), '');
  own.metadataMark = 'none';
  assert.equal(marked.text.codePointAt(0), 0xfeff);
});

test('a Stack Hub accepts its own audience alone and older api-versions', async () => {
  const { directory } = simulator;
  directory.tenants.length = 0;
  directory.applications.length = 0;
  directory.subscriptions.length = 0;
  await contoso(simulator, { subscriptionCloud: 'AzureStack' });
  const stack = simulator.privateClouds.find((cloud) => cloud.name === 'AzureStack');
  assert.ok(stack);
  const url = (version: string) => `${stack.resourceManager}/subscriptions?api-version=${version}`;
  assert.equal(errorCode(await get(url('2016-06-01'))), 'InvalidAuthenticationTokenAudience');
  const own = `Bearer ${await bearer(simulator, `${stack.audience}/.default`)}`;
  assert.deepEqual(names(await get(url('2016-06-01'), own)), ['Production', 'Development', 'Retired']);
  assert.equal(errorCode(await get(url('2022-12-01'), own)), 'InvalidApiVersionParameter');
});

test('a vault and Microsoft Graph want tokens of their own', async () => {
  const secret = 'https://contoso.vault.azure.net/secrets/greeting?api-version=7.4';
  const challenge = await get(secret);
  assert.equal(challenge.status, 401);
  assert.match(String(challenge.headers['www-authenticate']), /resource="https:\/\/vault.azure.net"/);
  const vault = await bearer(simulator, 'https://vault.azure.net/.default');
  assert.ok((await get(secret, `Bearer ${vault}`)).text.includes('hello from the vault'));
  for (const entry of simulator.directory.vaults) entry.readers.length = 0;
  assert.equal((await get(secret, `Bearer ${vault}`)).status, 403);
  const organization = 'https://graph.microsoft.com/v1.0/organization';
  assert.equal((await get(organization)).status, 401);
  const graph = await bearer(simulator, 'https://graph.microsoft.com/.default');
  assert.deepEqual(names(await get(organization, `Bearer ${graph}`)), ['Contoso']);
});
