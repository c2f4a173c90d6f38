import { isUsable } from '../arm/subscriptions.ts';
import { quotable, quotableId } from '../core/foreign-text.ts';
import type { Method } from '../core/request.ts';
import {
  accountName,
  type ImportedCertificates,
  type Principal,
  type Session,
  type SignedIn,
  type Subscription,
} from '../core/session.ts';

/**
 * What the log says of a session: who, how, where, what it took, and which subscription is the default.
 * @param took what `effort` says
 */
export function welcome(session: Session, method: Method, took: string): string[] {
  return session.kind === 'account' ? accountLines(session, method, took) : certificateLines(session, took);
}

/** @param seconds since the process began */
export function effort(seconds: number, requests: number): string {
  const time = seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
  if (requests === 0) return `in ${time}`;
  return `in ${time} with ${requests === 1 ? 'one request' : `${requests} requests`}`;
}

function accountLines({ account }: SignedIn, method: Method, took: string): string[] {
  const { selected, subscriptions, cloud, principal, tenantId } = account;
  return [
    `Signed in to ${quotableId(cloud.name)} as ${quotable(accountName(principal), 256)}${clientOf(principal)} by ${method}, tenant ${quotableId(tenantId)}, ${took}.`,
    selected.kind === 'tenant-level'
      ? 'No subscription: a tenant-level account.'
      : `Default subscription: ${quotableId(selected.subscription.name)} (${quotableId(selected.subscription.id)})${others(subscriptions, selected.subscription)}.`,
  ];
}

/** All user-assigned identities have one name. */
function clientOf(principal: Principal): string {
  return principal.kind === 'managed-identity' && principal.assigned === 'user'
    ? ` (${quotableId(principal.clientId)})`
    : '';
}

function others(subscriptions: readonly Subscription[], selected: Subscription): string {
  const count = subscriptions.length - 1;
  const disabled = subscriptions.filter((one) => !isUsable(one)).length - (isUsable(selected) ? 0 : 1);
  return `${count > 0 ? `, and ${count} more` : ''}${disabled > 0 ? ` (${disabled} disabled)` : ''}`;
}

function certificateLines({ subscriptions, selected, cloud }: ImportedCertificates, took: string): string[] {
  return [
    `Imported the management certificates of ${subscriptions.length === 1 ? 'one subscription' : `${subscriptions.length} subscriptions`} of ${cloud.name} ${took}.`,
    `Default subscription: ${quotableId(selected.name)} (${quotableId(selected.id)}).`,
  ];
}
