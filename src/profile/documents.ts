import { isDeepStrictEqual } from 'node:util';
import { asciiJson, asObject, type JsonObject, parseJson, parseJsonObject, stringField } from '../core/json.ts';
import type { ProfileFolder } from './folder.ts';
import { allOptions, writeOption } from './ini.ts';

/**
 * The files of a profile, parsed, and what they hold as one flat map: an entry is what a login, a client or the user can
 * write, replace or take away on its own, such as a service principal, a cached token or an option of an INI file.
 */
export interface Documents {
  readonly servicePrincipals?: readonly JsonObject[] | undefined;
  readonly msalTokens?: JsonObject | undefined;
  readonly config?: string | undefined;
  readonly clouds?: string | undefined;
  readonly classicTokens?: readonly JsonObject[] | undefined;
  readonly classicConfig?: JsonObject | undefined;
  readonly classicTelemetry?: string | undefined;
  readonly profile?: JsonObject | undefined;
}

export type DocumentName = keyof Documents;

export type Entries = ReadonlyMap<EntryKey, EntryValue>;
export type EntryValue = string | JsonObject;
export type Entry = readonly [EntryKey, EntryValue];
/** Kind and names, as JSON. */
export type EntryKey = string;
/** By key; `undefined` removes the entry. */
export type Changes = ReadonlyMap<EntryKey, EntryValue | undefined>;

/**
 * A subscription of `azureProfile.json` is three entries. It can be reached in two ways that come and go on their own:
 * by an account, and by the management certificate of a publish settings file. The third says what it is called.
 * Source: azure-xplat-cli, `lib/util/profile/profile.js` (import and logout).
 */
type SubscriptionPart = 'account' | 'certificate' | 'title';

/** The document that the entries of a kind are in. */
const DOCUMENT_OF = {
  principal: 'servicePrincipals',
  msal: 'msalTokens',
  config: 'config',
  clouds: 'clouds',
  classic: 'classicTokens',
  mode: 'classicConfig',
  telemetry: 'classicTelemetry',
  account: 'profile',
  certificate: 'profile',
  title: 'profile',
  environment: 'profile',
  default: 'profile',
} as const satisfies Record<string, DocumentName>;

type EntryKind = keyof typeof DOCUMENT_OF;

export function entryKey(kind: EntryKind, ...names: readonly string[]): EntryKey {
  return JSON.stringify([kind, ...names]);
}

export function kindOf(key: EntryKey): EntryKind {
  return key.slice(2, key.indexOf('"', 2)) as EntryKind;
}

/** What follows the kind. */
export function namesOf(key: EntryKey): string[] {
  return (JSON.parse(key) as string[]).slice(1);
}

/** Whether a text is a key, as `entryKey` makes them. */
export function isEntryKey(text: string): boolean {
  const parts = parseJson(text);
  const isKey = Array.isArray(parts) && parts.every((part) => typeof part === 'string');
  return isKey && Object.hasOwn(DOCUMENT_OF, parts[0] ?? '') && JSON.stringify(parts) === text;
}

/** Which subscription is the default of the profile: `az` wants one in the whole file. */
export const DEFAULT_KEY = entryKey('default');

/** Subscription ids are GUIDs, and publish settings files write them in upper case. */
export function subscriptionKey(part: SubscriptionPart, id: string): EntryKey {
  return entryKey(part, id.toLowerCase());
}

export function principalKey(entry: JsonObject): EntryKey {
  return entryKey('principal', stringField(entry, 'client_id'), stringField(entry, 'tenant'));
}

/** Two bearer tokens of one key are "ambiguous" to the classic CLI, which then ignores both. */
export function classicKey(token: JsonObject): EntryKey {
  const named = (...names: string[]): string[] => names.map((name) => stringField(token, name));
  if (Object.hasOwn(token, 'servicePrincipalId')) {
    return entryKey('classic', 'key', ...named('servicePrincipalId', 'servicePrincipalTenant'));
  }
  const user = stringField(token, 'userId').toLowerCase();
  return entryKey('classic', user, ...named('_clientId', 'resource', '_authority'));
}

export function msalEntries(cache: JsonObject | undefined): Entry[] {
  return Object.entries(cache ?? {}).flatMap(([section, tokens]) =>
    Object.entries(asObject(tokens) ?? {}).flatMap(([name, token]): Entry[] => {
      const value = asObject(token);
      return value === undefined ? [] : [[entryKey('msal', section, name), value]];
    }),
  );
}

/** How one file is read and written. `T` is what it says. */
interface Form<T> {
  readonly file: string;
  /** @returns `undefined` for anything that no client would have written */
  parse(text: string): T | undefined;
  format(value: T): string;
  entries(value: T): Entry[];
  /** Applies changes, and leaves all else as it is: order, unknown keys, comments. */
  changed(value: T | undefined, changes: Changes): T | undefined;
}

/**
 * In the order in which a login is written: the profile, by which clients see the login, comes last. Logging out goes
 * backwards.
 */
const FORMS: { readonly [K in DocumentName]-?: Form<NonNullable<Documents[K]>> } = {
  servicePrincipals: { file: 'service_principal_entries.json', format: asciiJson, ...list(principalKey) },
  msalTokens: {
    file: 'msal_token_cache.json',
    format: asciiJson,
    parse: (text) => {
      const cache = parseJsonObject(text);
      return cache !== undefined && Object.values(cache).every(isTableOfObjects) ? cache : undefined;
    },
    entries: msalEntries,
    changed: withMsalTokens,
  },
  config: { file: 'config', ...ini('config') },
  clouds: { file: 'clouds.config', ...ini('clouds') },
  classicTokens: { file: 'accessTokens.json', format: (tokens) => JSON.stringify(tokens), ...list(classicKey) },
  classicConfig: {
    file: 'config.json',
    parse: parseJsonObject,
    format: (config) => `${JSON.stringify(config, null, 4)}\n`,
    entries: (config) => textEntries('mode', stringField(config, 'mode')),
    changed: (config, changes) => {
      const { mode: _replaced, ...others } = config ?? {};
      const mode = textOf(changes.get(entryKey('mode')));
      return mode === undefined ? others : { ...config, mode };
    },
  },
  classicTelemetry: {
    file: 'telemetry.json',
    parse: (text) => text,
    format: (text) => text,
    entries: (text) => textEntries('telemetry', text),
    changed: (_text, changes) => textOf(changes.get(entryKey('telemetry'))),
  },
  profile: {
    file: 'azureProfile.json',
    parse: (text) => {
      const profile = parseJsonObject(text);
      return profile !== undefined && isObjects(profile['subscriptions'] ?? []) ? profile : undefined;
    },
    // On one line, as `az` writes it: indented, that of a tenant with very many subscriptions is half as long again.
    format: (profile) => JSON.stringify(profile),
    entries: profileEntries,
    changed: withProfileEntries,
  },
};

export const DOCUMENT_NAMES = Object.keys(FORMS) as DocumentName[];

type Document = NonNullable<Documents[DocumentName]>;

function formOf(name: DocumentName): Form<Document> {
  return FORMS[name] as Form<Document>;
}

export function fileOf(name: DocumentName): string {
  return FORMS[name].file;
}

/** @returns `undefined` for anything that no client would have written */
export function parseDocument(name: DocumentName, text: string): Document | undefined {
  return formOf(name).parse(text);
}

/** @returns every entry; of two with the same key, the first */
export function entriesIn(documents: Documents): Entries {
  const all = DOCUMENT_NAMES.flatMap((name) => {
    const document = documents[name];
    return document === undefined ? [] : formOf(name).entries(document);
  });
  return new Map(all.reverse());
}

export function withEntries(documents: Documents, changes: Changes): Documents {
  const byDocument = Map.groupBy(changes, ([key]) => DOCUMENT_OF[kindOf(key)]);
  const changed = [...byDocument].map(([name, its]) => [name, formOf(name).changed(documents[name], new Map(its))]);
  return { ...documents, ...(Object.fromEntries(changed) as Documents) };
}

/** What has to be written to get from one state of the folder to another; `undefined` content removes the file. */
export interface FileChange {
  readonly file: string;
  readonly content: string | undefined;
}

/** @returns the changes in the order of `DOCUMENT_NAMES`; files that say the same as before are left alone */
export function changesBetween(before: Documents, after: Documents): FileChange[] {
  return DOCUMENT_NAMES.flatMap((name) => {
    const [old, value] = [before[name], after[name]];
    if (old === value || (old !== undefined && isDeepStrictEqual(old, value))) return [];
    return [{ file: fileOf(name), content: value === undefined ? undefined : formOf(name).format(value) }];
  });
}

/** Writes what changed, in the order given. */
export function applyChanges(folder: ProfileFolder, changes: readonly FileChange[]): void {
  for (const { file, content } of changes) {
    if (content === undefined) folder.removeEntry(file);
    else folder.write(file, content);
    // An `az` that runs reads its cache again only if the file is newer than its own last write.
    if (file === fileOf('msalTokens') && content !== undefined) folder.markModified(file);
  }
}

/** Whether nothing in a document would be missed if the file were gone. */
export function isEmpty(name: DocumentName, document: Document): boolean {
  const settings = name === 'classicConfig' ? Object.keys(document) : [];
  return formOf(name).entries(document).length === 0 && settings.length === 0;
}

/** A list with entries replaced in their places, left out, or added at the end. */
function list(
  keyOf: (item: JsonObject) => EntryKey,
): Pick<Form<readonly JsonObject[]>, 'parse' | 'entries' | 'changed'> {
  const items = (value: EntryValue | undefined): JsonObject[] => (typeof value === 'object' ? [value] : []);
  return {
    parse: (text) => {
      const value = parseJson(text);
      return isObjects(value) ? value : undefined;
    },
    entries: (list) => list.map((item) => [keyOf(item), item]),
    changed: (list = [], changes) => {
      const left = new Map(changes);
      const inPlace = list.flatMap((item) => {
        const key = keyOf(item);
        if (!changes.has(key)) return [item];
        const value = left.get(key);
        // A second one of the same key is of no use to anybody.
        return left.delete(key) ? items(value) : [];
      });
      return [...inPlace, ...[...left.values()].flatMap(items)];
    },
  };
}

function ini(kind: 'config' | 'clouds'): Omit<Form<string>, 'file'> {
  return {
    parse: (text) => text,
    format: (text) => text,
    entries: (text) => allOptions(text).map(({ section, name, value }) => [entryKey(kind, section, name), value]),
    changed: (text = '', changes) => {
      let written = text;
      for (const [key, value] of changes) {
        const [section = '', name = ''] = namesOf(key);
        written = writeOption(written, section, name, textOf(value));
      }
      return written;
    },
  };
}

function withMsalTokens(cache: JsonObject = {}, changes: Changes): JsonObject {
  const sections = new Map(Object.entries(cache).map(([name, tokens]) => [name, { ...asObject(tokens) }]));
  for (const [key, value] of changes) {
    const [section = '', name = ''] = namesOf(key);
    const tokens = sections.get(section) ?? {};
    if (value === undefined) delete tokens[name];
    else tokens[name] = value;
    sections.set(section, tokens);
    if (Object.keys(tokens).length === 0) sections.delete(section);
  }
  return Object.fromEntries(sections);
}

/** The subscriptions of a profile, as they are in the file. */
export function subscriptionsOf(profile: JsonObject | undefined): readonly JsonObject[] {
  return (profile?.['subscriptions'] ?? []) as readonly JsonObject[];
}

/** The definitions of private clouds, for the classic CLI. */
function environmentsOf(profile: JsonObject | undefined): JsonObject[] {
  const environments = profile?.['environments'];
  return Array.isArray(environments) ? environments.filter((environment) => asObject(environment) !== undefined) : [];
}

function environmentKey(environment: JsonObject): EntryKey {
  return entryKey('environment', stringField(environment, 'name'));
}

function profileEntries(profile: JsonObject): Entry[] {
  const subscriptions = subscriptionsOf(profile);
  return [
    ...subscriptions.flatMap(subscriptionEntries),
    ...environmentsOf(profile).map((environment): Entry => [environmentKey(environment), environment]),
    ...textEntries('default', stringField(subscriptions.find(isDefault), 'id')),
  ];
}

/** Keys of a subscription by part; every other one but `isDefault`, which belongs to the profile, is of the title. */
const PART_OF: Readonly<Record<string, SubscriptionPart>> = {
  user: 'account',
  tenantId: 'account',
  state: 'account',
  homeTenantId: 'account',
  managedByTenants: 'account',
  tenantDefaultDomain: 'account',
  tenantDisplayName: 'account',
  managementCertificate: 'certificate',
  managementEndpointUrl: 'certificate',
};

type SubscriptionParts = { readonly [Part in SubscriptionPart]?: JsonObject | undefined };

function splitSubscription(subscription: JsonObject): SubscriptionParts {
  const parts: Record<SubscriptionPart, Record<string, unknown>> = { account: {}, certificate: {}, title: {} };
  for (const [name, value] of Object.entries(subscription)) {
    const part = Object.hasOwn(PART_OF, name) ? PART_OF[name] : undefined;
    if (name !== 'isDefault') parts[part ?? 'title'][name] = value;
  }
  const { account, certificate, title } = parts;
  if (asObject(subscription['managementCertificate']) === undefined) return { account, title };
  return asObject(subscription['user']) === undefined ? { certificate, title } : parts;
}

/** @returns the entries of one subscription, its default flag left out */
export function subscriptionEntries(subscription: JsonObject): Entry[] {
  const id = stringField(subscription, 'id');
  const parts = Object.entries(splitSubscription(subscription)) as [SubscriptionPart, JsonObject][];
  return parts.map(([part, value]) => [subscriptionKey(part, id), value]);
}

function withProfileEntries(profile: JsonObject | undefined, changes: Changes): JsonObject {
  const byKind = Map.groupBy(changes, ([key]) => kindOf(key));
  let subscriptions = subscriptionsOf(profile);
  if (['account', 'certificate', 'title'].some((part) => byKind.has(part as SubscriptionPart))) {
    subscriptions = withSubscriptionParts(subscriptions, changes);
  }
  if (changes.has(DEFAULT_KEY)) subscriptions = withDefault(subscriptions, textOf(changes.get(DEFAULT_KEY)));
  const environments = new Map(byKind.get('environment'));
  if (environments.size === 0) return { ...profile, subscriptions };
  const others = environmentsOf(profile).filter((other) => !environments.has(environmentKey(other)));
  const changed = [...environments.values()].filter((value) => value !== undefined);
  return { ...profile, subscriptions, environments: [...others, ...changed] };
}

/** A subscription goes when neither an account nor a certificate is left; a title alone does not keep it. */
function withSubscriptionParts(subscriptions: readonly JsonObject[], changes: Changes): JsonObject[] {
  const left = new Map<string, Record<string, JsonObject | undefined>>();
  for (const [key, value] of changes) {
    const part = kindOf(key);
    if (part !== 'account' && part !== 'certificate' && part !== 'title') continue;
    const [id = ''] = namesOf(key);
    left.set(id, { ...left.get(id), [part]: asObject(value) });
  }
  const inPlace = subscriptions.flatMap((subscription) => {
    const id = stringField(subscription, 'id').toLowerCase();
    const parts = left.get(id);
    if (parts === undefined) return [subscription];
    left.delete(id);
    const before = splitSubscription(subscription);
    return joinedParts({ ...before, ...parts, title: parts['title'] ?? before.title }, isDefault(subscription));
  });
  return [...inPlace, ...[...left.values()].flatMap((parts) => joinedParts(parts, false))];
}

function joinedParts({ account, certificate, title }: SubscriptionParts, selected: boolean): JsonObject[] {
  if (account === undefined && certificate === undefined) return [];
  return [{ ...title, ...certificate, ...account, isDefault: selected }];
}

function withDefault(subscriptions: readonly JsonObject[], id: string | undefined): JsonObject[] {
  return subscriptions.map((subscription) => {
    const selected = id !== undefined && sameText(stringField(subscription, 'id'), id);
    return selected === isDefault(subscription) ? subscription : { ...subscription, isDefault: selected };
  });
}

function isDefault(subscription: JsonObject): boolean {
  return subscription['isDefault'] === true;
}

function textEntries(kind: EntryKind, text: string): Entry[] {
  return text === '' ? [] : [[entryKey(kind), text]];
}

function textOf(value: EntryValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Ids and user names: clients write them in any letter case. */
export function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isObjects(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every((item) => asObject(item) !== undefined);
}

function isTableOfObjects(value: unknown): boolean {
  const table = asObject(value);
  return table !== undefined && isObjects(Object.values(table));
}
