import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { ignoreErrors } from '../core/ignore-errors.ts';
import { parseJsonObject, stringField } from '../core/json.ts';
import { processStart } from '../core/machine.ts';
import { sharedProfileError } from '../errors/config-dir.ts';
import { fileOf } from './documents.ts';
import type { ProfileFolder } from './folder.ts';

/**
 * The locks of a shared folder: our own lock, then `az`'s locks for the two files that `az` locks. A lock is a file
 * that is created exclusively.
 *
 * `az` also takes a system lock on its lock file (`flock`, on Windows `LockFile`), which Node cannot. Creating the file
 * is enough: `az` creates it exclusively too, and ignores an existing one only after five seconds. These locks are held
 * for some milliseconds.
 * Source: microsoft-authentication-extensions-for-python, `msal_extensions/cache_lock.py`.
 */

/** The last login removed the folder while this process waited for a lock. */
export class FolderGone extends Error {
  override readonly name = 'FolderGone';
}

const OWN_LOCK = 'azure-session.lock';
const LOCKS = [OWN_LOCK, `${fileOf('servicePrincipals')}.lockfile`, `${fileOf('msalTokens')}.lockfile`];

/** The longest wait for a lock: longer than any lock is held, or remains after its owner is gone. */
const MAX_WAIT_MS = 90_000;
/** After this time, our lock counts as abandoned: its owner was suspended. */
const MAX_HOLD_MS = 60_000;
/** After this time, `az` ignores a lock file. */
const AZ_HOLD_MS = 5000;
/**
 * Pauses between two attempts to take a lock. They grow, because some Windows file systems remove a file only when no
 * process has it open, and waiting processes keep opening it.
 */
const MIN_PAUSE_MS = 10;
const MAX_PAUSE_MS = 250;
/** After this time, a lock without an owner counts as abandoned. The owner is normally written within microseconds. */
const UNWRITTEN_MS = 2000;

export function isLockFile(name: string): boolean {
  return isLockBreaker(name) || LOCKS.includes(name);
}

/** Whether a file was created to break our lock. While this process holds the lock, such a file is a leftover. */
export function isLockBreaker(name: string): boolean {
  return name.startsWith(`${OWN_LOCK}.`);
}

/**
 * @param timeoutMs at most `MAX_WAIT_MS`; each lock is tried at least once
 * @throws {FolderGone}
 * @throws {SessionError} when a lock stays held, or cannot be created or removed
 */
export async function withLocks<T>(folder: ProfileFolder, timeoutMs: number, action: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + Math.min(MAX_WAIT_MS, timeoutMs);
  const owner = thisProcess();
  let result: T;
  try {
    for (const lock of LOCKS) await acquire(folder, lock, owner, deadline);
    result = await action();
  } catch (error) {
    release(folder, owner);
    throw error;
  }
  const [notRemoved] = release(folder, owner);
  if (notRemoved !== undefined) throw sharedProfileError('lockNotRemoved', folder.pathOf(notRemoved));
  return result;
}

async function acquire(folder: ProfileFolder, lock: string, owner: LockOwner, deadline: number): Promise<void> {
  for (let pauseMs = MIN_PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 1.5)) {
    const result = folder.createNew(lock, `${JSON.stringify(owner)}\n`);
    // A process that is suspended before it writes the owner may lose the lock to another.
    if (result === 'created' && ownerOf(folder, lock)?.token === owner.token) return;
    if (result === 'no-folder') throw new FolderGone();
    if (lock === OWN_LOCK) breakAbandoned(folder, lock);
    else removeAbandoned(folder, lock);
    if (performance.now() >= deadline) throw sharedProfileError('locked', folder.path, folder.pathOf(lock));
    // Jitter keeps waiting processes from retrying in step.
    await pause(pauseMs * (0.5 + Math.random()));
  }
}

/** Tokens of locks that this process released but could not remove, so that it does not wait for itself. */
const releasedTokens = new Set<string>();

/** @returns the locks that could not be removed */
function release(folder: ProfileFolder, { token }: LockOwner): string[] {
  return LOCKS.toReversed().filter((lock) => {
    try {
      if (ownerOf(folder, lock)?.token === token) folder.removeEntry(lock);
      return false;
    } catch {
      releasedTokens.add(token);
      return true;
    }
  });
}

/** Removes an abandoned `az` lock, which may come from a killed process of this action: this process has our lock. */
function removeAbandoned(folder: ProfileFolder, lock: string): void {
  if (ownerOf(folder, lock) === undefined && ageOf(folder, lock) <= AZ_HOLD_MS) return;
  // Fails on Windows while a running `az` has the file open.
  ignoreErrors(() => folder.removeEntry(lock));
}

/**
 * Removes our lock if it is abandoned. Of several processes that see this at the same time, one must not remove the
 * lock that another has just taken. So only the process that creates a breaker file, named after the token of the
 * abandoned lock, may remove the lock, after another check.
 */
function breakAbandoned(folder: ProfileFolder, lock: string): void {
  const isStale = (owner: LockOwner | undefined): boolean =>
    releasedTokens.has(owner?.token ?? '') || isAbandoned(owner, ageOf(folder, lock));
  const owner = ownerOf(folder, lock);
  if (!isStale(owner)) return;
  const breaker = `${lock}.${owner?.token ?? 'unknown'}`;
  // The process that made the breaker may have been killed.
  if (ageOf(folder, breaker) > UNWRITTEN_MS) folder.removeEntry(breaker);
  if (folder.createNew(breaker, '') !== 'created') return;
  const current = ownerOf(folder, lock);
  if (current?.token === owner?.token && isStale(current)) folder.removeEntry(lock);
  folder.removeEntry(breaker);
}

function ownerOf(folder: ProfileFolder, lock: string): LockOwner | undefined {
  try {
    return parseOwner(folder.read(lock) ?? '');
  } catch (error) {
    if (lock === OWN_LOCK) throw error;
    // On Windows, a file that `az` has locked cannot be read.
    return undefined;
  }
}

function ageOf(folder: ProfileFolder, name: string): number {
  const modified = folder.modifiedAt(name);
  return modified === undefined ? 0 : Date.now() - modified;
}

/** The content of our lock file: the process that holds the lock. */
export interface LockOwner {
  /** Random, different for each lock that a process takes. */
  readonly token: string;
  readonly pid: number;
  /** See `processStart`. */
  readonly started: string;
  /** The machine and process namespace in which the process id is valid: containers may share a folder. */
  readonly where: string;
}

/** @returns an owner with a new token */
export function thisProcess(): LockOwner {
  const { pid } = process;
  return { token: randomBytes(6).toString('hex'), pid, started: processStart(pid) ?? '', where: processNamespace() };
}

/** Windows and macOS have no process namespaces, so the machine name must suffice. */
function processNamespace(): string {
  const namespace = ignoreErrors(() => readlinkSync('/proc/self/ns/pid')) ?? '';
  return `${hostname()} ${namespace}`.trim();
}

/** @param owner `undefined` if the lock has no valid content, as before it is written */
export function isAbandoned(owner: LockOwner | undefined, ageMs: number): boolean {
  if (owner === undefined) return ageMs > UNWRITTEN_MS;
  return ageMs > MAX_HOLD_MS || (owner.where === processNamespace() && isGone(owner));
}

/** The start time of another user's process may be unknown. */
function isGone({ pid, started }: LockOwner): boolean {
  const now = processStart(pid);
  return now === undefined || (now !== '' && started !== '' && now !== started);
}

export function parseOwner(text: string): LockOwner | undefined {
  const owner = parseJsonObject(text);
  const [token, pid] = [stringField(owner, 'token'), owner?.['pid']];
  if (token === '' || typeof pid !== 'number') return undefined;
  return { token, pid, started: stringField(owner, 'started'), where: stringField(owner, 'where') };
}
