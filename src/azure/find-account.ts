import type { AccessToken } from '../credentials/credential.ts';
import type { SignInContext } from '../credentials/sign-in-context.ts';
import type { CredentialRequest, SignInRequest } from '../inputs/request.ts';
import { SessionError } from '../session-error.ts';
import { accessTokenClaims } from './access-token-claims.ts';
import type { Account, Principal } from './account.ts';
import { findSubscriptions } from './subscriptions.ts';

/**
 * Who the token belongs to, and what it reaches.
 * @throws {SessionError} when no subscription can be the default
 */
export async function findAccount(
  request: SignInRequest,
  token: AccessToken,
  context: SignInContext,
): Promise<Account> {
  const claims = accessTokenClaims(token.token);
  const tenantId = claims.tenantId || tenantOf(request.credential);
  const principal = principalOf(request.credential, claims.objectId);
  const { subscriptions, selected } = await findSubscriptions({
    ...context,
    request: request.subscription,
    token,
    tenantId,
    clientId: principal.kind === 'user' ? '' : principal.clientId,
    objectId: principal.objectId,
  });
  return { principal, tenantId, cloud: context.cloud, subscriptions, selected };
}

function principalOf(credential: CredentialRequest, objectId: string): Principal {
  switch (credential.method) {
    case 'oidc':
    case 'client-secret':
    case 'client-certificate':
      return { kind: 'service-principal', clientId: credential.clientId, objectId };
    default:
      throw new SessionError(`Signing in by ${credential.method} is not built into this version yet.`);
  }
}

function tenantOf(credential: CredentialRequest): string {
  return 'tenantId' in credential ? credential.tenantId : '';
}
