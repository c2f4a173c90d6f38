import { type Cloud, isMicrosoftIssuer } from '../azure/clouds.ts';
import { quotable } from '../azure/errors/quotable.ts';
import { isMicrosoftAudience, microsoftAudienceOf } from '../azure/microsoft-audience.ts';
import { SessionError } from '../session-error.ts';

/**
 * A private cloud may name a token issuer of its own. An assertion that Microsoft's clouds accept could be used there by
 * whoever receives it, so that issuer gets none.
 */

/**
 * The audience of GitHub's ID token.
 * @throws {SessionError} when the workflow has to name one, or another one
 */
export function gitHubAudience(given: string | undefined, cloud: Cloud): string {
  if (isMicrosoftIssuer(cloud.authority)) return given ?? cloud.federatedAudience;
  if (given !== undefined && !isMicrosoftAudience(given)) return given;
  const what =
    given === undefined
      ? 'This cloud has a token issuer of its own, so `audience` must be given.'
      : `This cloud has a token issuer of its own, so \`audience\` must not be ${quotable(given, 100)}.`;
  throw new SessionError(what, {
    why: `GitHub's ID token would be sent to ${cloud.authority}. With an audience that Microsoft's clouds accept, it could be used there to sign in as this job.`,
    next: [
      {
        say: 'Name an audience that only this cloud accepts, and set the same one in its federated credential:',
        run: 'audience: AUDIENCE_OF_THIS_CLOUD',
      },
      'If the cloud should use Entra ID, check the token issuer that it names in its metadata.',
    ],
  });
}

/** @throws {SessionError} when an assertion must not be sent to the token issuer of the cloud */
export function assertMayBeSent(assertion: string, { authority }: Cloud): void {
  if (isMicrosoftIssuer(authority)) return;
  const audience = microsoftAudienceOf(assertion);
  if (audience === '') return;
  throw new SessionError(
    "This cloud has a token issuer of its own, and the federated token is for Microsoft's clouds.",
    {
      why: `The token has the audience ${quotable(audience, 100)}. Whoever receives it could use it there to sign in as this job, so it is not sent to ${authority}.`,
      next: [
        'In a pod, project a service account token with an audience that only this cloud accepts, and name its file in `federated-token-file`.',
        'If the cloud should use Entra ID, check the token issuer that it names in its metadata.',
      ],
    },
  );
}

/** For the keep-alive process, which renews the assertion by the same rule. */
export function issuerOf({ authority }: Cloud): { readonly issuer?: 'private' } {
  return isMicrosoftIssuer(authority) ? {} : { issuer: 'private' };
}
