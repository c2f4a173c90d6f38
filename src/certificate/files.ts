import path from 'node:path';
import { readRegularFile } from '../core/files.ts';
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
        return readRegularFile(located(given, folders), MAX_FILE_SIZE, 'follow');
      } catch (error) {
        throw fileProblem(error);
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

/** The message of a file error quotes the path, which is the input: only its code goes on. */
export function fileProblem(error: unknown): CertificateProblem {
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
    case 'EFTYPE':
      return new CertificateProblem({ kind: 'not-a-regular-file' });
    case 'EFBIG':
      return new CertificateProblem({ kind: 'too-large' });
    default:
      return new CertificateProblem({ kind: 'file-failed', code });
  }
}
