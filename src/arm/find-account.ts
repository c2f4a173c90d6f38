import type { AccessToken, CredentialMaterial } from '../core/credential.ts';
import { stringField } from '../core/json.ts';
import { claimsOf, objectIdOf, tenantOfToken } from '../core/jwt.ts';
import type { DeviceCodeRequest, PasswordRequest, SubscriptionRequest, TokenRequest } from '../core/request.ts';
import type { AccountWithTokens, Principal, User } from '../core/session.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { accountInTenant } from './subscriptions.ts';

/**
 * Finds the account of the token: in one tenant, or in every tenant for a user who named no tenant.
 * @throws {SessionError} when no subscription can be the default
 */
export async function findAccount(
  credential: TokenRequest,
  request: SubscriptionRequest,
  token: AccessToken,
  material: CredentialMaterial,
  context: SignInContext,
): Promise<AccountWithTokens> {
  if (credential.method === 'password' || credential.method === 'device-code') {
    if (material.kind !== 'user') throw new Error('The credential of a user must be a user grant.');
    const { findAccountOfUser } = await import('./user-accounts.ts');
    return findAccountOfUser(credential, request, token, material.grant, context);
  }
  const tenantId = tenantOfToken(token.token, context.cloud) || ('tenantId' in credential ? credential.tenantId : '');
  const principal = principalOf(credential, token);
  const { clientId, objectId } = principal;
  return accountInTenant(principal, { ...context, request, token, tenantId, clientId, objectId });
}

/** Excludes users, who may belong to several tenants. */
type SingleTenantRequest = Exclude<TokenRequest, PasswordRequest | DeviceCodeRequest>;

function principalOf(credential: SingleTenantRequest, { token }: AccessToken): Exclude<Principal, User> {
  const objectId = objectIdOf(token);
  const { method, clientId } = credential;
  if (method !== 'managed-identity') return { kind: 'service-principal', clientId, objectId };
  return clientId !== ''
    ? { kind: 'managed-identity', assigned: 'user', clientId, objectId }
    : { kind: 'managed-identity', assigned: 'system', clientId: stringField(claimsOf(token), 'appid'), objectId };
}
