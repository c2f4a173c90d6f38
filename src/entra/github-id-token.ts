import { asObject, parseJsonObject, stringField } from '../core/json.ts';
import type { OidcRequest } from '../core/request.ts';
import { parseAnswer } from '../http/exchange.ts';
import type { HttpResponse } from '../http/http.ts';
import { withRetry } from '../http/retry.ts';
import type { SignInContext } from './sign-in-context.ts';

type IdTokenContext = Pick<SignInContext, 'http' | 'env' | 'retry' | 'mask'>;

/**
 * Asks GitHub for an ID token of the job, valid for five minutes. The toolkit's `getIDToken` is not used: it never
 * repeats a 429, a 500 or a broken connection, waits three minutes for a silent server, and reports a 404 or an empty
 * answer as "Response json body do not have ID Token field".
 *
 * @param request the sign-in that needs it, for the words of an error
 * @param audience whom the token is for, for example `api://AzureADTokenExchange`
 * Source: GitHub Docs, "OpenID Connect reference", "Methods for requesting the OIDC token".
 */
export async function requestGitHubIdToken(
  audience: string,
  context: IdTokenContext,
  request: Pick<OidcRequest, 'byName'> = {},
): Promise<string> {
  const { url, requestToken } = await tokenService(context, request);
  context.mask(requestToken);
  url.searchParams.set('audience', audience);
  return withRetry('The request for an ID token to GitHub', context.retry, async () => {
    const response = await context.http.send({
      method: 'GET',
      url: url.href,
      headers: { Authorization: `Bearer ${requestToken}` },
    });
    const idToken = await readIdToken(response);
    context.mask(idToken);
    return idToken;
  });
}

/** The texts of errors load only for a request that fails. */
function errors(): Promise<typeof import('../errors/github.ts')> {
  return import('../errors/github.ts');
}

async function tokenService(
  context: IdTokenContext,
  request: Pick<OidcRequest, 'byName'>,
): Promise<{ url: URL; requestToken: string }> {
  const url = URL.parse(context.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
  const requestToken = context.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
  if (url === null || requestToken === '') throw (await errors()).missingIdTokenPermission(context.env, request);
  if (url.protocol !== 'https:') throw (await errors()).insecureTokenService(url, context.env);
  return { url, requestToken };
}

async function readIdToken(response: HttpResponse): Promise<string> {
  const { status, requestId } = response;
  if (status !== 200) {
    const message = stringField(parseJsonObject(response.body), 'message');
    throw (await errors()).idTokenError(status, message, requestId);
  }
  return parseAnswer(response, 'an ID token', (body) => {
    const token = stringField(asObject(body), 'value');
    return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? token : undefined;
  });
}
