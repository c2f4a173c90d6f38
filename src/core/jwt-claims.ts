import { type JsonObject, parseJsonObject } from './json.ts';

/** The claims of a JWT, unverified: for showing, or when it came from its issuer itself. `undefined` when it is none. */
export function claimsOf(jwt: string): JsonObject | undefined {
  return parseJsonObject(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

/** The end of the year 9999, in seconds since 1970: what is later is no date to many clients, and a little later to none. */
export const LATEST_SECONDS = 253_402_300_799;

/**
 * When a JWT ends, without checking who signed it: that is the receiver's business.
 * @returns the `exp` claim; the epoch when there is none, so that such a token counts as expired
 */
export function expiryOf(jwt: string): Date {
  const exp = claimsOf(jwt)?.['exp'];
  return new Date(typeof exp === 'number' && Math.abs(exp) <= LATEST_SECONDS ? exp * 1000 : 0);
}
