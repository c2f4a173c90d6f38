import { codeOf } from '../core/files.ts';
import { SessionError } from '../core/session-error.ts';

type Details = ConstructorParameters<typeof SessionError>[1];

/** A folder that the sign-out before the last step refuses. */
export function cannotSignOut(folder: string, details: Details): SessionError {
  return new SessionError(`The folder ${folder} cannot be signed out of.`, details);
}

export function noSession(folder: string): SessionError {
  return cannotSignOut(folder, {
    why: 'No sign-in of this job has a session there. The action leaves the folder as it is.',
    next: ['Give `config-dir` the output `config-dir` of a sign-in, or leave it out to sign out of the newest.'],
  });
}

/** @param left a sentence for each thing */
export function leftBehind(left: readonly string[]): SessionError {
  return new SessionError('The sign-out left something behind.', {
    why: left.join('\n'),
    next: ['After this one, do not run steps that must not be signed in. The post step of the sign-in tries again.'],
  });
}

/** What each part of a sign-out could not do, and what follows from it. */
const NOT_UNDONE = {
  background: () => [
    'Whether the session was kept alive could not be seen',
    'The background process ends by itself, seconds after its session.',
  ],
  folder: (path: string) => [
    `The session in the profile folder ${path} could not be removed`,
    'Remove it by hand: it may hold credentials.',
  ],
  variables: () => ['The variables of the session could not be given back', 'The steps that follow still see them.'],
  powershell: (context: string) => [
    `The context ${context} of Azure PowerShell could not be cleared`,
    'Run Clear-AzContext -Force by hand: it may hold credentials.',
  ],
} as const;

export type Undoing = keyof typeof NOT_UNDONE;

/** @param name of what could not be undone, where there are several */
export function notUndone(what: Undoing, name: string, cause: unknown): string {
  const [failure, consequence] = NOT_UNDONE[what](name);
  return `${failure}${reasonOf(cause)}. ${consequence}`;
}

/** A message of our own names the file; of the system's the code is enough. */
function reasonOf(cause: unknown): string {
  if (cause instanceof SessionError) return `: ${cause.message.replace(/\.$/, '')}`;
  const code = codeOf(cause);
  return code === '' ? '' : ` (${code})`;
}

/** @param record path of a file that should say what is to be undone */
export function unreadableRecord(record: string): string {
  return `${record} is not what a sign-in of this job wrote.`;
}
