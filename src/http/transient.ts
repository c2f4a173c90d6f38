/** How far a try got: whether the server can have acted on the request is for those to know who must not repeat it. */
export type Reached =
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

const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 429]);

/** Whether an HTTP status says "not now" rather than "no": 408, 429 and the 5xx, but for 501 and 505, which stay. */
export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUSES.has(status) || (status >= 500 && status !== 501 && status !== 505);
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
