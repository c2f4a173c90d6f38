import type { Cloud } from '../core/clouds.ts';
import { asObject, stringField } from '../core/json.ts';
import type { CloudRequest } from '../core/request.ts';
import { nothingDescribed } from '../errors/discovery.ts';
import { readResourceManagerRefusal } from '../errors/resource-manager.ts';
import { parseAnswer } from '../http/answer.ts';
import type { HttpClient, HttpResponse } from '../http/http.ts';
import { type RetryPolicy, withRetry } from '../http/retry.ts';
import { cloudFromMetadata } from './cloud-metadata.ts';

/** The newest first: an Azure Stack Hub knows the last alone. */
const VERSIONS: readonly string[] = ['2022-09-01', '2019-05-01', '2015-01-01'];

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
      readAnswer(await http.send({ method: 'GET', url: `${url}/metadata/endpoints?api-version=${version}` })),
    );
    if (answer.kind === 'metadata') return cloudFromMetadata(name, url, answer.metadata);
    refusals.push(`${version}: ${answer.why}`);
  }
  throw nothingDescribed(url, refusals);
}

type Answer =
  | { readonly kind: 'metadata'; readonly metadata: unknown }
  | { readonly kind: 'refused'; readonly why: string };

function readAnswer(response: HttpResponse): Answer {
  if (response.status !== 200) return { kind: 'refused', why: refusal(response) };
  return parseAnswer(response, 'the endpoints of a cloud', (metadata) =>
    [metadata].flat().some(namesIssuer) ? { kind: 'metadata', metadata } : undefined,
  );
}

/** What every description has, in each of the shapes. */
function namesIssuer(description: unknown): boolean {
  return stringField(asObject(asObject(description)?.['authentication']), 'loginEndpoint') !== '';
}

function refusal({ status, headers, body }: HttpResponse): string {
  const { code, message } = readResourceManagerRefusal(status, headers, body);
  return [`HTTP ${status}`, code, message].filter((part) => part !== '').join(', ');
}
