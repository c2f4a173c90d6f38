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
import { ignoreErrors } from '../core/ignore-errors.ts';
import { SessionError } from '../core/session-error.ts';
import { profileError } from '../errors/profile.ts';
import { isInUse, remove, removeEmptyFolder, removeFile, retryWhileBusy } from './removal.ts';

/**
 * The profile folder. All files of a session are written here, by this module only.
 *
 * Windows has no modes: the folder inherits the access list of RUNNER_TEMP, which the runner's user owns. It has no
 * `O_NOFOLLOW` either: `lstat` detects links instead.
 */
export class ProfileFolder {
  readonly path: string;
  /** A new folder is empty and has no readers, so files are written in place. */
  readonly #origin: 'new' | 'existing';

  constructor(path: string, origin: 'new' | 'existing' = 'existing') {
    this.path = path;
    this.#origin = origin;
  }

  /**
   * Creates a folder that only this user can access.
   * @throws {SessionError} when it cannot be created, or the path exists
   */
  static create(path: string): ProfileFolder {
    try {
      mkdirSync(path, { mode: 0o700 });
      return new ProfileFolder(path, 'new');
    } catch (cause) {
      throw folderError('create the profile folder', path, cause);
    }
  }

  /**
   * Opens a shared folder. Creates it, with its parents, if it is missing.
   * @throws {SessionError} when it cannot be created
   */
  static openOrCreate(path: string): { readonly folder: ProfileFolder; readonly origin: 'made' | 'found' } {
    const folder = new ProfileFolder(path);
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      mkdirSync(path, { mode: 0o700 });
      return { folder, origin: 'made' };
    } catch (cause) {
      if (codeOf(cause) === 'EEXIST' && lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) {
        return { folder, origin: 'found' };
      }
      throw codeOf(cause) === '' ? cause : profileError('notCreated', path, codeOf(cause)).causedBy(cause);
    }
  }

  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** Rejects a name that leads out of the folder: it may come from a record that another step changed. */
  #checkedPath(name: string): string {
    if (name === '' || name === '.' || name === '..' || basename(name) !== name) throw systemError('EINVAL');
    return join(this.path, name);
  }

  addFolder(name: string): void {
    const path = this.#checkedPath(name);
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (cause) {
      throw folderError('create the folder', path, cause);
    }
  }

  /**
   * Writes a file atomically, unless the folder is new: to a temporary file that is then renamed. A link is replaced,
   * not followed.
   * @param content bytes, or text, which is written as UTF-8 without a byte order mark
   * @throws {SessionError} when it cannot be written; no partial file remains
   */
  write(name: string, content: string | Buffer): void {
    const path = this.#checkedPath(name);
    const target = this.#origin === 'new' ? path : `${path}.${randomBytes(6).toString('hex')}.new`;
    try {
      writeNew(target, typeof content === 'string' ? Buffer.from(content) : content);
      if (target !== path) retryWhileBusy(() => renameSync(target, path));
    } catch (cause) {
      // Why the write failed matters more. The file is removed with the folder.
      ignoreErrors(() => removeFile(target));
      throw folderError('write', path, cause);
    }
  }

  /**
   * Reads a text file, without its byte order mark.
   * @returns `undefined` if the file does not exist
   * @throws {SessionError} when it cannot be read, is not a regular file, or is not UTF-8
   */
  read(name: string): string | undefined {
    const path = this.#checkedPath(name);
    let content: Buffer;
    try {
      content = retryWhileBusy(() => readRegularFile(path, MAX_FILE_BYTES, 'refuse'));
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw folderError('read', path, cause);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(content);
    } catch {
      throw profileError('notText', path);
    }
  }

  names(): string[] {
    return readdirSync(this.path);
  }

  /**
   * Creates a file exclusively: of several processes, only one succeeds.
   * @throws {SessionError} when no file can be created in the folder
   */
  createNew(name: string, content: string): 'created' | 'exists' | 'no-folder' {
    const path = this.#checkedPath(name);
    try {
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return 'exists';
      writeNew(path, Buffer.from(content));
      return 'created';
    } catch (cause) {
      const code = codeOf(cause);
      if (isTaken(code)) return 'exists';
      if (code !== 'ENOENT') throw folderError('write', path, cause);
      return existsSync(this.path) ? 'exists' : 'no-folder';
    }
  }

  /** In milliseconds since 1970; `undefined` if the file does not exist. */
  modifiedAt(name: string): number | undefined {
    return lstatSync(this.#checkedPath(name), { throwIfNoEntry: false })?.mtimeMs;
  }

  /** Sets the modification time 5 ms ahead: the system's file clock lags some milliseconds behind. */
  markModified(name: string): void {
    if (this.#origin === 'new') return;
    const path = this.#checkedPath(name);
    const time = (Date.now() + 5) / 1000;
    try {
      utimesSync(path, time, time);
    } catch (cause) {
      throw folderError('write', path, cause);
    }
  }

  /**
   * Removes a file, a link or a folder with its content, if it exists. Links are not followed.
   * @throws the system's error, or a {SessionError} with the reason
   */
  removeEntry(name: string): void {
    remove(this.#checkedPath(name));
  }

  removeEmpty(): void {
    try {
      removeEmptyFolder(this.path);
    } catch (error) {
      if (error instanceof SessionError) throw error;
    }
  }

  /** Removes the folder with its content. Links are not followed. */
  remove(): void {
    remove(this.path);
  }
}

/** Ten times the token cache of a thousand accounts. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Never follows a link, which another user may have planted. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

function writeNew(path: string, content: Buffer): void {
  const file = openSync(path, NEW_FILE, 0o600);
  try {
    for (let offset = 0; offset < content.length; ) offset += writeSync(file, content, offset);
  } catch (error) {
    ignoreErrors(() => removeFile(path));
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Whether a file could not be created because it exists. While a file is being removed, as locks often are, Windows
 * reports a permission error instead.
 */
export function isTaken(code: string, platform?: NodeJS.Platform): boolean {
  return code === 'EEXIST' || isInUse(code, platform);
}

/** @returns the cause itself if it is not a system error but a bug */
function folderError(what: string, path: string, cause: unknown): unknown {
  const code = codeOf(cause);
  return code === '' ? cause : profileError(isInUse(code) ? 'inUse' : 'failed', what, path, code).causedBy(cause);
}
