import type { Configuration, INetworkModule, NetworkRequestOptions } from '@azure/msal-node';
import { type Cloud, tokenIssuer } from '../core/clouds.ts';
import type { AccessToken } from '../core/credential.ts';
import type { JsonObject } from '../core/json.ts';
import { withRetry } from '../http/retry.ts';
import { yieldToNetwork } from '../http/tcp.ts';
import type { SignInContext } from './sign-in-context.ts';
import { readTokenAnswer } from './token-answer.ts';

/** How an application proves to Entra who it is. */
type ClientProof =
  | { readonly kind: 'client-secret'; readonly clientSecret: string }
  /** `assertionFor` gives the assertion of a try; tries count from 1. */
  | { readonly kind: 'assertion'; readonly assertionFor: (attempt: number) => Promise<string> };

interface Application {
  readonly clientId: string;
  readonly tenantId: string;
}

/**
 * The client credentials grant for one scope, tried again by the one rule. Every try makes its own proof and its own
 * MSAL application: an assertion may have expired meanwhile, and an application that was throttled once refuses later
 * tries by itself, without asking (MSAL's `ThrottlingUtils`).
 *
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
    const exchange = tokenExchange(context);
    const client = new ConfidentialClientApplication({
      auth: { ...directory(application, context.cloud), ...credentialOf(proof, exchange, attempt) },
      system: { networkClient: exchange, disableInternalRetries: true, loggerOptions: { logLevel: LogLevel.Error } },
    });
    const result = await client
      .acquireTokenByClientCredential({ scopes: [scope], skipCache: true })
      .catch(exchange.why);
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

function credentialOf(proof: ClientProof, exchange: TokenExchange, attempt: number): Partial<Configuration['auth']> {
  if (proof.kind === 'client-secret') return { clientSecret: proof.clientSecret };
  // MSAL asks for it last of all, so that its own work is done while the assertion is still under way.
  return { clientAssertion: () => exchange.kept(proof.assertionFor(attempt)) };
}

interface TokenExchange extends INetworkModule {
  /** What MSAL takes from elsewhere, with the reason when it cannot be had. */
  kept<T>(awaited: Promise<T>): Promise<T>;
  /** For `.catch(…)`: throws the reason that was kept, else what MSAL says. */
  why(error: unknown): never;
}

/**
 * MSAL's way to the network for one token. MSAL hides why a request failed ("Network request failed") and takes an
 * empty answer for success, so the answer is read here and the reason kept.
 */
function tokenExchange({ http, cloud }: SignInContext): TokenExchange {
  let failure: unknown;
  const kept = <T>(awaited: Promise<T>): Promise<T> =>
    awaited.catch((error: unknown) => {
      failure = error;
      throw error;
    });
  const post = async <T>(url: string, { headers = {}, body = '' }: NetworkRequestOptions = {}) => {
    const { origin, host } = new URL(url);
    if (origin !== new URL(cloud.authority).origin) throw new Error(`MSAL asked for a foreign host: ${host}`);
    const response = await http.send({ method: 'POST', url, headers, body });
    return { status: response.status, headers: response.headers, body: tokenOnly(readTokenAnswer(response)) as T };
  };
  return {
    kept,
    why: (error) => {
      throw failure ?? error;
    },
    sendPostRequestAsync: (url, options) => kept(post(url, options)),
    // The endpoints are configured, so MSAL has nothing to look up.
    sendGetRequestAsync: (url) =>
      kept(Promise.reject(new Error(`MSAL asked for a discovery it does not need: ${new URL(url).host}`))),
  };
}

/** MSAL would also read an ID token, which an application does not get, and fails on what is not as it expects it. */
function tokenOnly({ access_token, expires_in }: JsonObject): JsonObject {
  return { token_type: 'Bearer', access_token, expires_in };
}
