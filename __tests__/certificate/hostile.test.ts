import assert from 'node:assert/strict';
import { createCipheriv, createPrivateKey, pbkdf2Sync } from 'node:crypto';
import { describe, it } from 'node:test';
import forge from 'node-forge';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { fixture, PASSWORD, text, toDer, withIterations } from './forms.ts';
import { secretsShownIn } from './secrecy.ts';

/** In processor time, which other load on the machine does not change. */
const LIMIT_MS = 2000;
const FILES = { workspace: import.meta.dirname, home: import.meta.dirname };

/**
 * @returns `accepted`, or the error's message
 * @throws {Error} for any other error, and if it takes too long
 */
async function read(value: string | Buffer | Asn1, password = PASSWORD): Promise<string> {
  const source = { value: typeof value === 'string' ? value : base64(value), password };
  const start = process.cpuUsage();
  try {
    const request = { certificate: source.value, certificatePassword: password, clientId: 'APP' };
    await readClientCertificate(request, new Date(), FILES);
    return 'accepted';
  } catch (error) {
    assert.ok(error instanceof SessionError, `Not a SessionError: ${error}`);
    assert.deepEqual(secretsShownIn(error.report, source), []);
    return error.message;
  } finally {
    const { user, system } = process.cpuUsage(start);
    assert.ok((user + system) / 1000 < LIMIT_MS, `It took ${(user + system) / 1000} ms`);
  }
}

function base64(value: Buffer | Asn1): string {
  return (Buffer.isBuffer(value) ? value : toDer(value)).toString('base64');
}

type Asn1 = forge.asn1.Asn1;
const { Class, Type, create, oidToDer } = forge.asn1;
const primitive = (type: number, value: Buffer): Asn1 => create(Class.UNIVERSAL, type, false, value.toString('latin1'));
const octets = (value: Buffer | Asn1): Asn1 =>
  primitive(Type.OCTETSTRING, Buffer.isBuffer(value) ? value : toDer(value));
const integer = (hex: string): Asn1 => primitive(Type.INTEGER, Buffer.from(hex, 'hex'));
const oid = (dotted: string): Asn1 => create(Class.UNIVERSAL, Type.OID, false, oidToDer(dotted).getBytes());
const sequence = (...values: Asn1[]): Asn1 => create(Class.UNIVERSAL, Type.SEQUENCE, true, values);
const explicit = (value: Asn1): Asn1 => create(Class.CONTEXT_SPECIFIC, 0, true, [value]);

const DATA = '1.2.840.113549.1.7.1';
const SALT = Buffer.alloc(8, 1);
const CIPHERTEXT = Buffer.alloc(64);

function pbkdf2(iterations: Asn1): Asn1 {
  const derivation = sequence(oid('1.2.840.113549.1.5.12'), sequence(octets(SALT), iterations));
  const cipher = sequence(oid('2.16.840.1.101.3.4.1.42'), octets(Buffer.alloc(16)));
  return sequence(oid('1.2.840.113549.1.5.13'), sequence(derivation, cipher));
}

function tripleDes(iterations: Asn1): Asn1 {
  return sequence(oid('1.2.840.113549.1.12.1.3'), sequence(octets(SALT), iterations));
}

function data(content: Buffer | Asn1): Asn1 {
  return sequence(oid(DATA), explicit(octets(content)));
}

/** Has no MAC, so that its content is read without a password. */
function pfxOf(content: Buffer | Asn1): Asn1 {
  return sequence(integer('03'), data(content));
}

function encryptedCertificates(algorithm: Asn1, encrypted = CIPHERTEXT): Asn1 {
  const content = create(Class.CONTEXT_SPECIFIC, 0, false, encrypted.toString('latin1'));
  const encryptedData = sequence(integer('00'), sequence(oid(DATA), algorithm, content));
  return pfxOf(sequence(sequence(oid('1.2.840.113549.1.7.6'), explicit(encryptedData))));
}

function encryptedKey(algorithm: Asn1): Asn1 {
  const bag = sequence(oid('1.2.840.113549.1.12.10.1.2'), explicit(sequence(algorithm, octets(CIPHERTEXT))));
  return pfxOf(sequence(data(sequence(bag))));
}

function encryptedPem(algorithm: Asn1, encrypted = CIPHERTEXT): string {
  const key = base64(sequence(algorithm, octets(encrypted)));
  return `${text('leaf.crt')}-----BEGIN ENCRYPTED PRIVATE KEY-----\n${key}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}

const COSTLY = '`client-certificate` requires too many iterations to derive its key.';
const DAMAGED = '`client-certificate` is damaged.';
/** 2^31 - 1, 2^32 - 1, 20 million, and a number of 200 octets. */
const TOO_MANY = ['7fffffff', '00ffffffff', '01312d00', '7f'.repeat(200)];

describe('key derivations that never end are not begun', () => {
  it('for the MAC', async () => {
    for (const count of [2 ** 31 - 1, 3_000_000]) assert.equal(await read(withIterations(count)), COSTLY);
  });

  for (const [name, scheme] of Object.entries({ PBKDF2: pbkdf2, 'PKCS#12 3DES': tripleDes })) {
    for (const make of [encryptedCertificates, encryptedKey, encryptedPem]) {
      it(`${name}, ${make.name}`, async () => {
        for (const count of TOO_MANY) assert.equal(await read(make(scheme(integer(count)))), COSTLY);
      });
    }
  }

  it('for many keys of a PEM file, each of which alone is accepted', async () => {
    const key = pbkdf2Sync(PASSWORD, SALT, 1_600_000, 32, 'sha1');
    const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16));
    const pkcs8 = createPrivateKey(text('leaf.key')).export({ type: 'pkcs8', format: 'der' });
    const pem = encryptedPem(pbkdf2(integer('186a00')), Buffer.concat([cipher.update(pkcs8), cipher.final()]));
    assert.equal(await read(pem), 'accepted');
    assert.equal(await read(pem.repeat(20)), COSTLY);
  });

  it('with zero iterations, whose key does not depend on the password', async () => {
    const zero = integer('00');
    for (const pfx of [
      encryptedCertificates(tripleDes(zero)),
      encryptedCertificates(pbkdf2(zero)),
      withIterations(0),
    ]) {
      assert.equal(await read(pfx), DAMAGED);
    }
  });
});

it('a wrong password is reported even if the padding is right by chance', async () => {
  const derived = (purpose: number, length: number) => {
    const salt = forge.util.createBuffer(SALT.toString('latin1'));
    return Buffer.from(forge.pkcs12.generateKey(PASSWORD, salt, purpose, 1, length).getBytes(), 'latin1');
  };
  const cipher = createCipheriv('des-ede3-cbc', derived(1, 24), derived(2, 8));
  const noise = Buffer.concat([cipher.update(Buffer.alloc(100, 7)), cipher.final()]);
  const message = '`client-certificate` is encrypted, and the password does not open it.';
  assert.equal(await read(encryptedCertificates(tripleDes(integer('01')), noise)), message);
});

it('a file with 100,000 iterations for each key is accepted', async () => {
  assert.equal(await read(fixture('many-iterations.pfx')), 'accepted');
});

describe('structures made to exhaust', () => {
  const nested = Buffer.alloc(700_000, Buffer.of(0x30, 0x80));
  const bag = sequence(oid('1.2.3.4'), explicit(sequence()));
  const strings = Array.from({ length: 5000 }).reduce<Asn1>(
    (inner) => create(Class.UNIVERSAL, Type.OCTETSTRING, true, [inner]),
    octets(Buffer.alloc(8)),
  );
  const truncated = ['3084ffffffff', '30820400', '308002', '3080'].map(
    (hex) => [`a length beyond the end: ${hex}`, Buffer.from(hex.padEnd(200, '0'), 'hex'), DAMAGED] as const,
  );
  for (const [name, value, message] of [
    ['nested sequences of indefinite length', nested, DAMAGED],
    ['nested sequences of indefinite length in a PFX', pfxOf(nested), DAMAGED],
    ['nested strings', sequence(integer('03'), sequence(oid(DATA), explicit(strings))), DAMAGED],
    ...truncated,
    [
      '60,000 empty bags',
      pfxOf(sequence(data(sequence(...Array<Asn1>(60_000).fill(bag))))),
      '`client-certificate` is encrypted or signed in a way that is not supported.',
    ],
    ['a megabyte of BEGIN lines without an END line', '-----BEGIN CERTIFICATE-----\n'.repeat(36_000), DAMAGED],
    ['300 certificates with keys', (text('leaf.crt') + text('leaf.key')).repeat(300), 'accepted'],
  ] as const) {
    it(name, async () => assert.equal(await read(value, typeof value === 'string' ? '' : PASSWORD), message));
  }

  for (const filler of [' \n', '\\', '\\n', 'A', '=']) {
    it(`a megabyte of ${JSON.stringify(filler)}`, async () => {
      await read(`x${filler.repeat(1_000_000 / filler.length)}x`, '');
      await read(`-----BEGIN PRIVATE KEY-----${filler.repeat(500_000)}-----END PRIVATE KEY-----`, '');
    });
  }
});
