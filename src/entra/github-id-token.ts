import { asObject, parseJsonObject, stringField } from '../core/json.ts';
import { isJwt } from '../core/jwt.ts';
import type { OidcRequest } from '../core/request.ts';
import { foreignResponse, parseResponse } from '../http/exchange.ts';
import { withRetry } from '../http/retry.ts';
import type { SignInContext } from './sign-in-context.ts';

/**
 * Requests an ID token for the job from GitHub, valid for five minutes. Replaces `getIDToken` of `@actions/core`, which
 * never retries a 429, a 500 or a broken connection, waits three minutes for a silent server, and reports a 404 or an
 * empty response as "Response json body do not have ID Token field".
 * Source: GitHub Docs, "OpenID Connect reference", "Methods for requesting the OIDC token".
 * @param audience for example `api://AzureADTokenExchange`
 * @param request selects the text of a missing-permission error
 */
export async function requestGitHubIdToken(
  audience: string,
  { http, env, retry, mask }: Pick<SignInContext, 'http' | 'env' | 'retry' | 'mask'>,
  request: Pick<OidcRequest, 'byName'> = {},
): Promise<string> {
  const url = URL.parse(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
  const requestToken = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
  if (url === null || requestToken === '') throw (await errors()).missingIdTokenPermission(env, request);
  if (url.protocol !== 'https:') throw (await errors()).insecureTokenService(url, env);
  mask(requestToken);
  url.searchParams.set('audience', audience);
  const headers = { Authorization: `Bearer ${requestToken}` };
  return withRetry('The request for an ID token to GitHub', retry, async () => {
    const response = await http.send({ method: 'GET', url: url.href, headers });
    // Redirects come from captive portals and proxies.
    if (response.status >= 300 && response.status < 400) throw foreignResponse(response);
    if (response.status !== 200) {
      const message = stringField(parseJsonObject(response.body), 'message');
      throw (await errors()).idTokenError(response.status, message, response.requestId);
    }
    const idToken = parseResponse(response, 'an ID token', (body) => {
      const token = stringField(asObject(body), 'value');
      return isJwt(token) ? token : undefined;
    });
    mask(idToken);
    return idToken;
  });
}

/** Loads the error texts only when a request fails. */
function errors(): Promise<typeof import('../errors/github.ts')> {
  return import('../errors/github.ts');
}
