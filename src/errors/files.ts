import { codeOf } from '../core/files.ts';
import { type ErrorText, errorOf, type SessionError, type Step } from '../core/session-error.ts';

/** A file whose path the user gave. */
export interface NamedFile {
  /** Of a sentence. It has the path only where that can be no key. */
  readonly subject: string;
  /** Why a file is looked for at all. */
  readonly whyAbsent: string;
  /** What is not read any more: "1 MB". */
  readonly largest: string;
  /** How large such a file usually is. */
  readonly usualSize: string;
  /** How to let the job read it. */
  readonly access: string;
  /** What to do about a path that leads to something else. */
  readonly steps: readonly (string | Step)[];
}

/** Whether the system says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  return TEXTS[codeOf(error)] === ABSENT;
}

/** For a file that cannot be read. The system's message is not quoted: it has the path, which may be no path but a key. */
export function fileError(cause: unknown, file: NamedFile): SessionError {
  const code = codeOf(cause) || 'an unknown error';
  const text = TEXTS[code];
  if (text !== undefined) return errorOf(text(file));
  return errorOf([
    `${file.subject} cannot be read.`,
    `The operating system reported ${code}.`,
    'Check the file and the disk it is on, then run the job again.',
  ]);
}

type TextOf = (file: NamedFile) => ErrorText;

const ABSENT: TextOf = ({ subject, whyAbsent, steps }) => [`${subject} does not exist.`, whyAbsent, ...steps];
const DENIED: TextOf = ({ subject, access }) => [
  `${subject} cannot be read: access is denied.`,
  'The operating system denies the user of the runner access to it.',
  access,
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
  EISDIR: ({ subject, steps }) => [`${subject} is a folder.`, 'The path of the file itself is needed.', ...steps],
  EFTYPE: ({ subject, steps }) => [
    `${subject} is not a regular file.`,
    'Devices, pipes and sockets are not read.',
    ...steps,
  ],
  EFBIG: ({ subject, largest, usualSize, steps }) => [
    `${subject} is larger than ${largest}.`,
    `${usualSize}, so this is something else. It was not read.`,
    ...steps,
  ],
};

/** For a path that an input gives. */
export const CHECK_PATH =
  'Check the path. A relative path starts at the workspace (GITHUB_WORKSPACE), ~ at the home folder of the user of the runner. The file must have been checked out, or made, by an earlier step.';
export const LET_READ = 'Let the user of the runner read the file and enter its folder.';
