import type { Values } from '../actions/runner.ts';
import { isEnabled } from '../arm/subscriptions.ts';
import { type AccessToken, scopeOf } from '../core/credential.ts';
import type { CommandMode } from '../core/request.ts';
import {
  accountName,
  cloudOfSession,
  type ImportedCertificates,
  type Session,
  type SignedIn,
  type Subscription,
} from '../core/session.ts';

/** GitHub's limit for the outputs of a job is 1 MB, counted in UTF-16; the rest of it is for the other outputs. */
const MOST_SUBSCRIPTION_BYTES = 900_000;

/**
 * The outputs of the step.
 * @param warn told when the list of subscriptions had to be cut
 */
export function outputs(
  session: Session,
  mode: CommandMode,
  configDir: string,
  warn: (message: string) => void,
): Values {
  const common = { environment: cloudOfSession(session).name, mode, 'config-dir': configDir };
  return session.kind === 'account'
    ? { ...ofAccount(session, warn), ...common }
    : { ...ofCertificates(session, warn), ...common };
}

function ofAccount({ account, managementTokens: [token] }: SignedIn, warn: (message: string) => void): Values {
  const { principal, tenantId, selected, subscriptions } = account;
  const chosen = selected.kind === 'subscription' ? selected.subscription : undefined;
  return {
    account: accountName(principal),
    'principal-id': principal.objectId,
    'client-id': principal.kind === 'user' ? '' : principal.clientId,
    'tenant-id': tenantId,
    'subscription-id': chosen?.id ?? '',
    'subscription-name': chosen?.name ?? '',
    subscriptions: subscriptionsJson(
      subscriptions.filter((one) => isEnabled(one) || one.id === chosen?.id),
      chosen?.id ?? '',
      warn,
    ),
    'expires-on': token.expiresOn.toISOString(),
  };
}

/** Nobody is signed in by a management certificate: there is no principal, no tenant and no token. */
function ofCertificates({ subscriptions, selected }: ImportedCertificates, warn: (message: string) => void): Values {
  const listed = subscriptions.map(({ id, name, state }) => ({ id, name, tenantId: '', state }));
  return {
    account: 'managementCertificate',
    'principal-id': '',
    'client-id': '',
    'tenant-id': '',
    'subscription-id': selected.id,
    'subscription-name': selected.name,
    subscriptions: subscriptionsJson(listed, selected.id, warn),
    'expires-on': '',
  };
}

type Listed = Pick<Subscription, 'id' | 'name' | 'tenantId' | 'state'>;

/** JSON for `fromJSON`. The default is in it, wherever it stands in the list. */
function subscriptionsJson(
  subscriptions: readonly Listed[],
  defaultId: string,
  warn: (message: string) => void,
): string {
  const entryOf = ({ id, name, tenantId, state }: Listed): string =>
    JSON.stringify({ id, name, tenantId, state, isDefault: id === defaultId });
  const sizeOf = (entry: string): number => entry.length * 2 + 2;
  const chosen = subscriptions.find(({ id }) => id === defaultId);
  const entries: string[] = [];
  let left = MOST_SUBSCRIPTION_BYTES - 2 - (chosen === undefined ? 0 : sizeOf(entryOf(chosen)));
  for (const subscription of subscriptions) {
    if (left < 0 && subscription !== chosen) continue;
    const entry = entryOf(subscription);
    if (subscription !== chosen) left -= sizeOf(entry);
    if (left >= 0 || subscription === chosen) entries.push(entry);
  }
  if (entries.length < subscriptions.length) {
    warn(
      `The output \`subscriptions\` holds ${entries.length} of ${subscriptions.length} subscriptions: GitHub takes no more than 1 MB.`,
    );
  }
  return `[${entries.join(',')}]`;
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
