import { quotable, quotableId } from '../core/foreign-text.ts';
import { comparable } from '../core/forms.ts';
import { asObject, idField, type JsonObject, stringField } from '../core/json.ts';
import type { SubscriptionRequest } from '../core/request.ts';
import type { Account, AccountWithTokens, Principal, Subscription } from '../core/session.ts';
import { type ArmClient, errors, getFromResourceManager, listFromResourceManager } from './resource-manager.ts';

interface SubscriptionQuery extends ArmClient {
  readonly request: SubscriptionRequest;
}

/**
 * The account in the tenant of the token.
 * @throws {SessionError} when no subscription can be the default, or Resource Manager refuses
 */
export async function accountInTenant(principal: Principal, query: SubscriptionQuery): Promise<AccountWithTokens> {
  const { token, tenantId, cloud, request } = query;
  const found =
    request.scope === 'all'
      ? await withDefault(await listSubscriptions(query), query)
      : await namedAlone(request.wanted, query);
  return { account: { principal, tenantId, cloud, ...found }, managementTokens: [{ ...token, tenantId }] };
}

type FoundSubscriptions = Pick<Account, 'subscriptions' | 'selected'>;

/**
 * Chooses the default among subscriptions.
 * @throws {SessionError} when there is none, or the wanted one is not there, or not alone of its name
 */
export async function withDefault(
  subscriptions: readonly Subscription[],
  query: SubscriptionQuery,
): Promise<FoundSubscriptions> {
  const { wanted, whenNone } = query.request;
  if (wanted === undefined && subscriptions.length === 0 && whenNone === 'tenant-level-account') {
    return { subscriptions, selected: { kind: 'tenant-level' } };
  }
  const subscription = wanted === undefined ? firstOf(subscriptions, query) : await wantedAmong(wanted, subscriptions);
  if (subscription === undefined) {
    throw wanted === undefined
      ? (await errors()).noSubscriptions(query)
      : (await errors()).subscriptionNotFound(wanted, subscriptions, query);
  }
  if (!isEnabled(subscription)) query.warn(stateWarning(subscription));
  return { subscriptions, selected: { kind: 'subscription', subscription } };
}

/** The first enabled one; where none is, the first, as with `az login`. */
function firstOf(subscriptions: readonly Subscription[], { warn }: SubscriptionQuery): Subscription | undefined {
  const enabled = subscriptions.filter(isEnabled);
  const candidates = enabled.length > 0 ? enabled : subscriptions;
  const [first] = candidates;
  if (first !== undefined && candidates.length > 1) {
    const [kind, exception] = enabled.length > 0 ? ['enabled ', ''] : ['', ', none of them enabled'];
    warn(
      `The identity sees ${candidates.length} ${kind}subscriptions${exception}; the first, ${quotableId(first.name)} (${first.id}), is the default. Name the one you mean in the input \`subscription\`, which is empty.`,
    );
  }
  return first;
}

const LIST = 'list the subscriptions';

/**
 * The subscriptions that one token reaches, in any state.
 * Source: Azure REST API, "Subscriptions - List" 2022-12-01.
 * @throws {SessionError} when Resource Manager refuses, or the tries or the time are used up
 */
export async function listSubscriptions(client: ArmClient): Promise<Subscription[]> {
  const entry = (value: JsonObject | undefined) => subscriptionOf(value, client);
  const definition = { path: '/subscriptions', what: 'subscription list', operation: LIST, entry };
  return eachOnce(await listFromResourceManager(definition, client));
}

/**
 * Both CLIs know one entry for a subscription: the first one, as with `az login`. It may be there twice in a list that
 * changes while its pages are read, and in the lists of several tenants, by Azure Lighthouse.
 */
export function eachOnce(subscriptions: readonly Subscription[]): Subscription[] {
  const found = new Map<string, Subscription>();
  for (const subscription of subscriptions) {
    const key = subscription.id.toLowerCase();
    if (!found.has(key)) found.set(key, subscription);
  }
  return [...found.values()];
}

/** Source: Azure REST API, "Subscriptions - Get" 2022-12-01. */
async function namedAlone(id: string | undefined, query: SubscriptionQuery): Promise<FoundSubscriptions> {
  if (id === undefined) return { subscriptions: [], selected: { kind: 'tenant-level' } };
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
  return withDefault([await getFromResourceManager(definition, query)], query);
}

/** One subscription of a list; `undefined` for anything else. */
function subscriptionOf(entry: JsonObject | undefined, { tenantId, maskId }: ArmClient): Subscription | undefined {
  const id = idField(entry, 'subscriptionId');
  if (id === '') return undefined;
  const homeTenantId = idField(entry, 'tenantId') || tenantId;
  const managers: unknown[] = [entry?.['managedByTenants'] ?? []].flat();
  const managedByTenants = managers.map((each) => idField(asObject(each), 'tenantId')).filter((each) => each !== '');
  for (const one of [id, homeTenantId, ...managedByTenants]) maskId(one);
  const name = stringField(entry, 'displayName') || id;
  const state = stringField(entry, 'state') || 'Enabled';
  return { id, name, state, tenantId, homeTenantId, managedByTenants };
}

/** What a subscription is chosen by, in Resource Manager and in a publish settings file. */
type Choosable = Pick<Subscription, 'id' | 'name' | 'state'>;

/**
 * The subscription of that id, else the only one of that name, in any state.
 * @throws {SessionError} when several have the name
 */
export async function wantedAmong<S extends Choosable>(
  wanted: string,
  subscriptions: readonly S[],
): Promise<S | undefined> {
  const key = comparable(wanted);
  const byId = subscriptions.find(({ id }) => comparable(id) === key);
  if (byId !== undefined) return byId;
  const byName = subscriptions.filter(({ name }) => comparable(name) === key);
  if (byName.length > 1) throw (await errors()).ambiguousSubscription(wanted, byName);
  return byName[0];
}

export function isEnabled({ state }: Choosable): boolean {
  return state === 'Enabled';
}

/** `Warned` and `PastDue` still take commands; `Disabled` only reads, and `Deleted` nothing. */
export function isUsable({ state }: Choosable): boolean {
  return state !== 'Disabled' && state !== 'Deleted';
}

/**
 * A default subscription may have any state, as with `az login`, which looks at none: some work, such as reading or
 * deleting, is possible in each.
 * Source: Microsoft Learn, "Azure subscription states".
 */
export function stateWarning(subscription: Choosable): string {
  const state = quotableId(subscription.state);
  const effect = isUsable(subscription)
    ? 'It still works, but Azure disables it if the payment stays due.'
    : 'Nothing can be changed in it.';
  return `The default subscription, ${quotable(subscription.name, 64)} (${subscription.id}), is not enabled: Azure reports its state as ${state}. ${effect} Its owner or billing administrator sees the reason in the portal and can reactivate it there: https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-disabled`;
}
