import type { Credential } from '../core/credential.ts';
import type { ClientSecretRequest } from '../core/request.ts';
import { clientCredentialsToken } from './confidential-client.ts';
import type { SignInContext } from './sign-in-context.ts';

/** A service principal with a client secret. */
export function clientSecretCredential(request: ClientSecretRequest, context: SignInContext): Credential {
  const proof = { kind: 'client-secret', clientSecret: request.clientSecret } as const;
  return {
    getToken: (scope) => clientCredentialsToken(request, scope, context, proof),
    material: () => proof,
  };
}
