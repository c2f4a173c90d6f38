import { ADFS_TENANT, type Cloud } from './clouds.ts';
import { type JsonObject, parseJsonObject, stringField } from './json.ts';

/** The claims of a JWT, unverified: to show them, or when it came from its issuer. `undefined` for any other text. */
export function claimsOf(jwt: string): JsonObject | undefined {
  return parseJsonObject(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

/** The end of the year 9999, in seconds since 1970: what is later is no date to many clients, and a little later to none. */
export const LATEST_SECONDS = 253_402_300_799;

/**
 * When a JWT expires. Its signature is for the receiver to verify.
 * @returns the `exp` claim; the epoch when there is none, so that such a token counts as expired
 */
export function expiryOf(jwt: string): Date {
  const exp = claimsOf(jwt)?.['exp'];
  return new Date(typeof exp === 'number' && Math.abs(exp) <= LATEST_SECONDS ? exp * 1000 : 0);
}

/** What the access token says of its bearer. */
interface AccessTokenClaims {
  /** `''` when the token does not tell. */
  readonly tenantId: string;
  readonly objectId: string;
}

/**
 * Reads an access token of Entra ID. Microsoft asks clients not to rely on its content, and so nothing here does: a
 * token that cannot be read gives empty values, and only what is shown and where `az` looks up its cache depends on them.
 * Source: Microsoft Learn, "Access token claims reference".
 */
export function accessTokenClaims(token: string): AccessTokenClaims {
  const claims = claimsOf(token);
  return { tenantId: stringField(claims, 'tid'), objectId: stringField(claims, 'oid') };
}

/** The ids of tenant and client that a token tells, for hiding them. */
export function idsOfToken(token: string): readonly string[] {
  const claims = claimsOf(token);
  return ['tid', 'appid', 'azp'].map((name) => stringField(claims, name)).filter((id) => id !== '');
}

/**
 * The tenant under which clients look for the token; `''` when it does not tell. An AD FS has no tenants, whatever its
 * tokens say.
 */
export function tenantOfToken(token: string, { directory }: Cloud): string {
  return directory === 'adfs' ? ADFS_TENANT : accessTokenClaims(token).tenantId;
}
