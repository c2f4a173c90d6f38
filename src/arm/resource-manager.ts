import type { Cloud } from '../core/clouds.ts';
import type { AccessToken } from '../core/credential.ts';
import { asObject, type JsonObject } from '../core/json.ts';
import { SessionError } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { parseAnswer } from '../http/exchange.ts';
import type { HttpClient, HttpResponse } from '../http/http.ts';
import { type RetryPolicy, withRetry } from '../http/retry.ts';

/** Pages of a tenant of any size: a server that never ends its list is not followed for ever. */
const MOST_PAGES = 1000;
/** Of all pages together: what a tenant of any size has, and what fits into memory and time. */
const MOST_ENTRIES = 100_000;
/** Bytes of a page: it takes a second to parse at worst. 10,000 subscriptions are 6 MB. */
const LARGEST_PAGE = 16 * 1024 * 1024;

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
interface Question<Entry> {
  /** Without the query: the version is the cloud's. */
  readonly path: string;
  /** A noun: "subscription list". */
  readonly what: string;
  /** The error for an answer other than 200. */
  readonly refused: (response: HttpResponse) => SessionError;
  /** Reads one entry; `undefined` for what is none. */
  readonly entry: (value: JsonObject) => Entry | undefined;
}

/**
 * @returns the one entry that the answer is
 * @throws {SessionError} when it is refused, or the tries or the time are used up
 */
export function getFromResourceManager<Entry>(question: Question<Entry>, asker: Asker): Promise<Entry> {
  return get(urlOf(question, asker.cloud), question, asker, (response) =>
    parseAnswer(response, 'what was asked for', (body) => entryOf(body, question)),
  );
}

/**
 * A list of any number of pages.
 * @throws {SessionError} as above; when a page links to another host, or the list never ends
 */
export async function listFromResourceManager<Entry>(question: Question<Entry>, asker: Asker): Promise<Entry[]> {
  const found: Entry[] = [];
  let url = urlOf(question, asker.cloud);
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { entries, nextLink } = await get(url, question, asker, (response) =>
      parseAnswer(response, `a ${question.what}`, (body) => pageOf(body, question)),
    );
    if (found.length + entries.length > MOST_ENTRIES) break;
    for (const entry of entries) found.push(entry);
    if (nextLink === '') return found;
    url = followed(nextLink, question.what, asker.cloud);
  }
  throw new SessionError(`Azure Resource Manager sent a ${question.what} without end.`, {
    why: `No list of more than ${MOST_PAGES} pages or ${MOST_ENTRIES.toLocaleString('en')} entries is read.`,
    next: ['Set `subscription` to an id and `list-subscriptions: false`.'],
  });
}

interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** `''` on the last page. */
  readonly nextLink: string;
}

/** Every part of it must be as documented: a list with a part left out would be a shorter list. */
function pageOf<Entry>(body: unknown, question: Question<Entry>): Page<Entry> | undefined {
  const { value, nextLink = '' } = asObject(body) ?? {};
  if (!Array.isArray(value) || (typeof nextLink !== 'string' && nextLink !== null)) return undefined;
  const entries: Entry[] = [];
  for (const each of value) {
    const entry = entryOf(each, question);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return { entries, nextLink: nextLink ?? '' };
}

function entryOf<Entry>(value: unknown, question: Question<Entry>): Entry | undefined {
  const entry = asObject(value);
  return entry === undefined ? undefined : question.entry(entry);
}

function urlOf({ path }: Pick<Question<unknown>, 'path'>, { resourceManager, resourceManagerVersion }: Cloud): string {
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

async function get<T, Entry>(
  url: string,
  { what, refused }: Question<Entry>,
  { http, retry, token, cloud }: Asker,
  read: (response: HttpResponse) => T,
): Promise<T> {
  if (cloud.metadataHost !== '') {
    const { assertTokenMayBeSent } = await import('../entra/private-cloud.ts');
    assertTokenMayBeSent(token.token, cloud);
  }
  return withRetry(`The ${what} from Azure Resource Manager`, retry, async () => {
    const headers = { Authorization: `Bearer ${token.token}` };
    const response = await http.send({ method: 'GET', url, headers, largestAnswer: LARGEST_PAGE });
    if (response.status !== 200) throw refused(response);
    return read(response);
  });
}
