import type { Credential } from '../core/credential.ts';
import { homeFolder } from '../core/home-folder.ts';
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
  const [{ certificateCredential }, { certificateFiles }, { readClientCertificate }, { keyMaterial }] =
    await Promise.all([
      import('./client-certificate.ts'),
      import('../certificate/files.ts'),
      import('../certificate/read.ts'),
      import('../inputs/key-material.ts'),
    ]);
  const { certificate, warnings } = await readClientCertificate(
    { value: request.certificate, password: request.certificatePassword, clientId: request.clientId },
    new Date(),
    certificateFiles({ workspace: context.env['GITHUB_WORKSPACE'] || process.cwd(), home: homeFolder() }),
  );
  for (const secret of keyMaterial(certificate.privateKey)) context.mask(secret);
  for (const warning of warnings) context.warn(warning);
  return certificateCredential(request, certificate, context);
}
