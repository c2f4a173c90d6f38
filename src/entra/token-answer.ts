import type { Cloud } from '../core/clouds.ts';
import type { Credential } from '../core/credential.ts';
import { quotable } from '../core/foreign-text.ts';
import { asObject, type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import { expiryOf } from '../core/jwt.ts';
import type { TokenRequest } from '../core/request.ts';
import type { EntraErrorAnswer } from '../errors/entra.ts';
import { type HttpResponse, isToken, parseAnswer } from '../http/exchange.ts';
import { TransientFailure } from '../http/retry.ts';

/** Entra said no, for a reason of its own. What it means here is for the caller to say, who knows the method. */
export class EntraError extends Error {
  override readonly name = 'EntraError';
  readonly answer: EntraErrorAnswer;

  constructor(answer: EntraErrorAnswer) {
    super(answer.code === '' ? answer.error : `AADSTS${answer.code}`);
    this.answer = answer;
  }
}

/**
 * The same credential, which throws the error that the user reads in place of an EntraError. The table of errors is loaded
 * only then: a sign-in that succeeds never pays for it.
 */
export function explaining(request: TokenRequest, credential: Credential, cloud: Cloud): Credential {
  const explain = async (error: unknown): Promise<never> => {
    if (!(error instanceof EntraError)) throw error;
    const { factsOf, signInError } = await import('../errors/entra.ts');
    throw signInError(error.answer, factsOf(request, cloud, credential)).causedBy(error);
  };
  return { ...credential, getToken: (...of) => credential.getToken(...of).catch(explain) };
}

/**
 * Reads the answer of a token endpoint. Entra now and then answers 200 with an empty body, and proxies answer with a
 * page of HTML: both pass, so both count as transient.
 * @returns the body, whose `access_token` can stand in a header, and whose `expires_in` is a number of seconds
 * @throws {TransientFailure} when the answer is no answer, or names a code that passes
 * @throws {EntraError}
 */
export function readTokenAnswer(response: HttpResponse): JsonObject {
  const { status, requestId } = response;
  if (status === 200) {
    return parseAnswer(response, 'an access token', (json) => {
      const body = asObject(json);
      const token = stringField(body, 'access_token');
      return isToken(token) ? { ...body, expires_in: lifetimeSeconds(body?.['expires_in'], token) } : undefined;
    });
  }
  const answer = readEntraError(status, response.headers, response.body);
  if (answer === undefined) {
    throw new TransientFailure(`${response.host} answered HTTP ${status} with something else than JSON`, { requestId });
  }
  const error = new EntraError(answer);
  if (!isTransient(answer)) throw error;
  throw new TransientFailure(`Entra ID answered ${error.message}`, { requestId: requestId || answer.traceId });
}

/** More is no lifetime; a date of it would be none either. */
const LONGEST_SECONDS = 10 * 365 * 24 * 60 * 60;

/** As the server gives it, in a number or in digits; else as the token itself does; 0 when neither makes sense. */
function lifetimeSeconds(given: unknown, token: string): number {
  const seconds = typeof given === 'number' || typeof given === 'string' ? Number(given) : 0;
  const left = seconds > 0 ? seconds : (expiryOf(token).getTime() - Date.now()) / 1000;
  return left > 0 && left <= LONGEST_SECONDS ? Math.floor(left) : 0;
}

/** Entra's error bodies have one to four thousand characters, most of them a challenge that is not read. */
const LARGEST_BODY = 64 * 1024;
/** Longer than every description on Microsoft's list; the whole annotation has room for 4,096 characters. */
const LONGEST_DESCRIPTION = 800;
/** What Entra writes behind its description, where it sends no fields for it. */
const TAIL = / ?\b(Trace ID|Correlation ID|Timestamp): ([\w-]+(?: \d\d:\d\d:\d\dZ)?)/g;

/**
 * Reads the JSON by which Entra ID refuses a token.
 * @param headers names in lower case
 * @returns `undefined` when the body is something else: empty, a page of HTML, JSON without an `error`
 */
export function readEntraError(
  status: number,
  headers: Readonly<Record<string, string>>,
  bodyText: string,
): EntraErrorAnswer | undefined {
  if (bodyText.length > LARGEST_BODY) return undefined;
  const body = parseJsonObject(bodyText);
  const error = word(stringField(body, 'error'));
  if (body === undefined || error === '') return undefined;

  // White space is made uniform first: older servers write \r\n before each part of the tail, newer ones a blank.
  const text = quotable(stringField(body, 'error_description'), LARGEST_BODY);
  const tail = new Map([...text.matchAll(TAIL)].map(([, label, value]) => [label, value]));
  const told = (field: string, label: string): string => stringField(body, field) || (tail.get(label) ?? '');
  const [firstCode]: unknown[] = [body['error_codes']].flat();
  const timestamp = told('timestamp', 'Timestamp');
  return {
    status,
    error,
    code: /\bAADSTS(\d{1,12})(?!\d)/.exec(text)?.[1] ?? (isCode(firstCode) ? String(firstCode) : ''),
    description: quotable(text.replaceAll(TAIL, ''), LONGEST_DESCRIPTION),
    correlationId: word(told('correlation_id', 'Correlation ID')),
    traceId: word(told('trace_id', 'Trace ID') || (headers['x-ms-request-id'] ?? '')),
    timestamp: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/.test(timestamp) ? timestamp : '',
  };
}

function isCode(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** An OAuth error word, or an id. RFC 6749, 5.2 allows more; Entra writes lower-case letters and underscores. */
function word(text: string): string {
  return /^[\w.-]{1,60}$/.test(text) ? text : '';
}

/**
 * Codes that pass by themselves: a service that is away, busy or took too long for itself, a tenant with too many requests.
 * Source: "Microsoft Entra authentication and authorization error codes".
 */
const TRANSIENT_CODES: ReadonlySet<string> = new Set(['50033', '90006', '90012', '90024', '90033', '90055', '90090']);

/** OAuth errors that pass by themselves, whatever the code. Sources: RFC 6749, 4.1.2.1; the page above. */
const TRANSIENT_ERRORS: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

/**
 * Codes that a repetition makes worse, so that no `error` beside them can make them count as transient: an account that is
 * locked, one that a wrong password brings nearer to its lock, and a block that each further request prolongs.
 */
const NEVER_AGAIN: ReadonlySet<string> = new Set(['50053', '50126', '50196']);

/**
 * Whether the same request may well succeed in a moment. A missing federated credential (70021, 700211 to 700213) is
 * not transient: it is so for some minutes after it was made, and for good in every other case.
 */
export function isTransient({ code, error }: Pick<EntraErrorAnswer, 'code' | 'error'>): boolean {
  return !NEVER_AGAIN.has(code) && (TRANSIENT_CODES.has(code) || TRANSIENT_ERRORS.has(error));
}
