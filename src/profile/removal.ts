import { type BigIntStats, existsSync, lstatSync, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { dirname, join, parse, sep } from 'node:path';
import { codeOf, systemError } from '../core/files.ts';
import { SessionError } from '../core/session-error.ts';

/**
 * Everything that this action removes, it removes here: by single calls, and it looks afterwards whether they did
 * anything.
 *
 * `fs.rmSync` is not used: on Windows, in Node 24.0 to 24.13.0, it does nothing and reports no error where the path has a
 * letter that is not ASCII. Runners 2.327 to 2.331 carry such a Node.
 * Source: https://github.com/nodejs/node/issues/61067
 */

/**
 * Removes whatever has that name: a folder with everything in it, a link alone. One that is not there is fine.
 * @throws the system's error, or one that says what is in the way, when something cannot be removed: a client in a
 * container may have made a folder as root. Everything else, above all what holds credentials, is gone then.
 */
export function remove(path: string): void {
  removePatiently(path, removeTree);
}

/** Removes a file or a link, and never a folder. One that is not there is fine. */
export function removeFile(path: string): void {
  removePatiently(path, (file) => removeAndLook(file, unlinkSync));
}

/** @throws the system's error when something is in the folder */
export function removeEmptyFolder(path: string): void {
  removeAndLook(path, rmdirSync);
}

/** @returns the outermost of the folders that have to be made for this one to be there; `''` when it is */
export function outermostMissing(path: string): string {
  if (existsSync(path)) return '';
  const above = dirname(path);
  return above === path ? path : outermostMissing(above) || path;
}

/** Removes a folder, and those above it up to the outermost that was made for it, as far as nothing else is in them. */
export function removeEmptyFolders(path: string, outermost: string): void {
  for (let folder = path; folder === outermost || folder.startsWith(outermost + sep); folder = dirname(folder)) {
    try {
      removeEmptyFolder(folder);
    } catch (error) {
      if (error instanceof StillThere) throw error;
      return;
    }
  }
}

/** Nothing reported an error, and yet it is there. */
class StillThere extends SessionError {
  constructor(path: string) {
    super(`${path} is still there, although the system reported that it was removed.`);
  }
}

/**
 * Where Windows removes a file only once nobody has it open any more, it is still there after the first try, and at the
 * next one its name may be another's: a lock of the process that waited for this one. A folder is the same, though the
 * times of it may change with what is in it.
 */
function removePatiently(path: string, removeOnce: (path: string) => void): void {
  const first = look(path);
  const isAnother = (found: BigIntStats | undefined): boolean =>
    first?.isFile() === true && found !== undefined && !isSame(first, found);
  try {
    patiently(() => {
      if (!isAnother(look(path))) removeOnce(path);
    }, isPassing);
  } catch (error) {
    const { code = '', path: held = path } = error as NodeJS.ErrnoException;
    if (!isHeldOpen(code, process.platform)) throw error;
    throw new SessionError(`Another program has ${held} open, or the job may not remove it (${code}).`);
  }
}

/** A client that is still running may have put a new file into the folder just before that was removed. */
function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof StillThere || code === 'ENOTEMPTY' || isHeldOpen(code, process.platform);
}

/** Goes through everything before it throws the first error. */
function removeTree(path: string): void {
  const found = look(path);
  if (found?.isDirectory()) {
    const errors = inFolder(path, found, (names) => names.flatMap((name) => errorOf(() => removeTree(name))));
    if (errors.length > 0) throw errors[0];
  }
  removeAndLook(path, found?.isDirectory() ? rmdirSync : unlinkSync);
}

function errorOf(act: () => void): unknown[] {
  try {
    act();
    return [];
  } catch (error) {
    return [error];
  }
}

/** Another process may make a new one of the same name at once, as with locks: that one is not ours to remove. */
function removeAndLook(path: string, removeOnce: (path: string) => void): void {
  const before = look(path);
  if (before === undefined) return;
  try {
    removeOnce(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const after = look(path);
  if (after !== undefined && isSame(before, after)) throw new StillThere(path);
}

function look(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Systems give the number of a file that is gone to a new one. */
function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.dev === other.dev && one.ino === other.ino && one.birthtimeNs === other.birthtimeNs;
}

/** In milliseconds, three and a half seconds together: short at first, since most programs hold a file for an instant. */
const PAUSES_MS = [10, 20, 40, 80, 160, 320, 640, 1000, 1230];

/**
 * Whether somebody has the file open, such as a client that writes its profile or a virus scanner, usually for a moment.
 * Windows then neither removes nor replaces it, nor always lets it be read. Elsewhere that hinders nobody.
 */
export function isHeldOpen(code: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(code);
}

/**
 * Does something again, for some seconds, as long as another program is in the way.
 * @param isPassing which errors can pass by waiting
 * @throws what the last try threw
 */
export function patiently<T>(act: () => T, isPassing: (error: unknown) => boolean): T {
  for (const pause of PAUSES_MS) {
    try {
      return act();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
  return act();
}

/**
 * Does something with what is in a folder, by names relative to it. A container of the job can put a link in the place of a
 * folder at any moment, also after it was looked at, and then every path below it leads elsewhere. The working folder stays
 * the folder that it is, whatever its path names by then.
 *
 * On Windows, where containers cannot, by whole paths: a working folder there has at most 260 characters, a path has not.
 * @param found what had the path when it was looked at
 * @throws ENOTDIR when the path names another folder by now, before or after
 */
function inFolder<T>(path: string, found: BigIntStats, act: (names: readonly string[]) => T): T {
  if (process.platform === 'win32') return act(readdirSync(path).map((name) => join(path, name)));
  const outside = workingFolder();
  const before = statSync('.', { bigint: true });
  try {
    enter(path, found);
    return act(readdirSync('.'));
  } finally {
    // What comes next may be named relative to it.
    enter(outside, before);
  }
}

function enter(path: string, expected: BigIntStats): void {
  process.chdir(path);
  const { dev, ino } = statSync('.', { bigint: true });
  if (dev !== expected.dev || ino !== expected.ino) throw systemError('ENOTDIR');
}

/** One that somebody removed cannot be come back to. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    process.chdir(parse(process.execPath).root);
    return process.cwd();
  }
}
