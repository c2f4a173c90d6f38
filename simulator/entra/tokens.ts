import { createHash, randomBytes } from 'node:crypto';
import type { Tenant, User } from '../directory.ts';
import { type Claims, unsignedToken } from '../json-web-token.ts';
import type { Endpoint, EntraContext } from './endpoint.ts';
import { type Realm, withoutTrailingSlash } from './realm.ts';

/** How a client authenticated, for the claim `appidacr`. */
export type ClientProof = 'none' | 'secret' | 'assertion';

const PROOF_CODES: Readonly<Record<ClientProof, string>> = { none: '0', secret: '1', assertion: '2' };

export interface IssuedToken {
  readonly token: string;
  /** Seconds since the epoch. */
  readonly notBefore: number;
  readonly expiresOn: number;
  readonly lifetimeSeconds: number;
}

/**
 * For a service principal or a managed identity.
 * Source of the claims: "Access token claims reference" (version 1.0), and tokens of Resource Manager.
 */
export async function applicationToken(
  context: EntraContext,
  endpoint: Endpoint,
  grant: { clientId: string; objectId: string; proof: ClientProof; resource: string },
): Promise<IssuedToken> {
  return await sign(context, endpoint, grant.resource, {
    appid: grant.clientId,
    appidacr: PROOF_CODES[grant.proof],
    idtyp: 'app',
    oid: grant.objectId,
    sub: grant.objectId,
  });
}

export interface UserSession {
  readonly user: User;
  /** Object id in the endpoint's tenant, which for a guest differs from the home tenant's. */
  readonly objectId: string;
  readonly clientId: string;
  readonly amr: readonly string[];
}

export async function userToken(
  context: EntraContext,
  endpoint: Endpoint,
  grant: { session: UserSession; proof: ClientProof; resource: string },
): Promise<IssuedToken> {
  const { user, objectId, clientId, amr } = grant.session;
  const isGuest = endpoint.tenant.id !== user.tenantId;
  return await sign(context, endpoint, grant.resource, {
    acr: '1',
    amr,
    appid: clientId,
    appidacr: PROOF_CODES[grant.proof],
    idtyp: 'user',
    name: user.displayName,
    oid: objectId,
    scp: 'user_impersonation',
    sub: pairwiseSubject(objectId, grant.resource),
    unique_name: user.userPrincipalName,
    ...(isGuest
      ? { email: user.userPrincipalName, idp: `${endpoint.realm.tokenIssuer}/${user.tenantId}/` }
      : { upn: user.userPrincipalName }),
  });
}

async function sign(
  context: EntraContext,
  { realm, tenant }: Endpoint,
  resource: string,
  principal: Claims,
): Promise<IssuedToken> {
  const now = context.clock.seconds();
  const lifetimeSeconds = context.settings.accessTokenLifetimeSeconds;
  // Entra ID dates its tokens back by five minutes, for resources whose clocks are behind.
  const times = { iat: now - 300, nbf: now - 300, exp: now + lifetimeSeconds };
  const claims = {
    aud: resource,
    iss: versionOneIssuer(realm, tenant),
    ...times,
    aio: randomBytes(18).toString('base64'),
    ...('idp' in principal ? {} : { idp: versionOneIssuer(realm, tenant) }),
    ...principal,
    rh: `1.${randomBytes(12).toString('base64url')}.`,
    tid: tenant.id,
    uti: randomBytes(16).toString('base64url'),
    ver: '1.0',
  };
  const key = await context.key();
  return { token: key.sign(claims), notBefore: times.nbf, expiresOn: times.exp, lifetimeSeconds };
}

export function versionOneIssuer(realm: Realm, tenant: Tenant): string {
  return realm.kind === 'adfs' ? realm.tokenIssuer : `${realm.tokenIssuer}/${tenant.id}/`;
}

export function versionTwoIssuer(realm: Realm, tenant: Tenant): string {
  return realm.kind === 'adfs' ? realm.tokenIssuer : `https://${realm.host}/${tenant.id}/v2.0`;
}

/** Version 1.0 gives public clients an unsigned token, since they only read it. */
export async function idToken(context: EntraContext, endpoint: Endpoint, session: UserSession): Promise<string> {
  const now = context.clock.seconds();
  const { user, objectId, clientId } = session;
  const times = { iat: now - 300, nbf: now - 300, exp: now + context.settings.accessTokenLifetimeSeconds };
  const common = {
    aud: clientId,
    ...times,
    name: user.displayName,
    oid: objectId,
    tid: endpoint.tenant.id,
    sub: pairwiseSubject(objectId, clientId),
  };
  if (endpoint.api === 'v2') {
    const iss = versionTwoIssuer(endpoint.realm, endpoint.tenant);
    return (await context.key()).sign({ ...common, iss, preferred_username: user.userPrincipalName, ver: '2.0' });
  }
  return unsignedToken({
    ...common,
    iss: versionOneIssuer(endpoint.realm, endpoint.tenant),
    amr: session.amr,
    unique_name: user.userPrincipalName,
    upn: user.userPrincipalName,
    ver: '1.0',
  });
}

/** The home account, for the client's cache. */
export function clientInfo(user: User): string {
  return Buffer.from(JSON.stringify({ uid: user.objectId, utid: user.tenantId })).toString('base64url');
}

function pairwiseSubject(objectId: string, audience: string): string {
  return createHash('sha256')
    .update(`${objectId} ${withoutTrailingSlash(audience)}`)
    .digest('base64url');
}
