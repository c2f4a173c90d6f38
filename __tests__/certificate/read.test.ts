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
    const old = await createCertificate({
      commonName: 'authority',
      purpose: 'authority',
      notBefore: new Date(NOW.getTime() - 100 * DAY_MS),
      notAfter: new Date(NOW.getTime() - DAY_MS),
    });
    const renewed = await createCertificate({
      commonName: 'authority',
      purpose: 'authority',
      privateKey: old.privateKey,
    });
    const leaf = await createCertificate({ commonName: 'leaf', issuer: renewed });
    const { certificate } = await read(leaf.certificate + old.certificate + renewed.certificate + leaf.privateKey);
    assert.deepEqual(certificate.chain, [renewed.certificate]);
  });
});

describe('several certificates', () => {
  it('of one key: the newest valid one, with a warning that names it', async () => {
    const made = (notBefore: number, notAfter: number, privateKey?: string) =>
      createCertificate({
        commonName: 'sp',
        notBefore: new Date(NOW.getTime() + notBefore * DAY_MS),
        notAfter: new Date(NOW.getTime() + notAfter * DAY_MS),
        ...(privateKey === undefined ? {} : { privateKey }),
      });
    const older = await made(-200, 60);
    const newer = await made(-10, 355, older.privateKey);
    const expired = await made(-5, -1, older.privateKey);
    const { certificate, warnings } = await read(
      older.certificate + newer.certificate + expired.certificate + older.privateKey,
    );
    assert.equal(certificate.thumbprint, newer.thumbprint);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', new RegExp(`holds 2 certificates.*${newer.thumbprint}`));
  });

  it('the same one twice is one', async () => {
    const { warnings } = await read(text('leaf.crt') + text('leaf.crt') + text('leaf.key') + text('leaf.key'));
    assert.deepEqual(warnings, []);
  });

  it('an expired pair beside a valid one: the valid one', async () => {
    const expired = await createCertificate({ commonName: 'old', notAfter: new Date(NOW.getTime() - 1000) });
    const { certificate, warnings } = await read(
      expired.certificate + expired.privateKey + text('leaf.crt') + text('leaf.key'),
    );
    assert.equal(certificate.thumbprint, IDENTITY.thumbprint);
    assert.deepEqual(warnings, []);
  });

  it('an elliptic-curve pair beside an RSA one: the RSA one', async () => {
    const ec = await createCertificate({ commonName: 'ec', key: 'ec' });
    const { certificate } = await read(ec.certificate + ec.privateKey + text('leaf.crt') + text('leaf.key'));
    assert.equal(certificate.thumbprint, IDENTITY.thumbprint);
  });

  it('a further key that belongs to none: passed over', async () => {
    const { privateKey } = await createCertificate({ commonName: 'other' });
    const { certificate } = await read(privateKey + text('leaf.crt') + text('leaf.key'));
    assert.equal(certificate.thumbprint, IDENTITY.thumbprint);
  });

  it('two with keys of their own, even of one name: refused', async () => {
    const [one, other] = [await createCertificate({ commonName: 'sp' }), await createCertificate({ commonName: 'sp' })];
    const error = await refusal(one.certificate + one.privateKey + other.certificate + other.privateKey);
    assert.match(error.message, /holds 2 certificates, each with a private key of its own/);
  });

  it('two self-signed ones of one name, with and without key identifiers: refused', async () => {
    const one = await createCertificate({ commonName: 'sp' });
    const other = withoutExtensions('sp');
    const error = await refusal(one.certificate + one.privateKey + other.certificate + other.privateKey);
    assert.match(error.message, /holds 2 certificates, each with a private key of its own/);
  });
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
      'The certificate expires on 2026-06-01 12:00 UTC, in 29 days. Make a new certificate and register it beside the ' +
        'old one; cert.pem holds it without its key: az ad app credential reset --id APP --cert @cert.pem --append ' +
        'Then put the new certificate, with its private key, into `client-certificate`.',
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
    assert.match(error.why, /The clock of the runner says 2026-01-09 23:54 UTC\./);
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
    assert.match((await refusal(certificate + privateKey)).message, /has an RSA-PSS key, not an RSA one/);
  });
});

it('a password that nothing asks for is passed over', async () => {
  await read(text('leaf.crt') + text('leaf.key'), PASSWORD);
  await read(fixture('unencrypted.pfx').toString('base64'), PASSWORD);
});
