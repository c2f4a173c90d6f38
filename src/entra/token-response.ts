import type { Cloud } from '../core/clouds.ts';
import type { Credential } from '../core/credential.ts';
import { asObject, type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import { expiryOf } from '../core/jwt.ts';
import type { TokenRequest } from '../core/request.ts';
import { sanitize } from '../core/sanitize.ts';
import type { EntraErrorResponse } from '../errors/entra.ts';
import { foreignResponse, type HttpResponse, isToken, parseResponse } from '../http/exchange.ts';
import { TransientFailure } from '../http/retry.ts';

/** An error response of Entra ID. The caller explains it, since the explanation depends on the sign-in method. */
export class EntraError extends Error {
  override readonly name = 'EntraError';
  readonly response: EntraErrorResponse;

  constructor(response: EntraErrorResponse) {
    super(response.code === '' ? response.error : `AADSTS${response.code}`);
    this.response = response;
  }
}

/**
 * Wraps a credential so that it throws an explained SessionError instead of an EntraError. The error table is loaded
 * only on failure.
 */
export function withExplainedErrors(request: TokenRequest, credential: Credential, cloud: Cloud): Credential {
  const explain = async (error: unknown): Promise<never> => {
    if (!(error instanceof EntraError)) throw error;
    const { signInFacts, signInError } = await import('../errors/entra.ts');
    throw signInError(error.response, signInFacts(request, cloud, credential)).causedBy(error);
  };
  return { ...credential, getToken: (...args) => credential.getToken(...args).catch(explain) };
}

/**
 * Reads the response of a token endpoint. An empty 200 response, which Entra ID sends occasionally, and a proxy's HTML
 * page are transient failures.
 * @returns the body, with an `access_token` that is valid in a header, and `expires_in` as a number of seconds
 * @throws {TransientFailure} when the response has an unexpected format, or a transient error code
 * @throws {EntraError}
 */
export function readTokenResponse(response: HttpResponse): JsonObject {
  const { status, requestId } = response;
  if (status === 200) {
    return parseResponse(response, 'an access token', (json) => {
      const body = asObject(json);
      const token = stringField(body, 'access_token');
      return isToken(token) ? { ...body, expires_in: lifetimeSeconds(body?.['expires_in'], token) } : undefined;
    });
  }
  const failure = readEntraError(status, response.headers, response.body);
  if (failure === undefined) throw foreignResponse(response);
  const error = new EntraError(failure);
  if (!isTransient(failure)) throw error;
  throw new TransientFailure(`${response.host} answered ${error.message}`, { requestId: requestId || failure.traceId });
}

/** A longer lifetime is implausible, and could overflow a date. */
const MAX_LIFETIME_SECONDS = 10 * 365 * 24 * 60 * 60;

/** Falls back to the `exp` claim of the token; 0 when neither value is plausible. */
function lifetimeSeconds(expiresIn: unknown, token: string): number {
  const reported = typeof expiresIn === 'number' || typeof expiresIn === 'string' ? Number(expiresIn) : 0;
  const seconds = reported > 0 ? reported : (expiryOf(token).getTime() - Date.now()) / 1000;
  return seconds > 0 && seconds <= MAX_LIFETIME_SECONDS ? Math.floor(seconds) : 0;
}

/** Entra ID's error bodies have one to four thousand characters, mostly a claims challenge that is ignored here. */
const MAX_BODY_LENGTH = 64 * 1024;
/** Longer than every description on Microsoft's list. An annotation has room for 4,096 characters. */
const MAX_DESCRIPTION_LENGTH = 800;
/** Entra ID appends these values to the description when it sends no fields for them. */
const TAIL = / ?\b(Trace ID|Correlation ID|Timestamp): ([\w-]+(?: \d\d:\d\d:\d\dZ)?)/g;

/**
 * Reads an error response of Entra ID.
 * @param headers names in lower case
 * @returns `undefined` when the body is not an OAuth error: empty, HTML, or JSON without `error`
 */
export function readEntraError(
  status: number,
  headers: Readonly<Record<string, string>>,
  bodyText: string,
): EntraErrorResponse | undefined {
  if (bodyText.length > MAX_BODY_LENGTH) return undefined;
  const body = parseJsonObject(bodyText);
  const error = identifier(stringField(body, 'error'));
  if (body === undefined || error === '') return undefined;

  // `sanitize` normalizes white space: older servers write \r\n before each part of the tail, newer ones a space.
  const text = sanitize(stringField(body, 'error_description'), MAX_BODY_LENGTH);
  const tail = new Map([...text.matchAll(TAIL)].map(([, label, value]) => [label, value]));
  const fieldOrTail = (field: string, label: string): string => stringField(body, field) || (tail.get(label) ?? '');
  const [firstCode]: unknown[] = [body['error_codes']].flat();
  const timestamp = fieldOrTail('timestamp', 'Timestamp');
  return {
    status,
    error,
    code: /\bAADSTS(\d{1,12})(?!\d)/.exec(text)?.[1] ?? (isCode(firstCode) ? String(firstCode) : ''),
    description: sanitize(text.replaceAll(TAIL, ''), MAX_DESCRIPTION_LENGTH),
    correlationId: identifier(fieldOrTail('correlation_id', 'Correlation ID')),
    traceId: identifier(fieldOrTail('trace_id', 'Trace ID') || (headers['x-ms-request-id'] ?? '')),
    timestamp: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/.test(timestamp) ? timestamp : '',
  };
}

function isCode(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** An OAuth error code or an id, else `''`. RFC 6749, 5.2 allows more characters, but Entra ID does not use them. */
function identifier(text: string): string {
  return /^[\w.-]{1,60}$/.test(text) ? text : '';
}

/**
 * Codes of transient failures: the service is unavailable, busy or timed out, or the tenant is throttled.
 * Source: "Microsoft Entra authentication and authorization error codes".
 */
const TRANSIENT_CODES: ReadonlySet<string> = new Set(['50033', '90006', '90012', '90024', '90033', '90055', '90090']);

/** OAuth errors that are transient whatever the code. Sources: RFC 6749, 4.1.2.1; the page above. */
const TRANSIENT_ERRORS: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

/**
 * Codes that are never retried, whatever the `error`, since a retry makes them worse: the account is locked (50053), a
 * wrong password counts towards the lock (50126), or each request prolongs a block (50196).
 */
const NON_RETRYABLE_CODES: ReadonlySet<string> = new Set(['50053', '50126', '50196']);

/**
 * Whether a retry may soon succeed. A missing federated credential (70021, 700211 to 700213) is not transient: a new
 * one takes minutes to become effective, and in every other case the error is permanent.
 */
export function isTransient({ code, error }: Pick<EntraErrorResponse, 'code' | 'error'>): boolean {
  return !NON_RETRYABLE_CODES.has(code) && (TRANSIENT_CODES.has(code) || TRANSIENT_ERRORS.has(error));
}
