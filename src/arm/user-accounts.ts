import type { AccessToken, TenantToken, UserGrant } from '../core/credential.ts';
import { quotable, quotableId } from '../core/foreign-text.ts';
import { namesTenant } from '../core/forms.ts';
import { idField, type JsonObject, stringField } from '../core/json.ts';
import { accessTokenClaims, tenantOfToken } from '../core/jwt.ts';
import type { DeviceCodeRequest, PasswordRequest, SubscriptionRequest } from '../core/request.ts';
import type { AccountWithTokens, Subscription, TenantNames, User } from '../core/session.ts';
import { SessionError } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { EntraError } from '../entra/token-answer.ts';
import { redeemRefreshToken, usernameOf } from '../entra/user-grant.ts';
import { TransientFailure } from '../http/retry.ts';
import { type ArmClient, listFromResourceManager } from './resource-manager.ts';
import { accountInTenant, eachOnce, listSubscriptions, withDefault } from './subscriptions.ts';

type UserRequest = PasswordRequest | DeviceCodeRequest;

/**
 * A user who named a tenant is looked for there alone, as is a subscription that alone is asked for: in the tenant signed
 * in to. Otherwise in every tenant. The account's tenant is that of its default subscription, since clients ask it for
 * their tokens.
 * @throws {SessionError} when no subscription can be the default
 */
export async function findAccountOfUser(
  user: UserRequest,
  request: SubscriptionRequest,
  token: AccessToken,
  grant: UserGrant,
  context: SignInContext,
): Promise<AccountWithTokens> {
  const { cloud } = context;
  const tenantId = tenantOfToken(token.token, cloud) || grant.homeTenantId;
  const principal = userOf(user, token, grant);
  const query = { ...context, request, token, tenantId, clientId: '', objectId: principal.objectId };
  const hasOneTenant = namesTenant(user.tenantId) || cloud.directory === 'adfs';
  if (hasOneTenant || request.scope === 'named-only') return accountInTenant(principal, query);

  const tenants = await accessEveryTenant(query, grant, user);
  const found = await withDefault(merged(tenants, context), query);
  const { selected, subscriptions } = found;
  const ownId = selected.kind === 'subscription' ? selected.subscription.tenantId : tenants[0].token.tenantId;
  const own = tenants.find((tenant) => tenant.token.tenantId === ownId) ?? tenants[0];
  // One token a tenant, as `az` keeps them, that of the account's own first.
  const others = tenants.filter((tenant) => tenant !== own).map((tenant) => tenant.token);
  // Tenants that brought no subscription, or only such as another tenant had brought before.
  const used = new Set(subscriptions.map((subscription) => subscription.tenantId));
  const bareTenants = tenants.map((tenant) => tenant.token.tenantId).filter((id) => !used.has(id));
  const bare = request.whenNone === 'tenant-level-account' ? { bareTenants } : {};
  return {
    account: { principal: userOf(user, own.token, grant), tenantId: ownId, cloud, ...found, ...bare },
    managementTokens: [own.token, ...others],
  };
}

/** A guest is another object in each tenant, and that is what roles are assigned to there: the token names it. */
function userOf(user: UserRequest, { token }: AccessToken, grant: UserGrant): User {
  const given = user.method === 'password' ? user.username : '';
  const username = usernameOf(grant.idToken) || usernameOf(token) || given || grant.homeObjectId;
  return { kind: 'user', username, objectId: accessTokenClaims(token).objectId || grant.homeObjectId };
}

/** A tenant that a user belongs to. */
type Tenant = TenantNames & { readonly id: string };

/** A tenant with a token for it and the subscriptions that this token sees. */
interface TenantAccess {
  readonly token: TenantToken;
  readonly subscriptions: readonly Subscription[];
}

/** At the same time. More would gain little, and Entra throttles a user who asks for many tokens at once. */
const TENANTS_AT_ONCE = 4;

/**
 * Every tenant of a user, each with a token of its own: two requests a tenant, one for the list of them. Tenants that
 * refuse, most often since they demand a second factor, are left out with a warning, as `az login` does.
 * @param client the user with the token of the tenant signed in to
 * @returns the tenants in Resource Manager's order, which is that of `az`: it decides which subscription is the default
 * @throws {SessionError} when the own tenant refuses, or the tries or the time are used up
 */
async function accessEveryTenant(
  client: ArmClient,
  grant: UserGrant,
  user: UserRequest,
): Promise<[TenantAccess, ...TenantAccess[]]> {
  const [subscriptions, tenants] = await Promise.all([listSubscriptions(client), listTenants(client)]);
  const own = { token: { ...client.token, tenantId: client.tenantId }, subscriptions };
  const outcomes: (TenantAccess | string)[] = [];
  for (let at = 0; at < tenants.length; at += TENANTS_AT_ONCE) {
    const some = tenants.slice(at, at + TENANTS_AT_ONCE).map(async (tenant) => {
      return tenant.id === client.tenantId ? named(own, tenant) : accessTenant(tenant, client, grant, user);
    });
    outcomes.push(...(await Promise.all(some)));
  }
  const refused = outcomes.filter((outcome) => typeof outcome === 'string');
  const opened = outcomes.filter((outcome) => typeof outcome !== 'string');
  if (refused.length > 0) {
    const those = `${refused.length} of the user's ${tenants.length} tenants ${refused.length === 1 ? 'is' : 'are'}`;
    const mend = 'To use one of them, name it in `tenant-id`.';
    client.warn(listed(`${those} left out, with all subscriptions there:`, refused, mend));
  }
  const isListed = tenants.some(({ id }) => id === client.tenantId);
  const [first = own, ...others] = isListed ? opened : [own, ...opened];
  return [first, ...others];
}

/** Source: Azure REST API, "Tenants - List" 2022-12-01. */
async function listTenants(client: ArmClient): Promise<Tenant[]> {
  const entry = (value: JsonObject | undefined): Tenant | undefined => {
    const id = idField(value, 'tenantId');
    client.maskId(id);
    const [defaultDomain, displayName] = [stringField(value, 'defaultDomain'), stringField(value, 'displayName')];
    return id === '' ? undefined : { id, defaultDomain, displayName };
  };
  const definition = { path: '/tenants', what: 'tenant list', operation: 'list the tenants', entry };
  return listFromResourceManager(definition, client);
}

/** @returns where it gives this user no token, or no list: which it is and why, fit to be shown */
async function accessTenant(
  tenant: Tenant,
  client: ArmClient,
  grant: UserGrant,
  user: UserRequest,
): Promise<TenantAccess | string> {
  const refused = (why: string): string => `${nameOf(tenant.id, tenant.displayName)}: ${quotable(why, 200)}`;
  try {
    const token = await redeemRefreshToken(grant, tenant.id, client.token.scope, client);
    const subscriptions = await listSubscriptions({ ...client, token, tenantId: tenant.id });
    return named({ token: { ...token, tenantId: tenant.id }, subscriptions }, tenant);
  } catch (error) {
    if (error instanceof EntraError) {
      const { factsOf, knownEntraError } = await import('../errors/entra.ts');
      const { meaning } = knownEntraError(error.answer, factsOf({ ...user, tenantId: tenant.id }, client.cloud));
      return refused(`${error.message}. ${meaning || error.answer.description}`);
    }
    // Resource Manager's no, not a failure of the network: that would come up again, and belongs to no tenant.
    const isRefusal = error instanceof SessionError && !(error.cause instanceof TransientFailure);
    if (isRefusal && !client.retry.deadline.signal.aborted) return refused(error.message);
    throw error;
  }
}

function named({ token, subscriptions }: TenantAccess, { defaultDomain, displayName }: Tenant): TenantAccess {
  const tenantNames = { defaultDomain, displayName };
  return { token, subscriptions: subscriptions.map((subscription) => ({ ...subscription, tenantNames })) };
}

/** The subscriptions of several tenants, each of them once. `az login`, too, warns where it has left one out. */
function merged(tenants: readonly TenantAccess[], { warn }: SignInContext): readonly Subscription[] {
  const all = tenants.flatMap(({ subscriptions }) => subscriptions);
  const kept = eachOnce(all);
  const isKept = new Set(kept);
  const leftOut = new Set(all.filter((one) => !isKept.has(one)).map(({ id }) => id.toLowerCase()));
  const shared = kept.filter(({ id }) => leftOut.has(id.toLowerCase()));
  if (shared.length > 0) {
    const lines = shared.map(({ id, name, tenantId }) => `${nameOf(id, name)}: tenant ${quotableId(tenantId)}`);
    const what = 'The user sees subscriptions through more than one tenant. The session reaches them through one:';
    warn(listed(what, lines, 'To reach one through another tenant, name that in `tenant-id`.'));
  }
  return kept;
}

/** The log shows the whole warning, its annotation the first 4,096 characters. */
const MOST_NAMED = 50;

function listed(before: string, lines: readonly string[], after: string): string {
  const more = lines.length - MOST_NAMED;
  const shown = [...lines.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])];
  return [before, ...shown.map((line) => `    ${line}`), after].join('\n');
}

function nameOf(id: string, name: string): string {
  return name === '' ? quotableId(id) : `${quotable(name, 64)} (${quotableId(id)})`;
}
