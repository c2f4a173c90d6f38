import { errorFactory } from '../core/session-error.ts';

/* Errors of the files of a profile. Every sign-in loads this module, so it is small. */

export const profileError = errorFactory({
  /**
   * @param what the failed operation, as a verb with its object
   * @param code of the system error
   */
  failed: (what: string, path: string, code: string) => [`Cannot ${what} ${path}.`, whyFailed(code), CHECK_DISK],
  /** For a folder in `config-dir`. */
  notCreated: (path: string, code: string) => [
    `Cannot create the profile folder ${path}.`,
    whyFailed(code),
    "Set `config-dir` to a folder that the runner's user can create, or leave `config-dir` out.",
    CHECK_DISK,
  ],
  /** Windows reports both causes by the same codes. */
  inUse: (what: string, path: string, code: string) => [
    `Cannot ${what} ${path}.`,
    `Another program has it open, or the job has no access to it (${code}).`,
    CHECK_DISK,
  ],
  notText: (path: string) => [`Cannot read ${path}.`, 'It is not UTF-8 text.', CHECK_DISK],
  noTemporaryFolder: () => [
    'The runner did not set RUNNER_TEMP, its folder for temporary files.',
    '',
    'Run the action on a GitHub Actions runner, or set RUNNER_TEMP to a folder of the job.',
  ],
});

const CHECK_DISK = 'Check the free disk space, and the owner and permissions of that folder on the runner.';

function whyFailed(code: string): string {
  return WHY[code] ?? `The operating system reported ${code}.`;
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full (ENOSPC).',
  EDQUOT: 'The disk quota is used up (EDQUOT).',
  EACCES: 'The job does not have permission (EACCES).',
  EPERM: 'The job does not have permission (EPERM).',
  EROFS: 'The file system is read-only (EROFS).',
  ENOENT: 'The folder above it does not exist (ENOENT).',
  EEXIST: 'Something with that name already exists (EEXIST).',
  EISDIR: 'It is not a regular file (EISDIR).',
  EFTYPE: 'It is not a regular file (EFTYPE).',
  EFBIG: 'It is larger than any profile file (EFBIG).',
  ENOTDIR: 'A part of the path above it is not a folder (ENOTDIR).',
  ELOOP: 'It is a symbolic link, which the action never follows (ELOOP).',
};
