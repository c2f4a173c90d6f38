import { tokenIssuer } from '../core/clouds.ts';
import { type AccessToken, AZURE_CLI_CLIENT_ID, type Credential, type UserGrant } from '../core/credential.ts';
import { namesTenant } from '../core/forms.ts';
import { type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import { claimsOf } from '../core/jwt.ts';
import type { DeviceCodeRequest, PasswordRequest } from '../core/request.ts';
import { userError } from '../errors/user.ts';
import { TransientFailure, withRetry } from '../http/retry.ts';
import type { SignInContext } from './sign-in-context.ts';
import { readTokenAnswer } from './token-answer.ts';

/*
 * What users have in common, however they signed in, and the grant by password. The requests are made here and not by MSAL:
 * its password client is deprecated and sends a response type that the grant does not have; its device code client takes
 * every answer but "pending" for the end, and a refused start for a code; and both show the refresh token, which later steps
 * need, only in a serialised cache of another form than the CLIs read. Each grant is one POST.
 */

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
function finalOnceSent(error: unknown): never {
  if (!(error instanceof TransientFailure) || error.reached !== 'perhaps-the-server') throw error;
  throw userError('unanswered', error.message).causedBy(error);
}

/**
 * A user's credential. The user signs in once, for the first scope; the refresh token serves the others.
 * @param signIn gives the answer with the tokens. It is never called again, since a second wrong password may lock an
 *   account
 */
export function userCredential(
  { tenantId }: PasswordRequest | DeviceCodeRequest,
  source: UserGrant['source'],
  context: SignInContext,
  signIn: (scope: string) => Promise<JsonObject>,
): Credential {
  let signedIn: Promise<ReturnType<typeof readUserAnswer>> | undefined;
  let grant: UserGrant | undefined;
  return {
    async getToken(scope, another) {
      signedIn ??= signIn(scope).then((body) => readUserAnswer(body, scope, tenantId, source));
      const first = await signedIn;
      grant = first.grant;
      if (another === undefined && first.token.scope === scope) return first.token;
      return redeemRefreshToken(first.grant, another ?? tenantId, scope, context);
    },
    material() {
      if (grant === undefined) throw new Error('Nobody has signed in yet.');
      return { kind: 'user', grant };
    },
  };
}

/**
 * An access token of any tenant that the user belongs to. The new refresh token that comes with it is not kept: Entra
 * does not revoke the old one, and one serves every tenant.
 * Source: Microsoft identity platform, "Refresh tokens in the Microsoft identity platform".
 * @throws {EntraError} for the caller to explain
 * @throws {SessionError} when the tries or the time are used up
 */
export function redeemRefreshToken(
  { refreshToken }: UserGrant,
  tenantId: string,
  scope: string,
  context: SignInContext,
): Promise<AccessToken> {
  const fields = { grant_type: 'refresh_token', refresh_token: refreshToken, scope: withIdentityScopes(scope) };
  return withRetry('The token request to Entra ID', context.retry, async () =>
    readAccessToken(await requestUserToken(tenantId, fields, context), scope),
  );
}

/** Asks for the user's name and a refresh token, too. Source: OpenID Connect Core, 5.4 and 11. */
export function withIdentityScopes(scope: string): string {
  return `${scope} openid profile offline_access`;
}

/** One try of one grant. Its failures are those of `readTokenAnswer`. */
export async function requestUserToken(
  tenantId: string,
  fields: Readonly<Record<string, string>>,
  context: SignInContext,
): Promise<JsonObject> {
  const { tokenEndpoint } = tokenIssuer(context.cloud, tenantId);
  const response = await context.http.send(formOf(tokenEndpoint, { ...fields, client_info: '1' }));
  const body = readTokenAnswer(response);
  for (const name of ['access_token', 'refresh_token', 'id_token']) context.mask(stringField(body, name));
  return body;
}

/** From Azure CLI's public client: it has no secret. */
export function formOf(url: string, fields: Readonly<Record<string, string>>) {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8' };
  const body = new URLSearchParams({ client_id: AZURE_CLI_CLIENT_ID, ...fields }).toString();
  return { method: 'POST', url, headers, body } as const;
}

/**
 * Reads the answer to a user's sign-in. Where the user is at home is in `client_info`, base64url of `{"uid","utid"}`. An
 * identity provider that sends none has one tenant alone, which is the ID token's. Source: MSAL, `ClientInfo.ts`.
 * @throws {SessionError} when there is no refresh token: no later step could go on
 */
export function readUserAnswer(
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
    realm: namesTenant(tenantId) ? stringField(claims, 'tid') || tenantId : 'organizations',
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
 * The name that a token gives the user, in its spelling; `''` when it gives none. An ID token of Entra has the first claim,
 * one of AD FS the second, an access token the others. Source: azure-cli, `auth/util.py`; "Access token claims reference".
 */
export function usernameOf(token: string): string {
  const claims = claimsOf(token);
  const names = ['preferred_username', 'upn', 'unique_name'].map((claim) => stringField(claims, claim));
  return names.find((name) => name !== '') ?? '';
}
