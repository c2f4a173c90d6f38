import { createDecipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { unusable } from '../errors/certificate.ts';
import { type Asn1, childOf, childrenOf, forge, naturalOf, octetsOf, oidOf, TYPE } from './asn1.ts';

/**
 * How a password protects something in PFX and PKCS#8: PBES2 (RFC 8018) or a PKCS#12 scheme (RFC 7292, appendix C).
 *
 * node-forge derives the keys of PKCS#12 and deciphers RC2. PBES2 is left to node:crypto: forge derives its keys in
 * JavaScript, at a tenth of the speed, and takes a password beyond Latin-1 for another one.
 */
type PasswordEncryption = Pbes2 | Pkcs12Encryption;

interface Pbes2 {
  readonly scheme: 'pbes2';
  readonly derivation: Pbkdf2 | Scrypt;
  readonly cipher: Cipher;
  readonly iv: Buffer;
}

interface Pkcs12Encryption {
  readonly scheme: 'pkcs12';
  readonly cipher: Cipher;
  readonly salt: Buffer;
  readonly iterations: number;
}

interface Pbkdf2 {
  readonly name: 'pbkdf2';
  readonly hash: Hash;
  readonly salt: Buffer;
  readonly iterations: number;
}

interface Scrypt {
  readonly name: 'scrypt';
  /** N · r · p, what the time grows with. */
  readonly work: number;
}

interface Cipher {
  /** As node:crypto calls it; RC2 is node-forge's. */
  readonly name: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc' | 'des-ede-cbc' | 'rc2-cbc';
  readonly keyLength: number;
  readonly ivLength: number;
}

interface Hash {
  readonly name: 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
  /** Octets of a digest, and of the blocks that are hashed. */
  readonly digest: number;
  readonly block: number;
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

/** Units of one round, measured on Node 24. PBKDF2 and scrypt run in C; the derivation of PKCS#12 in JavaScript. */
const ROUND_COST = {
  pkcs12: 1,
  pkcs12Sha512: 3,
  pbkdf2: 0.13,
  pbkdf2Sha512: 0.45,
  scrypt: 0.4,
  rc2Octet: 0.2,
} as const;

const SHA1: Hash = { name: 'sha1', digest: 20, block: 64 };
const SHA224: Hash = { name: 'sha224', digest: 28, block: 64 };
const SHA256: Hash = { name: 'sha256', digest: 32, block: 64 };
const SHA384: Hash = { name: 'sha384', digest: 48, block: 128 };
const SHA512: Hash = { name: 'sha512', digest: 64, block: 128 };

/** By the object identifier of the digest (MAC) or of its HMAC: RFC 8018, appendix B.1.2 and C. */
const HASHES: Readonly<Record<string, Hash>> = {
  '1.2.840.113549.2.7': SHA1,
  '1.2.840.113549.2.8': SHA224,
  '1.2.840.113549.2.9': SHA256,
  '1.2.840.113549.2.10': SHA384,
  '1.2.840.113549.2.11': SHA512,
  '1.3.14.3.2.26': SHA1,
  '2.16.840.1.101.3.4.2.1': SHA256,
  '2.16.840.1.101.3.4.2.2': SHA384,
  '2.16.840.1.101.3.4.2.3': SHA512,
};

const PBES2_CIPHERS: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyLength: 16, ivLength: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyLength: 24, ivLength: 16 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyLength: 32, ivLength: 16 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyLength: 24, ivLength: 8 },
};

/** RFC 7292, appendix C. The two RC4 schemes are left out: no writer uses them. */
const PKCS12_CIPHERS: Readonly<Record<string, Cipher>> = {
  '1.2.840.113549.1.12.1.3': { name: 'des-ede3-cbc', keyLength: 24, ivLength: 8 },
  '1.2.840.113549.1.12.1.4': { name: 'des-ede-cbc', keyLength: 16, ivLength: 8 },
  '1.2.840.113549.1.12.1.5': { name: 'rc2-cbc', keyLength: 16, ivLength: 8 },
  '1.2.840.113549.1.12.1.6': { name: 'rc2-cbc', keyLength: 5, ivLength: 8 },
};

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
  const encryption = encryptionOf(childOf(key, 0, TYPE.sequence));
  if (encryption.cipher.name === 'rc2-cbc') throw unusable('unsupportedEncryption');
  spendOn(encryption, budget);
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
  const encryption = encryptionOf(algorithm);
  spendOn(encryption, budget);
  budget.spend(encryption.cipher.name === 'rc2-cbc' ? ciphertext.length * ROUND_COST.rc2Octet : 0);
  const plain = decipher(encryption.cipher, await keyAndIv(encryption, password), ciphertext);
  if (plain === undefined) throw unusable('passwordRefused');
  return plain;
}

/** What derived octets are for: RFC 7292, appendix B.3. */
const PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

interface Pkcs12Derivation {
  readonly hash: Hash;
  readonly salt: Buffer;
  readonly iterations: number;
}

/** The key of a MAC, as long as its digest. */
export function macKey(password: Password, derivation: Pkcs12Derivation, budget: DerivationBudget): Buffer {
  spendOnPkcs12(derivation, derivation.hash.digest, budget);
  return pkcs12Octets(password, derivation, 'mac', derivation.hash.digest);
}

function pkcs12Octets(
  password: Password,
  { hash, salt, iterations }: Pkcs12Derivation,
  purpose: keyof typeof PURPOSE,
  length: number,
): Buffer {
  const { name } = hash;
  if (name === 'sha224') throw unusable('unsupportedEncryption');
  const digest = forge.md[name].create();
  const octets = forge.util.createBuffer(salt.toString('latin1'));
  const derived = forge.pkcs12.generateKey(password, octets, PURPOSE[purpose], iterations, length, digest);
  return Buffer.from(derived.getBytes(), 'latin1');
}

/** The hash of an AlgorithmIdentifier. */
export function hashOf(algorithm: Asn1): Hash {
  const hash = HASHES[oidOf(algorithm)];
  if (hash === undefined) throw unusable('unsupportedEncryption');
  return hash;
}

function encryptionOf(algorithm: Asn1): PasswordEncryption {
  const oid = oidOf(algorithm);
  if (oid === OID.pbes2) return pbes2Of(childOf(algorithm, 1, TYPE.sequence));
  const cipher = PKCS12_CIPHERS[oid];
  if (cipher === undefined) throw unusable('unsupportedEncryption');
  const parameters = childOf(algorithm, 1, TYPE.sequence);
  const salt = octetsOf(childOf(parameters, 0, TYPE.octetString));
  return { scheme: 'pkcs12', cipher, salt, iterations: iterationsOf(parameters) };
}

function pbes2Of(parameters: Asn1): Pbes2 {
  const scheme = childOf(parameters, 1, TYPE.sequence);
  const cipher = PBES2_CIPHERS[oidOf(scheme)];
  if (cipher === undefined) throw unusable('unsupportedEncryption');
  const derivation = derivationOf(childOf(parameters, 0, TYPE.sequence));
  return { scheme: 'pbes2', derivation, cipher, iv: octetsOf(childOf(scheme, 1, TYPE.octetString)) };
}

function derivationOf(algorithm: Asn1): Pbkdf2 | Scrypt {
  const oid = oidOf(algorithm);
  const parameters = childOf(algorithm, 1, TYPE.sequence);
  if (oid === OID.scrypt) {
    const [n, r, p] = [1, 2, 3].map((index) => naturalOf(childOf(parameters, index, TYPE.integer)));
    return { name: 'scrypt', work: (n ?? 0) * (r ?? 0) * (p ?? 0) };
  }
  if (oid !== OID.pbkdf2) throw unusable('unsupportedEncryption');
  const salt = octetsOf(childOf(parameters, 0, TYPE.octetString));
  // The hash of the HMAC is SHA-1 unless the parameters end with another.
  const named = childrenOf(parameters).find(({ type }, index) => index >= 2 && type === TYPE.sequence);
  return {
    name: 'pbkdf2',
    hash: named === undefined ? SHA1 : hashOf(named),
    salt,
    iterations: iterationsOf(parameters),
  };
}

/** None at all would make a key that hangs on no password. */
function iterationsOf(parameters: Asn1): number {
  const iterations = naturalOf(childOf(parameters, 1, TYPE.integer));
  if (iterations < 1) throw unusable('damaged', 'file');
  return iterations;
}

/** Spends what one decryption will cost, before anything is derived. */
function spendOn(encryption: PasswordEncryption, budget: DerivationBudget): void {
  const { keyLength, ivLength } = encryption.cipher;
  if (encryption.scheme === 'pkcs12') {
    const { salt, iterations } = encryption;
    for (const length of [keyLength, ivLength]) spendOnPkcs12({ hash: SHA1, salt, iterations }, length, budget);
    return;
  }
  const { derivation } = encryption;
  if (derivation.name === 'scrypt') {
    budget.spend(derivation.work * ROUND_COST.scrypt);
    return;
  }
  const { digest, block } = derivation.hash;
  const round = block === 128 ? ROUND_COST.pbkdf2Sha512 : ROUND_COST.pbkdf2;
  budget.spend(derivation.iterations * Math.ceil(keyLength / digest) * round);
}

function spendOnPkcs12({ hash, iterations }: Pkcs12Derivation, length: number, budget: DerivationBudget): void {
  const round = hash.block === 128 ? ROUND_COST.pkcs12Sha512 : ROUND_COST.pkcs12;
  budget.spend(iterations * Math.ceil(length / hash.digest) * round);
}

interface KeyAndIv {
  readonly key: Buffer;
  readonly iv: Buffer;
}

const derivePbkdf2 = promisify(pbkdf2);

async function keyAndIv(encryption: PasswordEncryption, password: Password): Promise<KeyAndIv> {
  const { keyLength, ivLength } = encryption.cipher;
  if (encryption.scheme === 'pkcs12') {
    const derivation = { ...encryption, hash: SHA1 };
    return {
      key: pkcs12Octets(password, derivation, 'key', keyLength),
      iv: pkcs12Octets(password, derivation, 'iv', ivLength),
    };
  }
  const { derivation, iv } = encryption;
  if (derivation.name === 'scrypt') throw unusable('unsupportedEncryption');
  const { salt, iterations, hash } = derivation;
  return { key: await derivePbkdf2(password ?? '', salt, iterations, keyLength, hash.name), iv };
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
