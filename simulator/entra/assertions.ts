import { X509Certificate } from 'node:crypto';
import { thumbprint } from '../certificates.ts';
import type { Application } from '../directory.ts';
import { type DecodedToken, decodeToken, isSignedBy } from '../json-web-token.ts';
import type { Endpoint, EntraContext } from './endpoint.ts';
import { errors } from './errors.ts';
import { versionOneIssuer, versionTwoIssuer } from './tokens.ts';

/**
 * Checks a client assertion: a token that the client signed with its certificate, or one from the issuer of a federated
 * credential.
 * @throws {EntraError} for the first check that fails
 */
export async function checkAssertion(
  context: EntraContext,
  endpoint: Endpoint,
  application: Application,
  assertion: string,
): Promise<void> {
  const token = decodeToken(assertion);
  if (token === undefined) throw errors.malformedAssertion();
  const issuer = text(token.claims['iss']);
  if (issuer === application.clientId || application.identifierUris.includes(issuer)) {
    checkOwnAssertion(context, endpoint, application, token);
  } else if (context.directory.applications.some(({ clientId }) => clientId === issuer)) {
    throw errors.assertionOfAnotherClient();
  } else {
    await checkFederatedToken(context, application, token);
  }
}

/** Source: Microsoft identity platform, "application authentication certificate credentials". */
function checkOwnAssertion(
  context: EntraContext,
  endpoint: Endpoint,
  application: Application,
  token: DecodedToken,
): void {
  if (token.claims['sub'] !== token.claims['iss']) throw errors.assertionOfAnotherClient();
  const certificate = signingCertificate(application, token);
  if (!isSignedBy(token, certificate.publicKey)) {
    throw errors.wrongAssertionSignature('The signature does not match the key.');
  }
  const now = context.clock.now();
  if (now > certificate.validToDate.getTime()) throw errors.wrongAssertionSignature('The key used is expired.');
  if (now < certificate.validFromDate.getTime()) throw errors.wrongAssertionSignature('The key used is not yet valid.');
  if (!tokenAudiences(endpoint).has(text(token.claims['aud']).toLowerCase())) throw errors.assertionAudience();
  checkTime(context, token);
}

function signingCertificate(application: Application, token: DecodedToken): X509Certificate {
  // Entra ID accepts all of these: MSAL Python pads the base64url of the thumbprint, MSAL Go writes base64, and
  // Terraform's library writes it to `kid`.
  const { header } = token;
  const encoded = text(header['x5t#S256']) || text(header['x5t']) || text(header['kid']);
  const hex = Buffer.from(encoded, 'base64').toString('hex').toUpperCase();
  const registered = application.certificates
    .map((certificate) => new X509Certificate(certificate))
    .find((certificate) => hasThumbprint(certificate, hex));
  if (registered !== undefined) return registered;
  const chain = presentedChain(token);
  if (chain.length === 0) throw errors.unregisteredCertificate(hex, application);
  return trustedLeaf(application, chain, hex);
}

function hasThumbprint(certificate: X509Certificate, hex: string): boolean {
  return thumbprint(certificate, 'sha256') === hex || thumbprint(certificate, 'sha1') === hex;
}

function presentedChain(token: DecodedToken): X509Certificate[] {
  const header = token.header['x5c'];
  try {
    return [header ?? []].flat().map((entry) => new X509Certificate(Buffer.from(text(entry), 'base64')));
  } catch {
    throw errors.malformedAssertion();
  }
}

/** Subject name and issuer authentication: the name and the authority are registered instead of the certificate. */
function trustedLeaf(application: Application, chain: readonly X509Certificate[], hex: string): X509Certificate {
  const [leaf] = chain;
  if (leaf === undefined) throw errors.malformedAssertion();
  const commonName = /^CN=(.*)$/m.exec(leaf.subject)?.[1] ?? '';
  const trusted = application.trustedSubjects.find((subject) => subject.commonName === commonName);
  if (trusted === undefined) throw errors.untrustedSubjectName(commonName);
  if (!hasThumbprint(leaf, hex) || !leadsTo(chain, new X509Certificate(trusted.authority))) {
    throw errors.wrongAssertionSignature('The certificate chain does not lead to a trusted authority.');
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

/** The audiences that a client may put into its own assertion: every token endpoint and issuer of the tenant. */
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
 * Issuer, subject and audience must match exactly. The audience is compared last, since issuer and subject identify a
 * credential.
 * Source: Microsoft Entra Workload ID, "Important considerations and restrictions for federated identity credentials".
 */
async function checkFederatedToken(context: EntraContext, application: Application, token: DecodedToken) {
  const credentials = application.federatedCredentials;
  if (credentials.length === 0) throw errors.noFederatedCredentials(application);
  const issuer = text(token.claims['iss']);
  const subject = text(token.claims['sub']);
  const ofIssuer = credentials.filter((credential) => credential.issuer === issuer);
  if (ofIssuer.length === 0) throw errors.issuerMismatch(issuer);
  await checkIssuersSignature(context, issuer, token);
  checkTime(context, token);
  const matching = ofIssuer.find((credential) => credential.subject === subject);
  if (matching === undefined) {
    const isCase = ofIssuer.some((credential) => credential.subject.toLowerCase() === subject.toLowerCase());
    throw isCase ? errors.subjectCase(subject) : errors.subjectMismatch(subject);
  }
  const presented = [token.claims['aud']].flat().map(text);
  if (!presented.some((audience) => matching.audiences.includes(audience))) {
    throw errors.audienceMismatch(presented[0] ?? '');
  }
}

async function checkIssuersSignature(context: EntraContext, issuer: string, token: DecodedToken): Promise<void> {
  const { reachable = false, key } = (await context.findIssuer(issuer)) ?? {};
  if (!reachable || key === undefined) throw errors.issuerUnreachable();
  if (token.header['alg'] !== 'RS256' || token.header['kid'] !== key.keyId) {
    throw errors.wrongAssertionSignature('The key was not found.');
  }
  if (!isSignedBy(token, key.publicKey)) throw errors.wrongAssertionSignature('The signature does not match the key.');
}

function checkTime(context: EntraContext, token: DecodedToken): void {
  const now = context.clock.now();
  const expiry = Number(token.claims['exp'] ?? Number.NaN) * 1000;
  const notBefore = Number(token.claims['nbf'] ?? token.claims['iat'] ?? 0) * 1000;
  if (Number.isNaN(expiry) || Number.isNaN(notBefore)) throw errors.malformedAssertion();
  if (now >= expiry || now < notBefore - NOT_BEFORE_TOLERANCE_MS)
    throw errors.assertionTime({ now, notBefore, expiry });
}

/** How long before its `nbf` an assertion is accepted. `exp` has no tolerance. */
const NOT_BEFORE_TOLERANCE_MS = 300_000;

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
