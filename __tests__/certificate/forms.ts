import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import forge from 'node-forge';
import { type CertificateOptions, createCertificate, createRsaKey, thumbprint } from '../../simulator/certificates.ts';

const { asn1 } = forge;

/** One form in which `client-certificate` may contain a certificate. */
export interface CertificateForm {
  readonly name: string;
  readonly value: string;
  /** `''` for none. */
  readonly password: string;
}

interface RefusedForm extends CertificateForm {
  /** The part of the error that distinguishes it from others. */
  readonly message: string;
}

export const PASSWORD = 'correct horse';

/** SHA-1 of the certificate in every accepted form. */
export const THUMBPRINT = thumbprint(new X509Certificate(text('leaf.crt')), 'sha1');

/** The accepted forms. */
export function certificateForms(): CertificateForm[] {
  return [
    ...Object.entries(openForms()).map(([name, value]) => ({ name, value, password: '' })),
    ...encryptedForms().map(([name, value, password = PASSWORD]) => ({ name, value, password })),
  ];
}

/** Forms that are rejected before any request, with the error for each. */
export async function refusedForms(): Promise<RefusedForm[]> {
  const rows = [...(await refusedCertificates()), ...(await refusedKeys()), ...refusedFiles()];
  return rows.map(([name, value, message, password = '']) => ({ name, value, message, password }));
}

type Encrypted = readonly [name: string, value: string, password?: string];
type Refused = readonly [name: string, value: string, message: string, password?: string];

const OPENSSH_KEY =
  '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n';

export function fixture(name: string): Buffer {
  return readFileSync(fixturePath(name));
}

export function fixturePath(name: string): string {
  return join(import.meta.dirname, 'fixtures', name);
}

export function text(name: string): string {
  return fixture(name).toString('utf8');
}

function base64(name: string): string {
  return fixture(name).toString('base64');
}

/** Base64 in lines, as the `base64` command and `certutil -encode` write it. */
export function wrapped(octets: Buffer, lineEnd: string): string {
  return (octets.toString('base64').match(/.{1,76}/g) ?? []).join(lineEnd);
}

/** A PFX as `certutil -encode` of Windows writes it: with the PEM label of a certificate. */
export function certutilEncoded(lineEnd: string): string {
  const base64 = wrapped(fixture('modern.pfx'), lineEnd);
  return ['-----BEGIN CERTIFICATE-----', base64, '-----END CERTIFICATE-----', ''].join(lineEnd);
}

function openForms(): Record<string, string> {
  const [key, leaf, chain] = [text('leaf.key'), text('leaf.crt'), text('chain.crt')];
  const pkcs1 = createPrivateKey(key).export({ type: 'pkcs1', format: 'pem' }).toString();
  const bag = 'Bag Attributes\n    localKeyID: 01 02 03 04 \n    friendlyName: sp\n';
  const names = 'subject=CN = sp\n\nissuer=CN = sp\n\n';
  const utf16 = Buffer.from(`\ufeff${key}${leaf}`, 'utf16le');
  return {
    'PEM, certificate then PKCS#8 key': leaf + key,
    'PEM, PKCS#1 key then certificate': pkcs1 + leaf,
    'PEM with CRLF': (key + leaf).replaceAll('\n', '\r\n'),
    'PEM on one line with \\n for line ends': (key + leaf).replaceAll('\n', '\\n'),
    'PEM in a JSON string with \\r\\n for line ends': JSON.stringify((key + leaf).replaceAll('\n', '\r\n')),
    'PEM on one line with spaces for line ends': (key + leaf).replaceAll('\n', ' '),
    'PEM with bag attributes': `${bag}${names}${leaf}${bag}Key Attributes: <No Attributes>\n${key}`,
    'PEM with its chain in another order': [text('root.crt'), key, text('issuing.crt'), leaf].join('\n'),
    'PEM without a line end': (leaf + key).trimEnd(),
    'base64 of PEM': Buffer.from(key + leaf + chain).toString('base64'),
    'base64 of PEM in lines': wrapped(Buffer.from(key + leaf), '\n'),
    'base64 of PEM in UTF-16, from Windows PowerShell': utf16.toString('base64'),
    'PFX with an empty password': base64('modern-empty-password.pfx'),
    'PFX with RC2-40 and an empty password': base64('legacy-empty-password.pfx'),
    'PFX with a null password': base64('null-password.pfx'),
    'PFX without encryption': base64('unencrypted.pfx'),
  };
}

function encryptedForms(): Encrypted[] {
  const leaf = text('leaf.crt');
  const key = text('leaf.proc-type.key');
  return [
    ['PEM, and a password that nothing needs', leaf + text('leaf.key')],
    ['PFX without encryption, and a password that nothing needs', base64('unencrypted.pfx')],
    ['PEM with a PBES2 key', leaf + text('leaf.pbes2.key')],
    ['PEM with a PBES2 key and SHA-512', leaf + text('leaf.sha512.key')],
    ['PEM with a PKCS#12 3DES key', text('leaf.pkcs12-3des.key') + leaf],
    ['PEM with a Proc-Type key', key + leaf],
    ['PEM with a Proc-Type key on one line', (key + leaf).replaceAll('\n', '\\n')],
    ['PFX of OpenSSL 3', base64('modern.pfx')],
    ['PFX with a SHA-512 MAC', base64('sha512.pfx')],
    ['PFX in lines', wrapped(fixture('modern.pfx'), '\n')],
    ['PFX from certutil -encode', certutilEncoded('\r\n')],
    ['PFX from certutil -encode, with \\n for line ends', certutilEncoded('\\n')],
    ['PFX in lines with CRLF', wrapped(fixture('modern.pfx'), '\r\n')],
    ['PFX with RC2-40, from Windows', base64('legacy.pfx')],
    ['PFX of Java', base64('java.p12')],
    ['PFX of node-forge with AES-128', forgePfx().toString('base64')],
    ['PFX in BER with indefinite lengths', indefinite(fixture('modern.pfx')).toString('base64')],
    ['PFX with a password beyond Latin-1', base64('modern-unicode-password.pfx'), 'пароль-密码-🔑'],
    ['path of a PFX', fixturePath('modern.pfx')],
    ['path of a PFX of Java', fixturePath('java.p12')],
  ];
}

async function refusedCertificates(): Promise<Refused[]> {
  const privateKey = text('leaf.key');
  const day = 24 * 60 * 60 * 1000;
  const made = async (options: Partial<CertificateOptions>): Promise<string> => {
    const { certificate, privateKey: key } = await createCertificate({ commonName: 'sp', ...options });
    return certificate + key;
  };
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
  const expired = { privateKey, notBefore: new Date('2020-01-01'), notAfter: new Date('2021-02-03T04:05:06Z') };
  const future = { privateKey, notBefore: new Date(Date.now() + 2 * day), notAfter: new Date(Date.now() + 9 * day) };
  return [
    ['expired', await made(expired), 'expired on 2021-02-03 04:05 UTC'],
    ['not yet valid', await made(future), 'is not valid before'],
    ['elliptic curve', await made({ key: 'ec' }), 'has an elliptic-curve (EC) key'],
    ['Ed25519', text('ed25519.pem'), 'has an Ed25519 key'],
    [
      'RSA-PSS',
      await made({ privateKey: pss.export({ type: 'pkcs8', format: 'pem' }).toString() }),
      'has an RSA-PSS key',
    ],
    ['RSA of 1024 bits', await made({ bits: 1024 }), 'is too short: 1024 bits'],
  ];
}

async function refusedKeys(): Promise<Refused[]> {
  const [leaf, key] = [text('leaf.crt'), text('leaf.key')];
  return [
    ['no private key', leaf, 'contains no private key'],
    ['no private key in a PFX', base64('no-key.pfx'), 'contains no private key', PASSWORD],
    ['no private key, in DER', new X509Certificate(leaf).raw.toString('base64'), 'contains no private key'],
    ['no certificate', key, 'contains no certificate'],
    [
      'unrelated key',
      leaf + text('root.crt') + (await createRsaKey()),
      'a private key that does not match its certificate',
    ],
    ['key of OpenSSH', leaf + OPENSSH_KEY, 'in a format that is not supported'],
    ['cut off PEM', (key + leaf).slice(0, -200), 'is damaged'],
    ['cut off PFX', fixture('modern.pfx').subarray(0, 3000).toString('base64'), 'is damaged', PASSWORD],
    ['not a certificate', 'Not a certificate at all, just a sentence', 'is not a certificate'],
    ['base64 of something else', Buffer.alloc(600, 'no certificate').toString('base64'), 'is not a certificate'],
  ];
}

function refusedFiles(): Refused[] {
  const modern = base64('modern.pfx');
  const pem = text('leaf.crt') + text('leaf.pbes2.key');
  const missing = '`client-certificate-password` is empty';
  const unsupported = 'in a way that is not supported';
  return [
    ['wrong password of a PFX', modern, 'is wrong', 'battery staple'],
    ['wrong password of an RC2 PFX', base64('legacy.pfx'), 'is wrong', 'battery staple'],
    ['wrong password of a key', pem, 'is wrong', 'battery staple'],
    ['missing password of a PFX', modern, missing],
    ['missing password of a key', pem, missing],
    ['missing password of a Proc-Type key', text('leaf.crt') + text('leaf.proc-type.key'), missing],
    ['PFX with RC4', base64('rc4.pfx'), unsupported, PASSWORD],
    ['PFX with RC2-128', base64('rc2-128.pfx'), unsupported, PASSWORD],
    ['PFX with MD5', base64('md5.pfx'), unsupported, PASSWORD],
    ['PEM with a SHA-224 key', text('leaf.crt') + text('leaf.sha224.key'), unsupported, PASSWORD],
    ['PEM with a scrypt key', text('leaf.crt') + text('leaf.scrypt.key'), unsupported, PASSWORD],
    ['PFX of 2^31 iterations', withIterations(2 ** 31 - 1).toString('base64'), 'too many iterations', PASSWORD],
    ['no such file', 'certificates/no-such-file.pfx', 'names does not exist'],
    ['folder', fixturePath('.'), 'names is a folder'],
    ['another file', fixturePath('README.md'), '`client-certificate` names a file that is not a certificate'],
  ];
}

function forgePfx(): Buffer {
  const key = forge.pki.privateKeyFromPem(text('leaf.key'));
  const certificates = [text('leaf.crt'), text('issuing.crt')].map((pem) => forge.pki.certificateFromPem(pem));
  return toDer(forge.pkcs12.toPkcs12Asn1(key, certificates, PASSWORD, { algorithm: 'aes128' }));
}

/** The PFX as NSS and old versions of Java write it, in BER: with indefinite lengths, and the content in chunks. */
function indefinite(pfx: Buffer): Buffer {
  const parsed = asn1Of(pfx);
  const content = String(partOf(parsed, 1, 1, 0).value);
  const chunks = [content.slice(0, 1000), content.slice(1000)].map((chunk) =>
    toDer(asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OCTETSTRING, false, chunk)),
  );
  const data = open(0x30, toDer(partOf(parsed, 1, 0)), open(0xa0, open(0x24, ...chunks)));
  return open(0x30, toDer(partOf(parsed, 0)), data, toDer(partOf(parsed, 2)));
}

function open(tag: number, ...contents: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(tag, 0x80), ...contents, Buffer.of(0, 0)]);
}

/** A PFX with this number of iterations for its MAC. */
export function withIterations(count: number): Buffer {
  const pfx = asn1Of(fixture('modern.pfx'));
  partOf(pfx, 2, 2).value = asn1.integerToDer(count).getBytes();
  return toDer(pfx);
}

export function asn1Of(octets: Buffer): forge.asn1.Asn1 {
  return asn1.fromDer(octets.toString('latin1'));
}

export function toDer(value: forge.asn1.Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
}

/** @param path the index at each level */
export function partOf(parent: forge.asn1.Asn1, ...path: readonly number[]): forge.asn1.Asn1 {
  return path.reduce((value, index) => {
    const part = Array.isArray(value.value) ? value.value[index] : undefined;
    if (part === undefined) throw new Error(`No part ${path.join('.')}`);
    return part;
  }, parent);
}
