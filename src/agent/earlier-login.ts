import { parseJsonObject, stringField } from '../core/json.ts';
import { plainHttpClient } from '../http/plain-http.ts';
import { startDeadline } from '../http/retry.ts';
import type { TokenPlan } from './plan.ts';
import { refusal, type TokenAnswer, type TokenQuestion } from './token-server.ts';

/** Longer than the earlier login itself puts up with trouble. */
const PATIENCE_SECONDS = 25;

/**
 * Passes a question on to the endpoint of an earlier login: no credential travels, and each login gives its own tokens.
 * @returns `undefined` where that login is over
 */
export async function askEarlier(
  { resource, identity, refused, userAgent }: TokenQuestion,
  { url, secret }: NonNullable<TokenPlan['earlier']>,
): Promise<TokenAnswer | undefined> {
  const to = new URL(url);
  to.search = new URLSearchParams({
    'api-version': '2019-08-01',
    resource,
    ...Object.fromEntries(identity),
    ...(refused === '' ? {} : { token_sha256_to_refresh: refused }),
  }).toString();
  const client = plainHttpClient([{ origin: to.origin }], startDeadline(PATIENCE_SECONDS));
  try {
    const headers = { 'X-IDENTITY-HEADER': secret, 'User-Agent': userAgent };
    const { status, body } = await client.send({ method: 'GET', url: to.href, headers });
    const answer = parseJsonObject(body);
    if (status === 200) {
      const fields = Object.keys(answer ?? {}).map((name): [string, string] => [name, stringField(answer, name)]);
      return { status, body: Object.fromEntries(fields) };
    }
    const passing = status === 400 || status === 403 ? status : 503;
    return refusal(passing, stringField(answer, 'error'), stringField(answer, 'message'));
  } catch {
    return undefined;
  }
}
