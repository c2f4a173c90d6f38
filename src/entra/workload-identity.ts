import type { Credential } from '../core/credential.ts';
import { readRegularFile } from '../core/files.ts';
import { expiryOf } from '../core/jwt.ts';
import type { WorkloadIdentityRequest } from '../core/request.ts';
import { federatedCredential } from './federated.ts';
import type { SignInContext } from './sign-in-context.ts';

/**
 * The service account token that Kubernetes projects into the pod, exchanged at Entra. It is read for every try anew:
 * the kubelet replaces it long before it ends.
 */
export function workloadIdentityCredential(request: WorkloadIdentityRequest, context: SignInContext): Credential {
  const { tokenFile } = request;
  const assertionFor = async (): Promise<string> => {
    const token = await readTokenFile(tokenFile, new Date());
    context.mask(token);
    return token;
  };
  return federatedCredential(request, context, assertionFor, () => ({ kind: 'file', path: tokenFile }));
}

/** Service account tokens have about 1,000 characters. */
const LARGEST_FILE = 64 * 1024;

/**
 * Reads a projected service account token. Links are followed: the kubelet makes the name one, to the file of the day.
 * Source: Kubernetes documentation, "Projected Volumes", and `pkg/volume/util/atomic_writer.go`.
 *
 * @param now what the token's end is compared with
 * @throws {SessionError} when there is no such file, it holds no token, or one that has ended
 */
export async function readTokenFile(path: string, now: Date): Promise<string> {
  const token = (await read(path)).trim();
  const end = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? expiryOf(token) : NEVER;
  if (end > now) return token;
  const { tokenFile, tokenFileError } = await import('../errors/files.ts');
  const file = tokenFile(path, LARGEST_FILE);
  if (token === '') throw tokenFileError('empty', file);
  throw end > NEVER ? tokenFileError('expired', file, end, now) : tokenFileError('noToken', file);
}

const NEVER = new Date(0);

async function read(path: string): Promise<string> {
  try {
    return readRegularFile(path, LARGEST_FILE, 'follow').toString('utf8');
  } catch (error) {
    const { fileError, tokenFile } = await import('../errors/files.ts');
    throw fileError(error, tokenFile(path, LARGEST_FILE)).causedBy(error);
  }
}
