import { ignoreErrors } from './ignore-errors.ts';

/** A JSON object from outside, whose fields are not yet validated. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** @returns `undefined` for anything other than a JSON object */
export function parseJsonObject(text: string): JsonObject | undefined {
  return asObject(parseJson(text));
}

/** @returns `undefined` for invalid JSON. The parser's error is dropped: it quotes the input, which may be a secret. */
export function parseJson(text: string): unknown {
  return ignoreErrors(() => JSON.parse(text));
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** @returns `''` if the field is missing, inherited or of another type */
export function stringField(object: JsonObject | undefined, name: string): string {
  const value = object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/** @returns the field if it is safe in a URL, a file and a command; else `''` */
export function idField(object: JsonObject | undefined, name: string): string {
  const value = stringField(object, name);
  return /^[\w.-]{1,128}$/.test(value) ? value : '';
}

/**
 * Escapes every non-ASCII character. `az` opens `service_principal_entries.json` with the locale's encoding, which is
 * not UTF-8 on Windows.
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
