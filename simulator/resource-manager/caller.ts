import { checkBearer } from '../bearer.ts';
import type { Directory, Subscription, User } from '../directory.ts';
import type { Call, ServiceContext } from '../exchange.ts';
import type { Claims } from '../json-web-token.ts';
import { type ResourceManagerError, unauthenticated } from './errors.ts';
import type { ResourceManagerSite } from './site.ts';

/** Who asks, as the token tells. */
export interface Caller {
  readonly tenantId: string;
  readonly objectId: string;
  /** A user's name or an application's id. */
  readonly name: string;
  /** The user, for whom further tenants are listed. */
  readonly user: User | undefined;
}

/**
 * @throws {ResourceManagerError} 401 with the codes that Resource Manager gives: AuthenticationFailed,
 *   InvalidAuthenticationToken, ExpiredAuthenticationToken, InvalidAuthenticationTokenAudience
 */
export async function authenticate(call: Call, site: ResourceManagerSite, world: ServiceContext): Promise<Caller> {
  const bearer = await checkBearer(call, world, site.audiences);
  const authority = `${site.authority}/common`;
  switch (bearer.outcome) {
    case 'missing':
      throw missingToken(authority);
    case 'malformed':
    case 'wrong-signature': {
      const message = 'The access token is invalid.';
      throw unauthenticated('InvalidAuthenticationToken', message, authority, message);
    }
    case 'expired': {
      const message = `The access token expiry UTC time '${bearer.expiry.toISOString()}' is earlier than current UTC time '${new Date(world.clock.now()).toISOString()}'.`;
      throw unauthenticated('ExpiredAuthenticationToken', message, authority, 'The access token has expired.');
    }
    case 'wrong-audience': {
      const message = `The access token has been obtained for wrong audience or resource '${bearer.audience}'. It should exactly match with one of the allowed audiences '${site.audiences.join("','")}'.`;
      throw unauthenticated(
        'InvalidAuthenticationTokenAudience',
        message,
        authority,
        'The access token is for another audience.',
      );
    }
    case 'valid':
      return callerOf(bearer.claims, world.directory);
  }
}

export function missingToken(authority: string): ResourceManagerError {
  return unauthenticated(
    'AuthenticationFailed',
    "Authentication failed. The 'Authorization' header is missing.",
    authority,
    "The authentication failed because of missing 'Authorization' header.",
  );
}

function callerOf(claims: Claims, directory: Directory): Caller {
  const name = claims['unique_name'] ?? claims['appid'];
  const user = claims['idtyp'] === 'user' ? directory.user(String(claims['unique_name'])) : undefined;
  return { tenantId: String(claims['tid']), objectId: String(claims['oid']), name: String(name), user };
}

export function isOfTenant(caller: Caller, subscription: Subscription): boolean {
  return subscription.tenantId === caller.tenantId || subscription.managedByTenants.includes(caller.tenantId);
}

/** Whether the caller has a role assignment there, in the tenant his token is of. */
export function sees(caller: Caller, subscription: Subscription): boolean {
  return isOfTenant(caller, subscription) && subscription.roleAssignments.includes(caller.objectId);
}

/** The issuer's URL of a subscription's tenant, which a challenge gives away. */
export function authorityOf(subscription: Subscription, site: ResourceManagerSite): string {
  return `${site.authority}/${subscription.tenantId}`;
}
