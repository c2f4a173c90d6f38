import type { AccessToken } from '../credential.ts';
import type { HttpClient, HttpResponse } from '../net/http.ts';
import { type JsonObject, parseJsonObject, stringField } from '../net/json.ts';
import { type RetryPolicy, withRetry } from '../net/retry.ts';
import { TransientFailure } from '../net/transient.ts';
import { SessionError } from '../session-error.ts';
import type { SignInContext } from '../sign-in-context.ts';
import type { Cloud } from './clouds.ts';

/** Pages of a tenant of any size: a server that never ends its list is not followed for ever. */
const MOST_PAGES = 1000;
/** Of all pages together, so that they find room in memory: 200,000 subscriptions. */
const MOST_CHARACTERS = 128 * 1024 * 1024;

/** Who asks Resource Manager, and with what. */
export interface Asker {
  readonly token: AccessToken;
  readonly cloud: Cloud;
  /** Tenant of the token. */
  readonly tenantId: string;
  /** `''` for a user. */
  readonly clientId: string;
  readonly objectId: string;
  readonly http: HttpClient;
  readonly retry: RetryPolicy;
  readonly maskId: SignInContext['maskId'];
}

/** One thing to ask for, and what its failures are called. */
export interface Question {
  /** Without the query: the version is the cloud's. */
  readonly path: string;
  /** A noun: "subscription list". */
  readonly what: string;
  /** The error for an answer other than 200. */
  readonly refused: (response: HttpResponse) => SessionError;
}

/**
 * @returns the body of the answer
 * @throws {SessionError} when it is refused, or the tries or the time are used up
 */
export async function getFromResourceManager(question: Question, asker: Asker): Promise<JsonObject> {
  const { body } = await get(urlOf(question, asker.cloud), question, asker);
  return body;
}

/**
 * A list of any number of pages.
 * @returns its entries, as they came
 * @throws {SessionError} as above; when a page links to another host, or the list never ends
 */
export async function listFromResourceManager(question: Question, asker: Asker): Promise<unknown[]> {
  const found: unknown[] = [];
  let url = urlOf(question, asker.cloud);
  let characters = 0;
  for (let page = 1; page <= MOST_PAGES && characters <= MOST_CHARACTERS; page++) {
    const { body, length } = await get(url, question, asker);
    characters += length;
    const values = body['value'];
    if (Array.isArray(values)) for (const value of values) found.push(value);
    const next = stringField(body, 'nextLink');
    if (next === '') return found;
    url = followed(next, question.what, asker.cloud);
  }
  throw new SessionError(`Azure Resource Manager sent a ${question.what} without end.`, {
    why: `After ${MOST_PAGES} pages, or ${MOST_CHARACTERS / 1024 / 1024} MB, it still named a next one.`,
    next: ['Set `subscription` to an id and `list-subscriptions: false`.'],
  });
}

function urlOf({ path }: Question, { resourceManager, resourceManagerVersion }: Cloud): string {
  return `${resourceManager}${path}?api-version=${resourceManagerVersion}`;
}

/** The token goes where the cloud's own Resource Manager is, and nowhere else. */
function followed(nextLink: string, what: string, cloud: Cloud): string {
  const url = URL.parse(nextLink);
  if (url?.origin === new URL(cloud.resourceManager).origin) return url.href;
  throw new SessionError(`Azure Resource Manager sent a link to another host for the next page of the ${what}.`, {
    why: `The list came from ${new URL(cloud.resourceManager).host}, the link names ${url?.host ?? 'no host at all'}. An access token is never sent to a host the cloud did not name.`,
    next: ['Check that no proxy rewrites answers; or set `subscription` to an id and `list-subscriptions: false`.'],
  });
}

/** A page, and the length of its text. */
interface Page {
  readonly body: JsonObject;
  readonly length: number;
}

function get(url: string, { what, refused }: Question, { http, retry, token }: Asker): Promise<Page> {
  return withRetry(`The ${what} from Azure Resource Manager`, retry, async () => {
    const response = await http.send({ method: 'GET', url, headers: { Authorization: `Bearer ${token.token}` } });
    if (response.status !== 200) throw refused(response);
    const body = parseJsonObject(response.body);
    if (body !== undefined) return { body, length: response.body.length };
    throw new TransientFailure('Azure Resource Manager answered with something else than JSON', {
      requestId: response.requestId,
    });
  });
}
