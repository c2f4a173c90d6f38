import { type BigIntStats, existsSync, lstatSync, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join, parse, sep } from 'node:path';
import { codeOf, systemError } from '../core/files.ts';
import { SessionError } from '../core/session-error.ts';
import { loginFiles, MARKER_FILE } from './saved-session.ts';

/**
 * All removals of this action: single system calls, each verified.
 *
 * `fs.rmSync` is not used. On Windows, in Node 24.0 to 24.13.0, it does nothing and reports no error if the path has a
 * non-ASCII character. Runners 2.327 to 2.331 ship such a Node.
 * Source: https://github.com/nodejs/node/issues/61067
 */

/**
 * Removes a file, a folder with its content, or a link (but not its target), if it exists.
 * @throws the system's error, or a {SessionError} with the reason, when something cannot be removed: a client in a
 * container may have created a folder as root. Everything else, in particular files with credentials, is removed.
 */
export function remove(path: string): void {
  removeWithRetry(path, removeTree);
}

/** Removes a file or a link, but not a folder, if it exists. */
export function removeFile(path: string): void {
  removeWithRetry(path, (file) => removeAndVerify(file, unlinkSync));
}

/** @throws the system's error when the folder is not empty */
export function removeEmptyFolder(path: string): void {
  removeAndVerify(path, rmdirSync);
}

/** @returns the outermost missing folder of a path; `''` if the path exists */
export function outermostMissing(path: string): string {
  if (existsSync(path)) return '';
  const parent = dirname(path);
  return parent === path ? path : outermostMissing(parent) || path;
}

/** Removes a folder and its parents up to `outermost`, until one is not empty. */
export function removeEmptyFolders(path: string, outermost: string): void {
  for (let folder = path; folder === outermost || folder.startsWith(outermost + sep); folder = dirname(folder)) {
    try {
      removeEmptyFolder(folder);
    } catch (error) {
      if (error instanceof StillExists) throw error;
      return;
    }
  }
}

/** The system reported success, but the path still exists. */
class StillExists extends SessionError {
  constructor(path: string) {
    super(`${path} is still there, although the system reported that it was removed.`);
  }
}

/**
 * Windows may remove a file only after every process has closed it. By the next attempt, another process may have
 * created a new file with the same name, such as a lock, which must stay. Folders are not compared: their times change
 * with their content.
 */
function removeWithRetry(path: string, removeOnce: (path: string) => void): void {
  const first = statsOf(path);
  const isReplaced = (current: BigIntStats | undefined): boolean =>
    first?.isFile() === true && current !== undefined && !isSameFile(first, current);
  try {
    retryWhileBusy(() => {
      if (!isReplaced(statsOf(path))) removeOnce(path);
    }, isTransient);
  } catch (error) {
    const { code = '', path: held = path } = error as NodeJS.ErrnoException;
    if (!isInUse(code)) throw error;
    throw new SessionError(`Another program has ${held} open, or the job may not remove it (${code}).`);
  }
}

/** ENOTEMPTY is transient: a running client may have just created a file in the folder. */
function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof StillExists || code === 'ENOTEMPTY' || isInUse(code);
}

function removeTree(path: string): void {
  const stats = statsOf(path);
  if (stats?.isDirectory()) inFolder(path, stats, removeAll);
  removeAndVerify(path, stats?.isDirectory() ? rmdirSync : unlinkSync);
}

/** What identifies a session in its folder. */
const TRACES = [MARKER_FILE, loginFiles('').record.name];

/**
 * Removes as much as possible, and then throws the first error. The traces of a session stay until everything else is
 * gone, so that a sign-out can be repeated.
 */
function removeAll(names: readonly string[]): void {
  const isTrace = (name: string): boolean => TRACES.includes(basename(name));
  const errors: unknown[] = [];
  for (const name of names.toSorted((one, other) => Number(isTrace(one)) - Number(isTrace(other)))) {
    if (isTrace(name) && errors.length > 0) break;
    try {
      removeTree(name);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** Another process may immediately create a new file with the same name, such as a lock, which must stay. */
function removeAndVerify(path: string, removeOnce: (path: string) => void): void {
  const before = statsOf(path);
  if (before === undefined) return;
  try {
    removeOnce(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const after = statsOf(path);
  if (after !== undefined && isSameFile(before, after)) throw new StillExists(path);
}

function statsOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Compares the creation time too, because systems reuse inode numbers. */
function isSameFile(one: BigIntStats, other: BigIntStats): boolean {
  return one.dev === other.dev && one.ino === other.ino && one.birthtimeNs === other.birthtimeNs;
}

/** 3.5 seconds in total; short at first, because most programs keep a file open only for an instant. */
const PAUSES_MS = [10, 20, 40, 80, 160, 320, 640, 1000, 1230];

/**
 * Whether another program has the file open, such as a client that writes its profile, or a virus scanner. Windows then
 * does not remove or replace it, and may not let it be read. Other systems have no such restriction.
 */
export function isInUse(code: string, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(code);
}

/**
 * Repeats an action for some seconds, for as long as its errors are transient. Blocks the thread in between.
 * @param isTransient the default is a file that is in use
 * @throws the error of the last attempt
 */
export function retryWhileBusy<T>(act: () => T, isTransient = (error: unknown) => isInUse(codeOf(error))): T {
  for (const pause of PAUSES_MS) {
    try {
      return act();
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
  return act();
}

/**
 * Runs an action on the content of a folder, by names relative to the working folder. A container of the job can
 * replace a folder by a link at any time, even after it was checked, and every path through it then leads elsewhere.
 * The working folder cannot be replaced.
 *
 * On Windows, containers cannot do this, and a working folder is limited to 260 characters. There the action gets
 * absolute paths.
 * @param expected the stats of the folder when it was checked
 * @throws ENOTDIR when this folder, or the previous working folder afterwards, has been replaced
 */
function inFolder(path: string, expected: BigIntStats, act: (names: readonly string[]) => void): void {
  if (process.platform === 'win32') {
    act(readdirSync(path).map((name) => join(path, name)));
    return;
  }
  const previous = workingFolder();
  const previousStats = statSync('.', { bigint: true });
  try {
    enter(path, expected);
    act(readdirSync('.'));
  } finally {
    // The caller may use paths relative to it.
    enter(previous, previousStats);
  }
}

function enter(path: string, expected: BigIntStats): void {
  process.chdir(path);
  const { dev, ino } = statSync('.', { bigint: true });
  if (dev !== expected.dev || ino !== expected.ino) throw systemError('ENOTDIR');
}

/** Moves to the root if the working folder has been removed, because returning to it would fail. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    process.chdir(parse(process.execPath).root);
    return process.cwd();
  }
}
