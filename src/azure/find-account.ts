import type { AccessToken, Handover } from '../credentials/credential.ts';
import { claimsOf } from '../credentials/jwt-claims.ts';
import type { SignInContext } from '../credentials/sign-in-context.ts';
import type { CredentialRequest, SignInRequest } from '../inputs/request.ts';
import { stringField } from '../net/json.ts';
import { SessionError } from '../session-error.ts';
import { accessTokenClaims, tenantOfToken } from './access-token-claims.ts';
import type { Account, Principal } from './account.ts';
import type { Reach } from './reach.ts';
import { findSubscriptions } from './subscriptions.ts';

/**
 * Who the token belongs to, and what it reaches: one tenant, but every tenant of a user who named none.
 * @throws {SessionError} when no subscription can be the default
 */
export async function findReach(
  request: SignInRequest,
  token: AccessToken,
  handover: Handover,
  context: SignInContext,
): Promise<Reach> {
  const { credential } = request;
  if (handover.kind === 'user' && (credential.method === 'password' || credential.method === 'device-code')) {
    const { findReachOfUser } = await import('./user-reach.ts');
    return findReachOfUser({ credential, subscription: request.subscription }, token, handover.grant, context);
  }
  const account = await findAccount(request, token, context);
  return { account, managementTokens: [{ ...token, tenantId: account.tenantId }] };
}

/**
 * The account of an identity that belongs to one tenant: a service principal or a managed identity.
 * @throws {SessionError} when no subscription can be the default
 */
async function findAccount(request: SignInRequest, token: AccessToken, context: SignInContext): Promise<Account> {
  const tenantId = tenantOfToken(token.token, context.cloud) || tenantOf(request.credential);
  const principal = principalOf(request.credential, token);
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

function principalOf(credential: CredentialRequest, { token }: AccessToken): Principal {
  const { objectId } = accessTokenClaims(token);
  switch (credential.method) {
    case 'oidc':
    case 'client-secret':
    case 'client-certificate':
    case 'workload-identity':
      return { kind: 'service-principal', clientId: credential.clientId, objectId };
    case 'managed-identity':
      return credential.identity.kind === 'user-assigned'
        ? { kind: 'managed-identity', assigned: 'user', clientId: credential.identity.clientId, objectId }
        : { kind: 'managed-identity', assigned: 'system', clientId: stringField(claimsOf(token), 'appid'), objectId };
    default:
      throw new SessionError(`Signing in by ${credential.method} is not built into this version yet.`);
  }
}

function tenantOf(credential: CredentialRequest): string {
  return 'tenantId' in credential ? credential.tenantId : '';
}
