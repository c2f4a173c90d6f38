import type { AccessToken, CredentialMaterial } from '../core/credential.ts';
import { stringField } from '../core/json.ts';
import { accessTokenClaims, claimsOf, tenantOfToken } from '../core/jwt.ts';
import type { DeviceCodeRequest, PasswordRequest, SubscriptionRequest, TokenRequest } from '../core/request.ts';
import type { Account, AccountWithTokens, Principal, User } from '../core/session.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { findSubscriptions } from './subscriptions.ts';

/**
 * The account that the token belongs to, in one tenant; of a user who named none, in every tenant.
 * @throws {SessionError} when no subscription can be the default
 */
export async function findAccount(
  credential: TokenRequest,
  subscription: SubscriptionRequest,
  token: AccessToken,
  material: CredentialMaterial,
  context: SignInContext,
): Promise<AccountWithTokens> {
  if (credential.method === 'password' || credential.method === 'device-code') {
    if (material.kind !== 'user') throw new Error('The credential of a user must be a user grant.');
    const { findAccountOfUser } = await import('./user-accounts.ts');
    return findAccountOfUser({ credential, subscription }, token, material.grant, context);
  }
  const account = await accountInOneTenant(credential, subscription, token, context);
  return { account, managementTokens: [{ ...token, tenantId: account.tenantId }] };
}

/** Users may belong to several tenants; these do not. */
type OneTenantRequest = Exclude<TokenRequest, PasswordRequest | DeviceCodeRequest>;

/**
 * The account of an identity that belongs to one tenant: a service principal or a managed identity.
 * @throws {SessionError} when no subscription can be the default
 */
async function accountInOneTenant(
  credential: OneTenantRequest,
  request: SubscriptionRequest,
  token: AccessToken,
  context: SignInContext,
): Promise<Account> {
  const tenantId = tenantOfToken(token.token, context.cloud) || tenantOf(credential);
  const principal = principalOf(credential, token);
  const { subscriptions, selected } = await findSubscriptions({
    ...context,
    request,
    token,
    tenantId,
    clientId: principal.clientId,
    objectId: principal.objectId,
  });
  return { principal, tenantId, cloud: context.cloud, subscriptions, selected };
}

function principalOf(credential: OneTenantRequest, { token }: AccessToken): Exclude<Principal, User> {
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
  }
}

function tenantOf(credential: OneTenantRequest): string {
  return 'tenantId' in credential ? credential.tenantId : '';
}
