import { errorFactory } from '../core/session-error.ts';
import { notFinished } from './network.ts';

/** Errors that no part of the program expects, and errors of the runner. */
export const programError = errorFactory({
  /** @param kind name and code of the error. Its message is not shown, since it may quote anything */
  unexpected: (kind: string) => [
    `Azure Session failed with an unexpected error: ${kind}.`,
    'This is a bug in the action.',
    'Run the job again with debug logging, and report the lines that begin with "at".',
  ],
  stopped: () => [
    'The sign-in stopped unexpectedly, without a result.',
    'This is a bug in the action: it waits for an event that never happens.',
    'Run the job again with debug logging, and report the error with the log.',
  ],
  /** For an operation that the deadline does not end, unlike a request. */
  overdue: (seconds: number, graceSeconds: number) => [
    notFinished(seconds),
    `Something other than a request was still in progress ${graceSeconds} seconds later, so the action stopped.`,
    'Check that the disk of the runner responds and, with `enable-AzPSSession`, that `pwsh` starts. Run the job again. If it fails again, report the error with the log.',
  ],
  agentNotStarted: () => [
    'The background process that keeps the credential in memory did not start.',
    'With `credential-store: memory`, later steps cannot sign in without it.',
    'Check that the runner has free memory and can start another process. Or leave `credential-store` out, which keeps the credential in files.',
  ],
  /** @param reason a sentence about the variable that does not name a file */
  noRunnerFile: (reason: string) => [
    NOT_PUBLISHED,
    reason,
    'Run the action on a GitHub Actions runner, or a compatible one, which sets this variable. Do not clear it.',
  ],
  unwritableRunnerFile: (code: string) => [
    NOT_PUBLISHED,
    `The action cannot write to a file of the runner (${code}).`,
    NOT_REGULAR.includes(code)
      ? 'Something other than a regular file has taken its place. Find out which part of the job, such as a container, writes to the `_temp` folder of the runner.'
      : 'Check the free space and the permissions of the `_temp` folder on the runner.',
  ],
});

const NOT_PUBLISHED = 'The session could not be published to later steps.';

/** System errors for something that is not a regular file. */
const NOT_REGULAR = ['EFTYPE', 'ELOOP', 'EISDIR', 'ENXIO'];
