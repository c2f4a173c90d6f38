import type { AccessToken } from '../core/credential.ts';
import { asObject, type JsonObject } from '../core/json.ts';
import type { SessionError } from '../core/session-error.ts';
import type { SignInContext } from '../entra/sign-in-context.ts';
import { foreignResponse, type HttpResponse, parseResponse } from '../http/exchange.ts';
import { type TransientFailure, withRetry } from '../http/retry.ts';

/** More than any tenant needs. Limits a server that sends pages without end. */
const MAX_PAGES = 1000;
/** Across all pages. More than any tenant has, and small enough for memory and time. */
const MAX_ENTRIES = 100_000;
/** Such a page takes at most a second to parse. 10,000 subscriptions need 6 MB. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/** An identity that calls Resource Manager, and its token. */
export interface ArmClient extends SignInContext {
  readonly token: AccessToken;
  /** Tenant of the token. */
  readonly tenantId: string;
  /** `''` for a user. */
  readonly clientId: string;
  readonly objectId: string;
}

/** A request to Resource Manager, and its name in error messages. */
interface ArmDefinition<Entry> {
  /** Without the query: the API version depends on the cloud. */
  readonly path: string;
  /** A noun, for example "subscription list". */
  readonly what: string;
  /** An infinitive, for example "list the subscriptions". */
  readonly operation: string;
  /** Set when 403 and 404 mean that this subscription was not found. */
  readonly subscriptionId?: string;
  /** Reads one entry; returns `undefined` when it is invalid. */
  readonly entry: (value: JsonObject | undefined) => Entry | undefined;
}

/** @throws {SessionError} when Resource Manager rejects the request, or attempts or time run out */
export function getFromResourceManager<Entry>(definition: ArmDefinition<Entry>, client: ArmClient): Promise<Entry> {
  return get(urlOf(definition.path, client), definition, client, 'the requested resource', definition.entry);
}

/**
 * Gets all pages of a list.
 * @throws {SessionError} as `getFromResourceManager`; when a page links to another host, or the list is too long
 */
export async function listFromResourceManager<Entry>(
  definition: ArmDefinition<Entry>,
  client: ArmClient,
): Promise<Entry[]> {
  const { path, what, entry } = definition;
  const { origin } = new URL(client.cloud.resourceManager);
  const all: Entry[] = [];
  let url = urlOf(path, client);
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { entries, nextLink } = await get(url, definition, client, `a ${what}`, (body) => readPage(body, entry));
    if (all.length + entries.length > MAX_ENTRIES) break;
    for (const each of entries) all.push(each);
    if (nextLink === '') return all;
    // Never send the token to a host other than the cloud's Resource Manager.
    const next = URL.parse(nextLink);
    if (next?.origin !== origin) throw (await errors()).foreignLink(what, origin, next?.origin ?? 'no host at all');
    url = next.href;
  }
  throw (await errors()).endlessList(what, MAX_PAGES, MAX_ENTRIES);
}

/** Rejects the whole page if one entry is invalid: to skip the entry would silently shorten the list. */
function readPage<Entry>(
  body: JsonObject | undefined,
  readEntry: ArmDefinition<Entry>['entry'],
): { readonly entries: readonly Entry[]; readonly nextLink: string } | undefined {
  const { value, nextLink = '' } = body ?? {};
  if (!Array.isArray(value) || (typeof nextLink !== 'string' && nextLink !== null)) return undefined;
  const entries = value.map((each) => readEntry(asObject(each))).filter((entry) => entry !== undefined);
  return entries.length === value.length ? { entries, nextLink: nextLink ?? '' } : undefined;
}

function urlOf(path: string, { cloud }: ArmClient): string {
  return `${cloud.resourceManager}${path}?api-version=${cloud.resourceManagerVersion}`;
}

async function get<T>(
  url: string,
  definition: ArmDefinition<unknown>,
  client: ArmClient,
  expected: string,
  read: (body: JsonObject | undefined) => T | undefined,
): Promise<T> {
  const { http, retry, token, cloud } = client;
  if (cloud.metadataHost !== '') (await import('../entra/private-cloud.ts')).assertTokenAllowed(token.token, cloud);
  return withRetry(`The ${definition.what} from Azure Resource Manager`, retry, async () => {
    const headers = { Authorization: `Bearer ${token.token}` };
    const response = await http.send({ method: 'GET', url, headers, maxResponseBytes: MAX_PAGE_BYTES });
    if (response.status !== 200) throw await errorFor(response, definition, client);
    return parseResponse(response, expected, (body) => read(asObject(body)));
  });
}

/** Loads the error texts only when a sign-in fails. */
export function errors(): Promise<typeof import('../errors/resource-manager.ts')> {
  return import('../errors/resource-manager.ts');
}

async function errorFor(
  response: HttpResponse,
  { operation, subscriptionId }: ArmDefinition<unknown>,
  client: ArmClient,
): Promise<SessionError | TransientFailure> {
  const { readResourceManagerError, resourceManagerError, subscriptionNotFound } = await errors();
  const { status, headers, body } = response;
  const error = readResourceManagerError(status, headers, body);
  if (error.code === '' && error.message === '') return foreignResponse(response);
  if (subscriptionId !== undefined && (status === 403 || status === 404)) {
    return subscriptionNotFound(subscriptionId, 'not-listed', client);
  }
  client.maskId(error.homeTenant);
  return resourceManagerError(error, { ...client, operation });
}
