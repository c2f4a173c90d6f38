import type { Values } from '../actions/runner.ts';
import { isEnabled, isUsable } from '../arm/subscriptions.ts';
import { type AccessToken, scopeOf } from '../core/credential.ts';
import type { CommandMode, Method } from '../core/request.ts';
import { sanitize, sanitizeId } from '../core/sanitize.ts';
import {
  accountName,
  cloudOfSession,
  defaultSubscription,
  type Principal,
  type Session,
  type SignedIn,
  type Subscription,
} from '../core/session.ts';

/** @param warn called when the list of subscriptions is cut */
export function outputs(
  session: Session,
  mode: CommandMode,
  configDir: string,
  warn: (message: string) => void,
): Values {
  const { id = '', name = '' } = defaultSubscription(session) ?? {};
  return {
    ...(session.kind === 'account' ? accountOutputs(session) : NO_ACCOUNT_OUTPUTS),
    'subscription-id': id,
    'subscription-name': name,
    subscriptions: subscriptionsJson(session, id, warn),
    environment: cloudOfSession(session).name,
    mode,
    'config-dir': configDir,
  };
}

function accountOutputs({ account: { principal, tenantId }, managementTokens: [token] }: SignedIn): Values {
  return {
    account: accountName(principal),
    'principal-id': principal.objectId,
    'client-id': principal.kind === 'user' ? '' : principal.clientId,
    'tenant-id': tenantId,
    'expires-on': token.expiresOn.toISOString(),
  };
}

/** Management certificates have no principal, tenant or token. */
const NO_ACCOUNT_OUTPUTS: Values = {
  account: 'managementCertificate',
  'principal-id': '',
  'client-id': '',
  'tenant-id': '',
  'expires-on': '',
};

/** GitHub limits the outputs of a job to 1 MB, counted in UTF-16. The remainder is for the other outputs. */
const MAX_SUBSCRIPTIONS_BYTES = 900_000;

/** JSON for `fromJSON`, with the enabled subscriptions and always the default one. */
function subscriptionsJson(session: Session, defaultId: string, warn: (message: string) => void): string {
  const { subscriptions } = session.kind === 'account' ? session.account : session;
  const listed = subscriptions
    .map((item) => ({ ...item, tenantId: 'tenantId' in item ? item.tenantId : '', isDefault: item.id === defaultId }))
    .filter((item) => item.isDefault || session.kind !== 'account' || isEnabled(item))
    .map(({ id, name, tenantId, state, isDefault }) => {
      const json = JSON.stringify({ id, name, tenantId, state, isDefault });
      return { json, isDefault, size: json.length * 2 + 2 };
    });
  let remainingBytes = MAX_SUBSCRIPTIONS_BYTES - 2 - (listed.find(({ isDefault }) => isDefault)?.size ?? 0);
  const kept = listed.filter(({ isDefault, size }) => {
    if (!isDefault) remainingBytes -= size;
    return isDefault || remainingBytes >= 0;
  });
  if (kept.length < listed.length) {
    warn(
      `The output \`subscriptions\` holds ${kept.length} of ${listed.length} subscriptions: GitHub limits outputs to 1 MB.`,
    );
  }
  return `[${kept.map(({ json }) => json).join(',')}]`;
}

/** The outputs for `token-scopes`: the first token, and all tokens by the resource as the workflow wrote it. */
export function tokenOutputs(resources: readonly string[], tokens: readonly AccessToken[]): Values {
  const requested = resources.flatMap((resource): [string, AccessToken][] => {
    const token = tokens.find(({ scope }) => scope === scopeOf(resource));
    return token === undefined ? [] : [[resource, token]];
  });
  const [first] = requested;
  if (first === undefined) return {};
  const byResource = requested.map(([resource, { token, expiresOn }]) => [
    resource,
    { token, expiresOn: expiresOn.toISOString() },
  ]);
  return { 'access-token': first[1].token, 'access-tokens': JSON.stringify(Object.fromEntries(byResource)) };
}

/**
 * The log lines of a successful sign-in.
 * @param took time and requests, from `effort`
 */
export function signInLog(session: Session, method: Method, took: string): string[] {
  const cloud = sanitizeId(cloudOfSession(session).name);
  const { name = '', id = '' } = defaultSubscription(session) ?? {};
  const defaultLine = `Default subscription: ${sanitizeId(name)} (${sanitizeId(id)})`;
  if (session.kind === 'management-certificates') {
    const { length } = session.subscriptions;
    const count = length === 1 ? 'one subscription' : `${length} subscriptions`;
    return [`Imported the management certificates of ${count} of ${cloud} ${took}.`, `${defaultLine}.`];
  }
  const { selected, subscriptions, principal, tenantId } = session.account;
  const identity = `${sanitize(accountName(principal), 256)}${clientIdSuffix(principal)}`;
  return [
    `Signed in to ${cloud} as ${identity} by ${method}, tenant ${sanitizeId(tenantId)}, ${took}.`,
    selected === undefined
      ? 'No subscription: a tenant-level account.'
      : `${defaultLine}${otherSubscriptions(subscriptions, selected)}.`,
  ];
}

/** @param seconds since the process began */
export function effort(seconds: number, requests: number): string {
  const time = seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
  if (requests === 0) return `in ${time}`;
  return `in ${time} with ${requests === 1 ? 'one request' : `${requests} requests`}`;
}

/** Tells user-assigned identities apart, whose account names are all the same. */
function clientIdSuffix(principal: Principal): string {
  return principal.kind === 'managed-identity' && principal.assigned === 'user'
    ? ` (${sanitizeId(principal.clientId)})`
    : '';
}

function otherSubscriptions(subscriptions: readonly Subscription[], selected: Subscription): string {
  const count = subscriptions.length - 1;
  const disabled = subscriptions.filter((item) => !isUsable(item)).length - (isUsable(selected) ? 0 : 1);
  return `${count > 0 ? `, and ${count} more` : ''}${disabled > 0 ? ` (${disabled} disabled)` : ''}`;
}
