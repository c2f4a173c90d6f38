import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseJsonObject, stringField } from '../core/json.ts';
import { processStart } from '../core/machine.ts';
import { SessionError } from '../core/session-error.ts';
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
const AZ_LOCKS = [`${fileOf('servicePrincipals')}.lockfile`, `${fileOf('msalTokens')}.lockfile`];

/** The longest wait for a lock, in milliseconds: longer than one can be held or abandoned. */
const PATIENCE_MS = 90_000;
/** After how many milliseconds `az` considers a lock file of its own abandoned. */
const AZ_PATIENCE_MS = 5000;

/**
 * Whether a file was made to break a lock. While this process holds its lock, no other process needs such a file: a
 * process that still wants to break a lock looks for it again.
 */
export function isLockBreaker(name: string): boolean {
  return name.startsWith(`${OWN_LOCK}.`);
}

/** Files that this program keeps in the folder only while it writes to it. */
export function isLockFile(name: string): boolean {
  return name.startsWith(OWN_LOCK) || AZ_LOCKS.includes(name);
}

/**
 * @param patienceMs how long to wait if not for the longest time; each lock is tried once in any case
 * @throws {FolderGone}
 * @throws {SessionError} when somebody holds the lock all the time
 */
export async function withLocks<T>(
  folder: ProfileFolder,
  action: () => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const until = performance.now() + Math.min(PATIENCE_MS, patienceMs);
  const token = await takeOwnLock(folder, until);
  try {
    await takeAzLocks(folder, until);
    try {
      return await action();
    } finally {
      release(folder, AZ_LOCKS);
    }
  } finally {
    if (ownerOf(folder, OWN_LOCK)?.token === token) removeLeftBehind(folder, OWN_LOCK);
  }
}

async function takeOwnLock(folder: ProfileFolder, until: number): Promise<string> {
  for (;;) {
    const owner = newOwner();
    const made = folder.createNew(OWN_LOCK, formatOwner(owner));
    if (made === 'created') return owner.token;
    if (made === 'no-folder') throw new FolderGone();
    breakAbandoned(folder, OWN_LOCK);
    if (performance.now() >= until) throw inUse(folder, OWN_LOCK);
    await shortPause();
  }
}

function newOwner(): LockOwner {
  const token = randomBytes(6).toString('hex');
  return { token, pid: process.pid, started: HERE.startOf(process.pid) ?? '', where: HERE.where };
}

/**
 * Removes a lock whose owner is gone. Two that find it at the same time must not remove the next one's lock: only who
 * makes a file named after this very lock may, and looks again after that. That file is a lock in turn: whoever made it
 * may be killed too.
 */
function breakAbandoned(folder: ProfileFolder, lock: string): void {
  const owner = ownerOf(folder, lock);
  if (!isAbandoned(owner, ageOf(folder, lock), HERE)) return;
  const breaker = `${lock}.${owner?.token ?? 'unknown'}`;
  if (folder.createNew(breaker, formatOwner(newOwner())) !== 'created') {
    breakAbandoned(folder, breaker);
    return;
  }
  const still = ownerOf(folder, lock);
  if (still?.token === owner?.token && isAbandoned(still, ageOf(folder, lock), HERE)) folder.removeEntry(lock);
  folder.removeEntry(breaker);
}

function ownerOf(folder: ProfileFolder, lock: string): LockOwner | undefined {
  return parseOwner(folder.read(lock) ?? '');
}

function ageOf(folder: ProfileFolder, name: string): number {
  const modified = folder.modifiedAt(name);
  return modified === undefined ? 0 : Date.now() - modified;
}

/**
 * Both or none, so that an `az` that waits for the one does not wait for whoever holds the other. A lock file counts as
 * left behind when it stays the same for five seconds. Nobody else of ours breaks it then: our own lock is held.
 */
async function takeAzLocks(folder: ProfileFolder, until: number): Promise<void> {
  let seen: { readonly lock: string; readonly since: number } | undefined;
  for (;;) {
    const taken = takeUntilTaken(folder);
    const next = AZ_LOCKS[taken.length];
    if (next === undefined) return;
    release(folder, taken);
    const lock = `${next} ${folder.modifiedAt(next)}`;
    if (seen?.lock !== lock) seen = { lock, since: performance.now() };
    const unchanged = performance.now() - seen.since > AZ_PATIENCE_MS || ageOf(folder, next) > 2 * AZ_PATIENCE_MS;
    if (unchanged || isOfOurs(folder, next)) removeLeftBehind(folder, next);
    if (performance.now() >= until) throw inUse(folder, next);
    await shortPause();
  }
}

/** Takes the locks in their order, up to the first that somebody has. */
function takeUntilTaken(folder: ProfileFolder): string[] {
  const taken: string[] = [];
  try {
    for (const name of AZ_LOCKS) {
      const made = folder.createNew(name, `${process.pid}${OUR_MARK}`);
      if (made === 'no-folder') throw new FolderGone();
      if (made === 'exists') break;
      taken.push(name);
    }
    return taken;
  } catch (error) {
    release(folder, taken);
    throw error;
  }
}

function release(folder: ProfileFolder, names: readonly string[]): void {
  for (const name of names) removeLeftBehind(folder, name);
}

const OUR_MARK = ' azure-session';

/** Then it is of somebody who was killed: who holds our own lock is alone. */
function isOfOurs(folder: ProfileFolder, name: string): boolean {
  try {
    return (folder.read(name) ?? '').endsWith(OUR_MARK);
  } catch {
    // Windows: what another process has locked cannot be read.
    return false;
  }
}

function removeLeftBehind(folder: ProfileFolder, name: string): void {
  try {
    folder.removeEntry(name);
  } catch {
    // Windows: an `az` that is alive has it open. Our own lock counts as abandoned once this process is gone.
  }
}

/** @returns the path of a lock that this process holds no more and could not remove; `''` when it could */
export function lockLeftBehind(folder: ProfileFolder): string {
  const isLeft = (name: string): boolean => {
    try {
      if (name !== OWN_LOCK) return folder.read(name) === `${process.pid}${OUR_MARK}`;
      const owner = ownerOf(folder, OWN_LOCK);
      return owner?.pid === process.pid && owner.where === HERE.where;
    } catch {
      // Windows: somebody else is making or removing theirs.
      return false;
    }
  };
  const left = [OWN_LOCK, ...AZ_LOCKS].find(isLeft);
  return left === undefined ? '' : folder.pathOf(left);
}

/** Random, so that waiting processes do not retry in step. */
async function shortPause(): Promise<void> {
  await pause(5 + Math.random() * 20);
}

function inUse(folder: ProfileFolder, lock: string): SessionError {
  return new SessionError(`The shared profile ${folder.path} is in use.`, {
    why: 'Another process held its lock for as long as there was time to wait.',
    next: [`If no job uses that folder, remove ${folder.pathOf(lock)}.`],
  });
}

/** The process that holds a lock, as the lock file says. */
export interface LockOwner {
  /** Random: tells this lock from the next one of the same process. */
  readonly token: string;
  readonly pid: number;
  /** When the process began, in the system's own count; `''` where it does not tell. Process ids are used again. */
  readonly started: string;
  /** Where the process id means anything: two containers that share a folder count theirs apart. */
  readonly where: string;
}

/** What the process that asks can find out about others. */
interface Here {
  readonly where: string;
  /** When a process began; `undefined` when there is no such process. */
  startOf(pid: number): string | undefined;
}

/** Only a process that was stopped in between holds a lock for longer, in milliseconds. */
const LONGEST_HOLD_MS = 60_000;

/**
 * Whether the owner of a lock will never remove it.
 * @param owner `undefined` when the lock does not tell, as while it is being written
 */
export function isAbandoned(owner: LockOwner | undefined, ageMs: number, here: Here): boolean {
  if (ageMs > LONGEST_HOLD_MS) return true;
  if (owner === undefined || owner.where !== here.where) return false;
  const started = here.startOf(owner.pid);
  return started === undefined || (started !== '' && owner.started !== '' && started !== owner.started);
}

export function formatOwner(owner: LockOwner): string {
  return `${JSON.stringify(owner)}\n`;
}

export function parseOwner(text: string): LockOwner | undefined {
  const found = parseJsonObject(text);
  const [token, started, where] = ['token', 'started', 'where'].map((name) => stringField(found, name));
  const pid = found?.['pid'];
  if (!token || started === undefined || where === undefined || typeof pid !== 'number') return undefined;
  return { token, pid, started, where };
}

export const HERE: Here = {
  get where() {
    return `${hostname()} ${processNamespace()}`;
  },
  startOf: processStart,
};

/** Linux alone has them; on Windows and macOS the name of the machine has to do. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
