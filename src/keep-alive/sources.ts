import type { AssertionSource } from '../credentials/credential.ts';
import { expiryOf, requestGitHubIdToken } from '../credentials/github-id-token.ts';
import { httpClient } from '../net/http.ts';
import { startDeadline } from '../net/retry.ts';
import { TransientFailure } from '../net/transient.ts';
import { readForeignFile } from '../profile/folder.ts';
import type { Environment } from '../runner/runner.ts';
import { SourceFailure } from './refresher.ts';

/** One request may take so long, in seconds; the refresher repeats it by a rhythm of its own. */
const REQUEST_SECONDS = 30;
/** A projected token has some thousand characters. */
const LARGEST_TOKEN = 64 * 1024;

/** How to get a fresh assertion from a source. */
export function sourceOf(source: AssertionSource, env: Environment): () => Promise<string> {
  return source.kind === 'github' ? () => fromGitHub(source.audience, env) : async () => fromFile(source.path);
}

/** A connection of its own each time: between two requests lie minutes, in which a proxy would close it. */
async function fromGitHub(audience: string, env: Environment): Promise<string> {
  const deadline = startDeadline(REQUEST_SECONDS);
  const http = httpClient(env, deadline);
  const nothing = (): void => {};
  const retry = { maxAttempts: 1, deadline, log: nothing, random: Math.random };
  try {
    // Nothing to mask: there is no log here in which a token could show.
    return await requestGitHubIdToken(audience, { http, env, retry, mask: nothing });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof TransientFailure) throw new SourceFailure(cause.message, 'passing');
    if (deadline.signal.aborted) throw new SourceFailure('GitHub did not answer in time', 'passing');
    throw new SourceFailure(error instanceof Error ? error.message : 'GitHub refused a new token', 'final');
  } finally {
    http.close();
  }
}

/** The kubelet renews the file at 80 % of the token's life; one that has ended is being renewed right now. */
function fromFile(path: string): string {
  const token = readForeignFile(path, LARGEST_TOKEN)?.trim() ?? '';
  if (token === '') throw new SourceFailure("the pod's token file cannot be read", 'passing');
  if (expiryOf(token) <= new Date())
    throw new SourceFailure("the pod's token file holds a token that has ended", 'passing');
  return token;
}
