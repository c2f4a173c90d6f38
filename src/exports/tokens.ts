import type { Values } from '../actions/runner.ts';
import { type AccessToken, type Credential, scopeOf } from '../core/credential.ts';

/**
 * The tokens that `token-scopes` asks for, in that order: one request each, all at the same time. A scope that there is a
 * token for already is not asked for again.
 * @param mask called with each token before anything else is done with it
 * @throws {SessionError} what the first of them was refused for, once none is under way any more
 */
export async function requestTokens(
  resources: readonly string[],
  getToken: Credential['getToken'],
  known: AccessToken,
  mask: (secret: string) => void,
): Promise<AccessToken[]> {
  const requests = resources.map(scopeOf).map(async (scope) => {
    const token = scope === known.scope ? known : await getToken(scope);
    mask(token.token);
    return token;
  });
  return allOf(requests);
}

/**
 * `Promise.all` that waits for the others when one fails: a request that is still tried again would hold up the end of
 * the step. Of several failures it is the first in order.
 */
export async function allOf<T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** The outputs for `token-scopes`: the first token, and all of them by what the workflow wrote; none without any. */
export function tokenOutputs(resources: readonly string[], tokens: readonly AccessToken[]): Values {
  const found = resources.flatMap((resource): [string, AccessToken][] => {
    const token = tokens.find(({ scope }) => scope === scopeOf(resource));
    return token === undefined ? [] : [[resource, token]];
  });
  const [first] = found;
  if (first === undefined) return {};
  const described = found.map(([resource, { token, expiresOn }]) => [
    resource,
    { token, expiresOn: expiresOn.toISOString() },
  ]);
  return { 'access-token': first[1].token, 'access-tokens': JSON.stringify(Object.fromEntries(described)) };
}
