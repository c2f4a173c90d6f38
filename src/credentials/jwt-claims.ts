import { type JsonObject, parseJsonObject } from '../net/json.ts';

/** The claims of a JWT, unverified: for showing, or when it came from its issuer itself. `undefined` when it is none. */
export function claimsOf(jwt: string): JsonObject | undefined {
  return parseJsonObject(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
}
