import { type Account, accountName } from '../azure/account.ts';
import { isEnabled } from '../azure/subscriptions.ts';
import type { AccessToken } from '../credentials/credential.ts';
import type { CommandMode } from '../inputs/request.ts';
import type { Values } from '../runner/runner.ts';

/** GitHub's limit for the outputs of a job is 1 MB, counted in UTF-16; the rest of it is for the other outputs. */
const MOST_SUBSCRIPTION_BYTES = 900_000;

/**
 * The outputs of the step.
 * @param warn told when the list of subscriptions had to be cut
 */
export function outputs(
  account: Account,
  token: AccessToken,
  mode: CommandMode,
  configDir: string,
  warn: (message: string) => void,
): Values {
  const selected = account.selected.kind === 'subscription' ? account.selected.subscription : undefined;
  return {
    account: accountName(account.principal),
    'principal-id': account.principal.objectId,
    'client-id': account.principal.kind === 'user' ? '' : account.principal.clientId,
    'tenant-id': account.tenantId,
    'subscription-id': selected?.id ?? '',
    'subscription-name': selected?.name ?? '',
    subscriptions: subscriptionsJson(account, warn),
    environment: account.cloud.name,
    mode,
    'config-dir': configDir,
    'expires-on': token.expiresOn.toISOString(),
  };
}

/** The enabled subscriptions, for `fromJSON`. */
function subscriptionsJson(account: Account, warn: (message: string) => void): string {
  const defaultId = account.selected.kind === 'subscription' ? account.selected.subscription.id : '';
  const enabled = account.subscriptions.filter(isEnabled);
  const entries: string[] = [];
  let size = 2;
  for (const { id, name, tenantId, state } of enabled) {
    const entry = JSON.stringify({ id, name, tenantId, state, isDefault: id === defaultId });
    size += entry.length * 2 + 2;
    if (size > MOST_SUBSCRIPTION_BYTES) break;
    entries.push(entry);
  }
  if (entries.length < enabled.length) {
    warn(
      `The output \`subscriptions\` holds ${entries.length} of ${enabled.length} subscriptions: GitHub takes no more than 1 MB.`,
    );
  }
  return `[${entries.join(',')}]`;
}
