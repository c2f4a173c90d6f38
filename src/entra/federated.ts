import { isMicrosoftIssuer } from '../core/clouds.ts';
import type { AccessToken, AssertionSource, CredentialMaterial } from '../core/credential.ts';
import type { OidcRequest, WorkloadIdentityRequest } from '../core/request.ts';
import { presentedClaims } from '../errors/federated-subject.ts';
import { clientCredentialsToken } from './confidential-client.ts';
import type { SignInContext } from './sign-in-context.ts';
import { explaining } from './token-answer.ts';

/** A token of another issuer, presented to Entra as the assertion of an application that trusts this issuer. */
interface FederatedExchange {
  /** @throws {EntraError} for `explain` */
  getToken(scope: string): Promise<AccessToken>;
  /** For `.catch(…)`. */
  explain(error: unknown): Promise<never>;
  /** Whether an assertion was presented before. */
  hasPresented(): boolean;
  material(source: AssertionSource): CredentialMaterial;
}

/** @param assertionFor gives the assertion of a try; tries count from 1 */
export function federatedExchange(
  request: OidcRequest | WorkloadIdentityRequest,
  context: SignInContext,
  assertionFor: (attempt: number) => Promise<string>,
): FederatedExchange {
  const { cloud } = context;
  const { method, clientId, tenantId } = request;
  let presented = '';
  const present = async (attempt: number): Promise<string> => {
    const assertion = await assertionFor(attempt);
    if (cloud.metadataHost !== '') (await import('./private-cloud.ts')).assertAssertionMayBeSent(assertion, cloud);
    presented = assertion;
    return assertion;
  };
  return {
    getToken(scope) {
      // The first is asked for while MSAL loads. Who awaits it later hears of its failure.
      const first = present(1);
      first.catch(() => {});
      return clientCredentialsToken(request, scope, context, {
        kind: 'assertion',
        assertionFor: (attempt) => (attempt === 1 ? first : present(attempt)),
      });
    },
    explain: (error) => explaining({ method, clientId, tenantId, cloud, presented: presentedClaims(presented) })(error),
    hasPresented: () => presented !== '',
    // The keep-alive process renews the assertion by the same rule.
    material: (source) => ({
      kind: 'assertion',
      assertion: presented,
      source: isMicrosoftIssuer(cloud.authority) ? source : { ...source, issuer: 'private' },
    }),
  };
}
