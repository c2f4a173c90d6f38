import type { Runner } from '../actions/runner.ts';
import { isDomain, isGuid, isUri } from '../core/forms.ts';
import { base64Pieces, isBase64, keyMaterial } from '../core/key-material.ts';
import { INPUT_NAMES, INPUTS, type InputName } from './table.ts';

/**
 * Returns every input value that must be masked before parsing: secrets, passwords, the secret fields of `creds`, key
 * material. Malformed input is masked too, rather too much than too little. JSON, PEM and XML are never masked as a
 * whole: the runner would mask each line, and with `{` as a secret the log would be unreadable.
 *
 * Keys in a file that an input points to are masked later, see `keyMaterial`.
 */
export function secretsIn(runner: Pick<Runner, 'input'>): readonly string[] {
  const secrets = INPUT_NAMES.flatMap((name) => {
    if (isDocument(name)) return DOCUMENT_SECRETS[name](runner.input(name));
    const { value } = INPUTS[name];
    return value.kind === 'text' && value.form === 'secret' ? textSecrets(runner.input(name)) : [];
  });
  return [...new Set(secrets)].filter((secret) => secret.trim() !== '');
}

type Document = {
  [Name in InputName]: (typeof INPUTS)[Name]['value'] extends { form: 'document' } ? Name : never;
}[InputName];

const DOCUMENT_SECRETS: Readonly<Record<Document, (value: string) => readonly string[]>> = {
  creds: credsSecrets,
  'client-certificate': keyMaterial,
  'publish-settings': publishSettingsSecrets,
};

function isDocument(name: InputName): name is Document {
  return Object.hasOwn(DOCUMENT_SECRETS, name);
}

/** A single line is masked whole, however short. Several lines are a mistake: another document was pasted. */
function textSecrets(value: string): readonly string[] {
  if (value.includes('-----BEGIN')) return keyMaterial(value);
  const fields = value.startsWith('{') ? credsSecrets(value) : [];
  if (!/[\r\n]/.test(value)) return [value, ...fields];
  return fields.length > 0 ? fields : possibleSecrets(value);
}

/** The strings and numbers in a JSON value, at any depth, that are not known to be public. */
function credsSecrets(creds: string): readonly string[] {
  const secrets: string[] = [];
  try {
    JSON.parse(creds, (name, value: unknown) => {
      if (typeof value === 'string' || typeof value === 'number') secrets.push(...leafSecrets(name, String(value)));
    });
  } catch {
    return possibleSecrets(creds);
  }
  return secrets;
}

/** Names of fields that contain a secret, an id, or a word that is never secret. */
const SECRET_NAME = /secret|password|passwd|pwd|token|key/i;
const ID_NAME = /^(?:client|app|tenant|subscription)_?id$|^tenant$/i;
const WORD_NAME = /^(?:(?:display_?|environment_?)?name|environment|cloud|type|state)$/i;
/** A shorter value with an unknown name is a word like `public`, which should stay readable in the log. */
const MIN_UNNAMED_SECRET = 7;

/** A field that is named like an id can contain a secret too, if two fields were swapped. */
function leafSecrets(name: string, text: string): readonly string[] {
  if (text.includes('-----')) return keyMaterial(text);
  if (SECRET_NAME.test(name)) return [text];
  // JSON that was encoded twice.
  if (text.startsWith('{')) return credsSecrets(text);
  const isId = ID_NAME.test(name) && (isDomain(text) || isUri(text));
  const isPublic = isId || WORD_NAME.test(name) || isPublicForm(text) || text.length < MIN_UNNAMED_SECRET;
  return isPublic ? [] : [text];
}

/** A GUID, or a URL without user, query and fragment. */
function isPublicForm(text: string): boolean {
  return isGuid(text) || /^https?:\/\/[^\s"'@?#]*$/i.test(text);
}

/** Everything that a message must be able to show about malformed `creds` is shorter, an id, a URL or a field name. */
const MIN_WORD = 8;

/** The words of a malformed text that may be secrets. */
function possibleSecrets(text: string): readonly string[] {
  const words = text.split(/[\s"',:={}[\]\\]+/);
  return words.filter((word) => word.length >= MIN_WORD && !/^(?:[a-z]+|\/\/.*)$/i.test(word) && !isGuid(word));
}

/** The certificates in a publish settings file: long base64 in attributes or elements, with or without line breaks. */
function publishSettingsSecrets(value: string): readonly string[] {
  return value
    .replaceAll(/&#(?:x0*[ad]|0*1[03]);/gi, '\n')
    .split(/["'<>]|=(?=\w)/)
    .filter(isBase64)
    .flatMap(base64Pieces);
}
