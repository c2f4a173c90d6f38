import { createDecipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { unusable } from '../errors/certificate.ts';
import { type Asn1, childOf, childrenOf, forge, naturalOf, octetsOf, oidOf, TYPE } from './asn1.ts';

/*
 * How a password protects something in PFX and PKCS#8: PBES2 (RFC 8018) or a PKCS#12 scheme (RFC 7292, appendix C).
 *
 * node-forge derives the keys of PKCS#12 and deciphers RC2. PBES2 is left to node:crypto: forge derives its keys in
 * JavaScript, at a tenth of the speed, and takes a password beyond Latin-1 for another one.
 */

/** What an AlgorithmIdentifier says about its ciphertext. */
interface Protection {
  /** What the derivation of the key costs. */
  readonly units: number;
  readonly cipher: Cipher;
  derive(password: Password): Promise<KeyAndIv>;
}

interface KeyAndIv {
  readonly key: Buffer;
  readonly iv: Buffer;
}

interface Cipher {
  /** As node:crypto calls it; RC2 is node-forge's. */
  readonly name: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc' | 'des-ede-cbc' | 'rc2-cbc';
  readonly keyLength: number;
}

interface Hash {
  readonly name: 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
  /** Octets of a digest. */
  readonly digest: number;
}

/**
 * `null` is no password at all, zero octets; `''` is an empty one, in PKCS#12 the two octets of its terminator. Writers
 * differ about which of them "no password" means.
 */
export type Password = string | null;

/**
 * Bounds the time that one file may take: an attacker's PFX may ask for 2^31 rounds, or for a million in each of a
 * thousand bags. A unit is about 1.4 microseconds, and the budget a second and a half.
 *
 * OpenSSL and Windows ask for 2000 rounds, Java for 10 000, the most careful of Azure's tools for 100 000, in up to seven
 * derivations a file. What this refuses is Firefox's 600 000 with 3DES.
 */
export class DerivationBudget {
  #unitsLeft = 1_000_000;

  /** @throws {UnusableCertificate} `costlyEncryption` when the budget does not allow it */
  spend(units: number): void {
    this.#unitsLeft -= units;
    if (!(this.#unitsLeft >= 0)) throw unusable('costlyEncryption');
  }
}

/**
 * Units of one round, measured on Node 24. PBKDF2 and scrypt run in C; the derivation of PKCS#12 in JavaScript. SHA-384 and
 * SHA-512 take about three times as long.
 */
const ROUND_COST = { pkcs12: 1, pbkdf2: 0.14, scrypt: 0.4, rc2Octet: 0.2 } as const;

/** @param length of the derived key, in octets */
function unitsOf(kind: 'pkcs12' | 'pbkdf2', iterations: number, length: number, { digest }: Hash): number {
  return iterations * Math.ceil(length / digest) * ROUND_COST[kind] * (digest > 32 ? 3 : 1);
}

const SHA1: Hash = { name: 'sha1', digest: 20 };
const SHA256: Hash = { name: 'sha256', digest: 32 };
const SHA384: Hash = { name: 'sha384', digest: 48 };
const SHA512: Hash = { name: 'sha512', digest: 64 };

/** By the object identifier of the digest (MAC) or of its HMAC: RFC 8018, appendix B.1.2 and C. */
const HASHES: Readonly<Record<string, Hash>> = {
  '1.2.840.113549.2.7': SHA1,
  '1.2.840.113549.2.8': { name: 'sha224', digest: 28 },
  '1.2.840.113549.2.9': SHA256,
  '1.2.840.113549.2.10': SHA384,
  '1.2.840.113549.2.11': SHA512,
  '1.3.14.3.2.26': SHA1,
  '2.16.840.1.101.3.4.2.1': SHA256,
  '2.16.840.1.101.3.4.2.2': SHA384,
  '2.16.840.1.101.3.4.2.3': SHA512,
};

const PBES2_CIPHERS: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyLength: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyLength: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyLength: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyLength: 24 },
};

/** RFC 7292, appendix C. The two RC4 schemes are left out: no writer uses them. */
const PKCS12_CIPHERS: Readonly<Record<string, Cipher>> = {
  '1.2.840.113549.1.12.1.3': { name: 'des-ede3-cbc', keyLength: 24 },
  '1.2.840.113549.1.12.1.4': { name: 'des-ede-cbc', keyLength: 16 },
  '1.2.840.113549.1.12.1.5': { name: 'rc2-cbc', keyLength: 16 },
  '1.2.840.113549.1.12.1.6': { name: 'rc2-cbc', keyLength: 5 },
};
/** All of them have blocks of 64 bits. */
const PKCS12_IV_LENGTH = 8;

const OID = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  scrypt: '1.3.6.1.4.1.11591.4.11',
} as const;

/**
 * Looks at what OpenSSL would do to open an encrypted PKCS#8 key, which it does for as long as the key says.
 * @param budget what that will cost is spent from it
 * @throws {UnusableCertificate} `costlyEncryption`, `unsupportedEncryption`, `damaged`
 */
export function checkEncryptedKey(key: Asn1, budget: DerivationBudget): void {
  const { cipher, units } = protectionOf(childOf(key, 0, TYPE.sequence));
  if (cipher.name === 'rc2-cbc') throw unusable('unsupportedEncryption');
  budget.spend(units);
}

/**
 * @param algorithm the AlgorithmIdentifier beside the ciphertext
 * @throws {UnusableCertificate} `passwordRefused` when the password does not fit, `costlyEncryption`,
 * `unsupportedEncryption`, `damaged`
 */
export async function decrypt(
  algorithm: Asn1,
  ciphertext: Buffer,
  password: Password,
  budget: DerivationBudget,
): Promise<Buffer> {
  const { cipher, units, derive } = protectionOf(algorithm);
  budget.spend(units + (cipher.name === 'rc2-cbc' ? ciphertext.length * ROUND_COST.rc2Octet : 0));
  const plain = decipher(cipher, await derive(password), ciphertext);
  if (plain === undefined) throw unusable('passwordRefused');
  return plain;
}

/** The key of a MAC, as long as its digest. */
export function macKey(
  password: Password,
  hash: Hash,
  salt: Buffer,
  iterations: number,
  budget: DerivationBudget,
): Buffer {
  budget.spend(unitsOf('pkcs12', iterations, hash.digest, hash));
  return pkcs12Octets(password, hash, salt, iterations, 'mac', hash.digest);
}

/** What derived octets are for: RFC 7292, appendix B.3. */
const PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

function pkcs12Octets(
  password: Password,
  { name }: Hash,
  salt: Buffer,
  iterations: number,
  purpose: keyof typeof PURPOSE,
  length: number,
): Buffer {
  if (name === 'sha224') throw unusable('unsupportedEncryption');
  const octets = forge.util.createBuffer(salt.toString('latin1'));
  const digest = forge.md[name].create();
  const derived = forge.pkcs12.generateKey(password, octets, PURPOSE[purpose], iterations, length, digest);
  return Buffer.from(derived.getBytes(), 'latin1');
}

/** The hash of an AlgorithmIdentifier. */
export function hashOf(algorithm: Asn1): Hash {
  return supported(HASHES[oidOf(algorithm)]);
}

function supported<T>(found: T | undefined): T {
  if (found === undefined) throw unusable('unsupportedEncryption');
  return found;
}

function protectionOf(algorithm: Asn1): Protection {
  const oid = oidOf(algorithm);
  const parameters = childOf(algorithm, 1, TYPE.sequence);
  return oid === OID.pbes2 ? pbes2(parameters) : pkcs12(supported(PKCS12_CIPHERS[oid]), parameters);
}

function pkcs12(cipher: Cipher, parameters: Asn1): Protection {
  const salt = octetsOf(childOf(parameters, 0, TYPE.octetString));
  const iterations = iterationsOf(parameters);
  return {
    cipher,
    units:
      unitsOf('pkcs12', iterations, cipher.keyLength, SHA1) + unitsOf('pkcs12', iterations, PKCS12_IV_LENGTH, SHA1),
    derive: async (password) => ({
      key: pkcs12Octets(password, SHA1, salt, iterations, 'key', cipher.keyLength),
      iv: pkcs12Octets(password, SHA1, salt, iterations, 'iv', PKCS12_IV_LENGTH),
    }),
  };
}

const derivePbkdf2 = promisify(pbkdf2);

function pbes2(parameters: Asn1): Protection {
  const scheme = childOf(parameters, 1, TYPE.sequence);
  const cipher = supported(PBES2_CIPHERS[oidOf(scheme)]);
  const derivation = childOf(parameters, 0, TYPE.sequence);
  const derivationParameters = childOf(derivation, 1, TYPE.sequence);
  const oid = oidOf(derivation);
  if (oid === OID.scrypt) return { cipher, units: scryptUnits(derivationParameters), derive: noScrypt };
  if (oid !== OID.pbkdf2) throw unusable('unsupportedEncryption');
  const iv = octetsOf(childOf(scheme, 1, TYPE.octetString));
  const salt = octetsOf(childOf(derivationParameters, 0, TYPE.octetString));
  const iterations = iterationsOf(derivationParameters);
  // The hash of the HMAC is SHA-1 unless the parameters end with another.
  const named = childrenOf(derivationParameters).find(({ type }, index) => index >= 2 && type === TYPE.sequence);
  const hash = named === undefined ? SHA1 : hashOf(named);
  return {
    cipher,
    units: unitsOf('pbkdf2', iterations, cipher.keyLength, hash),
    derive: async (password) => ({
      key: await derivePbkdf2(password ?? '', salt, iterations, cipher.keyLength, hash.name),
      iv,
    }),
  };
}

/** The time grows with N · r · p. */
function scryptUnits(parameters: Asn1): number {
  const [n = 0, r = 0, p = 0] = [1, 2, 3].map((index) => naturalOf(childOf(parameters, index, TYPE.integer)));
  return n * r * p * ROUND_COST.scrypt;
}

/** No PFX has it; keys in PEM are opened by OpenSSL. */
function noScrypt(): never {
  throw unusable('unsupportedEncryption');
}

/** With no iteration the key would not depend on the password. */
function iterationsOf(parameters: Asn1): number {
  const iterations = naturalOf(childOf(parameters, 1, TYPE.integer));
  if (iterations < 1) throw unusable('damaged', 'file');
  return iterations;
}

/** @returns `undefined` when the padding is wrong */
function decipher({ name, keyLength }: Cipher, { key, iv }: KeyAndIv, ciphertext: Buffer): Buffer | undefined {
  if (name === 'rc2-cbc') return decipherRc2(key, keyLength * 8, iv, ciphertext);
  try {
    const cipher = createDecipheriv(name, key, iv);
    return Buffer.concat([cipher.update(ciphertext), cipher.final()]);
  } catch {
    return undefined;
  }
}

/** OpenSSL 3 has RC2 in its legacy provider alone, which Node does not load. */
function decipherRc2(key: Buffer, bits: number, iv: Buffer, ciphertext: Buffer): Buffer | undefined {
  const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), bits);
  cipher.start(iv.toString('latin1'));
  cipher.update(forge.util.createBuffer(ciphertext.toString('latin1')));
  return cipher.finish() ? Buffer.from(cipher.output.getBytes(), 'latin1') : undefined;
}
