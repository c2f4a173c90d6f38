import { ambiguousSubscription } from './errors/resource-manager.ts';

/** What a subscription is chosen by, whichever service told of it. */
interface Choosable {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/**
 * The subscription of that id, else the only one of that name; case makes no difference.
 * @throws {SessionError} when several have the name
 */
export function wantedAmong<S extends Choosable>(wanted: string, subscriptions: readonly S[]): S | undefined {
  const same = (text: string): boolean => text.toLowerCase() === wanted.toLowerCase();
  const byId = subscriptions.find(({ id }) => same(id));
  if (byId !== undefined) return byId;
  const byName = subscriptions.filter(({ name }) => same(name));
  if (byName.length > 1) throw ambiguousSubscription(wanted, byName);
  return byName[0];
}

/** `Warned` and `PastDue` still take commands; `Disabled` only reads, and `Deleted` nothing. */
export function isUsable({ state }: Choosable): boolean {
  return state !== 'Disabled' && state !== 'Deleted';
}
