import { parseJson } from '../core/json.ts';
import type { HttpResponse } from './exchange.ts';
import { TransientFailure } from './transient.ts';

/** A token can stand in a header. */
const TOKEN = /^[\x21-\x7e]+$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Reads the JSON of an answer by the shape that was asked for. Anything else is no answer: overloaded services, proxies
 * and captive portals send it with a status of 200, and a later try may reach the real host.
 *
 * @param what was asked for, as a noun with its article: "a token"
 * @param read gives `undefined` for JSON of another shape
 * @throws {TransientFailure} that names the host
 */
export function parseAnswer<T>(response: HttpResponse, what: string, read: (body: unknown) => T | undefined): T {
  const { host, body, requestId } = response;
  const found = read(parseJson(body));
  if (found !== undefined) return found;
  throw new TransientFailure(`${host} answered without ${what}`, { requestId });
}
