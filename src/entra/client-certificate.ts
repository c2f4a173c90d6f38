import type { ClientCertificate, Credential } from '../core/credential.ts';
import type { ClientCertificateRequest } from '../core/request.ts';
import { clientCredentialsToken } from './confidential-client.ts';
import type { SignInContext } from './sign-in-context.ts';
import { explaining } from './token-answer.ts';

/**
 * A service principal with a certificate: an assertion signed by PS256 that names it by its SHA-256 thumbprint.
 * @param certificate read and checked: nothing is sent before that
 */
export function certificateCredential(
  request: ClientCertificateRequest,
  certificate: ClientCertificate,
  context: SignInContext,
): Credential {
  const proof = { kind: 'client-certificate', certificate, chain: request.chain } as const;
  return {
    getToken: (scope) =>
      clientCredentialsToken(request, scope, context, proof).catch(
        explaining({
          method: request.method,
          clientId: request.clientId,
          tenantId: request.tenantId,
          cloud: context.cloud,
          thumbprint: certificate.thumbprint,
        }),
      ),
    handover: () => proof,
  };
}
