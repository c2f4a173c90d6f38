import { normalizeName } from '../core/forms.ts';
import { asObject, idField, type JsonObject, stringField } from '../core/json.ts';
import type { SubscriptionRequest } from '../core/request.ts';
import { sanitize, sanitizeId } from '../core/sanitize.ts';
import type { Account, AccountWithTokens, Principal, Subscription } from '../core/session.ts';
import { type ArmClient, errors, getFromResourceManager, listFromResourceManager } from './resource-manager.ts';

interface SubscriptionQuery extends ArmClient {
  readonly request: SubscriptionRequest;
}

/** @throws {SessionError} when no subscription can be the default, or Resource Manager rejects a request */
export async function accountInTenant(principal: Principal, query: SubscriptionQuery): Promise<AccountWithTokens> {
  const { token, tenantId, cloud, request } = query;
  const selection =
    request.scope === 'all'
      ? await selectDefault(await listSubscriptions(query), query)
      : await getNamedSubscription(request.idOrName, query);
  return { account: { principal, tenantId, cloud, ...selection }, managementTokens: [{ ...token, tenantId }] };
}

type SubscriptionSelection = Pick<Account, 'subscriptions' | 'selected'>;

/** @throws {SessionError} when the list is empty, or the requested subscription is missing or ambiguous */
export async function selectDefault(
  subscriptions: readonly Subscription[],
  query: SubscriptionQuery,
): Promise<SubscriptionSelection> {
  const { idOrName, whenNone } = query.request;
  if (idOrName === undefined && subscriptions.length === 0 && whenNone === 'tenant-level-account') {
    return { subscriptions, selected: undefined };
  }
  const subscription =
    idOrName === undefined ? firstOf(subscriptions, query) : await findSubscription(idOrName, subscriptions);
  if (subscription === undefined) {
    throw idOrName === undefined
      ? (await errors()).noSubscriptions(query)
      : (await errors()).subscriptionNotFound(idOrName, subscriptions, query);
  }
  if (!isEnabled(subscription)) query.warn(stateWarning(subscription));
  return { subscriptions, selected: subscription };
}

/** Selects the first enabled subscription, or the first one if none is enabled, as `az login` does. */
function firstOf(subscriptions: readonly Subscription[], { warn }: SubscriptionQuery): Subscription | undefined {
  const enabled = subscriptions.filter(isEnabled);
  const candidates = enabled.length > 0 ? enabled : subscriptions;
  const [first] = candidates;
  if (first !== undefined && candidates.length > 1) {
    const [kind, exception] = enabled.length > 0 ? ['enabled ', ''] : ['', ', none of them enabled'];
    warn(
      `The identity sees ${candidates.length} ${kind}subscriptions${exception}; the first, ${sanitizeId(first.name)} (${first.id}), is the default. Set the input \`subscription\`, which is empty, to the one you mean.`,
    );
  }
  return first;
}

const LIST = 'list the subscriptions';

/**
 * Lists the subscriptions that the token has access to, in any state.
 * Source: Azure REST API, "Subscriptions - List" 2022-12-01.
 * @throws {SessionError} when Resource Manager rejects the request, or attempts or time run out
 */
export async function listSubscriptions(client: ArmClient): Promise<Subscription[]> {
  const entry = (value: JsonObject | undefined) => subscriptionOf(value, client);
  const definition = { path: '/subscriptions', what: 'subscription list', operation: LIST, entry };
  return deduplicate(await listFromResourceManager(definition, client));
}

/**
 * Keeps the first entry of each subscription, as `az login` does, since both CLIs support only one. A subscription can
 * appear twice if the list changes between pages, or in the lists of several tenants through Azure Lighthouse.
 */
export function deduplicate(subscriptions: readonly Subscription[]): Subscription[] {
  const byId = new Map<string, Subscription>();
  for (const subscription of subscriptions) {
    const key = subscription.id.toLowerCase();
    if (!byId.has(key)) byId.set(key, subscription);
  }
  return [...byId.values()];
}

/** Source: Azure REST API, "Subscriptions - Get" 2022-12-01. */
async function getNamedSubscription(id: string | undefined, query: SubscriptionQuery): Promise<SubscriptionSelection> {
  if (id === undefined) return { subscriptions: [], selected: undefined };
  const definition = {
    path: `/subscriptions/${encodeURIComponent(id)}`,
    what: 'look-up of the subscription',
    operation: LIST,
    subscriptionId: id,
    entry: (value: JsonObject | undefined) => {
      const subscription = subscriptionOf(value, query);
      return subscription?.id.toLowerCase() === id.toLowerCase() ? subscription : undefined;
    },
  };
  return selectDefault([await getFromResourceManager(definition, query)], query);
}

function subscriptionOf(entry: JsonObject | undefined, { tenantId, maskId }: ArmClient): Subscription | undefined {
  const id = idField(entry, 'subscriptionId');
  if (id === '') return undefined;
  const homeTenantId = idField(entry, 'tenantId') || tenantId;
  const managers: unknown[] = [entry?.['managedByTenants'] ?? []].flat();
  const managedByTenants = managers.map((each) => idField(asObject(each), 'tenantId')).filter((each) => each !== '');
  for (const each of [id, homeTenantId, ...managedByTenants]) maskId(each);
  const name = stringField(entry, 'displayName') || id;
  const state = stringField(entry, 'state') || 'Enabled';
  return { id, name, state, tenantId, homeTenantId, managedByTenants };
}

/** The common fields of subscriptions from Resource Manager and from publish settings. */
type SubscriptionFields = Pick<Subscription, 'id' | 'name' | 'state'>;

/**
 * Finds a subscription by id, or else by name, in any state.
 * @throws {SessionError} when several subscriptions have the name
 */
export async function findSubscription<S extends SubscriptionFields>(
  idOrName: string,
  subscriptions: readonly S[],
): Promise<S | undefined> {
  const key = normalizeName(idOrName);
  const byId = subscriptions.find(({ id }) => normalizeName(id) === key);
  if (byId !== undefined) return byId;
  const byName = subscriptions.filter(({ name }) => normalizeName(name) === key);
  // Of names that look the same, one may be exact, as for `az`.
  const exact = byName.filter(({ name }) => name === idOrName);
  if (exact.length === 1) return exact[0];
  if (byName.length > 1) throw (await errors()).ambiguousSubscription(idOrName, byName);
  return byName[0];
}

export function isEnabled({ state }: SubscriptionFields): boolean {
  return state === 'Enabled';
}

/** `Warned` and `PastDue` subscriptions accept commands. `Disabled` ones are read-only, and `Deleted` ones unusable. */
export function isUsable({ state }: SubscriptionFields): boolean {
  return state !== 'Disabled' && state !== 'Deleted';
}

/**
 * A warning and not an error, since some operations, such as reading or deleting, work in any state. `az login` ignores
 * the state.
 * Source: Microsoft Learn, "Azure subscription states".
 */
export function stateWarning(subscription: SubscriptionFields): string {
  const state = sanitizeId(subscription.state);
  const effect = isUsable(subscription)
    ? 'It still works, but Azure disables it if the payment stays due.'
    : 'Nothing can be changed in it.';
  return `The default subscription, ${sanitize(subscription.name, 64)} (${subscription.id}), is not enabled: Azure reports its state as ${state}. ${effect} Its owner or billing administrator sees the reason in the portal and can reactivate it there: https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-disabled`;
}
