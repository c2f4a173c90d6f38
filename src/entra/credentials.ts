import { ADFS_TENANT, type Cloud } from '../core/clouds.ts';
import type { Credential } from '../core/credential.ts';
import { startFolders } from '../core/machine.ts';
import type { ClientCertificateRequest, TokenRequest } from '../core/request.ts';
import type { SignInContext } from './sign-in-context.ts';
import { explaining } from './token-answer.ts';

/**
 * The credential of a request, whose refusals are explained.
 * @throws {SessionError} when the credential itself is no good, or the cloud must not get its tokens: nothing was sent yet
 */
export async function credentialFor(request: TokenRequest, context: SignInContext): Promise<Credential> {
  const { cloud } = context;
  const asked = forDirectory(request, cloud);
  if (cloud.metadataHost !== '') (await import('./private-cloud.ts')).assertMayBeAsked(asked, cloud);
  return explaining(asked, await loaded(asked, context), cloud);
}

/** What a method needs is loaded for it alone: a job that signs in by OIDC never reads a certificate parser from disk. */
async function loaded(request: TokenRequest, context: SignInContext): Promise<Credential> {
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
