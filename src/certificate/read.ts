import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { ClientCertificate } from '../core/credential.ts';
import { MAX_INPUT_FILE_BYTES, readRegularFile } from '../core/files.ts';
import { pfxInCertificateLines, startsAsSequence } from '../core/key-material.ts';
import { type BaseFolders, isPlausiblePath, resolveInputPath } from '../core/machine.ts';
import type { ClientCertificateRequest } from '../core/request.ts';
import {
  type Bundle,
  checkIdentity,
  expiresSoon,
  type Identity,
  parseCertificate,
  pickIdentity,
  thumbprintOf,
  UnusableCertificate,
  unusable,
} from './identity.ts';

type CertificateRequest = Pick<ClientCertificateRequest, 'certificate' | 'certificatePassword' | 'clientId'>;

/**
 * Reads `client-certificate` and checks it as Entra ID and the clients do, before anything is sent. Warns if the
 * certificate expires within 30 days, or if several certificates have the same key.
 * @throws {SessionError} which never quotes the value or the password
 */
export async function readClientCertificate(
  { certificate: value, certificatePassword: password, clientId }: CertificateRequest,
  now: Date,
  folders: BaseFolders,
): Promise<{ certificate: ClientCertificate; warnings: string[] }> {
  try {
    const identity = pickIdentity(await readBundle(await loadContent(value.trim(), folders), password), now);
    checkIdentity(identity, now);
    return { certificate: clientCertificateOf(identity), warnings: await warningsOf(identity, clientId, now) };
  } catch (error) {
    if (!(error instanceof UnusableCertificate)) throw error;
    const { certificateError, clientCertificateInput } = await texts();
    throw certificateError(error, clientCertificateInput(clientId, password === '' ? 'empty' : 'given'));
  }
}

/** Loads the texts only for a certificate that is unusable or expires soon. */
function texts(): Promise<typeof import('../errors/certificate.ts')> {
  return import('../errors/certificate.ts');
}

function clientCertificateOf({ leaf, privateKey, chain }: Identity): ClientCertificate {
  return {
    certificate: leaf.toString(),
    chain: chain.map((certificate) => certificate.toString()),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprint: thumbprintOf(leaf),
    thumbprintSha256: leaf.fingerprint256.replaceAll(':', ''),
  };
}

async function warningsOf({ leaf, skipped }: Identity, clientId: string, now: Date): Promise<string[]> {
  const { validToDate } = leaf;
  const warnings = expiresSoon(validToDate, now) ? [(await texts()).expiryWarning(validToDate, now, clientId)] : [];
  if (skipped === 0) return warnings;
  const selection = `client-certificate holds ${skipped + 1} certificates for its private key. The newest is used, thumbprint ${thumbprintOf(leaf)}: it must be registered with the application.`;
  return [...warnings, selection];
}

/** PEM text, or the DER or BER of a PFX, a certificate or a key. */
type Content = string | Buffer;

/**
 * Distinguishes PEM text, base64 and a path. Looks for content before a path, since only content is recognizable: a
 * path may look like base64 (`certs/prod`), but does not decode to the start of a certificate. The file may contain
 * PEM, base64 or a PFX.
 */
async function loadContent(value: string, folders: BaseFolders): Promise<Content> {
  const inline = parseContent(value);
  if (inline !== undefined) return inline;
  if (!isPlausiblePath(value)) throw unusable('notACertificate');
  const octets = await readFile(value, folders);
  const content = startsAsSequence(octets) ? octets : parseContent(decodeText(octets));
  if (content === undefined) throw unusable('notACertificateFile');
  return content;
}

async function readFile(value: string, folders: BaseFolders): Promise<Buffer> {
  try {
    return readRegularFile(resolveInputPath(value, folders), MAX_INPUT_FILE_BYTES, 'follow');
  } catch (error) {
    const { fileError, isAbsent } = await import('../errors/files.ts');
    if (isAbsent(error) && !looksLikePath(value)) throw unusable('notACertificate');
    throw fileError(error, (await texts()).CERTIFICATE_FILE);
  }
}

/** Distinguishes a wrong path from truncated or corrupted base64. */
function looksLikePath(value: string): boolean {
  if (value.length > 512 || /^[A-Za-z0-9+/=]{100,}$/.test(value)) return false;
  return /[/\\]|^~|\.[A-Za-z0-9]{1,8}$/.test(value);
}

/** A shorter value may be a path that happens to start with `MI`. */
const MIN_BINARY_BYTES = 64;
/** `\n` or `\r` as two characters, perhaps escaped twice. The limit avoids quadratic time on runs of backslashes. */
const ESCAPED_LINE_END = /\\{1,4}[nr]/g;

function parseContent(text: string): Content | undefined {
  if (text.includes(BEGIN)) return pfxInCertificateLines(text) ?? text;
  const base64 = text.replace(ESCAPED_LINE_END, '').replace(/[\s"']/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64)) return undefined;
  const octets = Buffer.from(base64, 'base64');
  if (octets.length > MIN_BINARY_BYTES && startsAsSequence(octets)) return octets;
  const decoded = decodeText(octets);
  return decoded.includes(BEGIN) ? (pfxInCertificateLines(decoded) ?? decoded) : undefined;
}

/** Windows PowerShell writes redirected output as UTF-16 with a byte order mark. */
function decodeText(octets: Buffer): string {
  return octets.toString(octets[0] === 0xff && octets[1] === 0xfe ? 'utf16le' : 'utf8');
}

async function readBundle(content: Content, password: string): Promise<Bundle> {
  if (typeof content === 'string') return readPem(content, password);
  try {
    // A certificate without its key is not usable, but leads to a precise error.
    return { certificates: [parseCertificate(content)], privateKeys: [] };
  } catch {
    return (await import('./pfx.ts')).readPfx(content, password);
  }
}

const BEGIN = '-----BEGIN ';
const ENCRYPTED = 'ENCRYPTED PRIVATE KEY';
const CERTIFICATE_LABEL = /^(X509 |TRUSTED )?CERTIFICATE$/;
const KEY_LABEL = /^((RSA|EC|DSA) )?PRIVATE KEY$/;

interface PemBlock {
  readonly label: string;
  readonly octets: Buffer;
  /** The `DEK-Info` of a key in the legacy encrypted format, for example `AES-256-CBC,<iv>`; `''` for other blocks. */
  readonly dekInfo: string;
}

/**
 * Reads all certificates and private keys of a PEM text, in any order. Ignores text around the blocks, such as
 * `Bag Attributes`. Line ends may be LF, CRLF, spaces, or the two characters `\n`, as JSON and environment files have.
 * @param password decrypts PKCS#8 keys and legacy `Proc-Type: 4,ENCRYPTED` keys
 * @throws {UnusableCertificate}
 */
async function readPem(text: string, password: string): Promise<Bundle> {
  const blocks = blocksOf(text);
  const certificates = blocks.filter(({ label }) => CERTIFICATE_LABEL.test(label));
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY') && label !== ENCRYPTED);
  const encrypted = blocks.filter(({ label }) => label === ENCRYPTED).map(({ octets }) => octets);
  const decrypted = encrypted.length === 0 ? [] : (await import('./pfx.ts')).decryptKeys(encrypted, password);
  return {
    certificates: certificates.map(({ octets }) => parseCertificate(octets)),
    privateKeys: [...keys.map((key) => parsePrivateKey(key, password)), ...decrypted],
  };
}

/** Does not use a regular expression, which would take hours for a megabyte of unclosed `BEGIN` lines. */
function blocksOf(text: string): PemBlock[] {
  return text
    .split(BEGIN)
    .slice(1)
    .map((block) => {
      const [label = '', body = '', end, rest] = block.split('-----', 4);
      if (end !== `END ${label}` || rest === undefined) throw unusable('damaged', 'file');
      const lines = body.replace(ESCAPED_LINE_END, '\n');
      const legacy = LEGACY_HEADERS.exec(lines);
      const base64 = lines.slice(legacy?.[0].length ?? 0).replace(/\s/g, '');
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw unusable('damaged', 'file');
      return { label, octets: Buffer.from(base64, 'base64'), dekInfo: legacy?.[1]?.replace(/\s/g, '') ?? '' };
    });
}

const LEGACY_HEADERS = /^\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*([A-Z0-9-]{1,32},\s*[0-9A-Fa-f]{1,64})\s/;
/** The legacy ciphers that OpenSSL supports. Their key derivation takes only one round. */
const LEGACY_CIPHERS = /^(AES-(128|192|256)|DES-EDE3)-CBC,/;

function parsePrivateKey({ label, octets, dekInfo }: PemBlock, password: string): KeyObject {
  if (!KEY_LABEL.test(label)) throw unusable('foreignKeyFormat');
  const isEncrypted = dekInfo !== '';
  if (isEncrypted && !LEGACY_CIPHERS.test(dekInfo)) throw unusable('unsupportedEncryption');
  const headers = isEncrypted ? ['Proc-Type: 4,ENCRYPTED', `DEK-Info: ${dekInfo}`, ''] : [];
  const base64 = octets.toString('base64').match(/.{1,64}/g) ?? [];
  const key = [`${BEGIN}${label}-----`, ...headers, ...base64, `-----END ${label}-----`, ''].join('\n');
  try {
    return createPrivateKey(isEncrypted ? { key, passphrase: password } : key);
  } catch {
    throw isEncrypted ? unusable('passwordRefused') : unusable('damaged', 'private key');
  }
}
