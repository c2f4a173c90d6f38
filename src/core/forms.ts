import { originOf } from './clouds.ts';

export function isGuid(value: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value);
}

export function isDomain(value: string): boolean {
  return /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i.test(value);
}

export function isUri(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[^\s"'`<>{}|\\^]+$/i.test(value);
}

/** One word without quotes or braces: the only rule for ids in clouds whose directory may be AD FS. */
export function isWord(value: string): boolean {
  return /^[^\s"'`<>{}]+$/.test(value);
}

/** Placeholders for any tenant: Entra ID signs the user in to their home tenant. */
const ANY_TENANT: readonly string[] = ['organizations', 'common'];

export function isSpecificTenant(tenantId: string): boolean {
  return !ANY_TENANT.includes(tenantId);
}

/**
 * Converts a GUID to lower case, as in Entra ID's tokens, and returns other values unchanged. `az` compares the client
 * ids in its profile and its secret store case-sensitively.
 */
export function canonicalId(value: string): string {
  return isGuid(value) ? value.toLowerCase() : value;
}

/** The subscription id in a resource id or a portal URL, `/subscriptions/ID/…`; returns other values unchanged. */
export function subscriptionIdIn(value: string): string {
  const id = /(?:^|\/)subscriptions\/([^/?#]+)/i.exec(value)?.[1] ?? '';
  return canonicalId(isGuid(id) ? id : value);
}

/**
 * Normalizes case, Unicode form, white space and invisible characters, for comparison, so that a name that is copied
 * from a message or a web page matches.
 */
export function normalizeName(name: string): string {
  return name
    .normalize('NFC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

/**
 * Normalizes an https origin: lower case, with any port other than 443, without a trailing slash or dot.
 * @returns `undefined` for any other text, such as a URL with a path
 */
export function httpsOrigin(value: string): string | undefined {
  const url = URL.parse(value);
  const bare = url?.pathname === '/' && !/[?#@]/.test(value);
  return url?.protocol === 'https:' && bare ? originOf(value) : undefined;
}

/** A time of day for messages, such as `02:06 UTC`. Jobs rarely last longer than a day. */
export function utcTime(date: Date): string {
  return `${date.toISOString().slice(11, 16)} UTC`;
}

/** For example `2026-03-01 09:30 UTC`. */
export function utcMinute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
