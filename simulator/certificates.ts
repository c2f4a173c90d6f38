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
  /** Default: `rsa`, the only kind that Entra ID accepts for client assertions. */
  readonly key?: 'rsa' | 'ec';
  /** Of an RSA key. Default: 2048. */
  readonly bits?: number;
  /** Default: a new key. */
  readonly privateKey?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Default: self-signed. */
  readonly issuer?: CertificateWithKey;
  /** Default: `client`. */
  readonly purpose?: 'client' | 'server' | 'authority';
  /** DNS names and IPv4 addresses of a server. */
  readonly names?: readonly string[];
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

/**
 * Creates an X.509 v3 certificate. node-forge encodes it, and node:crypto creates keys and signature, since node-forge
 * signs only with RSA, and slowly.
 */
export async function createCertificate(options: CertificateOptions): Promise<CertificateWithKey> {
  const privateKey = options.privateKey === undefined ? await createKey(options) : createPrivateKey(options.privateKey);
  const signer = options.issuer === undefined ? privateKey : createPrivateKey(options.issuer.privateKey);
  const issuerName = options.issuer === undefined ? options.commonName : commonNameOf(options.issuer);
  const notBefore = options.notBefore ?? new Date(Date.now() - 24 * 3600 * 1000);
  const notAfter = options.notAfter ?? new Date(Date.now() + YEAR_MS);

  const algorithm = signatureAlgorithm(signer);
  const toBeSigned = sequence(
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [integer('\x02')]),
    integer(`\x01${randomBytes(15).toString('latin1')}`),
    algorithm,
    distinguishedName(issuerName),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(options.commonName),
    publicKeyInfo(privateKey),
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, 3, true, [sequence(...extensions(options, privateKey, signer))]),
  );
  const signature = sign('sha256', der(toBeSigned), signer);
  const certificate = sequence(toBeSigned, algorithm, bitString(signature));
  return withKey(der(certificate), privateKey);
}

async function createKey({ key, bits = 2048 }: Pick<CertificateOptions, 'key' | 'bits'>): Promise<KeyObject> {
  const isEc = key === 'ec';
  const pair = isEc ? generate('ec', { namedCurve: 'P-256' }) : generate('rsa', { modulusLength: bits });
  return (await pair).privateKey;
}

/** @returns unencrypted PKCS#8 PEM */
export async function createRsaKey(): Promise<string> {
  return (await createKey({})).export({ type: 'pkcs8', format: 'pem' }).toString();
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

/** The digest of the DER in upper-case hex, as the portal shows it. */
export function thumbprint(certificate: X509Certificate, algorithm: 'sha1' | 'sha256'): string {
  return createHash(algorithm).update(certificate.raw).digest('hex').toUpperCase();
}

/** A PKCS#12 file with triple DES and a SHA-1 MAC, as Windows and the classic portal created it. */
export function createPfx(source: CertificateWithKey, password: string): Buffer {
  const [key, certificate] = [
    forge.pki.privateKeyFromPem(source.privateKey),
    forge.pki.certificateFromPem(source.certificate),
  ];
  return der(forge.pkcs12.toPkcs12Asn1(key, certificate, password, { algorithm: '3des' }));
}

function extensions(options: CertificateOptions, subjectKey: KeyObject, issuerKey: KeyObject): Asn1[] {
  const purpose = options.purpose ?? 'client';
  // Python 3.13 and later reject a chain without these two.
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
      extension('basicConstraints', 'critical', sequence(TRUE)),
      // keyCertSign and cRLSign.
      extension('keyUsage', 'critical', bitString(Buffer.from([0x06]), 1)),
    ];
  }
  const names = (options.names ?? []).map(alternativeName);
  return [
    ...identifiers,
    extension('basicConstraints', 'critical', sequence()),
    // digitalSignature and keyEncipherment.
    extension('keyUsage', 'critical', bitString(Buffer.from([0xa0]), 5)),
    extension('extKeyUsage', 'optional', sequence(oid(purpose === 'server' ? 'serverAuth' : 'clientAuth'))),
    ...(names.length === 0 ? [] : [extension('subjectAltName', 'optional', sequence(...names))]),
  ];
}

function alternativeName(name: string): Asn1 {
  const [tag, content] = isIPv4(name) ? [7, String.fromCharCode(...name.split('.').map(Number))] : [2, name];
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, false, content);
}

function extension(name: string, criticality: 'critical' | 'optional', value: Asn1): Asn1 {
  return sequence(oid(name), ...(criticality === 'critical' ? [TRUE] : []), octetString(asn1.toDer(value).getBytes()));
}

function signatureAlgorithm(key: KeyObject): Asn1 {
  if (key.asymmetricKeyType === 'ec') return sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  return sequence(oid('sha256WithRSAEncryption'), primitive(asn1.Type.NULL, ''));
}

function publicKeyInfo(key: KeyObject): Asn1 {
  return asn1.fromDer(spki(key).toString('latin1'));
}

function keyIdentifier(key: KeyObject): string {
  return createHash('sha1').update(spki(key)).digest().toString('latin1');
}

function spki(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

function distinguishedName(commonName: string): Asn1 {
  const attribute = sequence(oid('commonName'), primitive(asn1.Type.UTF8, forge.util.encodeUtf8(commonName)));
  return sequence(asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, [attribute]));
}

function commonNameOf({ certificate }: CertificateWithKey): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? '';
}

function time(date: Date): Asn1 {
  return date.getUTCFullYear() < 2050
    ? primitive(asn1.Type.UTCTIME, asn1.dateToUtcTime(date))
    : primitive(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date));
}

function sequence(...values: Asn1[]): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, values);
}

function primitive(type: forge.asn1.Type, bytes: string): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, type, false, bytes);
}

const TRUE = primitive(asn1.Type.BOOLEAN, '\xff');

function integer(bytes: string): Asn1 {
  return primitive(asn1.Type.INTEGER, bytes);
}

function octetString(bytes: string): Asn1 {
  return primitive(asn1.Type.OCTETSTRING, bytes);
}

function bitString(bytes: Buffer, unusedBits = 0): Asn1 {
  return primitive(asn1.Type.BITSTRING, String.fromCharCode(unusedBits) + bytes.toString('latin1'));
}

function oid(name: string): Asn1 {
  const value = forge.pki.oids[name];
  if (value === undefined) throw new Error(`No object identifier is known for ${name}.`);
  return objectIdentifier(value);
}

function objectIdentifier(value: string): Asn1 {
  return primitive(asn1.Type.OID, asn1.oidToDer(value).getBytes());
}

function der(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
}
