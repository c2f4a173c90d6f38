import { constants, createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { createCertificate } from './certificates.ts';

export type Claims = Record<string, unknown>;

export interface DecodedToken {
  readonly header: Claims;
  readonly claims: Claims;
  readonly signature: Buffer;
  /** The text that the signature covers. */
  readonly signed: string;
}

/** @returns `undefined` for text that is not a signed JSON Web Token (RFC 7519 in the compact form of RFC 7515) */
export function decodeToken(token: string): DecodedToken | undefined {
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  const [fields, claims] = [decodeObject(header), decodeObject(payload)];
  if (fields === undefined || claims === undefined) return undefined;
  return { header: fields, claims, signature: Buffer.from(signature, 'base64url'), signed: `${header}.${payload}` };
}

function decodeObject(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Checks an RS256 or PS256 signature (RFC 7518, section 3). */
export function isSignedBy(token: DecodedToken, publicKey: KeyObject): boolean {
  const data = Buffer.from(token.signed);
  if (token.header['alg'] === 'RS256') return verify('sha256', data, publicKey, token.signature);
  if (token.header['alg'] !== 'PS256') return false;
  const pss = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return verify('sha256', data, pss, token.signature);
}

export function unsignedToken(claims: Claims): string {
  return `${encode({ typ: 'JWT', alg: 'none' })}.${encode(claims)}.`;
}

function encode(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export class SigningKey {
  readonly keyId: string;
  readonly publicKey: KeyObject;
  readonly #privateKey: KeyObject;

  private constructor(certificate: string, privateKey: string) {
    this.#privateKey = createPrivateKey(privateKey);
    this.publicKey = createPublicKey(certificate);
    this.keyId = createHash('sha1').update(certificate).digest('base64url');
  }

  static async create(commonName: string): Promise<SigningKey> {
    const { certificate, privateKey } = await createCertificate({ commonName });
    return new SigningKey(certificate, privateKey);
  }

  sign(claims: Claims, header: Claims = {}): string {
    const full = { typ: 'JWT', alg: 'RS256', x5t: this.keyId, kid: this.keyId, ...header };
    const signed = `${encode(full)}.${encode(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), this.#privateKey).toString('base64url')}`;
  }
}

const keys = new Map<string, Promise<SigningKey>>();

/** One key for each issuer and process, since RSA keys are most of the cost of a simulator's start. */
export function signingKey(issuer: string): Promise<SigningKey> {
  const key = keys.get(issuer) ?? SigningKey.create(issuer);
  keys.set(issuer, key);
  return key;
}
