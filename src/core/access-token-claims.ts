import { ADFS_TENANT, type Cloud } from './clouds.ts';
import { stringField } from './json.ts';
import { claimsOf } from './jwt-claims.ts';

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
