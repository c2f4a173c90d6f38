import { createCipheriv, createHmac, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import type { ClientCertificate } from '../../credential.ts';
import { der, derNatural, derOctets, derOid, derSequence, TAG } from './ber.ts';
import { pkcs12Octets } from './password-encryption.ts';

/**
 * Writes a PFX that Terraform (sslmate's go-pkcs12), Go's azidentity (x/crypto/pkcs12), .NET, Java and OpenSSL read:
 * 3DES and a SHA-1 MAC, as x/crypto/pkcs12 knows nothing newer (azure-sdk-for-go, issue 22906). The first certificate
 * is the leaf: go-pkcs12 takes it for that, whatever key is in the file.
 *
 * The encryption is weak by today's measure; what protects the key is the mode of the file and a random password.
 *
 * @param password not `''`: what that means differs by reader
 */
export async function writePfx(certificate: ClientCertificate, password: string): Promise<Buffer> {
  const localKeyId = localKeyIdOf(Buffer.from(certificate.thumbprint, 'hex'));
  const pkcs8 = createPrivateKey(certificate.privateKey).export({ type: 'pkcs8', format: 'der' });
  const certBags = [
    certBag(certificate.certificate, localKeyId),
    ...certificate.chain.map((pem) => certBag(pem, Buffer.alloc(0))),
  ];
  const authenticated = derSequence(
    encryptedContent(derSequence(...certBags), password),
    dataContent(derSequence(keyBag(pkcs8, password, localKeyId))),
  );
  return derSequence(derNatural(3), dataContent(authenticated), macOf(authenticated, password));
}

/** What OpenSSL writes. */
const ITERATIONS = 2048;
const SALT_LENGTH = 8;

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  localKeyId: '1.2.840.113549.1.9.21',
  tripleDes: '1.2.840.113549.1.12.1.3',
  sha1: '1.3.14.3.2.26',
} as const;

function explicit0(...contents: readonly Buffer[]): Buffer {
  return der(TAG.context0, ...contents);
}

function dataContent(octets: Buffer): Buffer {
  return derSequence(derOid(OID.data), explicit0(derOctets(octets)));
}

function encryptedContent(plain: Buffer, password: string): Buffer {
  const { algorithm, ciphertext } = encrypt(plain, password);
  const content = derSequence(derOid(OID.data), algorithm, der(TAG.context0Primitive, ciphertext));
  return derSequence(derOid(OID.encryptedData), explicit0(derSequence(derNatural(0), content)));
}

function certBag(pem: string, attributes: Buffer): Buffer {
  const certificate = explicit0(derOctets(new X509Certificate(pem).raw));
  const value = derSequence(derOid(OID.x509Certificate), certificate);
  return derSequence(derOid(OID.certBag), explicit0(value), attributes);
}

function keyBag(pkcs8: Buffer, password: string, attributes: Buffer): Buffer {
  const { algorithm, ciphertext } = encrypt(pkcs8, password);
  const value = derSequence(algorithm, derOctets(ciphertext));
  return derSequence(derOid(OID.shroudedKeyBag), explicit0(value), attributes);
}

/** By this attribute, on both, .NET and Java find the certificate of a key. */
function localKeyIdOf(id: Buffer): Buffer {
  return der(TAG.set, derSequence(derOid(OID.localKeyId), der(TAG.set, derOctets(id))));
}

function encrypt(plain: Buffer, password: string): { algorithm: Buffer; ciphertext: Buffer } {
  const salt = randomBytes(SALT_LENGTH);
  const shared = { hash: 'sha1', salt, iterations: ITERATIONS } as const;
  const key = pkcs12Octets(password, { ...shared, purpose: 'key', length: 24 });
  const iv = pkcs12Octets(password, { ...shared, purpose: 'iv', length: 8 });
  const cipher = createCipheriv('des-ede3-cbc', key, iv);
  return {
    algorithm: derSequence(derOid(OID.tripleDes), derSequence(derOctets(salt), derNatural(ITERATIONS))),
    ciphertext: Buffer.concat([cipher.update(plain), cipher.final()]),
  };
}

function macOf(authenticated: Buffer, password: string): Buffer {
  const salt = randomBytes(SALT_LENGTH);
  const key = pkcs12Octets(password, { hash: 'sha1', purpose: 'mac', salt, iterations: ITERATIONS, length: 20 });
  const digest = createHmac('sha1', key).update(authenticated).digest();
  const digestInfo = derSequence(derSequence(derOid(OID.sha1), der(TAG.null)), derOctets(digest));
  return derSequence(digestInfo, derOctets(salt), derNatural(ITERATIONS));
}
