import { checkBearer } from '../bearer.ts';
import type { Subscription, User } from '../directory.ts';
import type { Call, ServiceContext } from '../exchange.ts';
import { type ResourceManagerError, unauthenticated } from './errors.ts';
import type { ResourceManagerSite } from './site.ts';

/** The principal of the token. */
export interface Caller {
  readonly tenantId: string;
  readonly objectId: string;
  /** A user's name or an application's id. */
  readonly name: string;
  /** `undefined` for an application. */
  readonly user: User | undefined;
}

/**
 * @throws {ResourceManagerError} 401 with a code of Resource Manager: AuthenticationFailed, InvalidAuthenticationToken,
 *   ExpiredAuthenticationToken, InvalidAuthenticationTokenAudience
 */
export async function authenticate(call: Call, site: ResourceManagerSite, context: ServiceContext): Promise<Caller> {
  const bearer = await checkBearer(call, context, site.audiences);
  const authority = `${site.authority}/common`;
  switch (bearer.outcome) {
    case 'missing':
      throw missingToken(authority);
    case 'malformed':
    case 'wrong-signature':
      throw unauthenticated('InvalidAuthenticationToken', 'The access token is invalid.', authority);
    case 'expired': {
      const message = `The access token expiry UTC time '${bearer.expiry.toISOString()}' is earlier than current UTC time '${new Date(context.clock.now()).toISOString()}'.`;
      throw unauthenticated('ExpiredAuthenticationToken', message, authority, 'The access token has expired.');
    }
    case 'wrong-audience': {
      const message = `The access token has been obtained for wrong audience or resource '${bearer.audience}'. It should exactly match with one of the allowed audiences '${site.audiences.join("','")}'.`;
      const description = 'The access token is for another audience.';
      throw unauthenticated('InvalidAuthenticationTokenAudience', message, authority, description);
    }
    case 'valid': {
      const { tid, oid, idtyp, unique_name: name, appid } = bearer.claims;
      const user = idtyp === 'user' ? context.directory.user(String(name)) : undefined;
      return { tenantId: String(tid), objectId: String(oid), name: String(name ?? appid), user };
    }
  }
}

export function missingToken(authority: string): ResourceManagerError {
  const description = "The authentication failed because of missing 'Authorization' header.";
  const message = "Authentication failed. The 'Authorization' header is missing.";
  return unauthenticated('AuthenticationFailed', message, authority, description);
}

export function isInTenant({ tenantId }: Caller, subscription: Subscription): boolean {
  return subscription.tenantId === tenantId || subscription.managedByTenants.includes(tenantId);
}

export function hasAccess(caller: Caller, subscription: Subscription): boolean {
  return isInTenant(caller, subscription) && subscription.roleAssignments.includes(caller.objectId);
}

/** The URL in a challenge, which reveals the subscription's tenant. */
export function authorityOf(subscription: Subscription, site: ResourceManagerSite): string {
  return `${site.authority}/${subscription.tenantId}`;
}
