import type { Clock } from './clock.ts';
import type { Call } from './exchange.ts';
import { type Claims, decodeToken, isSignedBy, type SigningKey } from './json-web-token.ts';

/** What a resource finds in an `Authorization` header. */
export type Bearer =
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'malformed' }
  | { readonly outcome: 'wrong-signature' }
  | { readonly outcome: 'expired'; readonly claims: Claims; readonly expiry: Date }
  | { readonly outcome: 'wrong-audience'; readonly claims: Claims; readonly audience: string }
  | { readonly outcome: 'valid'; readonly claims: Claims };

/** Checks a bearer token as a resource does: form, signature, time, audience. */
export function checkBearer(
  call: Call,
  expected: { key: SigningKey; clock: Clock; audiences: readonly string[] },
): Bearer {
  const header = call.headers.authorization ?? '';
  if (header === '') return { outcome: 'missing' };
  const token = decodeToken(/^Bearer (\S+)$/i.exec(header)?.[1] ?? '');
  if (token === undefined) return { outcome: 'malformed' };
  if (!isSignedBy(token, expected.key.publicKey)) {
    return { outcome: 'wrong-signature' };
  }
  const { claims } = token;
  const now = expected.clock.seconds();
  if (now >= Number(claims['exp']) || now < Number(claims['nbf'])) {
    return { outcome: 'expired', claims, expiry: new Date(Number(claims['exp']) * 1000) };
  }
  const audience = String(claims['aud']);
  if (!expected.audiences.includes(audience)) return { outcome: 'wrong-audience', claims, audience };
  return { outcome: 'valid', claims };
}
