import type { AccessToken } from '../core/credential.ts';
import { asObject, type JsonObject } from '../core/json.ts';
import type { SessionError } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { type HttpResponse, parseAnswer } from '../http/exchange.ts';
import { withRetry } from '../http/retry.ts';

/** Pages of a tenant of any size: a server that never ends its list is not followed for ever. */
const MOST_PAGES = 1000;
/** Of all pages together: what a tenant of any size has, and what fits into memory and time. */
const MOST_ENTRIES = 100_000;
/** Bytes of a page: it takes a second to parse at worst. 10,000 subscriptions are 6 MB. */
const LARGEST_PAGE = 16 * 1024 * 1024;

/** Who asks Resource Manager, and with which token. */
export interface ArmClient extends SignInContext {
  readonly token: AccessToken;
  /** Tenant of the token. */
  readonly tenantId: string;
  /** `''` for a user. */
  readonly clientId: string;
  readonly objectId: string;
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
  return get(urlOf(definition.path, client), definition, client, 'what was asked for', definition.entry);
}

/**
 * A list of any number of pages.
 * @throws {SessionError} as above; when a page links to another host, or the list never ends
 */
export async function listFromResourceManager<Entry>(
  definition: ArmDefinition<Entry>,
  client: ArmClient,
): Promise<Entry[]> {
  const { path, what, entry } = definition;
  const { host, origin } = new URL(client.cloud.resourceManager);
  const found: Entry[] = [];
  let url = urlOf(path, client);
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { entries, nextLink } = await get(url, definition, client, `a ${what}`, (body) => pageOf(body, entry));
    if (found.length + entries.length > MOST_ENTRIES) break;
    for (const each of entries) found.push(each);
    if (nextLink === '') return found;
    // The token goes where the cloud's own Resource Manager is, and nowhere else.
    const next = URL.parse(nextLink);
    if (next?.origin !== origin) throw (await errors()).foreignLink(what, host, next?.host ?? 'no host at all');
    url = next.href;
  }
  throw (await errors()).endlessList(what, MOST_PAGES, MOST_ENTRIES);
}

/** Every part of it must be as documented: a list with a part left out would be a shorter list. */
function pageOf<Entry>(
  body: JsonObject | undefined,
  entryOf: ArmDefinition<Entry>['entry'],
): { readonly entries: readonly Entry[]; readonly nextLink: string } | undefined {
  const { value, nextLink = '' } = body ?? {};
  if (!Array.isArray(value) || (typeof nextLink !== 'string' && nextLink !== null)) return undefined;
  const entries = value.map((each) => entryOf(asObject(each))).filter((entry) => entry !== undefined);
  return entries.length === value.length ? { entries, nextLink: nextLink ?? '' } : undefined;
}

function urlOf(path: string, { cloud }: ArmClient): string {
  return `${cloud.resourceManager}${path}?api-version=${cloud.resourceManagerVersion}`;
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
