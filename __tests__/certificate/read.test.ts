import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { createCertificate } from '../../simulator/certificates.ts';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { THUMBPRINT, text } from './forms.ts';

const NOW = new Date();
const DAY_MS = 24 * 60 * 60 * 1000;
const FILES = { workspace: import.meta.dirname, home: import.meta.dirname };

function read(value: string, at = NOW) {
  return readClientCertificate({ certificate: value, certificatePassword: '', clientId: 'APP' }, at, FILES);
}

async function errorOf(value: string, at = NOW): Promise<SessionError> {
  const error = await read(value, at).catch((reason: unknown) => reason);
  return error instanceof SessionError ? error : assert.fail(`Not a SessionError: ${error}`);
}

function validDays(from: number, to: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(NOW.getTime() + from * DAY_MS), notAfter: new Date(NOW.getTime() + to * DAY_MS) };
}

describe('the chain', () => {
  it('is ordered from the leaf upwards, whatever the order in the file', async () => {
    const parts = [text('root.crt'), text('leaf.crt'), text('issuing.crt'), text('leaf.key')];
    for (const order of [parts, parts.toReversed(), [...parts.slice(2), ...parts.slice(0, 2)]]) {
      const { chain } = (await read(order.join(''))).certificate;
      const names = chain.map((pem) => /CN=(.*)/.exec(new X509Certificate(pem).subject)?.[1]);
      assert.deepEqual(names, ['issuing', 'root']);
    }
  });

  it('excludes certificates that did not issue the one below them', async () => {
    const unrelated = await createCertificate({ commonName: 'unrelated', purpose: 'authority' });
    const { certificate } = await read(text('leaf.key') + unrelated.certificate + text('root.crt') + text('leaf.crt'));
    assert.deepEqual(certificate.chain, []);
  });

  it('contains the valid one of an authority’s certificates', async () => {
    const options = { commonName: 'authority', purpose: 'authority' } as const;
    const old = await createCertificate({ ...options, ...validDays(-100, -1) });
    const renewed = await createCertificate({ ...options, privateKey: old.privateKey });
    const leaf = await createCertificate({ commonName: 'leaf', issuer: renewed });
    const { certificate } = await read(leaf.certificate + old.certificate + renewed.certificate + leaf.privateKey);
    assert.deepEqual(certificate.chain, [renewed.certificate]);
  });
});

describe('several certificates', async () => {
  const pair = text('leaf.crt') + text('leaf.key');
  const expired = await createCertificate({ commonName: 'old', notAfter: new Date(NOW.getTime() - 1000) });
  const ec = await createCertificate({ commonName: 'ec', key: 'ec' });
  const [one, other] = [await createCertificate({ commonName: 'sp' }), await createCertificate({ commonName: 'sp' })];

  it('with the same key: the newest valid one is used, and a warning names it', async () => {
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
    ['the same pair twice counts as one', pair + pair],
    ['an expired pair is ignored beside a valid one', expired.certificate + expired.privateKey + pair],
    ['an elliptic-curve pair is ignored beside an RSA one', ec.certificate + ec.privateKey + pair],
    ['a key without a certificate is ignored', one.privateKey + pair],
  ] as const) {
    it(name, async () => {
      const { certificate, warnings } = await read(value);
      assert.deepEqual([certificate.thumbprint, warnings], [THUMBPRINT, []]);
    });
  }

  it('of the same name, each with its own key, are an error', async () => {
    const error = await errorOf(one.certificate + one.privateKey + other.certificate + other.privateKey);
    assert.match(error.message, /contains 2 certificates, each with its own private key/);
  });
});

describe('validity', async () => {
  const notBefore = new Date('2026-01-10T00:00:00Z');
  const notAfter = new Date('2026-06-01T12:00:00Z');
  const { certificate, privateKey } = await createCertificate({ commonName: 'sp', notBefore, notAfter });
  const pem = certificate + privateKey;
  const before = (date: Date, ms: number) => new Date(date.getTime() - ms);
  const warningsBefore = async (ms: number) => (await read(pem, before(notAfter, ms))).warnings;

  it('of less than 30 days is a warning', async () => {
    assert.deepEqual(await warningsBefore(30 * DAY_MS), []);
    assert.deepEqual(await warningsBefore(30 * DAY_MS - 1), [
      'The certificate expires on 2026-06-01 12:00 UTC, in 29 days. Create a new certificate and register it alongside ' +
        'the old one; cert.pem contains no private key: az ad app credential reset --id APP --cert @cert.pem --append ' +
        'Then set `client-certificate` to the new certificate with its private key.',
    ]);
    assert.match((await warningsBefore(36 * 3_600_000)).join(), /, in 1 day\. /);
    assert.match((await warningsBefore(1000)).join(), /, in less than a day\. /);
  });

  it('that has ended is an error with the commands that renew the certificate', async () => {
    const { message, report } = await errorOf(pem, notAfter);
    assert.equal(message, '`client-certificate` expired on 2026-06-01 12:00 UTC.');
    assert.match(report, /openssl req -x509 [\s\S]*az ad app credential reset --id APP --cert @cert\.pem --append/);
  });

  it('that has not begun is an error; a clock that is 5 minutes slow is accepted', async () => {
    await read(pem, before(notBefore, 5 * 60_000));
    const error = await errorOf(pem, before(notBefore, 5 * 60_000 + 1));
    assert.equal(error.message, '`client-certificate` is not valid before 2026-01-10 00:00 UTC.');
    assert.match(error.why, /The runner.s clock shows 2026-01-09 23:54 UTC\./);
  });
});

it('a private key whose private half is damaged is an error, even though the public half matches', async () => {
  const der = createPrivateKey(text('leaf.key')).export({ type: 'pkcs1', format: 'der' });
  const privateExponent = 300;
  der.writeUInt32BE(der.readUInt32BE(privateExponent) ^ 0xff00ff, privateExponent);
  for (let octet = 560; octet < 1100; octet += 60) der.writeUInt8(der.readUInt8(octet) ^ 0x55, octet);
  const damaged = `-----BEGIN RSA PRIVATE KEY-----\n${der.toString('base64')}\n-----END RSA PRIVATE KEY-----\n`;
  assert.equal((await errorOf(text('leaf.crt') + damaged)).message, '`client-certificate` is damaged.');
});
