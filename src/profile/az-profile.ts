import { type Cloud, tokenIssuer } from '../core/clouds.ts';
import { AZURE_CLI_CLIENT_ID, type CredentialMaterial, type TenantToken, type UserGrant } from '../core/credential.ts';
import { type JsonObject, stringField } from '../core/json.ts';
import { claimsOf } from '../core/jwt.ts';
import { type Account, accountName } from '../core/session.ts';
import { type InstalledAz, isBefore } from './runner-image.ts';

/**
 * The files that only `az` reads. Source of all shapes, keys and letter case: azure-cli 2.45 to 2.90
 * (`azure/cli/core/auth/`, `azure/cli/core/cloud.py`) and MSAL Python (`msal/token_cache.py`).
 */

/** One entry of `service_principal_entries.json`. `az` looks it up by `client_id`, case-sensitively, and `tenant`. */
export interface ServicePrincipalEntry {
  readonly client_id: string;
  readonly tenant: string;
  readonly client_secret?: string;
  /** Path of a PEM with the certificate and its unencrypted key. */
  readonly certificate?: string;
  readonly use_cert_sn_issuer?: true;
  /** `az` sends it unchanged. The agent replaces it before it expires. */
  readonly client_assertion?: string;
}

/**
 * The credentials with which `az` requests tokens. Users need no entry, because the token cache has their refresh
 * token; a managed identity gets its tokens from the machine.
 * @param certificatePath path of the PEM; only certificate sign-ins use it
 */
export function servicePrincipalEntries(
  account: Account,
  material: CredentialMaterial,
  certificatePath: string,
): ServicePrincipalEntry[] {
  const owner = { client_id: accountName(account.principal), tenant: account.tenantId };
  switch (material.kind) {
    case 'client-secret':
      return [{ ...owner, client_secret: material.clientSecret }];
    case 'client-certificate': {
      const sni = material.chain === 'send' ? { use_cert_sn_issuer: true as const } : {};
      return [{ ...owner, certificate: certificatePath, ...sni }];
    }
    case 'assertion':
      return [{ ...owner, client_assertion: material.assertion }];
    case 'managed-identity':
    case 'user':
    case 'token-endpoint':
      return [];
  }
}

/** MSAL's unified cache schema, as in MSAL Python: tokens by section and key. Times are strings of epoch seconds. */
export type MsalTokenCache = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

interface CacheOwner {
  readonly environment: string;
  readonly client_id: string;
  /** `null` for an application, not absent: MSAL Python compares it with `None`. */
  readonly home_account_id: string | null;
  /** In the issuer's spelling. */
  readonly token_type: 'Bearer' | 'bearer';
}

/**
 * The tokens in `az`'s cache format. Keys are derived from the fields in lower case, as MSAL does: with any other key,
 * the next write of `az` would leave a stale duplicate.
 * @param now the value of `cached_at`
 */
export function msalTokenCache(
  account: Account,
  material: CredentialMaterial,
  tokens: readonly TenantToken[],
  now: Date,
  az: InstalledAz,
): MsalTokenCache | undefined {
  if (material.kind === 'managed-identity' || material.kind === 'token-endpoint') return undefined;
  const common = {
    environment: new URL(account.cloud.authority).host,
    token_type: account.cloud.directory === 'adfs' ? 'bearer' : 'Bearer',
  } as const;
  if (material.kind === 'user') {
    const home = `${material.grant.homeObjectId}.${material.grant.homeTenantId}`;
    const owner: CacheOwner = { ...common, client_id: AZURE_CLI_CLIENT_ID, home_account_id: home };
    return userCache(owner, account, material.grant, tokens, now, az);
  }
  const owner: CacheOwner = { ...common, client_id: accountName(account.principal), home_account_id: null };
  const cached = tokens.map((token) => ({ ...token, target: token.scope }));
  return { AccessToken: accessTokens(owner, cached, now), AppMetadata: appMetadata(owner, {}) };
}

/** Each `target` has the scopes of its token. */
type CachedTokens = readonly (TenantToken & { readonly target: string })[];

function accessTokens(owner: CacheOwner, tokens: CachedTokens, now: Date): MsalTokenCache[string] {
  const { environment, client_id, home_account_id } = owner;
  return Object.fromEntries(
    tokens.map(({ token, target, tenantId, expiresOn }) => [
      cacheKey(home_account_id ?? '', environment, 'accesstoken', client_id, tenantId, target),
      {
        credential_type: 'AccessToken',
        secret: token,
        ...owner,
        target,
        realm: tenantId,
        cached_at: epochSeconds(now),
        expires_on: epochSeconds(expiresOn),
        extended_expires_on: epochSeconds(expiresOn),
      },
    ]),
  );
}

function appMetadata({ environment, client_id }: CacheOwner, family: JsonObject): MsalTokenCache[string] {
  return { [cacheKey('appmetadata', environment, client_id)]: { client_id, environment, ...family } };
}

/** A user's refresh token is valid for all tenants and for all clients of the Microsoft family. */
function userCache(
  owner: CacheOwner,
  account: Account,
  grant: UserGrant,
  tokens: readonly TenantToken[],
  now: Date,
  az: InstalledAz,
): MsalTokenCache {
  const { environment, client_id } = owner;
  const home = owner.home_account_id ?? '';
  const common = { home_account_id: home, environment };
  const cached = [...signInToken(grant, tokens), ...tokens].map((token) => ({ ...token, target: targetOf(token, az) }));
  const idTokens = cached.flatMap(({ tenantId, user }) => {
    const secret = user?.idToken ?? '';
    const entry = { credential_type: 'IdToken', secret, ...common, realm: tenantId, client_id };
    return secret === '' ? [] : [[cacheKey(home, environment, 'idtoken', client_id, tenantId, ''), entry] as const];
  });
  const target = cached[0]?.target ?? '';
  return {
    AccessToken: accessTokens(owner, cached, now),
    Account: {
      [cacheKey(home, environment, grant.realm)]: {
        ...common,
        realm: grant.realm,
        local_account_id: stringField(claimsOf(grant.idToken), 'oid') || grant.homeObjectId,
        username: accountName(account.principal),
        authority_type: 'MSSTS',
        // Without this field, `az` on Windows would look for the account in the system's broker first.
        ...(isBefore(az.msal, '1.25') ? {} : { account_source: grant.source }),
      },
    },
    ...(idTokens.length === 0 ? {} : { IdToken: Object.fromEntries(idTokens) }),
    RefreshToken: {
      [cacheKey(home, environment, 'refreshtoken', client_id, '', target)]: {
        credential_type: 'RefreshToken',
        secret: grant.refreshToken,
        ...common,
        client_id,
        target,
        last_modification_time: epochSeconds(now),
        family_id: '1',
      },
    },
    AppMetadata: appMetadata(owner, { family_id: '1' }),
  };
}

/** MSAL caches the sign-in token under the requested tenant; `az` then requests another token for each tenant. */
function signInToken({ realm, homeTenantId }: UserGrant, tokens: readonly TenantToken[]): TenantToken[] {
  const token = tokens.find(({ tenantId }) => tenantId === homeTenantId);
  return realm !== 'organizations' || token === undefined ? [] : [{ ...token, tenantId: realm }];
}

/** The scopes that Entra ID granted. MSAL sorts them from 1.27 on. */
function targetOf({ scope, user }: TenantToken, { msal }: InstalledAz): string {
  const scopes = (user?.scopes || scope).split(' ');
  return (isBefore(msal, '1.27') ? scopes : scopes.sort()).join(' ');
}

function cacheKey(...parts: readonly string[]): string {
  return parts.join('-').toLowerCase();
}

function epochSeconds(time: Date): string {
  return String(Math.floor(time.getTime() / 1000));
}

/** MSAL Python caches issuer metadata for a day. */
const METADATA_LIFETIME_SECONDS = 24 * 60 * 60;

/** SHA-256 of `''` (two apostrophes), which MSAL Python computes for a request without a query. */
const NO_QUERY = '6f49cdbd80e1b95d5e6427e1501fc217790daee87055fa5b4e71064288bddede';

/**
 * `msal_http_cache.bin`, in which `az` caches the metadata of a tenant's issuer for a day. Without this file, the first
 * command requests the metadata before it reads its tokens. The content is known without a request.
 *
 * The file is a pickled dictionary of responses by request; its `_index_` has the expiry times. MSAL reads only the
 * status, text and headers of a response, so any object with these attributes works. The class used here exists in
 * every version of Python. A class of MSAL would break other versions of `az`. `az` replaces a file that it cannot
 * read.
 *
 * Source: MSAL Python, `msal/throttled_http_client.py` and `msal/individual_cache.py`. Keys contain the port up to 1.21
 * only. Tested with `az` 2.45 to 2.91.
 *
 * @returns `undefined` for AD FS, which has no tenants
 */
export function msalHttpCache(cloud: Cloud, tenantIds: readonly string[], now: Date): Buffer | undefined {
  if (cloud.directory === 'adfs') return undefined;
  const created = pickledNumber(Math.floor(now.getTime() / 1000));
  const expires = pickledNumber(Math.floor(now.getTime() / 1000) + METADATA_LIFETIME_SECONDS);
  const responses = [...new Set(tenantIds)].flatMap((tenantId): [key: Buffer, response: Buffer][] => {
    const { origin, pathname } = new URL(tokenIssuer(cloud, tenantId).issuer);
    const query = `${pathname}/.well-known/openid-configuration hash=${NO_QUERY} 2xx`;
    return [origin, `${origin}:443`].map((server) => [
      pickledText(`GET ${server}${query}`),
      pickledResponse(issuerMetadata(cloud, tenantId)),
    ]);
  });
  const sequence = pickledList(responses.map(([key]) => pickledList([expires, created, key])));
  const timestamps = pickledDict(responses.map(([key]) => [key, pickledList([expires, created])]));
  const index = Buffer.concat([sequence, timestamps, codes('\x86')]);
  return Buffer.concat([codes('\x80\x02'), pickledDict([...responses, [pickledText('_index_'), index]]), codes('.')]);
}

/** Source: OpenID Connect Discovery 1.0, 3. */
function issuerMetadata(cloud: Cloud, tenantId: string): string {
  const { issuer, authorizationEndpoint, tokenEndpoint, deviceCodeEndpoint, keys } = tokenIssuer(cloud, tenantId);
  return JSON.stringify({
    issuer,
    authorization_endpoint: authorizationEndpoint,
    token_endpoint: tokenEndpoint,
    device_authorization_endpoint: deviceCodeEndpoint,
    jwks_uri: keys,
  });
}

/** Opcodes of pickle protocol 2, which every Python 3 reads. Source: Python's `pickletools`. */
function codes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function pickledText(value: string): Buffer {
  const text = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([codes('X'), length, text]);
}

function pickledNumber(value: number): Buffer {
  const float = Buffer.alloc(8);
  float.writeDoubleBE(value);
  return Buffer.concat([codes('G'), float]);
}

function pickledList(items: readonly Buffer[]): Buffer {
  return Buffer.concat([codes(']('), ...items, codes('e')]);
}

function pickledDict(entries: readonly (readonly [key: Buffer, value: Buffer])[]): Buffer {
  return Buffer.concat([codes('}('), ...entries.flat(), codes('u')]);
}

function pickledResponse(text: string): Buffer {
  const attributes = pickledDict([
    [pickledText('status_code'), pickledNumber(200)],
    [pickledText('text'), pickledText(text)],
    [pickledText('headers'), pickledDict([])],
  ]);
  return Buffer.concat([codes('ctypes\nSimpleNamespace\n)R'), attributes, codes('b')]);
}
