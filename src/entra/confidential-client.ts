import type { Configuration, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { type Cloud, issuerName, tokenIssuer } from '../core/clouds.ts';
import type { AccessToken, Credential } from '../core/credential.ts';
import type { ClientSecretRequest } from '../core/request.ts';
import { withRetry } from '../http/retry.ts';
import { yieldToNetwork } from '../http/tcp.ts';
import type { SignInContext } from './sign-in-context.ts';
import { readTokenResponse } from './token-response.ts';

export function clientSecretCredential(request: ClientSecretRequest, context: SignInContext): Credential {
  const { clientSecret } = request;
  return {
    getToken: (scope) => clientCredentialsToken(request, scope, context, { clientSecret }),
    material: () => ({ kind: 'client-secret', clientSecret }),
  };
}

/** How an application authenticates to Entra ID. `attempt` starts at 1. */
type ClientAuthentication =
  | { readonly clientSecret: string }
  | { readonly createAssertion: (attempt: number) => Promise<string> };

type Application = Pick<ClientSecretRequest, 'clientId' | 'tenantId'>;

/**
 * Requests a token for one scope with the client credentials grant. Each attempt uses a new assertion and a new MSAL
 * application: the assertion may have expired, and once throttled, an MSAL application rejects later requests locally
 * (MSAL's `ThrottlingUtils`).
 * @throws {EntraError} which the caller explains to the user
 * @throws {SessionError} when attempts or time run out
 */
export function clientCredentialsToken(
  application: Application,
  scope: string,
  context: SignInContext,
  authentication: ClientAuthentication,
): Promise<AccessToken> {
  const msal = loadMsal();
  return withRetry(`The token request to ${issuerName(context.cloud)}`, context.retry, async (attempt) => {
    const { ConfidentialClientApplication, LogLevel } = await msal;
    // MSAL replaces the cause of a failure ("Network request failed"), so this keeps the original error.
    let failure: unknown;
    const keepFailure = <T>(promise: Promise<T>): Promise<T> =>
      promise.catch((error: unknown) => {
        failure = error;
        throw error;
      });
    // MSAL requests the assertion last, so its other work overlaps with creating the assertion.
    const credential =
      'clientSecret' in authentication
        ? authentication
        : { clientAssertion: () => keepFailure(authentication.createAssertion(attempt)) };
    const networkClient = {
      sendPostRequestAsync: <T>(url: string, options?: NetworkRequestOptions) =>
        keepFailure(post<T>(url, options, context)),
      sendGetRequestAsync: (url: string) =>
        keepFailure(Promise.reject(new Error(`Unexpected discovery request from MSAL: ${url}`))),
    };
    const client = new ConfidentialClientApplication({
      auth: { ...directory(application, context.cloud), ...credential },
      system: { networkClient, disableInternalRetries: true, loggerOptions: { logLevel: LogLevel.Error } },
    });
    const result = await client
      .acquireTokenByClientCredential({ scopes: [scope], skipCache: true })
      .catch((error: unknown) => {
        throw failure ?? error;
      });
    if (result === null || result.expiresOn === null) throw new Error('MSAL returned no token.');
    return { token: result.accessToken, expiresOn: result.expiresOn, scope };
  });
}

/** Loading MSAL blocks the thread for some milliseconds, so pending connections proceed first. */
async function loadMsal(): Promise<typeof import('./msal.ts')> {
  await yieldToNetwork();
  return import('./msal.ts');
}

/** Configures the endpoints, so that MSAL need not discover them over the network and trust the response. */
function directory({ clientId, tenantId }: Application, cloud: Cloud): Configuration['auth'] {
  const { authority, issuer, authorizationEndpoint, tokenEndpoint, keys } = tokenIssuer(cloud, tenantId);
  return {
    clientId,
    authority,
    knownAuthorities: [new URL(cloud.authority).host],
    authorityMetadata: JSON.stringify({
      issuer,
      authorization_endpoint: authorizationEndpoint,
      token_endpoint: tokenEndpoint,
      jwks_uri: keys,
    }),
  };
}

/** Sends MSAL's token request. Reads the response here, since MSAL treats an empty response as a success. */
async function post<T>(
  url: string,
  { headers = {}, body = '' }: NetworkRequestOptions = {},
  { http, cloud }: SignInContext,
): Promise<NetworkResponse<T>> {
  const { origin, host } = new URL(url);
  if (origin !== new URL(cloud.authority).origin) throw new Error(`Unexpected host in a request from MSAL: ${host}`);
  const response = await http.send({ method: 'POST', url, headers, body });
  const { access_token, expires_in } = readTokenResponse(response);
  // Drop the other fields: MSAL also parses an ID token, which applications do not get, and fails if it is malformed.
  const token = { token_type: 'Bearer', access_token, expires_in };
  return { status: response.status, headers: { ...response.headers }, body: token as T };
}
