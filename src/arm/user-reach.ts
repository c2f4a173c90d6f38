import { accessTokenClaims, tenantOfToken } from '../core/access-token-claims.ts';
import type { User } from '../core/account.ts';
import type { AccessToken, TenantToken, UserGrant } from '../core/credential.ts';
import type { DeviceCodeRequest, PasswordRequest, SubscriptionRequest } from '../core/request.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { namesTenant, userFacts, usernameOf } from '../entra/user-grant.ts';
import type { Reach } from './reach.ts';
import { type FoundSubscriptions, findSubscriptions, withDefault } from './subscriptions.ts';
import { mergeSubscriptions, type ReachedTenant, reachEveryTenant } from './tenants.ts';

/**
 * A user who named a tenant is looked for there alone, as is a subscription that alone is asked for: in the tenant signed
 * in to. Otherwise in every tenant. The account's tenant is that of its default subscription, since clients ask it for
 * their tokens.
 * @throws {SessionError} when no subscription can be the default
 */
export async function findReachOfUser(
  request: { readonly credential: PasswordRequest | DeviceCodeRequest; readonly subscription: SubscriptionRequest },
  token: AccessToken,
  grant: UserGrant,
  context: SignInContext,
): Promise<Reach> {
  const { credential, subscription } = request;
  const tenantId = tenantOfToken(token.token, context.cloud) || grant.homeTenantId;
  const principal = userOf(credential, token, grant);
  const asker = { ...context, token, tenantId, clientId: '', objectId: principal.objectId };
  const query = { ...asker, request: subscription };
  if (namesTenant(credential.tenantId) || subscription.scope === 'named-only') {
    const account = { principal, tenantId, cloud: context.cloud, ...(await findSubscriptions(query)) };
    return { account, managementTokens: [{ ...token, tenantId }] };
  }
  const reached = await reachEveryTenant(asker, grant, userFacts(credential, context), context);
  const found = withDefault(mergeSubscriptions(reached, context.warn), query);
  const { selected } = found;
  const own = selected.kind === 'subscription' ? selected.subscription.tenantId : reached[0].token.tenantId;
  const managementTokens = tokensOf(reached, own);
  const inOwn = userOf(credential, managementTokens[0], grant);
  const bare = subscription.whenNone === 'tenant-level-account' ? { bareTenants: bareAmong(reached, found) } : {};
  return { account: { principal: inOwn, tenantId: own, cloud: context.cloud, ...found, ...bare }, managementTokens };
}

/** A guest is another object in each tenant, and that is what roles are assigned to there: the token names it. */
function userOf(credential: PasswordRequest | DeviceCodeRequest, token: AccessToken, grant: UserGrant): User {
  const given = credential.method === 'password' ? credential.username : '';
  const username = usernameOf(grant.idToken) || usernameOf(token.token) || given || grant.homeObjectId;
  return { kind: 'user', username, objectId: accessTokenClaims(token.token).objectId || grant.homeObjectId };
}

/** One a tenant, as `az` keeps them, that of the account's own first. */
function tokensOf(
  reached: readonly [ReachedTenant, ...ReachedTenant[]],
  tenantId: string,
): [TenantToken, ...TenantToken[]] {
  const own = reached.find(({ token }) => token.tenantId === tenantId) ?? reached[0];
  const others = reached.filter((tenant) => tenant !== own);
  return [own.token, ...others.map(({ token }) => token)];
}

/** The tenants that brought no subscription, or only such as another tenant had brought before. */
function bareAmong(reached: readonly ReachedTenant[], { subscriptions }: FoundSubscriptions): string[] {
  const used = new Set(subscriptions.map(({ tenantId }) => tenantId));
  return reached.map(({ token }) => token.tenantId).filter((tenantId) => !used.has(tenantId));
}
