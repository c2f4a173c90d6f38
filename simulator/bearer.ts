import type { Call, ServiceContext } from './exchange.ts';
import { type Claims, decodeToken, isSignedBy } from './json-web-token.ts';

/** The result of the check of an `Authorization` header. */
export type Bearer =
  | { readonly outcome: 'missing' | 'malformed' | 'wrong-signature' }
  | { readonly outcome: 'expired'; readonly expiry: Date }
  | { readonly outcome: 'wrong-audience'; readonly audience: string }
  | { readonly outcome: 'valid'; readonly claims: Claims };

export async function checkBearer(
  call: Call,
  { key, clock }: ServiceContext,
  audiences: readonly string[],
): Promise<Bearer> {
  const header = call.headers.authorization ?? '';
  if (header === '') return { outcome: 'missing' };
  const token = decodeToken(/^Bearer (\S+)$/i.exec(header)?.[1] ?? '');
  if (token === undefined) return { outcome: 'malformed' };
  if (!isSignedBy(token, (await key()).publicKey)) return { outcome: 'wrong-signature' };
  const { claims } = token;
  const now = clock.seconds();
  if (now >= Number(claims['exp']) || now < Number(claims['nbf'])) {
    return { outcome: 'expired', expiry: new Date(Number(claims['exp']) * 1000) };
  }
  const audience = String(claims['aud']);
  if (!audiences.includes(audience)) return { outcome: 'wrong-audience', audience };
  return { outcome: 'valid', claims };
}
