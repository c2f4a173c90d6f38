import { KNOWN_CLOUDS } from '../core/clouds.ts';
import type { AccessToken, Credential } from '../core/credential.ts';
import type { OidcRequest } from '../core/request.ts';
import { presentedClaims, pullRequestWarning } from '../errors/federated-subject.ts';
import { federatedExchange } from './federated.ts';
import { requestGitHubIdToken } from './github-id-token.ts';
import type { SignInContext } from './sign-in-context.ts';
import { EntraError } from './token-answer.ts';

/** GitHub's ID token, exchanged at Entra for an access token: no secret anywhere. */
export function oidcCredential(request: OidcRequest, context: SignInContext): Credential {
  const publicAudience = KNOWN_CLOUDS.AzureCloud.federatedAudience;
  let audience = request.audience ?? context.cloud.federatedAudience;
  let pending: Promise<string> | undefined;

  // The scopes of one sign-in share one ID token; a repeated try gets a fresh one, since it may be the token's fault.
  const exchange = federatedExchange(request, context, async (attempt) => {
    if (attempt > 1) pending = undefined;
    pending ??= requestGitHubIdToken(audience, context, request);
    const idToken = await pending;
    const warning = exchange.hasPresented() ? undefined : pullRequestWarning(presentedClaims(idToken).subject);
    if (warning !== undefined) context.warn(warning);
    return idToken;
  });

  // azure/login asks for the public audience in every cloud, so identities in others were set up for it.
  const withPublicAudience = (scope: string, error: unknown): Promise<AccessToken> => {
    const isGuessed = request.audience === undefined && audience !== publicAudience;
    if (!(isGuessed && error instanceof EntraError && error.answer.code === '700212')) throw error;
    context.warn(
      `Entra ID knows no federated credential for the audience ${audience}; trying ${publicAudience}. Set the input \`audience\` to the one that is right.`,
    );
    audience = publicAudience;
    pending = undefined;
    return exchange.getToken(scope);
  };

  return {
    getToken: (scope) =>
      exchange
        .getToken(scope)
        .catch((error: unknown) => withPublicAudience(scope, error))
        .catch(exchange.explain),
    material: () => exchange.material({ kind: 'github', audience }),
  };
}
