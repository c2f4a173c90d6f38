import { errorFactory } from '../core/session-error.ts';

/* The files of a profile. Every sign-in has loaded these texts, so they are few. */

export const profileError = errorFactory({
  /**
   * @param what was refused, as a verb with its object
   * @param code of the system's error
   */
  refused: (what: string, path: string, code: string) => [`Cannot ${what} ${path}.`, whyRefused(code), MEND],
  /** For a folder that `config-dir` names. */
  notMade: (path: string, code: string) => [
    `Cannot make the profile folder ${path}.`,
    whyRefused(code),
    'Name a folder in `config-dir` that the user of the runner may make, or leave `config-dir` out.',
    MEND,
  ],
  /** Windows has the same answers for both causes. */
  heldOpen: (what: string, path: string, code: string) => [
    `Cannot ${what} ${path}.`,
    `Another program has it open, or the job may not use it (${code}).`,
    MEND,
  ],
  notText: (path: string) => [`Cannot read ${path}.`, 'It is not text in UTF-8.', MEND],
  noTemporaryFolder: () => [
    'The runner did not say where temporary files go (RUNNER_TEMP).',
    '',
    'Run the action by a runner of GitHub Actions, or set RUNNER_TEMP to a folder of the job.',
  ],
});

const MEND = 'Look at the free space and the owner of that folder on the runner.';

function whyRefused(code: string): string {
  return WHY[code] ?? `The system answered ${code}.`;
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full (ENOSPC).',
  EDQUOT: 'The disk quota is used up (EDQUOT).',
  EACCES: 'The job may not write there (EACCES).',
  EPERM: 'The job may not write there (EPERM).',
  EROFS: 'The file system is read-only (EROFS).',
  ENOENT: 'The folder above it does not exist (ENOENT).',
  EEXIST: 'Something of that name is there already (EEXIST).',
  EISDIR: 'It is no plain file (EISDIR).',
  EFTYPE: 'It is no plain file (EFTYPE).',
  EFBIG: 'It is larger than any file of a profile (EFBIG).',
  ENOTDIR: 'Something above it is no folder (ENOTDIR).',
  ELOOP: 'It is a symbolic link, which is never followed (ELOOP).',
};
