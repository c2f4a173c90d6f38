import type { CloudRequest } from '../inputs/request.ts';
import type { HttpClient, HttpResponse } from '../net/http.ts';
import { type RetryPolicy, withRetry } from '../net/retry.ts';
import { TransientFailure } from '../net/transient.ts';
import { cloudFromMetadata } from './cloud-metadata.ts';
import type { Cloud } from './clouds.ts';
import { nothingDescribed, unusableDescription } from './errors/discovery.ts';
import { readResourceManagerRefusal } from './errors/resource-manager.ts';

/** The newest first: an Azure Stack Hub knows the last alone. */
const VERSIONS: readonly string[] = ['2022-09-01', '2019-05-01', '2015-01-01'];

/** The description of all of Microsoft's clouds together has some ten thousand characters. */
const LONGEST_DESCRIPTION = 1024 * 1024;

/**
 * Asks a private cloud for its endpoints: one request for each version of the interface until it knows one. Nothing
 * secret is in them.
 * @throws {SessionError} when it is no private cloud, must not be followed, or the tries or the time are used up
 */
export async function discoverCloud(
  { name, resourceManagerUrl: url }: Extract<CloudRequest, { readonly kind: 'discovered' }>,
  { http, retry }: { readonly http: HttpClient; readonly retry: RetryPolicy },
): Promise<Cloud> {
  const refusals: string[] = [];
  for (const version of VERSIONS) {
    const answer = await withRetry('The discovery of the endpoints of the private cloud', retry, async () =>
      readAnswer(await http.send({ method: 'GET', url: `${url}/metadata/endpoints?api-version=${version}` }), url),
    );
    if (answer.kind === 'metadata') return cloudFromMetadata(name, url, answer.metadata);
    refusals.push(`${version}: ${answer.why}`);
  }
  throw nothingDescribed(url, refusals);
}

type Answer =
  | { readonly kind: 'metadata'; readonly metadata: unknown }
  | { readonly kind: 'refused'; readonly why: string };

function readAnswer(response: HttpResponse, url: string): Answer {
  if (response.status !== 200) return { kind: 'refused', why: refusal(response) };
  if (response.body.length > LONGEST_DESCRIPTION) {
    throw unusableDescription(url, 'Its description has more than a million characters, and was not read.');
  }
  const metadata = parsed(response.body);
  if (typeof metadata === 'object' && metadata !== null) return { kind: 'metadata', metadata };
  throw new TransientFailure(`${new URL(url).host} answered with something else than JSON`, {
    requestId: response.requestId,
  });
}

function refusal({ status, headers, body }: HttpResponse): string {
  const { code, message } = readResourceManagerRefusal(status, headers, body);
  return [`HTTP ${status}`, code, message].filter((part) => part !== '').join(', ');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
