import type { Runner } from '../actions/runner.ts';
import { isDomain, isGuid, isUri } from '../core/forms.ts';
import { parseJson } from '../core/json.ts';
import { base64Pieces, isBase64, keyMaterial } from '../core/key-material.ts';

/**
 * Every value among the inputs that must be masked before anything is parsed: secrets, passwords, the secret fields of
 * `creds`, key material. Works on broken input too, and then masks rather too much. JSON, PEM and XML are never among
 * them as a whole: the runner would mask their lines too, and with `{` as a secret no log can be read.
 *
 * Keys inside a file that an input names are not known here: see `keyMaterial`.
 */
export function secretsIn(runner: Pick<Runner, 'input'>): readonly string[] {
  const secrets = [
    ...plainSecrets(runner.input('client-secret')),
    ...plainSecrets(runner.input('client-certificate-password')),
    ...plainSecrets(runner.input('password')),
    ...credsSecrets(runner.input('creds')),
    ...keyMaterial(runner.input('client-certificate')),
    ...publishSettingsSecrets(runner.input('publish-settings')),
  ];
  return [...new Set(secrets)].filter((secret) => secret.trim() !== '');
}

/** A secret of one line is masked as it is, however short. More lines are a mistake: something else was pasted. */
function plainSecrets(value: string): readonly string[] {
  if (value.includes('-----BEGIN')) return keyMaterial(value);
  const fields = value.startsWith('{') ? credsSecrets(value) : [];
  if (!/[\r\n]/.test(value)) return [value, ...fields];
  return fields.length > 0 ? fields : brokenText(value);
}

function credsSecrets(creds: string): readonly string[] {
  const json = parseJson(creds);
  return json === undefined ? brokenText(creds) : secretLeaves(json);
}

/** The texts and numbers of a JSON value, at any depth, that are not known to be public. */
function secretLeaves(json: unknown): readonly string[] {
  const secrets: string[] = [];
  const pending = [{ name: '', value: json }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { name, value } = next;
    if (typeof value === 'object' && value !== null) {
      const inner = Object.entries(value).map(([key, one]) => ({
        name: Array.isArray(value) ? name : key,
        value: one,
      }));
      pending.push(...inner);
    } else if (typeof value === 'string' || typeof value === 'number') {
      secrets.push(...leafSecrets(name.toLowerCase().replaceAll(/[^a-z]/g, ''), String(value)));
    }
  }
  return secrets;
}

/** Names that tell a secret, an id, or a word that is never secret: letters alone, lower case. */
const SECRET_NAME = /secret|password|passwd|pwd|token|key/;
const ID_NAME = /^(?:clientid|appid|tenantid|tenant|subscriptionid)$/;
const WORD_NAME = /^(?:displayname|name|environment|environmentname|cloud|type|state)$/;
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

const SHORTEST_WORD = 4;
/** Words a broken `creds` is likely to hold and messages must be able to say. */
const WELL_KNOWN: ReadonlySet<string> = new Set(
  (
    'clientId clientSecret tenantId subscriptionId appId password tenant displayName name creds true false null http https ' +
    'resourceManagerEndpointUrl activeDirectoryEndpointUrl activeDirectoryGraphResourceId managementEndpointUrl ' +
    'sqlManagementEndpointUrl galleryEndpointUrl'
  ).split(' '),
);

/**
 * The pieces of a text whose structure is unknown: its lines, what stands in quotes, what follows a colon or an equals
 * sign, and its words. Only what cannot be secret is left out.
 */
function brokenText(text: string): readonly string[] {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  const quotes = [...text.matchAll(/(["'])(.*?)\1/g)].map((match) => match[2] ?? '');
  const values = lines.map(assignedValue);
  const words = text.split(/[\s"',{}[\]\\]+/);
  const ends = words.map((word) => word.replace(/^[^:=]*[:=]/, ''));
  return [...lines, ...quotes, ...values, ...words, ...ends].filter(
    (piece) => piece.length >= SHORTEST_WORD && !isPublicForm(piece) && !isHarmless(piece),
  );
}

/**
 * What follows the first colon or equals sign of a line, without quotes and what ends a JSON around it. Step by step: one
 * regular expression for it takes quadratic time over blanks.
 */
function assignedValue(line: string): string {
  const at = line.search(/[:=]/);
  const value = at === -1 ? '' : line.slice(at + 1).trim();
  const end = value.replace(/\}$/, '').trimEnd().replace(/,$/, '').replace(/["']$/, '');
  return end.replace(/^["']/, '');
}

function isHarmless(piece: string): boolean {
  return WELL_KNOWN.has(piece.replace(/[:=]$/, '')) || !/[a-z0-9]/i.test(piece);
}

/**
 * The certificates of a publish settings file, and the passwords of a web app's publish profile, which some give by
 * mistake. Long base64 counts wherever it stands, for XML whose attributes are broken.
 */
function publishSettingsSecrets(value: string): readonly string[] {
  if (!value.includes('<')) return isBase64(value) ? base64Pieces(value) : [];
  const certificates = attributes(value, /ManagementCertificate\s*=\s*(["'])([\s\S]*?)\1/gi);
  const passwords = attributes(value, /(?:PWD|ConnectionString)\s*=\s*(["'])([\s\S]*?)\1/gi);
  const blobs = [...value.matchAll(/[A-Za-z0-9+/]{64,}={0,2}/g)].map((match) => match[0]);
  return [...certificates.flatMap((certificate) => base64Pieces(certificate)), ...passwords, ...blobs];
}

/** Values of the attributes a pattern finds, its second group, with references to line breaks as line breaks. */
function attributes(xml: string, pattern: RegExp): readonly string[] {
  return [...xml.matchAll(pattern)].map((match) => (match[2] ?? '').replaceAll(/&#(?:x0*[ad]|0*1[03]);/gi, '\n'));
}
