import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { CertificateProblem } from './problem.ts';

/** Reads the files that an input names. */
export interface CertificateFiles {
  /** @throws {CertificateProblem} when there is no such file, it is none, it may not be read, or it is too large */
  read(path: string): Promise<Buffer>;
}

/** 1 MB: a certificate with its chain takes a few thousand octets. */
export const MAX_FILE_SIZE = 1024 * 1024;

/**
 * @param folders where a relative path and a leading `~` start: `GITHUB_WORKSPACE` and the user's home
 */
export function certificateFiles(folders: { readonly workspace: string; readonly home: string }): CertificateFiles {
  return {
    async read(given) {
      try {
        return await readRegularFile(located(given, folders));
      } catch (error) {
        throw error instanceof CertificateProblem ? error : problemOf(error);
      }
    },
  };
}

/**
 * The absolute path of a file that an input names. On Windows a path may have slashes of both kinds, a drive or a share.
 * @param rules of the system
 */
export function located(
  given: string,
  folders: { readonly workspace: string; readonly home: string },
  rules: path.PlatformPath = path,
): string {
  return /^~(?=$|[/\\])/.test(given)
    ? rules.join(folders.home, given.slice(1))
    : rules.resolve(folders.workspace, given);
}

/** Looks before it opens, as opening a device may act on it, and again after, as the path may name another file then. */
async function readRegularFile(name: string): Promise<Buffer> {
  checkKind(await stat(name));
  // Windows has no O_NONBLOCK, and no pipes among its files.
  const file = await open(name, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    checkKind(await file.stat());
    return await readLimited(file);
  } finally {
    await file.close();
  }
}

function checkKind(stats: { isFile(): boolean; isDirectory(): boolean; size: number }): void {
  if (stats.isDirectory()) throw new CertificateProblem({ kind: 'directory' });
  if (!stats.isFile()) throw new CertificateProblem({ kind: 'not-a-regular-file' });
  if (stats.size > MAX_FILE_SIZE) throw new CertificateProblem({ kind: 'too-large' });
}

/** Counts for itself: a file of `/proc` says it has no octets and may have any number. */
async function readLimited(file: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(MAX_FILE_SIZE + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) return Buffer.from(buffer.subarray(0, length));
    length += bytesRead;
    if (length > MAX_FILE_SIZE) throw new CertificateProblem({ kind: 'too-large' });
  }
}

/** The message of a file error quotes the path, which is the input: only its code goes on. */
function problemOf(error: unknown): CertificateProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
    case 'EINVAL':
    case 'ERR_INVALID_ARG_VALUE':
      return new CertificateProblem({ kind: 'no-such-file' });
    case 'EACCES':
    case 'EPERM':
      return new CertificateProblem({ kind: 'file-denied' });
    case 'EISDIR':
      return new CertificateProblem({ kind: 'directory' });
    default:
      return new CertificateProblem({ kind: 'file-failed', code });
  }
}
