import { randomBytes } from 'node:crypto';
import { forge } from '../certificate/pfx.ts';
import type { ClientCertificate } from '../core/credential.ts';

/** The certificate of a session for clients that read no PEM. */
export interface SessionPfx {
  readonly path: string;
  /** Random, one a session. */
  readonly password: string;
  readonly content: Buffer;
}

/** @param mask called with the password before anything else is done with it */
export function sessionPfx(certificate: ClientCertificate, path: string, mask: (secret: string) => void): SessionPfx {
  const password = randomBytes(24).toString('base64url');
  mask(password);
  return { path, password, content: writePfx(certificate, password) };
}

/** What OpenSSL writes. */
const ITERATIONS = 2048;

/**
 * Writes the leaf and its key into a PFX that Terraform (sslmate's go-pkcs12), Go's azidentity (x/crypto/pkcs12), .NET,
 * Java and OpenSSL read: 3DES and a SHA-1 MAC, as x/crypto/pkcs12 knows nothing newer (azure-sdk-for-go, issue 22906).
 * The encryption is weak by today's measure; what protects the key is the mode of the file and a random password.
 *
 * The chain is left out: Terraform providers of a few years ago refuse a PFX with more than one certificate in it
 * (x/crypto/pkcs12, `Decode`), newer ones ignore the rest, and .NET sends no more than the leaf where a chain is asked for.
 *
 * @param password not `''`: what that means differs by reader
 */
export function writePfx({ certificate, privateKey }: ClientCertificate, password: string): Buffer {
  const key = forge.pki.privateKeyFromPem(privateKey);
  const leaf = forge.pki.certificateFromPem(certificate);
  const pfx = forge.pkcs12.toPkcs12Asn1(key, leaf, password, { algorithm: '3des', count: ITERATIONS });
  return Buffer.from(forge.asn1.toDer(pfx).getBytes(), 'latin1');
}
