import { errorFactory } from '../core/session-error.ts';

/* Errors of user sign-ins, in addition to the codes of Entra ID. */

export const userError = errorFactory({
  unanswered: (failure: string) => [
    'Entra ID did not respond to the sign-in with a user name and password.',
    `${failure}. Entra ID may still have counted the attempt, and too many wrong passwords lock an account, so the action does not send the password again.`,
    'Check the user name and the password, then run the job again.',
  ],
  noRefreshToken: () => [
    'Entra ID issued no refresh token for the user.',
    'Later steps need one to get tokens. The cause can be a policy of the tenant, or an identity provider other than Entra ID.',
    'Sign in as a service principal with OIDC instead:',
    '| auth-type: oidc',
  ],
});
