import { AZURE_CLI_CLIENT_ID } from '../core/credential.ts';
import { asObject, type JsonObject, stringField } from '../core/json.ts';
import type { Account } from './documents.ts';
import { type Changes, type Entries, type EntryKey, type EntryValue, kindOf } from './entries.ts';

/** The accounts that have a credential in the profile, or subscriptions. */
export function accountsIn(entries: Iterable<readonly [EntryKey, EntryValue]>): Account[] {
  return distinct(
    [...entries].flatMap(([key, value]) =>
      kindOf(key) === 'account' || isCredential(key, value) ? owner(key, value) : [],
    ),
  );
}

/** The applications that clients can get tokens for: subscriptions alone do not give any. */
export function applicationsWithCredentials(entries: Entries): Account[] {
  return distinct([...entries].flatMap(([key, value]) => (isCredential(key, value) ? owner(key, value) : []))).filter(
    ({ kind }) => kind === 'application',
  );
}

/** A user's credential is a refresh token, which goes with the account that MSAL keeps or the name in a token. */
function isCredential(key: EntryKey, value: EntryValue): boolean {
  if (typeof value === 'string') return false;
  switch (kindOf(key)) {
    case 'principal':
      return true;
    case 'classic':
      return Object.hasOwn(value, 'servicePrincipalId') || stringField(value, 'userId') !== '';
    case 'msal':
      return key.startsWith('["msal","Account"');
    default:
      return false;
  }
}

/** @returns the account that an entry belongs to; none for those that tell of no account, such as options */
function owner(key: EntryKey, value: EntryValue): Account[] {
  if (typeof value === 'string') return [];
  switch (kindOf(key)) {
    case 'principal':
      return [application(value, 'client_id', 'tenant')];
    case 'classic':
      return [ownerOfClassicToken(value)];
    case 'msal':
      return key.startsWith('["msal","AppMetadata"') ? [] : [ownerOfMsalToken(value)];
    case 'account':
      return ownerOfSubscription(value);
    default:
      return [];
  }
}

function ownerOfClassicToken(token: JsonObject): Account {
  if (Object.hasOwn(token, 'servicePrincipalId')) {
    return application(token, 'servicePrincipalId', 'servicePrincipalTenant');
  }
  const username = stringField(token, 'userId');
  if (username !== '') return user(username, '');
  const tenantId = stringField(token, '_authority').split('/').at(-1) ?? '';
  return { kind: 'application', clientId: stringField(token, '_clientId'), tenantId };
}

function ownerOfMsalToken(token: JsonObject): Account {
  const homeAccountId = stringField(token, 'home_account_id');
  if (homeAccountId === '') return application(token, 'client_id', 'realm');
  return user(stringField(token, 'username'), homeAccountId);
}

function ownerOfSubscription(entry: JsonObject): Account[] {
  const found = asObject(entry['user']);
  const name = stringField(found, 'name');
  switch (stringField(found, 'type')) {
    case 'servicePrincipal':
      return [{ kind: 'application', clientId: name, tenantId: stringField(entry, 'tenantId') }];
    case 'user':
      return [user(name, '')];
    default:
      return [];
  }
}

function application(object: JsonObject, clientId: string, tenantId: string): Account {
  return { kind: 'application', clientId: stringField(object, clientId), tenantId: stringField(object, tenantId) };
}

/** The clients write the name of a user in any case. */
function user(username: string, homeAccountId: string): Account {
  return { kind: 'user', username: username.toLowerCase(), homeAccountId };
}

/** Those of the first that are not among the second. */
export function accountsWithout(accounts: readonly Account[], others: readonly Account[]): Account[] {
  return accounts.filter((one) => !others.some((other) => isSame(one, other)));
}

/** Those that are one of the others, or the same application in another tenant. */
export function accountsRelatedTo(accounts: readonly Account[], others: readonly Account[]): Account[] {
  return accounts.filter((one) => others.some((other) => isSame(one, other) || isSameClient(one, other)));
}

function isSame(one: Account, other: Account): boolean {
  if (one.kind === 'application')
    return isSameClient(one, other) && 'tenantId' in other && one.tenantId === other.tenantId;
  if (other.kind === 'application') return false;
  if (one.homeAccountId !== '' && other.homeAccountId !== '') return one.homeAccountId === other.homeAccountId;
  return one.username !== '' && one.username === other.username;
}

function isSameClient(one: Account, other: Account): boolean {
  return one.kind === 'application' && other.kind === 'application' && one.clientId === other.clientId;
}

function distinct(accounts: readonly Account[]): Account[] {
  return [...new Map(accounts.map((account) => [JSON.stringify(account), account])).values()];
}

/**
 * Removes what clients cached for accounts that no login has any more: tokens, and the subscriptions that they listed.
 * @param gone accounts that were in the folder by our logins alone
 * @param staying accounts that somebody still has; an application may be among both, in different tenants
 */
export function changesForgetting(entries: Entries, gone: readonly Account[], staying: readonly Account[]): Changes {
  const wholly = gone.filter((one) => !staying.some((other) => isSameClient(one, other)));
  const isGone = (account: Account): boolean =>
    gone.some((one) => isSame(one, account)) || wholly.some((one) => isSameClient(one, account));
  const forgotten = [...entries]
    .filter(([key, value]) => kindOf(key) !== 'principal' && owner(key, value).some(isGone))
    .map(([key]): [EntryKey, undefined] => [key, undefined]);
  const left = new Map(entries);
  for (const [key] of forgotten) left.delete(key);
  return new Map([...forgotten, ...unusedMetadata(left, gone)]);
}

/** What MSAL noted of clients that only the accounts that are gone had used. */
function unusedMetadata(entries: Entries, gone: readonly Account[]): [EntryKey, undefined][] {
  const ofGone = new Set(gone.map((one) => (one.kind === 'application' ? one.clientId : AZURE_CLI_CLIENT_ID)));
  const tokens = [...entries].filter(([key]) => kindOf(key) === 'msal');
  const isMetadata = (key: EntryKey): boolean => key.startsWith('["msal","AppMetadata"');
  const used = new Set(tokens.filter(([key]) => !isMetadata(key)).map(([, token]) => clientOf(token)));
  return tokens
    .filter(([key, client]) => isMetadata(key) && ofGone.has(clientOf(client)) && !used.has(clientOf(client)))
    .map(([key]) => [key, undefined]);
}

function clientOf(value: EntryValue): string {
  return typeof value === 'string' ? '' : stringField(value, 'client_id');
}
