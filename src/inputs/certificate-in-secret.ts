import { isBase64, startsAsDer } from './key-material.ts';

export const GIVE_CERTIFICATE =
  'Give the certificate with its key in `client-certificate`, and `client-id` and `tenant-id` beside it.';

/** Less is no PFX, and could be a secret that happens to begin as one. */
const SHORTEST_PFX = 100;
/** A secret of Entra ID has 34 characters or more, dots among them, but no slash. */
const SHORTEST_SECRET = 32;

/** What a certificate that was given in the place of a client secret is, with its article; `undefined` for a secret. */
export function certificateIn(value: string): string | undefined {
  const text = value.trim();
  if (text.includes('-----BEGIN ')) return 'a certificate or a key in PEM';
  if (isCertificatePath(text)) return 'the path of a certificate file';
  if (!isBase64(text)) return undefined;
  const octets = Buffer.from(text, 'base64');
  if (octets.includes('-----BEGIN ') || octets.includes('-----BEGIN ', 0, 'utf16le')) return 'a certificate in base64';
  return octets.length >= SHORTEST_PFX && startsAsDer(octets) ? 'a PFX or a certificate in base64' : undefined;
}

function isCertificatePath(text: string): boolean {
  return (
    /^[^\r\n"']{1,1024}\.(?:pem|pfx|p12|cer|crt|der|key)$/i.test(text) &&
    (/[/\\]/.test(text) || text.length < SHORTEST_SECRET)
  );
}
