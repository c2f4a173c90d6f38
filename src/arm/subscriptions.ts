import { quotable, quotableId } from '../core/foreign-text.ts';
import { comparable } from '../core/forms.ts';
import { asObject, idField, type JsonObject, stringField } from '../core/json.ts';
import type { SubscriptionRequest } from '../core/request.ts';
import type { Selection, Subscription } from '../core/session.ts';
import type { SessionError } from '../core/session-error.ts';
import {
  ambiguousSubscription,
  noSubscriptions,
  readResourceManagerRefusal,
  resourceManagerRefused,
  subscriptionNotFound,
} from '../errors/resource-manager.ts';
import type { HttpResponse } from '../http/http.ts';
import { type Asker, getFromResourceManager, listFromResourceManager } from './resource-manager.ts';

/** Who asks, for what, and who hears of it. */
interface SubscriptionQuery extends Asker {
  readonly request: SubscriptionRequest;
  readonly warn: (message: string) => void;
}

export interface FoundSubscriptions {
  readonly subscriptions: readonly Subscription[];
  readonly selected: Selection;
}

/**
 * The subscriptions the identity sees in one tenant, and which of them is the default.
 * @throws {SessionError} when there is none, or the wanted one is not there, or not alone of its name
 */
export async function findSubscriptions(query: SubscriptionQuery): Promise<FoundSubscriptions> {
  const { wanted, scope } = query.request;
  if (scope === 'all') return withDefault(await listSubscriptions(query), query);
  if (wanted === undefined) return { subscriptions: [], selected: { kind: 'tenant-level' } };
  return withDefault([await getSubscription(wanted, query)], query);
}

/**
 * Chooses the default among subscriptions.
 * @throws {SessionError} as above
 */
export function withDefault(subscriptions: readonly Subscription[], query: SubscriptionQuery): FoundSubscriptions {
  const { wanted, whenNone } = query.request;
  if (wanted === undefined && subscriptions.length === 0 && whenNone === 'tenant-level-account') {
    return { subscriptions, selected: { kind: 'tenant-level' } };
  }
  const subscription = wanted === undefined ? firstOf(subscriptions, query) : named(wanted, subscriptions, query);
  if (!isEnabled(subscription)) query.warn(stateWarning(subscription));
  return { subscriptions, selected: { kind: 'subscription', subscription } };
}

/** The first enabled one; where none is, the first, as with `az login`. */
function firstOf(subscriptions: readonly Subscription[], query: SubscriptionQuery): Subscription {
  const enabled = subscriptions.filter(isEnabled);
  const candidates = enabled.length > 0 ? enabled : subscriptions;
  const [first] = candidates;
  if (first === undefined) throw noSubscriptions(query);
  if (candidates.length > 1) {
    const seen =
      enabled.length > 0
        ? `${enabled.length} enabled subscriptions`
        : `${candidates.length} subscriptions, none of them enabled`;
    query.warn(
      `The identity sees ${seen}; the first, ${quotableId(first.name)} (${first.id}), is the default. Name the one you mean in the input \`subscription\`.`,
    );
  }
  return first;
}

function named(wanted: string, subscriptions: readonly Subscription[], query: SubscriptionQuery): Subscription {
  const found = wantedAmong(wanted, subscriptions);
  if (found === undefined) throw subscriptionNotFound(wanted, subscriptions, query);
  return found;
}

/**
 * The subscriptions that one token reaches, in any state, each once: a list that changes while its pages are read can
 * hold one twice, and both CLIs know one entry for an id.
 * Source: Azure REST API, "Subscriptions - List" 2022-12-01.
 * @throws {SessionError} when Resource Manager refuses, or the tries or the time are used up
 */
export async function listSubscriptions(asker: Asker): Promise<Subscription[]> {
  const question = {
    path: '/subscriptions',
    what: 'subscription list',
    refused: (response: HttpResponse) => refused(response, asker),
    entry: (value: JsonObject) => subscriptionOf(value, asker),
  };
  const found = new Map<string, Subscription>();
  for (const subscription of await listFromResourceManager(question, asker)) {
    const key = subscription.id.toLowerCase();
    if (!found.has(key)) found.set(key, subscription);
  }
  return [...found.values()];
}

/** Source: Azure REST API, "Subscriptions - Get" 2022-12-01. */
async function getSubscription(id: string, asker: Asker): Promise<Subscription> {
  const question = {
    path: `/subscriptions/${encodeURIComponent(id)}`,
    what: 'look-up of the subscription',
    refused: (response: HttpResponse) =>
      response.status === 404 || response.status === 403
        ? subscriptionNotFound(id, 'not-listed', asker)
        : refused(response, asker),
    entry: (value: JsonObject) => {
      const subscription = subscriptionOf(value, asker);
      return subscription?.id.toLowerCase() === id.toLowerCase() ? subscription : undefined;
    },
  };
  return getFromResourceManager(question, asker);
}

function refused(response: HttpResponse, asker: Asker): SessionError {
  const refusal = readResourceManagerRefusal(response.status, response.headers, response.body);
  asker.maskId(refusal.homeTenant);
  return resourceManagerRefused(refusal, { ...asker, operation: 'list the subscriptions' });
}

/** One entry as it is needed here; `undefined` when it is none. */
function subscriptionOf(entry: JsonObject, { tenantId, maskId }: Asker): Subscription | undefined {
  const id = idField(entry, 'subscriptionId');
  if (id === '') return undefined;
  const homeTenantId = idField(entry, 'tenantId') || tenantId;
  const managers = entry['managedByTenants'];
  const managedByTenants = Array.isArray(managers)
    ? managers.map((manager) => idField(asObject(manager), 'tenantId')).filter((tenant) => tenant !== '')
    : [];
  for (const one of [id, homeTenantId, ...managedByTenants]) maskId(one);
  const name = stringField(entry, 'displayName') || id;
  const state = stringField(entry, 'state') || 'Enabled';
  return { id, name, state, tenantId, homeTenantId, managedByTenants };
}

/** What a subscription is chosen by, whichever service told of it. */
interface Choosable {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/**
 * The subscription of that id, else the only one of that name, in any state.
 * @throws {SessionError} when several have the name
 */
export function wantedAmong<S extends Choosable>(wanted: string, subscriptions: readonly S[]): S | undefined {
  const key = comparable(wanted);
  const byId = subscriptions.find(({ id }) => comparable(id) === key);
  if (byId !== undefined) return byId;
  const byName = subscriptions.filter(({ name }) => comparable(name) === key);
  if (byName.length > 1) throw ambiguousSubscription(wanted, byName);
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
