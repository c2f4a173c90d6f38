import { randomUUID } from 'node:crypto';
import type { Runner } from '../actions/runner.ts';
import { asObject, stringField } from '../core/json.ts';
import { sharedProfileError } from '../errors/config-dir.ts';
import {
  changesBetween,
  DOCUMENT_NAMES,
  type Documents,
  type Entries,
  type Entry,
  type EntryKey,
  entriesIn,
  entryKey,
  kindOf,
  namesOf,
  subscriptionKey,
  withEntries,
} from './documents.ts';
import { ProfileFolder } from './folder.ts';
import { rawValue } from './ini.ts';
import { accountsIn, type Ledger, newLedger, ownAccounts, sameEntry, withLogin } from './ledger.ts';
import { FolderGone, withLocks } from './locks.ts';
import {
  addClientFolders,
  folderEntries,
  type LoginData,
  loginEntries,
  type NewProfile,
  telemetryEntry,
  writeLogin,
} from './login.ts';
import { checkedPath, checkFolder } from './named-folder.ts';
import { logOut, readFolder, removeHalfWritten } from './shared-folder.ts';

/**
 * Adds a login, and makes the folder if there is none. When it fails, what it had written is taken out again.
 * @param path absolute
 * @param id random, and known to this login's own post run alone
 * @returns warnings
 * @throws {SessionError} when the folder cannot take the login, cannot be written, or holds a file that is broken
 */
export async function joinFolder(
  path: string,
  id: string,
  login: NewProfile,
  { env, platform }: Pick<Runner, 'env' | 'platform'>,
): Promise<readonly string[]> {
  for (;;) {
    const { folder, origin } = ProfileFolder.join(path);
    let progress: 'looking' | 'writing' = 'looking';
    try {
      // Again: in a sticky folder another user may have been faster to make a folder above it.
      checkedPath(path, env);
      const ofGroup = checkFolder(path, process.getuid?.()) === 'group-may-write' ? [groupWarning(path)] : [];
      const warnings = await withLocks(folder, login.patienceMs, async () => {
        const { documents, ledger, error } = await readFolder(folder);
        if (error !== undefined) throw error;
        const added = withNewLogin(documents, ledger, { ...login, id }, natureOf(folder, origin, platform));
        progress = 'writing';
        removeHalfWritten(folder);
        writeLogin(folder, added.ledger, login.loginData.files, changesBetween(documents, added.documents));
        return added.warnings;
      });
      if (origin === 'made') addClientFolders(folder, login.image);
      return [...ofGroup, ...warnings];
    } catch (error) {
      // The last login that left took the folder with it: then it is made again.
      if (error instanceof FolderGone) continue;
      // What matters is why it failed; what could not be taken out then is for the post step to say.
      if (progress !== 'looking') await logOut(path, id, login.patienceMs).catch(() => undefined);
      if (origin === 'made') folder.removeEmpty();
      throw error;
    }
  }
}

function groupWarning(path: string): string {
  return `Every member of its group may write to the shared profile ${path}.`;
}

/** What has to be known of the folder beside its documents. */
export interface FolderNature {
  readonly origin: 'made' | 'found';
  /** Whether `az` encrypts its token stores where its configuration says nothing. */
  readonly encryptsByDefault: boolean;
  /** Whether the folder has token stores that `az` encrypted. */
  readonly encryptedStores: 'present' | 'absent';
}

const ENCRYPTED_STORES = ['msal_token_cache.bin', 'service_principal_entries.bin'];

function natureOf(folder: ProfileFolder, origin: FolderNature['origin'], platform: NodeJS.Platform): FolderNature {
  const isEncrypted = folder.names().some((name) => ENCRYPTED_STORES.includes(name));
  // On Windows alone. Source: azure-cli, `azure/cli/core/util.py`, `should_encrypt_token_cache`.
  return { origin, encryptsByDefault: platform === 'win32', encryptedStores: isEncrypted ? 'present' : 'absent' };
}

/** A login as it comes to a shared folder. */
export interface SharedLogin extends Omit<NewProfile, 'patienceMs'> {
  readonly id: string;
}

interface Added {
  readonly documents: Documents;
  readonly ledger: Ledger;
  readonly warnings: readonly string[];
}

/** @throws {SessionError} when the folder cannot take this login: another cloud, or an encrypted token store */
export function withNewLogin(
  found: Documents,
  before: Ledger | undefined,
  login: SharedLogin,
  nature: FolderNature,
): Added {
  const { loginData, image } = login;
  const there = entriesIn(found);
  refuseUnfit(there, loginData, nature);
  // Without an installation id `az` would rewrite the profile in its first command.
  const profile = found.profile ?? { installationId: randomUUID(), subscriptions: [] };
  const settings = nature.origin === 'made' ? folderEntries(loginData, image.defaults) : new Map();
  const prepared = withEntries({ ...found, profile }, missing(settings, there));
  const now = entriesIn(prepared);
  const own = loginEntries(login);
  const accounts = accountsIn(own);
  const files = [...loginData.files.map(({ name }) => name), ...login.laterFiles];
  const ledger = ledgerToJoin(found, before, nature.origin);
  const joined = withLogin(ledger, now, { id: login.id, accounts, files }, adapted(own, now, nature));
  return {
    documents: withEntries(prepared, joined.changes),
    ledger: { ...joined.ledger, ownAccounts: [...ledger.ownAccounts, ...ownAccounts(ledger, there, accounts)] },
    warnings: takenOver(there, loginData),
  };
}

/** The ledger a login joins; the first one begins it with what the folder lacks. */
function ledgerToJoin(documents: Documents, ledger: Ledger | undefined, origin: 'made' | 'found'): Ledger {
  // Another login may have been faster in a folder that this one made.
  if (ledger !== undefined && ledger.logins.length > 0) return origin === 'made' ? { ...ledger, origin } : ledger;
  const absent = DOCUMENT_NAMES.filter((name) => documents[name] === undefined);
  return newLedger(ledger?.origin ?? origin, absent);
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
function adapted(entries: Entries, now: Entries, { encryptsByDefault }: FolderNature): Entries {
  const isOfImport = (key: EntryKey): boolean =>
    kindOf(key) === 'title' && !entries.has(subscriptionKey('account', namesOf(key)[0] ?? ''));
  const own = [...entries].map(([key, value]): Entry => [key, (isOfImport(key) ? now.get(key) : undefined) ?? value]);
  const plain = [entryKey('config', 'core', 'encrypt_token_cache'), 'false'] as const;
  const settings = missing(new Map([...(encryptsByDefault ? [plain] : []), telemetryEntry()]), now);
  return new Map([...own, ...settings]);
}

const NAMED_AT_MOST = 3;

/** The CLIs know one account a subscription: where another one had it, the user should know. */
function takenOver(now: Entries, { subscriptions }: LoginData): string[] {
  const taken = subscriptions.flatMap((entry): string[] => {
    const key = subscriptionKey('account', entry.id);
    const before = now.get(key);
    const name = typeof before === 'object' ? stringField(asObject(before['user']), 'name') : '';
    if (entry.user === undefined || name === '') return [];
    const { user, tenantId } = entry;
    if (sameEntry(key, before, { user: { ...user }, tenantId })) return [];
    return [`${entry.name} (${entry.id}), until now ${name}`];
  });
  if (taken.length === 0) return [];
  const more = taken.length > NAMED_AT_MOST ? `; and ${taken.length - NAMED_AT_MOST} more` : '';
  return [
    `Another account of the shared profile sees the same subscriptions: ${taken.slice(0, NAMED_AT_MOST).join('; ')}${more}. ` +
      'The clients know one account for each: it is that of this login, until it is logged out.',
  ];
}

/** Refuses a folder whose clients would not see the login, or no longer see what the user has there. */
function refuseUnfit(entries: Entries, loginData: LoginData, nature: FolderNature): void {
  const { cloudName } = loginData;
  const other = otherCloud(entries, loginData);
  if (other !== undefined) throw sharedProfileError('otherCloud', other, cloudName);
  if (encryptsTokens(entries, nature)) throw sharedProfileError('encrypted');
}

function otherCloud(entries: Entries, { cloudName, clientCloud }: LoginData): string | undefined {
  const titles = [...entries].filter(([key]) => kindOf(key) === 'title');
  const clouds = titles.map(([, title]) => stringField(asObject(title), 'environmentName'));
  const other = clouds.find((name) => name !== '' && name !== cloudName);
  if (other !== undefined) return other;
  if (titles.length === 0 && ![...entries.keys()].some((key) => kindOf(key) === 'principal')) return undefined;
  const active = entries.get(entryKey('config', 'cloud', 'name'));
  if (typeof active === 'string' && active !== rawValue(cloudName)) return active.replaceAll('%%', '%');
  // Users choose the names of private clouds: two clouds may share a name and differ in their endpoints.
  const endpoint = (text: string): string => text.toLowerCase().replace(/\/+$/, '');
  const namesake = clientCloud?.azCloud
    .filter(([name]) => TELLING_ENDPOINTS.includes(name))
    .map(([name, value]) => ({ value, there: entries.get(entryKey('clouds', cloudName, name)) }))
    .find(({ value, there }) => typeof there === 'string' && endpoint(there) !== endpoint(rawValue(value)));
  return namesake === undefined ? undefined : `${cloudName} at ${namesake.there}`;
}

const TELLING_ENDPOINTS = ['endpoint_resource_manager', 'endpoint_active_directory'];

/** What `az` takes for false; anything but true and false it cannot read at all. Source: CPython, `configparser.py`. */
const FALSE = ['0', 'no', 'false', 'off'];

function encryptsTokens(entries: Entries, { encryptsByDefault, encryptedStores }: FolderNature): boolean {
  const option = entries.get(entryKey('config', 'core', 'encrypt_token_cache'));
  if (typeof option !== 'string') return encryptsByDefault && encryptedStores === 'present';
  return !FALSE.includes(option.toLowerCase());
}
