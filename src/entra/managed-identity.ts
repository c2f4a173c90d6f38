import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { type Credential, isTokenEndpoint, resourceOf } from '../core/credential.ts';
import { asObject, type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import { expiryOf, LATEST_SECONDS } from '../core/jwt.ts';
import { valueWithoutLogins } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import type { ManagedIdentityRequest } from '../core/request.ts';
import { sanitize } from '../core/sanitize.ts';
import { managedIdentityError } from '../errors/managed-identity.ts';
import { type HttpResponse, isToken, parseResponse } from '../http/exchange.ts';
import { EndpointUnavailable, type LocalEndpoint, plainHttpClient } from '../http/plain-http.ts';
import { isTransientStatus, retryAfterMs, TransientFailure, withRetry } from '../http/retry.ts';
import { AuthError, ManagedIdentityApplication } from './managed-identity-msal.ts';
import type { SignInContext } from './sign-in-context.ts';
import { EntraError, isTransient, readEntraError } from './token-response.ts';

/**
 * Signs in with the managed identity of the machine. MSAL implements the sources (virtual machines, App Service,
 * Service Fabric, Machine Learning, Cloud Shell, Azure Arc) and selects one from the environment variables.
 * @throws {SessionError} when an endpoint variable does not contain a URL
 */
export function managedIdentityCredential(
  { clientId }: ManagedIdentityRequest,
  signInContext: SignInContext,
): Credential {
  const hasEarlierLogin = isTokenEndpoint(signInContext.env['IDENTITY_ENDPOINT']);
  const context = hasEarlierLogin ? { ...signInContext, env: restoreMachineEndpoints(signInContext) } : signInContext;
  const { env, mask, retry } = context;
  for (const variable of ['IDENTITY_HEADER', 'MSI_SECRET']) mask(env[variable] ?? '');
  const network = identityNetwork(clientId, context);
  const application = new ManagedIdentityApplication({
    ...(clientId === '' ? {} : { managedIdentityIdParams: { userAssignedClientId: clientId } }),
    system: { networkClient: network, disableInternalRetries: true },
  });
  return {
    getToken: (scope) =>
      withRetry('The token request to the identity endpoint', retry, async () => {
        const request = { resource: resourceOf(scope), forceRefresh: true };
        const { accessToken, expiresOn } = await application.acquireToken(request).catch((error: unknown) => {
          throw translateError(error, network.hasResponded, env);
        });
        if (accessToken === '' || expiresOn === null) throw new Error('MSAL returned no token.');
        return { token: accessToken, expiresOn, scope };
      }),
    material: () => ({ kind: 'managed-identity' }),
  };
}

const ENDPOINT_VARIABLES = [
  'IDENTITY_ENDPOINT',
  'IDENTITY_HEADER',
  'MSI_ENDPOINT',
  'MSI_SECRET',
  'IDENTITY_SERVER_THUMBPRINT',
] as const;

/**
 * Restores the machine's endpoint variables, which an earlier login of the job has replaced with its own. Changes
 * `process.env` too, since MSAL reads it.
 */
function restoreMachineEndpoints({ env, warn }: SignInContext): Environment {
  const machineEnv = Object.fromEntries(
    ENDPOINT_VARIABLES.map((name) => [name, valueWithoutLogins(name, env) || undefined]),
  );
  for (const [name, value] of Object.entries(machineEnv)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  warn(
    'An earlier sign-in of this job uses `credential-store: memory`. Until it signs out, clients in later steps that request a managed identity get the identity of that sign-in, not the identity of the machine.',
  );
  return { ...env, ...machineEnv };
}

/** A machine without an identity endpoint fails at once, since a retry cannot help. */
function translateError(error: unknown, hasResponded: boolean, env: Environment): unknown {
  const failure = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (failure instanceof EndpointUnavailable) {
    if (!hasResponded) return managedIdentityError('none', failure.host, failure.message, env).causedBy(failure);
    return new TransientFailure(`${failure.host} is no longer reachable (${failure.message})`, { cause: failure });
  }
  const isKnown = failure instanceof Error && failure.name === 'ManagedIdentityError' && 'errorCode' in failure;
  return isKnown ? managedIdentityError('unusable', String(failure.errorCode)).causedBy(failure) : failure;
}

/**
 * Sends MSAL's requests to the identity endpoint. MSAL replaces every error that is not an `AuthError` with "network
 * error", so errors are thrown as the cause of an `AuthError`. MSAL also uses the network module of the process's first
 * application for all later ones, so this object holds no per-request state.
 */
function identityNetwork(
  clientId: string,
  { env, mask, retry }: SignInContext,
): INetworkModule & { hasResponded: boolean } {
  const http = plainHttpClient(identityEndpoints(env), retry.deadline);
  const sender =
    (method: 'GET' | 'POST') =>
    async <T>(url: string, { headers = {}, body = '' }: NetworkRequestOptions = {}): Promise<NetworkResponse<T>> => {
      // The one-time key of the Azure Arc agent, which MSAL read from the agent's file.
      mask((headers['Authorization'] ?? '').replace(/^Basic /, ''));
      try {
        const response = await http.send({ method, url, headers, ...(body === '' ? {} : { body }) });
        // Source: Microsoft Learn, "Authenticate against Azure resources with Azure Arc-enabled servers".
        const challenge = response.headers['www-authenticate'] ?? '';
        const isArcChallenge =
          response.status === 401 && !('Authorization' in headers) && challenge.includes('Basic realm=');
        const tokenResponse = isArcChallenge ? {} : readIdentityResponse(response, clientId, env);
        mask(stringField(tokenResponse, 'access_token'));
        network.hasResponded = true;
        return { status: response.status, headers: { ...response.headers }, body: tokenResponse as T };
      } catch (error) {
        if (error instanceof TransientFailure) network.hasResponded = true;
        throw Object.assign(new AuthError('network_error', ''), { cause: error });
      }
    };
  const network = { hasResponded: false, sendGetRequestAsync: sender('GET'), sendPostRequestAsync: sender('POST') };
  return network;
}

/** The instance metadata service of virtual machines, and the Azure Arc agent. Neither needs a variable. */
const WELL_KNOWN = ['http://169.254.169.254', 'http://127.0.0.1:40342'];

/**
 * The only servers that may receive a token request, since the request may contain the machine's secret.
 * @throws {SessionError} when a variable does not contain a URL
 */
export function identityEndpoints(env: Environment): LocalEndpoint[] {
  const fromEnv = ['IDENTITY_ENDPOINT', 'MSI_ENDPOINT', 'AZURE_POD_IDENTITY_AUTHORITY_HOST'].flatMap((variable) => {
    const value = env[variable] ?? '';
    if (value === '') return [];
    const url = URL.parse(value);
    if (url === null || !/^https?:$/.test(url.protocol)) throw managedIdentityError('malformedEndpoint', variable);
    // MSAL calls the Azure Arc agent at 127.0.0.1 even if the variable says localhost.
    return [url.origin, url.origin.replace('//localhost', '//127.0.0.1')];
  });
  const thumbprint = env['IDENTITY_SERVER_THUMBPRINT'] ?? '';
  return [...fromEnv, ...WELL_KNOWN].map((origin) => ({ origin, ...(thumbprint === '' ? {} : { thumbprint }) }));
}

/**
 * Reads the response of an identity endpoint. Formats vary by endpoint: numbers may be strings, and there are three
 * time formats and four error formats.
 * Sources: Microsoft Learn, "How to use managed identities on an Azure VM to acquire an access token", "How to use
 * managed identities for App Service and Azure Functions"; MSAL Node, `BaseManagedIdentitySource.ts`.
 * @param clientId of the requested identity; `''` for the system-assigned one
 * @returns the body with a non-empty `access_token`, and `expires_on` in epoch seconds
 * @throws {TransientFailure} when the endpoint is not ready, or its response has an unexpected format
 * @throws {EndpointUnavailable} when the metadata service of another cloud responds
 * @throws {EntraError} when Entra ID rejects the endpoint's own request
 * @throws {SessionError} when the identity does not exist, or the endpoint rejects the request
 */
export function readIdentityResponse(response: HttpResponse, clientId: string, env: Environment): JsonObject {
  if (response.status !== 200) throw errorFrom(response, clientId, env);
  return parseResponse(response, 'an access token', (json) => {
    const body = asObject(json);
    if (body === undefined || !isToken(stringField(body, 'access_token'))) return undefined;
    return { ...body, expires_on: Math.floor(readExpiry(body, new Date()).getTime() / 1000) };
  });
}

const NOT_ASSIGNED =
  /\bidentity not found\b|\bno (?:msi|managed identity|user[- ]assigned)\b|\bno .{0,40}managed identity found\b/i;
const MULTIPLE = /\bmultiple user[- ]assigned identities\b/i;
/** The service returns 410 for up to 70 s during an upgrade. Four waits cover that time. */
const UPGRADE_WAIT_MS = 18_000;

function errorFrom(
  { host, status, headers, requestId, body }: HttpResponse,
  clientId: string,
  env: Environment,
): Error {
  // AWS and Google Cloud have their metadata service at the same address.
  if (/^(?:EC2ws|Metadata Server)/i.test(headers['server'] ?? '') || headers['metadata-flavor'] === 'Google') {
    return new EndpointUnavailable(host, 'this is the metadata service of another cloud');
  }
  const message = messageOf(parseJsonObject(body));
  if (MULTIPLE.test(message)) return managedIdentityError('several', message);
  if (NOT_ASSIGNED.test(message)) return managedIdentityError('notAssigned', clientId, message, env);
  // 404 is also transient: the path is fixed, but a machine that is starting up may not serve it yet.
  if (isTransientStatus(status) || status === 404 || status === 410) {
    const waitMs = status === 410 ? UPGRADE_WAIT_MS : retryAfterMs(headers);
    return new TransientFailure(`${host} answered HTTP ${status}`, { requestId, retryAfterMs: waitMs });
  }
  const entraError = readEntraError(status, headers, body);
  if (entraError === undefined || entraError.code === '') return managedIdentityError('refused', host, status, message);
  if (isTransient(entraError)) return new TransientFailure(`Entra ID answered AADSTS${entraError.code}`, { requestId });
  return new EntraError(entraError);
}

const MAX_MESSAGE_LENGTH = 500;

function messageOf({ error_description, message, Message, error }: JsonObject = {}): string {
  const candidates = [error_description, message, Message, asObject(error)?.['message'], error];
  const text = candidates.find((value): value is string => typeof value === 'string' && value !== '') ?? '';
  return sanitize(text, MAX_MESSAGE_LENGTH);
}

/**
 * The expiry of the token: `expires_on` in epoch seconds, as ISO 8601, or as `11/22/2026 08:00:00 +00:00` (API version
 * 2017-09-01); otherwise `expires_in` in seconds; otherwise the `exp` claim of the token.
 */
export function readExpiry({ expires_on, expires_in, access_token }: JsonObject, now: Date): Date {
  const epochSeconds = positiveSeconds(expires_on);
  if (epochSeconds !== undefined) return new Date(epochSeconds * 1000);
  const date = new Date(typeof expires_on === 'string' ? expires_on : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  const seconds = positiveSeconds(expires_in);
  return seconds === undefined ? expiryOf(String(access_token)) : new Date(now.getTime() + seconds * 1000);
}

function positiveSeconds(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' && seconds > 0 && seconds <= LATEST_SECONDS ? seconds : undefined;
}
