import { createDecipheriv, hash, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { type Ber, childOf, childrenOf, naturalOf, octetsOf, oidOf, TAG } from './ber.ts';
import { CertificateProblem } from './problem.ts';
import { decryptRc2 } from './rc2.ts';

/**
 * How a password protects something in PFX and PKCS#8: PBES2 (RFC 8018) or a PKCS#12 scheme (RFC 7292, appendix C).
 *
 * This is done with node:crypto and not by node-forge, which derives keys in JavaScript at a tenth of the speed, bounds no
 * iteration count, and mangles a password beyond Latin-1.
 */
export type PasswordEncryption =
  | {
      readonly scheme: 'pbes2';
      readonly derivation: Pbkdf2 | Scrypt;
      readonly cipher: BlockCipher;
      readonly iv: Buffer;
    }
  | {
      readonly scheme: 'pkcs12';
      readonly cipher: BlockCipher | Rc2Cipher;
      readonly salt: Buffer;
      readonly iterations: number;
    };

interface Pbkdf2 {
  readonly name: 'pbkdf2';
  readonly hash: HashName;
  readonly salt: Buffer;
  readonly iterations: number;
}

interface Scrypt {
  readonly name: 'scrypt';
  /** N · r · p, what the time grows with. */
  readonly work: number;
}

export type HashName = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

interface BlockCipher {
  readonly name: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc' | 'des-ede-cbc';
  readonly keyLength: number;
  readonly ivLength: number;
}

interface Rc2Cipher {
  readonly name: 'rc2-cbc';
  readonly keyLength: number;
  readonly ivLength: number;
}

/**
 * `null` is no password at all, zero octets; `''` is an empty one, in PKCS#12 the two octets of its terminator. Writers
 * differ about which of them "no password" means.
 */
export type Password = string | null;

/**
 * Bounds the time that one file may take: an attacker's PFX may ask for 2^31 rounds, or for a million in each of a
 * thousand bags. A unit is about a microsecond on a hosted runner, and the budget a second.
 *
 * OpenSSL and Windows ask for 2000 rounds, Java for 10 000, the most careful of Azure's tools for 100 000, in up to seven
 * derivations a file. What this refuses is Firefox's 600 000 with 3DES.
 */
export class DerivationBudget {
  #unitsLeft = 1_000_000;

  /** @throws {CertificateProblem} `costly-encryption` when the budget does not allow it */
  spend(units: number): void {
    this.#unitsLeft -= units;
    if (!(this.#unitsLeft >= 0)) throw new CertificateProblem({ kind: 'costly-encryption' });
  }
}

/** Units of one round, measured on Node 24. PBKDF2 and scrypt run in C; the derivation of PKCS#12 is a loop here. */
const ROUND_COST = { pkcs12: 1, pbkdf2: 0.13, pbkdf2Sha512: 0.45, scrypt: 0.4, rc2Octet: 0.2 } as const;

/** RFC 8018, appendix B.1.2 and C. */
const HMACS: Readonly<Record<string, HashName>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

const DIGESTS: Readonly<Record<string, HashName>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const DES_EDE3: BlockCipher = { name: 'des-ede3-cbc', keyLength: 24, ivLength: 8 };

const PBES2_CIPHERS: Readonly<Record<string, BlockCipher>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyLength: 16, ivLength: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyLength: 24, ivLength: 16 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyLength: 32, ivLength: 16 },
  '1.2.840.113549.3.7': DES_EDE3,
};

/** RFC 7292, appendix C. The two RC4 schemes are left out: no writer uses them. */
const PKCS12_CIPHERS: Readonly<Record<string, BlockCipher | Rc2Cipher>> = {
  '1.2.840.113549.1.12.1.3': DES_EDE3,
  '1.2.840.113549.1.12.1.4': { name: 'des-ede-cbc', keyLength: 16, ivLength: 8 },
  '1.2.840.113549.1.12.1.5': { name: 'rc2-cbc', keyLength: 16, ivLength: 8 },
  '1.2.840.113549.1.12.1.6': { name: 'rc2-cbc', keyLength: 5, ivLength: 8 },
};

const HASH_SIZES: Readonly<Record<HashName, { readonly digest: number; readonly block: number }>> = {
  sha1: { digest: 20, block: 64 },
  sha224: { digest: 28, block: 64 },
  sha256: { digest: 32, block: 64 },
  sha384: { digest: 48, block: 128 },
  sha512: { digest: 64, block: 128 },
};

const OID = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  scrypt: '1.3.6.1.4.1.11591.4.11',
} as const;

/**
 * Reads the AlgorithmIdentifier of something encrypted with a password.
 *
 * @throws {CertificateProblem} `unsupported-encryption` for a scheme that is not known here, `damaged`
 */
export function encryptionOf(algorithm: Ber): PasswordEncryption {
  const oid = oidOf(childOf(algorithm, 0, TAG.oid));
  if (oid === OID.pbes2) return pbes2Of(childOf(algorithm, 1, TAG.sequence));
  const cipher = PKCS12_CIPHERS[oid];
  if (cipher === undefined) throw new CertificateProblem({ kind: 'unsupported-encryption' });
  const parameters = childOf(algorithm, 1, TAG.sequence);
  const salt = octetsOf(childOf(parameters, 0, TAG.octetString));
  return { scheme: 'pkcs12', cipher, salt, iterations: naturalOf(childOf(parameters, 1, TAG.integer)) };
}

/** Spends what one decryption will cost, before anything is derived. */
export function spendOn(encryption: PasswordEncryption, budget: DerivationBudget): void {
  if (encryption.scheme === 'pkcs12') {
    const { keyLength, ivLength } = encryption.cipher;
    spendOnPkcs12Key('sha1', encryption.iterations, keyLength, budget);
    spendOnPkcs12Key('sha1', encryption.iterations, ivLength, budget);
    return;
  }
  const { derivation, cipher } = encryption;
  if (derivation.name === 'scrypt') {
    budget.spend(derivation.work * ROUND_COST.scrypt);
    return;
  }
  const { digest, block } = HASH_SIZES[derivation.hash];
  const round = block === 128 ? ROUND_COST.pbkdf2Sha512 : ROUND_COST.pbkdf2;
  budget.spend(derivation.iterations * Math.ceil(cipher.keyLength / digest) * round);
}

/**
 * @throws {CertificateProblem} `password-refused` when the password does not fit, `costly-encryption`,
 * `unsupported-encryption`
 */
export async function decrypt(
  algorithm: Ber,
  ciphertext: Buffer,
  password: Password,
  budget: DerivationBudget,
): Promise<Buffer> {
  const encryption = encryptionOf(algorithm);
  spendOn(encryption, budget);
  const { key, iv } = await keyAndIv(encryption, password);
  const plain = decipher(encryption.cipher.name, key, iv, ciphertext, budget);
  if (plain === undefined) throw new CertificateProblem({ kind: 'password-refused' });
  return plain;
}

export interface Pkcs12Derivation {
  readonly hash: HashName;
  /** What the octets are for, RFC 7292, appendix B.3. */
  readonly purpose: 'key' | 'iv' | 'mac';
  readonly salt: Buffer;
  readonly iterations: number;
  readonly length: number;
}

/** Derives octets from a password as PKCS#12 does: RFC 7292, appendix B.2, with its names in brackets. */
export function pkcs12Octets(password: Password, wanted: Pkcs12Derivation): Buffer {
  const { digest, block } = HASH_SIZES[wanted.hash];
  const diversifier = Buffer.alloc(block, { key: 1, iv: 2, mac: 3 }[wanted.purpose]); // [D]
  const input = Buffer.concat([repeated(wanted.salt, block), repeated(bmpString(password), block)]); // [I = S || P]
  const derived: Buffer[] = [];
  for (let length = 0; length < wanted.length; length += digest) {
    let octets = hash(wanted.hash, Buffer.concat([diversifier, input]), 'buffer'); // [A_i]
    for (let round = 1; round < wanted.iterations; round++) octets = hash(wanted.hash, octets, 'buffer');
    derived.push(octets);
    addToBlocks(input, Buffer.alloc(block, octets)); // [I_j = (I_j + B + 1) mod 2^v]
  }
  return Buffer.concat(derived).subarray(0, wanted.length);
}

export function spendOnPkcs12Key(
  hashName: HashName,
  iterations: number,
  length: number,
  budget: DerivationBudget,
): void {
  if (iterations < 1) throw new CertificateProblem({ kind: 'damaged', part: 'file' });
  budget.spend(iterations * Math.ceil(length / HASH_SIZES[hashName].digest) * ROUND_COST.pkcs12);
}

/** The hash that a DigestAlgorithmIdentifier names. */
export function digestOf(algorithm: Ber): HashName {
  const name = DIGESTS[oidOf(childOf(algorithm, 0, TAG.oid))];
  if (name === undefined) throw new CertificateProblem({ kind: 'unsupported-encryption' });
  return name;
}

export function digestLength(hashName: HashName): number {
  return HASH_SIZES[hashName].digest;
}

function pbes2Of(parameters: Ber): PasswordEncryption {
  const derivation = derivationOf(childOf(parameters, 0, TAG.sequence));
  const scheme = childOf(parameters, 1, TAG.sequence);
  const cipher = PBES2_CIPHERS[oidOf(childOf(scheme, 0, TAG.oid))];
  if (cipher === undefined) throw new CertificateProblem({ kind: 'unsupported-encryption' });
  return { scheme: 'pbes2', derivation, cipher, iv: octetsOf(childOf(scheme, 1, TAG.octetString)) };
}

function derivationOf(algorithm: Ber): Pbkdf2 | Scrypt {
  const oid = oidOf(childOf(algorithm, 0, TAG.oid));
  const parameters = childOf(algorithm, 1, TAG.sequence);
  if (oid === OID.scrypt) {
    const [, n, r, p] = childrenOf(parameters);
    if (n === undefined || r === undefined || p === undefined)
      throw new CertificateProblem({ kind: 'damaged', part: 'file' });
    return { name: 'scrypt', work: naturalOf(n) * naturalOf(r) * naturalOf(p) };
  }
  if (oid !== OID.pbkdf2) throw new CertificateProblem({ kind: 'unsupported-encryption' });
  const salt = octetsOf(childOf(parameters, 0, TAG.octetString));
  const iterations = naturalOf(childOf(parameters, 1, TAG.integer));
  if (iterations < 1) throw new CertificateProblem({ kind: 'damaged', part: 'file' });
  return { name: 'pbkdf2', hash: hmacOf(parameters), salt, iterations };
}

/** The hash of the derivation's HMAC: SHA-1 unless the parameters end with another. */
function hmacOf(pbkdf2Parameters: Ber): HashName {
  const named = childrenOf(pbkdf2Parameters)
    .slice(2)
    .find((parameter) => parameter.tag === TAG.sequence);
  if (named === undefined) return 'sha1';
  const name = HMACS[oidOf(childOf(named, 0, TAG.oid))];
  if (name === undefined) throw new CertificateProblem({ kind: 'unsupported-encryption' });
  return name;
}

const derivePbkdf2 = promisify(pbkdf2);

async function keyAndIv(encryption: PasswordEncryption, password: Password): Promise<{ key: Buffer; iv: Buffer }> {
  const { keyLength, ivLength } = encryption.cipher;
  if (encryption.scheme === 'pkcs12') {
    const { salt, iterations } = encryption;
    return {
      key: pkcs12Octets(password, { hash: 'sha1', purpose: 'key', salt, iterations, length: keyLength }),
      iv: pkcs12Octets(password, { hash: 'sha1', purpose: 'iv', salt, iterations, length: ivLength }),
    };
  }
  const { derivation, iv } = encryption;
  if (derivation.name === 'scrypt') throw new CertificateProblem({ kind: 'unsupported-encryption' });
  const { salt, iterations } = derivation;
  return { key: await derivePbkdf2(password ?? '', salt, iterations, keyLength, derivation.hash), iv };
}

/** `undefined` when the padding is wrong. */
function decipher(
  cipher: PasswordEncryption['cipher']['name'],
  key: Buffer,
  iv: Buffer,
  ciphertext: Buffer,
  budget: DerivationBudget,
): Buffer | undefined {
  if (cipher === 'rc2-cbc') {
    budget.spend(ciphertext.length * ROUND_COST.rc2Octet);
    return decryptRc2(key, iv, ciphertext);
  }
  try {
    const aesOrDes = createDecipheriv(cipher, key, iv);
    return Buffer.concat([aesOrDes.update(ciphertext), aesOrDes.final()]);
  } catch {
    return undefined;
  }
}

/** A BMPString with its terminator, RFC 7292, appendix B.1. */
function bmpString(password: Password): Buffer {
  return password === null ? Buffer.alloc(0) : Buffer.from(`${password}\0`, 'utf16le').swap16();
}

/** Copies of the octets up to the next multiple of the block; none of none. */
function repeated(octets: Buffer, block: number): Buffer {
  if (octets.length === 0) return octets;
  return Buffer.alloc(block * Math.ceil(octets.length / block), octets);
}

function addToBlocks(blocks: Buffer, addend: Buffer): void {
  for (let start = 0; start < blocks.length; start += addend.length) {
    let carry = 1;
    for (let index = addend.length - 1; index >= 0; index--) {
      carry += (blocks[start + index] ?? 0) + (addend[index] ?? 0);
      blocks[start + index] = carry & 0xff;
      carry >>= 8;
    }
  }
}
