import { createPrivateKey, type X509Certificate } from 'node:crypto';
import type { ClientCertificate } from '../core/credential.ts';
import { pfxInCertificateLines } from '../core/key-material.ts';
import type { CertificateFiles } from './files.ts';
import { checkIdentity, type Identity, notAfterOf, pickIdentity } from './identity.ts';
import { type Bundle, certificateOf, ESCAPED_LINE_END, holdsPem, readPem } from './pem.ts';
import { CertificateProblem } from './problem.ts';
import { momentOf, refusalOf, renewalInBrief } from './refusals.ts';

interface CertificateSource {
  /** A path, PEM text, or base64 of a PEM or PFX file. */
  readonly value: string;
  /** Of the PFX or of the private key; `''` for none. */
  readonly password: string;
  /** Whose certificate it is, for the commands of a remedy. */
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
  files: CertificateFiles,
): Promise<{ certificate: ClientCertificate; warnings: string[] }> {
  try {
    const bundle = await bundleOf(await loadContent(source.value.trim(), files), source.password);
    const identity = pickIdentity(bundle, at);
    checkIdentity(identity, at);
    return { certificate: clientCertificateOf(identity), warnings: warningsOf(identity, source.clientId, at) };
  } catch (error) {
    if (!(error instanceof CertificateProblem)) throw error;
    const password = source.password === '' ? 'empty' : 'given';
    throw refusalOf(error.problem, { clientId: source.clientId, password, at });
  }
}

const DAY_MS = 24 * 60 * 60 * 1000;
const WARNING_DAYS = 30;

async function bundleOf(content: Content, password: string): Promise<Bundle> {
  if (content.kind === 'pem') return readPem(content.text, password);
  return bareBundleOf(content.octets) ?? pfxBundleOf(content.octets, password);
}

async function pfxBundleOf(octets: Buffer, password: string): Promise<Bundle> {
  const { isPfx, readPfx } = await import('./pfx.ts');
  if (!isPfx(octets)) throw new CertificateProblem({ kind: 'damaged', part: 'file' });
  return readPfx(octets, password);
}

/** A certificate or a key by itself, in DER: not enough, but what is missing can be said. */
function bareBundleOf(octets: Buffer): Bundle | undefined {
  for (const read of [bareKey, bareCertificate]) {
    try {
      return read(octets);
    } catch {}
  }
  return undefined;
}

function bareKey(octets: Buffer): Bundle {
  return { certificates: [], privateKeys: [createPrivateKey({ key: octets, format: 'der', type: 'pkcs8' })] };
}

function bareCertificate(octets: Buffer): Bundle {
  return { certificates: [certificateOf(octets)], privateKeys: [] };
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

function thumbprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint.replaceAll(':', '');
}

function warningsOf({ leaf, passedOver }: Identity, clientId: string, at: Date): string[] {
  const warnings: string[] = [];
  const notAfter = notAfterOf(leaf);
  const daysLeft = Math.floor((notAfter.getTime() - at.getTime()) / DAY_MS);
  if (daysLeft < WARNING_DAYS) {
    const left = daysLeft < 1 ? 'less than a day' : daysLeft === 1 ? '1 day' : `${daysLeft} days`;
    warnings.push(`The certificate expires on ${momentOf(notAfter)}, in ${left}. ${renewalInBrief(clientId)}`);
  }
  if (passedOver > 0) {
    warnings.push(
      `client-certificate holds ${passedOver + 1} certificates for its private key. The newest is used, thumbprint ` +
        `${thumbprintOf(leaf)}: it must be registered with the application.`,
    );
  }
  return warnings;
}

/** What a certificate input stands for, once a file is read and base64 is undone. */
type Content =
  | { readonly kind: 'pem'; readonly text: string }
  /** DER or BER of something: a PFX, or a certificate or key alone. */
  | { readonly kind: 'binary'; readonly octets: Buffer };

/**
 * Tells PEM text, base64 and a path from one another. Content is looked for first, as it has unmistakable marks and a
 * path has none; a path may look like base64 (`certs/prod`), but does not decode to anything that a certificate starts
 * with. A file may itself hold PEM, base64 or a PFX.
 *
 * @throws {CertificateProblem}
 */
async function loadContent(value: string, files: CertificateFiles): Promise<Content> {
  const inline = contentOfText(value);
  if (inline !== undefined) return inline;
  if (!mayBePath(value)) throw new CertificateProblem({ kind: 'not-a-certificate' });
  const octets = await readFile(value, files);
  const content = startsAsSequence(octets) ? binary(octets) : contentOfText(textOf(octets));
  if (content === undefined) throw new CertificateProblem({ kind: 'not-a-certificate-file' });
  return content;
}

async function readFile(value: string, files: CertificateFiles): Promise<Buffer> {
  try {
    return await files.read(value);
  } catch (error) {
    const absent = error instanceof CertificateProblem && error.problem.kind === 'no-such-file';
    if (absent && !looksLikePath(value)) throw new CertificateProblem({ kind: 'not-a-certificate' });
    throw error;
  }
}

function contentOfText(text: string): Content | undefined {
  if (holdsPem(text)) return pemOrPfx(text);
  const base64 = text.replace(ESCAPED_LINE_END, '').replace(/[\s"']/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64)) return undefined;
  const octets = Buffer.from(base64, 'base64');
  if (octets.length > MIN_BINARY_LENGTH && startsAsSequence(octets)) return binary(octets);
  const decoded = textOf(octets);
  return holdsPem(decoded) ? pemOrPfx(decoded) : undefined;
}

function pemOrPfx(text: string): Content {
  const pfx = pfxInCertificateLines(text);
  return pfx === undefined ? { kind: 'pem', text } : binary(pfx);
}

/** Less is no certificate, and could be a path that happens to start with `MI`. */
const MIN_BINARY_LENGTH = 64;

function binary(octets: Buffer): Content {
  return { kind: 'binary', octets };
}

/** Whether the octets begin as an ASN.1 SEQUENCE of more than 127 octets does: every certificate, key and PFX. */
export function startsAsSequence([tag, length]: Buffer): boolean {
  return tag === 0x30 && length !== undefined && length >= 0x80 && length <= 0x84;
}

/** Windows PowerShell writes UTF-16 with a byte order mark where it is told to redirect text to a file. */
function textOf(octets: Buffer): string {
  if (octets[0] === 0xff && octets[1] === 0xfe) return octets.toString('utf16le');
  return octets.toString('utf8');
}

const MAX_PATH_LENGTH = 4096;

function mayBePath(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no path that a workflow names can hold
  return value !== '' && value.length <= MAX_PATH_LENGTH && !/[\u0000-\u001f\u007f]/.test(value);
}

/** Whether a value without a file reads as a path that was mistaken, or rather as base64 that was cut off or mangled. */
function looksLikePath(value: string): boolean {
  if (value.length > 512 || /^[A-Za-z0-9+/=]{100,}$/.test(value)) return false;
  return /[/\\]|^~|\.[A-Za-z0-9]{1,8}$/.test(value);
}
