import { ADFS_TENANT, type Cloud } from '../core/clouds.ts';
import { type AccessToken, type Credential, scopeOf } from '../core/credential.ts';
import { startFolders } from '../core/machine.ts';
import type { ClientCertificateRequest, TokenRequest } from '../core/request.ts';
import type { SignInContext } from './sign-in-context.ts';

/**
 * The methods. Each is a file of its own, loaded only when it is asked for: a job that signs in by OIDC never reads a
 * certificate parser from disk.
 * @throws {SessionError} when the credential itself is no good: nothing was sent yet
 */
export async function credentialFor(request: TokenRequest, context: SignInContext): Promise<Credential> {
  switch (request.method) {
    case 'oidc':
      return (await import('./oidc.ts')).oidcCredential(request, context);
    case 'client-secret':
      return (await import('./client-secret.ts')).clientSecretCredential(request, context);
    case 'client-certificate':
      return clientCertificateCredential(request, context);
    case 'managed-identity':
      return (await import('./managed-identity.ts')).managedIdentityCredential(request, context);
    case 'workload-identity':
      return (await import('./workload-identity.ts')).workloadIdentityCredential(request, context);
    case 'password':
      return (await import('./password.ts')).passwordCredential(request, context);
    case 'device-code':
      return (await import('./device-code.ts')).deviceCodeCredential(request, context);
  }
}

async function clientCertificateCredential(
  request: ClientCertificateRequest,
  context: SignInContext,
): Promise<Credential> {
  const [{ certificateCredential }, { readClientCertificate }, { keyMaterial }] = await Promise.all([
    import('./client-certificate.ts'),
    import('../certificate/read.ts'),
    import('../core/key-material.ts'),
  ]);
  const { certificate, warnings } = await readClientCertificate(
    { value: request.certificate, password: request.certificatePassword, clientId: request.clientId },
    new Date(),
    startFolders(context.env),
  );
  for (const secret of keyMaterial(certificate.privateKey)) context.mask(secret);
  for (const warning of warnings) context.warn(warning);
  return certificateCredential(request, certificate, context);
}

/**
 * The request as the token issuer of the cloud takes it. An AD FS has one directory and no tenants: whichever the workflow
 * named, clients look for its tokens under one name. `az` does the same.
 */
export function forDirectory(credential: TokenRequest, { directory }: Cloud): TokenRequest {
  if (directory === 'entra') return credential;
  return 'tenantId' in credential ? { ...credential, tenantId: ADFS_TENANT } : credential;
}

/**
 * The tokens that `token-scopes` asks for, in that order: one request each, all at the same time. A scope that there is a
 * token for already is not asked for again.
 * @param mask called with each token before anything else is done with it
 * @throws {SessionError} what the first of them was refused for, once none is under way any more
 */
export async function requestTokens(
  resources: readonly string[],
  getToken: Credential['getToken'],
  known: AccessToken,
  mask: (secret: string) => void,
): Promise<AccessToken[]> {
  const requests = resources.map(scopeOf).map(async (scope) => {
    const token = scope === known.scope ? known : await getToken(scope);
    mask(token.token);
    return token;
  });
  return allOf(requests);
}

/**
 * `Promise.all` that waits for the others when one fails: a request that is still tried again would hold up the end of
 * the step. Of several failures it is the first in order.
 */
export async function allOf<T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
