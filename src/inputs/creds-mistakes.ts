import { parseJsonObject } from '../core/json.ts';
import { certificateIn, isBase64 } from '../core/key-material.ts';
import type { Step } from '../core/session-error.ts';

/** What a `creds` that is no JSON object is instead, and what to write. Nothing of the value is quoted. */
interface CredsMistake {
  /** Continues "`creds` is …". */
  readonly is: string;
  readonly write: string | Step;
}

export const GIVE_CERTIFICATE =
  'Give the certificate with its key in `client-certificate`, and `client-id` and `tenant-id` beside it.';

const PASS_SECRET: Step = {
  say: 'Pass the secret by an expression of the workflow:',
  yaml: 'creds: ${{ secrets.NAME_OF_THE_SECRET }}',
};
const STORE_CONTENT = 'Store the content of the file as a secret, and give that secret in `creds`.';
export const STORE_WHOLE =
  'Store the whole output as one secret, from the first brace to the last, with nothing around it.';

/** The first that fits counts. The text is trimmed. */
const MISTAKES: readonly (CredsMistake & { readonly fits: (text: string, json: unknown) => boolean })[] = [
  {
    is: 'the name of a variable, which nothing expands here',
    write: PASS_SECRET,
    fits: (text) => /^(?:\$\{?(?:env:)?\w+\}?|%\w+%)$/i.test(text),
  },
  {
    is: 'the name of a secret or a variable, not its value: the expression around it is missing',
    write: PASS_SECRET,
    fits: (text) => /^(?:secrets|env|vars|inputs)\.[\w-]+$/i.test(text),
  },
  {
    is: 'a certificate, not JSON',
    write: GIVE_CERTIFICATE,
    fits: (text) => certificateIn(text) !== undefined,
  },
  {
    is: 'a list, not an object',
    write: 'Store the object alone, from its first brace to its last, without the brackets around it.',
    fits: (_, json) => Array.isArray(json),
  },
  {
    is: 'JSON that was quoted twice: a string that holds the object',
    write: 'Store the object itself, without quotation marks around it and without a backslash before each of its own.',
    fits: (text, json) => (typeof json === 'string' && isObject(json)) || /^["']?\s*\{(?:\s|\\[nrt])*\\"/.test(text),
  },
  {
    is: 'JSON in base64',
    write: 'Decode it, and store the JSON itself as the secret: `creds` is not decoded.',
    fits: (text) => /^[A-Za-z0-9+/_\s-]+={0,2}$/.test(text) && isObject(decoded(text)),
  },
  {
    is: 'XML, such as publish settings, and not JSON',
    write: 'Give publish settings in `publish-settings`, with `mode: asm`.',
    fits: (text) => text.startsWith('<'),
  },
  {
    is: 'the name of a file, and no file is read here',
    write: STORE_CONTENT,
    fits: (text) => /^(?:[a-z]:)?[^\s{}"':,]{1,255}$/i.test(text) && /^@|[/\\]|\.json$/i.test(text) && !isBase64(text),
  },
  {
    is: 'not valid JSON: quotation marks stand around the object',
    write: STORE_WHOLE,
    fits: (text) => /^(["'`])\s*\{[\s\S]*\}\s*\1$/.test(text),
  },
  {
    is: 'not valid JSON: it has typographic quotation marks',
    write: 'Write plain double quotation marks (") in their place.',
    fits: (text) => /[\u2018-\u201f]/.test(text),
  },
  {
    is: 'not valid JSON: it has single quotation marks',
    write: 'Write double quotation marks (") around each name and each value.',
    fits: (text) => /^\{\s*'/.test(text),
  },
  {
    is: 'not valid JSON: a comma stands before a closing brace',
    write: 'Remove the comma after the last field.',
    fits: (text) => isObject(text.replaceAll(/,(?=\s*[}\]])/g, '')),
  },
  {
    is: 'not valid JSON: other text stands around the object',
    write: STORE_WHOLE,
    fits: (text) => isObject(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)),
  },
  {
    is: 'not valid JSON: the braces around its fields are missing',
    write: STORE_WHOLE,
    fits: (text) => isObject(`{${text.replace(/,$/, '')}}`),
  },
  {
    is: 'not valid JSON: its end is missing',
    write: STORE_WHOLE,
    fits: (text) => text.startsWith('{') && !text.includes('}'),
  },
  {
    is: 'YAML or a list of assignments, not JSON',
    write: STORE_WHOLE,
    fits: (text) => /^["']?\w+["']?\s*[:=]\s*\S/.test(text) && !text.includes('{'),
  },
];

/** What stands in `creds` instead of a JSON object; `undefined` for what nothing is known of. */
export function credsMistake(text: string, json: unknown): CredsMistake | undefined {
  const trimmed = text.trim();
  return MISTAKES.find(({ fits }) => fits(trimmed, json));
}

function isObject(json: string): boolean {
  return parseJsonObject(json) !== undefined;
}

/** Windows PowerShell encodes UTF-16. */
function decoded(base64: string): string {
  const octets = Buffer.from(base64, 'base64');
  return octets.toString(octets.includes(0) ? 'utf16le' : 'utf8').replace(/^\ufeff/, '');
}
