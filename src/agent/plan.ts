import type { Cloud } from '../core/clouds.ts';
import type { AccessToken, AssertionSource, CredentialMaterial } from '../core/credential.ts';
import type { Environment } from '../core/machine.ts';
import type { TokenRequest } from '../core/request.ts';

/** What main sends the agent over its standard input, where no process list shows it. */
export type AgentPlan = KeepAlivePlan | TokenPlan;

/**
 * The agent's only argument: renew the federated token of a session, or serve tokens for a credential that only the
 * agent holds. It loads the code for its duty before the plan arrives.
 */
export type Duty = 'keep-alive' | 'tokens';

/** The listening socket's descriptor in the agent: the first after the standard streams. */
export const SOCKET = 3;

/** How often the agent checks whether its session still exists, in milliseconds. */
export const POLL_MS = 5000;

export interface CommonPlan {
  /** The variables of GitHub's ID token service. */
  readonly idTokenService: Environment;
  /** The profile folder. The session ends with it. */
  readonly folder: string;
  /** Id of the login in a shared folder; absent for a private one. */
  readonly sharedLogin?: string;
}

export interface TokenPlan extends CommonPlan {
  /** Proves that a client belongs to the job. */
  readonly secret: string;
  /** The request that signed in, without the secrets that `credential` repeats. */
  readonly request: TokenRequest;
  readonly credential: CredentialMaterial;
  readonly cloud: Cloud;
  readonly tenantId: string;
  /** Ids by which a client may name the identity; `''` where it has none. */
  readonly clientId: string;
  readonly objectId: string;
  /** The lines of `token-audiences`; empty allows every resource. */
  readonly audiences: readonly string[];
  /** Tokens that the sign-in already has. JSON turns their dates into strings. */
  readonly tokens: readonly AccessToken[];
  /** The endpoints of earlier logins, newest first. The first that responds gets the requests for other identities. */
  readonly earlier: readonly { readonly url: string; readonly secret: string }[];
  /** The parent of the step's process (`step`), which lives as long as the job. */
  readonly runner: { readonly pid: number; readonly started: string; readonly step: number };
}

export interface KeepAlivePlan extends CommonPlan {
  /** Identify the entry in `service_principal_entries.json` to renew. */
  readonly clientId: string;
  readonly tenantId: string;
  readonly source: AssertionSource;
  /** When the first assertion expires, in milliseconds since 1970. */
  readonly expiresOn: number;
}

/**
 * How long to use an assertion before the next request, in milliseconds: 40 to 60 % of its remaining life, so that
 * clients always read one with time left, and jobs that started together spread their requests.
 * @param usableMs its remaining life
 * @param chance in [0, 1)
 */
export function refreshAfterMs(usableMs: number, chance: number): number {
  const wait = usableMs * (0.4 + 0.2 * chance);
  return Math.min(MAX_REFRESH_MS, Math.max(MIN_REFRESH_MS, wait));
}

const MIN_REFRESH_MS = 500;
/** Half the life of GitHub's tokens: to a runner whose clock is slow, the first token seems to live longer. */
const MAX_REFRESH_MS = 150_000;

/**
 * Wait after the nth failure in a row, in milliseconds.
 * @param retryAfterMs the wait that the server requested; 0 for none
 */
export function failureWaitMs(failures: number, retryAfterMs: number, chance: number): number {
  const backOff = Math.min(MAX_FAILURE_WAIT_MS, 500 * 2 ** (failures - 1)) * (0.5 + 0.5 * chance);
  return Math.max(backOff, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
}

const MAX_FAILURE_WAIT_MS = 30_000;
/** GitHub's assertion has two minutes left when its renewal begins. */
const MAX_RETRY_AFTER_MS = 60_000;

/** The longest job on GitHub-hosted runners, in milliseconds. */
const HOSTED_JOB_MS = 6 * 60 * 60 * 1000;

/**
 * When GitHub stops issuing tokens to this job: when the request token expires, about six hours after the job began.
 * @param requestTokenExpiry the epoch where the request token has no expiry
 */
export function sessionEnd(requestTokenExpiry: Date, now: Date): Date {
  return requestTokenExpiry.getTime() > now.getTime() ? requestTokenExpiry : new Date(now.getTime() + HOSTED_JOB_MS);
}
