import assert from 'node:assert/strict';
import { constants, createPublicKey, sign, verify } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { type CertificateWithKey, createCertificate } from '../../simulator/certificates.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Contoso, contoso } from '../../simulator/world.ts';
import { ASSERTION_TYPE, ask, claimsOf, RESOURCE_MANAGER_SCOPE, type Reply } from './client.ts';

let simulator: Simulator;
let world: Contoso;
let other: CertificateWithKey;

before(async () => {
  [simulator, other] = await Promise.all([startSimulator(), createCertificate({ commonName: 'someone-else' })]);
});
after(() => simulator.close());

beforeEach(async () => {
  const { directory } = simulator;
  const { tenants, applications, users, subscriptions, managedIdentities, vaults } = directory;
  for (const list of [tenants, applications, users, subscriptions, managedIdentities, vaults]) list.length = 0;
  world = { ...(await contoso(simulator)) };
  simulator.clock.skewSeconds = 0;
  simulator.github.environment = '';
  simulator.github.keys = 'reachable';
});

type Fields = Record<string, string>;

function tokenUrl(tenant = world.tenant.id): string {
  return `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`;
}

function withSecret(changes: Fields = {}): Fields {
  return {
    client_id: world.application.clientId,
    scope: RESOURCE_MANAGER_SCOPE,
    grant_type: 'client_credentials',
    client_secret: world.clientSecret,
    ...changes,
  };
}

function withAssertion(assertion: string, changes: Fields = {}): Fields {
  const { client_secret: _, ...rest } = withSecret(changes);
  return { ...rest, client_assertion: assertion, client_assertion_type: ASSERTION_TYPE };
}

async function post(form: Fields, url = tokenUrl()): Promise<Reply> {
  return await ask(simulator, url, { form });
}

function assertRefused(reply: Reply, status: number, error: string, code: number): void {
  assert.deepEqual([reply.status, reply.json?.error, reply.json?.error_codes], [status, error, [code]], reply.text);
  const { error_description: description, timestamp, trace_id: trace, correlation_id: correlation } = reply.json;
  assert.ok(description.startsWith(`AADSTS${code}: `), description);
  assert.ok(description.endsWith(` Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`));
  assert.match(timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/);
  assert.equal(reply.headers['x-ms-request-id'], trace);
}

/** An assertion as MSAL makes it: PS256, and a SHA-256 thumbprint, unless told. */
function clientAssertion(
  certificate: CertificateWithKey,
  options: { header?: Record<string, unknown>; claims?: Record<string, unknown>; key?: string } = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const header = {
    alg: 'PS256',
    typ: 'JWT',
    'x5t#S256': Buffer.from(certificate.thumbprintSha256, 'hex').toString('base64url'),
    ...options.header,
  };
  const claims = {
    aud: tokenUrl(),
    iss: world.application.clientId,
    sub: world.application.clientId,
    jti: crypto.randomUUID(),
    nbf: now,
    iat: now,
    exp: now + 600,
    ...options.claims,
  };
  const data = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const key = options.key ?? certificate.privateKey;
  const signature =
    header.alg === 'PS256'
      ? sign('sha256', Buffer.from(data), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
      : sign('sha256', Buffer.from(data), key);
  return `${data}.${signature.toString('base64url')}`;
}

test('a secret gets a token that the published keys verify', async () => {
  const reply = await post(withSecret());
  assert.equal(reply.status, 200);
  assert.deepEqual(
    { ...reply.json, access_token: '' },
    { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: '' },
  );
  const configuration = await ask(
    simulator,
    `https://login.microsoftonline.com/${world.tenant.id}/v2.0/.well-known/openid-configuration`,
  );
  const keys = await ask(simulator, configuration.json.jwks_uri);
  const [data, signature] = splitSignature(reply.json.access_token);
  const [key] = keys.json.keys;
  assert.ok(key);
  const publicKey = createPublicKey({ key, format: 'jwk' });
  assert.ok(verify('sha256', Buffer.from(data), publicKey, signature));

  const { aud, iss, tid, oid, sub, appid, appidacr, idtyp, exp, nbf } = claimsOf(reply.json.access_token);
  assert.deepEqual(
    { aud, iss, tid, oid, sub, appid, appidacr, idtyp },
    {
      aud: 'https://management.core.windows.net/',
      iss: `https://sts.windows.net/${world.tenant.id}/`,
      tid: world.tenant.id,
      oid: world.principalId,
      sub: world.principalId,
      appid: world.application.clientId,
      appidacr: '1',
      idtyp: 'app',
    },
  );
  assert.ok(Number(nbf) < Date.now() / 1000 && Number(exp) > Date.now() / 1000);
});

function splitSignature(token: string): [string, Buffer] {
  const cut = token.lastIndexOf('.');
  return [token.slice(0, cut), Buffer.from(token.slice(cut + 1), 'base64url')];
}

test('the audience is the resource exactly as asked for', async () => {
  for (const resource of ['https://management.azure.com', 'https://management.azure.com/', 'https://vault.azure.net']) {
    const reply = await post(withSecret({ scope: `${resource}/.default` }));
    assert.equal(claimsOf(reply.json.access_token)['aud'], resource);
  }
});

test('version 1.0 takes a resource and sends numbers as strings; a domain and a trailing slash do as well', async () => {
  const { scope: _, ...fields } = withSecret({ resource: 'https://management.core.windows.net/' });
  const reply = await post(fields, 'https://login.windows.net/contoso.com/oauth2/token/?api-version=1.0');
  assert.equal(reply.status, 200, reply.text);
  const { expires_in, ext_expires_in, resource, expires_on, not_before } = reply.json;
  assert.deepEqual([expires_in, ext_expires_in, resource], ['3599', '3599', 'https://management.core.windows.net/']);
  assert.ok(Number(expires_on) - Number(not_before) > 3599);
  assert.equal(typeof expires_on, 'string');
});

test('HTTP Basic carries a secret too', async () => {
  const { client_id: id, client_secret: secret, ...form } = withSecret();
  const basic = Buffer.from(`${id}:${encodeURIComponent(secret ?? '')}`).toString('base64');
  const reply = await ask(simulator, tokenUrl(), { form, headers: { Authorization: `Basic ${basic}` } });
  assert.equal(reply.status, 200, reply.text);
});

test('secrets: wrong, expired, missing, of a public client', async () => {
  assertRefused(await post(withSecret({ client_secret: `${world.clientSecret}x` })), 401, 'invalid_client', 7000215);
  assertRefused(await post(withSecret({ client_secret: '' })), 400, 'invalid_request', 7000216);
  for (const secret of world.application.secrets) secret.expiresOn = new Date(Date.now() - 1000);
  assertRefused(await post(withSecret()), 401, 'invalid_client', 7000222);
  world.application.kind = 'public';
  assertRefused(await post(withSecret()), 401, 'invalid_client', 700025);
});

test('tenants: malformed, unknown, of another cloud, none', async () => {
  assertRefused(await post(withSecret(), tokenUrl("'x y'")), 400, 'invalid_request', 900023);
  assertRefused(
    await post(withSecret(), tokenUrl('99999999-9999-4999-8999-999999999999')),
    400,
    'invalid_request',
    90002,
  );
  assertRefused(await post(withSecret(), tokenUrl('fabrikam.example')), 400, 'invalid_request', 90002);
  assertRefused(await post(withSecret(), tokenUrl('organizations')), 400, 'invalid_request', 50059);
  const elsewhere = `https://login.microsoftonline.us/${world.tenant.id}/oauth2/v2.0/token`;
  assertRefused(await post(withSecret(), elsewhere), 400, 'invalid_request', 900382);
  const regional = `https://westeurope.login.microsoft.com/${world.tenant.id}/oauth2/v2.0/token/`;
  assertRefused(await post(withSecret(), regional), 400, 'invalid_request', 100007);
});

test('applications: unknown, of another tenant, without a principal, disabled, blocked', async () => {
  const unknown = withSecret({ client_id: '99999999-9999-4999-8999-999999999999' });
  assertRefused(await post(unknown), 400, 'unauthorized_client', 700016);
  world.tenant.blockedByConditionalAccess.push(world.principalId);
  assertRefused(await post(withSecret()), 400, 'invalid_grant', 53003);
  const [principal] = world.application.servicePrincipals;
  assert.ok(principal);
  principal.enabled = false;
  assertRefused(await post(withSecret()), 400, 'unauthorized_client', 7000112);
  world.application.servicePrincipals.length = 0;
  assertRefused(await post(withSecret()), 400, 'unauthorized_client', 7000229);
  world.application.tenantId = 'elsewhere';
  assertRefused(await post(withSecret()), 400, 'unauthorized_client', 700016);
});

test('requests: missing fields, another grant, not posted, wrong scopes and resources', async () => {
  for (const name of ['grant_type', 'client_id', 'scope']) {
    const form = withSecret();
    delete form[name];
    const reply = await post(form);
    assertRefused(reply, 400, 'invalid_request', 900144);
    assert.ok(reply.json.error_description.includes(`'${name}'`));
  }
  assertRefused(await post(withSecret({ grant_type: 'magic' })), 400, 'unsupported_grant_type', 70003);
  assertRefused(await ask(simulator, tokenUrl()), 400, 'invalid_request', 900561);
  const noDefault = withSecret({ scope: 'https://management.azure.com/user_impersonation' });
  assertRefused(await post(noDefault), 400, 'invalid_scope', 1002012);
  const two = withSecret({ scope: 'https://vault.azure.net/.default https://management.azure.com/.default' });
  assertRefused(await post(two), 400, 'invalid_scope', 70011);
  const unknown = withSecret({ scope: 'https://management.chinacloudapi.cn/.default' });
  assertRefused(await post(unknown), 400, 'invalid_resource', 500011);
});

test('the request id of the client comes back as the correlation id', async () => {
  const id = crypto.randomUUID();
  const inQuery = await post(withSecret({ client_secret: 'no' }), `${tokenUrl()}?client-request-id=${id}`);
  assert.equal(inQuery.json.correlation_id, id);
  const inHeader = await ask(simulator, tokenUrl(), {
    form: withSecret({ client_secret: 'no' }),
    headers: { 'client-request-id': id, 'return-client-request-id': 'true' },
  });
  assert.deepEqual([inHeader.json.correlation_id, inHeader.headers['client-request-id']], [id, id]);
});

test('descriptions can have the older line ends', async () => {
  simulator.entra.descriptionSeparator = '\r\n';
  const reply = await post(withSecret({ client_secret: 'no' }));
  simulator.entra.descriptionSeparator = ' ';
  assert.match(reply.json.error_description, /\r\nTrace ID: .*\r\nCorrelation ID: .*\r\nTimestamp: /);
});

test('certificates: PS256 with SHA-256, RS256 with SHA-1, any of the tenant’s names as the audience', async () => {
  const { certificate } = world;
  const sha1 = {
    alg: 'RS256',
    x5t: Buffer.from(certificate.thumbprint, 'hex').toString('base64url'),
    'x5t#S256': undefined,
  };
  // azidentity's spelling, padded and in the other alphabet; Terraform's library puts it in another field.
  const standard = Buffer.from(certificate.thumbprint, 'hex').toString('base64');
  assert.match(standard, /=$/);
  for (const assertion of [
    clientAssertion(certificate),
    clientAssertion(certificate, { header: sha1 }),
    clientAssertion(certificate, { header: { ...sha1, x5t: standard } }),
    clientAssertion(certificate, { header: { ...sha1, x5t: undefined, kid: standard } }),
    clientAssertion(certificate, { claims: { aud: 'https://login.windows.net/contoso.com/oauth2/token' } }),
  ]) {
    const reply = await post(withAssertion(assertion));
    assert.equal(reply.status, 200, reply.text);
    assert.equal(claimsOf(reply.json.access_token)['appidacr'], '2');
  }
});

test('certificates are refused: unregistered, wrong signature, expired', async () => {
  const { certificate } = world;
  const refuse = async (assertion: string, status: number, error: string, code: number) =>
    assertRefused(await post(withAssertion(assertion)), status, error, code);
  await refuse(clientAssertion(other), 401, 'invalid_client', 700027);
  await refuse(clientAssertion(certificate, { key: other.privateKey }), 401, 'invalid_client', 700027);
  const [head, , signature] = clientAssertion(certificate).split('.');
  const forged = Buffer.from(JSON.stringify({ iss: world.application.clientId, sub: world.application.clientId }));
  await refuse(`${head}.${forged.toString('base64url')}.${signature}`, 401, 'invalid_client', 700027);
  await refuse('not.a.token', 400, 'invalid_request', 50027);
  const expired = await createCertificate({
    commonName: 'old',
    privateKey: other.privateKey,
    notAfter: new Date(Date.now() - 1000),
  });
  world.application.certificates.push(expired.certificate);
  const reply = await post(withAssertion(clientAssertion(expired)));
  assertRefused(reply, 401, 'invalid_client', 700027);
  assert.match(reply.json.error_description, /expired/);
});

test('certificate assertions are refused: audience, time, another client, another type', async () => {
  const now = Math.floor(Date.now() / 1000);
  const refuse = async (claims: Record<string, unknown>, code: number) =>
    assertRefused(
      await post(withAssertion(clientAssertion(world.certificate, { claims }))),
      401,
      'invalid_client',
      code,
    );
  await refuse({ aud: 'https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token' }, 700023);
  await refuse({ nbf: now - 700, exp: now - 1 }, 700024);
  await refuse({ nbf: now + 400, exp: now + 900 }, 700024);
  await refuse({ sub: 'someone' }, 700021);
  const typeless = withAssertion(clientAssertion(world.certificate));
  delete typeless['client_assertion_type'];
  assertRefused(await post(typeless), 400, 'invalid_request', 900144);
});

test('subject name and issuer: the chain must lead from the named subject to the trusted authority', async () => {
  const authority = await createCertificate({ commonName: 'Contoso CA', key: 'ec', purpose: 'authority' });
  const stranger = await createCertificate({ commonName: 'Contoso CA', key: 'ec', purpose: 'authority' });
  const { privateKey } = other;
  const [leaf, fake] = await Promise.all(
    [authority, stranger].map((issuer) => createCertificate({ commonName: 'deploy.contoso.com', privateKey, issuer })),
  );
  assert.ok(leaf && fake);
  const chain = (...list: CertificateWithKey[]) => ({
    header: { x5c: list.map(({ certificate }) => derOf(certificate)) },
  });
  assertRefused(await post(withAssertion(clientAssertion(leaf, chain(leaf)))), 401, 'invalid_client', 700030);
  world.application.trustedSubjects.push({ commonName: 'deploy.contoso.com', authority: authority.certificate });
  assert.equal((await post(withAssertion(clientAssertion(leaf, chain(leaf))))).status, 200);
  assert.equal((await post(withAssertion(clientAssertion(leaf, chain(leaf, authority))))).status, 200);
  assertRefused(await post(withAssertion(clientAssertion(leaf))), 401, 'invalid_client', 700027);
  assertRefused(await post(withAssertion(clientAssertion(fake, chain(fake)))), 401, 'invalid_client', 700027);
  assertRefused(await post(withAssertion(clientAssertion(fake, chain(fake, stranger)))), 401, 'invalid_client', 700027);
});

function derOf(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s/g, '');
}

test('GitHub’s token is exchanged, and refused by every part that differs', async () => {
  const { github } = simulator;
  const exchange = async (audience = 'api://AzureADTokenExchange') =>
    await post(withAssertion(await github.idToken(audience)));
  assert.equal((await exchange()).status, 200);

  assertRefused(await exchange('api://azureadtokenexchange'), 401, 'invalid_client', 700212);
  github.environment = 'prod';
  const subject = await exchange();
  assertRefused(subject, 401, 'invalid_client', 700213);
  assert.ok(subject.json.error_description.includes("'repo:octo-org/octo-repo:environment:prod'"));
  github.environment = '';

  const [credential] = world.application.federatedCredentials;
  assert.ok(credential);
  credential.subject = 'repo:Octo-Org/octo-repo:ref:refs/heads/main';
  assertRefused(await exchange(), 401, 'invalid_client', 7002138);
  credential.subject = world.federatedSubject;
  credential.issuer = 'https://token.actions.githubusercontent.com/';
  assertRefused(await exchange(), 401, 'invalid_client', 700211);
  world.application.federatedCredentials.length = 0;
  assertRefused(await exchange(), 401, 'invalid_client', 70025);
});

test('GitHub’s token is refused: expired, too early, forged, its keys out of reach', async () => {
  const { github } = simulator;
  const token = await github.idToken('api://AzureADTokenExchange');
  simulator.clock.skewSeconds = 301;
  assertRefused(await post(withAssertion(token)), 401, 'invalid_client', 700024);
  simulator.clock.skewSeconds = -1000;
  assertRefused(await post(withAssertion(token)), 401, 'invalid_client', 700024);
  simulator.clock.skewSeconds = 0;

  const [header, payload, signature] = token.split('.');
  const claims = { ...claimsOf(token), sub: world.federatedSubject, run_id: '1' };
  const forged = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
  assertRefused(await post(withAssertion(forged)), 401, 'invalid_client', 700027);
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  assertRefused(await post(withAssertion(none)), 401, 'invalid_client', 700027);
  github.keys = 'unreachable';
  assertRefused(await post(withAssertion(token)), 400, 'invalid_request', 50166);
});

test('another issuer’s token is exchanged once a federated credential trusts it', async () => {
  const cluster = await simulator.issuers.add('https://oidc.example/cluster/');
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: 'system:serviceaccount:ns:sa', aud: ['api://AzureADTokenExchange'], iat: now, exp: now + 60 };
  assertRefused(await post(withAssertion(cluster.sign(claims))), 401, 'invalid_client', 700211);
  world.application.federatedCredentials.push({
    name: 'cluster',
    issuer: cluster.url,
    subject: claims.sub,
    audiences: ['api://AzureADTokenExchange'],
  });
  assert.equal((await post(withAssertion(cluster.sign(claims)))).status, 200);
});

test('a user-assigned managed identity with a federated credential signs in as an application does', async () => {
  const form = (assertion: string) => withAssertion(assertion, { client_id: world.userIdentity.clientId });
  const token = await simulator.github.idToken('api://AzureADTokenExchange');
  assertRefused(await post(form(token)), 401, 'invalid_client', 70025);
  world.userIdentity.federatedCredentials.push(...world.application.federatedCredentials);
  const reply = await post(form(token));
  assert.equal(claimsOf(reply.json.access_token)['oid'], world.userIdentity.objectId);
});

test('AD FS answers under its own path, and only to its own audience', async () => {
  const { directory } = simulator;
  directory.tenants.length = 0;
  directory.applications.length = 0;
  const stack = await contoso(simulator, { cloud: 'AzureStackADFS' });
  const adfs = simulator.privateClouds.find((cloud) => cloud.identityProvider === 'ADFS');
  assert.ok(adfs);
  const configuration = await ask(simulator, `${adfs.loginEndpoint}/.well-known/openid-configuration`);
  const form = {
    client_id: stack.application.clientId,
    client_secret: stack.clientSecret,
    grant_type: 'client_credentials',
    scope: `${adfs.audience}/.default`,
  };
  const reply = await post(form, configuration.json.token_endpoint);
  assert.equal(reply.status, 200, reply.text);
  assert.equal(claimsOf(reply.json.access_token)['aud'], adfs.audience);
  const wrong = await post({ ...form, scope: RESOURCE_MANAGER_SCOPE }, configuration.json.token_endpoint);
  assert.equal(wrong.status, 400);
});

test('instance discovery knows Microsoft’s issuers alone', async () => {
  const url = (endpoint: string) =>
    `https://login.microsoftonline.com/common/discovery/instance?api-version=1.1&authorization_endpoint=${endpoint}`;
  const known = await ask(simulator, url('https://login.chinacloudapi.cn/common/oauth2/v2.0/authorize'));
  assert.equal(
    known.json.tenant_discovery_endpoint,
    'https://login.chinacloudapi.cn/common/v2.0/.well-known/openid-configuration',
  );
  assert.equal(known.json.metadata.length, 4);
  const unknown = await ask(simulator, url('https://login.local.azurestack.external/common/oauth2/v2.0/authorize'));
  assert.deepEqual([unknown.status, unknown.json.error], [400, 'invalid_instance']);
});
