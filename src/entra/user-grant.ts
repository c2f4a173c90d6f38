import { issuerName, tokenIssuer } from '../core/clouds.ts';
import { type AccessToken, AZURE_CLI_CLIENT_ID, type Credential, type UserGrant } from '../core/credential.ts';
import { isSpecificTenant } from '../core/forms.ts';
import { type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import { claimsOf } from '../core/jwt.ts';
import type { DeviceCodeRequest, PasswordRequest } from '../core/request.ts';
import { userError } from '../errors/user.ts';
import { TransientFailure, withRetry } from '../http/retry.ts';
import type { SignInContext } from './sign-in-context.ts';
import { readTokenResponse } from './token-response.ts';

/*
 * The password grant, and the code that all user sign-ins share. It does not use MSAL. MSAL's password client is
 * deprecated and sends a response type that the grant does not have. Its device code client stops at every error but
 * "pending", and mistakes a rejected first request for a code. Both expose the refresh token, which later steps need,
 * only in a serialized cache whose format differs from that of the CLIs. Each grant is one POST.
 */

/**
 * Signs in a work or school account with only a password: the resource owner password credentials grant.
 * Source: Microsoft identity platform, "OAuth 2.0 Resource Owner Password Credentials"; RFC 6749, 4.3.
 */
export function passwordCredential(request: PasswordRequest, context: SignInContext): Credential {
  const { username, password, tenantId } = request;
  return userCredential(request, 'password', context, (scope) => {
    const fields = { grant_type: 'password', username, password, scope: withIdentityScopes(scope) };
    return withRetry(`The sign-in at ${issuerName(context.cloud)}`, context.retry, () =>
      requestUserToken(tenantId, fields, context).catch(failIfSent),
    );
  });
}

/**
 * Prevents a retry when the server may have received the password but sent no response: a wrong password counts towards
 * the lock of the account even if the response is lost.
 */
function failIfSent(error: unknown): never {
  if (!(error instanceof TransientFailure) || error.delivery !== 'unknown') throw error;
  throw userError('unanswered', error.message).causedBy(error);
}

/**
 * Creates a user's credential. The user signs in once, for the first scope; the refresh token serves the other scopes.
 * @param signIn returns the token response. Called only once, since a second wrong password may lock the account
 */
export function userCredential(
  { tenantId }: PasswordRequest | DeviceCodeRequest,
  source: UserGrant['source'],
  context: SignInContext,
  signIn: (scope: string) => Promise<JsonObject>,
): Credential {
  let signedIn: Promise<ReturnType<typeof readUserResponse>> | undefined;
  let grant: UserGrant | undefined;
  return {
    async getToken(scope, otherTenantId) {
      signedIn ??= signIn(scope).then((body) => readUserResponse(body, scope, tenantId, source));
      const first = await signedIn;
      grant = first.grant;
      if (otherTenantId === undefined && first.token.scope === scope) return first.token;
      return redeemRefreshToken(first.grant, otherTenantId ?? tenantId, scope, context);
    },
    material() {
      if (grant === undefined) throw new Error('The user has not signed in yet.');
      return { kind: 'user', grant };
    },
  };
}

/**
 * Requests an access token for any tenant that the user belongs to. Discards the new refresh token in the response:
 * Entra ID does not revoke the old one, and a refresh token is valid in every tenant.
 * Source: Microsoft identity platform, "Refresh tokens in the Microsoft identity platform".
 * @throws {EntraError} which the caller explains to the user
 * @throws {SessionError} when attempts or time run out
 */
export function redeemRefreshToken(
  { refreshToken }: UserGrant,
  tenantId: string,
  scope: string,
  context: SignInContext,
): Promise<AccessToken> {
  const fields = { grant_type: 'refresh_token', refresh_token: refreshToken, scope: withIdentityScopes(scope) };
  return withRetry(`The token request to ${issuerName(context.cloud)}`, context.retry, async () =>
    readAccessToken(await requestUserToken(tenantId, fields, context), scope),
  );
}

/** Adds the scopes for the user's name and a refresh token. Source: OpenID Connect Core, 5.4 and 11. */
export function withIdentityScopes(scope: string): string {
  return `${scope} openid profile offline_access`;
}

/** Sends one token request. Throws the errors of `readTokenResponse`. */
export async function requestUserToken(
  tenantId: string,
  fields: Readonly<Record<string, string>>,
  context: SignInContext,
): Promise<JsonObject> {
  const { tokenEndpoint } = tokenIssuer(context.cloud, tenantId);
  const response = await context.http.send(formRequest(tokenEndpoint, { ...fields, client_info: '1' }));
  const body = readTokenResponse(response);
  for (const name of ['access_token', 'refresh_token', 'id_token']) context.mask(stringField(body, name));
  return body;
}

/** Uses Azure CLI's public client, which has no secret. */
export function formRequest(url: string, fields: Readonly<Record<string, string>>) {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8' };
  const body = new URLSearchParams({ client_id: AZURE_CLI_CLIENT_ID, ...fields }).toString();
  return { method: 'POST', url, headers, body } as const;
}

/**
 * Reads the response to a user's sign-in. The home account is in `client_info`, base64url of `{"uid","utid"}`. An
 * identity provider that omits it has only one tenant, which the ID token contains. Source: MSAL, `ClientInfo.ts`.
 * @throws {SessionError} when the response has no refresh token, since later steps need it
 */
export function readUserResponse(
  body: JsonObject,
  scope: string,
  tenantId: string,
  source: UserGrant['source'],
): { token: AccessToken; grant: UserGrant } {
  const refreshToken = stringField(body, 'refresh_token');
  if (refreshToken === '') throw userError('noRefreshToken');
  const idToken = stringField(body, 'id_token');
  const claims = claimsOf(idToken);
  const info = parseJsonObject(Buffer.from(stringField(body, 'client_info'), 'base64url').toString('utf8'));
  const grant = {
    source,
    refreshToken,
    idToken,
    realm: isSpecificTenant(tenantId) ? stringField(claims, 'tid') || tenantId : 'organizations',
    homeObjectId: stringField(info, 'uid') || stringField(claims, 'oid') || stringField(claims, 'sub'),
    homeTenantId: stringField(info, 'utid') || stringField(claims, 'tid'),
  };
  return { token: readAccessToken(body, scope), grant };
}

function readAccessToken(body: JsonObject, scope: string): AccessToken {
  return {
    token: stringField(body, 'access_token'),
    expiresOn: new Date(Date.now() + Number(body['expires_in']) * 1000),
    scope,
    user: { scopes: stringField(body, 'scope'), idToken: stringField(body, 'id_token') },
  };
}

/**
 * The username in a token; `''` when it has none. Entra ID's ID tokens have the first claim, AD FS's the second, and
 * access tokens the second or third. Source: azure-cli, `auth/util.py`; "Access token claims reference".
 */
export function usernameOf(token: string): string {
  const claims = claimsOf(token);
  const names = ['preferred_username', 'upn', 'unique_name'].map((claim) => stringField(claims, claim));
  return names.find((name) => name !== '') ?? '';
}
