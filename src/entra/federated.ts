import { isMicrosoftIssuer } from '../core/clouds.ts';
import type { AssertionSource, Credential } from '../core/credential.ts';
import type { OidcRequest, WorkloadIdentityRequest } from '../core/request.ts';
import { clientCredentialsToken } from './confidential-client.ts';
import type { SignInContext } from './sign-in-context.ts';

/**
 * A token of another issuer, presented to Entra as the assertion of an application that trusts this issuer.
 * @param assertionFor gives the assertion of a try; tries count from 1
 * @param source where the keep-alive process gets the next one
 */
export function federatedCredential(
  request: OidcRequest | WorkloadIdentityRequest,
  context: SignInContext,
  assertionFor: (attempt: number) => Promise<string>,
  source: () => AssertionSource,
): Credential {
  const { cloud } = context;
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
    // The keep-alive process renews the assertion by the same rule.
    material: () => ({
      kind: 'assertion',
      assertion: presented,
      source: isMicrosoftIssuer(cloud.authority) ? source() : { ...source(), issuer: 'private' },
    }),
  };
}
