import { type ErrorText, errorOf, type SessionError } from '../core/session-error.ts';

/** A file that an input names. */
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

/**
 * For a file that an input names and that cannot be read. The path is not quoted, nor the system's message, which quotes
 * it: it may be no path but a key.
 */
export function fileError(cause: unknown, file: NamedFile): SessionError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  const text = TEXTS[code] ?? (() => FAILED(file, code));
  return errorOf(text(file));
}

/** Whether the system says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && TEXTS[String(error.code)] === ABSENT;
}

const CHECK_PATH =
  'A relative path starts at the workspace (GITHUB_WORKSPACE), ~ at the home folder of the user of the runner.';

type TextOf = (file: NamedFile) => ErrorText;

const ABSENT: TextOf = ({ input, isPath, accepted }) => [
  `${input} names a file that does not exist.`,
  `${isPath}, and there is no file at it when this step runs.`,
  CHECK_PATH,
  'Is the file checked out, or made, by a step before this one?',
  accepted,
];
const DENIED: TextOf = ({ input }) => [
  `${input} names a file that may not be read.`,
  'The operating system denies the user of the runner access to it.',
  'Let the user of the runner read the file and enter its folder.',
];
const FAILED = ({ input }: NamedFile, code: string): ErrorText => [
  `The file that ${input} names could not be read.`,
  `The operating system reported ${code}.`,
  'Check the file and the disk it is on, then run the job again.',
];

/** By the code of the system's error. */
const TEXTS: Readonly<Record<string, TextOf>> = {
  ENOENT: ABSENT,
  ENOTDIR: ABSENT,
  ENAMETOOLONG: ABSENT,
  EINVAL: ABSENT,
  ERR_INVALID_ARG_VALUE: ABSENT,
  EACCES: DENIED,
  EPERM: DENIED,
  EISDIR: ({ input, accepted }) => [
    `${input} names a folder, not a file.`,
    accepted,
    CHECK_PATH,
    'Add the name of the file in the folder.',
  ],
  EFTYPE: ({ input, instead }) => [
    `${input} names something that is not a regular file.`,
    'Devices, pipes and sockets are not read.',
    instead,
  ],
  EFBIG: ({ input, usualSize, accepted }) => [
    `The file that ${input} names is larger than 1 MB.`,
    `${usualSize}, so this is something else. It was not read.`,
    CHECK_PATH,
    accepted,
  ],
};
