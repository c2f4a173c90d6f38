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
  isEntryKey,
  kindOf,
  namesOf,
  sameText,
} from './documents.ts';

/**
 * What this program remembers of a shared folder, in `azure-session.json`: which logins are in it, and who wrote each of
 * its entries. The ledger holds credentials, like the files beside it.
 */
export interface Ledger {
  readonly version: 1;
  /**
   * `made` by a login that shares it, so that it goes with the last one; `found`, as the user's own; or another step's
   * `private` folder, which that step removes.
   */
  readonly origin: 'made' | 'found' | 'private';
  /** Oldest first. */
  readonly logins: readonly LedgerLogin[];
  /** Accounts of our logins that the folder had on its own before them: what clients cached for these stays. */
  readonly ownAccounts: readonly Account[];
  /** Documents that were not there before the first login. */
  readonly absentFiles: readonly DocumentName[];
  /** Of each entry that a login wrote, oldest first. The first write is what the folder held before any login. */
  readonly writes: Readonly<Record<EntryKey, readonly Write[]>>;
}

interface LedgerLogin {
  readonly id: string;
  readonly accounts: readonly Account[];
  /** Files that are this login's alone. */
  readonly files: readonly string[];
}

/** `''` stands for the folder itself, its user and its clients; `null` says that there was nothing. */
type Write = readonly [login: string, value: EntryValue | null];

const FOLDER = '';

export function newLedger(origin: Ledger['origin'], absentFiles: readonly DocumentName[]): Ledger {
  return { version: 1, origin, logins: [], ownAccounts: [], absentFiles, writes: {} };
}

interface Merged {
  readonly ledger: Ledger;
  /** What has to change in the folder. */
  readonly changes: Changes;
}

/** Writes the entries of a login over what is there, which is remembered, so that it comes back. */
export function withLogin(ledger: Ledger, now: Entries, login: LedgerLogin, entries: Entries): Merged {
  const writes = { ...ledger.writes };
  for (const key of entries.keys()) writes[key] = withChangeOfClients(key, writes[key] ?? [], now.get(key));
  const joined = { ...ledger, writes, logins: [...ledger.logins, login] };
  return merge(joined, now, entries.keys(), (before, key) => [...before, [login.id, entries.get(key) ?? null]]);
}

/** Renews the federated assertion of a login, also while another login with the same application is in front of it. */
export function withAssertion(ledger: Ledger, now: Entries, login: string, assertion: string): Merged {
  const renewed = (write: Write): Write => {
    const [who, value] = write;
    const isAssertion = who === login && typeof value === 'object' && value?.['client_assertion'] !== undefined;
    return isAssertion ? [who, { ...value, client_assertion: assertion }] : write;
  };
  const keys = keysOf(ledger, login).filter((key) => kindOf(key) === 'principal');
  return merge(ledger, now, keys, (writes) => writes.map(renewed));
}

/**
 * Takes out what a login wrote.
 * @param concerned which entries to look at
 * @param fits whether a value makes sense in the folder as it will be
 */
export function withoutLogin(
  ledger: Ledger,
  now: Entries,
  login: string,
  concerned: (key: EntryKey) => boolean,
  fits?: (value: EntryValue) => boolean,
): Merged {
  const left = { ...ledger, logins: ledger.logins.filter(({ id }) => id !== login) };
  const keys = keysOf(ledger, login).filter(concerned);
  return merge(left, now, keys, (writes) => writes.filter(([who]) => who !== login), fits);
}

/**
 * The one merge of what was written last, what the folder holds now and what it should hold next: what a client or the
 * user changed since counts as a write of theirs, and so it stays, or comes back.
 * @param revise what becomes of the writes of an entry
 * @param fits which of the values may be in front
 */
function merge(
  ledger: Ledger,
  now: Entries,
  keys: Iterable<EntryKey>,
  revise: (writes: readonly Write[], key: EntryKey) => readonly Write[],
  fits: (value: EntryValue) => boolean = () => true,
): Merged {
  const writes = { ...ledger.writes };
  const changes = new Map<EntryKey, EntryValue | undefined>();
  for (const key of keys) {
    const before = writes[key] ?? [];
    const known = withChangeOfClients(key, before, now.get(key));
    const next = revise(known, key).findLast(([, value]) => value === null || fits(value));
    if (next !== known.at(-1)) changes.set(key, next?.[1] ?? undefined);
    const after = revise(before, key);
    if (after.some(([who]) => who !== FOLDER)) writes[key] = after;
    else delete writes[key];
  }
  return { ledger: { ...ledger, writes }, changes };
}

/**
 * A credential or an account that an earlier login wrote is that login's, where a client went back to it or a later login
 * was killed before it wrote. A setting may be anybody's choice.
 */
function withChangeOfClients(key: EntryKey, writes: readonly Write[], there: EntryValue | undefined): readonly Write[] {
  const isThere = ([, value]: Write): boolean => sameEntry(key, there, value ?? undefined);
  const last = writes.at(-1);
  if (last !== undefined && isThere(last)) return writes;
  const writer = typeof there === 'object' ? writes.findLast(isThere) : undefined;
  return [...writes, [writer?.[0] ?? FOLDER, there ?? null]];
}

function keysOf({ writes }: Ledger, login: string): EntryKey[] {
  return Object.keys(writes).filter((key) => writes[key]?.some(([who]) => who === login));
}

/** @returns `undefined` for anything that this version would not have written */
export function parseLedger(text: string): Ledger | undefined {
  const found = parseJsonObject(text);
  if (found?.['version'] !== 1) return undefined;
  if (!Object.hasOwn(found, 'logins')) return newLedger('private', []);
  const isWhole =
    isList(found['logins'], isLogin) &&
    isList(found['ownAccounts'], isString) &&
    isList(found['absentFiles'], isString) &&
    asObject(found['writes']) !== undefined &&
    Object.entries(found['writes'] as JsonObject).every(([key, writes]) => isEntryKey(key) && isList(writes, isWrite));
  return isWhole ? (found as unknown as Ledger) : undefined;
}

function isLogin(value: unknown): boolean {
  const login = asObject(value);
  return stringField(login, 'id') !== '' && isList(login?.['accounts'], isString) && isList(login?.['files'], isString);
}

function isWrite(write: unknown): boolean {
  const [who, value] = asList(write);
  return isString(who) && (value === null || isString(value) || asObject(value) !== undefined);
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

/** Whether the value of an entry is the id of a subscription, which has to be there. */
export function namesSubscription(key: EntryKey): boolean {
  return key === DEFAULT_KEY || (kindOf(key) === 'clouds' && namesOf(key)[1] === 'subscription');
}

/**
 * Whether what is in a place is what was written there, however clients have rewritten it since: they refresh names
 * and states, and renew tokens and federated assertions in place.
 */
export function sameEntry(key: EntryKey, one: EntryValue | undefined, other: EntryValue | undefined): boolean {
  if (typeof one === 'string' && typeof other === 'string') {
    return namesSubscription(key) ? sameText(one, other) : one === other;
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
    sameText(stringField(user, 'name'), stringField(otherUser, 'name')) &&
    // Every user-assigned managed identity has the same name.
    sameFields(['type', 'assignedIdentityInfo'], user, otherUser) &&
    one['tenantId'] === other['tenantId']
  );
}

function sameFields(names: readonly string[], one: JsonObject, other: JsonObject): boolean {
  return names.every((name) => one[name] === other[name]);
}

/**
 * Whose tokens and subscriptions an entry holds, as JSON: an application in a tenant (or what the classic CLI takes a
 * managed identity for), or a user, whom some clients know by name and MSAL by `<object id>.<tenant id>` of the home.
 */
type Account = string;

function application(clientId: string, tenantId: string): Account {
  return JSON.stringify(['application', clientId, tenantId]);
}

/** Clients write the name of a user in any case. */
function user(name: string): Account[] {
  return name === '' ? [] : [JSON.stringify(['user', name.toLowerCase()])];
}

function home(id: string): Account[] {
  return id === '' ? [] : [JSON.stringify(['home', id])];
}

/** @returns `''` for a user */
function clientOf(account: Account): string {
  const [kind, clientId] = asList(parseJson(account));
  return kind === 'application' && typeof clientId === 'string' ? clientId : '';
}

/** @returns the accounts that an entry belongs to; none for those that tell of no account, such as options */
function owners([key, value]: Entry): Account[] {
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

/** A user's credential is a refresh token, which goes with the account that MSAL keeps or the name in a token. */
function isCredential([key, value]: Entry): boolean {
  if (typeof value === 'string') return false;
  const kind = kindOf(key);
  if (kind === 'classic') return isClassicKey(value) || stringField(value, 'userId') !== '';
  return kind === 'principal' || key.startsWith('["msal","Account"');
}

function isClassicKey(token: JsonObject): boolean {
  return Object.hasOwn(token, 'servicePrincipalId');
}

/** The accounts that have a credential among the entries, or subscriptions. */
export function accountsIn(entries: Iterable<Entry>): Account[] {
  const telling = [...entries].filter((entry) => kindOf(entry[0]) === 'account' || isCredential(entry));
  return [...new Set(telling.flatMap(owners))];
}

/** The accounts of a login, and its applications in other tenants, that the folder has apart from our logins. */
export function ownAccounts(ledger: Ledger, now: Entries, accounts: readonly Account[]): Account[] {
  const ofLogins = new Set([...ledger.logins.flatMap((login) => login.accounts), ...ledger.ownAccounts]);
  const beneath = Object.entries(ledger.writes).flatMap(([key, [first]]): Entry[] =>
    kindOf(key) === 'account' && first?.[1] ? [[key, first[1]]] : [],
  );
  const clients = new Set(accounts.map(clientOf));
  return accountsIn([...now, ...beneath]).filter(
    (one) => !ofLogins.has(one) && (accounts.includes(one) || (clientOf(one) !== '' && clients.has(clientOf(one)))),
  );
}

/**
 * Removes what clients cached for accounts of a login that is gone and that nobody else has: tokens, and the subscriptions
 * that they listed. An application may be gone in one tenant and stay in another.
 * @param left the ledger without the login
 */
export function forget({ accounts }: LedgerLogin, left: Ledger, entries: Entries): Changes {
  const credentials = [...entries].filter(isCredential).flatMap(owners);
  const staying = new Set([
    ...left.logins.flatMap((login) => login.accounts),
    ...left.ownAccounts,
    // Subscriptions alone give no tokens, and clients keep a user's account wherever they use it.
    ...credentials.filter((account) => clientOf(account) !== ''),
  ]);
  const gone = new Set(accounts.filter((account) => !staying.has(account)));
  const stayingClients = new Set([...staying].map(clientOf));
  const goneClients = new Set([...gone].map(clientOf).filter((client) => client !== '' && !stayingClients.has(client)));
  const isGone = (account: Account): boolean => gone.has(account) || goneClients.has(clientOf(account));
  const forgotten = [...entries].filter((entry) => kindOf(entry[0]) !== 'principal' && owners(entry).some(isGone));
  return new Map(forgotten.map(([key]) => [key, undefined]));
}
