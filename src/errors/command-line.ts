/**
 * One argument of a command line for a POSIX shell: as it is where no character has a meaning, else in single quotes.
 * Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting.
 */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/**
 * JSON for an argument in single quotes. The single quote and everything invisible are written as `\uXXXX`, so the
 * argument needs no further quoting and shows all that it holds.
 */
export function jsonArgument(value: unknown): string {
  return JSON.stringify(value).replaceAll(/['\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** A value of a YAML mapping: plain where that is beyond doubt, else in double quotes, which YAML reads as JSON. */
export function yamlValue(value: string): string {
  const plain =
    /^[A-Za-z](?:[\w .()/-]*[\w)])?$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value);
  const id = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
  return plain || id ? value : JSON.stringify(value);
}
