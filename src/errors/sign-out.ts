import { codeOf } from '../core/files.ts';
import { SessionError } from '../core/session-error.ts';

type Details = ConstructorParameters<typeof SessionError>[1];

/** For a folder that the `logout` action cannot sign out of. */
export function cannotSignOut(folder: string, details: Details): SessionError {
  return new SessionError(`Cannot sign out of the folder ${folder}.`, details);
}

export function noSession(folder: string): SessionError {
  return cannotSignOut(folder, {
    why: 'No sign-in of this job has a session in it. The action does not change the folder.',
    next: ['Set `config-dir` to the output `config-dir` of a sign-in, or leave it out to sign out of the latest one.'],
  });
}

/** @param failures a sentence each */
export function incompleteSignOut(failures: readonly string[]): SessionError {
  return new SessionError('The sign-out is incomplete.', {
    why: failures.join('\n'),
    next: [
      'In the rest of the job, do not run steps that must not be signed in. The post step of the sign-in tries again.',
    ],
  });
}

/** What each step of a sign-out failed to do, and the consequence. */
const UNDO_FAILURES = {
  background: () => [
    'The action could not determine whether a background process keeps the session alive',
    'Such a process ends on its own, seconds after its session.',
  ],
  folder: (path: string) => [
    `The session in the profile folder ${path} could not be removed`,
    'Remove it manually: it may contain credentials.',
  ],
  variables: () => ['The variables of the session could not be reset', 'Later steps still see them.'],
  powershell: (context: string) => [
    `The context ${context} of Azure PowerShell could not be cleared`,
    'Run Clear-AzContext -Force manually: the context may contain credentials.',
  ],
} as const;

export type UndoStep = keyof typeof UNDO_FAILURES;

/** @param name of the folder or the context */
export function undoFailure(step: UndoStep, name: string, cause: unknown): string {
  const [failure, consequence] = UNDO_FAILURES[step](name);
  return `${failure}${reasonOf(cause)}. ${consequence}`;
}

/** A `SessionError` names the file; of a system error, the code is enough. */
function reasonOf(cause: unknown): string {
  if (cause instanceof SessionError) return `: ${cause.message.replace(/\.$/, '')}`;
  const code = codeOf(cause);
  return code === '' ? '' : ` (${code})`;
}

/** @param record path of a file with undo data */
export function unreadableRecord(record: string): string {
  return `${record} is missing, or is not a valid record of a sign-in of this job.`;
}
