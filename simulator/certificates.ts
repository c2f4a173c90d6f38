import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIPv4 } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';

const generate = promisify(generateKeyPair);
const { asn1 } = forge;
type Asn1 = forge.asn1.Asn1;

/** A certificate with its private key, as a test or a client wants them. */
export interface CertificateWithKey {
  /** PEM. */
  readonly certificate: string;
  /** Unencrypted PKCS#8 PEM. */
  readonly privateKey: string;
  /** SHA-1 of the DER certificate, upper-case hex. */
  readonly thumbprint: string;
  /** SHA-256 of the DER certificate, upper-case hex. */
  readonly thumbprintSha256: string;
  readonly notAfter: Date;
}

export interface CertificateOptions {
  readonly commonName: string;
  /** `rsa` unless told: Entra takes no other for client assertions. */
  readonly key?: 'rsa' | 'ec';
  /** Length of an RSA key. */
  readonly bits?: number;
  /** Reuses a key instead of making one. */
  readonly privateKey?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Who signs it; itself unless told. */
  readonly issuer?: CertificateWithKey;
  /** What it is for. */
  readonly purpose?: 'client' | 'server' | 'authority';
  /** DNS names and IPv4 addresses of a server. */
  readonly names?: readonly string[];
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

/**
 * Makes a real X.509 v3 certificate. node-forge builds the structure; node:crypto makes the keys and the signature,
 * since forge signs with RSA alone and is slow at it.
 */
export async function createCertificate(options: CertificateOptions): Promise<CertificateWithKey> {
  const privateKey = options.privateKey === undefined ? await createKey(options) : createPrivateKey(options.privateKey);
  const signer = options.issuer === undefined ? privateKey : createPrivateKey(options.issuer.privateKey);
  const issuerName =
    options.issuer === undefined
      ? distinguishedName(options.commonName)
      : subjectOf(new X509Certificate(options.issuer.certificate));
  const notBefore = options.notBefore ?? new Date(Date.now() - 24 * 3600 * 1000);
  const notAfter = options.notAfter ?? new Date(Date.now() + YEAR_MS);

  const algorithm = signatureAlgorithm(signer);
  const toBeSigned = sequence(
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [integer('\x02')]),
    integer(`\x01${randomBytes(15).toString('latin1')}`),
    algorithm,
    issuerName,
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(options.commonName),
    publicKeyInfo(privateKey),
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, 3, true, [sequence(...extensions(options, privateKey, signer))]),
  );
  const signature = sign('sha256', der(toBeSigned), signer);
  const certificate = sequence(toBeSigned, algorithm, bitString(signature));
  return withKey(der(certificate), privateKey);
}

async function createKey(options: CertificateOptions): Promise<KeyObject> {
  const pair =
    options.key === 'ec'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: options.bits ?? 2048 });
  return pair.privateKey;
}

/** An unencrypted PKCS#8 PEM of a new 2048-bit key. */
export async function createRsaKey(): Promise<string> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function withKey(certificate: Buffer, privateKey: KeyObject): CertificateWithKey {
  const parsed = new X509Certificate(certificate);
  return {
    certificate: parsed.toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprint: thumbprint(parsed, 'sha1'),
    thumbprintSha256: thumbprint(parsed, 'sha256'),
    notAfter: parsed.validToDate,
  };
}

/** Upper-case hex digest of a certificate's DER, as portals show it. */
export function thumbprint(certificate: X509Certificate, algorithm: 'sha1' | 'sha256'): string {
  return createHash(algorithm).update(certificate.raw).digest('hex').toUpperCase();
}

/** A PKCS#12 file as Windows and the classic portal made them: triple DES and a SHA-1 MAC. */
export function createPfx(source: CertificateWithKey, password: string): Buffer {
  const key = forge.pki.privateKeyFromPem(source.privateKey);
  const pfx = forge.pkcs12.toPkcs12Asn1(key, forge.pki.certificateFromPem(source.certificate), password, {
    algorithm: '3des',
  });
  return der(pfx);
}

function extensions(options: CertificateOptions, subjectKey: KeyObject, issuerKey: KeyObject): Asn1[] {
  const purpose = options.purpose ?? 'client';
  // Python 3.13 and later refuse a chain without these two.
  const identifiers = [
    extension('subjectKeyIdentifier', 'optional', octetString(keyIdentifier(subjectKey))),
    extension(
      'authorityKeyIdentifier',
      'optional',
      sequence(asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, false, keyIdentifier(issuerKey))),
    ),
  ];
  if (purpose === 'authority') {
    return [
      ...identifiers,
      extension('basicConstraints', 'critical', sequence(boolean())),
      // keyCertSign and cRLSign.
      extension('keyUsage', 'critical', bitString(Buffer.from([0x06]), 1)),
    ];
  }
  const list = [
    ...identifiers,
    extension('basicConstraints', 'critical', sequence()),
    // digitalSignature and keyEncipherment.
    extension('keyUsage', 'critical', bitString(Buffer.from([0xa0]), 5)),
    extension('extKeyUsage', 'optional', sequence(oid(purpose === 'server' ? 'serverAuth' : 'clientAuth'))),
  ];
  const names = options.names ?? [];
  return names.length === 0
    ? list
    : [...list, extension('subjectAltName', 'optional', sequence(...names.map(alternativeName)))];
}

function alternativeName(name: string): Asn1 {
  const [tag, content] = isIPv4(name) ? [7, String.fromCharCode(...name.split('.').map(Number))] : [2, name];
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, false, content);
}

function extension(name: string, weight: 'critical' | 'optional', value: Asn1): Asn1 {
  const content = octetString(asn1.toDer(value).getBytes());
  return weight === 'critical' ? sequence(oid(name), boolean(), content) : sequence(oid(name), content);
}

function signatureAlgorithm(key: KeyObject): Asn1 {
  if (key.asymmetricKeyType === 'ec') return sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  return sequence(oid('sha256WithRSAEncryption'), asn1.create(asn1.Class.UNIVERSAL, asn1.Type.NULL, false, ''));
}

function publicKeyInfo(key: KeyObject): Asn1 {
  // A public key's own export is the SubjectPublicKeyInfo that a certificate holds.
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return asn1.fromDer(publicKey.toString('latin1'));
}

function keyIdentifier(key: KeyObject): string {
  return createHash('sha1')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest()
    .toString('latin1');
}

function distinguishedName(commonName: string): Asn1 {
  const attribute = sequence(
    oid('commonName'),
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.UTF8, false, forge.util.encodeUtf8(commonName)),
  );
  return sequence(asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, [attribute]));
}

function subjectOf(certificate: X509Certificate): Asn1 {
  const commonName = /^CN=(.*)$/m.exec(certificate.subject)?.[1];
  if (commonName === undefined) throw new Error('The issuing certificate has no common name.');
  return distinguishedName(commonName);
}

function time(date: Date): Asn1 {
  return date.getUTCFullYear() < 2050
    ? asn1.create(asn1.Class.UNIVERSAL, asn1.Type.UTCTIME, false, asn1.dateToUtcTime(date))
    : asn1.create(asn1.Class.UNIVERSAL, asn1.Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(date));
}

function sequence(...values: Asn1[]): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, values);
}

function integer(bytes: string): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.INTEGER, false, bytes);
}

function boolean(): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BOOLEAN, false, '\xff');
}

function octetString(bytes: string): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OCTETSTRING, false, bytes);
}

function bitString(bytes: Buffer, unusedBits = 0): Asn1 {
  const content = String.fromCharCode(unusedBits) + bytes.toString('latin1');
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BITSTRING, false, content);
}

function oid(name: string): Asn1 {
  const value = forge.pki.oids[name];
  if (value === undefined) throw new Error(`No object identifier is known for ${name}.`);
  return objectIdentifier(value);
}

function objectIdentifier(value: string): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(value).getBytes());
}

function der(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
}
