import { KNOWN_CLOUDS } from '../core/clouds.ts';
import type { AccessToken, Credential } from '../core/credential.ts';
import type { OidcRequest } from '../core/request.ts';
import { presentedClaims, pullRequestWarning } from '../errors/federated-subject.ts';
import { FederatedExchange, issuerOf } from './federated.ts';
import { requestGitHubIdToken } from './github-id-token.ts';
import type { SignInContext } from './sign-in-context.ts';
import { EntraError, explaining } from './token-answer.ts';

/** GitHub's ID token, exchanged at Entra for an access token: no secret anywhere. */
export function oidcCredential(request: OidcRequest, context: SignInContext): Credential {
  const job = new JobIdentity(request, context);
  return {
    getToken: (scope) => job.getToken(scope),
    material: () => ({
      kind: 'assertion',
      assertion: job.exchange.assertion,
      source: { kind: 'github', audience: job.audience, ...issuerOf(context) },
    }),
  };
}

class JobIdentity {
  audience: string;
  readonly exchange: FederatedExchange;
  readonly #request: OidcRequest;
  readonly #context: SignInContext;
  #pending: Promise<string> | undefined;

  constructor(request: OidcRequest, context: SignInContext) {
    this.#request = request;
    this.#context = context;
    this.audience = request.audience ?? context.cloud.federatedAudience;
    this.exchange = new FederatedExchange(request, context, (attempt) => this.#freshIdToken(attempt));
  }

  /** The scopes of one sign-in share one ID token; a repeated try gets a fresh one, since it may be the token's fault. */
  async getToken(scope: string): Promise<AccessToken> {
    return this.exchange
      .getToken(scope)
      .catch((error: unknown) => this.#withPublicAudience(scope, error))
      .catch((error: unknown) => explaining(this.exchange.facts())(error));
  }

  /** azure/login asks for the public audience in every cloud, so identities in others were set up for it. */
  #withPublicAudience(scope: string, error: unknown): Promise<AccessToken> {
    const publicAudience = KNOWN_CLOUDS.AzureCloud.federatedAudience;
    const guessed = this.#request.audience === undefined && this.audience !== publicAudience;
    if (!(guessed && error instanceof EntraError && error.answer.code === '700212')) throw error;
    this.#context.warn(
      `Entra ID knows no federated credential for the audience ${this.audience}; trying ${publicAudience}. Set the input \`audience\` to the one that is right.`,
    );
    this.audience = publicAudience;
    this.#pending = undefined;
    return this.exchange.getToken(scope);
  }

  async #freshIdToken(attempt: number): Promise<string> {
    if (attempt > 1) this.#pending = undefined;
    this.#pending ??= requestGitHubIdToken(this.audience, this.#context, this.#request);
    const idToken = await this.#pending;
    if (this.exchange.assertion === '') this.#warnOf(idToken);
    return idToken;
  }

  #warnOf(idToken: string): void {
    const warning = pullRequestWarning(presentedClaims(idToken).subject);
    if (warning !== undefined) this.#context.warn(warning);
  }
}
