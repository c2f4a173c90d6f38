import type { Cloud } from '../core/clouds.ts';
import type { AccessToken, AssertionSource, CredentialMaterial } from '../core/credential.ts';
import type { Environment } from '../core/machine.ts';
import type { TokenRequest } from '../core/request.ts';

/**
 * What the main run tells the agent, over its standard input: nothing of it shows in a process list. It has one of two
 * duties: to renew the federated token of a session, or to hand out tokens for a credential that nobody else has.
 */
export type AgentPlan = KeepAlivePlan | TokenPlan;

/** The first argument of the agent, which prepares itself before it has its plan. */
export type Duty = 'keep-alive' | 'tokens';

/** The descriptor of the listening socket in the agent: the next after the standard streams. */
export const SOCKET = 3;

export interface CommonPlan {
  /** The variables by which GitHub's ID token service is asked. */
  readonly idTokenService: Environment;
  /** The profile folder. When it is gone, so is the session. */
  readonly folder: string;
  /** Id of the login in a folder that it shares with others; absent where the folder is this session's alone. */
  readonly sharedLogin?: string;
}

export interface TokenPlan extends CommonPlan {
  /** Proves that a client belongs to the job. */
  readonly secret: string;
  /** The request as it signed in, and what it signed in with. */
  readonly request: TokenRequest;
  readonly credential: CredentialMaterial;
  readonly cloud: Cloud;
  readonly tenantId: string;
  /** What a client may name the identity by, each `''` where it has none. */
  readonly clientId: string;
  readonly objectId: string;
  /** What `token-audiences` says; tokens are handed out for all resources where it is empty. */
  readonly audiences: readonly string[];
  /** Those that the sign-in has got already. On the way, JSON makes texts of their dates. */
  readonly tokens: readonly AccessToken[];
  /** The endpoint of an earlier login, which is asked for identities that are not this one. */
  readonly earlier?: { readonly url: string; readonly secret: string };
  /** What started the step, and lives as long as the job. */
  readonly runner: { readonly pid: number; readonly started: string };
}

export interface KeepAlivePlan extends CommonPlan {
  /** Whose entry in `service_principal_entries.json` is renewed. */
  readonly clientId: string;
  readonly tenantId: string;
  readonly source: AssertionSource;
  /** When the assertion that the sign-in wrote ends, in milliseconds since 1970. */
  readonly expiresOn: number;
}

/**
 * How long to use an assertion before the next is asked for, in milliseconds: between 40 and 60 % of what is left of it,
 * so that a reader always finds one with time left, and many jobs that began together do not ask together.
 * @param usableMs how long it can still be used
 * @param chance in [0, 1)
 */
export function refreshAfterMs(usableMs: number, chance: number): number {
  const wait = usableMs * (0.4 + 0.2 * chance);
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, wait));
}

const SHORTEST_MS = 500;
/** Half of the life of GitHub's tokens: where the runner's clock is behind, the first one seems to last for longer. */
const LONGEST_MS = 150_000;

/**
 * Wait after the nth failure in a row, in milliseconds.
 * @param retryAfterMs how long the server asked to wait; 0 when it did not
 */
export function failureWaitMs(failures: number, retryAfterMs: number, chance: number): number {
  const backOff = Math.min(LONGEST_FAILURE_WAIT_MS, 500 * 2 ** (failures - 1)) * (0.5 + 0.5 * chance);
  return Math.max(backOff, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
}

const LONGEST_FAILURE_WAIT_MS = 30_000;
/** An assertion of GitHub has two minutes left when it is to be renewed. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Without a readable end of the request token: how long GitHub lets a job on its own runners live, in milliseconds. */
const HOSTED_JOB_MS = 6 * 60 * 60 * 1000;

/**
 * When GitHub stops to give tokens to this job: at the end of the request token, about six hours after the job began.
 * @param requestTokenExpiry the epoch when the request token does not say
 */
export function sessionEnd(requestTokenExpiry: Date, now: Date): Date {
  return requestTokenExpiry.getTime() > now.getTime() ? requestTokenExpiry : new Date(now.getTime() + HOSTED_JOB_MS);
}
