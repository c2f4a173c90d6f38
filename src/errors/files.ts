import { codeOf } from '../core/files.ts';
import { sanitize } from '../core/sanitize.ts';
import { type ErrorText, errorFactory, errorOf, type SessionError } from '../core/session-error.ts';
import { COMPARE_CLOCK } from './steps.ts';

/** A file at a path from the user, and the texts of its errors. */
export interface NamedFile {
  /** The subject of each sentence. It has the path only if the path cannot be a key. */
  readonly subject: string;
  /** Why the action needs a file at this path. */
  readonly whyAbsent: string;
  /** The size limit, for example "1 MB". */
  readonly largest: string;
  /** A clause about the usual size of such a file. */
  readonly usualSize: string;
  /** The step that lets the job read the file. */
  readonly access: string;
  /** The steps for a wrong path. */
  readonly steps: readonly string[];
}

/** Whether the error means that the file does not exist. */
export function isAbsent(error: unknown): boolean {
  return TEXTS[codeOf(error)] === ABSENT;
}

/** For a file that cannot be read. The system's message is not quoted: it has the path, which may in fact be a key. */
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
  "The operating system does not let the runner's user read it.",
  access,
];

/** By the code of the system error. */
const TEXTS: Readonly<Record<string, TextOf>> = {
  ENOENT: ABSENT,
  ENOTDIR: ABSENT,
  ENAMETOOLONG: ABSENT,
  EINVAL: ABSENT,
  ERR_INVALID_ARG_VALUE: ABSENT,
  EACCES: DENIED,
  EPERM: DENIED,
  EISDIR: ({ subject, steps }) => [
    `${subject} is a folder.`,
    'The action needs the path of the file itself.',
    ...steps,
  ],
  EFTYPE: ({ subject, steps }) => [
    `${subject} is not a regular file.`,
    'The action does not read devices, pipes or sockets.',
    ...steps,
  ],
  EFBIG: ({ subject, largest, usualSize, steps }) => [
    `${subject} is larger than ${largest}.`,
    `${usualSize}, so this is something else. The action did not read it.`,
    ...steps,
  ],
};

/** For a path in an input. */
export const CHECK_PATH =
  "Check the path. A relative path starts at the workspace (GITHUB_WORKSPACE), and ~ at the home folder of the runner's user. An earlier step must check out or create the file.";
export const LET_READ = "Let the runner's user read the file and open its folder.";

const IN_A_POD = [
  'Check that the pod uses a service account with a client id and has this label. In a container job, also mount the volume into the container:',
  '| azure.workload.identity/use: "true"',
];
const CHECK_TOKEN_FILE =
  'Check that `federated-token-file`, or AZURE_FEDERATED_TOKEN_FILE, is the path of the token that Kubernetes projects into the pod.';

/** The file with a pod's token. Its path cannot be a key, so it is shown. @param largest in bytes */
export function tokenFile(path: string, largest: number): NamedFile {
  return {
    subject: `The federated token file ${sanitize(path, 300)}`,
    whyAbsent:
      'To sign in as a workload identity, the action reads the token that Kubernetes writes to a file in the pod.',
    largest: `${largest / 1024} KB`,
    usualSize: 'A service account token has about 1,000 characters',
    access: "Let the runner's user read the file; in a pod, set `fsGroup` in the security context.",
    steps: [CHECK_TOKEN_FILE, ...IN_A_POD],
  };
}

export const tokenFileError = errorFactory({
  empty: ({ subject }: NamedFile) => [
    `${subject} is empty.`,
    'No token has been written to it yet.',
    CHECK_TOKEN_FILE,
    ...IN_A_POD,
  ],
  noToken: ({ subject }: NamedFile) => [
    `${subject} contains no token.`,
    'A service account token is a JSON Web Token: three parts separated by dots, the second of which contains the expiry time (exp).',
    CHECK_TOKEN_FILE,
    ...IN_A_POD,
  ],
  expired: ({ subject }: NamedFile, end: Date, now: Date) => [
    `${subject} contains an expired token.`,
    `It expired at ${end.toISOString()}, and the clock of this machine shows ${now.toISOString()}. The kubelet renews the token of a running pod long before it expires.`,
    ...COMPARE_CLOCK,
    'Read the file where Kubernetes mounts it: a copy is never renewed.',
  ],
});
