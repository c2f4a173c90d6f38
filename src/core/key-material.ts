/** Long enough to be no word, name or path of letters alone; a key or a PFX is far longer. */
const SHORTEST_BLOB = 64;
/** What stands outside every block of a PEM is a comment, unless it is as long as a line of a key. */
const SHORTEST_STRAY_LINE = 40;
/** A shorter piece, such as the `==` that ends a key, gives nothing away and would garble the log. */
const SHORTEST_PIECE = 4;

/**
 * The parts of a text that give a private key away, one entry a line of it, for masking. Certificates are public and
 * `-----BEGIN…` lines are in every key, so neither is among them; nor is a path.
 *
 * The text may be PEM, PEM whose line breaks became `\n` or blanks, base64 of PEM or PFX, or any of these damaged.
 */
export function keyMaterial(text: string): readonly string[] {
  if (text.includes('-----')) return pemKeys(text);
  return isBase64(text) ? blobSecrets(text) : [];
}

/** Whether the text is base64 and nothing else. A `/` at its beginning is a path's: no PEM or PFX begins so. */
export function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+_-][A-Za-z0-9+/_=\s-]*$/.test(text) && text.replaceAll(/\s/g, '').length >= SHORTEST_BLOB;
}

/** Whether the bytes begin as an ASN.1 SEQUENCE of more than 127 bytes does: every certificate, key and PFX. */
export function startsAsSequence([tag, length = 0]: Uint8Array): boolean {
  return tag === 0x30 && length >= 0x80 && length <= 0x84;
}

/** Whether it begins with a version, as a PFX and a key do. A certificate begins with another SEQUENCE. */
function isVersioned(der: Uint8Array): boolean {
  return startsAsSequence(der) && der[2 + ((der[1] ?? 0) & 0x7f)] === 0x02;
}

/** The PFX that `certutil -encode` of Windows puts between the lines of a certificate; `undefined` for any other PEM. */
export function pfxInCertificateLines(pem: string): Buffer | undefined {
  const body = /^[\s"']*-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(pem)?.[1] ?? '';
  const octets = Buffer.from(body.replaceAll(/\\{1,4}[nr]/g, ''), 'base64');
  return isVersioned(octets) ? octets : undefined;
}

/** The lines of base64 that is wrapped, and all of it in one line. */
export function base64Pieces(blob: string): readonly string[] {
  const lines = blob.split(/\s+/).filter((line) => line.length >= SHORTEST_PIECE);
  return lines.length > 1 ? [...lines, lines.join('')] : lines;
}

/** Base64 of a PEM without a key is public; of anything else it counts as a PFX. */
function blobSecrets(blob: string): readonly string[] {
  const decoded = Buffer.from(blob, 'base64').toString('latin1');
  if (!decoded.includes('-----')) return base64Pieces(blob);
  const keys = pemKeys(decoded);
  return keys.length === 0 ? [] : [...base64Pieces(blob), ...keys];
}

function pemKeys(text: string): readonly string[] {
  return text
    .replaceAll('\\r', '')
    .replaceAll('\\n', '\n')
    .split(/(?=-----BEGIN)|-----END[^-]*-{0,5}/)
    .flatMap(blockSecrets);
}

/** All of a block but a certificate's, which is public if it is what its label says. The block's end may be missing. */
function blockSecrets(block: string): readonly string[] {
  const label = /^-----BEGIN [A-Z0-9 ]*CERTIFICATE( REQUEST)?-----/.exec(block)?.[0];
  if (label !== undefined && !isVersioned(Buffer.from(block.slice(label.length), 'base64'))) return [];
  const shortest = block.startsWith('-----BEGIN') ? SHORTEST_PIECE : SHORTEST_STRAY_LINE;
  return block
    .replace(/^-----BEGIN[^-\n]*-{0,5}/, '')
    .split(/[\s"']+/)
    .filter((piece) => piece.length >= shortest && !isHeader(piece));
}

/** A piece of the headers of an old encrypted key, `Proc-Type: 4,ENCRYPTED`: base64 has neither colon nor comma. */
function isHeader(piece: string): boolean {
  return /[:,]/.test(piece);
}

/** Less is no PFX, and could be a secret that happens to begin as one. */
const SHORTEST_PFX = 100;
/** A secret of Entra ID has 34 characters or more, dots among them, but no slash. */
const SHORTEST_SECRET = 32;

/** What was given instead of a client secret, with its article: `a PFX …`; `undefined` for a secret. */
export function certificateIn(value: string): string | undefined {
  const text = value.trim();
  if (text.includes('-----BEGIN ')) return 'a certificate or a key in PEM';
  if (isCertificatePath(text)) return 'the path of a certificate file';
  if (!isBase64(text)) return undefined;
  const octets = Buffer.from(text, 'base64');
  if (octets.includes('-----BEGIN ') || octets.includes('-----BEGIN ', 0, 'utf16le')) return 'a certificate in base64';
  return octets.length >= SHORTEST_PFX && startsAsSequence(octets) ? 'a PFX or a certificate in base64' : undefined;
}

function isCertificatePath(text: string): boolean {
  return (
    /^[^\r\n"']{1,1024}\.(?:pem|pfx|p12|cer|crt|der|key)$/i.test(text) &&
    (/[/\\]/.test(text) || text.length < SHORTEST_SECRET)
  );
}
