import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Machine } from '../../simulator/managed-identity.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Contoso, contoso } from '../../simulator/world.ts';
import { ASSERTION_TYPE, ask, claimsOf, RESOURCE_MANAGER_SCOPE } from './client.ts';

let simulator: Simulator;
let world: Contoso;

before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.close());
beforeEach(async () => {
  const { tenants, applications, users, subscriptions, managedIdentities, vaults } = simulator.directory;
  for (const list of [tenants, applications, users, subscriptions, managedIdentities, vaults]) list.length = 0;
  world = await contoso(simulator);
});

const RESOURCE = 'https://management.core.windows.net/';

interface Body {
  readonly access_token: string;
  readonly expires_in: string;
  readonly expires_on: string;
  readonly client_id: string;
  readonly resource: string;
  readonly error: string;
  readonly error_description: string;
}

interface MetadataReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

async function get(
  url: string,
  query: Record<string, string>,
  headers: Record<string, string>,
): Promise<MetadataReply> {
  const response = await fetch(`${url}?${new URLSearchParams(query)}`, { headers });
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const body = isJson ? ((await response.json()) as Body) : ({} as Body);
  return { status: response.status, headers: response.headers, body };
}

async function imds(query: Record<string, string> = {}, headers: Record<string, string> = { Metadata: 'true' }) {
  const { AZURE_POD_IDENTITY_AUTHORITY_HOST: origin } = simulator.managedIdentity.imdsVariables;
  const url = `${origin}/metadata/identity/oauth2/token`;
  return await get(url, { 'api-version': '2018-02-01', resource: RESOURCE, ...query }, headers);
}

test('IMDS gives the machine’s identity a token, numbers as strings', async () => {
  const { status, body } = await imds();
  assert.deepEqual([status, body.expires_in, body.resource], [200, '3599', RESOURCE]);
  assert.equal(body.client_id, world.systemIdentity.clientId);
  assert.equal(claimsOf(body.access_token)['oid'], world.systemIdentity.objectId);
  const reply = await ask(simulator, 'https://management.azure.com/subscriptions?api-version=2022-12-01', {
    headers: { Authorization: `Bearer ${body.access_token}` },
  });
  assert.equal(reply.json.value.length, 3);
});

test('IMDS finds a user-assigned identity by client id, object id and resource id', async () => {
  const { clientId, objectId, resourceId } = world.userIdentity;
  for (const query of [{ client_id: clientId }, { object_id: objectId }, { msi_res_id: resourceId }]) {
    assert.equal((await imds(query)).body.client_id, clientId);
  }
  const unknown = await imds({ client_id: '99999999-9999-4999-8999-999999999999' });
  assert.deepEqual([unknown.status, unknown.body.error_description], [400, 'Identity not found']);
});

test('IMDS without a system-assigned identity: the only other one, or a question, or none', async () => {
  const { managedIdentities } = simulator.directory;
  managedIdentities.splice(managedIdentities.indexOf(world.systemIdentity), 1);
  assert.equal((await imds()).body.client_id, world.userIdentity.clientId);
  managedIdentities.push({ ...world.userIdentity, clientId: 'another' });
  assert.match((await imds()).body.error_description, /^Multiple user assigned identities exist/);
  managedIdentities.length = 0;
  assert.equal((await imds()).body.error_description, 'Identity not found');
});

test('IMDS refuses: no Metadata header, a forwarded request, no version, no resource, an unknown one', async () => {
  assert.equal((await imds({}, {})).body.error, 'bad_request_102');
  assert.equal((await imds({}, { Metadata: 'true', 'X-Forwarded-For': '10.0.0.1' })).status, 400);
  assert.match((await imds({ resource: '' })).body.error_description, /'resource'/);
  assert.equal((await imds({ resource: 'https://nowhere.example' })).body.error, 'invalid_resource');
  const bare = await get(`${simulator.managedIdentity.url}/metadata/identity/oauth2/token`, {}, { Metadata: 'true' });
  assert.equal(bare.status, 400);
});

test('a machine can have an identity of its own alone, none, refuse everybody, or have no metadata service', async (context) => {
  const { managedIdentity } = simulator;
  context.after(() => managedIdentity.become('identities'));
  const outcome = async (query: Record<string, string>): Promise<string> => {
    const answer = imds(query, { Metadata: 'true', Connection: 'close' }).then(
      ({ status, body }) => `${status} ${body.client_id ?? JSON.stringify(body)}`,
      (error: Error & { cause?: { code?: string } }) => String(error.cause?.code ?? error),
    );
    return await Promise.race([answer, setTimeout(1500, 'no answer', { ref: false })]);
  };
  const { clientId: own } = world.systemIdentity;
  const notFound = '400 {"error":"invalid_request","error_description":"Identity not found"}';
  const expected: Readonly<Record<Machine, readonly [unnamed: string, named: string]>> = {
    'system-assigned': [`200 ${own}`, notFound],
    'no-identity': [notFound, notFound],
    unauthorized: ['401 {}', '401 {}'],
    absent: ['ECONNREFUSED', 'ECONNREFUSED'],
    // Windows refuses a connection that nobody takes.
    'black-hole': process.platform === 'win32' ? ['ECONNREFUSED', 'ECONNREFUSED'] : ['no answer', 'no answer'],
    identities: [`200 ${own}`, `200 ${world.userIdentity.clientId}`],
  };
  for (const [machine, outcomes] of Object.entries(expected)) {
    await managedIdentity.become(machine as Machine);
    const seen = await Promise.all([outcome({}), outcome({ client_id: world.userIdentity.clientId })]);
    assert.deepEqual(seen, outcomes, machine);
  }
});

test('App Service wants its header and its version', async () => {
  const { IDENTITY_ENDPOINT: url = '', IDENTITY_HEADER: header = '' } = simulator.managedIdentity.appServiceVariables;
  const query = { 'api-version': '2019-08-01', resource: RESOURCE };
  const { status, body } = await get(url, query, { 'X-IDENTITY-HEADER': header });
  assert.deepEqual([status, body.client_id], [200, world.systemIdentity.clientId]);
  assert.equal((await get(url, query, { 'X-IDENTITY-HEADER': 'wrong' })).status, 401);
  assert.equal(
    (await get(url, { ...query, 'api-version': '2017-09-01' }, { 'X-IDENTITY-HEADER': header })).status,
    400,
  );
});

test('Arc hands out a token for the content of a file, once', async () => {
  const { IDENTITY_ENDPOINT: url = '' } = simulator.managedIdentity.arcVariables;
  const query = { 'api-version': '2020-06-01', resource: RESOURCE };
  const challenge = await get(url, query, { Metadata: 'true' });
  assert.equal(challenge.status, 401);
  const file = /^Basic realm=(.*\.key)$/.exec(challenge.headers.get('www-authenticate') ?? '')?.[1] ?? '';
  assert.ok(file.startsWith(simulator.managedIdentity.arcKeyFolder));
  const proven = { Metadata: 'true', Authorization: `Basic ${readFileSync(file, 'utf8')}` };
  assert.equal((await get(url, query, { ...proven, Authorization: 'Basic guess' })).status, 401);
  assert.equal((await get(url, query, proven)).body.client_id, world.systemIdentity.clientId);
  assert.equal((await get(url, query, proven)).status, 401);
});

test('an application can trust a managed identity; nobody else’s Entra token will do', async () => {
  world.application.federatedCredentials.push({
    name: 'identity',
    issuer: `https://login.microsoftonline.com/${world.tenant.id}/v2.0`,
    subject: world.userIdentity.objectId,
    audiences: ['api://AzureADTokenExchange'],
  });
  const exchange = async (assertion: string) =>
    await ask(simulator, `https://login.microsoftonline.com/${world.tenant.id}/oauth2/v2.0/token`, {
      form: {
        client_id: world.application.clientId,
        scope: RESOURCE_MANAGER_SCOPE,
        grant_type: 'client_credentials',
        client_assertion: assertion,
        client_assertion_type: ASSERTION_TYPE,
      },
    });
  const { body } = await imds({ resource: 'api://AzureADTokenExchange', client_id: world.userIdentity.clientId });
  const reply = await exchange(body.access_token);
  assert.equal(reply.status, 200, reply.text);
  const secret = await ask(simulator, `https://login.microsoftonline.com/${world.tenant.id}/oauth2/v2.0/token`, {
    form: {
      client_id: world.application.clientId,
      client_secret: world.clientSecret,
      scope: 'api://AzureADTokenExchange/.default',
      grant_type: 'client_credentials',
    },
  });
  assert.deepEqual((await exchange(secret.json.access_token)).json.error_codes, [700229]);
  assert.deepEqual((await exchange((await imds()).body.access_token)).json.error_codes, [700222]);
});
