import { isMicrosoftIssuer } from '../core/clouds.ts';
import type { AccessToken } from '../core/credential.ts';
import type { OidcRequest, WorkloadIdentityRequest } from '../core/request.ts';
import type { SignInFacts } from '../errors/entra.ts';
import { presentedClaims } from '../errors/federated-subject.ts';
import { clientCredentialsToken } from './confidential-client.ts';
import type { SignInContext } from './sign-in-context.ts';

/** A token of another issuer, presented to Entra as the assertion of an application that trusts this issuer. */
export class FederatedExchange {
  readonly #request: OidcRequest | WorkloadIdentityRequest;
  readonly #context: SignInContext;
  readonly #assertionFor: (attempt: number) => Promise<string>;
  #assertion = '';

  /** @param assertionFor gives the assertion of a try; tries count from 1 */
  constructor(
    request: OidcRequest | WorkloadIdentityRequest,
    context: SignInContext,
    assertionFor: (attempt: number) => Promise<string>,
  ) {
    this.#request = request;
    this.#context = context;
    this.#assertionFor = assertionFor;
  }

  /** The last assertion that was presented; `''` before the first. */
  get assertion(): string {
    return this.#assertion;
  }

  /** @throws {EntraError} for the caller to explain, with `facts()` */
  getToken(scope: string): Promise<AccessToken> {
    // The first is asked for while MSAL loads. Who awaits it later hears of its failure.
    const first = this.#present(1);
    first.catch(() => {});
    const assertionFor = (attempt: number): Promise<string> => (attempt === 1 ? first : this.#present(attempt));
    return clientCredentialsToken(this.#request, scope, this.#context, { kind: 'assertion', assertionFor });
  }

  async #present(attempt: number): Promise<string> {
    const assertion = await this.#assertionFor(attempt);
    const { cloud } = this.#context;
    if (cloud.metadataHost !== '') (await import('./private-cloud.ts')).assertAssertionMayBeSent(assertion, cloud);
    this.#assertion = assertion;
    return assertion;
  }

  facts(): SignInFacts {
    const { method, clientId, tenantId } = this.#request;
    return { method, clientId, tenantId, cloud: this.#context.cloud, presented: presentedClaims(this.#assertion) };
  }
}

/** For the keep-alive process, which renews the assertion by the same rule. */
export function issuerOf({ cloud }: SignInContext): { readonly issuer?: 'private' } {
  return isMicrosoftIssuer(cloud.authority) ? {} : { issuer: 'private' };
}
