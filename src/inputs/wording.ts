/** How messages about inputs speak of names and values. */

/** `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and `c` ``. */
export function codeList(names: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  return sentenceList(
    names.map((name) => `\`${name}\``),
    conjunction,
  );
}

export function sentenceList(parts: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** What is needed and which of it is missing, up to the verb: `` `a`, which is``, `` `a` and `b`, but `b` is``. */
export function needed(names: readonly string[], missing: readonly string[]): string {
  const verb = missing.length === 1 ? 'is' : 'are';
  return names.length === missing.length
    ? `${codeList(names)}, which ${verb}`
    : `${codeList(names)}, but ${codeList(missing)} ${verb}`;
}

const LONGEST_QUOTE = 40;

/**
 * A short value as it is. A longer one may be a secret in the wrong place, so it is not shown at all: of a value that is
 * masked a part, or one with other white space in it, would not be.
 */
export function quoted(value: string): string {
  const whole = value.length <= LONGEST_QUOTE && !/\p{Cc}/u.test(value);
  return whole ? `'${value}'` : `a text of ${value.length} characters`;
}
