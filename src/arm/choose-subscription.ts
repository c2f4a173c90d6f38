import { quotable, quotableId } from '../core/foreign-text.ts';
import { ambiguousSubscription } from '../errors/resource-manager.ts';
import { comparable } from '../inputs/forms.ts';

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
