import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseJsonObject, stringField } from '../core/json.ts';
import { processStart } from '../core/machine.ts';
import { sharedProfileError } from '../errors/config-dir.ts';
import { fileOf } from './documents.ts';
import type { ProfileFolder } from './folder.ts';

/**
 * The locks under which a shared folder is read and written: our own around everything, and inside it those of `az`,
 * for the two files that `az` locks. They are files that only one process can make.
 *
 * `az` also takes a system lock on its file (`flock`, on Windows `LockFile`), which Node cannot. Making the file is
 * enough: `az` makes it too before it locks it, and goes on without only after it waited for five seconds, while these
 * locks are held for some milliseconds.
 * Source: microsoft-authentication-extensions-for-python, `msal_extensions/cache_lock.py`.
 */

/** The folder was removed by the last login that left it, while this one waited. */
export class FolderGone extends Error {
  override readonly name = 'FolderGone';
}

const OWN_LOCK = 'azure-session.lock';
const LOCKS = [OWN_LOCK, `${fileOf('servicePrincipals')}.lockfile`, `${fileOf('msalTokens')}.lockfile`];

/** The longest wait for a lock, in milliseconds: longer than one can be held or abandoned. */
const PATIENCE_MS = 90_000;
/** Only a process that was stopped in between holds our lock for longer, in milliseconds. */
const LONGEST_HOLD_MS = 60_000;
/** After how many milliseconds `az` considers a lock file of its own abandoned. */
const AZ_HOLD_MS = 5000;
/**
 * Between two looks at a lock that another one holds, in milliseconds. They become rarer: some file systems of Windows
 * remove a file only in a moment when nobody reads it, and the readers are those that wait.
 */
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;
/** Between making a lock and writing into it lie microseconds. */
const UNWRITTEN_MS = 2000;

/** Files that this program keeps in the folder only while it writes to it. */
export function isLockFile(name: string): boolean {
  return isLockBreaker(name) || LOCKS.includes(name);
}

/** Whether a file was made to break our lock. While this process holds that, no other one needs such a file. */
export function isLockBreaker(name: string): boolean {
  return name.startsWith(`${OWN_LOCK}.`);
}

/**
 * @param patienceMs how long to wait, up to the longest time; each lock is tried once in any case
 * @throws {FolderGone}
 * @throws {SessionError} when somebody holds a lock all the time, or it cannot be made or removed
 */
export async function withLocks<T>(folder: ProfileFolder, patienceMs: number, action: () => Promise<T>): Promise<T> {
  const until = performance.now() + Math.min(PATIENCE_MS, patienceMs);
  const owner = thisProcess();
  let result: T;
  try {
    for (const lock of LOCKS) await take(folder, lock, owner, until);
    result = await action();
  } catch (error) {
    release(folder, owner);
    throw error;
  }
  const [left] = release(folder, owner);
  if (left !== undefined) throw sharedProfileError('lockLeft', folder.pathOf(left));
  return result;
}

async function take(folder: ProfileFolder, lock: string, owner: LockOwner, until: number): Promise<void> {
  for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
    const made = folder.createNew(lock, `${JSON.stringify(owner)}\n`);
    // Who was stopped before it wrote into the file may have lost it.
    if (made === 'created' && ownerOf(folder, lock)?.token === owner.token) return;
    if (made === 'no-folder') throw new FolderGone();
    if (lock === OWN_LOCK) breakAbandoned(folder, lock);
    else removeAbandoned(folder, lock);
    if (performance.now() >= until) throw sharedProfileError('locked', folder.path, folder.pathOf(lock));
    // Random, so that waiting processes do not retry in step.
    await pause(pauseMs * (0.5 + Math.random()));
  }
}

/** Tokens of locks that this process could not remove. It holds them no more, and must not wait for itself. */
const notRemoved = new Set<string>();

/** @returns the locks that could not be removed */
function release(folder: ProfileFolder, { token }: LockOwner): string[] {
  return LOCKS.toReversed().filter((lock) => {
    try {
      if (ownerOf(folder, lock)?.token === token) folder.removeEntry(lock);
      return false;
    } catch {
      notRemoved.add(token);
      return true;
    }
  });
}

/** Of `az`, or of somebody of us who was killed: our own lock is held. */
function removeAbandoned(folder: ProfileFolder, lock: string): void {
  if (ownerOf(folder, lock) === undefined && ageOf(folder, lock) <= AZ_HOLD_MS) return;
  try {
    folder.removeEntry(lock);
  } catch {
    // Windows: an `az` that is alive has it open.
  }
}

/**
 * Removes our lock if its owner is gone. Two that find it at the same time must not remove the next one's lock: only who
 * makes a file named after this very lock may, and looks again after that.
 */
function breakAbandoned(folder: ProfileFolder, lock: string): void {
  const isLeft = (owner: LockOwner | undefined): boolean =>
    notRemoved.has(owner?.token ?? '') || isAbandoned(owner, ageOf(folder, lock));
  const owner = ownerOf(folder, lock);
  if (!isLeft(owner)) return;
  const breaker = `${lock}.${owner?.token ?? 'unknown'}`;
  // Who breaks a lock may be killed, too.
  if (ageOf(folder, breaker) > UNWRITTEN_MS) folder.removeEntry(breaker);
  if (folder.createNew(breaker, '') !== 'created') return;
  const still = ownerOf(folder, lock);
  if (still?.token === owner?.token && isLeft(still)) folder.removeEntry(lock);
  folder.removeEntry(breaker);
}

function ownerOf(folder: ProfileFolder, lock: string): LockOwner | undefined {
  try {
    return parseOwner(folder.read(lock) ?? '');
  } catch (error) {
    if (lock === OWN_LOCK) throw error;
    // Windows: what `az` has locked cannot be read.
    return undefined;
  }
}

function ageOf(folder: ProfileFolder, name: string): number {
  const modified = folder.modifiedAt(name);
  return modified === undefined ? 0 : Date.now() - modified;
}

/** The process that holds a lock, as the lock file says. */
export interface LockOwner {
  /** Random: tells this lock from the next one of the same process. */
  readonly token: string;
  readonly pid: number;
  /** See `processStart`. */
  readonly started: string;
  /** Where the process id means anything: two containers that share a folder count theirs apart. */
  readonly where: string;
}

/** @returns an owner with a new token */
export function thisProcess(): LockOwner {
  const { pid } = process;
  return { token: randomBytes(6).toString('hex'), pid, started: processStart(pid) ?? '', where: here() };
}

/** Linux alone has namespaces of processes; on Windows and macOS the name of the machine has to do. */
function here(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/**
 * Whether the owner of our lock will never remove it.
 * @param owner `undefined` when the lock does not tell, as while it is being written
 */
export function isAbandoned(owner: LockOwner | undefined, ageMs: number): boolean {
  if (owner === undefined) return ageMs > UNWRITTEN_MS;
  return ageMs > LONGEST_HOLD_MS || (owner.where === here() && isGone(owner));
}

/** The system may not tell when the process of another user began. */
function isGone({ pid, started }: LockOwner): boolean {
  const now = processStart(pid);
  return now === undefined || (now !== '' && started !== '' && now !== started);
}

export function parseOwner(text: string): LockOwner | undefined {
  const found = parseJsonObject(text);
  const [token, pid] = [stringField(found, 'token'), found?.['pid']];
  if (token === '' || typeof pid !== 'number') return undefined;
  return { token, pid, started: stringField(found, 'started'), where: stringField(found, 'where') };
}
