import { isDeepStrictEqual } from 'node:util';
import { asObject, type JsonObject, parseJson, parseJsonObject, stringField } from '../core/json.ts';
import {
  type Changes,
  DEFAULT_KEY,
  type DocumentName,
  type Entries,
  type Entry,
  type EntryKey,
  type EntryValue,
  equalsIgnoringCase,
  isEntryKey,
  kindOf,
  namesOf,
} from './documents.ts';

/**
 * The content of `azure-session.json`: the logins of a shared folder, and which login wrote each entry. It contains
 * credentials, like the files beside it.
 */
export interface Ledger {
  readonly version: 1;
  /**
   * `made`: a login created the folder, and the last one removes it. `found`: the folder is the user's. `private`: the
   * folder belongs to another step, which removes it.
   */
  readonly origin: 'made' | 'found' | 'private';
  /** Oldest first. */
  readonly logins: readonly LedgerLogin[];
  /** Accounts of our logins that the folder already had before them. What clients cached for these accounts stays. */
  readonly ownAccounts: readonly AccountKey[];
  /** Documents that did not exist before the first login. */
  readonly absentFiles: readonly DocumentName[];
  /** The writes of each entry, oldest first. The first one is the base value, from before any login. */
  readonly writes: Readonly<Record<EntryKey, readonly Write[]>>;
}

interface LedgerLogin {
  readonly id: string;
  readonly accounts: readonly AccountKey[];
}

/** The owner is the id of a login; `null` means that the entry was absent. */
type Write = readonly [owner: string, value: EntryValue | null];

/** The owner of base values, and of changes that a client or the user made. */
const NO_LOGIN = '';

export function newLedger(origin: Ledger['origin'], absentFiles: readonly DocumentName[]): Ledger {
  return { version: 1, origin, logins: [], ownAccounts: [], absentFiles, writes: {} };
}

interface MergeResult {
  readonly ledger: Ledger;
  /** Pending changes of the folder's documents. */
  readonly changes: Changes;
}

/** Writes the entries of a login. The ledger keeps the current values, to restore them later. */
export function withLogin(ledger: Ledger, now: Entries, login: LedgerLogin, entries: Entries): MergeResult {
  const writes = { ...ledger.writes };
  for (const key of entries.keys()) writes[key] = withExternalChange(key, writes[key] ?? [], now.get(key));
  const joined = { ...ledger, writes, logins: [...ledger.logins, login] };
  return merge(joined, now, entries.keys(), (before, key) => [...before, [login.id, entries.get(key) ?? null]]);
}

/** Renews a login's federated assertion, even if a later login with the same application has replaced the entry. */
export function withAssertion(ledger: Ledger, now: Entries, login: string, assertion: string): MergeResult {
  const renewed = (write: Write): Write => {
    const [owner, value] = write;
    const isAssertion = owner === login && typeof value === 'object' && value?.['client_assertion'] !== undefined;
    return isAssertion ? [owner, { ...value, client_assertion: assertion }] : write;
  };
  const keys = keysOf(ledger, login).filter((key) => kindOf(key) === 'principal');
  return merge(ledger, now, keys, (writes) => writes.map(renewed));
}

/**
 * Removes the writes of a login.
 * @param isIncluded selects the entries to process
 * @param isValid whether an earlier value may become the current one again
 */
export function withoutLogin(
  ledger: Ledger,
  now: Entries,
  login: string,
  isIncluded: (key: EntryKey) => boolean,
  isValid?: (value: EntryValue) => boolean,
): MergeResult {
  const remaining = { ...ledger, logins: ledger.logins.filter(({ id }) => id !== login) };
  const keys = keysOf(ledger, login).filter(isIncluded);
  return merge(remaining, now, keys, (writes) => writes.filter(([owner]) => owner !== login), isValid);
}

/**
 * Three-way merge of the last write, the current value and the next value of each entry. A change that a client or the
 * user made since the last write counts as a write of its own, so it stays or is restored.
 * @param revise returns the new writes of an entry
 * @param isValid whether a value may become the current one
 */
function merge(
  ledger: Ledger,
  now: Entries,
  keys: Iterable<EntryKey>,
  revise: (writes: readonly Write[], key: EntryKey) => readonly Write[],
  isValid: (value: EntryValue) => boolean = () => true,
): MergeResult {
  const writes = { ...ledger.writes };
  const changes = new Map<EntryKey, EntryValue | undefined>();
  for (const key of keys) {
    const before = writes[key] ?? [];
    const known = withExternalChange(key, before, now.get(key));
    const next = revise(known, key).findLast(([, value]) => value === null || isValid(value));
    if (next !== known.at(-1)) changes.set(key, next?.[1] ?? undefined);
    const after = revise(before, key);
    if (after.some(([owner]) => owner !== NO_LOGIN)) writes[key] = after;
    else delete writes[key];
  }
  return { ledger: { ...ledger, writes }, changes };
}

/**
 * Adds the current value of an entry if it is not the last write. If an earlier login wrote the same credential or
 * account, the value is that login's: a client restored it, or a later login was killed before it wrote. A setting is
 * not attributed to a login, because the user may have chosen the same value.
 */
function withExternalChange(key: EntryKey, writes: readonly Write[], now: EntryValue | undefined): readonly Write[] {
  const isCurrent = ([, value]: Write): boolean => sameEntry(key, now, value ?? undefined);
  const last = writes.at(-1);
  if (last !== undefined && isCurrent(last)) return writes;
  const [owner = NO_LOGIN] = (typeof now === 'object' ? writes.findLast(isCurrent) : undefined) ?? [];
  return [...writes, [owner, now ?? null]];
}

function keysOf({ writes }: Ledger, login: string): EntryKey[] {
  return Object.keys(writes).filter((key) => writes[key]?.some(([owner]) => owner === login));
}

/** @returns `undefined` for anything that this version does not write */
export function parseLedger(text: string): Ledger | undefined {
  const ledger = parseJsonObject(text);
  if (ledger?.['version'] !== 1) return undefined;
  if (!Object.hasOwn(ledger, 'logins')) return newLedger('private', []);
  const isValid =
    isList(ledger['logins'], isLogin) &&
    isList(ledger['ownAccounts'], isString) &&
    isList(ledger['absentFiles'], isString) &&
    asObject(ledger['writes']) !== undefined &&
    Object.entries(ledger['writes'] as JsonObject).every(([key, writes]) => isEntryKey(key) && isList(writes, isWrite));
  return isValid ? (ledger as unknown as Ledger) : undefined;
}

function isLogin(value: unknown): boolean {
  const login = asObject(value);
  return stringField(login, 'id') !== '' && isList(login?.['accounts'], isString);
}

function isWrite(write: unknown): boolean {
  const [owner, value] = asList(write);
  return isString(owner) && (value === null || isString(value) || asObject(value) !== undefined);
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isList(value: unknown, each: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(each);
}

/** Whether the value of an entry is the id of a subscription, which must exist in the profile. */
export function refersToSubscription(key: EntryKey): boolean {
  return key === DEFAULT_KEY || (kindOf(key) === 'clouds' && namesOf(key)[1] === 'subscription');
}

/**
 * Whether two values of an entry are the same apart from updates by clients, which refresh names and states, and renew
 * tokens and federated assertions in place.
 */
export function sameEntry(key: EntryKey, one: EntryValue | undefined, other: EntryValue | undefined): boolean {
  if (typeof one === 'string' && typeof other === 'string') {
    return refersToSubscription(key) ? equalsIgnoringCase(one, other) : one === other;
  }
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  switch (kindOf(key)) {
    case 'account':
      return sameAccountEntry(one, other);
    case 'certificate':
      return isDeepStrictEqual(one['managementCertificate'], other['managementCertificate']);
    case 'title':
    case 'msal':
      return true;
    case 'principal':
      if (typeof one['client_assertion'] === 'string' && typeof other['client_assertion'] === 'string') return true;
      return sameFields(['client_secret', 'certificate', 'client_assertion'], one, other);
    case 'classic':
      return !Object.hasOwn(one, 'servicePrincipalId') || sameFields(['accessToken', 'certificateFile'], one, other);
    default:
      return isDeepStrictEqual(one, other);
  }
}

function sameAccountEntry(one: JsonObject, other: JsonObject): boolean {
  const [user, otherUser] = [asObject(one['user']), asObject(other['user'])];
  if (user === undefined || otherUser === undefined) return isDeepStrictEqual(one, other);
  return (
    equalsIgnoringCase(stringField(user, 'name'), stringField(otherUser, 'name')) &&
    // All user-assigned managed identities have the same name.
    sameFields(['type', 'assignedIdentityInfo'], user, otherUser) &&
    one['tenantId'] === other['tenantId']
  );
}

function sameFields(names: readonly string[], one: JsonObject, other: JsonObject): boolean {
  return names.every((name) => one[name] === other[name]);
}

/**
 * The account of a token or a subscription, as JSON. An application is identified by client id and tenant; the classic
 * CLI stores a managed identity in the same way. A user is identified by name, or in MSAL's cache by the home account
 * id, `<object id>.<tenant id>`.
 */
type AccountKey = string;

function application(clientId: string, tenantId: string): AccountKey {
  return JSON.stringify(['application', clientId, tenantId]);
}

/** Clients write user names in any letter case. */
function user(name: string): AccountKey[] {
  return name === '' ? [] : [JSON.stringify(['user', name.toLowerCase()])];
}

function home(id: string): AccountKey[] {
  return id === '' ? [] : [JSON.stringify(['home', id])];
}

/** @returns `''` for a user */
function clientIdOf(account: AccountKey): string {
  const [kind, clientId] = asList(parseJson(account));
  return kind === 'application' && typeof clientId === 'string' ? clientId : '';
}

/** @returns an empty list for an entry without an account, such as an option */
function accountsOf([key, value]: Entry): AccountKey[] {
  if (typeof value === 'string') return [];
  const [text, kind] = [(name: string) => stringField(value, name), kindOf(key)];
  if (kind === 'principal') return [application(text('client_id'), text('tenant'))];
  if (kind === 'classic') {
    if (isClassicKey(value)) return [application(text('servicePrincipalId'), text('servicePrincipalTenant'))];
    const tenantId = text('_authority').split('/').at(-1) ?? '';
    return text('userId') === '' ? [application(text('_clientId'), tenantId)] : user(text('userId'));
  }
  if (kind === 'msal' && !key.startsWith('["msal","AppMetadata"')) {
    if (text('home_account_id') === '') return [application(text('client_id'), text('realm'))];
    return [...user(text('username')), ...home(text('home_account_id'))];
  }
  const account = kind === 'account' ? asObject(value['user']) : undefined;
  if (account?.['type'] === 'user') return user(stringField(account, 'name'));
  if (account?.['type'] !== 'servicePrincipal') return [];
  return [application(stringField(account, 'name'), text('tenantId'))];
}

/** A user's refresh token is recognized by its account in MSAL's cache, or by the user id in a classic token. */
function isCredential([key, value]: Entry): boolean {
  if (typeof value === 'string') return false;
  const kind = kindOf(key);
  if (kind === 'classic') return isClassicKey(value) || stringField(value, 'userId') !== '';
  return kind === 'principal' || key.startsWith('["msal","Account"');
}

function isClassicKey(token: JsonObject): boolean {
  return Object.hasOwn(token, 'servicePrincipalId');
}

/** The accounts that have a credential or a subscription among the entries. */
export function accountsIn(entries: Iterable<Entry>): AccountKey[] {
  const relevant = [...entries].filter((entry) => kindOf(entry[0]) === 'account' || isCredential(entry));
  return [...new Set(relevant.flatMap(accountsOf))];
}

/** Those of the accounts, and of their applications in other tenants, that do not come from the folder's logins. */
export function existingAccounts(ledger: Ledger, now: Entries, accounts: readonly AccountKey[]): AccountKey[] {
  const known = new Set([...ledger.logins.flatMap((login) => login.accounts), ...ledger.ownAccounts]);
  const baseValues = Object.entries(ledger.writes).flatMap(([key, [base]]): Entry[] =>
    kindOf(key) === 'account' && base?.[1] ? [[key, base[1]]] : [],
  );
  const clients = new Set(accounts.map(clientIdOf));
  return accountsIn([...now, ...baseValues]).filter(
    (one) => !known.has(one) && (accounts.includes(one) || (clientIdOf(one) !== '' && clients.has(clientIdOf(one)))),
  );
}

/**
 * Removes the tokens and subscriptions that clients cached for the accounts of a removed login, unless another login or
 * the user still has the account. An application may be removed from one tenant and stay in another.
 * @param remaining the ledger without the login
 */
export function cacheRemovals({ accounts }: LedgerLogin, remaining: Ledger, entries: Entries): Changes {
  const credentials = [...entries].filter(isCredential).flatMap(accountsOf);
  const kept = new Set([
    ...remaining.logins.flatMap((login) => login.accounts),
    ...remaining.ownAccounts,
    // Only applications with a credential: subscriptions alone give no tokens, and clients cache every user's account.
    ...credentials.filter((account) => clientIdOf(account) !== ''),
  ]);
  const gone = new Set(accounts.filter((account) => !kept.has(account)));
  const keptClients = new Set([...kept].map(clientIdOf));
  const goneClients = new Set([...gone].map(clientIdOf).filter((client) => client !== '' && !keptClients.has(client)));
  const isGone = (account: AccountKey): boolean => gone.has(account) || goneClients.has(clientIdOf(account));
  const removed = [...entries].filter((entry) => kindOf(entry[0]) !== 'principal' && accountsOf(entry).some(isGone));
  return new Map(removed.map(([key]) => [key, undefined]));
}
