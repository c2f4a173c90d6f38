import { asObject, type JsonObject, stringField } from '../core/json.ts';
import { expiryOf } from '../core/jwt.ts';
import { type EntraRefusal, isTransient, readEntraRefusal } from '../errors/entra-answer.ts';
import type { SignInFacts } from '../errors/remedies.ts';
import { isToken, parseAnswer } from '../http/exchange.ts';
import type { HttpResponse } from '../http/http.ts';
import { TransientFailure } from '../http/retry.ts';

/** Entra said no, for a reason of its own. What it means here is for the caller to say, who knows the method. */
export class EntraRefused extends Error {
  override readonly name = 'EntraRefused';
  readonly refusal: EntraRefusal;

  constructor(refusal: EntraRefusal) {
    super(refusal.code === '' ? refusal.error : `AADSTS${refusal.code}`);
    this.refusal = refusal;
  }
}

/**
 * Reads the answer of a token endpoint. Entra now and then answers 200 with an empty body, and proxies answer with a
 * page of HTML: both pass, so both count as transient.
 *
 * @returns the body, whose `access_token` can stand in a header, and whose `expires_in` is a number of seconds
 * @throws {TransientFailure} when the answer is no answer, or names a code that passes
 * @throws {EntraRefused}
 */
export function readTokenAnswer(response: HttpResponse): JsonObject {
  const { status, requestId } = response;
  if (status === 200) {
    return parseAnswer(response, 'an access token', (answer) => {
      const body = asObject(answer);
      const token = stringField(body, 'access_token');
      return isToken(token) ? { ...body, expires_in: lifetimeSeconds(body?.['expires_in'], token) } : undefined;
    });
  }
  const refusal = readEntraRefusal(status, response.headers, response.body);
  if (refusal === undefined) {
    throw new TransientFailure(`${response.host} answered HTTP ${status} with something else than JSON`, { requestId });
  }
  if (isTransient(refusal)) {
    const name = refusal.code === '' ? refusal.error : `AADSTS${refusal.code}`;
    throw new TransientFailure(`Entra ID answered ${name}`, { requestId: requestId || refusal.traceId });
  }
  throw new EntraRefused(refusal);
}

/** More is no lifetime; a date of it would be none either. */
const LONGEST_SECONDS = 10 * 365 * 24 * 60 * 60;

/** As the server gives it, in a number or in digits; else as the token itself does; 0 when neither makes sense. */
function lifetimeSeconds(given: unknown, token: string): number {
  const seconds = typeof given === 'number' || typeof given === 'string' ? Number(given) : 0;
  const left = seconds > 0 ? seconds : (expiryOf(token).getTime() - Date.now()) / 1000;
  return left > 0 && left <= LONGEST_SECONDS ? Math.floor(left) : 0;
}

/**
 * For `.catch(…)`: turns a refusal into the error the user reads; everything else passes as it is. The table of remedies
 * is loaded only then: a sign-in that succeeds never pays for it.
 */
export function explaining(facts: SignInFacts): (error: unknown) => Promise<never> {
  return async (error) => {
    if (!(error instanceof EntraRefused)) throw error;
    const { signInRefused } = await import('../errors/sign-in-refused.ts');
    throw signInRefused(error.refusal, facts, error);
  };
}
