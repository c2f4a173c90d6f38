import { createPrivateKey, type KeyObject, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { asn1, pkcs12 } from 'node-forge';
// @ts-expect-error: `@types/node-forge` declares only the whole package.
import untyped from 'node-forge/lib/forge.js';
import 'node-forge/lib/pki.js';
import 'node-forge/lib/sha512.js';
import type { ClientCertificate } from '../core/credential.ts';
import { type Bundle, parseCertificate, UnusableCertificate, unusable } from './identity.ts';

/*
 * node-forge reads PFX files and encrypted keys. It does not support RC2-128, RC4, two-key 3DES, scrypt, SHA-224,
 * PBMAC1, or bags other than certificates and keys. The error for these shows the command that encrypts the file again.
 * This module adds a limit on the work for one file, and uses the PBKDF2 of `node:crypto`.
 *
 * Imports only the modules it needs, since the whole package includes SSH, TLS and HTTP. Each module adds itself to the
 * object from `forge.js`; none of them imports SHA-512. Loaded only for a PFX or an encrypted key.
 */
const forge: typeof import('node-forge') = untyped;

/**
 * Reads all certificates and private keys of a PFX (RFC 7292) in password mode.
 * @param password for `''`, tries both an empty password, which Windows uses, and no password, which OpenSSL's library
 *   and the classic CLI use
 * @throws {UnusableCertificate}
 */
export function readPfx(octets: Buffer, password: string): Bundle {
  return withWorkLimit(() => {
    try {
      return readBundle(octets, password);
    } catch (error) {
      const isWrongPassword = error instanceof UnusableCertificate && error.reason === 'passwordRefused';
      if (!isWrongPassword || password !== '') throw error;
      return readBundle(octets, undefined);
    }
  });
}

/**
 * Decrypts the PKCS#8 keys of one file.
 * @throws {UnusableCertificate}
 */
export function decryptKeys(encrypted: readonly Buffer[], password: string): KeyObject[] {
  return withWorkLimit(() =>
    encrypted.map((octets) => {
      const info = parseAsn1(octets);
      // `null` if the padding is wrong.
      const key: asn1.Asn1 | null = translateErrors(
        () => forge.pki.decryptPrivateKeyInfo(info, password),
        () => unusable('passwordRefused'),
      );
      if (key === null) throw unusable('passwordRefused');
      return parsePrivateKey(key);
    }),
  );
}

/** @param password `undefined` for no password, which derives a different key from an empty password */
function readBundle(octets: Buffer, password: string | undefined): Bundle {
  const pfx = parseAsn1(octets);
  const hasMac = pfx.value.length > 2;
  const { safeContents } = translateErrors(
    () => forge.pkcs12.pkcs12FromAsn1(pfx, true, password),
    // One in 256 wrong passwords yields valid padding. Only a MAC detects this before the content is parsed.
    (derivedKey) => (derivedKey && !hasMac ? unusable('passwordRefused') : unusable('damaged', 'file')),
  );
  const bags = safeContents.flatMap(({ safeBags }) => safeBags);
  const isCertificate = ({ type }: pkcs12.Bag): boolean => type === forge.pki.oids['certBag'];
  return {
    // node-forge parses only RSA, and returns the ASN.1 of other certificates and keys.
    certificates: bags
      .filter(isCertificate)
      .map(({ cert, asn1 }) => parseCertificate(derOf(cert ? forge.pki.certificateToAsn1(cert) : asn1))),
    privateKeys: bags
      .filter((bag) => !isCertificate(bag))
      .map(({ key, asn1 }) =>
        parsePrivateKey(key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1),
      ),
  };
}

function parsePrivateKey(pkcs8: asn1.Asn1): KeyObject {
  try {
    return createPrivateKey({ key: derOf(pkcs8), format: 'der', type: 'pkcs8' });
  } catch {
    throw unusable('damaged', 'private key');
  }
}

function derOf(value: asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1');
}

/** Accepts DER, and BER, which NSS and Java write. Ignores trailing data. */
function parseAsn1(octets: Buffer): asn1.Asn1 {
  try {
    // `@types/node-forge` lacks these options. Source: node-forge, `lib/asn1.js`.
    return untyped.asn1.fromDer(octets.toString('latin1'), { strict: true, parseAllBytes: false });
  } catch {
    throw unusable('damaged', 'file');
  }
}

/** A message digest of node-forge. */
interface Hash {
  readonly algorithm: string;
  readonly digestLength: number;
}

/**
 * The limit on key derivation for one file, about 1.5 seconds at 1.4 microseconds per unit. An attacker's PFX may
 * request 2^31 rounds, or a million rounds in each of a thousand bags.
 *
 * OpenSSL and Windows use 2,000 rounds, Java 10,000, and the most careful Azure tools 100,000, in up to seven
 * derivations per file. The limit rejects Firefox's 600,000 rounds with 3DES.
 */
const MAX_UNITS_PER_FILE = 1_000_000;

/** Unlimited when writing a PFX. */
let remainingUnits = Number.POSITIVE_INFINITY;

function withWorkLimit<T>(read: () => T): T {
  remainingUnits = MAX_UNITS_PER_FILE;
  try {
    return read();
  } finally {
    remainingUnits = Number.POSITIVE_INFINITY;
  }
}

/**
 * Units per round, measured on Node 24: PBKDF2 runs in C, the PKCS#12 derivation in JavaScript. SHA-384 and SHA-512
 * take about three times as long.
 */
const ROUND_COST = { pkcs12: 1, pbkdf2: 0.14 } as const;

function chargeWork(kind: keyof typeof ROUND_COST, iterations: number, length: number, hash: Hash): void {
  // With zero iterations the key would not depend on the password. node-forge reads 2^31 and more as a negative number.
  if (iterations === 0) throw unusable('damaged', 'file');
  const rounds = iterations < 0 ? Number.POSITIVE_INFINITY : iterations * Math.ceil(length / hash.digestLength);
  remainingUnits -= rounds * ROUND_COST[kind] * (hash.digestLength > 32 ? 3 : 1);
  if (remainingUnits < 0) throw unusable('costlyEncryption');
}

// Replaces the derivation functions that node-forge calls. Its own PBKDF2 takes ten times as long, and derives a wrong
// key from a password with characters beyond Latin-1.
untyped.pkcs5.pbkdf2 = (password = '', salt: string, iterations: number, length: number, hash: Hash): string => {
  chargeWork('pbkdf2', iterations, length, hash);
  return pbkdf2Sync(password, Buffer.from(salt, 'latin1'), iterations, length, hash.algorithm).toString('latin1');
};
const { generateKey } = forge.pkcs12;
const limited: typeof generateKey = (password, salt, purpose, iterations, length, hash = forge.md.sha1.create()) => {
  chargeWork('pkcs12', iterations, length, hash as unknown as Hash);
  return generateKey(password, salt, purpose, iterations, length, hash);
};
untyped.pkcs12.generateKey = untyped.pki.pbe.generatePkcs12Key = limited;

/**
 * Translates the errors of node-forge.
 * @param fallback creates the error when the message is unknown; `derivedKey` is true if a key was derived before
 * @throws {UnusableCertificate}
 */
function translateErrors<T>(read: () => T, fallback: (derivedKey: boolean) => UnusableCertificate): T {
  const unitsBefore = remainingUnits;
  try {
    return read();
  } catch (error) {
    if (error instanceof UnusableCertificate || !(error instanceof Error)) throw error;
    if (/password\?|Failed to decrypt/.test(error.message)) throw unusable('passwordRefused');
    // An iteration count of more than 32 bits.
    if (error.message.includes('bits supported')) throw unusable('costlyEncryption');
    // A hash without its module fails at `create`. node-forge's name of SHA-224 is invalid in Node.
    if (/supported(?! Encrypted)|Unknown hash|Invalid digest|reading 'create'/i.test(error.message)) {
      throw unusable('unsupportedEncryption');
    }
    throw fallback(remainingUnits < unitsBefore);
  }
}

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
