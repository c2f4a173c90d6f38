import { isDeepStrictEqual } from 'node:util';
import { asciiJson, asObject, type JsonObject, parseJson, parseJsonObject, stringField } from '../core/json.ts';
import type { ProfileFolder } from './folder.ts';
import { allOptions, writeOption } from './ini.ts';

/**
 * The parsed files of a profile. `entriesIn` flattens them to one map of entries. An entry is the smallest unit that a
 * login, a client or the user can change separately: a service principal, a cached token, an option of an INI file.
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
/** A JSON array: the kind, then the names that identify the entry. */
export type EntryKey = string;
/** Pending changes by key; `undefined` removes the entry. */
export type Changes = ReadonlyMap<EntryKey, EntryValue | undefined>;

/**
 * A subscription of `azureProfile.json` is split into up to three entries. An account and the management certificate of
 * a publish settings file give access to it independently of each other. The title holds the name and all other fields.
 * Source: azure-xplat-cli, `lib/util/profile/profile.js` (import and logout).
 */
type SubscriptionPart = 'account' | 'certificate' | 'title';

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

/** The names in a key, without the kind. */
export function namesOf(key: EntryKey): string[] {
  return (JSON.parse(key) as string[]).slice(1);
}

/** Whether `entryKey` could have produced this text. */
export function isEntryKey(text: string): boolean {
  const parts = parseJson(text);
  const isKey = Array.isArray(parts) && parts.every((part) => typeof part === 'string');
  return isKey && Object.hasOwn(DOCUMENT_OF, parts[0] ?? '') && JSON.stringify(parts) === text;
}

/** The default subscription: `az` expects exactly one in the whole file. */
export const DEFAULT_KEY = entryKey('default');

/** Lower-cases the id: publish settings files have GUIDs in upper case. */
export function subscriptionKey(part: SubscriptionPart, id: string): EntryKey {
  return entryKey(part, id.toLowerCase());
}

export function principalKey(entry: JsonObject): EntryKey {
  return entryKey('principal', stringField(entry, 'client_id'), stringField(entry, 'tenant'));
}

/** The classic CLI ignores two bearer tokens with the same key as "ambiguous". */
export function classicKey(token: JsonObject): EntryKey {
  const fields = (...names: string[]): string[] => names.map((name) => stringField(token, name));
  if (Object.hasOwn(token, 'servicePrincipalId')) {
    return entryKey('classic', 'key', ...fields('servicePrincipalId', 'servicePrincipalTenant'));
  }
  const user = stringField(token, 'userId').toLowerCase();
  return entryKey('classic', user, ...fields('_clientId', 'resource', '_authority'));
}

export function msalEntries(cache: JsonObject | undefined): Entry[] {
  return Object.entries(cache ?? {}).flatMap(([section, tokens]) =>
    Object.entries(asObject(tokens) ?? {}).flatMap(([name, token]): Entry[] => {
      const value = asObject(token);
      return value === undefined ? [] : [[entryKey('msal', section, name), value]];
    }),
  );
}

/** How one file is parsed to a document `T`, changed and serialized. */
interface DocumentFormat<T> {
  readonly file: string;
  /** @returns `undefined` for text that no client writes */
  parse(text: string): T | undefined;
  serialize(value: T): string;
  entries(value: T): Entry[];
  /** Applies changes, and preserves everything else: order, unknown keys, comments. */
  apply(value: T | undefined, changes: Changes): T | undefined;
}

/** In the order of writing: the profile, which makes a login visible to clients, comes last. Logout goes backwards. */
const FORMATS: { readonly [K in DocumentName]-?: DocumentFormat<NonNullable<Documents[K]>> } = {
  servicePrincipals: { file: 'service_principal_entries.json', serialize: asciiJson, ...listFormat(principalKey) },
  msalTokens: {
    file: 'msal_token_cache.json',
    serialize: asciiJson,
    parse: (text) => {
      const cache = parseJsonObject(text);
      return cache !== undefined && Object.values(cache).every(isObjectOfObjects) ? cache : undefined;
    },
    entries: msalEntries,
    apply: withMsalTokens,
  },
  config: { file: 'config', ...iniFormat('config') },
  clouds: { file: 'clouds.config', ...iniFormat('clouds') },
  classicTokens: { file: 'accessTokens.json', serialize: JSON.stringify, ...listFormat(classicKey) },
  classicConfig: {
    file: 'config.json',
    parse: parseJsonObject,
    serialize: (config) => `${JSON.stringify(config, null, 4)}\n`,
    entries: (config) => textEntries('mode', stringField(config, 'mode')),
    apply: (config, changes) => {
      const { mode: _replaced, ...others } = config ?? {};
      const mode = textOf(changes.get(entryKey('mode')));
      return mode === undefined ? others : { ...config, mode };
    },
  },
  classicTelemetry: {
    file: 'telemetry.json',
    parse: (text) => text,
    serialize: (text) => text,
    entries: (text) => textEntries('telemetry', text),
    apply: (_text, changes) => textOf(changes.get(entryKey('telemetry'))),
  },
  profile: {
    file: 'azureProfile.json',
    parse: (text) => {
      const profile = parseJsonObject(text);
      return profile !== undefined && isObjects(profile['subscriptions'] ?? []) ? profile : undefined;
    },
    // On one line, as `az` writes it: indentation adds half to the size for a tenant with very many subscriptions.
    serialize: JSON.stringify,
    entries: profileEntries,
    apply: withProfileEntries,
  },
};

export const DOCUMENT_NAMES = Object.keys(FORMATS) as DocumentName[];

type Document = NonNullable<Documents[DocumentName]>;

function formatOf(name: DocumentName): DocumentFormat<Document> {
  return FORMATS[name] as DocumentFormat<Document>;
}

export function fileOf(name: DocumentName): string {
  return FORMATS[name].file;
}

/** @returns `undefined` for text that no client writes */
export function parseDocument(name: DocumentName, text: string): Document | undefined {
  return formatOf(name).parse(text);
}

/** Of two entries with the same key, the first counts. */
export function entriesIn(documents: Documents): Entries {
  const all = DOCUMENT_NAMES.flatMap((name) => {
    const document = documents[name];
    return document === undefined ? [] : formatOf(name).entries(document);
  });
  return new Map(all.reverse());
}

export function withEntries(documents: Documents, changes: Changes): Documents {
  const byDocument = Map.groupBy(changes, ([key]) => DOCUMENT_OF[kindOf(key)]);
  const changed = [...byDocument].map(([name, group]) => [name, formatOf(name).apply(documents[name], new Map(group))]);
  return { ...documents, ...(Object.fromEntries(changed) as Documents) };
}

/** A file to write; `undefined` content removes it. */
export interface FileChange {
  readonly file: string;
  readonly content: string | undefined;
}

/** @returns the changes in the order of `DOCUMENT_NAMES`, without files that parse to the same document as before */
export function changesBetween(before: Documents, after: Documents): FileChange[] {
  return DOCUMENT_NAMES.flatMap((name) => {
    const [old, value] = [before[name], after[name]];
    if (old === value || (old !== undefined && isDeepStrictEqual(old, value))) return [];
    return [{ file: fileOf(name), content: value === undefined ? undefined : formatOf(name).serialize(value) }];
  });
}

export function applyChanges(folder: ProfileFolder, changes: readonly FileChange[]): void {
  for (const { file, content } of changes) {
    if (content === undefined) folder.removeEntry(file);
    else folder.write(file, content);
    // A running `az` reloads its cache only if the file is newer than its own last write.
    if (file === fileOf('msalTokens') && content !== undefined) folder.markModified(file);
  }
}

/** Whether a document holds nothing that would be lost with its file. */
export function isEmptyDocument(name: DocumentName, document: Document): boolean {
  const settings = name === 'classicConfig' ? Object.keys(document) : [];
  return formatOf(name).entries(document).length === 0 && settings.length === 0;
}

/** A JSON array. Changed items keep their position; new ones go to the end. */
function listFormat(
  keyOf: (item: JsonObject) => EntryKey,
): Pick<DocumentFormat<readonly JsonObject[]>, 'parse' | 'entries' | 'apply'> {
  const items = (value: EntryValue | undefined): JsonObject[] => (typeof value === 'object' ? [value] : []);
  return {
    parse: (text) => {
      const value = parseJson(text);
      return isObjects(value) ? value : undefined;
    },
    entries: (list) => list.map((item) => [keyOf(item), item]),
    apply: (list = [], changes) => {
      const pending = new Map(changes);
      const inPlace = list.flatMap((item) => {
        const key = keyOf(item);
        if (!changes.has(key)) return [item];
        const value = pending.get(key);
        // Drop a second item with the same key: no client uses it.
        return pending.delete(key) ? items(value) : [];
      });
      return [...inPlace, ...[...pending.values()].flatMap(items)];
    },
  };
}

function iniFormat(kind: 'config' | 'clouds'): Omit<DocumentFormat<string>, 'file'> {
  return {
    parse: (text) => text,
    serialize: (text) => text,
    entries: (text) => allOptions(text).map(({ section, name, value }) => [entryKey(kind, section, name), value]),
    apply: (text = '', changes) => {
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

export function subscriptionsOf(profile: JsonObject | undefined): readonly JsonObject[] {
  return (profile?.['subscriptions'] ?? []) as readonly JsonObject[];
}

/** Definitions of private clouds, which only the classic CLI reads. */
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

/** All other fields belong to the title, except `isDefault`, which is an entry of the profile. */
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

/** The entries of one subscription, without its default flag. */
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

/** Removes a subscription that has neither an account nor a certificate left: a title alone does not keep it. */
function withSubscriptionParts(subscriptions: readonly JsonObject[], changes: Changes): JsonObject[] {
  const pending = new Map<string, Record<string, JsonObject | undefined>>();
  for (const [key, value] of changes) {
    const part = kindOf(key);
    if (part !== 'account' && part !== 'certificate' && part !== 'title') continue;
    const [id = ''] = namesOf(key);
    pending.set(id, { ...pending.get(id), [part]: asObject(value) });
  }
  const inPlace = subscriptions.flatMap((subscription) => {
    const id = stringField(subscription, 'id').toLowerCase();
    const parts = pending.get(id);
    if (parts === undefined) return [subscription];
    pending.delete(id);
    const before = splitSubscription(subscription);
    return joinParts({ ...before, ...parts, title: parts['title'] ?? before.title }, isDefault(subscription));
  });
  return [...inPlace, ...[...pending.values()].flatMap((parts) => joinParts(parts, false))];
}

function joinParts({ account, certificate, title }: SubscriptionParts, selected: boolean): JsonObject[] {
  if (account === undefined && certificate === undefined) return [];
  return [{ ...title, ...certificate, ...account, isDefault: selected }];
}

function withDefault(subscriptions: readonly JsonObject[], id: string | undefined): JsonObject[] {
  return subscriptions.map((subscription) => {
    const selected = id !== undefined && equalsIgnoringCase(stringField(subscription, 'id'), id);
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

/** For ids and user names, which clients write in any letter case. */
export function equalsIgnoringCase(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isObjects(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every((item) => asObject(item) !== undefined);
}

function isObjectOfObjects(value: unknown): boolean {
  const table = asObject(value);
  return table !== undefined && isObjects(Object.values(table));
}
