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

/** @param record path of a file that should say what is to be undone */
export function unreadableRecord(record: string): string {
  return `${record} is not what a sign-in of this job wrote.`;
}
