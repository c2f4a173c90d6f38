import assert from 'node:assert/strict';
import { createCipheriv, createPrivateKey, pbkdf2Sync } from 'node:crypto';
import { describe, it } from 'node:test';
import forge from 'node-forge';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { der, derNatural, derOctets, derOid, derSequence, TAG } from './ber.ts';
import { type CertificateForm, fixture, PASSWORD, text, withIterations } from './forms.ts';
import { secretsShownIn } from './secrecy.ts';

/** Of computing, on all threads: elapsed time would say more about what else the machine does. */
const LIMIT_MS = 2000;
const NOW = new Date();
const FILES = { workspace: import.meta.dirname, home: import.meta.dirname };

/** What becomes of a value: `accepted`, or the error's message. Anything but a SessionError in time fails the test. */
async function outcome({ value, password }: Omit<CertificateForm, 'name'>): Promise<string> {
  const start = process.cpuUsage();
  try {
    await readClientCertificate({ value, password, clientId: 'APP' }, NOW, FILES);
    return 'accepted';
  } catch (error) {
    assert.ok(error instanceof SessionError, `Not a SessionError: ${error}`);
    assert.deepEqual(secretsShownIn(error.report, { value, password }), []);
    return error.message;
  } finally {
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    assert.ok(took < LIMIT_MS, `It took ${took} ms`);
  }
}

const fromBinary = (octets: Buffer, password = PASSWORD) => outcome({ value: octets.toString('base64'), password });

const COSTLY = '`client-certificate` requires too many iterations to derive its key.';

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  aes256: '2.16.840.1.101.3.4.1.42',
  tripleDes: '1.2.840.113549.1.12.1.3',
};

const salt = derOctets(Buffer.alloc(8, 1));
const ciphertext = Buffer.alloc(64);

function pbes2(derivation: Buffer): Buffer {
  const cipher = derSequence(derOid(OID.aes256), derOctets(Buffer.alloc(16)));
  return derSequence(derOid(OID.pbes2), derSequence(derivation, cipher));
}

function pbkdf2(iterations: Buffer): Buffer {
  return pbes2(derSequence(derOid(OID.pbkdf2), derSequence(salt, iterations)));
}

function tripleDes(iterations: Buffer): Buffer {
  return derSequence(derOid(OID.tripleDes), derSequence(salt, iterations));
}

function explicit(content: Buffer): Buffer {
  return der(TAG.context0, content);
}

function data(octets: Buffer): Buffer {
  return derSequence(derOid(OID.data), explicit(derOctets(octets)));
}

/** A PFX without a MAC, so that what is in it is reached without a password. */
function pfxOf(...contents: readonly Buffer[]): Buffer {
  return derSequence(derNatural(3), data(derSequence(...contents)));
}

function encryptedContent(algorithm: Buffer, encrypted = ciphertext): Buffer {
  const content = derSequence(derOid(OID.data), algorithm, der(TAG.context0Primitive, encrypted));
  return derSequence(derOid(OID.encryptedData), explicit(derSequence(derNatural(0), content)));
}

function shroudedKey(algorithm: Buffer): Buffer {
  return derSequence(derOid(OID.shroudedKeyBag), explicit(derSequence(algorithm, derOctets(ciphertext))));
}

function encryptedPem(algorithm: Buffer, encrypted = ciphertext): string {
  const base64 = derSequence(algorithm, derOctets(encrypted)).toString('base64');
  return `${text('leaf.crt')}-----BEGIN ENCRYPTED PRIVATE KEY-----\n${base64}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}

const MANY = [2 ** 31 - 1, 2 ** 32 - 1, 20_000_000].map(derNatural);
const ENORMOUS = der(TAG.integer, Buffer.alloc(200, 0x7f));

describe('key derivations that never end are not begun', () => {
  it('in the MAC', async () => {
    for (const count of [2 ** 31 - 1, 3_000_000]) assert.equal(await fromBinary(withIterations(count)), COSTLY);
  });

  const places: Readonly<Record<string, (algorithm: Buffer) => Promise<string>>> = {
    'the certificates': (algorithm) => fromBinary(pfxOf(encryptedContent(algorithm))),
    'the key of a PFX': (algorithm) => fromBinary(pfxOf(data(derSequence(shroudedKey(algorithm))))),
    'the key of a PEM': (algorithm) => outcome({ value: encryptedPem(algorithm), password: PASSWORD }),
  };
  for (const [name, scheme] of Object.entries({ PBKDF2: pbkdf2, 'PKCS#12 3DES': tripleDes })) {
    for (const [place, read] of Object.entries(places)) {
      it(`${name} over ${place}`, async () => {
        for (const count of [...MANY, ENORMOUS]) assert.equal(await read(scheme(count)), COSTLY);
      });
    }
  }

  it('a bearable count each, in many keys of a PEM', async () => {
    const iterations = 1_600_000;
    const key = pbkdf2Sync(PASSWORD, Buffer.alloc(8, 1), iterations, 32, 'sha1');
    const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16));
    const pkcs8 = createPrivateKey(text('leaf.key')).export({ type: 'pkcs8', format: 'der' });
    const encrypted = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
    const once = encryptedPem(pbkdf2(derNatural(iterations)), encrypted);
    assert.equal(await outcome({ value: once, password: PASSWORD }), 'accepted');
    assert.equal(await outcome({ value: once.repeat(20), password: PASSWORD }), COSTLY);
  });

  it('none at all, which would make a key that hangs on no password', async () => {
    const message = '`client-certificate` is damaged.';
    assert.equal(await fromBinary(pfxOf(encryptedContent(tripleDes(derNatural(0))))), message);
    assert.equal(await fromBinary(pfxOf(encryptedContent(pbkdf2(derNatural(0))))), message);
    assert.equal(await fromBinary(withIterations(0)), message);
  });
});

it('a wrong password that leaves right padding by chance is still called that', async () => {
  const derived = (purpose: number, length: number) => {
    const octets = forge.util.createBuffer('\u0001'.repeat(8));
    return Buffer.from(forge.pkcs12.generateKey(PASSWORD, octets, purpose, 1, length).getBytes(), 'latin1');
  };
  const cipher = createCipheriv('des-ede3-cbc', derived(1, 24), derived(2, 8));
  const noise = Buffer.concat([cipher.update(Buffer.alloc(100, 7)), cipher.final()]);
  const message = '`client-certificate` is encrypted, and the password does not open it.';
  assert.equal(await fromBinary(pfxOf(encryptedContent(tripleDes(derNatural(1)), noise))), message);
});

it('an honest file with 100 000 iterations throughout is read', async () => {
  assert.equal(await fromBinary(fixture('many-iterations.pfx')), 'accepted');
});

describe('structures made to exhaust', () => {
  const wrongFile = '`client-certificate` is damaged.';

  it('sequences in sequences, of indefinite length', async () => {
    assert.equal(await fromBinary(Buffer.alloc(700_000, Buffer.of(0x30, 0x80))), wrongFile);
    assert.equal(await fromBinary(pfxOf(Buffer.alloc(700_000, Buffer.of(0x30, 0x80)))), wrongFile);
  });

  it('strings in strings', async () => {
    let nested = derOctets(Buffer.alloc(8));
    for (let depth = 0; depth < 5000; depth++) nested = der(0x24, nested);
    const content = derSequence(derOid(OID.data), explicit(nested));
    assert.equal(await fromBinary(derSequence(derNatural(3), content)), wrongFile);
  });

  it('a length beyond the end, or of too many octets', async () => {
    for (const start of ['3084ffffffff', '30820400', '308002', '3080']) {
      assert.equal(await fromBinary(Buffer.concat([Buffer.from(start, 'hex'), Buffer.alloc(100)])), wrongFile);
    }
  });

  it('very many empty bags', async () => {
    const bag = derSequence(derOid('1.2.3.4'), explicit(derSequence()));
    const message = await fromBinary(pfxOf(data(derSequence(...Array<Buffer>(60_000).fill(bag)))));
    assert.equal(message, '`client-certificate` is encrypted or signed in a way that is not supported.');
  });

  it('a megabyte of BEGIN lines without an end', async () => {
    const value = '-----BEGIN CERTIFICATE-----\n'.repeat(36_000);
    assert.equal(await outcome({ value, password: '' }), wrongFile);
  });

  it('a megabyte of white space, of backslashes, and of base64 without meaning', async () => {
    for (const filler of [' \n', '\\', '\\n', 'A', '=']) {
      await outcome({ value: `x${filler.repeat(1_000_000 / filler.length)}x`, password: '' });
      const value = `-----BEGIN PRIVATE KEY-----${filler.repeat(500_000)}-----END PRIVATE KEY-----`;
      await outcome({ value, password: '' });
    }
  });

  it('thousands of certificates with keys', async () => {
    const pair = text('leaf.crt') + text('leaf.key');
    assert.equal(await outcome({ value: pair.repeat(300), password: '' }), 'accepted');
  });
});
