import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { type Credential, isTokenEndpoint, resourceOf } from '../core/credential.ts';
import { quotable } from '../core/foreign-text.ts';
import { asObject, type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import { expiryOf, LATEST_SECONDS } from '../core/jwt.ts';
import { beforeLogins } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import type { ManagedIdentityRequest } from '../core/request.ts';
import { managedIdentityError } from '../errors/managed-identity.ts';
import { type HttpResponse, isToken, parseAnswer } from '../http/exchange.ts';
import { type LocalEndpoint, NobodyThere, plainHttpClient } from '../http/plain-http.ts';
import { isTransientStatus, retryAfterMs, TransientFailure, withRetry } from '../http/retry.ts';
import { AuthError, ManagedIdentityApplication } from './managed-identity-msal.ts';
import type { SignInContext } from './sign-in-context.ts';
import { EntraError, isTransient, readEntraError } from './token-answer.ts';

type Identity = ManagedIdentityRequest['identity'];

/**
 * The identity that Azure gives a machine. MSAL knows the sources (virtual machines, App Service, Service Fabric,
 * Machine Learning, Cloud Shell, Azure Arc) and their protocols, and picks one by the variables of the environment.
 * @throws {SessionError} when a variable should name an endpoint and holds no URL
 */
export function managedIdentityCredential({ identity }: ManagedIdentityRequest, given: SignInContext): Credential {
  const context = isTokenEndpoint(given.env['IDENTITY_ENDPOINT']) ? { ...given, env: passBy(given) } : given;
  const { env, mask, retry } = context;
  for (const variable of ['IDENTITY_HEADER', 'MSI_SECRET']) mask(env[variable] ?? '');
  const network = identityNetwork(identity, context);
  const assigned = identity.kind === 'user-assigned' ? { userAssignedClientId: identity.clientId } : undefined;
  const application = new ManagedIdentityApplication({
    ...(assigned && { managedIdentityIdParams: assigned }),
    system: { networkClient: network, disableInternalRetries: true },
  });
  return {
    getToken: (scope) =>
      withRetry('The token request to the identity endpoint', retry, async () => {
        const asked = { resource: resourceOf(scope), forceRefresh: true };
        const { accessToken, expiresOn } = await application.acquireToken(asked).catch((error: unknown) => {
          throw meantBy(error, network.reached, env);
        });
        if (accessToken === '' || expiresOn === null) throw new Error('MSAL returned no token.');
        return { token: accessToken, expiresOn, scope };
      }),
    material: () => ({ kind: 'managed-identity' }),
  };
}

const OF_ENDPOINTS = [
  'IDENTITY_ENDPOINT',
  'IDENTITY_HEADER',
  'MSI_ENDPOINT',
  'MSI_SECRET',
  'IDENTITY_SERVER_THUMBPRINT',
] as const;

/**
 * An earlier login of the job stands where the machine's own endpoint may have been. MSAL looks into the variables of the
 * process.
 * @returns the environment as the machine made it
 */
function passBy({ env, warn }: SignInContext): Environment {
  const ofMachine = Object.fromEntries(OF_ENDPOINTS.map((name) => [name, beforeLogins(name, env) || undefined]));
  for (const [name, value] of Object.entries(ofMachine)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  warn(
    'An earlier sign-in of the job has `credential-store: memory`. Until it is signed out, clients of later steps that ask for a managed identity get that one, and not the identity of the machine.',
  );
  return { ...env, ...ofMachine };
}

/** A machine without an endpoint is told at once, and not tried again: it will not get one. */
function meantBy(error: unknown, reached: boolean, env: Environment): unknown {
  const failure = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (failure instanceof NobodyThere) {
    if (!reached) return managedIdentityError('none', failure.host, failure.message, env).causedBy(failure);
    return new TransientFailure(`${failure.host} cannot be reached any more (${failure.message})`, { cause: failure });
  }
  const isKnown = failure instanceof Error && failure.name === 'ManagedIdentityError' && 'errorCode' in failure;
  return isKnown ? managedIdentityError('unusable', String(failure.errorCode)).causedBy(failure) : failure;
}

/**
 * MSAL's way to the identity endpoint. MSAL turns every failure into "network error" unless it is one of its own class,
 * so ours travels as the cause of one. It also keeps the module of the process's first application for all later ones,
 * so nothing here belongs to a single request. `reached`: whether an identity endpoint ever answered.
 */
function identityNetwork(
  identity: Identity,
  { env, mask, retry }: SignInContext,
): INetworkModule & { reached: boolean } {
  const http = plainHttpClient(identityEndpoints(env), retry.deadline);
  const sending =
    (method: 'GET' | 'POST') =>
    async <T>(url: string, { headers = {}, body = '' }: NetworkRequestOptions = {}): Promise<NetworkResponse<T>> => {
      // The key that Azure Arc's agent wrote for this one request: MSAL read it from the file.
      mask((headers['Authorization'] ?? '').replace(/^Basic /, ''));
      try {
        const response = await http.send({ method, url, headers, ...(body === '' ? {} : { body }) });
        // Source: Microsoft Learn, "Authenticate against Azure resources with Azure Arc-enabled servers".
        const challenge = response.headers['www-authenticate'] ?? '';
        const isOfArc = response.status === 401 && !('Authorization' in headers) && challenge.includes('Basic realm=');
        const answer = isOfArc ? {} : readIdentityAnswer(response, { identity, env });
        mask(stringField(answer, 'access_token'));
        network.reached = true;
        return { status: response.status, headers: { ...response.headers }, body: answer as T };
      } catch (error) {
        if (error instanceof TransientFailure) network.reached = true;
        throw Object.assign(new AuthError('network_error', ''), { cause: error });
      }
    };
  const network = { reached: false, sendGetRequestAsync: sending('GET'), sendPostRequestAsync: sending('POST') };
  return network;
}

/** The instance metadata service of virtual machines, and the Azure Arc agent: those that no variable needs to name. */
const WELL_KNOWN = ['http://169.254.169.254', 'http://127.0.0.1:40342'];

/**
 * The servers that the machine itself names, and no others: a token request may carry the machine's secret.
 * @throws {SessionError} when a variable holds no URL
 */
export function identityEndpoints(env: Environment): LocalEndpoint[] {
  const named = ['IDENTITY_ENDPOINT', 'MSI_ENDPOINT', 'AZURE_POD_IDENTITY_AUTHORITY_HOST'].flatMap((variable) => {
    const value = env[variable] ?? '';
    if (value === '') return [];
    const url = URL.parse(value);
    if (url === null || !/^https?:$/.test(url.protocol)) throw managedIdentityError('malformedEndpoint', variable);
    // MSAL asks Azure Arc's agent at 127.0.0.1 where the variable says localhost.
    return [url.origin, url.origin.replace('//localhost', '//127.0.0.1')];
  });
  const thumbprint = env['IDENTITY_SERVER_THUMBPRINT'] ?? '';
  return [...named, ...WELL_KNOWN].map((origin) => ({ origin, ...(thumbprint === '' ? {} : { thumbprint }) }));
}

/** Whose token was asked for, on which machine. */
export interface IdentityFacts {
  readonly identity: Identity;
  readonly env: Environment;
}

/**
 * Reads the answer of an identity endpoint. They differ: numbers come as strings, times in three forms, errors in four.
 * Sources: Microsoft Learn, "How to use managed identities on an Azure VM to acquire an access token", "How to use
 * managed identities for App Service and Azure Functions"; MSAL Node, `BaseManagedIdentitySource.ts`.
 * @returns the body with a non-empty `access_token`, and `expires_on` in epoch seconds
 * @throws {TransientFailure} when the endpoint is not ready, or its answer is no answer
 * @throws {NobodyThere} when the metadata service of another cloud answers
 * @throws {EntraError} when Entra refuses behind the endpoint
 * @throws {SessionError} when there is no such identity, or the endpoint refuses
 */
export function readIdentityAnswer(response: HttpResponse, facts: IdentityFacts): JsonObject {
  if (response.status !== 200) throw errorOf(response, facts);
  return parseAnswer(response, 'an access token', (answer) => {
    const body = asObject(answer);
    if (body === undefined || !isToken(stringField(body, 'access_token'))) return undefined;
    return { ...body, expires_on: Math.floor(expiryOfAnswer(body, new Date()).getTime() / 1000) };
  });
}

const NOT_ASSIGNED =
  /\bidentity not found\b|\bno (?:msi|managed identity|user[- ]assigned)\b|\bno .{0,40}managed identity found\b/i;
const SEVERAL = /\bmultiple user[- ]assigned identities\b/i;
/** While the service is upgraded it answers 410, for at most 70 s; then four waits of 18 s outlast it. */
const UPGRADE_WAIT_MS = 18_000;

function errorOf({ host, status, headers, requestId, body }: HttpResponse, { identity, env }: IdentityFacts): Error {
  // Amazon's and Google's machines have a metadata service at the same address.
  if (/^(?:EC2ws|Metadata Server)/i.test(headers['server'] ?? '') || headers['metadata-flavor'] === 'Google') {
    return new NobodyThere(host, 'the metadata service of another cloud is there');
  }
  const words = wordsOf(parseJsonObject(body));
  if (SEVERAL.test(words)) return managedIdentityError('several', words);
  if (NOT_ASSIGNED.test(words)) return managedIdentityError('notAssigned', identity, words, env);
  // 404 too: the endpoint's path is fixed, and a machine that starts up does not serve it yet.
  if (isTransientStatus(status) || status === 404 || status === 410) {
    const waitMs = status === 410 ? UPGRADE_WAIT_MS : retryAfterMs(headers['retry-after'], new Date());
    return new TransientFailure(`${host} answered HTTP ${status}`, { requestId, retryAfterMs: waitMs });
  }
  const answer = readEntraError(status, headers, body);
  if (answer === undefined || answer.code === '') return managedIdentityError('refused', host, status, words);
  if (isTransient(answer)) return new TransientFailure(`Entra ID answered AADSTS${answer.code}`, { requestId });
  return new EntraError(answer);
}

const LONGEST_WORDS = 500;

function wordsOf({ error_description, message, Message, error }: JsonObject = {}): string {
  const places = [error_description, message, Message, asObject(error)?.['message'], error];
  return quotable(
    places.find((words): words is string => typeof words === 'string' && words !== '') ?? '',
    LONGEST_WORDS,
  );
}

/**
 * When the token of an answer ends: `expires_on` in epoch seconds, as ISO 8601, or as `11/22/2026 08:00:00 +00:00` (the
 * API version 2017-09-01); else `expires_in` in seconds; else what the token says of itself.
 */
export function expiryOfAnswer({ expires_on, expires_in, access_token }: JsonObject, now: Date): Date {
  const epochSeconds = numberOf(expires_on);
  if (epochSeconds !== undefined) return new Date(epochSeconds * 1000);
  const date = new Date(typeof expires_on === 'string' ? expires_on : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  const seconds = numberOf(expires_in);
  return seconds === undefined ? expiryOf(String(access_token)) : new Date(now.getTime() + seconds * 1000);
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number > 0 && number <= LATEST_SECONDS ? number : undefined;
}
