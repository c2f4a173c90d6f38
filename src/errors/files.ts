import { codeOf } from '../core/files.ts';
import { sanitize } from '../core/foreign-text.ts';
import { type ErrorText, errorFactory, errorOf, type SessionError } from '../core/session-error.ts';
import { COMPARE_CLOCK } from './steps.ts';

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
  readonly steps: readonly string[];
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

const IN_A_POD = [
  'The file exists in a pod that runs as a service account with a client id and carries this label. In a container job, the volume must also be mounted into the container:',
  '| azure.workload.identity/use: "true"',
];
const CHECK_TOKEN_FILE =
  'Check that `federated-token-file`, or AZURE_FEDERATED_TOKEN_FILE, names the token that Kubernetes projects.';

/** The file with a pod's token. Its path is no key, so it is shown. @param largest in bytes */
export function tokenFile(path: string, largest: number): NamedFile {
  return {
    subject: `The federated token file ${sanitize(path, 300)}`,
    whyAbsent: 'Signing in as a workload identity takes the token that Kubernetes puts into a file of the pod.',
    largest: `${largest / 1024} KB`,
    usualSize: 'A service account token has about 1,000 characters',
    access: "Let the runner's user read the file; in a pod, by `fsGroup` in the security context.",
    steps: [CHECK_TOKEN_FILE, ...IN_A_POD],
  };
}

export const tokenFileError = errorFactory({
  empty: ({ subject }: NamedFile) => [
    `${subject} is empty.`,
    'Nobody has written a token into it yet.',
    CHECK_TOKEN_FILE,
    ...IN_A_POD,
  ],
  noToken: ({ subject }: NamedFile) => [
    `${subject} holds no token.`,
    'A service account token is a JSON Web Token: three parts with dots between them, of which the second says when it ends (exp).',
    CHECK_TOKEN_FILE,
    ...IN_A_POD,
  ],
  expired: ({ subject }: NamedFile, end: Date, now: Date) => [
    `${subject} holds a token that has expired.`,
    `It ended at ${end.toISOString()}, and the clock of this machine says ${now.toISOString()}. The kubelet renews the token of a running pod long before that.`,
    ...COMPARE_CLOCK,
    'Read the file where Kubernetes mounts it: a copy is never renewed.',
  ],
});
