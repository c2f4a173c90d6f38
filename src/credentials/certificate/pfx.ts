import { createHmac, createPrivateKey, type KeyObject, timingSafeEqual, type X509Certificate } from 'node:crypto';
import { type Ber, childOf, childrenOf, naturalOf, octetsOf, oidOf, readBer, startsAsSequence, TAG } from './ber.ts';
import type { Bundle } from './bundle.ts';
import {
  DerivationBudget,
  decrypt,
  digestLength,
  digestOf,
  type Password,
  pkcs12Octets,
  spendOnPkcs12Key,
} from './password-encryption.ts';
import { certificateOf } from './pem.ts';
import { CertificateProblem } from './problem.ts';

/** Whether the octets begin as a PFX does: a sequence that starts with version 3. */
export function isPfx(octets: Buffer): boolean {
  try {
    const [version] = childrenOf(readBer(octets));
    return version?.tag === TAG.integer && naturalOf(version) === 3;
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
 * @throws {CertificateProblem}
 */
export async function readPfx(octets: Buffer, password: string): Promise<Bundle> {
  const budget = new DerivationBudget();
  try {
    return await readWith(octets, password, budget);
  } catch (error) {
    const refused = error instanceof CertificateProblem && error.problem.kind === 'password-refused';
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
  const [, authSafe, macData] = childrenOf(readBer(octets));
  if (authSafe === undefined) throw damaged('file');
  const authenticated = dataOf(authSafe);
  if (macData !== undefined) checkMac(macData, authenticated, opener);
  const certificates: X509Certificate[] = [];
  const privateKeys: KeyObject[] = [];
  for (const contentInfo of childrenOf(readBer(authenticated))) {
    for (const bag of childrenOf(readBer(await safeOf(contentInfo, opener)))) {
      const type = oidOf(childOf(bag, 0, TAG.oid));
      if (type === OID.certBag) certificates.push(...certificatesOf(bag));
      else if (type === OID.keyBag) privateKeys.push(privateKeyOf(childOf(bag, 1, TAG.context0).content));
      else if (type === OID.shroudedKeyBag) privateKeys.push(await shroudedKeyOf(bag, opener));
    }
  }
  return { certificates, privateKeys };
}

/** The octets of a ContentInfo of type Data. Another type here is a file signed with a key, not with a password. */
function dataOf(contentInfo: Ber): Buffer {
  if (oidOf(childOf(contentInfo, 0, TAG.oid)) !== OID.data) {
    throw new CertificateProblem({ kind: 'unsupported-encryption' });
  }
  return octetsOf(readBer(childOf(contentInfo, 1, TAG.context0).content));
}

function checkMac(macData: Ber, authenticated: Buffer, { password, budget }: Opener): void {
  const [digestInfo, saltString, iterationCount] = childrenOf(macData);
  if (digestInfo === undefined || saltString === undefined) throw damaged('file');
  const hash = digestOf(childOf(digestInfo, 0, TAG.sequence));
  const expected = octetsOf(childOf(digestInfo, 1, TAG.octetString));
  const iterations = iterationCount === undefined ? 1 : naturalOf(iterationCount);
  const length = digestLength(hash);
  spendOnPkcs12Key(hash, iterations, length, budget);
  const key = pkcs12Octets(password, { hash, purpose: 'mac', salt: octetsOf(saltString), iterations, length });
  const actual = createHmac(hash, key).update(authenticated).digest();
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) throw passwordRefused();
}

/** The SafeContents of one ContentInfo, decrypted. */
async function safeOf(contentInfo: Ber, { password, budget }: Opener): Promise<Buffer> {
  if (oidOf(childOf(contentInfo, 0, TAG.oid)) !== OID.encryptedData) return dataOf(contentInfo);
  const encryptedData = readBer(childOf(contentInfo, 1, TAG.context0).content);
  const [, algorithm, ciphertext] = childrenOf(childOf(encryptedData, 1, TAG.sequence));
  if (algorithm === undefined || ciphertext === undefined) throw damaged('file');
  return sequenceOrRefused(await decrypt(algorithm, octetsOf(ciphertext), password, budget));
}

function certificatesOf(bag: Ber): X509Certificate[] {
  const certBag = readBer(childOf(bag, 1, TAG.context0).content);
  if (oidOf(childOf(certBag, 0, TAG.oid)) !== OID.x509Certificate) return [];
  return [certificateOf(octetsOf(readBer(childOf(certBag, 1, TAG.context0).content)))];
}

async function shroudedKeyOf(bag: Ber, { password, budget }: Opener): Promise<KeyObject> {
  const encrypted = readBer(childOf(bag, 1, TAG.context0).content);
  const ciphertext = octetsOf(childOf(encrypted, 1, TAG.octetString));
  const decrypted = await decrypt(childOf(encrypted, 0, TAG.sequence), ciphertext, password, budget);
  return privateKeyOf(sequenceOrRefused(decrypted));
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

function passwordRefused(): CertificateProblem {
  return new CertificateProblem({ kind: 'password-refused' });
}

function damaged(part: 'private key' | 'file'): CertificateProblem {
  return new CertificateProblem({ kind: 'damaged', part });
}
