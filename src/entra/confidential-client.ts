import type { Configuration, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { type Cloud, tokenIssuer } from '../core/clouds.ts';
import type { AccessToken, Credential } from '../core/credential.ts';
import type { ClientSecretRequest } from '../core/request.ts';
import { withRetry } from '../http/retry.ts';
import { yieldToNetwork } from '../http/tcp.ts';
import type { SignInContext } from './sign-in-context.ts';
import { readTokenAnswer } from './token-answer.ts';

/** A service principal with a client secret. */
export function clientSecretCredential(request: ClientSecretRequest, context: SignInContext): Credential {
  const { clientSecret } = request;
  return {
    getToken: (scope) => clientCredentialsToken(request, scope, context, { clientSecret }),
    material: () => ({ kind: 'client-secret', clientSecret }),
  };
}

/** How an application proves to Entra who it is. `assertionFor` gives the assertion of a try; tries count from 1. */
type ClientProof = { readonly clientSecret: string } | { readonly assertionFor: (attempt: number) => Promise<string> };

type Application = Pick<ClientSecretRequest, 'clientId' | 'tenantId'>;

/**
 * The client credentials grant for one scope, tried again by the one rule. Every try makes its own proof and its own
 * MSAL application: an assertion may have expired meanwhile, and an application that was throttled once refuses later
 * tries by itself, without asking (MSAL's `ThrottlingUtils`).
 * @throws {EntraError} for the caller to explain
 * @throws {SessionError} when the tries or the time are used up
 */
export function clientCredentialsToken(
  application: Application,
  scope: string,
  context: SignInContext,
  proof: ClientProof,
): Promise<AccessToken> {
  const msal = loadMsal();
  return withRetry('The token request to Entra ID', context.retry, async (attempt) => {
    const { ConfidentialClientApplication, LogLevel } = await msal;
    // MSAL hides why something failed ("Network request failed"), so the reason is kept here.
    let failure: unknown;
    const kept = <T>(awaited: Promise<T>): Promise<T> =>
      awaited.catch((error: unknown) => {
        failure = error;
        throw error;
      });
    // MSAL asks for an assertion last of all, so that its own work is done while that is still under way.
    const credential = 'clientSecret' in proof ? proof : { clientAssertion: () => kept(proof.assertionFor(attempt)) };
    const networkClient = {
      sendPostRequestAsync: <T>(url: string, options?: NetworkRequestOptions) => kept(post<T>(url, options, context)),
      sendGetRequestAsync: (url: string) => kept(Promise.reject(new Error(`MSAL asked for a discovery: ${url}`))),
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

/** Connections go on first: reading MSAL holds the thread for some milliseconds. */
async function loadMsal(): Promise<typeof import('./msal.ts')> {
  await yieldToNetwork();
  return import('./msal.ts');
}

/** The endpoints are configured, not discovered: each discovery would be a request to trust. */
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

/** MSAL's way to the network. It takes an empty answer for success, so the answer is read here. */
async function post<T>(
  url: string,
  { headers = {}, body = '' }: NetworkRequestOptions = {},
  { http, cloud }: SignInContext,
): Promise<NetworkResponse<T>> {
  const { origin, host } = new URL(url);
  if (origin !== new URL(cloud.authority).origin) throw new Error(`MSAL asked for a foreign host: ${host}`);
  const response = await http.send({ method: 'POST', url, headers, body });
  const { access_token, expires_in } = readTokenAnswer(response);
  // MSAL would also read an ID token, which an application does not get, and fails on what is not as it expects it.
  const token = { token_type: 'Bearer', access_token, expires_in };
  return { status: response.status, headers: { ...response.headers }, body: token as T };
}
