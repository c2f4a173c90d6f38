import type { Cloud } from '../core/clouds.ts';
import type { AccessToken } from '../core/credential.ts';
import { asObject, type JsonObject } from '../core/json.ts';
import type { SessionError } from '../core/session-error.ts';
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

/** Whose token it is, and what sends it to Resource Manager. */
export interface ArmClient {
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

/** A request to Resource Manager, and what its errors call it. */
interface ArmDefinition<Entry> {
  /** Without the query: the version is the cloud's. */
  readonly path: string;
  /** A noun: "subscription list". */
  readonly what: string;
  /** The same after "refused to": "list the subscriptions". */
  readonly operation: string;
  /** The subscription that is not found where the answer is 403 or 404. */
  readonly subscriptionId?: string;
  /** Reads one entry; `undefined` for anything else. */
  readonly entry: (value: JsonObject | undefined) => Entry | undefined;
}

/**
 * @returns the one entry that the answer is
 * @throws {SessionError} when it is refused, or the tries or the time are used up
 */
export function getFromResourceManager<Entry>(definition: ArmDefinition<Entry>, client: ArmClient): Promise<Entry> {
  return get(urlOf(definition, client), definition, client, 'what was asked for', definition.entry);
}

/**
 * A list of any number of pages.
 * @throws {SessionError} as above; when a page links to another host, or the list never ends
 */
export async function listFromResourceManager<Entry>(
  definition: ArmDefinition<Entry>,
  client: ArmClient,
): Promise<Entry[]> {
  const { what, entry } = definition;
  const found: Entry[] = [];
  let url = urlOf(definition, client);
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { entries, nextLink } = await get(url, definition, client, `a ${what}`, (body) => pageOf(body, entry));
    if (found.length + entries.length > MOST_ENTRIES) break;
    for (const each of entries) found.push(each);
    if (nextLink === '') return found;
    url = await followed(nextLink, what, client.cloud);
  }
  throw (await errors()).endlessList(what, MOST_PAGES, MOST_ENTRIES);
}

interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** `''` on the last page. */
  readonly nextLink: string;
}

/** Every part of it must be as documented: a list with a part left out would be a shorter list. */
function pageOf<Entry>(body: JsonObject | undefined, entryOf: ArmDefinition<Entry>['entry']): Page<Entry> | undefined {
  const { value, nextLink = '' } = body ?? {};
  if (!Array.isArray(value) || (typeof nextLink !== 'string' && nextLink !== null)) return undefined;
  const entries: Entry[] = [];
  for (const each of value) {
    const entry = entryOf(asObject(each));
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return { entries, nextLink: nextLink ?? '' };
}

function urlOf({ path }: Pick<ArmDefinition<unknown>, 'path'>, { cloud }: ArmClient): string {
  return `${cloud.resourceManager}${path}?api-version=${cloud.resourceManagerVersion}`;
}

/** The token goes where the cloud's own Resource Manager is, and nowhere else. */
async function followed(nextLink: string, what: string, cloud: Cloud): Promise<string> {
  const url = URL.parse(nextLink);
  const own = new URL(cloud.resourceManager);
  if (url?.origin === own.origin) return url.href;
  throw (await errors()).foreignLink(what, own.host, url?.host ?? 'no host at all');
}

async function get<T>(
  url: string,
  definition: ArmDefinition<unknown>,
  client: ArmClient,
  asked: string,
  read: (body: JsonObject | undefined) => T | undefined,
): Promise<T> {
  const { http, retry, token, cloud } = client;
  if (cloud.metadataHost !== '') (await import('../entra/private-cloud.ts')).assertTokenMayBeSent(token.token, cloud);
  return withRetry(`The ${definition.what} from Azure Resource Manager`, retry, async () => {
    const headers = { Authorization: `Bearer ${token.token}` };
    const response = await http.send({ method: 'GET', url, headers, largestAnswer: LARGEST_PAGE });
    if (response.status !== 200) throw await errorFor(response, definition, client);
    return parseAnswer(response, asked, (body) => read(asObject(body)));
  });
}

/** The texts load only for a sign-in that fails. */
export function errors(): Promise<typeof import('../errors/resource-manager.ts')> {
  return import('../errors/resource-manager.ts');
}

async function errorFor(
  { status, headers, body }: HttpResponse,
  { operation, subscriptionId }: ArmDefinition<unknown>,
  client: ArmClient,
): Promise<SessionError> {
  const { readResourceManagerError, resourceManagerError, subscriptionNotFound } = await errors();
  if (subscriptionId !== undefined && (status === 403 || status === 404)) {
    return subscriptionNotFound(subscriptionId, 'not-listed', client);
  }
  const answer = readResourceManagerError(status, headers, body);
  client.maskId(answer.homeTenant);
  return resourceManagerError(answer, { ...client, operation });
}
