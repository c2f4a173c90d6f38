import {
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
import { ignoreErrors } from './ignore-errors.ts';

/**
 * Opens files that this program did not create, and only regular ones. Opening a pipe would block until its other end
 * opens, and opening a device may have effects, so the path is checked first. The open file is checked again, because
 * the path may have changed in between.
 *
 * This is a separate module because post must load little code.
 */

/** Whether the last part of a path may be a link. In a folder where other users could plant one, it must not. */
type Links = 'follow' | 'refuse';

/**
 * Opens a regular file and closes it after use. Never blocks.
 * @param flags of `open(2)`; `O_CREAT` creates a missing file for its owner only
 * @throws the system's error; ELOOP for a rejected link, EISDIR for a folder, EFTYPE for a pipe, a device or a socket
 */
export function withRegularFile<T>(
  path: string,
  links: Links,
  use: (file: number) => T,
  flags = constants.O_RDONLY,
): T {
  const file = openRegularFile(path, flags, links);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function openRegularFile(path: string, flags: number, links: Links): number {
  const stats = links === 'refuse' ? lstatSync(path, QUIET) : statSync(path, QUIET);
  if (stats !== undefined) checkKind(stats);
  // Windows lacks both flags. Opening a pipe does not block there, and only the job's user, who owns the folder, can
  // swap the file for a link after the check.
  const noFollow = links === 'refuse' ? (constants.O_NOFOLLOW ?? 0) : 0;
  const file = openSync(path, flags | noFollow | (constants.O_NONBLOCK ?? 0), 0o600);
  try {
    checkKind(fstatSync(file));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * Reads a regular file.
 * @throws as `withRegularFile`; EFBIG for a larger file
 */
export function readRegularFile(path: string, maxBytes: number, links: Links): Buffer {
  return withRegularFile(path, links, (file) => readOpenFile(file, maxBytes));
}

/**
 * Reads the text of a regular file, without its byte order mark.
 * @returns `undefined` if the file cannot be read, is not regular or is larger than `maxBytes`
 */
export function readTextFile(path: string, maxBytes: number, links: Links): string | undefined {
  const text = ignoreErrors(() => readRegularFile(path, maxBytes, links).toString('utf8'));
  return text?.replace(/^\ufeff/, '');
}

/**
 * Counts the bytes that it reads: files in `/proc` report a size of 0, and a file can grow while it is read.
 * @throws EFBIG for a file that is larger than `maxBytes`
 */
export function readOpenFile(file: number, maxBytes: number): Buffer {
  const { size } = fstatSync(file);
  if (size > maxBytes) throw systemError('EFBIG');
  let content = Buffer.alloc(size + 1);
  for (let length = 0; ; ) {
    const read = readSync(file, content, length, content.length - length, null);
    if (read === 0) return content.subarray(0, length);
    length += read;
    if (length > maxBytes) throw systemError('EFBIG');
    if (length === content.length) content = Buffer.concat([content], 2 * length);
  }
}

/** An error with the shape of Node's system errors. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'open' });
}

/** @returns the names in a folder; an empty list if it cannot be read */
export function listFolder(folder: string): string[] {
  return ignoreErrors(() => readdirSync(folder)) ?? [];
}

/** The code of a system or OpenSSL error, such as `ECONNRESET`; `''` if none. Safe to print, unlike the message. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : '';
}

const QUIET = { throwIfNoEntry: false } as const;

function checkKind(stats: Stats): void {
  if (stats.isFile()) return;
  throw systemError(stats.isSymbolicLink() ? 'ELOOP' : stats.isDirectory() ? 'EISDIR' : 'EFTYPE');
}

/** Size limit in bytes for files that inputs name. Certificates and publish settings have a few kilobytes. */
export const MAX_INPUT_FILE_BYTES = 1024 * 1024;
