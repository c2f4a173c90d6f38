import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, readRegularFile, systemError } from '../core/files.ts';
import { SessionError } from '../core/session-error.ts';
import { profileError } from '../errors/profile.ts';
import { isHeldOpen, patiently, remove, removeEmptyFolder, removeFile } from './removal.ts';

/**
 * The profile folder: the only place that is written to, by this module alone.
 *
 * On Windows modes mean nothing; there the folder has the access list of RUNNER_TEMP, which the runner's user owns, and
 * `O_NOFOLLOW` does not exist: a link is refused by `lstat` instead.
 */
export class ProfileFolder {
  readonly path: string;
  /** Nobody reads in a folder that was just made, and nothing is in it. */
  readonly #origin: 'new' | 'found';

  private constructor(path: string, origin: 'new' | 'found') {
    this.path = path;
    this.#origin = origin;
  }

  /**
   * Makes a folder that was not there, for this user alone.
   * @throws {SessionError} when it cannot be made, or something has that name already
   */
  static create(path: string): ProfileFolder {
    try {
      mkdirSync(path, { mode: 0o700 });
      return new ProfileFolder(path, 'new');
    } catch (cause) {
      throw cannot('make the profile folder', path, cause);
    }
  }

  /** A folder that is there already and known to be ours. */
  static existing(path: string): ProfileFolder {
    return new ProfileFolder(path, 'found');
  }

  /**
   * Makes a folder for several logins, with the folders above it, unless one of them was faster or the user has it.
   * @throws {SessionError} when it cannot be made
   */
  static join(path: string): { readonly folder: ProfileFolder; readonly origin: 'made' | 'found' } {
    const folder = new ProfileFolder(path, 'found');
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      mkdirSync(path, { mode: 0o700 });
      return { folder, origin: 'made' };
    } catch (cause) {
      if (codeOf(cause) === 'EEXIST' && lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) {
        return { folder, origin: 'found' };
      }
      throw codeOf(cause) === '' ? cause : profileError('notMade', path, codeOf(cause)).causedBy(cause);
    }
  }

  /** Absolute path of a file in the folder. */
  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** The same for whatever is written, read or removed: a record that somebody changed must not lead out of the folder. */
  #entry(name: string): string {
    if (name === '' || name === '.' || name === '..' || basename(name) !== name) throw systemError('EINVAL');
    return join(this.path, name);
  }

  /** Makes a folder inside, for a client that would make it as another user. */
  addFolder(name: string): void {
    const path = this.#entry(name);
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (cause) {
      throw cannot('make the folder', path, cause);
    }
  }

  /**
   * Writes a file whole: into a new file beside it, which then takes its name, unless the folder is new itself. A reader
   * sees the old content or the new, and a link that has the name is replaced, not followed.
   * @param content text, written as UTF-8 without a byte order mark, or bytes
   * @throws {SessionError} when it cannot be written; nothing of it is left then
   */
  write(name: string, content: string | Buffer): void {
    const path = this.#entry(name);
    const fresh = this.#origin === 'new' ? path : `${path}.${randomBytes(6).toString('hex')}.new`;
    try {
      writeNew(fresh, typeof content === 'string' ? Buffer.from(content) : content);
      if (fresh !== path) patiently(() => renameSync(fresh, path), isInUse);
    } catch (cause) {
      removeQuietly(fresh);
      throw cannot('write', path, cause);
    }
  }

  /**
   * Reads a file whole, as text without a byte order mark.
   * @returns `undefined` when there is no such file
   * @throws {SessionError} when it cannot be read, is a link or no file, or is not UTF-8
   */
  read(name: string): string | undefined {
    const path = this.#entry(name);
    let content: Buffer;
    try {
      content = patiently(() => readRegularFile(path, LARGEST_FILE, 'refuse'), isInUse);
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw cannot('read', path, cause);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(content);
    } catch {
      throw profileError('notText', path);
    }
  }

  /** The names of everything in the folder. */
  names(): string[] {
    return readdirSync(this.path);
  }

  /**
   * Makes a file that must not exist yet: only one process can succeed.
   * @throws {SessionError} when neither it nor anything else can be made there
   */
  createNew(name: string, content: string): 'created' | 'exists' | 'no-folder' {
    const path = this.#entry(name);
    try {
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return 'exists';
      writeNew(path, Buffer.from(content));
      return 'created';
    } catch (cause) {
      const code = codeOf(cause);
      if (isTaken(code, process.platform)) return 'exists';
      if (code !== 'ENOENT') throw cannot('write', path, cause);
      return existsSync(this.path) ? 'exists' : 'no-folder';
    }
  }

  /** When a file was last written, in milliseconds since 1970; `undefined` when there is none. */
  modifiedAt(name: string): number | undefined {
    return lstatSync(this.#entry(name), { throwIfNoEntry: false })?.mtimeMs;
  }

  /** Makes a file look written a moment from now: the system's clock for files lags some milliseconds behind. */
  markModified(name: string): void {
    if (this.#origin === 'new') return;
    const path = this.#entry(name);
    const time = (Date.now() + 5) / 1000;
    try {
      utimesSync(path, time, time);
    } catch (cause) {
      throw cannot('write', path, cause);
    }
  }

  /**
   * Removes a file, or a folder with what is in it; links are removed, not followed. One that is not there is fine.
   * @throws the system's error, or one that says what is in the way
   */
  removeEntry(name: string): void {
    remove(this.#entry(name));
  }

  /** Removes the folder if nothing is in it. */
  removeEmpty(): void {
    try {
      removeEmptyFolder(this.path);
    } catch (error) {
      if (error instanceof SessionError) throw error;
    }
  }

  /** Removes the folder with everything in it; links inside are removed, not followed. */
  remove(): void {
    remove(this.path);
  }
}

/** In octets: a token cache of a thousand accounts takes a tenth of it. */
const LARGEST_FILE = 64 * 1024 * 1024;

/** Links are never followed: a name that is one already belongs to somebody else. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

function writeNew(path: string, content: Buffer): void {
  const file = openSync(path, NEW_FILE, 0o600);
  try {
    for (let offset = 0; offset < content.length; ) offset += writeSync(file, content, offset);
  } catch (error) {
    removeQuietly(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Whether a file could not be made because there is one. Windows answers as if it were forbidden while a file of that
 * name is being removed, and locks are all the time.
 */
export function isTaken(code: string, platform: NodeJS.Platform): boolean {
  return code === 'EEXIST' || isHeldOpen(code, platform);
}

/** What matters is why the write failed, and a name that could not be written may not be removable either. */
function removeQuietly(path: string): void {
  try {
    removeFile(path);
  } catch {
    // It goes with the folder.
  }
}

function isInUse(error: unknown): boolean {
  return isHeldOpen(codeOf(error), process.platform);
}

/** @returns the cause itself where it is not the system that refused, but this program that is at fault */
function cannot(what: string, path: string, cause: unknown): unknown {
  const code = codeOf(cause);
  return code === '' ? cause : profileError(isInUse(cause) ? 'heldOpen' : 'refused', what, path, code).causedBy(cause);
}
