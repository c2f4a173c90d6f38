import type { Credential } from '../core/credential.ts';
import type { WorkloadIdentityRequest } from '../core/request.ts';
import { FederatedExchange, issuerOf } from './federated.ts';
import type { SignInContext } from './sign-in-context.ts';
import { explaining } from './token-answer.ts';
import { readTokenFile } from './workload-identity-token-file.ts';

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
    handover: () => ({
      kind: 'assertion',
      assertion: exchange.assertion,
      source: { kind: 'file', path: request.tokenFile, ...issuerOf(context) },
    }),
  };
}
