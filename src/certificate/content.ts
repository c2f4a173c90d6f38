import { pfxInCertificateLines } from '../inputs/key-material.ts';
import type { CertificateFiles } from './files.ts';
import { ESCAPED_LINE_END, holdsPem } from './pem.ts';
import { CertificateProblem } from './problem.ts';

/** What a certificate input stands for, once a file is read and base64 is undone. */
export type Content =
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
export async function loadContent(value: string, files: CertificateFiles): Promise<Content> {
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
