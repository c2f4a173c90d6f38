import { originOf } from './clouds.ts';

/** The forms of the values that Azure knows, and the one spelling each is passed on in. */

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i;
const URI = /^[a-z][a-z0-9+.-]*:[^\s"'`<>{}|\\^]+$/i;
const WORD = /^[^\s"'`<>{}]+$/;

export function isGuid(value: string): boolean {
  return GUID.test(value);
}

export function isDomain(value: string): boolean {
  return DOMAIN.test(value);
}

export function isUri(value: string): boolean {
  return URI.test(value);
}

/** One word without quotes or braces: all that can be said of ids in a cloud whose directory may be AD FS. */
export function isWord(value: string): boolean {
  return WORD.test(value);
}

/** Names of all tenants that have work or school accounts: a user who signs in there is asked for in their own. */
const EVERY_TENANT: readonly string[] = ['organizations', 'common'];

export function namesTenant(tenantId: string): boolean {
  return !EVERY_TENANT.includes(tenantId);
}

/**
 * Ids in the spelling of Entra's tokens, lower case. `az` compares the client id of its profile with that of its secret
 * store letter by letter, so the two must come from one spelling. Other values stay as they are.
 */
export function canonicalId(value: string): string {
  return isGuid(value) ? value.toLowerCase() : value;
}

/** The id of the subscription in a resource id or a portal URL, `/subscriptions/ID/…`; any other value as it is. */
export function subscriptionIdIn(value: string): string {
  const id = /(?:^|\/)subscriptions\/([^/?#]+)/i.exec(value)?.[1] ?? '';
  return canonicalId(isGuid(id) ? id : value);
}

/** What two spellings of one name have in common: case, Unicode form, the kind of white space and that around it do not count. */
export function comparable(name: string): string {
  return name.normalize('NFC').trim().replaceAll(/\s/g, ' ').toLowerCase();
}

/**
 * The origin of an https URL: lower case, with its port when that is not 443, without a slash or a dot at its end.
 * `undefined` for everything that is more or less than an origin.
 */
export function httpsOrigin(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  const bare = url.pathname === '/' && !/[?#@]/.test(value);
  return url.protocol === 'https:' && bare ? originOf(value) : undefined;
}

/** A time of day for messages, such as `02:06 UTC`: a job hardly lasts into a second day. */
export function utcTime(date: Date): string {
  return `${date.toISOString().slice(11, 16)} UTC`;
}

/** A moment to the minute, for example `2026-03-01 09:30 UTC`. */
export function utcMinute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
