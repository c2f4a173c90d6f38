import { KNOWN_CLOUDS } from '../core/clouds.ts';
import type { AccessToken, Credential } from '../core/credential.ts';
import { stringField } from '../core/json.ts';
import { claimsOf } from '../core/jwt.ts';
import type { OidcRequest } from '../core/request.ts';
import { federatedCredential } from './federated.ts';
import { requestGitHubIdToken } from './github-id-token.ts';
import type { SignInContext } from './sign-in-context.ts';
import { EntraError } from './token-answer.ts';

/** GitHub's ID token, exchanged at Entra for an access token: no secret anywhere. */
export function oidcCredential(request: OidcRequest, context: SignInContext): Credential {
  const publicAudience = KNOWN_CLOUDS.AzureCloud.federatedAudience;
  let audience = request.audience ?? context.cloud.federatedAudience;
  let pending: Promise<string> | undefined;

  // The scopes of one sign-in share one ID token; a repeated try gets a fresh one, since it may be the token's fault.
  const idTokenFor = (attempt: number): Promise<string> => {
    if (attempt > 1) pending = undefined;
    pending ??= requestGitHubIdToken(audience, context, request);
    return pending;
  };
  const exchange = federatedCredential(request, context, idTokenFor, () => ({ kind: 'github', audience }));

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

  let warned: Promise<void> | undefined;
  return {
    ...exchange,
    async getToken(scope) {
      const token = await exchange.getToken(scope).catch((error: unknown) => withPublicAudience(scope, error));
      warned ??= pending?.then((idToken) => warnOfPullRequests(idToken, context));
      await warned;
      return token;
    },
  };
}

/** Once Entra has taken the token: where it has not, the error says what to trust in its place. */
async function warnOfPullRequests(idToken: string, { warn }: SignInContext): Promise<void> {
  const subject = stringField(claimsOf(idToken), 'sub');
  if (!subject.endsWith(':pull_request')) return;
  const { pullRequestWarning } = await import('../errors/github.ts');
  warn(pullRequestWarning(subject));
}
