import type { AsyncLocalStorage } from 'node:async_hooks';
import { networkError } from '../errors/network.ts';

export interface RetryPolicy {
  /** Attempts for one operation, including the first. */
  readonly maxAttempts: number;
  readonly deadline: Deadline;
  /** Writes a line for each failed attempt that is followed by another. */
  readonly log: (line: string) => void;
  /** In milliseconds, for a server that specifies an interval. */
  readonly minWaitMs?: number;
  /** What the user can do if every attempt fails, before the remediation of the last failure. */
  readonly remediation?: string;
}

/** One deadline for the whole sign-in, passed down to every request. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The configured timeout, for messages. */
  readonly seconds: number;
  remainingMs(): number;
}

/**
 * Starts the clock. The timer does not keep the process alive.
 * @param alarm aborts the signal, as the deadline does, when it rejects
 */
export function startDeadline(seconds: number, alarm?: Promise<never>): Deadline {
  const end = now() + seconds * 1000;
  const over = new AbortController();
  setTimeout(() => over.abort(), Math.min(seconds * 1000, MAX_TIMER_MS)).unref();
  alarm?.catch((reason: unknown) => over.abort(reason));
  return { seconds, signal: over.signal, remainingMs: () => Math.max(0, end - now()) };
}

/** A monotonic clock, in milliseconds. `performance.now` is the same clock, but takes 1 ms to load. */
function now(): number {
  return process.uptime() * 1000;
}

/** The number of requests of this process, and their log if debug logging is on. */
export const traffic: {
  requests: number;
  log?: {
    readonly write: (line: string) => void;
    /** The attempt that a request belongs to. Tracked only for this log, because async context slows MSAL down. */
    readonly tries: AsyncLocalStorage<string>;
  };
} = { requests: 0 };

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 15_000;

/**
 * The only retry rule of the program. Repeats an operation after transient failures, until the attempts or the time run
 * out. Waits double from half a second, half of each wait being random, and are never shorter than the server requests.
 * @param what the operation, as the subject of a sentence: "The token request to Entra ID"
 * @throws {SessionError} when the attempts or the time run out; rethrows any failure of `attempt` that is not transient
 */
export async function withRetry<T>(
  what: string,
  policy: RetryPolicy,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  let last: TransientFailure | undefined;
  for (let number = 1; ; number++) {
    try {
      policy.deadline.signal.throwIfAborted();
      const { log } = traffic;
      if (log === undefined) return await attempt(number);
      return await log.tries.run(`try ${number} of ${policy.maxAttempts}`, () => attempt(number));
    } catch (error) {
      if (policy.deadline.signal.aborted) throw outOfTime(what, policy, last);
      if (!(error instanceof TransientFailure)) throw error;
      last = error;
      if (number >= policy.maxAttempts) {
        const remediation = [policy.remediation ?? '', error.remediation].filter((step) => step !== '');
        throw networkError('attemptsFailed', what, number, describe(error), remediation).causedBy(error);
      }
      const wait = Math.max(error.retryAfterMs, policy.minWaitMs ?? 0, backOffMs(number, Math.random()));
      const remaining = policy.deadline.remainingMs();
      if (error.retryAfterMs >= remaining) {
        throw networkError('retryAfterTooLong', what, describe(error), error.retryAfterMs).causedBy(error);
      }
      if (wait >= remaining) throw outOfTime(what, policy, error);
      policy.log(
        `${what} failed (try ${number} of ${policy.maxAttempts}): ${describe(error)}. Trying again in ${(wait / 1000).toFixed(1)} s.`,
      );
      await pause(wait, policy.deadline.signal);
    }
  }
}

/**
 * The wait after attempt `number`, in milliseconds.
 * @param chance random number in [0, 1), which spreads the retries of jobs that fail at the same time
 */
export function backOffMs(number: number, chance: number): number {
  const full = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (number - 1));
  return full / 2 + (full / 2) * chance;
}

/** Node fires a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Resolves after a time, or as soon as the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Loaded on demand, because most sign-ins never wait.
  const { setTimeout } = await import('node:timers/promises');
  await setTimeout(Math.min(ms, MAX_TIMER_MS), undefined, { signal }).catch(() => {});
}

function outOfTime(what: string, { deadline }: RetryPolicy, last: TransientFailure | undefined): Error {
  return networkError('timedOut', deadline.seconds, what, last === undefined ? '' : describe(last)).causedBy(last);
}

function describe(failure: TransientFailure): string {
  return failure.requestId === '' ? failure.message : `${failure.message}, request id ${failure.requestId}`;
}

/** Whether the server can have acted on the request. Requests that must not be sent twice depend on it. */
type Delivery =
  /** No byte was sent. */
  | 'not-sent'
  /** The request was sent, at least in part, without a response from the server. */
  | 'unknown'
  /** The server responded that it cannot process the request now. */
  | 'received';

/**
 * The only kind of failure that is retried. `reason` is logged, so it never contains a part of a request or a response.
 */
export class TransientFailure extends Error {
  override readonly name = 'TransientFailure';
  /** The server's id for the request, for support cases; `''` if it sent none. */
  readonly requestId: string = '';
  /** The wait that the server requested, in milliseconds from now. */
  readonly retryAfterMs: number = 0;
  /** What the user can do if the failure persists; `''` if it is not the user's to fix. */
  readonly remediation: string = '';
  readonly delivery: Delivery = 'received';

  constructor(reason: string, { cause, ...details }: Partial<Omit<TransientFailure, keyof Error>> & ErrorOptions = {}) {
    super(reason, cause === undefined ? {} : { cause });
    Object.assign(this, details);
  }
}

/** 408, 429 and 5xx, except 501 and 505, which are permanent. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/**
 * The wait of a `Retry-After` header (seconds or an HTTP date), in milliseconds; 0 if it is missing or invalid. A date
 * counts from the `Date` of the server, whose clock may differ from that of the runner.
 * Source: RFC 9110, 10.2.3.
 */
export function retryAfterMs({ 'retry-after': header = '', date }: Readonly<Record<string, string>>): number {
  const value = header.trim();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const waitMs = Date.parse(value) - (date === undefined ? Date.now() : Date.parse(date));
  return waitMs > 0 ? waitMs : 0;
}
