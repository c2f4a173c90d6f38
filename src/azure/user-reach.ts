import type { AccessToken, TenantToken, UserGrant } from '../credential.ts';
import { namesTenant, userFacts, usernameOf } from '../credentials/user-grant.ts';
import type { DeviceCodeRequest, PasswordRequest, SubscriptionRequest } from '../inputs/request.ts';
import type { SignInContext } from '../sign-in-context.ts';
import { accessTokenClaims, tenantOfToken } from './access-token-claims.ts';
import type { Subscription, User } from './account.ts';
import type { Reach } from './reach.ts';
import { findSubscriptions, withDefault } from './subscriptions.ts';
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
  const own = selected.kind === 'subscription' ? selected.subscription.tenantId : tenantId;
  const managementTokens = tokensFor(own, found.subscriptions, reached);
  const inOwn = userOf(credential, managementTokens[0], grant);
  return { account: { principal: inOwn, tenantId: own, cloud: context.cloud, ...found }, managementTokens };
}

/** A guest is another object in each tenant, and that is what roles are assigned to there: the token names it. */
function userOf(credential: PasswordRequest | DeviceCodeRequest, token: AccessToken, grant: UserGrant): User {
  const given = credential.method === 'password' ? credential.username.toLowerCase() : '';
  const username = usernameOf(grant.idToken) || usernameOf(token.token) || given || grant.homeObjectId;
  return { kind: 'user', username, objectId: accessTokenClaims(token.token).objectId || grant.homeObjectId };
}

/** The tokens of those tenants alone that the session needs. */
function tokensFor(
  tenantId: string,
  subscriptions: readonly Subscription[],
  reached: readonly [ReachedTenant, ...ReachedTenant[]],
): [TenantToken, ...TenantToken[]] {
  const needed = new Set(subscriptions.map((subscription) => subscription.tenantId));
  const own = reached.find(({ token }) => token.tenantId === tenantId) ?? reached[0];
  const others = reached.filter((tenant) => tenant !== own && needed.has(tenant.token.tenantId));
  return [own.token, ...others.map(({ token }) => token)];
}
