import { setTimeout as pause } from 'node:timers/promises';
import { asObject, type JsonObject, parseJsonObject } from '../core/json.ts';
import { SessionError } from '../core/session-error.ts';
import {
  changesBetween,
  DOCUMENT_NAMES,
  type DocumentName,
  type Documents,
  type FileChange,
  fileOf,
  NO_DOCUMENTS,
} from './documents.ts';
import type { ProfileFolder } from './folder.ts';
import { hasOptions } from './ini.ts';
import { parseLedger } from './ledger.ts';
import { isLockBreaker } from './locks.ts';

/** What the files of a shared folder say, as far as they can be read. To be read and written under its locks. */
interface Reading {
  readonly documents: Documents;
  /** Documents that are there and cannot be read or understood; they are missing in `documents`. */
  readonly broken: readonly DocumentName[];
  /** Of the first broken one. */
  readonly error: SessionError | undefined;
}

const TRIES = 4;
const WAIT_MS = 250;

/**
 * Reads the documents. `az` empties `azureProfile.json` and its INI files before it writes them, without a lock, so one
 * that makes no sense is read again for a second before it counts as broken.
 */
export async function readDocuments(folder: ProfileFolder): Promise<Reading> {
  for (let tries = TRIES; ; tries--) {
    const reading = readOnce(folder);
    if (reading.broken.length === 0 || tries <= 1) return reading;
    await pause(WAIT_MS);
  }
}

function readOnce(folder: ProfileFolder): Reading {
  const documents: { -readonly [K in DocumentName]?: Documents[K] } = {};
  const broken: DocumentName[] = [];
  let first: SessionError | undefined;
  const readOne = <K extends DocumentName>(name: K): void => {
    try {
      const parsed = parseDocument(name, folder.read(fileOf(name)));
      if (parsed.kind === 'broken') throw notUnderstood(folder.pathOf(fileOf(name)));
      documents[name] = parsed.value;
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      broken.push(name);
      first ??= error;
    }
  };
  DOCUMENT_NAMES.forEach(readOne);
  return { documents: { ...NO_DOCUMENTS, ...documents }, broken, error: first };
}

/** Never quotes what the parser says: it would quote the file, and that holds secrets. */
function notUnderstood(path: string): SessionError {
  return new SessionError(`Cannot read ${path}.`, {
    why: 'It is not what a client would have written there, so it is left as it is.',
    next: ['Mend or remove the file, or name another folder in `config-dir`.'],
  });
}

/**
 * Writes what changed, in the order given.
 * @throws {SessionError}
 */
export function applyChanges(folder: ProfileFolder, changes: readonly FileChange[]): void {
  for (const { file, content } of changes) {
    if (content === undefined) folder.removeEntry(file);
    else folder.write(file, content);
    // An `az` that runs reads its cache again only if the file is newer than its own last write.
    if (file === fileOf('msalTokens') && content !== undefined) folder.markModified(file);
  }
}

/** The changes of a login that leaves: backwards, and nothing where the old content is not known. */
export function leavingChanges({ documents, broken }: Reading, left: Documents): FileChange[] {
  const unknown = new Set(broken.map(fileOf));
  return changesBetween(documents, left)
    .filter(({ file }) => !unknown.has(file))
    .reverse();
}

/** Removes what somebody of us was killed over: new files without their names, and what breaks locks. */
export function removeHalfWritten(folder: ProfileFolder): void {
  for (const name of folder.names()) {
    if (/\.[0-9a-f]{12}\.new$/.test(name) || isLockBreaker(name)) folder.removeEntry(name);
  }
}

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
function parseDocument<K extends DocumentName>(name: K, content: string | undefined): Parsed<K> {
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
