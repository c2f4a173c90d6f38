import { ADFS_TENANT, type Cloud } from '../core/clouds.ts';
import type { Credential } from '../core/credential.ts';
import { baseFolders } from '../core/machine.ts';
import type { ClientCertificateRequest, TokenRequest } from '../core/request.ts';
import type { SignInContext } from './sign-in-context.ts';
import { withExplainedErrors } from './token-response.ts';

/**
 * Creates the credential for a request. Its Entra ID errors carry an explanation for the user.
 * @throws {SessionError} before anything is sent, when the credential is unusable or the cloud must not receive its
 *   tokens
 */
export async function credentialFor(request: TokenRequest, context: SignInContext): Promise<Credential> {
  const { cloud } = context;
  const tokenRequest = normalizeTenant(request, cloud);
  if (cloud.metadataHost !== '') (await import('./private-cloud.ts')).assertRequestAllowed(tokenRequest, cloud);
  return withExplainedErrors(tokenRequest, await loadCredential(tokenRequest, context), cloud);
}

/** Loads only the code of one method: a job that signs in with OIDC never loads the certificate parser. */
async function loadCredential(request: TokenRequest, context: SignInContext): Promise<Credential> {
  switch (request.method) {
    case 'oidc':
      return (await import('./federated.ts')).oidcCredential(request, context);
    case 'client-secret':
      return (await import('./confidential-client.ts')).clientSecretCredential(request, context);
    case 'client-certificate':
      return clientCertificateCredential(request, context);
    case 'managed-identity':
      return (await import('./managed-identity.ts')).managedIdentityCredential(request, context);
    case 'workload-identity':
      return (await import('./federated.ts')).workloadIdentityCredential(request, context);
    case 'password':
      return (await import('./user-grant.ts')).passwordCredential(request, context);
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
  const { certificate, warnings } = await readClientCertificate(request, new Date(), baseFolders(context.env));
  for (const secret of keyMaterial(certificate.privateKey)) context.mask(secret);
  for (const warning of warnings) context.warn(warning);
  return certificateCredential(request, certificate, context);
}

/**
 * Replaces the tenant id for AD FS, which has no tenants: clients cache all of its tokens under one name, as `az` does.
 */
export function normalizeTenant(credential: TokenRequest, { directory }: Cloud): TokenRequest {
  if (directory === 'entra') return credential;
  return 'tenantId' in credential ? { ...credential, tenantId: ADFS_TENANT } : credential;
}
