import type { ClientCertificate } from '../core/credential.ts';
import { LARGEST_INPUT_FILE, readRegularFile } from '../core/files.ts';
import { pfxInCertificateLines, startsAsSequence } from '../core/key-material.ts';
import { located, mayBePath, type StartFolders } from '../core/machine.ts';
import { UnusableCertificate, unusable } from '../errors/unusable-certificate.ts';
import { checkIdentity, expiresSoon, type Identity, notAfterOf, pickIdentity, thumbprintOf } from './identity.ts';
import { type Bundle, certificateOf, ESCAPED_LINE_END, holdsPem, readPem } from './pem.ts';

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
 *
 * @param at now
 * @throws {SessionError} that quotes nothing of the value or the password
 */
export async function readClientCertificate(
  source: CertificateSource,
  at: Date,
  folders: StartFolders,
): Promise<{ certificate: ClientCertificate; warnings: string[] }> {
  try {
    const bundle = await bundleOf(await loadContent(source.value.trim(), folders), source.password);
    const identity = pickIdentity(bundle, at);
    checkIdentity(identity, at);
    return { certificate: clientCertificateOf(identity), warnings: await warningsOf(identity, source.clientId, at) };
  } catch (error) {
    if (!(error instanceof UnusableCertificate)) throw error;
    const password = source.password === '' ? 'empty' : 'given';
    const { certificateError, clientCertificateInput } = await texts();
    throw certificateError(error, clientCertificateInput(source.clientId, password));
  }
}

/** Loaded only for a certificate that has something wrong, or that expires soon. */
function texts(): Promise<typeof import('../errors/certificate.ts')> {
  return import('../errors/certificate.ts');
}

async function bundleOf(content: Content, password: string): Promise<Bundle> {
  const pfx = (): Promise<typeof import('./pfx.ts')> => import('./pfx.ts');
  if (typeof content === 'string') return readPem(content, password, async (of) => (await pfx()).keyOpener(of));
  return bareCertificate(content) ?? (await pfx()).readPfx(content, password);
}

/** A certificate by itself, in DER: not enough, but what is missing can be said. */
function bareCertificate(octets: Buffer): Bundle | undefined {
  try {
    return { certificates: [certificateOf(octets)], privateKeys: [] };
  } catch {
    return undefined;
  }
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

async function warningsOf({ leaf, passedOver }: Identity, clientId: string, at: Date): Promise<string[]> {
  const notAfter = notAfterOf(leaf);
  return [
    ...(expiresSoon(notAfter, at) ? [(await texts()).expiryWarning(notAfter, at, clientId)] : []),
    ...(passedOver === 0
      ? []
      : [
          `client-certificate holds ${passedOver + 1} certificates for its private key. The newest is used, thumbprint ${thumbprintOf(leaf)}: it must be registered with the application.`,
        ]),
  ];
}

/** PEM text, or the DER or BER of a PFX, a certificate or a key. */
type Content = string | Buffer;

/**
 * Tells PEM text, base64 and a path from one another. Content is looked for first, as it has unmistakable marks and a
 * path has none; a path may look like base64 (`certs/prod`), but does not decode to anything that a certificate starts
 * with. A file may itself hold PEM, base64 or a PFX.
 * @throws {UnusableCertificate}
 * @throws {SessionError} for a file that cannot be read
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

function contentOfText(text: string): Content | undefined {
  if (holdsPem(text)) return pfxInCertificateLines(text) ?? text;
  const base64 = text.replace(ESCAPED_LINE_END, '').replace(/[\s"']/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64)) return undefined;
  const octets = Buffer.from(base64, 'base64');
  if (octets.length > SHORTEST_BINARY && startsAsSequence(octets)) return octets;
  const decoded = textOf(octets);
  return holdsPem(decoded) ? (pfxInCertificateLines(decoded) ?? decoded) : undefined;
}

/** Less is no certificate, and could be a path that happens to start with `MI`. */
const SHORTEST_BINARY = 64;

/** Windows PowerShell writes UTF-16 with a byte order mark where it redirects text to a file. */
function textOf(octets: Buffer): string {
  if (octets[0] === 0xff && octets[1] === 0xfe) return octets.toString('utf16le');
  return octets.toString('utf8');
}

/** Whether a value without a file reads as a path that was mistaken, or rather as base64 that was cut off or mangled. */
function looksLikePath(value: string): boolean {
  if (value.length > 512 || /^[A-Za-z0-9+/=]{100,}$/.test(value)) return false;
  return /[/\\]|^~|\.[A-Za-z0-9]{1,8}$/.test(value);
}
