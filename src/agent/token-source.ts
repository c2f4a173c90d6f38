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

/** The tokens of a session by scope: kept while they are fresh, and fetched once for all who ask at the same time. */
export class TokenSource {
  readonly #plan: TokenPlan;
  readonly #env: Environment;
  readonly #tokens = new Map<string, AccessToken>();
  readonly #underWay = new Map<string, Promise<Fetched>>();

  constructor(plan: TokenPlan, env: Environment) {
    this.#plan = plan;
    this.#env = env;
    for (const token of plan.tokens) this.#keep({ ...token, expiresOn: new Date(token.expiresOn) });
  }

  /** @param refused SHA-256 of a token that a service did not take, in hex: another one is fetched then */
  async get(scope: string, refused: string): Promise<Fetched> {
    const kept = this.#tokens.get(scope);
    if (kept !== undefined && sha256(kept.token) === refused) this.#tokens.delete(scope);
    else if (kept !== undefined && leftOf(kept) > FRESH_MS) return kept;
    const fetching = this.#underWay.get(scope) ?? this.#begin(scope);
    const old = this.#tokens.get(scope);
    if (old === undefined || leftOf(old) <= USABLE_MS) return fetching;
    const fetched = await Promise.race([fetching, pause(STALE_AFTER_MS, old)]);
    return 'status' in fetched ? old : fetched;
  }

  #begin(scope: string): Promise<Fetched> {
    const fetching = this.#fetch(scope).finally(() => this.#underWay.delete(scope));
    this.#underWay.set(scope, fetching);
    return fetching;
  }

  async #fetch(scope: string): Promise<Fetched> {
    const deadline = startDeadline(PATIENCE_SECONDS);
    const http = httpClient(this.#env, deadline);
    const nothing = (): void => {};
    const context: SignInContext = {
      cloud: this.#plan.cloud,
      http,
      env: this.#env,
      retry: { maxAttempts: 20, deadline, log: nothing },
      mask: rememberSecret,
      maskId: nothing,
      warn: nothing,
      announce: nothing,
    };
    try {
      const { request, cloud } = this.#plan;
      const credential = explaining(request, await credentialOf(this.#plan, context), cloud);
      const token = await credential.getToken(scope, this.#plan.tenantId);
      this.#keep(token);
      return token;
    } catch (error) {
      return refusedBy(error, deadline.signal.aborted);
    } finally {
      http.close();
    }
  }

  #keep(token: AccessToken): void {
    rememberSecret(token.token);
    this.#tokens.set(token.scope, token);
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
    return refusal(503, 'temporarily_unavailable', 'The session could not get a token.');
  }
  const message = quotable(`${error.message} ${error.why}`, LONGEST_WORDS);
  if (outOfTime || error.cause instanceof TransientFailure) {
    return { ...refusal(503, 'temporarily_unavailable', message), reason: error.message };
  }
  const correlationId = error.cause instanceof EntraError ? error.cause.answer.correlationId : '';
  const id = correlationId === '' ? {} : { correlationId };
  return { ...refusal(403, 'access_denied', message, id), reason: error.message };
}

function leftOf({ expiresOn }: AccessToken): number {
  return expiresOn.getTime() - Date.now();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
