import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SessionError } from '../session-error.ts';
import { removeFolder } from './removal.ts';

/**
 * The profile folder: the only place that is written to, by this module alone.
 *
 * On Windows modes mean nothing; there the folder has the access list of RUNNER_TEMP, which the runner's user owns, and
 * `O_NOFOLLOW` does not exist: a link is refused by `lstat` instead.
 */
export class ProfileFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes a folder that was not there, for this user alone.
   * @throws {SessionError} when it cannot be made, or something has that name already
   */
  static create(path: string): ProfileFolder {
    try {
      mkdirSync(path, { mode: 0o700 });
      return new ProfileFolder(path);
    } catch (cause) {
      throw cannot('make the profile folder', path, cause);
    }
  }

  /** A folder that is there already and known to be ours. */
  static existing(path: string): ProfileFolder {
    return new ProfileFolder(path);
  }

  /** Absolute path of a file in the folder. */
  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** Makes a folder inside, for a client that would make it as another user. */
  addFolder(name: string): void {
    const path = this.pathOf(name);
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (cause) {
      throw cannot('make the folder', path, cause);
    }
  }

  /**
   * Writes a file whole: into a new file beside it, which then takes its name. A reader sees the old content or the
   * new, and a link that has the name is replaced, not followed.
   * @param content text, written as UTF-8 without a byte order mark, or bytes
   * @throws {SessionError} when it cannot be written; nothing of it is left then
   */
  write(name: string, content: string | Buffer): void {
    const path = this.pathOf(name);
    const fresh = `${path}.${randomBytes(6).toString('hex')}.new`;
    try {
      writeNew(fresh, typeof content === 'string' ? Buffer.from(content) : content);
      renameInto(fresh, path);
    } catch (cause) {
      rmSync(fresh, { force: true });
      throw cannot('write', path, cause);
    }
  }

  /** Removes the folder with everything in it; links inside are removed, not followed. */
  remove(): void {
    removeFolder(this.path);
  }
}

/** Links are never followed: a name that is one already belongs to somebody else. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

function writeNew(path: string, content: Buffer): void {
  const file = openSync(path, NEW_FILE, 0o600);
  try {
    for (let offset = 0; offset < content.length; ) offset += writeSync(file, content, offset);
  } finally {
    closeSync(file);
  }
}

/**
 * Windows refuses to replace a file that a client has open just then; a moment later it does not. Elsewhere the first try
 * succeeds or never will.
 */
function renameInto(fresh: string, path: string): void {
  for (let tries = process.platform === 'win32' ? 20 : 1; ; tries--) {
    try {
      renameSync(fresh, path);
      return;
    } catch (error) {
      if (tries <= 1) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/**
 * Reads a file that is not of our making: a plain file, through no link, of a sane size.
 * @returns `undefined` when there is no such file, or it is anything but that
 */
export function readForeignFile(path: string, largest: number): string | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const { size } = fstatSync(file);
      if (!fstatSync(file).isFile() || size > largest) return undefined;
      const content = Buffer.alloc(size);
      const length = readSync(file, content, 0, size, 0);
      return content.toString('utf8', 0, length).replace(/^\ufeff/, '');
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function cannot(what: string, path: string, cause: unknown): SessionError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  return new SessionError(`Cannot ${what} ${path}.`, {
    why: WHY[code] ?? `The system answered ${code}.`,
    next: ['Look at the free space and the owner of that folder on the runner.'],
    cause,
  });
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full (ENOSPC).',
  EDQUOT: 'The disk quota is used up (EDQUOT).',
  EACCES: 'The job may not write there (EACCES).',
  EPERM: 'The job may not write there (EPERM).',
  EROFS: 'The file system is read-only (EROFS).',
  ENOENT: 'The folder above it does not exist (ENOENT).',
  EEXIST: 'Something of that name is there already (EEXIST).',
  ELOOP: 'It is a symbolic link, which is never followed (ELOOP).',
};
