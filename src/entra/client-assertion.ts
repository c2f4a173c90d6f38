import { constants, createPrivateKey, randomBytes, sign } from 'node:crypto';
import type { ClientCertificate } from '../core/credential.ts';

/** Who asserts what to whom. */
export interface ClientAssertion {
  readonly clientId: string;
  /** URL of the token endpoint. */
  readonly audience: string;
  readonly certificate: ClientCertificate;
  readonly chain: 'send' | 'omit';
  /** AD FS knows certificates by their SHA-1 thumbprint, and no PS256. */
  readonly algorithm: 'PS256' | 'RS256';
}

/** How long an assertion is good, in seconds: as MSAL makes them. */
const LIFETIME_SECONDS = 600;

/**
 * Signs the assertion by which an application proves that it has the private key of a certificate.
 * Sources: Microsoft Learn, "Microsoft identity platform application authentication certificate credentials"; RFC 7515,
 * 5.1; RFC 7518, 3.3 and 3.5.
 */
export function signedAssertion({ clientId, audience, certificate, chain, algorithm }: ClientAssertion): string {
  const now = Math.floor(Date.now() / 1000);
  const header = {
    typ: 'JWT',
    alg: algorithm,
    ...(algorithm === 'PS256'
      ? { 'x5t#S256': thumbprint(certificate.thumbprintSha256) }
      : { x5t: thumbprint(certificate.thumbprint) }),
    ...(chain === 'send' ? { x5c: [certificate.certificate, ...certificate.chain].map(base64OfPem) } : {}),
  };
  const claims = {
    aud: audience,
    iss: clientId,
    sub: clientId,
    jti: randomBytes(16).toString('hex'),
    nbf: now,
    iat: now,
    exp: now + LIFETIME_SECONDS,
  };
  const content = `${part(header)}.${part(claims)}`;
  const key = createPrivateKey(certificate.privateKey);
  const signature = sign('sha256', Buffer.from(content), { key, ...PADDING[algorithm] });
  return `${content}.${signature.toString('base64url')}`;
}

const PADDING = {
  PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  RS256: { padding: constants.RSA_PKCS1_PADDING },
} as const;

function thumbprint(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}

function base64OfPem(pem: string): string {
  return pem.replaceAll(/-----[^-]*-----|\s/g, '');
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
