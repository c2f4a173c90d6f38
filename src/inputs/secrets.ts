import type { Runner } from '../actions/runner.ts';
import { isDomain, isGuid, isUri } from '../core/forms.ts';
import { base64Pieces, isBase64, keyMaterial } from '../core/key-material.ts';
import { INPUT_NAMES, INPUTS, type InputName } from './table.ts';

/**
 * Every value among the inputs that must be masked before anything is parsed: secrets, passwords, the secret fields of
 * `creds`, key material. Works on broken input too, and then masks rather too much. JSON, PEM and XML are never among
 * them as a whole: the runner would mask their lines too, and with `{` as a secret no log can be read.
 *
 * Keys inside a file that an input names are not known here: see `keyMaterial`.
 */
export function secretsIn(runner: Pick<Runner, 'input'>): readonly string[] {
  const secrets = INPUT_NAMES.flatMap((name) => {
    if (isDocument(name)) return SECRETS_OF_DOCUMENTS[name](runner.input(name));
    const { value } = INPUTS[name];
    return value.kind === 'text' && value.form === 'secret' ? plainSecrets(runner.input(name)) : [];
  });
  return [...new Set(secrets)].filter((secret) => secret.trim() !== '');
}

type Document = {
  [Name in InputName]: (typeof INPUTS)[Name]['value'] extends { form: 'document' } ? Name : never;
}[InputName];

const SECRETS_OF_DOCUMENTS: Readonly<Record<Document, (value: string) => readonly string[]>> = {
  creds: credsSecrets,
  'client-certificate': keyMaterial,
  'publish-settings': publishSettingsSecrets,
};

function isDocument(name: InputName): name is Document {
  return Object.hasOwn(SECRETS_OF_DOCUMENTS, name);
}

/** A secret of one line is masked as it is, however short. More lines are a mistake: something else was pasted. */
function plainSecrets(value: string): readonly string[] {
  if (value.includes('-----BEGIN')) return keyMaterial(value);
  const fields = value.startsWith('{') ? credsSecrets(value) : [];
  if (!/[\r\n]/.test(value)) return [value, ...fields];
  return fields.length > 0 ? fields : brokenText(value);
}

/** The texts and numbers of a JSON value, at any depth, that are not known to be public. */
function credsSecrets(creds: string): readonly string[] {
  const secrets: string[] = [];
  try {
    JSON.parse(creds, (name, value: unknown) => {
      if (typeof value === 'string' || typeof value === 'number') secrets.push(...leafSecrets(name, String(value)));
    });
  } catch {
    return brokenText(creds);
  }
  return secrets;
}

/** Names that tell a secret, an id, or a word that is never secret. */
const SECRET_NAME = /secret|password|passwd|pwd|token|key/i;
const ID_NAME = /^(?:client|app|tenant|subscription)_?id$|^tenant$/i;
const WORD_NAME = /^(?:(?:display_?|environment_?)?name|environment|cloud|type|state)$/i;
/** A shorter text under an unknown name is a word like `public`, which the log needs. */
const SHORTEST_UNNAMED_SECRET = 7;

/** A secret under the name of an id counts too: fields get swapped. */
function leafSecrets(name: string, text: string): readonly string[] {
  if (text.includes('-----')) return keyMaterial(text);
  if (SECRET_NAME.test(name)) return [text];
  // JSON that was encoded twice.
  if (text.startsWith('{')) return credsSecrets(text);
  const isId = ID_NAME.test(name) && (isDomain(text) || isUri(text));
  const isPublic = isId || WORD_NAME.test(name) || isPublicForm(text) || text.length < SHORTEST_UNNAMED_SECRET;
  return isPublic ? [] : [text];
}

/** A GUID, or a URL that carries no user, query or fragment. */
function isPublicForm(text: string): boolean {
  return isGuid(text) || /^https?:\/\/[^\s"'@?#]*$/i.test(text);
}

/** What a message has to be able to say of a broken `creds` is shorter, or an id, a URL, or the name of a field. */
const SHORTEST_PIECE = 8;

/** What may be a secret in a text whose structure is unknown: the words between blanks and punctuation. */
function brokenText(text: string): readonly string[] {
  const words = text.split(/[\s"',:={}[\]\\]+/);
  return words.filter((word) => word.length >= SHORTEST_PIECE && !/^(?:[a-z]+|\/\/.*)$/i.test(word) && !isGuid(word));
}

/** The certificates of a publish settings file: what is long base64 between quotation marks or brackets, in lines or not. */
function publishSettingsSecrets(value: string): readonly string[] {
  return value
    .replaceAll(/&#(?:x0*[ad]|0*1[03]);/gi, '\n')
    .split(/["'<>]|=(?=\w)/)
    .filter(isBase64)
    .flatMap(base64Pieces);
}
