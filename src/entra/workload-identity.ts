import type { Credential } from '../core/credential.ts';
import { readRegularFile } from '../core/files.ts';
import { quotable } from '../core/foreign-text.ts';
import { expiryOf } from '../core/jwt.ts';
import type { WorkloadIdentityRequest } from '../core/request.ts';
import { SessionError, type Step } from '../core/session-error.ts';
import { FederatedExchange, issuerOf } from './federated.ts';
import type { SignInContext } from './sign-in-context.ts';
import { explaining } from './token-answer.ts';

/**
 * The service account token that Kubernetes projects into the pod, exchanged at Entra. It is read for every try anew:
 * the kubelet replaces it long before it ends.
 */
export function workloadIdentityCredential(request: WorkloadIdentityRequest, context: SignInContext): Credential {
  const exchange = new FederatedExchange(request, context, async () => {
    const token = await readTokenFile(request.tokenFile, new Date());
    context.mask(token);
    return token;
  });
  return {
    getToken: (scope) => exchange.getToken(scope).catch((error: unknown) => explaining(exchange.facts())(error)),
    material: () => ({
      kind: 'assertion',
      assertion: exchange.assertion,
      source: { kind: 'file', path: request.tokenFile, ...issuerOf(context) },
    }),
  };
}

/** Service account tokens have about 1,000 characters. */
const LARGEST_FILE = 64 * 1024;

const IN_A_POD: Step = {
  say: 'The file is there in a pod that runs as a service account with a client id and carries this label. A container job needs the volume mounted into its container, too:',
  yaml: 'azure.workload.identity/use: "true"',
};

/**
 * Reads a projected service account token. Links are followed: the kubelet makes the name one, to the file of the day.
 * Source: Kubernetes documentation, "Projected Volumes", and `pkg/volume/util/atomic_writer.go`.
 *
 * @param now what the token's end is compared with
 * @throws {SessionError} when there is no such file, it holds no token, or one that has ended
 */
export async function readTokenFile(path: string, now: Date): Promise<string> {
  const token = read(path).trim();
  if (token === '') throw unusable(path, 'is empty', 'Nobody has written a token into it yet.');
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    throw unusable(
      path,
      'holds no token',
      'A service account token is a JSON Web Token: three parts with dots between.',
    );
  }
  const end = expiryOf(token);
  if (end.getTime() <= 0) {
    throw unusable(path, 'holds no token', 'Its claims cannot be read, or do not say when it ends (exp).');
  }
  if (end <= now) throw expired(path, end, now);
  return token;
}

function read(path: string): string {
  try {
    return readRegularFile(path, LARGEST_FILE, 'follow').toString('utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): SessionError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  if (code === 'EISDIR' || code === 'EFTYPE')
    return unusable(path, 'is no file', 'It is a folder, a device or a pipe.');
  if (code === 'EFBIG') return unusable(path, 'holds no token', `It is larger than ${LARGEST_FILE / 1024} KB.`);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new SessionError(`There is no federated token file ${shown(path)}.`, {
      why: 'Signing in as a workload identity takes the token that Kubernetes puts into a file of the pod.',
      next: [IN_A_POD, 'If the file is elsewhere, name it in `federated-token-file`.'],
      cause,
    });
  }
  return new SessionError(`The federated token file ${shown(path)} cannot be read (${code}).`, {
    why: code === 'EACCES' ? "The runner's user may not read it." : '',
    next: ["Let the runner's user read it; in a pod, by `fsGroup` in the security context."],
    cause,
  });
}

function unusable(path: string, what: string, why: string): SessionError {
  return new SessionError(`The federated token file ${shown(path)} ${what}.`, {
    why,
    next: ['Check that `federated-token-file`, or AZURE_FEDERATED_TOKEN_FILE, names the projected token.', IN_A_POD],
  });
}

function expired(path: string, end: Date, now: Date): SessionError {
  return new SessionError(`The token in the federated token file ${shown(path)} has expired.`, {
    why: `It ended at ${end.toISOString()}, and the clock of this machine says ${now.toISOString()}. The kubelet renews the token of a running pod long before.`,
    next: [
      { say: 'Compare the clock of the machine with the true time:', command: 'date -u' },
      'Read the file where Kubernetes mounts it: a copy is never renewed.',
    ],
  });
}

function shown(path: string): string {
  return quotable(path, 300);
}
