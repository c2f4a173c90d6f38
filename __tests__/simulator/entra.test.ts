/** The requests that the simulated Entra ID rejects. Each test that signs in covers the ones that it accepts. */
import assert from 'node:assert/strict';
import { constants, sign } from 'node:crypto';
import { afterEach, suite, test } from 'node:test';
import { type CertificateWithKey, createCertificate } from '../../simulator/certificates.ts';
import { claimsOf } from '../../src/core/jwt.ts';
import { openWorld } from '../action/world.ts';
import { ASSERTION_TYPE, otherWorld, RESOURCE_MANAGER_SCOPE, type Reply, send } from './client.ts';

type Fields = Record<string, string>;

const UNKNOWN = '99999999-9999-4999-8999-999999999999';
const AZURE_CLI = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

const { simulator, contoso: world } = await openWorld();
const other = await createCertificate({ commonName: 'other' });
afterEach(() => {
  simulator.clock.skewSeconds = 0;
});

/** A request, and the code of its error, or 200 for a request that differs from the rejected ones in one point. */
type Row = readonly [code: number, what: string, request: () => Promise<Reply>];

function table(rows: readonly Row[]): void {
  for (const [code, what, request] of rows) {
    test(`${code}: ${what}`, async () => {
      const reply = await request();
      if (code === 200) return assert.equal(reply.status, 200, reply.text);
      const { error, error_codes, error_description: description, timestamp, trace_id, correlation_id } = reply.json;
      assert.deepEqual([typeof error, error_codes], ['string', [code]], reply.text);
      assert.ok(description.startsWith(`AADSTS${code}: `), description);
      const end = ` Trace ID: ${trace_id} Correlation ID: ${correlation_id} Timestamp: ${timestamp}`;
      assert.ok(description.endsWith(end), description);
      return assert.equal(reply.headers['x-ms-request-id'], trace_id);
    });
  }
}

function tokenUrl(name = world.tenant.id, host = 'login.microsoftonline.com'): string {
  return `https://${host}/${name}/oauth2/v2.0/token`;
}

function post(form: Fields, url = tokenUrl()): Promise<Reply> {
  return send(simulator, url, { form });
}

/** Signs in with a secret; a change to `undefined` omits the field. */
function secret(changes: Record<string, string | undefined> = {}, url = tokenUrl()): Promise<Reply> {
  const form = {
    client_id: world.application.clientId,
    scope: RESOURCE_MANAGER_SCOPE,
    grant_type: 'client_credentials',
    client_secret: world.clientSecret,
    ...changes,
  };
  const fields = Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined);
  return post(Object.fromEntries(fields), url);
}

function assertion(client_assertion: string, changes: Record<string, string | undefined> = {}): Promise<Reply> {
  return secret({ client_secret: undefined, client_assertion, client_assertion_type: ASSERTION_TYPE, ...changes });
}

suite('applications', () => {
  const principal = () => world.application.servicePrincipals[0] ?? assert.fail();
  table([
    [200, 'a secret', () => secret()],
    [200, 'a domain, version 1.0 and an extra slash', versionOne],
    [7000216, 'an empty secret', () => secret({ client_secret: '' })],
    [7000222, 'an expired secret', () => changed(() => world.application.secrets.forEach(expire))],
    [90002, 'an unknown tenant', () => secret({}, tokenUrl(UNKNOWN))],
    [50059, 'no tenant', () => secret({}, tokenUrl('organizations'))],
    [900382, 'a tenant of another cloud', () => secret({}, tokenUrl(world.tenant.id, 'login.microsoftonline.us'))],
    [700016, 'an unknown application', () => secret({ client_id: UNKNOWN })],
    [53003, 'Conditional Access', () => changed(() => world.tenant.blockedByConditionalAccess.push(world.principalId))],
    [7000112, 'a disabled principal', () => changed(() => (principal().enabled = false))],
    [7000229, 'no principal', () => changed(() => (world.application.servicePrincipals.length = 0))],
    [900144, 'no grant type', () => secret({ grant_type: undefined })],
    [500011, 'a resource of another cloud', () => secret({ scope: 'https://management.chinacloudapi.cn/.default' })],
  ]);

  function expire(one: { expiresOn: Date }): void {
    one.expiresOn = new Date(Date.now() - 1000);
  }

  function changed(change: () => unknown): Promise<Reply> {
    change();
    return secret();
  }

  async function versionOne(): Promise<Reply> {
    const resource = 'https://management.core.windows.net/';
    const url = 'https://login.windows.net/contoso.com/oauth2/token/?api-version=1.0';
    const reply = await secret({ scope: undefined, resource }, url);
    const { expires_in, expires_on } = reply.json;
    assert.deepEqual([expires_in, reply.json.resource, typeof expires_on], ['3599', resource, 'string']);
    return reply;
  }

  test('the audience of a token is spelled like the requested resource', async () => {
    for (const resource of ['https://management.azure.com', 'https://management.azure.com/']) {
      const { json } = await secret({ scope: `${resource}/.default` });
      assert.equal(claimsOf(json.access_token)?.['aud'], resource);
    }
  });

  test('AD FS accepts only its own audience', async () => {
    const stack = await otherWorld(simulator, { cloud: 'AzureStackADFS' });
    const adfs = simulator.privateClouds.find(({ identityProvider }) => identityProvider === 'ADFS');
    const { json } = await send(simulator, `${adfs?.loginEndpoint}/.well-known/openid-configuration`);
    const credentials = { client_id: stack.application.clientId, client_secret: stack.clientSecret };
    const statusFor = async (scope: string) => (await secret({ ...credentials, scope }, json.token_endpoint)).status;
    assert.equal(await statusFor(`${adfs?.audience}/.default`), 200);
    assert.equal(await statusFor(RESOURCE_MANAGER_SCOPE), 400);
  });
});

/** An assertion as MSAL signs it, by default with PS256 and a SHA-256 thumbprint. */
function signed(
  certificate: CertificateWithKey,
  { header = {}, claims = {}, key = certificate.privateKey }: SignedOptions = {},
): string {
  const thumbprint = Buffer.from(certificate.thumbprintSha256, 'hex').toString('base64url');
  const head = { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint, ...header };
  const now = Math.floor(Date.now() / 1000);
  const id = world.application.clientId;
  const body = { aud: tokenUrl(), iss: id, sub: id, jti: crypto.randomUUID(), nbf: now, iat: now, exp: now + 600 };
  const data = [head, { ...body, ...claims }].map(encoded).join('.');
  const padding = head.alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  return `${data}.${sign('sha256', Buffer.from(data), { key, ...padding }).toString('base64url')}`;
}

interface SignedOptions {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly key?: string;
}

function encoded(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

suite('certificates', () => {
  const withCertificate = (options?: SignedOptions): Promise<Reply> => assertion(signed(world.certificate, options));
  const to = (aud: string): Promise<Reply> => withCertificate({ claims: { aud } });
  /** azidentity writes base64 with padding; Terraform's library uses another field. */
  const sha1 = (name: string, encoding: BufferEncoding): SignedOptions => {
    const thumbprint = Buffer.from(world.certificate.thumbprint, 'hex').toString(encoding);
    return { header: { alg: 'RS256', 'x5t#S256': undefined, [name]: thumbprint } };
  };
  const now = Math.floor(Date.now() / 1000);
  table([
    [200, 'PS256 and SHA-256', () => withCertificate()],
    [200, 'RS256 and SHA-1', () => withCertificate(sha1('x5t', 'base64url'))],
    [200, 'SHA-1 in base64 with padding', () => withCertificate(sha1('x5t', 'base64'))],
    [200, 'SHA-1 in the field kid', () => withCertificate(sha1('kid', 'base64'))],
    [200, 'the domain of the tenant, in version 1.0', () => to('https://login.windows.net/contoso.com/oauth2/token')],
    [700027, 'an unregistered certificate', () => assertion(signed(other))],
    [700027, 'the signature of another key', () => withCertificate({ key: other.privateKey })],
    [700027, 'forged claims', () => assertion(forged(signed(world.certificate)))],
    [50027, 'not a token', () => assertion('not.a.token')],
    [700027, 'an expired certificate', expired],
    [700023, 'another cloud’s audience', () => to(tokenUrl('contoso.com', 'login.microsoftonline.us'))],
    [700024, 'an assertion that has expired', () => withCertificate({ claims: { nbf: now - 700, exp: now - 1 } })],
    [700024, 'an assertion from the future', () => withCertificate({ claims: { nbf: now + 400, exp: now + 900 } })],
    [700021, 'another subject', () => withCertificate({ claims: { sub: 'someone' } })],
    [900144, 'no type', () => assertion(signed(world.certificate), { client_assertion_type: undefined })],
  ]);

  async function expired(): Promise<Reply> {
    const notAfter = new Date(Date.now() - 1000);
    const old = await createCertificate({ commonName: 'old', privateKey: other.privateKey, notAfter });
    world.application.certificates.push(old.certificate);
    return assertion(signed(old));
  }

  test('subject name and issuer: the chain must lead from the trusted subject to the trusted authority', async () => {
    const commonName = 'deploy.contoso.com';
    const make = (): Promise<CertificateWithKey> =>
      createCertificate({ commonName: 'Contoso CA', key: 'ec', purpose: 'authority' });
    const [authority, untrusted] = [await make(), await make()];
    const issued = (issuer: CertificateWithKey): Promise<CertificateWithKey> =>
      createCertificate({ commonName, privateKey: other.privateKey, issuer });
    const [leaf, fake] = [await issued(authority), await issued(untrusted)];
    const code = async (certificate: CertificateWithKey, ...chain: CertificateWithKey[]): Promise<unknown> => {
      const x5c = chain.map((each) => each.certificate.replace(/-----[^-]+-----|\s/g, ''));
      const { status, json } = await assertion(signed(certificate, chain.length === 0 ? {} : { header: { x5c } }));
      return status === 200 ? 200 : json.error_codes[0];
    };
    assert.equal(await code(leaf, leaf), 700030);
    world.application.trustedSubjects.push({ commonName, authority: authority.certificate });
    for (const chain of [[leaf], [leaf, authority]]) assert.equal(await code(leaf, ...chain), 200);
    assert.equal(await code(leaf), 700027);
    for (const chain of [[fake], [fake, untrusted]]) assert.equal(await code(fake, ...chain), 700027);
  });
});

/** Adds a claim, and keeps the signature. */
function forged(token: string): string {
  const [header, , signature] = token.split('.');
  return `${header}.${encoded({ ...claimsOf(token), run_id: '1' })}.${signature}`;
}

suite('tokens of other issuers', () => {
  const gitHub = (audience = 'api://AzureADTokenExchange') => simulator.github.idToken(audience);
  const credential = () => world.application.federatedCredentials[0] ?? assert.fail();
  const after = async (change: () => unknown): Promise<Reply> => {
    const token = await gitHub();
    change();
    return assertion(token);
  };
  const inCapitals = () => (credential().subject = world.federatedSubject.toUpperCase());
  const unsigned = async (): Promise<string> => `${encoded({ alg: 'none' })}.${(await gitHub()).split('.')[1]}.`;
  table([
    [200, 'GitHub’s', async () => assertion(await gitHub())],
    [700212, 'the audience in lower case', async () => assertion(await gitHub('api://azureadtokenexchange'))],
    [7002138, 'the subject in another letter case', () => after(inCapitals)],
    [700211, 'another issuer', () => after(() => (credential().issuer += '/'))],
    [70025, 'no credential', () => after(() => (world.application.federatedCredentials.length = 0))],
    [700024, 'an expired token', () => after(() => (simulator.clock.skewSeconds = 301))],
    [700024, 'a token from the future', () => after(() => (simulator.clock.skewSeconds = -1000))],
    [700027, 'a forged token', async () => assertion(forged(await gitHub()))],
    [700027, 'an unsigned token', async () => assertion(await unsigned())],
    [50166, 'unreachable keys', () => after(() => (simulator.github.keys = 'unreachable'))],
  ]);

  test('the token of a cluster is accepted only after a credential trusts it', async () => {
    const cluster = await simulator.issuers.add('https://oidc.example/cluster/');
    const now = Math.floor(Date.now() / 1000);
    const [sub, audiences] = ['system:serviceaccount:ns:sa', ['api://AzureADTokenExchange']];
    const token = cluster.sign({ sub, aud: audiences, iat: now, exp: now + 60 });
    assert.deepEqual((await assertion(token)).json.error_codes, [700211]);
    world.application.federatedCredentials.push({ name: 'cluster', issuer: cluster.url, subject: sub, audiences });
    assert.equal((await assertion(token)).status, 200);
  });
});

suite('users', () => {
  const scope = `${RESOURCE_MANAGER_SCOPE} openid profile offline_access`;
  const common = { client_id: AZURE_CLI, scope };
  const signIn = (changes: Fields = {}, url = tokenUrl('organizations')): Promise<Reply> => {
    const account = { username: world.user.userPrincipalName, password: world.password };
    return post({ ...common, grant_type: 'password', ...account, client_info: '1', ...changes }, url);
  };
  table([
    [200, 'a password', () => signIn()],
    [7000218, 'a confidential client without a secret', () => signIn({ client_id: world.application.clientId })],
    [700025, 'a secret of a public client', () => signIn({ client_secret: 'x' })],
    [700082, 'an expired refresh token', refreshLate],
  ]);

  async function refreshLate(): Promise<Reply> {
    const { refresh_token } = (await signIn()).json;
    simulator.clock.skewSeconds = 90 * 86_400 + 1;
    return post({ ...common, grant_type: 'refresh_token', refresh_token }, tokenUrl('organizations'));
  }
});
