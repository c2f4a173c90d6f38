import type { AsyncLocalStorage } from 'node:async_hooks';
import { networkError } from '../errors/network.ts';

/** When to give up, and what the retry rule takes from outside. */
export interface RetryPolicy {
  /** Tries of one operation, the first included. */
  readonly maxAttempts: number;
  readonly deadline: Deadline;
  /** Takes one line for each try that failed and will be repeated. */
  readonly log: (line: string) => void;
  /** In milliseconds, for a server that names an interval. */
  readonly shortestWaitMs?: number;
}

/** One deadline for the whole sign-in, passed down to every request. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The length the user set, in seconds, for messages. */
  readonly seconds: number;
  remainingMs(): number;
}

/**
 * Starts the clock. The timer does not keep the process alive.
 * @param alarm ends everything that is under way, as the deadline does, when it rejects
 */
export function startDeadline(seconds: number, alarm?: Promise<never>): Deadline {
  const end = now() + seconds * 1000;
  const over = new AbortController();
  setTimeout(() => over.abort(), Math.min(seconds * 1000, LONGEST_TIMER_MS)).unref();
  alarm?.catch((reason: unknown) => over.abort(reason));
  return { seconds, signal: over.signal, remainingMs: () => Math.max(0, end - now()) };
}

/** Milliseconds of a clock that nobody sets. `performance` has the same one, and takes a millisecond to load. */
function now(): number {
  return process.uptime() * 1000;
}

/** What a job with debug logging writes of its requests. */
interface TrafficLog {
  readonly write: (line: string) => void;
  /** The try that a request belongs to. Followed for this log alone: to do so through MSAL has its price. */
  readonly tries: AsyncLocalStorage<string>;
}

/** The requests of this process: how many there were, and where they are written down; nowhere in most jobs. */
export const traffic: { requests: number; log?: TrafficLog } = { requests: 0 };

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Runs an operation until it succeeds, fails for good, or the tries or the time are used up: the one retry rule of the
 * program. Waits double from half a second, half of each by chance, and never less than the server asked for.
 * @param what the operation, as the subject of a sentence: "The token request to Entra ID"
 * @throws {SessionError} when the tries or the time are used up; whatever `attempt` throws that is not transient
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
        throw networkError('outOfTries', what, number, described(error), error.mend).causedBy(error);
      }
      const wait = Math.max(error.retryAfterMs, policy.shortestWaitMs ?? 0, backOffMs(number, Math.random()));
      const left = policy.deadline.remainingMs();
      if (error.retryAfterMs >= left) {
        throw networkError('toldToWait', what, described(error), error.retryAfterMs).causedBy(error);
      }
      if (wait >= left) throw outOfTime(what, policy, error);
      policy.log(
        `${what} failed (try ${number} of ${policy.maxAttempts}): ${described(error)}. Trying again in ${(wait / 1000).toFixed(1)} s.`,
      );
      await pause(wait, policy.deadline.signal);
    }
  }
}

/**
 * Wait before the try after `number`, in milliseconds.
 * @param chance in [0, 1): spreads the retries of jobs that failed at the same moment
 */
export function backOffMs(number: number, chance: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (number - 1));
  return full / 2 + (full / 2) * chance;
}

/** A longer timer of Node's ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Resolves after a time, or as soon as the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Loaded only for who has to wait.
  const { setTimeout } = await import('node:timers/promises');
  await setTimeout(Math.min(ms, LONGEST_TIMER_MS), undefined, { signal }).catch(() => {});
}

function outOfTime(what: string, { deadline }: RetryPolicy, last: TransientFailure | undefined): Error {
  return networkError('outOfTime', deadline.seconds, what, last === undefined ? '' : described(last)).causedBy(last);
}

function described(failure: TransientFailure): string {
  return failure.requestId === '' ? failure.message : `${failure.message}, request id ${failure.requestId}`;
}

/** How far a try got: whether the server can have acted on the request is for those to know who must not repeat it. */
type Reached =
  /** No byte of the request was sent. */
  | 'nobody'
  /** It was sent, at least in part, and nothing tells what became of it. */
  | 'perhaps-the-server'
  /** The server itself says "not now". */
  | 'the-server';

/**
 * A failure that may pass by itself: the only kind that is tried again. Everything else thrown out of a try is final.
 * `reason` is for the log; it never holds a body, a header or a part of the request.
 */
export class TransientFailure extends Error {
  override readonly name = 'TransientFailure';
  /** The server's id of the request, to quote to its support; `''` when it gave none. */
  readonly requestId: string;
  /** How long the server asked to wait, in milliseconds from now. */
  readonly retryAfterMs: number;
  /** What the user can do if it does not pass; `''` where the fault is not theirs. */
  readonly mend: string;
  readonly reached: Reached;

  constructor(
    reason: string,
    details: { requestId?: string; retryAfterMs?: number; mend?: string; reached?: Reached; cause?: unknown } = {},
  ) {
    super(reason, details.cause === undefined ? {} : { cause: details.cause });
    this.requestId = details.requestId ?? '';
    this.retryAfterMs = details.retryAfterMs ?? 0;
    this.mend = details.mend ?? '';
    this.reached = details.reached ?? 'the-server';
  }
}

/** Whether an HTTP status says "not now" rather than "no": 408, 429 and the 5xx, but for 501 and 505, which stay. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/**
 * Milliseconds to wait by a `Retry-After` header, in either of its forms (seconds or an HTTP date), 0 when there is
 * none or it makes no sense. Source: RFC 9110, 10.2.3.
 */
export function retryAfterMs(header: string | undefined, now: Date): number {
  const value = header?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now.getTime());
}

/** The system's or OpenSSL's code of an error, such as `ECONNRESET`: safe to print, unlike its message. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : 'unknown error';
}
