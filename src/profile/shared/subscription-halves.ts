import { isDeepStrictEqual } from 'node:util';
import { asObject, type JsonObject, stringField } from '../../net/json.ts';

/**
 * A subscription of `azureProfile.json` can be reached in two ways, which come and go on their own: by an account, and
 * by the management certificate of a publish settings file.
 * Source: azure-xplat-cli, `lib/util/profile/profile.js` (import and logout).
 */
export interface SubscriptionHalves {
  readonly account: JsonObject | undefined;
  readonly certificate: JsonObject | undefined;
}

const ACCOUNT_KEYS: ReadonlySet<string> = new Set([
  'user',
  'tenantId',
  'state',
  'homeTenantId',
  'managedByTenants',
  'tenantDefaultDomain',
  'tenantDisplayName',
]);

const CERTIFICATE_KEYS: ReadonlySet<string> = new Set(['managementCertificate', 'managementEndpointUrl']);

/** Which one is the default is told by neither half: it is a property of the whole profile. */
export function splitSubscription(entry: JsonObject): SubscriptionHalves {
  const byCertificate = asObject(entry['managementCertificate']) !== undefined;
  const byAccount = !byCertificate || asObject(entry['user']) !== undefined;
  return {
    account: byAccount ? without(entry, byCertificate ? CERTIFICATE_KEYS : new Set()) : undefined,
    certificate: byCertificate ? without(entry, ACCOUNT_KEYS) : undefined,
  };
}

/** @returns `undefined` when neither half is left */
export function joinSubscription(
  { account, certificate }: SubscriptionHalves,
  isDefault: boolean,
): JsonObject | undefined {
  if (account === undefined && certificate === undefined) return undefined;
  return { ...certificate, ...account, isDefault };
}

/** Whether two account halves are of the same account. Names and states are refreshed by clients and do not count. */
export function sameAccount(one: JsonObject, other: JsonObject): boolean {
  const [user, otherUser] = [asObject(one['user']), asObject(other['user'])];
  if (user === undefined || otherUser === undefined) return isDeepStrictEqual(one, other);
  return (
    stringField(user, 'name').toLowerCase() === stringField(otherUser, 'name').toLowerCase() &&
    stringField(user, 'type') === stringField(otherUser, 'type') &&
    // Every user-assigned managed identity has the same name.
    stringField(user, 'assignedIdentityInfo') === stringField(otherUser, 'assignedIdentityInfo') &&
    stringField(one, 'tenantId') === stringField(other, 'tenantId')
  );
}

export function sameCertificate(one: JsonObject, other: JsonObject): boolean {
  return isDeepStrictEqual(one['managementCertificate'], other['managementCertificate']);
}

/** What both halves say of a subscription, each in its own words. */
const LABEL_KEYS: ReadonlySet<string> = new Set(['id', 'name', 'environmentName', 'registeredProviders']);

export function labelOf(entry: JsonObject): JsonObject {
  return filtered(entry, (key) => LABEL_KEYS.has(key));
}

export function relabelled(entry: JsonObject, label: JsonObject): JsonObject {
  return { ...label, ...filtered(entry, (key) => !LABEL_KEYS.has(key)) };
}

function without(entry: JsonObject, keys: ReadonlySet<string>): JsonObject {
  return filtered(entry, (key) => key !== 'isDefault' && !keys.has(key));
}

function filtered(entry: JsonObject, keep: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => keep(key)));
}
