/**
 * Text from outside: words of servers, names, paths. Wherever it is shown, it takes one way: known secrets are replaced,
 * then it is cleaned, then cut. Another order would leave a part of a secret that no mask matches. For the same reason
 * nothing is encoded: the runner masks the raw text of the log and of the job summary.
 */

/** Every value that the runner was told to hide, and each line of it, as the runner takes them. */
const secrets = new Set<string>();
/** Inputs that are not known to be secret. A workflow may keep any of them as one, so none is ever shown in part. */
const inputs = new Set<string>();
const formsOf = new Map<string, readonly string[]>();
let longestForm = 0;

export function rememberSecret(secret: string): void {
  for (const one of [secret, ...secret.split(/[\r\n]+/)]) {
    if (one.trim() === '') continue;
    secrets.add(one);
    // Percent-encoding makes nine characters of one, and fifteen where it is done twice.
    longestForm = Math.max(longestForm, one.length * 15);
  }
}

export function rememberInput(value: string): void {
  if (value.length <= LONGEST_INPUT) inputs.add(value);
}

/** Ids, domains, user names and names of subscriptions are shorter. */
const LONGEST_INPUT = 256;

/**
 * Replaces what is secret by `***`, in plain and as a server might repeat it: percent-encoded, escaped for JSON or XML,
 * in base64.
 * @param end a secret that begins at or after it is not looked for, and the text ends there
 */
function withoutSecrets(text: string, end = text.length): string {
  const found = placesOfSecrets(text).sort(([one], [other]) => one - other);
  let shown = '';
  let position = 0;
  for (let at = 0; at < found.length; ) {
    const [start, firstStop] = found[at++] ?? [0, 0];
    if (start >= end) break;
    let stop = firstStop;
    // What overlaps is one, so that of neither a part is left.
    for (; (found[at]?.[0] ?? stop) < stop; at++) stop = Math.max(stop, found[at]?.[1] ?? 0);
    shown += `${text.slice(position, start)}***`;
    position = stop;
  }
  return shown + text.slice(position, Math.max(position, end));
}

function placesOfSecrets(text: string): [start: number, stop: number][] {
  const places: [number, number][] = [];
  for (const { plain, startOf } of readings(text)) {
    for (const secret of secrets) {
      // No form is shorter by more than the ends that base64 mixes with what stands beside it.
      if (secret.length > plain.length + 4) continue;
      for (const form of forms(secret)) {
        for (let at = plain.indexOf(form); at !== -1; at = plain.indexOf(form, at + 1))
          places.push([startOf(at), startOf(at + form.length)]);
      }
    }
  }
  return places;
}

/** A text without its escapes, and where in the text each character of it begins. */
interface Reading {
  readonly plain: string;
  readonly startOf: (at: number) => number;
}

/** What was escaped may hold escapes: a URL in JSON in a page. */
const MOST_LAYERS = 3;

function* readings(text: string): Generator<Reading> {
  let reading: Reading = { plain: text, startOf: (at) => at };
  yield reading;
  for (let layer = 0; layer < MOST_LAYERS && /[%\\&]/.test(reading.plain) && ESCAPE.test(reading.plain); layer++) {
    reading = unescaped(reading);
    yield reading;
  }
}

/** One character: percent-encoded, or escaped for JSON, XML or HTML. Each encoder escapes others, so no list of forms will do. */
const ESCAPE =
  /%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-4](?:%[89ab][\da-f]){3}|\\u[\da-f]{4}|\\["'\\/bfnrt]|&(?:#\d{1,7}|#x[\da-f]{1,6}|lt|gt|amp|quot|apos);/i;

function unescaped({ plain: escaped, startOf }: Reading): Reading {
  const starts: number[] = [];
  let plain = '';
  let position = 0;
  const takeUpTo = (end: number): void => {
    for (let at = position; at < end; at++) starts.push(startOf(at));
    plain += escaped.slice(position, end);
  };
  for (const { 0: written, index } of escaped.matchAll(new RegExp(ESCAPE, 'gi'))) {
    takeUpTo(index);
    const meant = meaningOf(written);
    for (const _ of meant.split('')) starts.push(startOf(index));
    plain += meant;
    position = index + written.length;
  }
  takeUpTo(escaped.length);
  const end = startOf(escaped.length);
  return { plain, startOf: (at) => starts[at] ?? end };
}

function meaningOf(written: string): string {
  try {
    if (written.startsWith('%')) return decodeURIComponent(written);
    if (written.startsWith('\\')) return String(JSON.parse(`"${written.replace("\\'", "'")}"`));
    const [, number, name = ''] = /^&(?:#(.+)|(.+));$/.exec(written) ?? [];
    return number === undefined ? (XML[name.toLowerCase()] ?? written) : String.fromCodePoint(Number(`0${number}`));
  } catch {
    // No character has that number.
    return written;
  }
}

const XML: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Shorter ones would be found everywhere. */
const SHORTEST_FORM = 8;

function forms(secret: string): readonly string[] {
  const known = formsOf.get(secret);
  if (known !== undefined) return known;
  const sound = secret.toWellFormed();
  // In the query of a URL and in a form a blank is a plus sign.
  const derived = [sound.replaceAll(' ', '+'), ...[0, 1, 2].flatMap((before) => base64Within(sound, before))];
  const all = [...new Set([secret, ...derived.filter(({ length }) => length >= SHORTEST_FORM)])];
  formsOf.set(secret, all);
  return all;
}

/** The characters that a secret alone decides in the base64 of a longer text, where it begins `before` bytes into three. */
function base64Within(secret: string, before: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const first = Math.ceil((before * 4) / 3);
  const whole = Math.floor((bytes.length * 4) / 3);
  return (['base64', 'base64url'] as const).map((form) => bytes.toString(form).slice(first, whole));
}

/**
 * Foreign text, made fit to be quoted in a message: one line, nothing secret, nothing invisible, nothing that could be a
 * token, and no longer than `longest` characters.
 */
export function quotable(text: string, longest: number): string {
  // So that a hostile text costs little; four times as long, since white space is yet to shrink.
  const most = longest * 4;
  const hidden = withoutSecrets(text.slice(0, most + longestForm), most);
  // Once more, for a secret that what is invisible was strewn into.
  return cut(withoutSecrets(oneLine(hidden)), longest);
}

/** An identifier as it can stand in a sentence: ids, names and domains are far shorter than 120 characters. */
export function quotableId(id: string): string {
  return quotable(id, 120);
}

function oneLine(text: string): string {
  // Most text is plain, and the other expressions are slow to compile.
  const visible = /^[ -~]*$/.test(text)
    ? text
    : text
        .toWellFormed()
        .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
        .replaceAll(/\p{Cf}/gu, '');
  return visible.replaceAll(/ {2,}/g, ' ').replaceAll(JWT, '(token removed)').trim();
}

/** The start of a JSON Web Token: base64url of `{"`. No error text needs one, and some servers echo what they got. */
const JWT = /\beyJ[\w-]{8,}(?:\.[\w-]*)*/g;

function cut(line: string, longest: number): string {
  if (line.length <= longest) return line;
  const last = longest - 1;
  const within = [...inputs, '***'].flatMap((value) => around(value, line, last));
  const start = Math.min(last, ...within.map(([from]) => from));
  const end = start > 0 ? start : Math.max(...within.map(([, to]) => to));
  return `${line
    .slice(0, end)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()}…`;
}

/** Where a value begins and ends that a cut would go through. */
function around(value: string, line: string, at: number): [number, number][] {
  const start = value.length < 2 ? -1 : line.indexOf(value, Math.max(0, at - value.length + 1));
  return start === -1 || start >= at ? [] : [[start, start + value.length]];
}

/**
 * A message as it goes to the log or the summary, whatever part of it is foreign: its lines stay, its secrets do not, and
 * nothing in it steers a terminal or turns the direction of reading.
 */
export function shownText(text: string): string {
  const hidden = withoutSecrets(text);
  if (/^[\n -~]*$/.test(hidden)) return hidden;
  return hidden
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/\p{Cf}/gu, '');
}

/**
 * One argument of a command line for a POSIX shell: as it is where no character has a meaning, else in single quotes.
 * Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting.
 */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
