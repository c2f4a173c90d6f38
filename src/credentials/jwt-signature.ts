import { constants, createPrivateKey, sign } from 'node:crypto';

type Claims = Readonly<Record<string, unknown>>;

/**
 * What the bundle has for MSAL in the place of `jsonwebtoken` and the fourteen packages behind it, of which MSAL reaches
 * one function to sign the assertion that it made. The same header, claims and signature; a test compares the two.
 *
 * Source: RFC 7515, 5.1; RFC 7518, 3.3 and 3.5.
 */
export default {
  /** @throws for any other algorithm than the two that Entra takes, and for what is no RSA key */
  sign(claims: Claims, privateKey: string, { header }: { readonly header: Claims }): string {
    const issuedAt = Math.floor(Date.now() / 1000);
    const content = `${part({ typ: 'JWT', ...header })}.${part({ ...claims, iat: issuedAt })}`;
    const key = createPrivateKey(privateKey);
    if (key.asymmetricKeyType !== 'rsa') throw new Error('Only RSA keys sign assertions.');
    const signature = sign('sha256', Buffer.from(content), { key, ...paddingOf(header['alg']) });
    return `${content}.${signature.toString('base64url')}`;
  },
};

function paddingOf(algorithm: unknown): { readonly padding: number; readonly saltLength?: number } {
  switch (algorithm) {
    case 'PS256':
      return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    case 'RS256':
      return { padding: constants.RSA_PKCS1_PADDING };
    default:
      throw new Error('Entra takes PS256 and RS256.');
  }
}

function part(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
