export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The value of a JSON text; `undefined`, which no JSON means, when it is broken. What the parser says then is dropped:
 * it quotes the text, and the text is a secret.
 */
export function jsonValue(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
