import { createPrivateKey, type KeyObject, pbkdf2Sync } from 'node:crypto';
import type { asn1, pkcs12 } from 'node-forge';
// @ts-expect-error: `@types/node-forge` declares the whole package alone.
import untyped from 'node-forge/lib/forge.js';
import 'node-forge/lib/pki.js';
import { type Bundle, certificateOf, UnusableCertificate, unusable } from './identity.ts';

/*
 * node-forge reads PFX files and encrypted keys. What it does not know is refused, with the command that encrypts the
 * file anew: RC2 with 128 bits, RC4, 3DES with two keys, scrypt, SHA-224, a MAC by PBMAC1, bags of anything but
 * certificates and keys. Two things are added here: a bound on what one file may cost, and PBKDF2 by `node:crypto`.
 *
 * The whole package would bring SSH, TLS and HTTP along; its parts add themselves to the object that the first import
 * gives. Loaded only for a PFX or an encrypted key.
 */
export const forge: typeof import('node-forge') = untyped;

/**
 * Reads every certificate and private key of a PFX (RFC 7292) in password mode.
 * @param password `''` stands for both an empty and no password: Windows means the one, OpenSSL's library and the
 * classic CLI the other
 * @throws {UnusableCertificate}
 */
export function readPfx(octets: Buffer, password: string): Bundle {
  return bounded(() => {
    try {
      return bundleOf(octets, password);
    } catch (error) {
      const isRefused = error instanceof UnusableCertificate && error.reason === 'passwordRefused';
      if (!isRefused || password !== '') throw error;
      return bundleOf(octets, undefined);
    }
  });
}

/**
 * Opens the encrypted PKCS#8 keys of one file.
 * @throws {UnusableCertificate}
 */
export function openKeys(encrypted: readonly Buffer[], password: string): KeyObject[] {
  return bounded(() =>
    encrypted.map((octets) => {
      const info = asn1Of(octets);
      // `null` where the padding is wrong.
      const key: asn1.Asn1 | null = explained(
        () => forge.pki.decryptPrivateKeyInfo(info, password),
        () => 'passwordRefused',
      );
      if (key === null) throw unusable('passwordRefused');
      return privateKeyOf(key);
    }),
  );
}

/** @param password `undefined` for none at all, which derives another key than the empty one */
function bundleOf(octets: Buffer, password: string | undefined): Bundle {
  const pfx = asn1Of(octets);
  const hasMac = pfx.value.length > 2;
  const { safeContents } = explained(
    () => forge.pkcs12.pkcs12FromAsn1(pfx, true, password),
    // One wrong password in 256 leaves padding that looks right. A MAC tells before; without one the content does.
    (derived) => (derived && !hasMac ? 'passwordRefused' : 'damaged'),
  );
  const bags = safeContents.flatMap(({ safeBags }) => safeBags);
  const isCertificate = ({ type }: pkcs12.Bag): boolean => type === forge.pki.oids['certBag'];
  return {
    // forge leaves in ASN.1 what is not RSA.
    certificates: bags
      .filter(isCertificate)
      .map(({ cert, asn1 }) => certificateOf(derOf(cert ? forge.pki.certificateToAsn1(cert) : asn1))),
    privateKeys: bags
      .filter((bag) => !isCertificate(bag))
      .map(({ key, asn1 }) => privateKeyOf(key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1)),
  };
}

function privateKeyOf(pkcs8: asn1.Asn1): KeyObject {
  try {
    return createPrivateKey({ key: derOf(pkcs8), format: 'der', type: 'pkcs8' });
  } catch {
    throw unusable('damaged', 'private key');
  }
}

function derOf(value: asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1');
}

/** DER or BER, as NSS and Java write it; what follows the value is left alone. */
function asn1Of(octets: Buffer): asn1.Asn1 {
  try {
    // `@types/node-forge` knows no options. Source: node-forge, `lib/asn1.js`.
    return untyped.asn1.fromDer(octets.toString('latin1'), { strict: true, parseAllBytes: false });
  } catch {
    throw unusable('damaged', 'file');
  }
}

/** A message digest of forge's. */
interface Hash {
  readonly algorithm: string;
  readonly digestLength: number;
}

/**
 * Bounds the time that one file may take: an attacker's PFX may ask for 2^31 rounds, or for a million in each of a
 * thousand bags. A unit is about 1.4 microseconds, and this a second and a half.
 *
 * OpenSSL and Windows ask for 2000 rounds, Java for 10 000, the most careful of Azure's tools for 100 000, in up to
 * seven derivations a file. What this refuses is Firefox's 600 000 with 3DES.
 */
const UNITS_OF_A_FILE = 1_000_000;

/** Without bound where a PFX is written. */
let unitsLeft = Number.POSITIVE_INFINITY;

function bounded<T>(read: () => T): T {
  unitsLeft = UNITS_OF_A_FILE;
  try {
    return read();
  } finally {
    unitsLeft = Number.POSITIVE_INFINITY;
  }
}

/**
 * Units of one round, measured on Node 24: PBKDF2 runs in C, the derivation of PKCS#12 in JavaScript. SHA-384 and
 * SHA-512 take about three times as long.
 */
const ROUND_COST = { pkcs12: 1, pbkdf2: 0.14 } as const;

function spend(kind: keyof typeof ROUND_COST, iterations: number, length: number, hash: Hash): void {
  // With no iteration the key would not depend on the password. forge reads 2^31 and more as a negative number.
  if (iterations === 0) throw unusable('damaged', 'file');
  const rounds = iterations < 0 ? Number.POSITIVE_INFINITY : iterations * Math.ceil(length / hash.digestLength);
  unitsLeft -= rounds * ROUND_COST[kind] * (hash.digestLength > 32 ? 3 : 1);
  if (unitsLeft < 0) throw unusable('costlyEncryption');
}

// forge looks its derivations up where they are replaced here. Its own PBKDF2 takes ten times as long, and reads a
// password beyond Latin-1 as another one.
untyped.pkcs5.pbkdf2 = (password = '', salt: string, iterations: number, length: number, hash: Hash): string => {
  spend('pbkdf2', iterations, length, hash);
  return pbkdf2Sync(password, Buffer.from(salt, 'latin1'), iterations, length, hash.algorithm).toString('latin1');
};
const { generateKey } = forge.pkcs12;
const counted: typeof generateKey = (password, salt, purpose, iterations, length, hash = forge.md.sha1.create()) => {
  spend('pkcs12', iterations, length, hash as unknown as Hash);
  return generateKey(password, salt, purpose, iterations, length, hash);
};
untyped.pkcs12.generateKey = untyped.pki.pbe.generatePkcs12Key = counted;

/**
 * Runs a reader of forge's, and says by a reason what its errors mean.
 * @param unreadable what one means that forge has no words for; `derived` when a key was derived before
 * @throws {UnusableCertificate}
 */
function explained<T>(read: () => T, unreadable: (derived: boolean) => 'damaged' | 'passwordRefused'): T {
  const before = unitsLeft;
  try {
    return read();
  } catch (error) {
    if (error instanceof UnusableCertificate || !(error instanceof Error)) throw error;
    if (/password\?|Failed to decrypt/.test(error.message)) throw unusable('passwordRefused');
    // Of an iteration count.
    if (error.message.includes('bits supported')) throw unusable('costlyEncryption');
    if (/supported(?! Encrypted)|Unknown hash/i.test(error.message)) throw unusable('unsupportedEncryption');
    throw unreadable(unitsLeft < before) === 'damaged' ? unusable('damaged', 'file') : unusable('passwordRefused');
  }
}
