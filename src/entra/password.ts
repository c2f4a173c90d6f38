import type { Credential } from '../core/credential.ts';
import type { PasswordRequest } from '../core/request.ts';
import { userError } from '../errors/user.ts';
import { TransientFailure, withRetry } from '../http/retry.ts';
import type { SignInContext } from './sign-in-context.ts';
import { requestUserToken, userCredential, withIdentityScopes } from './user-grant.ts';

/**
 * A work or school account with a password alone: the resource owner password credentials grant.
 * Source: Microsoft identity platform, "OAuth 2.0 Resource Owner Password Credentials"; RFC 6749, 4.3.
 */
export function passwordCredential(request: PasswordRequest, context: SignInContext): Credential {
  const { username, password, tenantId } = request;
  return userCredential(request, 'password', context, (scope) => {
    const fields = { grant_type: 'password', username, password, scope: withIdentityScopes(scope) };
    return withRetry('The sign-in at Entra ID', context.retry, () =>
      requestUserToken(tenantId, fields, context).catch(finalOnceSent),
    );
  });
}

/**
 * A wrong password counts towards the lock of the account even when its answer is lost. So it is sent again only after
 * an answer that says "not now", and after a connection that never came about.
 */
export function finalOnceSent(error: unknown): never {
  if (!(error instanceof TransientFailure) || error.reached !== 'perhaps-the-server') throw error;
  throw userError('unanswered', error.message).causedBy(error);
}
