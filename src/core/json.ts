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
