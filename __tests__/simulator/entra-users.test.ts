import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { application, tenant } from '../../simulator/directory.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Contoso, contoso } from '../../simulator/world.ts';
import { ask, claimsOf, RESOURCE_MANAGER_SCOPE, type Reply } from './client.ts';

const AZURE_CLI = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';
const POWERSHELL = '1950a258-227b-4e31-a9cf-717495945fc2';
const SCOPES = `${RESOURCE_MANAGER_SCOPE} openid profile offline_access`;
const FABRIKAM = '99999999-9999-4999-8999-999999999999';

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
  simulator.clock.skewSeconds = 0;
  simulator.deviceLogin.intervalSeconds = 0;
  simulator.deviceLogin.automatic = undefined;
});

type Fields = Record<string, string>;

function tokenUrl(tenant = 'organizations'): string {
  return `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`;
}

async function signIn(changes: Fields = {}, url = tokenUrl()): Promise<Reply> {
  const form = {
    client_id: AZURE_CLI,
    scope: SCOPES,
    grant_type: 'password',
    username: world.user.userPrincipalName,
    password: world.password,
    client_info: '1',
    ...changes,
  };
  return await ask(simulator, url, { form });
}

async function refresh(token: string, changes: Fields = {}, url = tokenUrl()): Promise<Reply> {
  const form = { client_id: AZURE_CLI, scope: SCOPES, grant_type: 'refresh_token', refresh_token: token, ...changes };
  return await ask(simulator, url, { form });
}

function assertRefused(reply: Reply, error: string, code: number, status = 400): void {
  assert.deepEqual([reply.status, reply.json.error, reply.json.error_codes], [status, error, [code]], reply.text);
}

test('a password gets an access token, a signed id token, a family refresh token and the home account', async () => {
  const { json } = await signIn();
  const { aud, upn, oid, tid, scp, idtyp, appidacr } = claimsOf(json.access_token);
  assert.deepEqual(
    { aud, upn, oid, tid, scp, idtyp, appidacr },
    {
      aud: 'https://management.core.windows.net/',
      upn: 'ada@contoso.com',
      oid: world.user.objectId,
      tid: world.tenant.id,
      scp: 'user_impersonation',
      idtyp: 'user',
      appidacr: '0',
    },
  );
  assert.equal(
    json.scope,
    'https://management.core.windows.net//user_impersonation https://management.core.windows.net//.default',
  );
  assert.equal(json.foci, '1');
  assert.deepEqual(JSON.parse(Buffer.from(json.client_info, 'base64url').toString()), {
    uid: world.user.objectId,
    utid: world.tenant.id,
  });
  const keys = await ask(simulator, 'https://login.microsoftonline.com/common/discovery/v2.0/keys');
  const [key] = keys.json.keys;
  assert.ok(key);
  const cut = json.id_token.lastIndexOf('.');
  const signature = Buffer.from(json.id_token.slice(cut + 1), 'base64url');
  const signed = Buffer.from(json.id_token.slice(0, cut));
  assert.ok(verify('sha256', signed, createPublicKey({ key, format: 'jwk' }), signature));
  assert.equal(claimsOf(json.id_token)['preferred_username'], 'ada@contoso.com');
});

test('without the OpenID scopes there is an access token alone', async () => {
  const { json } = await signIn({ scope: RESOURCE_MANAGER_SCOPE, client_info: '' });
  assert.deepEqual([json.refresh_token, json.id_token, json.client_info], [undefined, undefined, undefined]);
});

test('users are refused: unknown, wrong password, disabled, expired, blocked, over common', async () => {
  assertRefused(await signIn({ username: 'nobody@contoso.com' }), 'invalid_grant', 50034);
  assertRefused(await signIn({ password: 'wrong' }), 'invalid_grant', 50126);
  assertRefused(await signIn({ password: '' }), 'invalid_request', 900144);
  assertRefused(await signIn({}, tokenUrl('common')), 'invalid_request', 9001023);
  world.user.passwordState = 'expired';
  assertRefused(await signIn(), 'invalid_grant', 50055);
  world.user.enabled = false;
  assertRefused(await signIn(), 'invalid_grant', 50057);
  world.user.enabled = true;
  world.user.passwordState = 'valid';
  world.tenant.blockedByConditionalAccess.push(world.user.objectId);
  assertRefused(await signIn(), 'invalid_grant', 53003);
});

test('ten wrong passwords lock the account, even for the right one', async () => {
  for (let attempt = 0; attempt < 10; attempt++) assertRefused(await signIn({ password: 'x' }), 'invalid_grant', 50126);
  assertRefused(await signIn(), 'invalid_grant', 50053);
});

test('multifactor authentication: version 2.0 and 1.0 say it in their own way', async () => {
  world.user.multifactor = 'required';
  const reply = await signIn();
  assertRefused(reply, 'invalid_grant', 50076);
  assert.equal(reply.json.suberror, 'basic_action');
  assert.ok(JSON.parse(reply.json.claims));
  world.user.multifactor = 'unregistered';
  const resource = 'https://management.core.windows.net/';
  const old = await signIn({ resource }, 'https://login.microsoftonline.com/common/oauth2/token');
  assertRefused(old, 'interaction_required', 50079);
});

test('a confidential client proves itself, or allows public client flows', async () => {
  const client = { client_id: world.application.clientId };
  assertRefused(await signIn(client, tokenUrl(world.tenant.id)), 'invalid_client', 7000218, 401);
  world.application.allowPublicClientFlows = true;
  assert.equal((await signIn(client, tokenUrl(world.tenant.id))).status, 200);
  assertRefused(await signIn({ client_secret: 'x' }), 'invalid_client', 700025, 401);
});

test('version 1.0 answers a user with strings and an unsigned id token', async () => {
  const reply = await signIn(
    { resource: 'https://management.core.windows.net/' },
    'https://login.microsoftonline.com/common/oauth2/token?api-version=1.0',
  );
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.json.expires_in, '3599');
  assert.ok(reply.json.id_token.endsWith('.'));
  assert.equal(claimsOf(reply.json.id_token)['upn'], 'ada@contoso.com');
  assert.ok(reply.json.refresh_token);
});

test('a refresh token serves the family of clients, another resource and another tenant', async () => {
  simulator.directory.tenants.push(
    tenant({ id: FABRIKAM, domains: ['fabrikam.com'], displayName: 'Fabrikam', cloud: 'AzureCloud' }),
  );
  const { refresh_token: token } = (await signIn()).json;
  const vault = { client_id: POWERSHELL, scope: 'https://vault.azure.net/.default offline_access' };
  const reply = await refresh(token, vault);
  assert.equal(claimsOf(reply.json.access_token)['aud'], 'https://vault.azure.net');
  const url = tokenUrl(FABRIKAM);
  assertRefused(await signIn({}, url), 'invalid_grant', 50034);
  assertRefused(await refresh(token, {}, url), 'invalid_grant', 50020);
  world.user.guestIn.push({ tenantId: FABRIKAM, objectId: 'guest-object', multifactor: 'none' });
  const guest = claimsOf((await refresh(token, {}, url)).json.access_token);
  assert.deepEqual([guest['tid'], guest['oid'], guest['upn']], [FABRIKAM, 'guest-object', undefined]);
  for (const entry of world.user.guestIn) entry.multifactor = 'required';
  assertRefused(await refresh(token, {}, url), 'invalid_grant', 50076);
});

test('refresh tokens are refused: unknown, of another client, expired, revoked', async () => {
  simulator.directory.applications.push({
    ...application({ clientId: 'aaaa1111-1111-4111-8111-111111111111', displayName: 'own', tenantId: world.tenant.id }),
    kind: 'public',
    servicePrincipals: [{ tenantId: world.tenant.id, objectId: 'own-object', enabled: true }],
  });
  const { refresh_token: token } = (await signIn()).json;
  assertRefused(await refresh('1.nonsense'), 'invalid_grant', 9002313);
  const stranger = { client_id: 'aaaa1111-1111-4111-8111-111111111111' };
  assertRefused(await refresh(token, stranger), 'invalid_grant', 70000);
  simulator.clock.skewSeconds = simulator.entra.refreshTokenLifetimeSeconds + 1;
  assertRefused(await refresh(token), 'invalid_grant', 700082);
  simulator.clock.skewSeconds = 0;
  world.user.sessionsRevokedOn = new Date();
  assertRefused(await refresh(token), 'invalid_grant', 50173);
});

async function startDevice(): Promise<Reply> {
  const url = 'https://login.microsoftonline.com/organizations/oauth2/v2.0/devicecode';
  return await ask(simulator, url, { form: { client_id: AZURE_CLI, scope: SCOPES } });
}

async function poll(code: string, grant = 'urn:ietf:params:oauth:grant-type:device_code'): Promise<Reply> {
  return await ask(simulator, tokenUrl(), { form: { client_id: AZURE_CLI, grant_type: grant, device_code: code } });
}

test('device code: pending until approved, then once; both spellings', async () => {
  const { json } = await startDevice();
  assert.ok(json.message.includes(json.user_code));
  assertRefused(await poll(json.device_code), 'authorization_pending', 70016);
  assertRefused(await poll(json.device_code, 'device_code'), 'authorization_pending', 70016);
  world.user.multifactor = 'required';
  simulator.deviceLogin.approve(json.user_code, world.user.userPrincipalName);
  const reply = await poll(json.device_code);
  assert.equal(claimsOf(reply.json.access_token)['upn'], world.user.userPrincipalName);
  assert.equal((await refresh(reply.json.refresh_token)).status, 200, 'the second factor counts for the refresh token');
  assertRefused(await poll(json.device_code), 'bad_verification_code', 70018);
});

test('device code: declined, expired, unknown, too fast, by itself', async () => {
  const declined = (await startDevice()).json;
  simulator.deviceLogin.decline(declined.user_code);
  assertRefused(await poll(declined.device_code), 'authorization_declined', 70012);
  const expired = (await startDevice()).json;
  simulator.clock.skewSeconds = 901;
  assertRefused(await poll(expired.device_code), 'expired_token', 70020);
  simulator.clock.skewSeconds = 0;
  assertRefused(await poll('nonsense'), 'bad_verification_code', 70018);

  simulator.deviceLogin.intervalSeconds = 5;
  const fast = (await startDevice()).json;
  await poll(fast.device_code);
  assert.equal((await poll(fast.device_code)).json.error, 'slow_down');

  simulator.deviceLogin.intervalSeconds = 0;
  simulator.deviceLogin.automatic = { userPrincipalName: world.user.userPrincipalName, afterPolls: 1 };
  const alone = (await startDevice()).json;
  assertRefused(await poll(alone.device_code), 'authorization_pending', 70016);
  assert.equal((await poll(alone.device_code)).status, 200);
});

test('user realms: managed, federated, unknown', async () => {
  const realm = async (upn: string) =>
    (await ask(simulator, `https://login.microsoftonline.com/common/UserRealm/${upn}?api-version=1.0`)).json;
  assert.equal((await realm('ada@contoso.com')).account_type, 'Managed');
  assert.equal((await realm('ada@unknown.example')).account_type, 'Unknown');
  world.tenant.federatedDomains.push('contoso.com');
  assert.equal((await realm('ada@contoso.com')).account_type, 'Federated');
  assertRefused(await signIn(), 'invalid_grant', 50126);
});
