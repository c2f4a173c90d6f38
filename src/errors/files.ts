import { SessionError, type Step } from '../core/session-error.ts';

/** What can be wrong with a file that an input names, and what is known of it. */
export interface FileProblemDetails {
  'no-such-file': unknown;
  'file-denied': unknown;
  'file-failed': { readonly code: string };
  directory: unknown;
  'not-a-regular-file': unknown;
  'too-large': unknown;
}

type FileProblem = {
  [Kind in keyof FileProblemDetails]: { readonly kind: Kind } & FileProblemDetails[Kind];
}[keyof FileProblemDetails];

/** What the words depend on beside the problem. */
export interface NamedFile {
  readonly input: string;
  /** Why the input is taken for a path. */
  readonly isPath: string;
  /** What the input takes. */
  readonly accepted: string;
  /** How large such a file usually is. */
  readonly usualSize: string;
  /** How to give the content without a device, pipe or socket. */
  readonly instead: string;
}

export function isFileProblem(problem: { readonly kind: string }): problem is FileProblem {
  return Object.hasOwn(WORDING, problem.kind);
}

/** The path is not quoted: it may be no path but a key. */
export function fileRefusal(problem: FileProblem, file: NamedFile): SessionError {
  const [what, why, ...next] = WORDING[problem.kind](file, problem.kind === 'file-failed' ? problem.code : '');
  return new SessionError(what, { why, next });
}

const CHECK_PATH =
  'A relative path starts at the workspace (GITHUB_WORKSPACE), ~ at the home folder of the user of the runner.';

type Words = readonly [what: string, why: string, ...next: (string | Step)[]];

const WORDING: Readonly<Record<FileProblem['kind'], (file: NamedFile, code: string) => Words>> = {
  'no-such-file': ({ input, isPath, accepted }) => [
    `${input} names a file that does not exist.`,
    `${isPath}, and there is no file at it when this step runs.`,
    CHECK_PATH,
    'Is the file checked out, or made, by a step before this one?',
    accepted,
  ],
  'file-denied': ({ input }) => [
    `${input} names a file that may not be read.`,
    'The operating system denies the user of the runner access to it.',
    'Give the user that the runner works as the right to read the file and to enter its folder.',
  ],
  'file-failed': ({ input }, code) => [
    `The file that ${input} names could not be read.`,
    `The operating system reported ${code}.`,
    'Check the file and the disk it is on, then run the job again.',
  ],
  directory: ({ input, accepted }) => [
    `${input} names a folder, not a file.`,
    accepted,
    CHECK_PATH,
    'Add the name of the file in the folder.',
  ],
  'not-a-regular-file': ({ input, instead }) => [
    `${input} names something that is not a regular file.`,
    'Devices, pipes and sockets are not read.',
    instead,
  ],
  'too-large': ({ input, usualSize, accepted }) => [
    `The file that ${input} names is larger than 1 MB.`,
    `${usualSize}, so this is something else. It was not read.`,
    CHECK_PATH,
    accepted,
  ],
};
