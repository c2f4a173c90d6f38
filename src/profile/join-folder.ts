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
import { accountsIn, existingAccounts, type Ledger, newLedger, sameEntry, withLogin } from './ledger.ts';
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
import { checkFolder, trustedPath } from './named-folder.ts';
import { logOut, readFolder, removeLeftovers } from './shared-folder.ts';

/**
 * Adds a login to a shared folder, which is created if missing. A failed login is removed again.
 * @param path absolute
 * @param id random; only this login's post run knows it
 * @returns warnings
 * @throws {SessionError} when the folder cannot take the login, cannot be written, or contains a file that cannot be
 * parsed
 */
export async function joinFolder(
  path: string,
  id: string,
  login: NewProfile,
  { env, platform }: Pick<Runner, 'env' | 'platform'>,
): Promise<readonly string[]> {
  for (;;) {
    const { folder, origin } = ProfileFolder.openOrCreate(path);
    let progress: 'reading' | 'writing' = 'reading';
    try {
      // Checked a second time: in a sticky folder another user may have created a parent folder in the meantime.
      trustedPath(path, env);
      const access = checkFolder(path, process.getuid?.());
      const groupWarning = `Every member of the folder's group may write to the shared profile ${path}.`;
      const warnings = await withLocks(folder, login.lockTimeoutMs, async () => {
        const { documents, ledger, error } = await readFolder(folder);
        if (error !== undefined) throw error;
        const added = addLogin(documents, ledger, { ...login, id }, traitsOf(folder, origin, platform));
        progress = 'writing';
        removeLeftovers(folder);
        writeLogin(folder, added.ledger, login.loginData.files, changesBetween(documents, added.documents));
        if (origin === 'made') addClientFolders(folder, login.image);
        return added.warnings;
      });
      return access === 'group-may-write' ? [groupWarning, ...warnings] : warnings;
    } catch (error) {
      // Another process removed the folder with its last login: create it again.
      if (error instanceof FolderGone) continue;
      // Report the original error only: the post step repeats the logout and reports its errors.
      if (progress !== 'reading') await logOut(path, id, login.lockTimeoutMs).catch(() => undefined);
      if (origin === 'made') folder.removeEmpty();
      throw error;
    }
  }
}

/** Facts about the folder besides its documents. */
export interface FolderTraits {
  readonly origin: 'made' | 'found';
  /** Whether `az` encrypts its token stores unless configured otherwise. */
  readonly encryptsByDefault: boolean;
  readonly encryptedStores: 'present' | 'absent';
}

const ENCRYPTED_STORES = ['msal_token_cache.bin', 'service_principal_entries.bin'];

function traitsOf(folder: ProfileFolder, origin: FolderTraits['origin'], platform: NodeJS.Platform): FolderTraits {
  const isEncrypted = folder.names().some((name) => ENCRYPTED_STORES.includes(name));
  // `az` does so on Windows only. Source: azure-cli, `azure/cli/core/util.py`, `should_encrypt_token_cache`.
  return { origin, encryptsByDefault: platform === 'win32', encryptedStores: isEncrypted ? 'present' : 'absent' };
}

export interface SharedLogin extends Omit<NewProfile, 'lockTimeoutMs'> {
  readonly id: string;
}

/** @throws {SessionError} when the folder cannot take this login: another cloud, or an encrypted token store */
export function addLogin(documents: Documents, before: Ledger | undefined, login: SharedLogin, traits: FolderTraits) {
  const { loginData, image } = login;
  const current = entriesIn(documents);
  checkCompatible(current, loginData, traits);
  // Without an installation id `az` would rewrite the profile in its first command.
  const profile = documents.profile ?? { installationId: randomUUID(), subscriptions: [] };
  const settings = traits.origin === 'made' ? folderEntries(loginData, image.defaults) : new Map();
  const prepared = withEntries({ ...documents, profile }, withoutConflicts(settings, current));
  const now = entriesIn(prepared);
  const added = loginEntries(login);
  const accounts = accountsIn(added);
  const ledger = currentOrNewLedger(documents, before, traits.origin);
  const merged = withLogin(ledger, now, { id: login.id, accounts }, adaptToFolder(added, now, traits));
  return {
    documents: withEntries(prepared, merged.changes),
    ledger: { ...merged.ledger, ownAccounts: [...ledger.ownAccounts, ...existingAccounts(ledger, current, accounts)] },
    warnings: replacedAccountWarnings(current, loginData),
  };
}

function currentOrNewLedger(documents: Documents, ledger: Ledger | undefined, origin: 'made' | 'found'): Ledger {
  // Another login may already be in the folder that this one made.
  if (ledger !== undefined && ledger.logins.length > 0) return origin === 'made' ? { ...ledger, origin } : ledger;
  const absent = DOCUMENT_NAMES.filter((name) => documents[name] === undefined);
  return newLedger(ledger?.origin ?? origin, absent);
}

/** The entries that do not replace a different value. */
function withoutConflicts(entries: Entries, now: Entries): Entries {
  return new Map(
    [...entries].filter(([key, value]) => now.get(key) === undefined || sameEntry(key, now.get(key), value)),
  );
}

/**
 * An import from a publish settings file keeps the current name of a subscription. Options that the user has set stay.
 * If `az` encrypts by default and no option says otherwise, an option makes it read the plain token store.
 */
function adaptToFolder(entries: Entries, now: Entries, { encryptsByDefault }: FolderTraits): Entries {
  const keepsTitle = (key: EntryKey): boolean =>
    kindOf(key) === 'title' && !entries.has(subscriptionKey('account', namesOf(key)[0] ?? ''));
  const added = [...entries].map(([key, value]): Entry => [key, (keepsTitle(key) && now.get(key)) || value]);
  const plain = [entryKey('config', 'core', 'encrypt_token_cache'), 'false'] as const;
  const settings = withoutConflicts(new Map([...(encryptsByDefault ? [plain] : []), telemetryEntry()]), now);
  return new Map([...added, ...settings]);
}

const MAX_LISTED = 3;

/** Warns when subscriptions of another account move to this login: the CLIs keep one account per subscription. */
function replacedAccountWarnings(now: Entries, { subscriptions }: LoginData): string[] {
  const replaced = subscriptions.flatMap((entry): string[] => {
    const key = subscriptionKey('account', entry.id);
    const before = now.get(key);
    const name = typeof before === 'object' ? stringField(asObject(before['user']), 'name') : '';
    if (entry.user === undefined || name === '') return [];
    const { user, tenantId } = entry;
    if (sameEntry(key, before, { user: { ...user }, tenantId })) return [];
    return [`${entry.name} (${entry.id}), until now ${name}`];
  });
  if (replaced.length === 0) return [];
  const listed = replaced.slice(0, MAX_LISTED).join('; ');
  const more = replaced.length > MAX_LISTED ? `; and ${replaced.length - MAX_LISTED} more` : '';
  return [
    `Another account of the shared profile has the same subscriptions: ${listed}${more}. ` +
      'The CLIs use one account per subscription: the account of this login, until it is logged out.',
  ];
}

/** @throws {SessionError} when clients would not see the login, or would no longer see the user's accounts */
function checkCompatible(entries: Entries, loginData: LoginData, traits: FolderTraits): void {
  const { cloudName } = loginData;
  const other = conflictingCloud(entries, loginData);
  if (other !== undefined) throw sharedProfileError('otherCloud', other, cloudName);
  if (encryptsTokens(entries, traits)) throw sharedProfileError('encrypted');
}

function conflictingCloud(entries: Entries, { cloudName, clientCloud }: LoginData): string | undefined {
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
    .filter(([name]) => IDENTIFYING_ENDPOINTS.includes(name))
    .map(([name, value]) => ({ value, current: entries.get(entryKey('clouds', cloudName, name)) }))
    .find(({ value, current }) => typeof current === 'string' && endpoint(current) !== endpoint(rawValue(value)));
  return namesake === undefined ? undefined : `${cloudName} at ${namesake.current}`;
}

const IDENTIFYING_ENDPOINTS = ['endpoint_resource_manager', 'endpoint_active_directory'];

/** What `az` parses as false; it fails on a value that is not a Boolean. Source: CPython, `configparser.py`. */
const FALSE = ['0', 'no', 'false', 'off'];

function encryptsTokens(entries: Entries, { encryptsByDefault, encryptedStores }: FolderTraits): boolean {
  const option = entries.get(entryKey('config', 'core', 'encrypt_token_cache'));
  if (typeof option !== 'string') return encryptsByDefault && encryptedStores === 'present';
  return !FALSE.includes(option.toLowerCase());
}
