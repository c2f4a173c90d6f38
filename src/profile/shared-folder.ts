import { setTimeout as pause } from 'node:timers/promises';
import { codeOf } from '../core/files.ts';
import { SessionError } from '../core/session-error.ts';
import { sharedProfileError } from '../errors/config-dir.ts';
import {
  applyChanges,
  changesBetween,
  DOCUMENT_NAMES,
  type Documents,
  type EntryValue,
  entriesIn,
  fileOf,
  isEmptyDocument,
  parseDocument,
  subscriptionsOf,
  withEntries,
} from './documents.ts';
import { ProfileFolder } from './folder.ts';
import {
  accountsIn,
  cacheRemovals,
  type Ledger,
  newLedger,
  parseLedger,
  refersToSubscription,
  withAssertion,
  withoutLogin,
} from './ledger.ts';
import { FolderGone, isLockBreaker, isLockFile, withLocks } from './locks.ts';
import { checkFolder } from './named-folder.ts';
import { exists, loginFiles, MARKER_FILE } from './saved-session.ts';

/**
 * A profile folder for any number of logins and for the user's own accounts. Each login replaces the current entries,
 * and logins leave in any order: an entry then returns to the newest remaining login that wrote it, or else to its base
 * value.
 */

const READ_ATTEMPTS = 4;
const READ_PAUSE_MS = 250;

/**
 * Reads the folder. `az` truncates `azureProfile.json` and its INI files before it writes them, without a lock, so a
 * file that cannot be parsed is read again for up to a second. The content is valid only under the folder's locks.
 * @returns `broken`: existing files that cannot be read or parsed; `error`: that of the first of them
 */
export async function readFolder(folder: ProfileFolder) {
  for (let attempt = 1; ; attempt++) {
    const content = readOnce(folder);
    if (content.broken.length === 0 || attempt >= READ_ATTEMPTS) return content;
    await pause(READ_PAUSE_MS);
  }
}

function readOnce(folder: ProfileFolder) {
  const broken: string[] = [];
  let first: SessionError | undefined;
  const read = <T>(file: string, parse: (text: string) => T | undefined): T | undefined => {
    try {
      const text = folder.read(file);
      if (text === undefined) return undefined;
      const value = parse(text);
      if (value === undefined) throw sharedProfileError('malformed', folder.pathOf(file));
      return value;
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      broken.push(file);
      first ??= error;
      return undefined;
    }
  };
  const ledger = read(MARKER_FILE, parseLedger);
  const documents = DOCUMENT_NAMES.map((name) => [name, read(fileOf(name), (text) => parseDocument(name, text))]);
  return { ledger, documents: Object.fromEntries(documents) as Documents, broken, error: first };
}

/** @param ledger `undefined` removes it */
function writeLedger(folder: ProfileFolder, ledger: Ledger | undefined): void {
  if (ledger === undefined) folder.removeEntry(MARKER_FILE);
  else folder.write(MARKER_FILE, `${JSON.stringify(ledger)}\n`);
}

/** Removes the temporary files and lock breakers of killed processes. */
export function removeLeftovers(folder: ProfileFolder): void {
  for (const name of folder.names()) {
    if (/\.[0-9a-f]{12}\.new$/.test(name) || isLockBreaker(name)) folder.removeEntry(name);
  }
}

/**
 * Removes a login from a shared folder; does nothing if the login is already gone. The last login also removes the
 * folder, if a login made it and no other account is in it.
 * @param lockTimeoutMs how long to wait for the locks
 * @throws {Error} when something of the login remains; if a file cannot be parsed, everything else is removed
 */
export async function logOut(path: string, loginId: string, lockTimeoutMs = Number.POSITIVE_INFINITY): Promise<void> {
  // Windows has no user ids.
  if (checkFolder(path, process.getuid?.()) === 'missing') return;
  const folder = new ProfileFolder(path);
  try {
    const state = await withLocksUnlessFull(folder, lockTimeoutMs, () => removeFromFolder(folder, loginId));
    if (state === 'empty') folder.removeEmpty();
  } catch (error) {
    if (!(error instanceof FolderGone)) throw error;
  }
}

/** On a full disk no process can create a lock, so the action runs without one. */
async function withLocksUnlessFull<T>(folder: ProfileFolder, timeoutMs: number, action: () => Promise<T>): Promise<T> {
  try {
    return await withLocks(folder, timeoutMs, action);
  } catch (error) {
    const isFull = error instanceof SessionError && ['ENOSPC', 'EDQUOT'].includes(codeOf(error.cause));
    if (!isFull) throw error;
    return action();
  }
}

async function removeFromFolder(folder: ProfileFolder, loginId: string): Promise<'empty' | 'in-use'> {
  const { documents, ledger, broken, error } = await readFolder(folder);
  removeLeftovers(folder);
  const login = ledger?.logins.find(({ id }) => id === loginId);
  const next = ledger && login && removeLogin(documents, ledger, login);
  if (next?.folder === 'remove' && broken.length === 0) return emptyFolder(folder);
  const changes = changesBetween(documents, next?.documents ?? documents).filter(({ file }) => !broken.includes(file));
  applyChanges(folder, changes.reverse());
  const { record, ...files } = loginFiles(folder.path, loginId);
  for (const { name } of Object.values(files)) folder.removeEntry(name);
  // The record stays with what only the ledger could identify, so that each sign-out reports it.
  const isLost = next === undefined && exists(record.path);
  if (isLost) throw error ?? sharedProfileError('unlisted', folder.pathOf(MARKER_FILE));
  folder.removeEntry(record.name);
  // The ledger goes last, so that an interrupted logout can be repeated.
  if (next !== undefined) writeLedger(folder, next.ledger);
  if (error !== undefined) throw error;
  return 'in-use';
}

/** Removes the ledger last, so that an interrupted logout can be repeated. */
function emptyFolder(folder: ProfileFolder): 'empty' {
  const names = folder.names().filter((name) => !isLockFile(name) && name !== MARKER_FILE);
  for (const name of [...names, MARKER_FILE]) folder.removeEntry(name);
  return 'empty';
}

interface RemovedLogin {
  readonly documents: Documents;
  readonly ledger: Ledger | undefined;
  /** `remove` if a login made the folder and no account is left in it. */
  readonly folder: 'keep' | 'remove';
}

/** Removes a login's entries, and what clients cached for its accounts, unless other logins or the user share them. */
export function removeLogin(current: Documents, before: Ledger, login: Ledger['logins'][number]): RemovedLogin {
  const now = entriesIn(current);
  const { ledger, changes } = withoutLogin(before, now, login.id, (key) => !refersToSubscription(key));
  const withoutWrites = withEntries(current, changes);
  const withoutCache = withEntries(withoutWrites, cacheRemovals(login, ledger, entriesIn(withoutWrites)));
  // The default comes last: it must be one of the remaining subscriptions.
  const ids = new Set(subscriptionsOf(withoutCache.profile).map(({ id }) => String(id).toLowerCase()));
  const isRemaining = (value: EntryValue): boolean => typeof value === 'string' && ids.has(value.toLowerCase());
  const result = withoutLogin(ledger, now, login.id, refersToSubscription, isRemaining);
  const documents = withEntries(withoutCache, result.changes);
  return result.ledger.logins.length > 0
    ? { documents, ledger: result.ledger, folder: 'keep' }
    : afterLastLogin(documents, result.ledger);
}

/** Removes files that the logins created and that are empty now. A private folder keeps its marker. */
function afterLastLogin(documents: Documents, { origin, absentFiles }: Ledger): RemovedLogin {
  const isAbandoned = accountsIn(entriesIn(documents)).length === 0 && subscriptionsOf(documents.profile).length === 0;
  const emptied = DOCUMENT_NAMES.filter((name) => {
    const document = documents[name];
    return absentFiles.includes(name) && document !== undefined && isEmptyDocument(name, document);
  });
  return {
    documents: { ...documents, ...Object.fromEntries(emptied.map((name) => [name, undefined])) },
    ledger: origin === 'private' ? newLedger('private', []) : undefined,
    folder: origin === 'made' && isAbandoned ? 'remove' : 'keep',
  };
}

/**
 * Replaces the federated assertion of a login in the clients' files and in the ledger, from which it is restored if a
 * later login with the same application has replaced it.
 * @param tokenFile name of the file that holds the login's assertion for the SDKs; `''` if there is none
 * @returns `logged-out` if the login is gone
 * @throws {SessionError}
 */
export async function renewAssertion(
  path: string,
  loginId: string,
  assertion: string,
  tokenFile: string,
): Promise<'renewed' | 'logged-out'> {
  if (!exists(path, (stats) => stats.isDirectory())) return 'logged-out';
  const folder = new ProfileFolder(path);
  const renew = async () => {
    const { documents, ledger, error } = await readFolder(folder);
    if (error !== undefined) throw error;
    if (ledger?.logins.some(({ id }) => id === loginId) !== true) return 'logged-out';
    const renewed = withAssertion(ledger, entriesIn(documents), loginId, assertion);
    // The SDKs' file comes first: a running process may be about to read it.
    if (tokenFile !== '') folder.write(tokenFile, assertion);
    writeLedger(folder, renewed.ledger);
    applyChanges(folder, changesBetween(documents, withEntries(documents, renewed.changes)));
    return 'renewed';
  };
  try {
    return await withLocks(folder, Number.POSITIVE_INFINITY, renew);
  } catch (error) {
    if (error instanceof FolderGone) return 'logged-out';
    throw error;
  }
}
