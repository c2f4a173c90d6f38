import { errorFactory } from '../core/session-error.ts';

/* What goes wrong with users alone, beside what Entra ID says by its codes. */

export const userError = errorFactory({
  unanswered: (failure: string) => [
    'The sign-in with user name and password was not answered.',
    `${failure}. Entra ID may still have counted the try, and too many wrong passwords lock an account. So the password is not sent again.`,
    'Check the user name and the password, then run the job again.',
  ],
  noRefreshToken: () => [
    'Entra ID issued no refresh token for the user.',
    'Later steps could not get a token without one. The reason can be a policy of the tenant, or an identity provider other than Entra ID.',
    'Let the workflow sign in as a service principal by OIDC instead:',
    '| auth-type: oidc',
  ],
});
