/**
 * Text from outside, made fit to be quoted in a message: one line, nothing invisible, nothing that could be a token,
 * and no longer than `longest` characters.
 */
export function quotable(text: string, longest: number): string {
  // Cut first, so that a hostile text costs little; four times as long, since white space is yet to shrink.
  const line = text
    .slice(0, longest * 4)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(JWT, '(token removed)')
    .trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1).trimEnd()}…`;
}

/** The start of a JSON Web Token: base64url of `{"`. No error text needs one, and some servers echo what they got. */
const JWT = /\beyJ[\w-]{8,}(?:\.[\w-]+)*/g;

/** An identifier as it can stand in a sentence: ids, names and domains are far shorter than 120 characters. */
export function quotableId(id: string): string {
  return quotable(id, 120).replaceAll('`', "'");
}
