import type { AssertionSource } from '../core/credential.ts';
import { readTextFile } from '../core/files.ts';
import { asciiJson, asObject, parseJson } from '../core/json.ts';
import { claimsOf, expiryOf } from '../core/jwt.ts';
import type { Environment } from '../core/machine.ts';
import { rememberSecret } from '../core/sanitize.ts';
import { requestGitHubIdToken } from '../entra/github-id-token.ts';
import { httpClient } from '../http/http.ts';
import { startDeadline, TransientFailure } from '../http/retry.ts';
import { ProfileFolder } from '../profile/folder.ts';
import { loginFiles } from '../profile/saved-session.ts';
import type { KeepAlivePlan } from './plan.ts';

export interface FreshAssertion {
  readonly assertion: string;
  /** Remaining life in milliseconds. */
  readonly usableMs: number;
}

/** Why there is no fresh assertion. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
  /** The wait that the source requested, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(reason: string, retryAfterMs = 0) {
    super(reason);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Limit of one request. The keep-alive loop retries, and checks in between whether the session has ended. */
const REQUEST_SECONDS = 10;
/** In bytes. A projected token has about a thousand. */
const MAX_TOKEN_BYTES = 64 * 1024;

export function sourceOf(source: AssertionSource, env: Environment): () => Promise<FreshAssertion> {
  return async () => {
    const fresh = source.kind === 'github' ? await fromGitHub(source.audience, env) : fromFile(source.path);
    // The sign-in has the same rule, but a pod's file can change its audience later.
    if (source.issuer !== 'private') return fresh;
    const { microsoftAudienceOf } = await import('../entra/private-cloud.ts');
    if (microsoftAudienceOf(fresh.assertion) === '') return fresh;
    throw new SourceFailure("the new token is for Microsoft's clouds and must not be sent to a private one");
  };
}

/** Opens a new connection each time: in the minutes between two renewals a proxy would close it. */
async function fromGitHub(audience: string, env: Environment): Promise<FreshAssertion> {
  const deadline = startDeadline(REQUEST_SECONDS);
  const http = httpClient(env, deadline);
  const ignore = (): void => {};
  const retry = { maxAttempts: 1, deadline, log: ignore };
  // Neither the deadline nor a lost connection keeps the process running.
  const keepRunning = setTimeout(ignore, REQUEST_SECONDS * 1000);
  try {
    const assertion = await requestGitHubIdToken(audience, { http, env, retry, mask: rememberSecret });
    return { assertion, usableMs: lifetimeMs(assertion, new Date()) };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof TransientFailure) throw new SourceFailure(cause.message, cause.retryAfterMs);
    if (deadline.signal.aborted) throw new SourceFailure('GitHub did not answer in time');
    throw new SourceFailure(error instanceof Error ? error.message : 'GitHub refused a new token');
  } finally {
    clearTimeout(keepRunning);
    http.close();
  }
}

/**
 * The life of a new token in milliseconds, by its own claims: the runner's clock may be off by more than that.
 * @param now for a token without the time of issue
 */
export function lifetimeMs(jwt: string, now: Date): number {
  const claims = claimsOf(jwt);
  const issuedAt = claims?.['iat'];
  const start = typeof issuedAt === 'number' && Number.isFinite(issuedAt) ? issuedAt * 1000 : now.getTime();
  return Math.max(0, expiryOf(jwt).getTime() - start);
}

/** The kubelet renews the file after 80 % of the token's life, so an expired token is a transient failure. */
function fromFile(path: string): FreshAssertion {
  // The kubelet makes the path a link to the current file.
  const assertion = readTextFile(path, MAX_TOKEN_BYTES, 'follow')?.trim() ?? '';
  if (assertion === '') throw new SourceFailure("the pod's token file cannot be read");
  const usableMs = expiryOf(assertion).getTime() - Date.now();
  if (usableMs <= 0) throw new SourceFailure("the pod's token file contains an expired token");
  return { assertion, usableMs };
}

const ENTRIES = 'service_principal_entries.json';
const MAX_ENTRIES_BYTES = 16 * 1024 * 1024;

/**
 * Writes a fresh assertion to the token file of the SDKs, unless that is a pod's own, and to the entry of `az`.
 * @throws {SessionError} when a file cannot be written
 */
export async function publish(plan: KeepAlivePlan, assertion: string): Promise<'published' | 'session-over'> {
  const { folder: path, sharedLogin, source } = plan;
  const tokenFile = source.kind === 'github' ? loginFiles(path, sharedLogin).federatedToken.name : '';
  if (sharedLogin !== undefined) {
    // Most sessions have a private folder; not loading this keeps the waiting process small.
    const { renewAssertion } = await import('../profile/shared-folder.ts');
    const renewed = await renewAssertion(path, sharedLogin, assertion, tokenFile);
    return renewed === 'renewed' ? 'published' : 'session-over';
  }
  const folder = new ProfileFolder(path);
  // Before the entry: SDKs in running processes read this file at any time.
  if (tokenFile !== '') folder.write(tokenFile, assertion);
  // Without an entry of this identity, a client signed out or in as another one: there is nothing to renew for `az`.
  const entries = parseJson(readTextFile(folder.pathOf(ENTRIES), MAX_ENTRIES_BYTES, 'refuse') ?? '');
  const isOurs = (entry: unknown): boolean => {
    const { client_id, tenant, client_assertion } = asObject(entry) ?? {};
    return client_id === plan.clientId && tenant === plan.tenantId && client_assertion !== undefined;
  };
  if (!Array.isArray(entries) || !entries.some(isOurs)) return 'published';
  const renewed = entries.map((entry) => (isOurs(entry) ? { ...entry, client_assertion: assertion } : entry));
  folder.write(ENTRIES, asciiJson(renewed));
  return 'published';
}
