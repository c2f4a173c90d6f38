import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { ClientCertificate } from '../core/credential.ts';
import { LARGEST_INPUT_FILE, readRegularFile } from '../core/files.ts';
import { pfxInCertificateLines, startsAsSequence } from '../core/key-material.ts';
import { located, mayBePath, type StartFolders } from '../core/machine.ts';
import {
  type Bundle,
  certificateOf,
  checkIdentity,
  expiresSoon,
  type Identity,
  notAfterOf,
  pickIdentity,
  thumbprintOf,
  UnusableCertificate,
  unusable,
} from './identity.ts';

interface CertificateSource {
  /** A path, PEM text, or base64 of a PEM or PFX file. */
  readonly value: string;
  /** Of the PFX or of the private key; `''` for none. */
  readonly password: string;
  /** Whose certificate it is, for the commands that renew it. */
  readonly clientId: string;
}

/**
 * Reads `client-certificate` and refuses, before anything is sent, what Entra or a client would: no RSA key, one under
 * 2048 bits, another certificate's key, an expired or not yet valid certificate. One that expires within 30 days is a
 * warning, and so is a choice among several certificates of one key.
 * @throws {SessionError} that quotes nothing of the value or the password
 */
export async function readClientCertificate(
  { value, password, clientId }: CertificateSource,
  now: Date,
  folders: StartFolders,
): Promise<{ certificate: ClientCertificate; warnings: string[] }> {
  try {
    const identity = pickIdentity(await bundleOf(await loadContent(value.trim(), folders), password), now);
    checkIdentity(identity, now);
    return { certificate: clientCertificateOf(identity), warnings: await warningsOf(identity, clientId, now) };
  } catch (error) {
    if (!(error instanceof UnusableCertificate)) throw error;
    const { certificateError, clientCertificateInput } = await texts();
    throw certificateError(error, clientCertificateInput(clientId, password === '' ? 'empty' : 'given'));
  }
}

/** Loaded only for a certificate that has something wrong, or that expires soon. */
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
    notAfter: notAfterOf(leaf),
  };
}

async function warningsOf({ leaf, passedOver }: Identity, clientId: string, now: Date): Promise<string[]> {
  const notAfter = notAfterOf(leaf);
  const warnings = expiresSoon(notAfter, now) ? [(await texts()).expiryWarning(notAfter, now, clientId)] : [];
  if (passedOver === 0) return warnings;
  const chosen = `client-certificate holds ${passedOver + 1} certificates for its private key. The newest is used, thumbprint ${thumbprintOf(leaf)}: it must be registered with the application.`;
  return [...warnings, chosen];
}

/** PEM text, or the DER or BER of a PFX, a certificate or a key. */
type Content = string | Buffer;

/**
 * Tells PEM text, base64 and a path from one another. Content is looked for first, as it has unmistakable marks and a
 * path has none; a path may look like base64 (`certs/prod`), but does not decode to anything that a certificate starts
 * with. A file may itself hold PEM, base64 or a PFX.
 */
async function loadContent(value: string, folders: StartFolders): Promise<Content> {
  const inline = contentOfText(value);
  if (inline !== undefined) return inline;
  if (!mayBePath(value)) throw unusable('notACertificate');
  const octets = await readFile(value, folders);
  const content = startsAsSequence(octets) ? octets : contentOfText(textOf(octets));
  if (content === undefined) throw unusable('notACertificateFile');
  return content;
}

async function readFile(value: string, folders: StartFolders): Promise<Buffer> {
  try {
    return readRegularFile(located(value, folders), LARGEST_INPUT_FILE, 'follow');
  } catch (error) {
    const { fileError, isAbsent } = await import('../errors/files.ts');
    if (isAbsent(error) && !looksLikePath(value)) throw unusable('notACertificate');
    throw fileError(error, (await texts()).CERTIFICATE_FILE);
  }
}

/**
 * Whether a value without a file reads as a path that was mistaken, or rather as base64 that was cut off or mangled.
 */
function looksLikePath(value: string): boolean {
  if (value.length > 512 || /^[A-Za-z0-9+/=]{100,}$/.test(value)) return false;
  return /[/\\]|^~|\.[A-Za-z0-9]{1,8}$/.test(value);
}

/** Less is no certificate, and could be a path that happens to start with `MI`. */
const SHORTEST_BINARY = 64;
/** `\n` or `\r` as two characters, perhaps escaped twice. Unbounded, a run of backslashes would take quadratic time. */
const ESCAPED_LINE_END = /\\{1,4}[nr]/g;

function contentOfText(text: string): Content | undefined {
  if (text.includes(BEGIN)) return pfxInCertificateLines(text) ?? text;
  const base64 = text.replace(ESCAPED_LINE_END, '').replace(/[\s"']/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64)) return undefined;
  const octets = Buffer.from(base64, 'base64');
  if (octets.length > SHORTEST_BINARY && startsAsSequence(octets)) return octets;
  const decoded = textOf(octets);
  return decoded.includes(BEGIN) ? (pfxInCertificateLines(decoded) ?? decoded) : undefined;
}

/** Windows PowerShell writes UTF-16 with a byte order mark where it redirects text to a file. */
function textOf(octets: Buffer): string {
  return octets.toString(octets[0] === 0xff && octets[1] === 0xfe ? 'utf16le' : 'utf8');
}

async function bundleOf(content: Content, password: string): Promise<Bundle> {
  if (typeof content === 'string') return readPem(content, password);
  try {
    // By itself it is not enough, but what is missing can be said.
    return { certificates: [certificateOf(content)], privateKeys: [] };
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
  /** The `DEK-Info` of a key in the older encrypted form, for example `AES-256-CBC,<iv>`; `''` for any other block. */
  readonly dekInfo: string;
}

/**
 * Reads every certificate and private key of a PEM text, in any order. Text around the blocks (`Bag Attributes`) is
 * passed over. Line ends may be LF, CRLF, spaces or the two characters `\n`: a secret that went through JSON or an
 * environment file has lost its own.
 * @param password opens encrypted keys, PKCS#8 and the older `Proc-Type: 4,ENCRYPTED`
 * @throws {UnusableCertificate}
 */
async function readPem(text: string, password: string): Promise<Bundle> {
  const blocks = blocksOf(text);
  const certificates = blocks.filter(({ label }) => CERTIFICATE_LABEL.test(label));
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY') && label !== ENCRYPTED);
  const encrypted = blocks.filter(({ label }) => label === ENCRYPTED).map(({ octets }) => octets);
  const opened = encrypted.length === 0 ? [] : (await import('./pfx.ts')).openKeys(encrypted, password);
  return {
    certificates: certificates.map(({ octets }) => certificateOf(octets)),
    privateKeys: [...keys.map((key) => privateKeyOf(key, password)), ...opened],
  };
}

/** Splits by hand: over a megabyte of unclosed `BEGIN` lines a regular expression would take hours. */
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
/** Ciphers of the older encrypted form, which derives its key in one round. */
const OPENED_BY_OPENSSL = /^(AES-(128|192|256)|DES-EDE3)-CBC,/;

function privateKeyOf({ label, octets, dekInfo }: PemBlock, password: string): KeyObject {
  if (!KEY_LABEL.test(label)) throw unusable('foreignKeyFormat');
  const isEncrypted = dekInfo !== '';
  if (isEncrypted && !OPENED_BY_OPENSSL.test(dekInfo)) throw unusable('unsupportedEncryption');
  const headers = isEncrypted ? ['Proc-Type: 4,ENCRYPTED', `DEK-Info: ${dekInfo}`, ''] : [];
  const base64 = octets.toString('base64').match(/.{1,64}/g) ?? [];
  const key = [`${BEGIN}${label}-----`, ...headers, ...base64, `-----END ${label}-----`, ''].join('\n');
  try {
    return createPrivateKey(isEncrypted ? { key, passphrase: password } : key);
  } catch {
    throw isEncrypted ? unusable('passwordRefused') : unusable('damaged', 'private key');
  }
}
