import { ADFS_TENANT, type Cloud } from './clouds.ts';
import { type JsonObject, parseJsonObject, stringField } from './json.ts';

/** The unverified claims of a JWT, for display or when it comes from its issuer; `undefined` for any other text. */
export function claimsOf(jwt: string): JsonObject | undefined {
  return parseJsonObject(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

export function isJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** The end of the year 9999, in seconds since 1970. Many clients cannot represent a later date. */
export const LATEST_SECONDS = 253_402_300_799;

/**
 * When a JWT expires. Does not verify its signature.
 * @returns the `exp` claim; the epoch if it is missing or invalid, so that the token counts as expired
 */
export function expiryOf(jwt: string): Date {
  const exp = claimsOf(jwt)?.['exp'];
  return new Date(typeof exp === 'number' && Math.abs(exp) <= LATEST_SECONDS ? exp * 1000 : 0);
}

/*
 * Claims of an access token of Entra ID, each `''` if the token does not have it. Microsoft asks clients not to rely on
 * the content: an unreadable token yields empty values, and only messages and the keys of `az`'s cache depend on them.
 * Source: Microsoft Learn, "Access token claims reference".
 */

export function objectIdOf(token: string): string {
  return stringField(claimsOf(token), 'oid');
}

/** The tenant id and client ids in a token, for masking. */
export function idsOfToken(token: string): readonly string[] {
  const claims = claimsOf(token);
  return ['tid', 'appid', 'azp'].map((name) => stringField(claims, name)).filter((id) => id !== '');
}

/** The tenant by which clients cache the token. AD FS has no tenants. */
export function tenantOfToken(token: string, { directory }: Cloud): string {
  return directory === 'adfs' ? ADFS_TENANT : stringField(claimsOf(token), 'tid');
}
