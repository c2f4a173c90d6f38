import type { Values } from '../actions/runner.ts';
import { isEnabled, isUsable } from '../arm/subscriptions.ts';
import { type AccessToken, scopeOf } from '../core/credential.ts';
import { quotable, quotableId } from '../core/foreign-text.ts';
import type { CommandMode, Method } from '../core/request.ts';
import {
  accountName,
  cloudOfSession,
  defaultSubscription,
  type Principal,
  type Session,
  type SignedIn,
  type Subscription,
} from '../core/session.ts';

/** What the step puts out of a session, and what its log says of it. */

/**
 * @param warn told when the list of subscriptions had to be cut
 */
export function outputs(
  session: Session,
  mode: CommandMode,
  configDir: string,
  warn: (message: string) => void,
): Values {
  const { id = '', name = '' } = defaultSubscription(session) ?? {};
  return {
    ...(session.kind === 'account' ? ofAccount(session) : OF_CERTIFICATES),
    'subscription-id': id,
    'subscription-name': name,
    subscriptions: subscriptionsJson(session, id, warn),
    environment: cloudOfSession(session).name,
    mode,
    'config-dir': configDir,
  };
}

function ofAccount({ account: { principal, tenantId }, managementTokens: [token] }: SignedIn): Values {
  return {
    account: accountName(principal),
    'principal-id': principal.objectId,
    'client-id': principal.kind === 'user' ? '' : principal.clientId,
    'tenant-id': tenantId,
    'expires-on': token.expiresOn.toISOString(),
  };
}

/** Nobody is signed in by a management certificate: there is no principal, no tenant and no token. */
const OF_CERTIFICATES: Values = {
  account: 'managementCertificate',
  'principal-id': '',
  'client-id': '',
  'tenant-id': '',
  'expires-on': '',
};

/** GitHub's limit for the outputs of a job is 1 MB, counted in UTF-16; the rest of it is for the other outputs. */
const MOST_SUBSCRIPTION_BYTES = 900_000;

/** JSON for `fromJSON`: the enabled ones, and the default, wherever it stands in the list. */
function subscriptionsJson(session: Session, defaultId: string, warn: (message: string) => void): string {
  const { subscriptions } = session.kind === 'account' ? session.account : session;
  const listed = subscriptions
    .map((one) => ({ ...one, tenantId: 'tenantId' in one ? one.tenantId : '', isDefault: one.id === defaultId }))
    .filter((one) => one.isDefault || session.kind !== 'account' || isEnabled(one))
    .map(({ id, name, tenantId, state, isDefault }) => {
      const json = JSON.stringify({ id, name, tenantId, state, isDefault });
      return { json, isDefault, size: json.length * 2 + 2 };
    });
  let left = MOST_SUBSCRIPTION_BYTES - 2 - (listed.find(({ isDefault }) => isDefault)?.size ?? 0);
  const kept = listed.filter(({ isDefault, size }) => {
    if (!isDefault) left -= size;
    return isDefault || left >= 0;
  });
  if (kept.length < listed.length) {
    warn(
      `The output \`subscriptions\` holds ${kept.length} of ${listed.length} subscriptions: GitHub takes no more than 1 MB.`,
    );
  }
  return `[${kept.map(({ json }) => json).join(',')}]`;
}

/** The outputs for `token-scopes`: the first token, and all of them by what the workflow wrote; none without any. */
export function tokenOutputs(resources: readonly string[], tokens: readonly AccessToken[]): Values {
  const found = resources.flatMap((resource): [string, AccessToken][] => {
    const token = tokens.find(({ scope }) => scope === scopeOf(resource));
    return token === undefined ? [] : [[resource, token]];
  });
  const [first] = found;
  if (first === undefined) return {};
  const described = found.map(([resource, { token, expiresOn }]) => [
    resource,
    { token, expiresOn: expiresOn.toISOString() },
  ]);
  return { 'access-token': first[1].token, 'access-tokens': JSON.stringify(Object.fromEntries(described)) };
}

/**
 * What the log says of a session: who, how, where, what it took, and which subscription is the default.
 * @param took what `effort` says
 */
export function welcome(session: Session, method: Method, took: string): string[] {
  const cloud = quotableId(cloudOfSession(session).name);
  const { name = '', id = '' } = defaultSubscription(session) ?? {};
  const named = `Default subscription: ${quotableId(name)} (${quotableId(id)})`;
  if (session.kind === 'management-certificates') {
    const { length } = session.subscriptions;
    const count = length === 1 ? 'one subscription' : `${length} subscriptions`;
    return [`Imported the management certificates of ${count} of ${cloud} ${took}.`, `${named}.`];
  }
  const { selected, subscriptions, principal, tenantId } = session.account;
  const who = `${quotable(accountName(principal), 256)}${clientOf(principal)}`;
  return [
    `Signed in to ${cloud} as ${who} by ${method}, tenant ${quotableId(tenantId)}, ${took}.`,
    selected.kind === 'tenant-level'
      ? 'No subscription: a tenant-level account.'
      : `${named}${others(subscriptions, selected.subscription)}.`,
  ];
}

/** @param seconds since the process began */
export function effort(seconds: number, requests: number): string {
  const time = seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
  if (requests === 0) return `in ${time}`;
  return `in ${time} with ${requests === 1 ? 'one request' : `${requests} requests`}`;
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
