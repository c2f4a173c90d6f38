import type { AccessToken, TenantToken, UserGrant } from '../core/credential.ts';
import { isSpecificTenant } from '../core/forms.ts';
import { idField, type JsonObject, stringField } from '../core/json.ts';
import { objectIdOf, tenantOfToken } from '../core/jwt.ts';
import type { DeviceCodeRequest, PasswordRequest, SubscriptionRequest } from '../core/request.ts';
import { sanitize, sanitizeId } from '../core/sanitize.ts';
import type { AccountWithTokens, Subscription, TenantNames, User } from '../core/session.ts';
import { SessionError, shortList } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { EntraError } from '../entra/token-response.ts';
import { redeemRefreshToken, usernameOf } from '../entra/user-grant.ts';
import { TransientFailure } from '../http/retry.ts';
import { type ArmClient, listFromResourceManager } from './resource-manager.ts';
import { accountInTenant, deduplicate, listSubscriptions, selectDefault } from './subscriptions.ts';

type UserRequest = PasswordRequest | DeviceCodeRequest;

/**
 * Finds the account of a user. Searches only the tenant signed in to, if the workflow named a tenant or turned off
 * `list-subscriptions`; otherwise every tenant of the user. The account's tenant is the one of the default
 * subscription, since clients request their tokens there.
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
  const hasOneTenant = isSpecificTenant(user.tenantId) || cloud.directory === 'adfs';
  if (hasOneTenant || request.scope === 'named-only') return accountInTenant(principal, query);

  const tenants = await accessEveryTenant(query, grant, user);
  const selection = await selectDefault(mergeSubscriptions(tenants, context), query);
  const { selected, subscriptions } = selection;
  const defaultTenantId = selected?.tenantId ?? tenants[0].token.tenantId;
  const defaultTenant = tenants.find((tenant) => tenant.token.tenantId === defaultTenantId) ?? tenants[0];
  // One token per tenant, as `az` keeps them, with the account's tenant first.
  const otherTokens = tenants.filter((tenant) => tenant !== defaultTenant).map((tenant) => tenant.token);
  // Tenants without subscriptions, or whose subscriptions are all listed under an earlier tenant.
  const used = new Set(subscriptions.map((subscription) => subscription.tenantId));
  const tenantsWithoutSubscription = tenants.map((tenant) => tenant.token.tenantId).filter((id) => !used.has(id));
  const accountTenants = request.whenNone === 'tenant-level-account' ? { tenantsWithoutSubscription } : {};
  return {
    account: {
      principal: userOf(user, defaultTenant.token, grant),
      tenantId: defaultTenantId,
      cloud,
      ...selection,
      ...accountTenants,
    },
    managementTokens: [defaultTenant.token, ...otherTokens],
  };
}

/** Prefers the object id in the token: a guest has a different object in each tenant, and roles are assigned to it. */
function userOf(user: UserRequest, { token }: AccessToken, grant: UserGrant): User {
  const requested = user.method === 'password' ? user.username : '';
  const username = usernameOf(grant.idToken) || usernameOf(token) || requested || grant.homeObjectId;
  return { kind: 'user', username, objectId: objectIdOf(token) || grant.homeObjectId };
}

type Tenant = TenantNames & { readonly id: string };

interface TenantAccess {
  readonly token: TenantToken;
  readonly subscriptions: readonly Subscription[];
}

/** More would gain little, and Entra ID throttles a user who requests many tokens at once. */
const CONCURRENT_TENANTS = 4;

/**
 * Gets a token and the subscriptions for every tenant of the user: two requests per tenant, and one for the tenant
 * list. Skips tenants that reject the user, most often because they require MFA, with a warning, as `az login` does.
 * @param client the user with the token of the tenant signed in to
 * @returns the tenants in the order of Resource Manager and `az`, which determines the default subscription
 * @throws {SessionError} when the tenant signed in to rejects a request, or attempts or time run out
 */
async function accessEveryTenant(
  client: ArmClient,
  grant: UserGrant,
  user: UserRequest,
): Promise<[TenantAccess, ...TenantAccess[]]> {
  const [subscriptions, tenants] = await Promise.all([listSubscriptions(client), listTenants(client)]);
  const current = { token: { ...client.token, tenantId: client.tenantId }, subscriptions };
  const outcomes: (TenantAccess | string)[] = [];
  for (let start = 0; start < tenants.length; start += CONCURRENT_TENANTS) {
    const batch = tenants.slice(start, start + CONCURRENT_TENANTS).map(async (tenant) => {
      const isCurrent = tenant.id === client.tenantId;
      return isCurrent ? withTenantNames(current, tenant) : accessTenant(tenant, client, grant, user);
    });
    outcomes.push(...(await Promise.all(batch)));
  }
  const skipped = outcomes.filter((outcome) => typeof outcome === 'string');
  const accessible = outcomes.filter((outcome) => typeof outcome !== 'string');
  if (skipped.length > 0) {
    const count = `${skipped.length} of the user's ${tenants.length} tenants ${skipped.length === 1 ? 'is' : 'are'}`;
    const nextStep = 'To use one of them, set `tenant-id` to its id.';
    const heading = `${count} left out, with all of their subscriptions:`;
    client.warn([heading, ...shortList(skipped, MAX_LINES), nextStep].join('\n'));
  }
  const isListed = tenants.some(({ id }) => id === client.tenantId);
  const [first = current, ...others] = isListed ? accessible : [current, ...accessible];
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

/** @returns a line for the warning when the tenant rejects the user: the name of the tenant and the reason */
async function accessTenant(
  tenant: Tenant,
  client: ArmClient,
  grant: UserGrant,
  user: UserRequest,
): Promise<TenantAccess | string> {
  const skippedBecause = (why: string): string => `${labelOf(tenant.id, tenant.displayName)}: ${sanitize(why, 200)}`;
  try {
    const token = await redeemRefreshToken(grant, tenant.id, client.token.scope, client);
    const subscriptions = await listSubscriptions({ ...client, token, tenantId: tenant.id });
    return withTenantNames({ token: { ...token, tenantId: tenant.id }, subscriptions }, tenant);
  } catch (error) {
    if (error instanceof EntraError) {
      const { signInFacts, knownEntraError } = await import('../errors/entra.ts');
      const { meaning } = knownEntraError(error.response, signInFacts({ ...user, tenantId: tenant.id }, client.cloud));
      return skippedBecause(`${error.message}. ${meaning || error.response.description}`);
    }
    // Skip the tenant only if Resource Manager rejects the request. A network failure would affect every tenant.
    const isRejected = error instanceof SessionError && !(error.cause instanceof TransientFailure);
    if (isRejected && !client.retry.deadline.signal.aborted) return skippedBecause(error.message);
    throw error;
  }
}

function withTenantNames({ token, subscriptions }: TenantAccess, { defaultDomain, displayName }: Tenant): TenantAccess {
  const tenantNames = { defaultDomain, displayName };
  return { token, subscriptions: subscriptions.map((subscription) => ({ ...subscription, tenantNames })) };
}

/** Merges the subscriptions of all tenants. Warns about duplicates that it drops, as `az login` does. */
function mergeSubscriptions(tenants: readonly TenantAccess[], { warn }: SignInContext): readonly Subscription[] {
  const all = tenants.flatMap(({ subscriptions }) => subscriptions);
  const kept = deduplicate(all);
  const isKept = new Set(kept);
  const dropped = new Set(all.filter((each) => !isKept.has(each)).map(({ id }) => id.toLowerCase()));
  const shared = kept.filter(({ id }) => dropped.has(id.toLowerCase()));
  if (shared.length > 0) {
    const lines = shared.map(({ id, name, tenantId }) => `${labelOf(id, name)}: tenant ${sanitizeId(tenantId)}`);
    const heading =
      'The user has access to these subscriptions through several tenants. The session uses the tenant shown:';
    const nextStep = 'To use a subscription through another tenant, set `tenant-id` to that tenant.';
    warn([heading, ...shortList(lines, MAX_LINES), nextStep].join('\n'));
  }
  return kept;
}

/** The log shows the whole warning, but an annotation only the first 4,096 characters. */
const MAX_LINES = 50;

function labelOf(id: string, name: string): string {
  return name === '' ? sanitizeId(id) : `${sanitize(name, 64)} (${sanitizeId(id)})`;
}
