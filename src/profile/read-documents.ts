import { asObject, type JsonObject, parseJsonObject } from '../core/json.ts';
import type { DocumentName, Documents } from './documents.ts';
import { hasOptions } from './ini.ts';
import { parseLedger } from './ledger.ts';

interface ReadableForm<T> {
  /** @returns `undefined` for anything that no client would have written */
  parse(text: string): T | undefined;
  /** Whether nothing in it would be missed if the file were gone. */
  isEmpty(value: T): boolean;
}

const INI = { parse: (text: string) => text, isEmpty: (text: string) => !hasOptions(text) };
const LIST = { parse: parseObjects, isEmpty: (items: readonly JsonObject[]) => items.length === 0 };

const FORMS: { readonly [K in DocumentName]: ReadableForm<NonNullable<Documents[K]>> } = {
  session: { parse: parseLedger, isEmpty: () => false },
  servicePrincipals: LIST,
  msalTokens: {
    parse: parseSections,
    isEmpty: (cache) => Object.values(cache).every((section) => Object.keys(asObject(section) ?? {}).length === 0),
  },
  config: INI,
  clouds: INI,
  classicTokens: LIST,
  classicConfig: { parse: parseJsonObject, isEmpty: (config) => Object.keys(config).length === 0 },
  classicTelemetry: { parse: (text) => text, isEmpty: (text) => text === '' },
  profile: {
    parse: parseProfile,
    isEmpty: (profile) => LIST.isEmpty((profile['subscriptions'] ?? []) as JsonObject[]),
  },
};

type Parsed<K extends DocumentName> =
  | { readonly kind: 'document'; readonly value: Documents[K] }
  | { readonly kind: 'broken' };

/** @param content the text of the file; `undefined` when there is none */
export function parseDocument<K extends DocumentName>(name: K, content: string | undefined): Parsed<K> {
  if (content === undefined) return { kind: 'document', value: undefined };
  const value = FORMS[name].parse(content);
  return value === undefined ? { kind: 'broken' } : { kind: 'document', value };
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

/** Without the documents that were not there at first and have nothing left in them. */
export function withoutEmpty(documents: Documents, names: readonly string[]): Documents {
  return names.filter(isDocumentName).reduce((left, name) => withoutEmptyOne(left, name), documents);
}

function withoutEmptyOne<K extends DocumentName>(documents: Documents, name: K): Documents {
  const value = documents[name] as NonNullable<Documents[K]> | undefined;
  return value !== undefined && FORMS[name].isEmpty(value) ? { ...documents, [name]: undefined } : documents;
}

function isDocumentName(name: string): name is DocumentName {
  return Object.hasOwn(FORMS, name);
}
