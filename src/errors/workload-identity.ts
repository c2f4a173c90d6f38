import { quotable } from '../core/foreign-text.ts';
import { errorsOf, type Step } from '../core/session-error.ts';
import type { NamedFile } from './files.ts';
import { COMPARE_CLOCK } from './steps.ts';

const IN_A_POD: Step = {
  say: 'The file exists in a pod that runs as a service account with a client id and carries this label. In a container job, the volume must also be mounted into the container:',
  yaml: 'azure.workload.identity/use: "true"',
};
const CHECK_TOKEN_FILE =
  'Check that `federated-token-file`, or AZURE_FEDERATED_TOKEN_FILE, names the token that Kubernetes projects.';

/** The file with a pod's token. Its path is no key, so it is shown. @param largest in bytes */
export function tokenFile(path: string, largest: number): NamedFile {
  return {
    subject: `The federated token file ${quotable(path, 300)}`,
    whyAbsent: 'Signing in as a workload identity takes the token that Kubernetes puts into a file of the pod.',
    largest: `${largest / 1024} KB`,
    usualSize: 'A service account token has about 1,000 characters',
    access: "Let the runner's user read the file; in a pod, by `fsGroup` in the security context.",
    steps: [CHECK_TOKEN_FILE, IN_A_POD],
  };
}

export const tokenFileError = errorsOf({
  empty: ({ subject }: NamedFile) => [
    `${subject} is empty.`,
    'Nobody has written a token into it yet.',
    CHECK_TOKEN_FILE,
    IN_A_POD,
  ],
  noToken: ({ subject }: NamedFile) => [
    `${subject} holds no token.`,
    'A service account token is a JSON Web Token: three parts with dots between them, of which the second says when it ends (exp).',
    CHECK_TOKEN_FILE,
    IN_A_POD,
  ],
  expired: ({ subject }: NamedFile, end: Date, now: Date) => [
    `${subject} holds a token that has expired.`,
    `It ended at ${end.toISOString()}, and the clock of this machine says ${now.toISOString()}. The kubelet renews the token of a running pod long before that.`,
    COMPARE_CLOCK,
    'Read the file where Kubernetes mounts it: a copy is never renewed.',
  ],
});
