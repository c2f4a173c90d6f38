import { ADFS_TENANT, type Cloud } from '../core/clouds.ts';
import type { TokenRequest } from '../core/request.ts';
import { SessionError } from '../core/session-error.ts';

/**
 * The request as the token issuer of the cloud takes it. An AD FS has one directory and no tenants: whichever the workflow
 * named, clients look for its tokens under one name. `az` does the same.
 * @throws {SessionError} for a method that no AD FS knows
 */
export function forDirectory(credential: TokenRequest, { directory }: Cloud): TokenRequest {
  if (directory === 'entra') return credential;
  if (credential.method === 'oidc' || credential.method === 'workload-identity') throw federationUnknown();
  return 'tenantId' in credential ? { ...credential, tenantId: ADFS_TENANT } : credential;
}

function federationUnknown(): SessionError {
  return new SessionError('This cloud signs in by AD FS, which does not accept the tokens of other issuers.', {
    why: 'Federated credentials are a feature of Entra ID. An AD FS knows applications by a certificate or a client secret.',
    next: [
      {
        say: 'Give the certificate that the application was registered with:',
        yaml: 'client-certificate: ${{ secrets.AZURE_CLIENT_CERTIFICATE }}',
      },
      'Or its secret, in `client-secret`.',
    ],
  });
}
