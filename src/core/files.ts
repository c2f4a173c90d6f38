import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';

/**
 * The one way by which this program opens a file that it did not make itself: a regular file or none. Opening a pipe
 * would wait for the other end, and opening a device may act on it, so the path is looked at first; the open file is
 * looked at again, because the path may name another by then.
 *
 * It is a module of its own because post loads no more than it must.
 */

/** Whether a path may lead through a link at its end: a name in a folder where others could plant one must not. */
type Links = 'follow' | 'refuse';

/**
 * Opens a regular file. Never waits.
 * @param flags of `open(2)`; with `O_CREAT` the file is made, for its owner alone, when there is none
 * @throws the system's error; ELOOP for a link that is refused, EISDIR for a folder, EFTYPE for a pipe, a device or a
 * socket
 */
export function openRegularFile(path: string, flags: number, links: Links): number {
  const found = links === 'refuse' ? lstatSync(path, QUIET) : statSync(path, QUIET);
  if (found !== undefined) checkKind(found);
  // Windows has neither flag. Opening a pipe does not wait there, and only the job's user, who owns the folder, can swap
  // the file for a link after the check.
  const noLink = links === 'refuse' ? (constants.O_NOFOLLOW ?? 0) : 0;
  const file = openSync(path, flags | noLink | (constants.O_NONBLOCK ?? 0), 0o600);
  try {
    checkKind(fstatSync(file));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * Reads a regular file whole.
 * @param largest octets
 * @throws as `openRegularFile`; EFBIG for a larger file
 */
export function readRegularFile(path: string, largest: number, links: Links): Buffer {
  return withRegularFile(path, links, (file) => readOpenFile(file, largest));
}

/**
 * Reads the text of a regular file where anything may lie, without its byte order mark.
 * @param largest octets
 * @returns `undefined` for everything but such a file
 */
export function readTextFile(path: string, largest: number, links: Links): string | undefined {
  try {
    return readRegularFile(path, largest, links)
      .toString('utf8')
      .replace(/^\ufeff/, '');
  } catch {
    return undefined;
  }
}

/** Opens a file to be read, and closes it. */
export function withRegularFile<T>(path: string, links: Links, use: (file: number) => T): T {
  const file = openRegularFile(path, constants.O_RDONLY, links);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Counts for itself: a file of `/proc` says that it has no octets, and one that is being written has more than it said.
 * @throws {Error} EFBIG for a file that is larger than `largest`
 */
export function readOpenFile(file: number, largest: number): Buffer {
  const { size } = fstatSync(file);
  if (size > largest) throw systemError('EFBIG');
  let content = Buffer.alloc(size + 1);
  for (let length = 0; ; ) {
    const read = readSync(file, content, length, content.length - length, null);
    if (read === 0) return content.subarray(0, length);
    length += read;
    if (length > largest) throw systemError('EFBIG');
    if (length === content.length) content = Buffer.concat([content], 2 * length);
  }
}

/** An error as the system would give it, by its code. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'open' });
}

/** @returns the names in a folder; none when there is no such folder */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The code of a system's error; `''` for any other. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const QUIET = { throwIfNoEntry: false } as const;

function checkKind(found: Stats): void {
  if (found.isFile()) return;
  throw systemError(found.isSymbolicLink() ? 'ELOOP' : found.isDirectory() ? 'EISDIR' : 'EFTYPE');
}

/**
 * Which file something was, whatever its path names by now. Device and inode are used again for the next file, and some
 * file systems of Windows have no inodes, so size and time of the last change count too.
 */
export type FileIdentity = string;

export function identityOfOpenFile(file: number): FileIdentity {
  return identityOf(fstatSync(file, { bigint: true }));
}

/**
 * Of the file or the link that has a name.
 * @throws the system's error
 */
export function identityOfName(path: string): FileIdentity {
  return identityOf(lstatSync(path, { bigint: true }));
}

/** Whether a name is still that of a file or a link. */
export function isStill(path: string, identity: FileIdentity): boolean {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found !== undefined && identityOf(found) === identity;
}

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): FileIdentity {
  return [dev, ino, size, mtimeNs].join();
}

/** Bytes of the largest file that an input names: 1 MB. Certificates and publish settings have a few kilobytes. */
export const LARGEST_INPUT_FILE = 1024 * 1024;
