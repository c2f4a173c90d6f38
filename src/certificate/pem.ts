import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { unusable } from '../errors/unusable-certificate.ts';

/** Whether the text has anything of PEM in it. */
export function holdsPem(text: string): boolean {
  return text.includes(BEGIN);
}

/**
 * Reads every certificate and private key of a PEM text, in any order. Text around the blocks (`Bag Attributes`) is
 * passed over. Line ends may be LF, CRLF, spaces or the two characters `\n`: a secret that went through JSON or an
 * environment file has lost its own.
 *
 * @param password opens encrypted keys, PKCS#8 and the older `Proc-Type: 4,ENCRYPTED`
 * @param keyOpener gives what opens PKCS#8 keys; called where one is encrypted
 * @throws {UnusableCertificate}
 */
export async function readPem(
  text: string,
  password: string,
  keyOpener: (password: string) => Promise<(octets: Buffer) => KeyObject>,
): Promise<Bundle> {
  const blocks = blocksOf(text);
  const certificates: X509Certificate[] = [];
  const privateKeys: KeyObject[] = [];
  const openKey = blocks.some(({ label }) => label === ENCRYPTED) ? await keyOpener(password) : undefined;
  for (const block of blocks) {
    if (CERTIFICATE_LABELS.has(block.label)) certificates.push(certificateOf(block.octets));
    else if (block.label === ENCRYPTED && openKey !== undefined) privateKeys.push(openKey(block.octets));
    else if (KEY_LABELS.has(block.label)) privateKeys.push(privateKeyOf(block, password));
    else if (block.label.endsWith('PRIVATE KEY')) throw unusable('foreignKeyFormat');
  }
  return { certificates, privateKeys };
}

/** @throws {UnusableCertificate} `damaged` */
export function certificateOf(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    throw unusable('damaged', 'certificate');
  }
}

/** `\n` or `\r` as two characters, perhaps escaped twice. Unbounded, a run of backslashes would take quadratic time. */
export const ESCAPED_LINE_END = /\\{1,4}[nr]/g;

const BEGIN = '-----BEGIN ';
const ENCRYPTED = 'ENCRYPTED PRIVATE KEY';
const CERTIFICATE_LABELS: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE']);
const KEY_LABELS: ReadonlySet<string> = new Set([
  'PRIVATE KEY',
  'RSA PRIVATE KEY',
  'EC PRIVATE KEY',
  'DSA PRIVATE KEY',
]);
/** Ciphers of the older encrypted form, which derives its key in one round. */
const OPENED_BY_OPENSSL = /^(AES-(128|192|256)|DES-EDE3)-CBC,/;

interface PemBlock {
  readonly label: string;
  readonly octets: Buffer;
  /** The `DEK-Info` of a key in the older encrypted form, for example `AES-256-CBC,<iv>`; `''` for any other block. */
  readonly dekInfo: string;
}

/** Searches by hand: over a megabyte of unclosed `BEGIN` lines a regular expression would take hours. */
function blocksOf(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let begin = text.indexOf(BEGIN);
  while (begin !== -1) {
    const labelEnd = text.indexOf('-----', begin + BEGIN.length);
    const label = text.slice(begin + BEGIN.length, labelEnd);
    const end = text.indexOf('-----END ', labelEnd);
    const endLine = `-----END ${label}-----`;
    if (labelEnd === -1 || end === -1 || !text.startsWith(endLine, end)) throw unusable('damaged', 'file');
    blocks.push(blockOf(label, text.slice(labelEnd + 5, end)));
    begin = text.indexOf(BEGIN, end + endLine.length);
  }
  return blocks;
}

function blockOf(label: string, body: string): PemBlock {
  const lines = body.replace(ESCAPED_LINE_END, '\n');
  const legacy = /^\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*([A-Z0-9-]{1,32},\s*[0-9A-Fa-f]{1,64})\s/.exec(lines);
  const base64 = lines.slice(legacy?.[0].length ?? 0).replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw unusable('damaged', 'file');
  return { label, octets: Buffer.from(base64, 'base64'), dekInfo: legacy?.[1] ?? '' };
}

function privateKeyOf(block: PemBlock, password: string): KeyObject {
  const encrypted = block.dekInfo !== '';
  if (encrypted && !OPENED_BY_OPENSSL.test(block.dekInfo)) throw unusable('unsupportedEncryption');
  try {
    return createPrivateKey(encrypted ? { key: pemOf(block), passphrase: password } : pemOf(block));
  } catch {
    throw encrypted ? unusable('passwordRefused') : unusable('damaged', 'private key');
  }
}

function pemOf({ label, octets, dekInfo }: PemBlock): string {
  const headers = dekInfo === '' ? [] : ['Proc-Type: 4,ENCRYPTED', `DEK-Info: ${dekInfo.replace(/\s/g, '')}`, ''];
  const base64 = octets.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...headers, ...base64, `-----END ${label}-----`, ''].join('\n');
}

/** What a PEM or PFX file held, in the file's order. Nothing is checked yet. */
export interface Bundle {
  readonly certificates: readonly X509Certificate[];
  readonly privateKeys: readonly KeyObject[];
}
