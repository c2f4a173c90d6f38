import { randomBytes } from 'node:crypto';
import { forge } from '../certificate/pfx.ts';
import type { ClientCertificate } from '../core/credential.ts';

/** The certificate of a session for clients that do not read PEM. */
export interface SessionPfx {
  readonly path: string;
  /** Random, generated for each session. */
  readonly password: string;
  readonly content: Buffer;
}

/** @param mask called with the password before any other use of it */
export function sessionPfx(certificate: ClientCertificate, path: string, mask: (secret: string) => void): SessionPfx {
  const password = randomBytes(24).toString('base64url');
  mask(password);
  return { path, password, content: writePfx(certificate, password) };
}

/** The default of OpenSSL. */
const ITERATIONS = 2048;

/**
 * Writes the leaf and its key into a PFX that Terraform (sslmate's go-pkcs12), Go's azidentity (x/crypto/pkcs12), .NET,
 * Java and OpenSSL can read: 3DES and a SHA-1 MAC. x/crypto/pkcs12 supports nothing newer (azure-sdk-for-go, issue
 * 22906). This encryption is weak by today's standards. The file mode and a random password protect the key.
 *
 * The chain is omitted: Terraform providers of a few years ago reject a PFX with more than one certificate
 * (x/crypto/pkcs12, `Decode`), newer ones ignore the rest, and .NET sends only the leaf in any case.
 *
 * @param password not empty: readers differ in how they treat an empty password
 */
export function writePfx({ certificate, privateKey }: ClientCertificate, password: string): Buffer {
  const key = forge.pki.privateKeyFromPem(privateKey);
  const leaf = forge.pki.certificateFromPem(certificate);
  const pfx = forge.pkcs12.toPkcs12Asn1(key, leaf, password, { algorithm: '3des', count: ITERATIONS });
  return Buffer.from(forge.asn1.toDer(pfx).getBytes(), 'latin1');
}
