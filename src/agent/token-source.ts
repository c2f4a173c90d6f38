import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { AccessToken, Credential } from '../core/credential.ts';
import { quotable, rememberSecret } from '../core/foreign-text.ts';
import type { Environment } from '../core/machine.ts';
import type { TokenRequest } from '../core/request.ts';
import { SessionError } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { EntraError, explaining } from '../entra/token-answer.ts';
import { httpClient } from '../http/http.ts';
import { startDeadline, TransientFailure } from '../http/retry.ts';
import type { TokenPlan } from './plan.ts';
import { refusal, type TokenAnswer } from './token-server.ts';

/** A token, or what to answer where there is none. */
type Fetched = AccessToken | TokenAnswer;

/** A token with less time left is fetched anew: the Azure SDKs renew theirs five minutes before the end. */
const FRESH_MS = 10 * 60_000;
/** One with less is given to nobody, whatever Entra ID says. */
const USABLE_MS = 60_000;
/** How long trouble that may pass is put up with, in seconds: clients wait for longer. */
const PATIENCE_SECONDS = 20;
/** Who has waited for so long gets what is there while it is still good. */
const STALE_AFTER_MS = 3000;

/**
 * @param scope of the token
 * @param refused SHA-256 of a token that a service did not take, in hex: another one is fetched then
 */
export type TokenSource = (scope: string, refused: string) => Promise<Fetched>;

/** The tokens of a session by scope: kept while they are fresh, and fetched once for all who ask at the same time. */
export function tokenSource(plan: TokenPlan, env: Environment): TokenSource {
  const tokens = new Map<string, AccessToken>();
  const underWay = new Map<string, Promise<Fetched>>();
  const keep = (token: AccessToken): AccessToken => {
    rememberSecret(token.token);
    tokens.set(token.scope, token);
    return token;
  };
  for (const token of plan.tokens) keep({ ...token, expiresOn: new Date(token.expiresOn) });
  const begin = (scope: string): Promise<Fetched> => {
    const fetching = fetchToken(scope, plan, env)
      .then((fetched) => ('status' in fetched ? fetched : keep(fetched)))
      .finally(() => underWay.delete(scope));
    underWay.set(scope, fetching);
    return fetching;
  };
  return async (scope, refused) => {
    const kept = tokens.get(scope);
    if (kept !== undefined && sha256(kept.token) === refused) tokens.delete(scope);
    else if (kept !== undefined && leftOf(kept) > FRESH_MS) return kept;
    const fetching = underWay.get(scope) ?? begin(scope);
    const old = tokens.get(scope);
    if (old === undefined || leftOf(old) <= USABLE_MS) return fetching;
    const fetched = await Promise.race([fetching, pause(STALE_AFTER_MS, old)]);
    return 'status' in fetched ? old : fetched;
  };
}

async function fetchToken(scope: string, plan: TokenPlan, env: Environment): Promise<Fetched> {
  const deadline = startDeadline(PATIENCE_SECONDS);
  const http = httpClient(env, deadline);
  const nothing = (): void => {};
  const context: SignInContext = {
    cloud: plan.cloud,
    http,
    env,
    retry: { maxAttempts: 20, deadline, log: nothing },
    mask: rememberSecret,
    maskId: nothing,
    warn: nothing,
    announce: nothing,
  };
  try {
    const credential = explaining(plan.request, await credentialOf(plan, context), plan.cloud);
    return await credential.getToken(scope, plan.tenantId);
  } catch (error) {
    return refusedBy(error, deadline.signal.aborted);
  } finally {
    http.close();
  }
}

/** The credential that signed in, once more: what it took is in the plan, so nothing is read but the file of a pod. */
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

const LONGEST_WORDS = 1500;

/** Trouble that may pass is told from a refusal: clients ask again after the one, and give up after the other. */
function refusedBy(error: unknown, outOfTime: boolean): TokenAnswer {
  if (!(error instanceof SessionError)) {
    return refusal(503, 'temporarily_unavailable', NO_TOKEN);
  }
  // A client asked for a token, and knows of no sign-in: what was still under way is in the reason.
  const what = outOfTime ? `${NO_TOKEN.slice(0, -1)} within ${PATIENCE_SECONDS} seconds.` : error.message;
  const message = quotable(`${what} ${error.why}`, LONGEST_WORDS);
  if (outOfTime || error.cause instanceof TransientFailure) {
    return { ...refusal(503, 'temporarily_unavailable', message), reason: what };
  }
  const correlationId = error.cause instanceof EntraError ? error.cause.answer.correlationId : '';
  const id = correlationId === '' ? {} : { correlationId };
  return { ...refusal(403, 'access_denied', message, id), reason: what };
}

const NO_TOKEN = 'The session could not get a token.';

function leftOf({ expiresOn }: AccessToken): number {
  return expiresOn.getTime() - Date.now();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
