import { quotable } from '../core/foreign-text.ts';
import { parseJsonObject, stringField } from '../core/json.ts';

/**
 * What Entra ID said when it refused a token. Every field is text that is fit to be shown; `''` where it said nothing.
 * The `claims` of a challenge are left out on purpose: they are for a client, not for a reader.
 * Source: Microsoft identity platform, "Microsoft Entra authentication and authorization error codes".
 */
export interface EntraRefusal {
  /** HTTP status of the answer. */
  readonly status: number;
  /** The OAuth error, for example `invalid_client`. */
  readonly error: string;
  /** The digits after AADSTS, all of them: 700238 and 7002381 are different errors. */
  readonly code: string;
  /** The server's own words, without the ids and the time that it writes behind them. */
  readonly description: string;
  readonly correlationId: string;
  readonly traceId: string;
  /** UTC, as the server writes it: `2026-11-22 08:00:00Z`. */
  readonly timestamp: string;
  readonly suberror: string;
}

/** Entra's error bodies have one to four thousand characters, most of them a challenge that is not read. */
const LARGEST_BODY = 64 * 1024;
/** Longer than every description on Microsoft's list; the whole annotation has room for 4,096 characters. */
const LONGEST_DESCRIPTION = 800;

/**
 * Reads the JSON by which Entra ID refuses a token.
 *
 * @param headers names in lower case
 * @returns `undefined` when the body is something else: empty, a page of HTML, JSON without an `error`
 */
export function readEntraRefusal(
  status: number,
  headers: Readonly<Record<string, string>>,
  bodyText: string,
): EntraRefusal | undefined {
  if (bodyText.length > LARGEST_BODY) return undefined;
  const body = parseJsonObject(bodyText);
  const error = word(stringField(body, 'error'));
  if (body === undefined || error === '') return undefined;

  // White space is made uniform first: older servers write \r\n before each part of the tail, newer ones a blank.
  const text = quotable(stringField(body, 'error_description'), LARGEST_BODY);
  return {
    status,
    error,
    code: /\bAADSTS(\d{1,12})(?!\d)/.exec(text)?.[1] ?? firstCode(body['error_codes']),
    description: quotable(text.replaceAll(TAIL, ''), LONGEST_DESCRIPTION),
    correlationId: id(stringField(body, 'correlation_id') || tailValue(text, 'Correlation ID')),
    traceId: id(stringField(body, 'trace_id') || tailValue(text, 'Trace ID') || (headers['x-ms-request-id'] ?? '')),
    timestamp: moment(stringField(body, 'timestamp') || tailValue(text, 'Timestamp')),
    suberror: word(stringField(body, 'suberror')),
  };
}

const TAIL = / ?\b(?:Trace ID: [\w-]+|Correlation ID: [\w-]+|Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ)/g;

function tailValue(text: string, label: 'Correlation ID' | 'Timestamp' | 'Trace ID'): string {
  return new RegExp(`\\b${label}: ([\\w-]+(?: \\d\\d:\\d\\d:\\d\\dZ)?)`).exec(text)?.[1] ?? '';
}

function firstCode(codes: unknown): string {
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined;
  return typeof first === 'number' && Number.isSafeInteger(first) && first >= 0 ? String(first) : '';
}

/** An OAuth error word: RFC 6749, 5.2 allows more, Entra writes lower-case letters and underscores. */
function word(text: string): string {
  return /^[\w.-]{1,60}$/.test(text) ? text : '';
}

function id(text: string): string {
  return /^[\w-]{1,60}$/.test(text) ? text : '';
}

function moment(text: string): string {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/.test(text) ? text : '';
}

/** Codes that pass by themselves. Source: "Microsoft Entra authentication and authorization error codes". */
const TRANSIENT_CODES: Readonly<Record<string, string>> = {
  50033: 'RetryableError: a passing fault of the service',
  90006: 'ExternalServerRetryableError: the service is temporarily unavailable',
  90012: 'RequestTimeout: the service took too long for itself',
  90024: 'RequestBudgetExceededError: a transient error, to be tried again',
  90033: 'MsodsServiceUnavailable: the directory service is away for a moment',
  90055: 'TenantThrottlingError: the tenant has too many requests right now',
  90090: 'GraphRetryableError: the service is temporarily unavailable',
};

/** OAuth errors that pass by themselves, whatever the code. Sources: RFC 6749, 4.1.2.1; the page above. */
const TRANSIENT_ERRORS: Readonly<Record<string, string>> = {
  server_error: 'the service failed on a request it could not find fault with',
  temporarily_unavailable: 'the service is too busy at the moment',
};

/** Codes that a repetition makes worse, so that no `error` beside them can make them count as transient. */
const NEVER_AGAIN: Readonly<Record<string, string>> = {
  50053: 'the account is locked, and each try keeps it so',
  50126: 'each try with a wrong password brings the account nearer to its lock',
  50196: 'the block for too many identical requests lasts longer with each further one',
};

/**
 * Whether the same request may well succeed in a moment. A missing federated credential (70021, 700211 to 700213) is
 * not transient: it is so for some minutes after it was made, and for good in every other case.
 */
export function isTransient(refusal: Pick<EntraRefusal, 'code' | 'error'>): boolean {
  if (Object.hasOwn(NEVER_AGAIN, refusal.code)) return false;
  return Object.hasOwn(TRANSIENT_CODES, refusal.code) || Object.hasOwn(TRANSIENT_ERRORS, refusal.error);
}
