import { AZURE_CLI_CLIENT_ID, type CredentialMaterial, type TenantToken, type UserGrant } from '../core/credential.ts';
import { stringField } from '../core/json.ts';
import { claimsOf } from '../core/jwt.ts';
import { type Account, accountName } from '../core/session.ts';
import { type InstalledAz, isBefore } from './az-version.ts';

/**
 * The files that `az` alone reads. Shapes, keys and the letter case of every name were read in azure-cli 2.45 to 2.90
 * (`azure/cli/core/auth/`, `azure/cli/core/cloud.py`) and MSAL Python (`msal/token_cache.py`).
 */

/** One entry of `service_principal_entries.json`. `az` finds it by `client_id`, letter by letter, and `tenant`. */
export interface ServicePrincipalEntry {
  readonly client_id: string;
  readonly tenant: string;
  readonly client_secret?: string;
  /** Path of a PEM with the certificate and its unencrypted key. */
  readonly certificate?: string;
  readonly use_cert_sn_issuer?: true;
  /** Sent as it is: the refresher of a session replaces it before it ends. */
  readonly client_assertion?: string;
}

/**
 * What lets `az` get tokens by itself; empty for those that need no entry: users have a refresh token in the cache, and a
 * managed identity is asked from the machine.
 * @param certificatePath where the PEM of a certificate sign-in is; unused by the other methods
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
    default:
      return [];
  }
}

/** MSAL's unified cache schema, as MSAL Python writes it. Times are strings of epoch seconds. */
export interface MsalTokenCache {
  readonly AccessToken: Readonly<Record<string, MsalAccessToken>>;
  readonly Account?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly IdToken?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly RefreshToken?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly AppMetadata: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface MsalAccessToken {
  readonly credential_type: 'AccessToken';
  readonly secret: string;
  /** `null` for an application, not absent: MSAL Python compares it so. */
  readonly home_account_id: string | null;
  readonly environment: string;
  readonly client_id: string;
  readonly target: string;
  readonly realm: string;
  /** As the issuer spells it. */
  readonly token_type: 'Bearer' | 'bearer';
  readonly cached_at: string;
  readonly expires_on: string;
  readonly extended_expires_on: string;
}

/** Whose tokens they are, in the cache's own terms. */
interface CacheOwner {
  readonly environment: string;
  readonly client_id: string;
  readonly home_account_id: string | null;
  readonly tokenType: MsalAccessToken['token_type'];
}

/**
 * The tokens as `az` caches them. Keys are derived from the fields, because `az` would otherwise leave a stale duplicate
 * at its next write; lower case, since MSAL makes them so.
 * @param now what `cached_at` says
 */
export function msalTokenCache(
  account: Account,
  material: CredentialMaterial,
  tokens: readonly TenantToken[],
  now: Date,
  az: InstalledAz,
): MsalTokenCache | undefined {
  if (material.kind === 'managed-identity' || material.kind === 'token-endpoint') return undefined;
  const environment = new URL(account.cloud.authority).host;
  if (material.kind === 'user') return userCache(account, material.grant, tokens, environment, now, az);
  const clientId = accountName(account.principal);
  const owner: CacheOwner = {
    environment,
    client_id: clientId,
    home_account_id: null,
    tokenType: tokenTypeOf(account),
  };
  const cached = tokens.map((token) => ({ ...token, target: token.scope }));
  return { AccessToken: accessTokens(owner, cached, now), AppMetadata: appMetadata(owner, {}) };
}

interface CachedToken extends TenantToken {
  /** The scopes that the token serves. */
  readonly target: string;
}

function accessTokens(
  owner: CacheOwner,
  tokens: readonly CachedToken[],
  now: Date,
): Readonly<Record<string, MsalAccessToken>> {
  const { environment, client_id, home_account_id, tokenType } = owner;
  return Object.fromEntries(
    tokens.map((token): [string, MsalAccessToken] => [
      cacheKey(home_account_id ?? '', environment, 'accesstoken', client_id, token.tenantId, token.target),
      {
        credential_type: 'AccessToken',
        secret: token.token,
        home_account_id,
        environment,
        client_id,
        target: token.target,
        realm: token.tenantId,
        token_type: tokenType,
        cached_at: epochSeconds(now),
        expires_on: epochSeconds(token.expiresOn),
        extended_expires_on: epochSeconds(token.expiresOn),
      },
    ]),
  );
}

function tokenTypeOf({ cloud }: Account): MsalAccessToken['token_type'] {
  return cloud.directory === 'adfs' ? 'bearer' : 'Bearer';
}

function appMetadata(owner: CacheOwner, family: Readonly<Record<string, string>>): MsalTokenCache['AppMetadata'] {
  const { environment, client_id } = owner;
  return { [cacheKey('appmetadata', environment, client_id)]: { client_id, environment, ...family } };
}

/** A user's refresh token serves every tenant and, as one of the Microsoft family, every client in it. */
function userCache(
  account: Account,
  grant: UserGrant,
  tokens: readonly TenantToken[],
  environment: string,
  now: Date,
  az: InstalledAz,
): MsalTokenCache {
  const home = `${grant.homeObjectId}.${grant.homeTenantId}`;
  const owner: CacheOwner = {
    environment,
    client_id: AZURE_CLI_CLIENT_ID,
    home_account_id: home,
    tokenType: tokenTypeOf(account),
  };
  const common = { home_account_id: home, environment };
  const cached = [...signInToken(grant, tokens), ...tokens].map((token) => ({ ...token, target: targetOf(token, az) }));
  const idTokens = cached.filter(({ user }) => (user?.idToken ?? '') !== '');
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
        // Without it, az on Windows would look for the account in the system's broker first.
        ...(isBefore(az.msal, '1.25') ? {} : { account_source: grant.source }),
      },
    },
    ...(idTokens.length === 0
      ? {}
      : {
          IdToken: Object.fromEntries(
            idTokens.map(({ tenantId, user }) => [
              cacheKey(home, environment, 'idtoken', owner.client_id, tenantId, ''),
              {
                credential_type: 'IdToken',
                secret: user?.idToken ?? '',
                ...common,
                realm: tenantId,
                client_id: owner.client_id,
              },
            ]),
          ),
        }),
    RefreshToken: {
      [cacheKey(home, environment, 'refreshtoken', owner.client_id, '', target)]: {
        credential_type: 'RefreshToken',
        secret: grant.refreshToken,
        ...common,
        client_id: owner.client_id,
        target,
        last_modification_time: epochSeconds(now),
        family_id: '1',
      },
    },
    AppMetadata: appMetadata(owner, { family_id: '1' }),
  };
}

/** MSAL files it under the name it was asked for by, and `az` gets another one for each tenant it then asks. */
function signInToken({ realm, homeTenantId }: UserGrant, tokens: readonly TenantToken[]): TenantToken[] {
  const token = tokens.find(({ tenantId }) => tenantId === homeTenantId);
  return realm !== 'organizations' || token === undefined ? [] : [{ ...token, tenantId: realm }];
}

/** The scopes that Entra granted: MSAL sorts them from 1.27. */
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

/**
 * JSON that Python reads alike in every locale: `service_principal_entries.json` is opened with the locale's encoding,
 * which on Windows is not UTF-8.
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
