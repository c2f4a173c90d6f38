import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import forge from 'node-forge';
import { createCertificate } from '../../simulator/certificates.ts';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { fixture, IDENTITY, PASSWORD, text } from './forms.ts';

const NOW = new Date();
const DAY_MS = 24 * 60 * 60 * 1000;
const FILES = { workspace: import.meta.dirname, home: import.meta.dirname };

async function read(value: string, password = '', at = NOW) {
  return readClientCertificate({ value, password, clientId: 'APP' }, at, FILES);
}

async function refusal(value: string, password = '', at = NOW): Promise<SessionError> {
  try {
    await read(value, password, at);
  } catch (error) {
    assert.ok(error instanceof SessionError, 'A SessionError');
    return error;
  }
  return assert.fail('It was accepted.');
}

function commonNames(pems: readonly string[]): string[] {
  return pems.map((pem) => /CN=(.*)/.exec(new X509Certificate(pem).subject)?.[1] ?? '');
}

describe('the chain', () => {
  it('is ordered from the leaf upwards, whatever the order in the file', async () => {
    const parts = [text('root.crt'), text('leaf.crt'), text('issuing.crt'), text('leaf.key')];
    for (const order of [parts, parts.toReversed(), [...parts.slice(2), ...parts.slice(0, 2)]]) {
      const { certificate } = await read(order.join(''));
      assert.deepEqual(commonNames(certificate.chain), ['issuing', 'root']);
    }
  });

  it('leaves out what is not in the line', async () => {
    const stranger = await createCertificate({ commonName: 'stranger', purpose: 'authority' });
    const { certificate } = await read(text('leaf.key') + stranger.certificate + text('root.crt') + text('leaf.crt'));
    assert.deepEqual(certificate.chain, []);
  });

  it('takes the valid one of an authority’s certificates', async () => {
    const options = { commonName: 'authority', purpose: 'authority' } as const;
    const old = await createCertificate({ ...options, ...validDays(-100, -1) });
    const renewed = await createCertificate({ ...options, privateKey: old.privateKey });
    const leaf = await createCertificate({ commonName: 'leaf', issuer: renewed });
    const { certificate } = await read(leaf.certificate + old.certificate + renewed.certificate + leaf.privateKey);
    assert.deepEqual(certificate.chain, [renewed.certificate]);
  });
});

function validDays(from: number, to: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(NOW.getTime() + from * DAY_MS), notAfter: new Date(NOW.getTime() + to * DAY_MS) };
}

describe('several certificates', async () => {
  const own = text('leaf.crt') + text('leaf.key');
  const expired = await createCertificate({ commonName: 'old', notAfter: new Date(NOW.getTime() - 1000) });
  const ec = await createCertificate({ commonName: 'ec', key: 'ec' });
  const [one, other] = [await createCertificate({ commonName: 'sp' }), await createCertificate({ commonName: 'sp' })];

  it('of one key: the newest valid one, with a warning that names it', async () => {
    const older = await createCertificate({ commonName: 'sp', ...validDays(-200, 60) });
    const { privateKey } = older;
    const newer = await createCertificate({ commonName: 'sp', ...validDays(-10, 355), privateKey });
    const past = await createCertificate({ commonName: 'sp', ...validDays(-5, -1), privateKey });
    const { certificate, warnings } = await read(older.certificate + newer.certificate + past.certificate + privateKey);
    assert.equal(certificate.thumbprint, newer.thumbprint);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', new RegExp(`holds 2 certificates.*${newer.thumbprint}`));
  });

  for (const [name, value] of [
    ['the same one twice is one', own + own],
    ['an expired pair beside a valid one: the valid one', expired.certificate + expired.privateKey + own],
    ['an elliptic-curve pair beside an RSA one: the RSA one', ec.certificate + ec.privateKey + own],
    ['a further key that belongs to none: passed over', one.privateKey + own],
  ] as const) {
    it(name, async () => {
      const { certificate, warnings } = await read(value);
      assert.deepEqual([certificate.thumbprint, warnings], [IDENTITY.thumbprint, []]);
    });
  }

  for (const [name, second] of [
    ['even of one name', other],
    ['without key identifiers', withoutExtensions('sp')],
  ] as const) {
    it(`two with keys of their own, ${name}: refused`, async () => {
      const error = await refusal(one.certificate + one.privateKey + second.certificate + second.privateKey);
      assert.match(error.message, /contains 2 certificates, each with its own private key/);
    });
  }
});

/** A self-signed certificate as the simplest of tools make them. */
function withoutExtensions(commonName: string): { certificate: string; privateKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.validity.notAfter = new Date(NOW.getTime() + 100 * DAY_MS);
  certificate.validity.notBefore = new Date(NOW.getTime() - DAY_MS);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  certificate.setIssuer([{ name: 'commonName', value: commonName }]);
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), privateKey };
}

describe('validity', async () => {
  const notBefore = new Date('2026-01-10T00:00:00Z');
  const notAfter = new Date('2026-06-01T12:00:00Z');
  const made = await createCertificate({ commonName: 'sp', notBefore, notAfter });
  const pem = made.certificate + made.privateKey;
  const before = (date: Date, ms: number) => new Date(date.getTime() - ms);

  it('no warning with 30 days left, one with less', async () => {
    assert.deepEqual((await read(pem, '', before(notAfter, 30 * DAY_MS))).warnings, []);
    assert.deepEqual((await read(pem, '', before(notAfter, 30 * DAY_MS - 1))).warnings, [
      'The certificate expires on 2026-06-01 12:00 UTC, in 29 days. Create a new certificate and register it alongside ' +
        'the old one; cert.pem contains no private key: az ad app credential reset --id APP --cert @cert.pem --append ' +
        'Then set `client-certificate` to the new certificate with its private key.',
    ]);
    assert.match((await read(pem, '', before(notAfter, 36 * 3_600_000))).warnings.join(), /, in 1 day\. /);
    assert.match((await read(pem, '', before(notAfter, 1000))).warnings.join(), /, in less than a day\. /);
  });

  it('expired from its last moment on, said with the command that renews it', async () => {
    const error = await refusal(pem, '', notAfter);
    assert.equal(error.message, '`client-certificate` expired on 2026-06-01 12:00 UTC.');
    assert.match(
      error.report,
      /openssl req -x509 [\s\S]*az ad app credential reset --id APP --cert @cert\.pem --append/,
    );
  });

  it('not yet valid, but for the few minutes by which clocks differ', async () => {
    await read(pem, '', before(notBefore, 5 * 60_000));
    const error = await refusal(pem, '', before(notBefore, 5 * 60_000 + 1));
    assert.equal(error.message, '`client-certificate` is not valid before 2026-01-10 00:00 UTC.');
    assert.match(error.why, /The runner.s clock shows 2026-01-09 23:54 UTC\./);
  });
});

describe('a private key', () => {
  it('whose private half is damaged is refused, though its public half fits', async () => {
    const der = createPrivateKey(text('leaf.key')).export({ type: 'pkcs1', format: 'der' });
    const privateExponent = 300;
    der.writeUInt32BE(der.readUInt32BE(privateExponent) ^ 0xff00ff, privateExponent);
    for (let octet = 560; octet < 1100; octet += 60) der.writeUInt8(der.readUInt8(octet) ^ 0x55, octet);
    const damaged = `-----BEGIN RSA PRIVATE KEY-----\n${der.toString('base64')}\n-----END RSA PRIVATE KEY-----\n`;
    assert.equal((await refusal(text('leaf.crt') + damaged)).message, '`client-certificate` is damaged.');
  });

  it('of RSA-PSS is named', async () => {
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
    const privateKey = pss.export({ type: 'pkcs8', format: 'pem' }).toString();
    const { certificate } = await createCertificate({ commonName: 'pss', privateKey });
    assert.match((await refusal(certificate + privateKey)).message, /has an RSA-PSS key, not an RSA key/);
  });
});

it('a password that nothing asks for is passed over', async () => {
  await read(text('leaf.crt') + text('leaf.key'), PASSWORD);
  await read(fixture('unencrypted.pfx').toString('base64'), PASSWORD);
});
