import { asObject, stringField } from '../core/json.ts';
import type { CommandMode } from '../core/request.ts';
import { SessionError } from '../core/session-error.ts';
import {
  accountsIn,
  accountsRelatedTo,
  accountsWithout,
  applicationsWithCredentials,
  changesForgetting,
} from './accounts.ts';
import { CLASSIC_TELEMETRY } from './classic-profile.ts';
import type { ClientCloud } from './cloud-definition.ts';
import { type Account, DOCUMENT_NAMES, type Documents, type Ledger, subscriptionsOf } from './documents.ts';
import {
  type Entries,
  type EntryKey,
  type EntryValue,
  entryKey,
  kindOf,
  subscriptionKey,
  withEntries,
} from './entries.ts';
import { rawValue, readOption } from './ini.ts';
import {
  changesWithout,
  entriesIn,
  namesSubscription,
  newLedger,
  folderEntries as ownEntries,
  sameEntry,
  withoutLogin,
  withRecord,
  withRevision,
} from './ledger.ts';
import { folderEntries, type LoginData, loginEntries } from './login.ts';
import { withoutEmpty } from './shared-files.ts';

/**
 * Logins that share a profile. Each writes its entries over what is there, and takes them out again in any order: an
 * entry goes back to the newest login that is left and has it, else to what the folder had on its own.
 */

/** A login as it comes to a shared folder. */
export interface SharedLogin {
  /** Random, and known to this login's own post run alone. */
  readonly id: string;
  readonly loginData: LoginData;
  readonly mode: CommandMode;
  /** Names of files that will be written for it later, and go with it. */
  readonly laterFiles: readonly string[];
  /** Lines `name = value` for the section `[defaults]` of a folder that was not there before. */
  readonly defaults: readonly string[];
}

/** What has to be known of the folder beside its documents. */
export interface FolderNature {
  readonly origin: 'made' | 'found';
  /** Whether `az` encrypts its token stores where its configuration says nothing. */
  readonly encryptsByDefault: boolean;
  /** Whether the folder has token stores that `az` encrypted. */
  readonly encryptedStores: 'present' | 'absent';
  /** For a profile that has to be made: without it `az` would rewrite the profile in its first command. */
  readonly installationId: string;
}

interface Added {
  readonly documents: Documents & { readonly session: Ledger };
  readonly warnings: readonly string[];
}

/** @throws {SessionError} when the folder cannot take this login: another cloud, or an encrypted token store */
export function addLogin(found: Documents, login: SharedLogin, nature: FolderNature): Added {
  const { loginData } = login;
  refuseUnfit(found, loginData, nature);
  const profile = found.profile ?? { installationId: nature.installationId, subscriptions: [] };
  const furniture = nature.origin === 'made' ? folderEntries(loginData, login.defaults) : new Map();
  const before = entriesIn(found);
  const bare = withEntries({ ...found, profile }, missing(furniture, before));
  const now = entriesIn(bare);
  const entries = politely(loginEntries(login), now, nature);
  const accounts = accountsIn(loginEntries(login));
  const ledger = ledgerBefore(found, nature);
  const joined: Ledger = {
    ...withRecord(ledger, now, login.id, entries),
    ownAccounts: [...ledger.ownAccounts, ...ownAccounts(before, ledger, accounts)],
    logins: [...ledger.logins, { id: login.id, accounts, files: filesOf(login) }],
  };
  return {
    documents: { ...withEntries(bare, entries), session: joined },
    warnings: takenOver(before, loginData),
  };
}

/** Those that would replace nothing but the same. */
function missing(entries: Entries, now: Entries): Entries {
  return new Map(
    [...entries].filter(([key, value]) => now.get(key) === undefined || sameEntry(key, now.get(key), value)),
  );
}

/**
 * An import from a publish settings file leaves the name of a subscription that is there already. The options of a
 * user's own folder are the user's; only where `az` would look for an encrypted store and find none is it told to read
 * the plain one.
 */
function politely(entries: Entries, now: Entries, { encryptsByDefault }: FolderNature): Entries {
  const titles = [...entries.keys()]
    .filter((key) => kindOf(key) === 'title')
    .flatMap((key): [EntryKey, EntryValue][] => {
      const [, id = ''] = JSON.parse(key) as string[];
      const there = now.get(key);
      return there === undefined || entries.has(subscriptionKey('account', id)) ? [] : [[key, there]];
    });
  const settings = missing(
    new Map([
      ...(encryptsByDefault ? [[entryKey('config', 'core', 'encrypt_token_cache'), 'false'] as const] : []),
      [entryKey('telemetry'), CLASSIC_TELEMETRY],
    ]),
    now,
  );
  return new Map([...entries, ...titles, ...settings]);
}

type Removed =
  | { readonly kind: 'unknown-login' }
  /** `folder` says whether a folder that a login made has no account left, and can go. */
  | { readonly kind: 'removed'; readonly documents: Documents; readonly folder: 'keep' | 'remove' };

/** Takes out what a login brought, and what clients cached for its accounts unless somebody else has them too. */
export function removeLogin(found: Documents, id: string): Removed {
  const { session: ledger } = found;
  const login = ledger?.logins.find((other) => other.id === id);
  if (ledger === undefined || login === undefined) return { kind: 'unknown-login' };
  const now = entriesIn(found);
  const left = withoutLogin(ledger, id);
  const lifted = withEntries(
    found,
    changesWithout(ledger, now, id, (key) => !namesSubscription(key)),
  );
  const entries = entriesIn(lifted);
  const staying = [
    ...left.logins.flatMap(({ accounts }) => accounts),
    ...left.ownAccounts,
    ...applicationsWithCredentials(entries),
  ];
  const forgotten = withEntries(lifted, changesForgetting(entries, accountsWithout(login.accounts, staying), staying));
  // Only now is it known which subscriptions are left to be the default.
  const ids = new Set(subscriptionsOf(forgotten).map((subscription) => stringField(subscription, 'id').toLowerCase()));
  const isThere = (value: EntryValue): boolean => typeof value === 'string' && ids.has(value.toLowerCase());
  const documents = withEntries(forgotten, changesWithout(ledger, now, id, namesSubscription, isThere));
  return left.logins.length > 0
    ? { kind: 'removed', documents: { ...documents, session: left }, folder: 'keep' }
    : afterLast(documents, left);
}

/** A private folder keeps its marker: it says whose folder it is. */
function afterLast(documents: Documents, { origin, absentFiles }: Ledger): Removed {
  const abandoned = accountsIn(entriesIn(documents)).length === 0 && subscriptionsOf(documents).length === 0;
  const session = origin === 'private' ? newLedger('private', []) : undefined;
  return {
    kind: 'removed',
    documents: withoutEmpty({ ...documents, session }, absentFiles),
    folder: origin === 'made' && abandoned ? 'remove' : 'keep',
  };
}

/**
 * Replaces the assertion of a login: where clients find it, and where the ledger keeps it while
 * another login with the same service principal is in front of it.
 * @returns `undefined` when there is no such login
 */
export function withRenewedAssertion(documents: Documents, loginId: string, assertion: string): Documents | undefined {
  const { session } = documents;
  if (session === undefined || !session.logins.some(({ id }) => id === loginId)) return undefined;
  const { ledger, changes } = withRevision(session, entriesIn(documents), loginId, (key, value) =>
    kindOf(key) === 'principal' && typeof value === 'object' && 'client_assertion' in value
      ? { ...value, client_assertion: assertion }
      : undefined,
  );
  return { ...withEntries(documents, changes), session: ledger };
}

function filesOf({ loginData, laterFiles }: SharedLogin): string[] {
  return [...loginData.files.map(({ name }) => name), ...laterFiles];
}

/** The ledger a login joins; the first one begins it with what the folder lacks. */
function ledgerBefore(documents: Documents, { origin }: FolderNature): Ledger {
  const { session } = documents;
  // Another login may have been faster in a folder that this one made.
  if (session !== undefined && session.logins.length > 0) return origin === 'made' ? { ...session, origin } : session;
  const absent = DOCUMENT_NAMES.filter((name) => documents[name] === undefined && name !== 'session');
  return newLedger(session?.origin ?? origin, absent);
}

/** The accounts of a login, and its applications in other tenants, that the folder has apart from our logins. */
function ownAccounts(now: Entries, ledger: Ledger, accounts: readonly Account[]): Account[] {
  const ofLogins = [...ledger.logins.flatMap((login) => login.accounts), ...ledger.ownAccounts];
  const beneath = ownEntries(ledger).filter(([key]) => kindOf(key) === 'account');
  return accountsRelatedTo(accountsWithout(accountsIn([...now, ...beneath]), ofLogins), accounts);
}

const NAMED_AT_MOST = 3;

/** The CLIs know one account a subscription: where another one had it, the user should know. */
function takenOver(now: Entries, { subscriptions }: LoginData): string[] {
  const taken = subscriptions.flatMap((entry): string[] => {
    const key = subscriptionKey('account', entry.id);
    const before = now.get(key);
    if (entry.user === undefined || typeof before !== 'object' || userName(before) === '') return [];
    const { user, tenantId } = entry;
    return sameEntry(key, before, { user: { ...user }, tenantId })
      ? []
      : [`${entry.name} (${entry.id}), until now ${userName(before)}`];
  });
  if (taken.length === 0) return [];
  const more = taken.length > NAMED_AT_MOST ? `; and ${taken.length - NAMED_AT_MOST} more` : '';
  return [
    `Another account of the shared profile sees the same subscriptions: ${taken.slice(0, NAMED_AT_MOST).join('; ')}${more}. ` +
      'The clients know one account for each: it is that of this login, until it is logged out.',
  ];
}

function userName(entry: Exclude<EntryValue, string>): string {
  return stringField(asObject(entry['user']), 'name');
}

/** Refuses a folder whose clients would not see the login, or no longer see what the user has there. */
export function refuseUnfit(documents: Documents, loginData: LoginData, nature: FolderNature): void {
  const { cloudName } = loginData;
  const other = otherCloud(documents, loginData);
  if (other !== undefined) {
    throw new SessionError(`The shared profile belongs to the cloud ${other}; this login is one of ${cloudName}.`, {
      why: 'The Azure CLI shows the subscriptions of one cloud at a time, so the accounts of the other would be lost to it.',
      next: ['Give the logins of each cloud a `config-dir` of their own.'],
    });
  }
  if (encryptsTokens(documents, nature)) {
    throw new SessionError('The shared profile keeps its tokens encrypted, where this login cannot be added.', {
      why: 'The Azure CLI reads either encrypted or plain token stores. Plain ones would hide the accounts that are there.',
      next: [
        'Name another folder in `config-dir`.',
        {
          say: 'Or let the Azure CLI keep plain stores in that folder, and sign in to its other accounts again:',
          command: 'az config set core.encrypt_token_cache=false',
        },
      ],
    });
  }
}

function otherCloud(documents: Documents, { cloudName, clientCloud }: LoginData): string | undefined {
  const { config, servicePrincipals } = documents;
  const subscriptions = subscriptionsOf(documents);
  const other = subscriptions
    .map((entry) => stringField(entry, 'environmentName'))
    .find((name) => name !== '' && name !== cloudName);
  if (other !== undefined) return other;
  if (subscriptions.length === 0 && (servicePrincipals ?? []).length === 0) return undefined;
  const active = readOption(config ?? '', 'cloud', 'name');
  if (active !== undefined && active !== rawValue(cloudName)) return active.replaceAll('%%', '%');
  return clientCloud === undefined ? undefined : namesake(documents, cloudName, clientCloud);
}

/** Users choose the names of private clouds: two clouds may share a name and differ in their endpoints. */
function namesake({ clouds }: Documents, cloudName: string, { azCloud }: ClientCloud): string | undefined {
  const endpoint = (text: string): string => text.toLowerCase().replace(/\/+$/, '');
  const differing = azCloud
    .filter(([name]) => TELLING_ENDPOINTS.includes(name))
    .map(([name, value]) => ({ value, there: readOption(clouds ?? '', cloudName, name) }))
    .find(({ value, there }) => there !== undefined && endpoint(there) !== endpoint(rawValue(value)));
  return differing === undefined ? undefined : `${cloudName} at ${differing.there}`;
}

const TELLING_ENDPOINTS = ['endpoint_resource_manager', 'endpoint_active_directory'];

/** What `az` takes for false; anything but true and false it cannot read at all. Source: CPython, `configparser.py`. */
const FALSE = ['0', 'no', 'false', 'off'];

function encryptsTokens({ config }: Documents, { encryptsByDefault, encryptedStores }: FolderNature): boolean {
  const option = readOption(config ?? '', 'core', 'encrypt_token_cache');
  if (option === undefined) return encryptsByDefault && encryptedStores === 'present';
  return !FALSE.includes(option.toLowerCase());
}
