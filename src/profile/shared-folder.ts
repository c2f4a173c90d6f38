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
  isEmpty,
  parseDocument,
  subscriptionsOf,
  withEntries,
} from './documents.ts';
import { ProfileFolder } from './folder.ts';
import {
  accountsIn,
  forget,
  type Ledger,
  namesSubscription,
  newLedger,
  parseLedger,
  withAssertion,
  withoutLogin,
} from './ledger.ts';
import { FolderGone, isLockBreaker, isLockFile, withLocks } from './locks.ts';
import { checkFolder } from './named-folder.ts';
import { isThere, MARKER_FILE } from './saved-session.ts';

/**
 * A profile folder for any number of logins and for the user's own accounts. Each login writes its entries over what is
 * there, and takes them out again in any order: an entry goes back to the newest login that is left and has it, else to
 * what the folder had on its own.
 */

/** What the files of the folder say, as far as they can be read. To be read and written under its locks. */
interface Reading {
  readonly documents: Documents;
  /** `undefined` where no login is, or the file cannot be understood. */
  readonly ledger: Ledger | undefined;
  /** Files that are there and cannot be read or understood. */
  readonly broken: readonly string[];
  /** Of the first broken one. */
  readonly error: SessionError | undefined;
}

const TRIES = 4;
const WAIT_MS = 250;

/**
 * Reads the folder. `az` empties `azureProfile.json` and its INI files before it writes them, without a lock, so one
 * that makes no sense is read again for a second before it counts as broken.
 */
export async function readFolder(folder: ProfileFolder): Promise<Reading> {
  for (let tries = TRIES; ; tries--) {
    const reading = readOnce(folder);
    if (reading.broken.length === 0 || tries <= 1) return reading;
    await pause(WAIT_MS);
  }
}

function readOnce(folder: ProfileFolder): Reading {
  const broken: string[] = [];
  let first: SessionError | undefined;
  const read = <T>(file: string, parse: (text: string) => T | undefined): T | undefined => {
    try {
      const text = folder.read(file);
      if (text === undefined) return undefined;
      const value = parse(text);
      if (value === undefined) throw sharedProfileError('notUnderstood', folder.pathOf(file));
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

/** Removes what somebody of us was killed over: new files without their names, and what breaks locks. */
export function removeHalfWritten(folder: ProfileFolder): void {
  for (const name of folder.names()) {
    if (/\.[0-9a-f]{12}\.new$/.test(name) || isLockBreaker(name)) folder.removeEntry(name);
  }
}

/**
 * Takes one login out of a shared folder; done twice, the second time finds nothing to do. The folder itself goes with
 * the last login if one of them made it and nobody else has an account in it.
 * @param patienceMs how long to wait for others who write there
 * @throws {Error} when something of the login had to stay; where that is a file that makes no sense, the rest is gone
 */
export async function logOut(path: string, loginId: string, patienceMs = Number.POSITIVE_INFINITY): Promise<void> {
  // Windows has no user ids.
  if (checkFolder(path, process.getuid?.()) === 'missing') return;
  const folder = ProfileFolder.existing(path);
  try {
    const left = await lockedOrFull(folder, patienceMs, () => leave(folder, loginId));
    if (left === 'empty') folder.removeEmpty();
  } catch (error) {
    if (!(error instanceof FolderGone)) throw error;
  }
}

/** A full disk has no room for a lock, neither for ours nor for anybody's who would come in between. */
async function lockedOrFull<T>(folder: ProfileFolder, patienceMs: number, action: () => Promise<T>): Promise<T> {
  try {
    return await withLocks(folder, patienceMs, action);
  } catch (error) {
    const isFull = error instanceof SessionError && ['ENOSPC', 'EDQUOT'].includes(codeOf(error.cause));
    if (!isFull) throw error;
    return action();
  }
}

async function leave(folder: ProfileFolder, loginId: string): Promise<'empty' | 'in-use'> {
  const { documents, ledger, broken, error } = await readFolder(folder);
  removeHalfWritten(folder);
  const login = ledger?.logins.find(({ id }) => id === loginId);
  if (ledger !== undefined && login !== undefined) {
    const left = without(documents, ledger, login);
    if (left.folder === 'remove' && broken.length === 0) return empty(folder);
    const changes = changesBetween(documents, left.documents).filter(({ file }) => !broken.includes(file));
    applyChanges(folder, changes.reverse());
    for (const file of login.files) folder.removeEntry(file);
    // Last: until then another try finds the login.
    writeLedger(folder, left.ledger);
  }
  if (error !== undefined) throw error;
  return 'in-use';
}

/** What the logins are known by goes last, so that somebody who is killed meanwhile can be followed by another try. */
function empty(folder: ProfileFolder): 'empty' {
  const names = folder.names().filter((name) => !isLockFile(name) && name !== MARKER_FILE);
  for (const name of [...names, MARKER_FILE]) folder.removeEntry(name);
  return 'empty';
}

interface Left {
  readonly documents: Documents;
  readonly ledger: Ledger | undefined;
  /** Whether a folder that a login made has no account left, and can go. */
  readonly folder: 'keep' | 'remove';
}

/** Takes out what a login brought, and what clients cached for its accounts unless somebody else has them too. */
export function without(found: Documents, before: Ledger, login: Ledger['logins'][number]): Left {
  const now = entriesIn(found);
  const { ledger, changes } = withoutLogin(before, now, login.id, (key) => !namesSubscription(key));
  const lifted = withEntries(found, changes);
  const forgotten = withEntries(lifted, forget(login, ledger, entriesIn(lifted)));
  // Only now is it known which subscriptions are left to be the default.
  const ids = new Set(subscriptionsOf(forgotten.profile).map(({ id }) => String(id).toLowerCase()));
  const isThere = (value: EntryValue): boolean => typeof value === 'string' && ids.has(value.toLowerCase());
  const choice = withoutLogin(ledger, now, login.id, namesSubscription, isThere);
  const documents = withEntries(forgotten, choice.changes);
  return choice.ledger.logins.length > 0
    ? { documents, ledger: choice.ledger, folder: 'keep' }
    : afterLast(documents, choice.ledger);
}

/** Files that were not there at first go if nothing is left in them. A private folder keeps the mark of whose it is. */
function afterLast(documents: Documents, { origin, absentFiles }: Ledger): Left {
  const isAbandoned = accountsIn(entriesIn(documents)).length === 0 && subscriptionsOf(documents.profile).length === 0;
  const emptied = DOCUMENT_NAMES.filter((name) => {
    const document = documents[name];
    return absentFiles.includes(name) && document !== undefined && isEmpty(name, document);
  });
  return {
    documents: { ...documents, ...Object.fromEntries(emptied.map((name) => [name, undefined])) },
    ledger: origin === 'private' ? newLedger('private', []) : undefined,
    folder: origin === 'made' && isAbandoned ? 'remove' : 'keep',
  };
}

/** A fresh federated assertion for one login of a shared folder. */
interface Renewal {
  readonly loginId: string;
  readonly assertion: string;
  /** File of the login that holds the assertion for the SDKs; `''` when it has none. */
  readonly tokenFile: string;
}

/**
 * Replaces the assertion of a login: where clients find it, and where the ledger keeps it while another login with the
 * same application is in front of it.
 * @returns `logged-out` when there is nothing to renew any more
 * @throws {SessionError}
 */
export async function renewAssertion(path: string, renewal: Renewal): Promise<'renewed' | 'logged-out'> {
  if (!isThere(path, (found) => found.isDirectory())) return 'logged-out';
  const folder = ProfileFolder.existing(path);
  try {
    return await withLocks(folder, Number.POSITIVE_INFINITY, () => renew(folder, renewal));
  } catch (error) {
    if (error instanceof FolderGone) return 'logged-out';
    throw error;
  }
}

async function renew(folder: ProfileFolder, renewal: Renewal): Promise<'renewed' | 'logged-out'> {
  const { loginId, assertion, tokenFile } = renewal;
  const { documents, ledger, error } = await readFolder(folder);
  if (error !== undefined) throw error;
  if (ledger?.logins.some(({ id }) => id === loginId) !== true) return 'logged-out';
  const renewed = withAssertion(ledger, entriesIn(documents), loginId, assertion);
  // The SDKs' file first: it is what a process that runs right now may be about to read.
  if (tokenFile !== '') folder.write(tokenFile, assertion);
  writeLedger(folder, renewed.ledger);
  applyChanges(folder, changesBetween(documents, withEntries(documents, renewed.changes)));
  return 'renewed';
}
