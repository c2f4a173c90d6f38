import { isDeepStrictEqual } from 'node:util';
import { asObject, type JsonObject, parseJsonObject } from '../../net/json.ts';
import { asciiJson } from '../az-profile.ts';
import { MARKER_FILE } from '../runner-image.ts';
import { hasOptions } from './ini.ts';
import { parseSession, type SharedSession } from './session.ts';

/** The files of a profile folder that logins share, parsed. `undefined` is a file that is not there. */
export interface Documents {
  readonly session: SharedSession | undefined;
  readonly servicePrincipals: readonly JsonObject[] | undefined;
  readonly msalTokens: JsonObject | undefined;
  readonly config: string | undefined;
  readonly clouds: string | undefined;
  readonly classicTokens: readonly JsonObject[] | undefined;
  readonly classicConfig: JsonObject | undefined;
  readonly classicTelemetry: string | undefined;
  readonly profile: JsonObject | undefined;
}

/** Those of a folder in which no file is. */
export const NO_DOCUMENTS: Documents = {
  session: undefined,
  servicePrincipals: undefined,
  msalTokens: undefined,
  config: undefined,
  clouds: undefined,
  classicTokens: undefined,
  classicConfig: undefined,
  classicTelemetry: undefined,
  profile: undefined,
};

export type DocumentName = keyof Documents;

interface DocumentForm<T> {
  readonly file: string;
  /** @returns `undefined` for anything that no client would have written */
  parse(text: string): T | undefined;
  format(value: T): string;
  /** Whether nothing in it would be missed if the file were gone. */
  isEmpty(value: T): boolean;
}

const text = { parse: (content: string) => content, format: (content: string) => content };

const FORMS: { readonly [K in DocumentName]: DocumentForm<NonNullable<Documents[K]>> } = {
  session: {
    file: MARKER_FILE,
    parse: parseSession,
    format: (session) => `${JSON.stringify(session)}\n`,
    isEmpty: () => false,
  },
  servicePrincipals: {
    file: 'service_principal_entries.json',
    parse: parseObjects,
    format: asciiJson,
    isEmpty: (entries) => entries.length === 0,
  },
  msalTokens: {
    file: 'msal_token_cache.json',
    parse: parseSections,
    format: asciiJson,
    isEmpty: (cache) => Object.values(cache).every((section) => Object.keys(asObject(section) ?? {}).length === 0),
  },
  config: { file: 'config', ...text, isEmpty: (config) => !hasOptions(config) },
  clouds: { file: 'clouds.config', ...text, isEmpty: (clouds) => !hasOptions(clouds) },
  classicTokens: {
    file: 'accessTokens.json',
    parse: parseObjects,
    format: indented,
    isEmpty: (tokens) => tokens.length === 0,
  },
  classicConfig: {
    file: 'config.json',
    parse: parseJsonObject,
    format: (config) => `${JSON.stringify(config, null, 4)}\n`,
    isEmpty: (config) => Object.keys(config).length === 0,
  },
  classicTelemetry: { file: 'telemetry.json', ...text, isEmpty: (answer) => answer === '' },
  profile: {
    file: 'azureProfile.json',
    parse: parseProfile,
    format: indented,
    isEmpty: (profile) => subscriptionsIn(profile).length === 0,
  },
};

/**
 * The order a login is written in. What is needed to undo it comes first, and the profile, by which clients see the
 * login, last: whoever is killed between two leaves something that can be used and undone. Logging out goes backwards.
 */
export const DOCUMENT_NAMES = [
  'session',
  'servicePrincipals',
  'msalTokens',
  'config',
  'clouds',
  'classicTokens',
  'classicConfig',
  'classicTelemetry',
  'profile',
] as const satisfies readonly DocumentName[];

export function fileOf(name: DocumentName): string {
  return FORMS[name].file;
}

export type Parsed<K extends DocumentName> =
  | { readonly kind: 'document'; readonly value: Documents[K] }
  | { readonly kind: 'broken' };

/** @param content the text of the file; `undefined` when there is none */
export function parseDocument<K extends DocumentName>(name: K, content: string | undefined): Parsed<K> {
  if (content === undefined) return { kind: 'document', value: undefined };
  const value = FORMS[name].parse(content);
  return value === undefined ? { kind: 'broken' } : { kind: 'document', value };
}

/** What has to be written to get from one state of the folder to another; `undefined` content removes the file. */
export interface FileChange {
  readonly file: string;
  readonly content: string | undefined;
}

/** @returns the changes in the order of `DOCUMENT_NAMES`; files that say the same as before are left alone */
export function changesBetween(before: Documents, after: Documents): FileChange[] {
  return DOCUMENT_NAMES.flatMap((name) => {
    if (isDeepStrictEqual(before[name], after[name])) return [];
    return [{ file: fileOf(name), content: contentOf(after, name) }];
  });
}

/** Without the documents that were not there at first and have nothing left in them. */
export function withoutEmpty(documents: Documents, names: readonly string[]): Documents {
  return names.filter(isDocumentName).reduce((left, name) => withoutEmptyOne(left, name), documents);
}

function withoutEmptyOne<K extends DocumentName>(documents: Documents, name: K): Documents {
  const value = documents[name] as NonNullable<Documents[K]> | undefined;
  return value !== undefined && FORMS[name].isEmpty(value) ? { ...documents, [name]: undefined } : documents;
}

function contentOf<K extends DocumentName>(documents: Documents, name: K): string | undefined {
  const value = documents[name] as NonNullable<Documents[K]> | undefined;
  return value === undefined ? undefined : FORMS[name].format(value);
}

function isDocumentName(name: string): name is DocumentName {
  return Object.hasOwn(FORMS, name);
}

/** The subscriptions of the profile, as they are in the file. */
export function subscriptionsOf({ profile }: Documents): readonly JsonObject[] {
  return profile === undefined ? [] : subscriptionsIn(profile);
}

function subscriptionsIn(profile: JsonObject): readonly JsonObject[] {
  return (profile['subscriptions'] ?? []) as readonly JsonObject[];
}

export function withSubscriptions(documents: Documents, subscriptions: readonly JsonObject[]): Documents {
  return { ...documents, profile: { ...documents.profile, subscriptions } };
}

function parseProfile(content: string): JsonObject | undefined {
  const profile = parseJsonObject(content);
  return profile !== undefined && isObjects(profile['subscriptions'] ?? []) ? profile : undefined;
}

function parseSections(content: string): JsonObject | undefined {
  const cache = parseJsonObject(content);
  return cache !== undefined && Object.values(cache).every(isTableOfObjects) ? cache : undefined;
}

function parseObjects(content: string): readonly JsonObject[] | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return isObjects(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObjects(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every((item) => asObject(item) !== undefined);
}

function isTableOfObjects(value: unknown): boolean {
  const table = asObject(value);
  return table !== undefined && Object.values(table).every((item) => asObject(item) !== undefined);
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
