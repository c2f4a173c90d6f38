import { constants, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { type Cloud, tokenIssuer } from '../core/clouds.ts';
import type { ClientCertificate, Credential } from '../core/credential.ts';
import type { ClientCertificateRequest } from '../core/request.ts';
import { clientCredentialsToken } from './confidential-client.ts';
import type { SignInContext } from './sign-in-context.ts';

/** Signs in a service principal with a certificate that has been read and checked. */
export function certificateCredential(
  request: ClientCertificateRequest,
  certificate: ClientCertificate,
  context: SignInContext,
): Credential {
  const createAssertion = async (): Promise<string> => {
    const assertion = signedAssertion(request, certificate, context.cloud);
    context.mask(assertion);
    return assertion;
  };
  return {
    getToken: (scope) => clientCredentialsToken(request, scope, context, { createAssertion }),
    material: () => ({ kind: 'client-certificate', certificate, chain: request.chain }),
  };
}

/** The lifetime that MSAL gives an assertion. */
const LIFETIME_SECONDS = 600;

/**
 * Proves possession of the certificate's private key. Entra ID accepts PS256 with the SHA-256 thumbprint. AD FS
 * supports only RS256 with the SHA-1 thumbprint.
 * Sources: Microsoft Learn, "Microsoft identity platform application authentication certificate credentials"; RFC 7515,
 * 5.1; RFC 7518, 3.3 and 3.5.
 */
function signedAssertion(
  { clientId, tenantId, chain }: ClientCertificateRequest,
  certificate: ClientCertificate,
  cloud: Cloud,
): string {
  const isAdfs = cloud.directory === 'adfs';
  const now = Math.floor(Date.now() / 1000);
  const header = {
    typ: 'JWT',
    ...(isAdfs
      ? { alg: 'RS256', x5t: base64Of(certificate.thumbprint, 'hex') }
      : { alg: 'PS256', 'x5t#S256': base64Of(certificate.thumbprintSha256, 'hex') }),
    ...(chain === 'send' ? { x5c: [certificate.certificate, ...certificate.chain].map(base64OfPem) } : {}),
  };
  const claims = {
    aud: tokenIssuer(cloud, tenantId).tokenEndpoint,
    iss: clientId,
    sub: clientId,
    jti: randomBytes(16).toString('hex'),
    nbf: now,
    iat: now,
    exp: now + LIFETIME_SECONDS,
  };
  const content = [header, claims].map((part) => base64Of(JSON.stringify(part), 'utf8')).join('.');
  const key = createPrivateKey(certificate.privateKey);
  const padding = isAdfs
    ? { padding: constants.RSA_PKCS1_PADDING }
    : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return `${content}.${sign('sha256', Buffer.from(content), { key, ...padding }).toString('base64url')}`;
}

function base64Of(text: string, encoding: 'hex' | 'utf8'): string {
  return Buffer.from(text, encoding).toString('base64url');
}

function base64OfPem(pem: string): string {
  return pem.replaceAll(/-----[^-]*-----|\s/g, '');
}
