/** Longer than a word, a name or a path made of letters. A key or a PFX is far longer. */
const MIN_BLOB = 64;
/** Text outside PEM blocks is a comment, unless it is as long as a line of a key. */
const MIN_STRAY_LINE = 40;
/** A shorter piece, such as the `==` at the end of a key, reveals nothing, and masking it would garble the log. */
const MIN_PIECE = 4;

/**
 * The parts of a text that reveal a private key, line by line, for masking. Omits certificates, which are public,
 * `-----BEGIN…` lines, which every key has, and paths.
 *
 * The text may be PEM, PEM with its line breaks turned into `\n` or spaces, base64 of PEM or PFX, or a damaged form of
 * these.
 */
export function keyMaterial(text: string): readonly string[] {
  if (text.includes('-----')) return pemKeys(text);
  return isBase64(text) ? blobSecrets(text) : [];
}

/** Whether the entire text is base64. A leading `/` means a path: the base64 of a PEM or PFX never begins with it. */
export function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+_-][A-Za-z0-9+/_=\s-]*$/.test(text) && text.replaceAll(/\s/g, '').length >= MIN_BLOB;
}

/** Whether the bytes begin like an ASN.1 SEQUENCE of more than 127 bytes, as every certificate, key and PFX does. */
export function startsAsSequence([tag, length = 0]: Uint8Array): boolean {
  return tag === 0x30 && length >= 0x80 && length <= 0x84;
}

/** Whether the first element is a version, as in a PFX or a key. In a certificate, it is another SEQUENCE. */
function isVersioned(der: Uint8Array): boolean {
  return startsAsSequence(der) && der[2 + ((der[1] ?? 0) & 0x7f)] === 0x02;
}

/** The PFX that `certutil -encode` on Windows labels as a certificate; `undefined` for any other PEM. */
export function pfxInCertificateLines(pem: string): Buffer | undefined {
  const body = /^[\s"']*-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(pem)?.[1] ?? '';
  const octets = Buffer.from(body.replaceAll(/\\{1,4}[nr]/g, ''), 'base64');
  return isVersioned(octets) ? octets : undefined;
}

/** The lines of wrapped base64, and the unwrapped whole. */
export function base64Pieces(blob: string): readonly string[] {
  const lines = blob.split(/\s+/).filter((line) => line.length >= MIN_PIECE);
  return lines.length > 1 ? [...lines, lines.join('')] : lines;
}

/** Base64 of a PEM without a key is public. Any content other than PEM counts as a PFX. */
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

/** Skips a certificate, which is public unless its label is wrong. The end line of the block may be missing. */
function blockSecrets(block: string): readonly string[] {
  const label = /^-----BEGIN [A-Z0-9 ]*CERTIFICATE( REQUEST)?-----/.exec(block)?.[0];
  if (label !== undefined && !isVersioned(Buffer.from(block.slice(label.length), 'base64'))) return [];
  const shortest = block.startsWith('-----BEGIN') ? MIN_PIECE : MIN_STRAY_LINE;
  return block
    .replace(/^-----BEGIN[^-\n]*-{0,5}/, '')
    .split(/[\s"']+/)
    .filter((piece) => piece.length >= shortest && !isHeader(piece));
}

/** Part of a header of a legacy encrypted key, `Proc-Type: 4,ENCRYPTED`. Base64 has neither colon nor comma. */
function isHeader(piece: string): boolean {
  return /[:,]/.test(piece);
}

/** In bytes. Shorter data cannot be a PFX, but could be a secret that happens to begin like one. */
const MIN_PFX_BYTES = 100;
/** A secret of Entra ID has at least 34 characters. It can contain dots, but no slash. */
const MIN_SECRET = 32;

/** Describes a certificate that was passed as a client secret, as `a PFX …`; `undefined` for other text. */
export function describeCertificate(value: string): string | undefined {
  const text = value.trim();
  if (text.includes('-----BEGIN ')) return 'a certificate or a key in PEM';
  if (isCertificatePath(text)) return 'the path of a certificate file';
  if (!isBase64(text)) return undefined;
  const octets = Buffer.from(text, 'base64');
  if (octets.includes('-----BEGIN ') || octets.includes('-----BEGIN ', 0, 'utf16le')) return 'a certificate in base64';
  return octets.length >= MIN_PFX_BYTES && startsAsSequence(octets) ? 'a PFX or a certificate in base64' : undefined;
}

function isCertificatePath(text: string): boolean {
  return (
    /^[^\r\n"']{1,1024}\.(?:pem|pfx|p12|cer|crt|der|key)$/i.test(text) &&
    (/[/\\]/.test(text) || text.length < MIN_SECRET)
  );
}
