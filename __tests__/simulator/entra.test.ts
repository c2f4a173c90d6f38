/**
 * What the simulated Entra ID refuses. That it gives what it should is shown by every test that signs in; a simulator
 * that took everything would show nothing.
 */
import assert from 'node:assert/strict';
import { constants, sign } from 'node:crypto';
import { after, before, beforeEach, suite, test } from 'node:test';
import { type CertificateWithKey, createCertificate } from '../../simulator/certificates.ts';
import { tenant } from '../../simulator/directory.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import type { Contoso } from '../../simulator/world.ts';
import { ASSERTION_TYPE, ask, claimsOf, freshWorld, RESOURCE_MANAGER_SCOPE, type Reply } from './client.ts';

type Fields = Record<string, string>;

const [NOBODY, FABRIKAM] = ['99999999-9999-4999-8999-999999999999', 'f1111111-1111-4111-8111-111111111111'];
const AZURE_CLI = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

let simulator: Simulator;
let world: Contoso;
let other: CertificateWithKey;
before(async () => {
  [simulator, other] = await Promise.all([startSimulator(), createCertificate({ commonName: 'someone-else' })]);
});
after(() => simulator.close());
beforeEach(async () => {
  world = await freshWorld(simulator);
});

/** One request, and the code it is refused with; `200` for one that shows that the others fail for their reason alone. */
type Row = readonly [code: number, what: string, how: () => Promise<Reply>];

function table(rows: readonly Row[]): void {
  for (const [code, what, how] of rows) {
    test(`${code}: ${what}`, async () => {
      const reply = await how();
      if (code === 200) return assert.equal(reply.status, 200, reply.text);
      const { error, error_codes, error_description: description, timestamp, trace_id, correlation_id } = reply.json;
      assert.deepEqual([typeof error, error_codes], ['string', [code]], reply.text);
      assert.ok(description.startsWith(`AADSTS${code}: `), description);
      assert.ok(
        description.endsWith(` Trace ID: ${trace_id} Correlation ID: ${correlation_id} Timestamp: ${timestamp}`),
      );
      return assert.equal(reply.headers['x-ms-request-id'], trace_id);
    });
  }
}

function tokenUrl(name = world.tenant.id, host = 'login.microsoftonline.com'): string {
  return `https://${host}/${name}/oauth2/v2.0/token`;
}

function post(form: Fields, url = tokenUrl()): Promise<Reply> {
  return ask(simulator, url, { form });
}

/** Signs in by a secret; a field that is changed to `undefined` is left out. */
function secret(changes: Record<string, string | undefined> = {}, url = tokenUrl()): Promise<Reply> {
  const form = {
    client_id: world.application.clientId,
    scope: RESOURCE_MANAGER_SCOPE,
    grant_type: 'client_credentials',
    client_secret: world.clientSecret,
    ...changes,
  };
  const given = Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined);
  return post(Object.fromEntries(given), url);
}

function assertion(client_assertion: string, changes: Record<string, string | undefined> = {}): Promise<Reply> {
  return secret({ client_secret: undefined, client_assertion, client_assertion_type: ASSERTION_TYPE, ...changes });
}

suite('applications', () => {
  const [principal] = [() => world.application.servicePrincipals[0] ?? assert.fail()];
  table([
    [200, 'a secret', () => secret()],
    [200, 'a domain, version 1.0 and a slash too many', versionOne],
    [7000215, 'a wrong secret', () => secret({ client_secret: `${world.clientSecret}x` })],
    [7000216, 'an empty secret', () => secret({ client_secret: '' })],
    [7000222, 'an expired secret', () => changed(() => world.application.secrets.forEach(end))],
    [90002, 'an unknown tenant', () => secret({}, tokenUrl(NOBODY))],
    [50059, 'no tenant', () => secret({}, tokenUrl('organizations'))],
    [900382, 'a tenant of another cloud', () => secret({}, tokenUrl(world.tenant.id, 'login.microsoftonline.us'))],
    [700016, 'an unknown application', () => secret({ client_id: NOBODY })],
    [53003, 'Conditional Access', () => changed(() => world.tenant.blockedByConditionalAccess.push(world.principalId))],
    [7000112, 'a disabled principal', () => changed(() => (principal().enabled = false))],
    [7000229, 'no principal', () => changed(() => (world.application.servicePrincipals.length = 0))],
    [900144, 'no grant type', () => secret({ grant_type: undefined })],
    [500011, 'a resource of another cloud', () => secret({ scope: 'https://management.chinacloudapi.cn/.default' })],
  ]);

  function end(one: { expiresOn: Date }): void {
    one.expiresOn = new Date(Date.now() - 1000);
  }

  function changed(how: () => unknown): Promise<Reply> {
    how();
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

  test('the audience of a token is the resource as it was asked for', async () => {
    for (const resource of ['https://management.azure.com', 'https://management.azure.com/']) {
      const { json } = await secret({ scope: `${resource}/.default` });
      assert.equal(claimsOf(json.access_token)['aud'], resource);
    }
  });

  test('AD FS takes its own audience alone', async () => {
    const stack = await freshWorld(simulator, { cloud: 'AzureStackADFS' });
    const adfs = simulator.privateClouds.find(({ identityProvider }) => identityProvider === 'ADFS');
    const { json } = await ask(simulator, `${adfs?.loginEndpoint}/.well-known/openid-configuration`);
    const credentials = { client_id: stack.application.clientId, client_secret: stack.clientSecret };
    assert.equal(
      (await secret({ ...credentials, scope: `${adfs?.audience}/.default` }, json.token_endpoint)).status,
      200,
    );
    assert.equal((await secret(credentials, json.token_endpoint)).status, 400);
  });
});

/** An assertion as MSAL makes it: PS256, and a SHA-256 thumbprint, unless told. */
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
  const own = (options?: SignedOptions): Promise<Reply> => assertion(signed(world.certificate, options));
  const to = (aud: string): Promise<Reply> => own({ claims: { aud } });
  /** azidentity pads, in the other alphabet; Terraform's library uses another field. */
  const sha1 = (name: string, encoding: BufferEncoding): SignedOptions => {
    const thumbprint = Buffer.from(world.certificate.thumbprint, 'hex').toString(encoding);
    return { header: { alg: 'RS256', 'x5t#S256': undefined, [name]: thumbprint } };
  };
  const now = Math.floor(Date.now() / 1000);
  table([
    [200, 'PS256 and SHA-256', () => own()],
    [200, 'RS256 and SHA-1', () => own(sha1('x5t', 'base64url'))],
    [200, 'the same, padded', () => own(sha1('x5t', 'base64'))],
    [200, 'the same in another field', () => own(sha1('kid', 'base64'))],
    [200, 'another name of the tenant', () => to('https://login.windows.net/contoso.com/oauth2/token')],
    [700027, 'an unregistered certificate', () => assertion(signed(other))],
    [700027, 'the signature of another key', () => own({ key: other.privateKey })],
    [700027, 'forged claims', () => assertion(forged(signed(world.certificate)))],
    [50027, 'no token', () => assertion('not.a.token')],
    [700027, 'an expired certificate', expired],
    [700023, 'another cloud’s audience', () => to(tokenUrl('contoso.com', 'login.microsoftonline.us'))],
    [700024, 'an assertion that has expired', () => own({ claims: { nbf: now - 700, exp: now - 1 } })],
    [700024, 'an assertion from the future', () => own({ claims: { nbf: now + 400, exp: now + 900 } })],
    [700021, 'another subject', () => own({ claims: { sub: 'someone' } })],
    [900144, 'no type', () => assertion(signed(world.certificate), { client_assertion_type: undefined })],
  ]);

  async function expired(): Promise<Reply> {
    const notAfter = new Date(Date.now() - 1000);
    const old = await createCertificate({ commonName: 'old', privateKey: other.privateKey, notAfter });
    world.application.certificates.push(old.certificate);
    return assertion(signed(old));
  }

  test('subject name and issuer: the chain leads from the named subject to the trusted authority', async () => {
    const commonName = 'deploy.contoso.com';
    const make = (): Promise<CertificateWithKey> =>
      createCertificate({ commonName: 'Contoso CA', key: 'ec', purpose: 'authority' });
    const [authority, stranger] = [await make(), await make()];
    const issued = (issuer: CertificateWithKey): Promise<CertificateWithKey> =>
      createCertificate({ commonName, privateKey: other.privateKey, issuer });
    const [leaf, fake] = [await issued(authority), await issued(stranger)];
    const codes = async (certificate: CertificateWithKey, ...chain: CertificateWithKey[]): Promise<unknown> => {
      const x5c = chain.map((each) => each.certificate.replace(/-----[^-]+-----|\s/g, ''));
      const { status, json } = await assertion(signed(certificate, chain.length === 0 ? {} : { header: { x5c } }));
      return status === 200 ? 200 : json.error_codes[0];
    };
    assert.equal(await codes(leaf, leaf), 700030);
    world.application.trustedSubjects.push({ commonName, authority: authority.certificate });
    assert.deepEqual([await codes(leaf, leaf), await codes(leaf, leaf, authority)], [200, 200]);
    assert.deepEqual(
      [await codes(leaf), await codes(fake, fake), await codes(fake, fake, stranger)],
      [700027, 700027, 700027],
    );
  });
});

/** The same token, with another claim. */
function forged(token: string): string {
  const [header, , signature] = token.split('.');
  return `${header}.${encoded({ ...claimsOf(token), run_id: '1' })}.${signature}`;
}

suite('tokens of other issuers', () => {
  const gitHub = async (audience = 'api://AzureADTokenExchange'): Promise<string> =>
    await simulator.github.idToken(audience);
  const credential = (): Contoso['application']['federatedCredentials'][number] =>
    world.application.federatedCredentials[0] ?? assert.fail();
  const after = async (how: () => unknown): Promise<Reply> => {
    const token = await gitHub();
    how();
    return assertion(token);
  };
  const subject = (trusted: string): Promise<Reply> => after(() => (credential().subject = trusted));
  const unsigned = async (): Promise<string> => `${encoded({ alg: 'none' })}.${(await gitHub()).split('.')[1]}.`;
  table([
    [200, 'GitHub’s', async () => assertion(await gitHub())],
    [700212, 'the audience in small letters', async () => assertion(await gitHub('api://azureadtokenexchange'))],
    [700213, 'another subject', () => subject('repo:octo-org/octo-repo:environment:prod')],
    [7002138, 'the subject in other letters', () => subject(world.federatedSubject.replace('o', 'O'))],
    [700211, 'another issuer', () => after(() => (credential().issuer += '/'))],
    [70025, 'no credential', () => after(() => (world.application.federatedCredentials.length = 0))],
    [700024, 'an expired token', () => after(() => (simulator.clock.skewSeconds = 301))],
    [700024, 'a token from the future', () => after(() => (simulator.clock.skewSeconds = -1000))],
    [700027, 'a forged token', async () => assertion(forged(await gitHub()))],
    [700027, 'an unsigned token', async () => assertion(await unsigned())],
    [50166, 'keys out of reach', () => after(() => (simulator.github.keys = 'unreachable'))],
  ]);

  test('a cluster, once a credential trusts it', async () => {
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
  const organizations = (): string => tokenUrl('organizations');
  const scope = `${RESOURCE_MANAGER_SCOPE} openid profile offline_access`;
  const signIn = (changes: Fields = {}, url = organizations()): Promise<Reply> => {
    const account = { username: world.user.userPrincipalName, password: world.password };
    return post({ client_id: AZURE_CLI, scope, grant_type: 'password', ...account, client_info: '1', ...changes }, url);
  };
  const refresh = (token: string, changes: Fields = {}, url = organizations()): Promise<Reply> =>
    post({ client_id: AZURE_CLI, scope, grant_type: 'refresh_token', refresh_token: token, ...changes }, url);
  const own = (changes: Fields): Promise<Reply> =>
    signIn({ client_id: world.application.clientId, ...changes }, tokenUrl());
  table([
    [200, 'a password', () => signIn()],
    [50034, 'a user of another tenant', async () => signIn({}, await fabrikam())],
    [7000218, 'a confidential client without proof', () => own({})],
    [700025, 'a secret of a public client', () => signIn({ client_secret: 'x' })],
    [700082, 'an expired refresh token', () => refreshAfter(() => (simulator.clock.skewSeconds = 90 * 86_400 + 1))],
  ]);

  async function fabrikam(): Promise<string> {
    const domains = ['fabrikam.com'];
    simulator.directory.tenants.push(tenant({ id: FABRIKAM, domains, displayName: 'Fabrikam', cloud: 'AzureCloud' }));
    return tokenUrl(FABRIKAM);
  }

  async function refreshAfter(how: () => unknown): Promise<Reply> {
    const { json } = await signIn();
    how();
    return refresh(json.refresh_token);
  }
});
