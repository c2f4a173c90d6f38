import { X509Certificate } from 'node:crypto';
import { thumbprint } from '../certificates.ts';
import type { Application } from '../directory.ts';
import { type DecodedToken, decodeToken, isSignedBy } from '../json-web-token.ts';
import type { Endpoint, EntraContext } from './endpoint.ts';
import { refuse } from './refusals.ts';
import { versionOneIssuer, versionTwoIssuer } from './tokens.ts';

/**
 * Checks a client assertion: one that the client signed with its certificate, or a token of another issuer that a
 * federated credential trusts.
 *
 * @throws {Refusal} naming the first check that failed
 */
export async function checkAssertion(
  context: EntraContext,
  endpoint: Endpoint,
  application: Application,
  assertion: string,
): Promise<void> {
  const token = decodeToken(assertion);
  if (token === undefined) throw refuse.malformedAssertion();
  const issuer = text(token.claims['iss']);
  if (issuer === application.clientId || application.identifierUris.includes(issuer)) {
    checkOwnAssertion(context, endpoint, application, token);
  } else if (isClientId(context, issuer)) {
    throw refuse.assertionOfAnotherClient();
  } else {
    await checkFederatedToken(context, application, token);
  }
}

function isClientId(context: EntraContext, issuer: string): boolean {
  return context.directory.applications.some((application) => application.clientId === issuer);
}

/** Source: Microsoft identity platform, "application authentication certificate credentials". */
function checkOwnAssertion(
  context: EntraContext,
  endpoint: Endpoint,
  application: Application,
  token: DecodedToken,
): void {
  if (token.claims['sub'] !== token.claims['iss']) throw refuse.assertionOfAnotherClient();
  const certificate = signingCertificate(application, token);
  if (!isSignedBy(token, certificate.publicKey)) {
    throw refuse.wrongAssertionSignature('The signature does not match the key.');
  }
  const now = context.clock.now();
  if (now > certificate.validToDate.getTime()) throw refuse.wrongAssertionSignature('The key used is expired.');
  if (now < certificate.validFromDate.getTime()) throw refuse.wrongAssertionSignature('The key used is not yet valid.');
  if (!tokenAudiences(endpoint).has(text(token.claims['aud']).toLowerCase())) throw refuse.assertionAudience();
  checkTime(context, token);
}

function signingCertificate(application: Application, token: DecodedToken): X509Certificate {
  // MSAL Python pads the base64url of a thumbprint, MSAL Go writes base64, and Terraform's library calls it `kid`: Entra
  // takes them so.
  const { header } = token;
  const thumbprintOfKey = text(header['x5t#S256']) || text(header['x5t']) || text(header['kid']);
  const named = Buffer.from(thumbprintOfKey, 'base64').toString('base64url');
  const registered = application.certificates
    .map((certificate) => new X509Certificate(certificate))
    .find((certificate) =>
      [headerThumbprint(certificate, 'sha256'), headerThumbprint(certificate, 'sha1')].includes(named),
    );
  if (registered !== undefined) return registered;
  const chain = presentedChain(token);
  if (chain.length === 0) {
    throw refuse.unregisteredCertificate(Buffer.from(named, 'base64url').toString('hex').toUpperCase(), application);
  }
  return trustedLeaf(application, chain, named);
}

function headerThumbprint(certificate: X509Certificate, algorithm: 'sha1' | 'sha256'): string {
  return Buffer.from(thumbprint(certificate, algorithm), 'hex').toString('base64url');
}

function presentedChain(token: DecodedToken): X509Certificate[] {
  const header = token.header['x5c'];
  const entries: unknown[] = Array.isArray(header) ? header : typeof header === 'string' ? [header] : [];
  try {
    return entries.map((entry) => new X509Certificate(Buffer.from(text(entry), 'base64')));
  } catch {
    throw refuse.malformedAssertion();
  }
}

/** Subject name and issuer authentication: the leaf need not be registered, its name and its authority are. */
function trustedLeaf(application: Application, chain: readonly X509Certificate[], named: string): X509Certificate {
  const [leaf] = chain;
  if (leaf === undefined) throw refuse.malformedAssertion();
  const commonName = /^CN=(.*)$/m.exec(leaf.subject)?.[1] ?? '';
  const trusted = application.trustedSubjects.find((subject) => subject.commonName === commonName);
  if (trusted === undefined) throw refuse.untrustedSubjectName(commonName);
  const isNamed = [headerThumbprint(leaf, 'sha256'), headerThumbprint(leaf, 'sha1')].includes(named);
  if (!isNamed || !leadsTo(chain, new X509Certificate(trusted.authority))) {
    throw refuse.wrongAssertionSignature('The certificate chain does not lead to a trusted authority.');
  }
  return leaf;
}

function leadsTo(chain: readonly X509Certificate[], authority: X509Certificate): boolean {
  return chain.every((certificate, index) => {
    const next = chain[index + 1];
    if (certificate.raw.equals(authority.raw)) return true;
    if (certificate.checkIssued(authority) && certificate.verify(authority.publicKey)) return true;
    return next !== undefined && certificate.checkIssued(next) && certificate.verify(next.publicKey);
  });
}

/** What a client's own assertion may name as its audience: any token endpoint of the tenant, or its issuers. */
function tokenAudiences(endpoint: Endpoint): Set<string> {
  const { realm, tenant } = endpoint;
  if (realm.kind === 'adfs') {
    return new Set([`https://${realm.host}/adfs/oauth2/token`, `https://${realm.host}/adfs/oauth2/token/`]);
  }
  const paths = [tenant.id, ...tenant.domains].flatMap((name) =>
    realm.hosts.flatMap((host) => [
      `https://${host}/${name}/oauth2/v2.0/token`,
      `https://${host}/${name}/oauth2/token`,
    ]),
  );
  return new Set([...paths, versionOneIssuer(realm, tenant), versionTwoIssuer(realm, tenant)]);
}

/**
 * Issuer, subject and audience are compared exactly; the pair of issuer and subject names one credential, so a wrong
 * audience is only met after both.
 * Source: Microsoft Entra Workload ID, "Important considerations and restrictions for federated identity credentials".
 */
async function checkFederatedToken(
  context: EntraContext,
  application: Application,
  token: DecodedToken,
): Promise<void> {
  const credentials = application.federatedCredentials;
  if (credentials.length === 0) throw refuse.noFederatedCredentials(application);
  const issuer = text(token.claims['iss']);
  const subject = text(token.claims['sub']);
  const ofIssuer = credentials.filter((credential) => credential.issuer === issuer);
  if (ofIssuer.length === 0) throw refuse.issuerMismatch(issuer);
  await checkIssuersSignature(context, issuer, token);
  checkTime(context, token);
  const matching = ofIssuer.find((credential) => credential.subject === subject);
  if (matching === undefined) {
    const isCase = ofIssuer.some((credential) => credential.subject.toLowerCase() === subject.toLowerCase());
    throw isCase ? refuse.subjectCase(subject) : refuse.subjectMismatch(subject);
  }
  const presented = [token.claims['aud']].flat().map(text);
  if (!presented.some((audience) => matching.audiences.includes(audience))) {
    throw refuse.audienceMismatch(presented[0] ?? '');
  }
}

async function checkIssuersSignature(context: EntraContext, issuer: string, token: DecodedToken): Promise<void> {
  const found = await context.findIssuer(issuer);
  if (found === undefined || !found.reachable) throw refuse.issuerUnreachable();
  if (token.header['alg'] !== 'RS256' || token.header['kid'] !== found.key.keyId) {
    throw refuse.wrongAssertionSignature('The key was not found.');
  }
  if (!isSignedBy(token, found.key.publicKey))
    throw refuse.wrongAssertionSignature('The signature does not match the key.');
}

function checkTime(context: EntraContext, token: DecodedToken): void {
  const now = context.clock.now();
  const expiry = Number(token.claims['exp'] ?? Number.NaN) * 1000;
  const notBefore = Number(token.claims['nbf'] ?? token.claims['iat'] ?? 0) * 1000;
  if (Number.isNaN(expiry) || Number.isNaN(notBefore)) throw refuse.malformedAssertion();
  if (now >= expiry || now < notBefore - NOT_BEFORE_TOLERANCE_MS)
    throw refuse.assertionTime({ now, notBefore, expiry });
}

/** An assertion may be used so long before its own `nbf`. After its `exp` it never may. */
const NOT_BEFORE_TOLERANCE_MS = 300_000;

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
