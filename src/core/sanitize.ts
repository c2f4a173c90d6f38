/**
 * Sanitizes text from outside, such as server messages, names and paths, before it is shown: replaces known secrets,
 * then removes invisible characters, then truncates. In any other order, a part of a secret could remain that no mask
 * matches. For the same reason, nothing is encoded: the runner masks the raw text of the log and of the job summary.
 */

/** Every masked value, and each of its lines, since the runner masks lines separately. */
const secrets = new Set<string>();
/** Inputs that are not known to be secret. A workflow may store any of them as a secret, so none is shown in part. */
const inputs = new Set<string>();
const encodingCache = new Map<string, readonly string[]>();
let longestEncoding = 0;

export function rememberSecret(secret: string): void {
  for (const one of [secret, ...secret.split(/[\r\n]+/)]) {
    if (one.trim() === '') continue;
    secrets.add(one);
    // Percent-encoding turns one character into up to nine, and double percent-encoding into up to fifteen.
    longestEncoding = Math.max(longestEncoding, one.length * 15);
  }
}

export function rememberInput(value: string): void {
  if (value.length <= MAX_INPUT) inputs.add(value);
}

/** Ids, domains, user names and subscription names are shorter. */
const MAX_INPUT = 256;

/**
 * Replaces secrets by `***`, in plain text and in encodings that a server might use: percent-encoding, JSON or XML
 * escapes, base64.
 * @param end truncates the text here, but not within a secret that begins before
 */
function withoutSecrets(text: string, end = text.length): string {
  const ranges = secretRanges(text).sort(([one], [other]) => one - other);
  let shown = '';
  let position = 0;
  for (let at = 0; at < ranges.length; ) {
    const [start, firstStop] = ranges[at++] ?? [0, 0];
    if (start >= end) break;
    let stop = firstStop;
    // Merge overlapping secrets, so that no part of either remains.
    for (; (ranges[at]?.[0] ?? stop) < stop; at++) stop = Math.max(stop, ranges[at]?.[1] ?? 0);
    shown += `${text.slice(position, start)}***`;
    position = stop;
  }
  return shown + text.slice(position, Math.max(position, end));
}

function secretRanges(text: string): [start: number, stop: number][] {
  const ranges: [number, number][] = [];
  for (const { plain, startOf } of decodings(text)) {
    for (const secret of secrets) {
      // An encoding is at most four characters shorter: base64 mixes the ends of the secret with the adjacent text.
      if (secret.length > plain.length + 4) continue;
      for (const encoding of encodingsOf(secret)) {
        for (let at = plain.indexOf(encoding); at !== -1; at = plain.indexOf(encoding, at + 1))
          ranges.push([startOf(at), startOf(at + encoding.length)]);
      }
    }
  }
  return ranges;
}

/** A text with its escapes decoded, and a map from each of its characters to the original text. */
interface Decoding {
  readonly plain: string;
  readonly startOf: (at: number) => number;
}

/** Escapes can be nested, as for a URL within JSON within an HTML page. */
const MAX_LAYERS = 3;

function* decodings(text: string): Generator<Decoding> {
  let decoding: Decoding = { plain: text, startOf: (at) => at };
  yield decoding;
  for (let layer = 0; layer < MAX_LAYERS && /[%\\&]/.test(decoding.plain) && ESCAPE.test(decoding.plain); layer++) {
    decoding = decoded(decoding);
    yield decoding;
  }
}

/**
 * One character, percent-encoded or escaped for JSON, XML or HTML. Encoders differ in the characters they escape, so
 * the text is decoded rather than searched for encoded secrets.
 */
const ESCAPE =
  /%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-4](?:%[89ab][\da-f]){3}|\\u[\da-f]{4}|\\["'\\/bfnrt]|&(?:#\d{1,7}|#x[\da-f]{1,6}|lt|gt|amp|quot|apos);/i;

function decoded({ plain: escaped, startOf }: Decoding): Decoding {
  const starts: number[] = [];
  let plain = '';
  let position = 0;
  const takeUpTo = (end: number): void => {
    for (let at = position; at < end; at++) starts.push(startOf(at));
    plain += escaped.slice(position, end);
  };
  for (const { 0: sequence, index } of escaped.matchAll(new RegExp(ESCAPE, 'gi'))) {
    takeUpTo(index);
    const characters = decodeEscape(sequence);
    for (const _ of characters.split('')) starts.push(startOf(index));
    plain += characters;
    position = index + sequence.length;
  }
  takeUpTo(escaped.length);
  const end = startOf(escaped.length);
  return { plain, startOf: (at) => starts[at] ?? end };
}

function decodeEscape(sequence: string): string {
  try {
    if (sequence.startsWith('%')) return decodeURIComponent(sequence);
    if (sequence.startsWith('\\')) return String(JSON.parse(`"${sequence.replace("\\'", "'")}"`));
    const [, number, name = ''] = /^&(?:#(.+)|(.+));$/.exec(sequence) ?? [];
    return number === undefined ? (XML[name.toLowerCase()] ?? sequence) : String.fromCodePoint(Number(`0${number}`));
  } catch {
    // Not a valid code point.
    return sequence;
  }
}

const XML: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Shorter encodings would match unrelated text. */
const MIN_ENCODING = 8;

function encodingsOf(secret: string): readonly string[] {
  const cached = encodingCache.get(secret);
  if (cached !== undefined) return cached;
  const wellFormed = secret.toWellFormed();
  // Queries and forms encode a space as a plus sign.
  const encoded = [wellFormed.replaceAll(' ', '+'), ...[0, 1, 2].flatMap((offset) => base64Within(wellFormed, offset))];
  const encodings = [...new Set([secret, ...encoded.filter(({ length }) => length >= MIN_ENCODING)])];
  encodingCache.set(secret, encodings);
  return encodings;
}

/**
 * The base64 characters that depend only on the secret when it is part of a longer text.
 * @param offset position of its first byte in a group of three
 */
function base64Within(secret: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const start = Math.ceil((offset * 4) / 3);
  const end = Math.floor((bytes.length * 4) / 3);
  return (['base64', 'base64url'] as const).map((encoding) => bytes.toString(encoding).slice(start, end));
}

/**
 * Makes text from outside safe to quote in a message: one line of at most `maxLength` characters, without secrets,
 * invisible characters and tokens.
 */
export function sanitize(text: string, maxLength: number): string {
  // Bounds the cost of hostile text. Collapsing white space shortens the text later, so keep four times the length.
  const limit = maxLength * 4;
  const redacted = withoutSecrets(text.slice(0, limit + longestEncoding), limit);
  // Removing invisible characters can reveal another secret.
  return truncated(withoutSecrets(oneLine(redacted)), maxLength);
}

/** Ids, names and domains are far shorter than 120 characters. */
export function sanitizeId(id: string): string {
  return sanitize(id, 120);
}

function oneLine(text: string): string {
  // Most text is ASCII, and the other expressions are slow to compile.
  const visible = /^[ -~]*$/.test(text)
    ? text
    : text
        .toWellFormed()
        .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
        .replaceAll(/\p{Cf}/gu, '');
  return visible.replaceAll(/ {2,}/g, ' ').replaceAll(JWT, '(token removed)').trim();
}

/** A JSON Web Token begins with base64url of `{"`. No message needs one, and some servers echo what they received. */
const JWT = /\beyJ[\w-]{8,}(?:\.[\w-]*)*/g;

function truncated(line: string, maxLength: number): string {
  if (line.length <= maxLength) return line;
  const last = maxLength - 1;
  const ranges = [...inputs, '***'].flatMap((value) => rangeAcross(value, line, last));
  const start = Math.min(last, ...ranges.map(([from]) => from));
  const end = start > 0 ? start : Math.max(...ranges.map(([, to]) => to));
  return `${line
    .slice(0, end)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()}…`;
}

/** The range of a value that extends across a position. */
function rangeAcross(value: string, line: string, at: number): [number, number][] {
  const start = value.length < 2 ? -1 : line.indexOf(value, Math.max(0, at - value.length + 1));
  return start === -1 || start >= at ? [] : [[start, start + value.length]];
}

/**
 * Sanitizes a whole message for the log or the summary. Keeps line breaks; removes secrets, terminal control characters
 * and characters that change the reading direction.
 */
export function sanitizeLines(text: string): string {
  const redacted = withoutSecrets(text);
  if (/^[\n -~]*$/.test(redacted)) return redacted;
  return redacted
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/\p{Cf}/gu, '');
}

/**
 * Quotes an argument for a POSIX shell where necessary.
 * Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting.
 */
export function shellQuote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
