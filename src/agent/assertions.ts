import type { AssertionSource } from '../core/credential.ts';
import { readTextFile } from '../core/files.ts';
import { rememberSecret } from '../core/foreign-text.ts';
import { asciiJson, asObject, parseJson } from '../core/json.ts';
import { claimsOf, expiryOf } from '../core/jwt.ts';
import type { Environment } from '../core/machine.ts';
import { requestGitHubIdToken } from '../entra/github-id-token.ts';
import { httpClient } from '../http/http.ts';
import { startDeadline, TransientFailure } from '../http/retry.ts';
import { ProfileFolder } from '../profile/folder.ts';
import { loginFiles } from '../profile/saved-session.ts';
import type { KeepAlivePlan } from './plan.ts';

export interface FreshAssertion {
  readonly assertion: string;
  /** How long it can be used from now, in milliseconds. */
  readonly usableMs: number;
}

/** Why there is no fresh assertion: `passing` may heal, `final` is a definite refusal. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
  readonly outlook: 'passing' | 'final';
  /** How long the source asked to wait, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(reason: string, outlook: 'passing' | 'final', retryAfterMs = 0) {
    super(reason);
    this.outlook = outlook;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * How long one request may take, in seconds: the refresher repeats it by a rhythm of its own, and looks only between two
 * requests whether its session is over.
 */
const REQUEST_SECONDS = 10;
/** A projected token has some thousand characters. */
const LARGEST_TOKEN = 64 * 1024;

/** How to get a fresh assertion from a source. */
export function sourceOf(source: AssertionSource, env: Environment): () => Promise<FreshAssertion> {
  return async () => {
    const fresh = source.kind === 'github' ? await fromGitHub(source.audience, env) : fromFile(source.path);
    // As the sign-in does. The file of a pod may change its audience later.
    if (source.issuer !== 'private') return fresh;
    const { microsoftAudienceOf } = await import('../entra/private-cloud.ts');
    if (microsoftAudienceOf(fresh.assertion) === '') return fresh;
    throw new SourceFailure("the new token is for Microsoft's clouds, and must not reach another one", 'passing');
  };
}

/** A connection of its own each time: between two requests lie minutes, in which a proxy would close it. */
async function fromGitHub(audience: string, env: Environment): Promise<FreshAssertion> {
  const deadline = startDeadline(REQUEST_SECONDS);
  const http = httpClient(env, deadline);
  const nothing = (): void => {};
  const retry = { maxAttempts: 1, deadline, log: nothing };
  // Neither the deadline nor a connection that is lost keeps a process alive.
  const alive = setTimeout(nothing, REQUEST_SECONDS * 1000);
  try {
    const assertion = await requestGitHubIdToken(audience, { http, env, retry, mask: rememberSecret });
    return { assertion, usableMs: lifetimeMs(assertion, new Date()) };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof TransientFailure) throw new SourceFailure(cause.message, 'passing', cause.retryAfterMs);
    if (deadline.signal.aborted) throw new SourceFailure('GitHub did not answer in time', 'passing');
    throw new SourceFailure(error instanceof Error ? error.message : 'GitHub refused a new token', 'final');
  } finally {
    clearTimeout(alive);
    http.close();
  }
}

/**
 * How long a token that was issued just now lives, in milliseconds: by its own account, as the clock of a runner may be
 * wrong by more than that.
 * @param now for a token that does not say when it was issued
 */
export function lifetimeMs(jwt: string, now: Date): number {
  const claims = claimsOf(jwt);
  const issuedAt = claims?.['iat'];
  const start = typeof issuedAt === 'number' && Number.isFinite(issuedAt) ? issuedAt * 1000 : now.getTime();
  return Math.max(0, expiryOf(jwt).getTime() - start);
}

/** The kubelet renews the file at 80 % of the token's life; one that has ended is being renewed right now. */
function fromFile(path: string): FreshAssertion {
  // The kubelet makes the name a link to the file of the day.
  const assertion = readTextFile(path, LARGEST_TOKEN, 'follow')?.trim() ?? '';
  if (assertion === '') throw new SourceFailure("the pod's token file cannot be read", 'passing');
  const usableMs = expiryOf(assertion).getTime() - Date.now();
  if (usableMs <= 0) throw new SourceFailure("the pod's token file holds a token that has ended", 'passing');
  return { assertion, usableMs };
}

const ENTRIES = 'service_principal_entries.json';
const LARGEST_ENTRIES = 16 * 1024 * 1024;

/**
 * Puts a fresh assertion where clients read it: the SDKs' file, and the entry of `az`. The file of a pod is the kubelet's.
 * @throws {SessionError} when a file cannot be written
 */
export async function publish(plan: KeepAlivePlan, assertion: string): Promise<'published' | 'session-over'> {
  const { folder: path, sharedLogin, source } = plan;
  const tokenFile = source.kind === 'github' ? loginFiles(path, sharedLogin).federatedToken.name : '';
  if (sharedLogin !== undefined) {
    // Loaded only here: most sessions have a folder of their own, and what waits for hours should be small.
    const { renewAssertion } = await import('../profile/shared-folder.ts');
    const renewed = await renewAssertion(path, { loginId: sharedLogin, assertion, tokenFile });
    return renewed === 'renewed' ? 'published' : 'session-over';
  }
  const folder = ProfileFolder.existing(path);
  // The SDKs' file first: it is what a process that runs right now may be about to read.
  if (tokenFile !== '') folder.write(tokenFile, assertion);
  // `az` reads it there at every command. Without an entry of this identity, somebody else took over or logged out.
  const entries = parseJson(readTextFile(folder.pathOf(ENTRIES), LARGEST_ENTRIES, 'refuse') ?? '');
  const isOurs = (entry: unknown): boolean => {
    const { client_id, tenant, client_assertion } = asObject(entry) ?? {};
    return client_id === plan.clientId && tenant === plan.tenantId && client_assertion !== undefined;
  };
  if (!Array.isArray(entries) || !entries.some(isOurs)) return 'published';
  const renewed = entries.map((entry) => (isOurs(entry) ? { ...entry, client_assertion: assertion } : entry));
  folder.write(ENTRIES, asciiJson(renewed));
  return 'published';
}
