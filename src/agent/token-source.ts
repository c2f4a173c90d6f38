import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { AccessToken, Credential } from '../core/credential.ts';
import type { Environment } from '../core/machine.ts';
import type { TokenRequest } from '../core/request.ts';
import { rememberSecret, sanitize } from '../core/sanitize.ts';
import { SessionError } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { EntraError, withExplainedErrors } from '../entra/token-response.ts';
import { httpClient } from '../http/http.ts';
import { startDeadline, TransientFailure } from '../http/retry.ts';
import type { TokenPlan } from './plan.ts';
import { type EndpointResponse, errorResponse } from './token-server.ts';

/** A token, or the error response. */
type Fetched = AccessToken | EndpointResponse;

/** A token with less time left is renewed: the Azure SDKs renew theirs five minutes before expiry. */
const FRESH_MS = 10 * 60_000;
/** A token with less time left is never served, even when Entra ID is unavailable. */
const USABLE_MS = 60_000;
/** How long to retry transient failures, in seconds. Clients wait longer. */
const RETRY_SECONDS = 20;
/** After this wait a request gets the cached token, if that is still usable. */
const STALE_AFTER_MS = 3000;

/** @param rejected SHA-256 in hex of a token that a service rejected; the cache does not return it */
export type TokenSource = (scope: string, rejected: string) => Promise<Fetched>;

/** Caches the tokens of a session by scope, and fetches each once for all simultaneous requests. */
export function tokenSource(plan: TokenPlan, env: Environment): TokenSource {
  const tokens = new Map<string, AccessToken>();
  const pending = new Map<string, Promise<Fetched>>();
  const keep = (token: AccessToken): AccessToken => {
    rememberSecret(token.token);
    tokens.set(token.scope, token);
    return token;
  };
  for (const token of plan.tokens) keep({ ...token, expiresOn: new Date(token.expiresOn) });
  const begin = (scope: string): Promise<Fetched> => {
    const fetching = fetchToken(scope, plan, env)
      .then((fetched) => ('status' in fetched ? fetched : keep(fetched)))
      .finally(() => pending.delete(scope));
    pending.set(scope, fetching);
    return fetching;
  };
  return async (scope, rejected) => {
    const cached = tokens.get(scope);
    if (cached !== undefined && hash('sha256', cached.token) === rejected) tokens.delete(scope);
    else if (cached !== undefined && remainingMs(cached) > FRESH_MS) return cached;
    const fetching = pending.get(scope) ?? begin(scope);
    const old = tokens.get(scope);
    if (old === undefined || remainingMs(old) <= USABLE_MS) return fetching;
    const fetched = await Promise.race([fetching, pause(STALE_AFTER_MS, old)]);
    return 'status' in fetched ? old : fetched;
  };
}

async function fetchToken(scope: string, plan: TokenPlan, env: Environment): Promise<Fetched> {
  const deadline = startDeadline(RETRY_SECONDS);
  const http = httpClient(env, deadline);
  const ignore = (): void => {};
  const context: SignInContext = {
    cloud: plan.cloud,
    http,
    env,
    retry: { maxAttempts: 20, deadline, log: ignore },
    mask: rememberSecret,
    maskId: ignore,
    warn: ignore,
    announce: ignore,
  };
  try {
    const credential = withExplainedErrors(plan.request, await credentialOf(plan, context), plan.cloud);
    return await credential.getToken(scope, plan.tenantId);
  } catch (error) {
    return errorResponseFor(error, deadline.signal.aborted);
  } finally {
    http.close();
  }
}

/** Recreates the credential of the sign-in from the plan. Only a pod's token file is read again. */
async function credentialOf({ request, credential, tenantId }: TokenPlan, context: SignInContext): Promise<Credential> {
  switch (request.method) {
    case 'client-secret':
      context.mask(request.clientSecret);
      return (await import('../entra/confidential-client.ts')).clientSecretCredential(request, context);
    case 'client-certificate': {
      if (credential.kind !== 'client-certificate') throw notKept(request);
      const { certificateCredential } = await import('../entra/client-certificate.ts');
      return certificateCredential(request, credential.certificate, context);
    }
    case 'oidc':
      return (await import('../entra/federated.ts')).oidcCredential(request, context);
    case 'workload-identity':
      return (await import('../entra/federated.ts')).workloadIdentityCredential(request, context);
    case 'password':
    case 'device-code': {
      if (credential.kind !== 'user') throw notKept(request);
      const { redeemRefreshToken } = await import('../entra/user-grant.ts');
      context.mask(credential.grant.refreshToken);
      return {
        getToken: (scope) => redeemRefreshToken(credential.grant, tenantId, scope, context),
        material: () => credential,
      };
    }
    case 'managed-identity':
      throw notKept(request);
  }
}

function notKept({ method }: TokenRequest): Error {
  return new Error(`No credential for ${method} is kept in memory.`);
}

const NO_TOKEN = 'The session could not get a token.';
const MAX_MESSAGE = 1500;

/** Clients retry after a transient failure (503), and give up after a definite one (403). */
function errorResponseFor(error: unknown, isOutOfTime: boolean): EndpointResponse {
  if (!(error instanceof SessionError)) return errorResponse(503, 'temporarily_unavailable', NO_TOKEN);
  // The error speaks of the sign-in and its deadline, which a client of the endpoint knows nothing of.
  const reason = isOutOfTime ? `${NO_TOKEN.slice(0, -1)} within ${RETRY_SECONDS} seconds.` : error.message;
  const message = sanitize(`${reason} ${error.why}`, MAX_MESSAGE);
  if (isOutOfTime || error.cause instanceof TransientFailure) {
    return { ...errorResponse(503, 'temporarily_unavailable', message), reason };
  }
  const correlationId = error.cause instanceof EntraError ? error.cause.response.correlationId : '';
  const id = correlationId === '' ? {} : { correlationId };
  return { ...errorResponse(403, 'access_denied', message, id), reason };
}

function remainingMs({ expiresOn }: AccessToken): number {
  return expiresOn.getTime() - Date.now();
}
