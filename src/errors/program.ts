import { errorFactory } from '../core/session-error.ts';
import { notFinished } from './network.ts';

/** Failures that no part of the program expects, and those of the runner. */
export const programError = errorFactory({
  /** @param kind name and code of the error. The rest of a foreign error may quote anything */
  unexpected: (kind: string) => [
    `Azure Session failed for a reason it does not know: ${kind}.`,
    'This is a fault of the action.',
    'Run the job again with debug logging, and report the lines that begin with "at".',
  ],
  stopped: () => [
    'The sign-in stopped without an outcome, for a reason that Azure Session does not know.',
    'This is a fault of the action: it waits for something that will never come.',
    'Run the job again with debug logging, and report it with the log.',
  ],
  /** For what is no request: the deadline ends those. */
  overdue: (seconds: number, graceSeconds: number) => [
    notFinished(seconds),
    `Something other than a request was still under way ${graceSeconds} seconds later. The action gave it up.`,
    'Check whether the disk of the runner answers and, with `enable-AzPSSession`, whether `pwsh` starts. Run the job again. If it fails again, report it with the log.',
  ],
  agentNotStarted: () => [
    'The process that is to keep the credential in memory did not start.',
    'With `credential-store: memory` there is nothing else that later steps could sign in with.',
    'See whether the runner has memory and processes left. Or leave `credential-store` out, which keeps the credential in files.',
  ],
  /** @param variable a sentence about the one that does not name a file */
  noRunnerFile: (variable: string) => [
    NOT_PUBLISHED,
    variable,
    'Only a runner of GitHub Actions, or one that works like it, sets that variable. Do not blank it.',
  ],
  unwritableRunnerFile: (code: string) => [
    NOT_PUBLISHED,
    `A file of the runner cannot be written (${code}).`,
    NO_FILE.includes(code)
      ? 'Something other than a plain file is in its place. Find out what in the job, such as a container, writes to the folder `_temp` of the runner.'
      : 'Check the free space and the permissions of the folder `_temp` on the runner.',
  ],
});

const NOT_PUBLISHED = 'The session could not be published to later steps.';

/** System errors for something that is not a regular file. */
const NO_FILE = ['EFTYPE', 'ELOOP', 'EISDIR', 'ENXIO'];
