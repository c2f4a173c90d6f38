import { createHmac, createPrivateKey, type KeyObject, timingSafeEqual, type X509Certificate } from 'node:crypto';
import { startsAsSequence } from '../core/key-material.ts';
import { UnusableCertificate, unusable } from '../errors/certificate.ts';
import { type Asn1, childOf, childrenOf, forge, naturalOf, octetsOf, oidOf, readAsn1, TYPE, taggedOf } from './asn1.ts';
import { DerivationBudget, decrypt, hashOf, macKey, type Password } from './password-encryption.ts';
import { type Bundle, certificateOf } from './pem.ts';

/** Whether the octets begin as a PFX does: a sequence that starts with version 3. */
export function isPfx(octets: Buffer): boolean {
  try {
    return naturalOf(childOf(readAsn1(octets), 0, TYPE.integer)) === 3;
  } catch {
    return false;
  }
}

/**
 * Reads every certificate and private key of a PFX (RFC 7292) in password mode, with the ciphers of Windows, OpenSSL,
 * Java, NSS and Azure Key Vault, old and new, encrypted or not.
 *
 * @param password `''` stands for both an empty and no password: Windows means the one, OpenSSL's library and the
 * classic CLI the other
 * @throws {UnusableCertificate}
 */
export async function readPfx(octets: Buffer, password: string): Promise<Bundle> {
  const budget = new DerivationBudget();
  try {
    return await readWith(octets, password, budget);
  } catch (error) {
    const refused = error instanceof UnusableCertificate && error.reason === 'passwordRefused';
    if (!refused || password !== '') throw error;
    return await readWith(octets, null, budget);
  }
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
} as const;

/** What opens a file: handed down through its layers. */
interface Opener {
  readonly password: Password;
  readonly budget: DerivationBudget;
}

async function readWith(octets: Buffer, password: Password, budget: DerivationBudget): Promise<Bundle> {
  const opener = { password, budget };
  const [, authSafe, macData] = childrenOf(readAsn1(octets));
  if (authSafe === undefined) throw damaged('file');
  const authenticated = dataOf(authSafe);
  if (macData !== undefined) checkMac(macData, authenticated, opener);
  const certificates: X509Certificate[] = [];
  const privateKeys: KeyObject[] = [];
  for (const contentInfo of childrenOf(readAsn1(authenticated))) {
    for (const bag of childrenOf(readAsn1(await safeOf(contentInfo, opener)))) {
      const type = oidOf(bag);
      if (type === OID.certBag) certificates.push(...certificatesOf(bag));
      else if (type === OID.keyBag) privateKeys.push(privateKeyOf(derOf(taggedOf(bag, 1))));
      else if (type === OID.shroudedKeyBag) privateKeys.push(await shroudedKeyOf(bag, opener));
    }
  }
  return { certificates, privateKeys };
}

/** The octets of a ContentInfo of type Data. Another type here is a file signed with a key, not with a password. */
function dataOf(contentInfo: Asn1): Buffer {
  if (oidOf(contentInfo) !== OID.data) {
    throw unusable('unsupportedEncryption');
  }
  return octetsOf(taggedOf(contentInfo, 1));
}

function checkMac(macData: Asn1, authenticated: Buffer, { password, budget }: Opener): void {
  const [digestInfo, saltString, iterationCount] = childrenOf(macData);
  if (digestInfo === undefined || saltString === undefined) throw damaged('file');
  const hash = hashOf(childOf(digestInfo, 0, TYPE.sequence));
  const expected = octetsOf(childOf(digestInfo, 1, TYPE.octetString));
  const iterations = iterationCount === undefined ? 1 : naturalOf(iterationCount);
  if (iterations < 1) throw damaged('file');
  const key = macKey(password, hash, octetsOf(saltString), iterations, budget);
  const actual = createHmac(hash.name, key).update(authenticated).digest();
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) throw passwordRefused();
}

/** The SafeContents of one ContentInfo, decrypted. */
async function safeOf(contentInfo: Asn1, { password, budget }: Opener): Promise<Buffer> {
  if (oidOf(contentInfo) !== OID.encryptedData) return dataOf(contentInfo);
  const [, algorithm, ciphertext] = childrenOf(childOf(taggedOf(contentInfo, 1), 1, TYPE.sequence));
  if (algorithm === undefined || ciphertext === undefined) throw damaged('file');
  return sequenceOrRefused(await decrypt(algorithm, octetsOf(ciphertext), password, budget));
}

function certificatesOf(bag: Asn1): X509Certificate[] {
  const certBag = taggedOf(bag, 1);
  return oidOf(certBag) === OID.x509Certificate ? [certificateOf(octetsOf(taggedOf(certBag, 1)))] : [];
}

async function shroudedKeyOf(bag: Asn1, { password, budget }: Opener): Promise<KeyObject> {
  const encrypted = taggedOf(bag, 1);
  const ciphertext = octetsOf(childOf(encrypted, 1, TYPE.octetString));
  const decrypted = await decrypt(childOf(encrypted, 0, TYPE.sequence), ciphertext, password, budget);
  return privateKeyOf(sequenceOrRefused(decrypted));
}

function derOf(value: Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1');
}

function privateKeyOf(pkcs8: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  } catch {
    throw damaged('private key');
  }
}

/** One wrong password in 256 leaves padding that looks right: in a file without MAC the content tells. */
function sequenceOrRefused(decrypted: Buffer): Buffer {
  if (!startsAsSequence(decrypted)) throw passwordRefused();
  return decrypted;
}

function passwordRefused(): UnusableCertificate {
  return unusable('passwordRefused');
}

function damaged(part: 'private key' | 'file'): UnusableCertificate {
  return unusable('damaged', part);
}
