/** A JSON object as it came from outside: nothing about its fields is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a JSON object; anything else gives `undefined`. */
export function parseJsonObject(text: string): JsonObject | undefined {
  return asObject(parseJson(text));
}

/**
 * Parses JSON; `undefined` for anything else. The parser's own message is never shown, since it quotes its input, which
 * may be a secret.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The field as a string; `''` when it is missing, inherited or of another type. */
export function stringField(object: JsonObject | undefined, name: string): string {
  const value = object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/** The field as an id that can stand in a URL, a file and a command; `''` when it is anything else. */
export function idField(object: JsonObject | undefined, name: string): string {
  const value = stringField(object, name);
  return /^[\w.-]{1,128}$/.test(value) ? value : '';
}

/**
 * JSON that Python reads alike in every locale: `service_principal_entries.json` is opened with the locale's encoding,
 * which on Windows is not UTF-8.
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
