import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import forge from 'node-forge';
import { readPfx, writePfx } from '../../src/certificate/pfx.ts';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { toPem } from '../../src/profile/login.ts';
import { asn1Of, fixture, PASSWORD, partOf, text } from './forms.ts';

const SECRET = 'kR7_rVwZ-q2';

async function certificateOf(value: string, password = '') {
  const source = { certificate: value, certificatePassword: password, clientId: 'APP' };
  return (await readClientCertificate(source, new Date(), { workspace: '/', home: '/' })).certificate;
}

const withChain = await certificateOf(fixture('modern.pfx').toString('base64'), PASSWORD);
const alone = await certificateOf(text('leaf.crt') + text('leaf.key'));

describe('writePfx', () => {
  it('writes only the leaf and its key, linked by localKeyId, as node-forge reads them', () => {
    const pfx = forge.pkcs12.pkcs12FromAsn1(asn1Of(writePfx(withChain, SECRET)), SECRET);
    const bags = (type = '') => pfx.getBags({ bagType: type })[type] ?? [];
    const certificates = bags(forge.pki.oids['certBag']);
    assert.deepEqual(
      certificates.map(({ cert }) => cert?.subject.getField('CN').value),
      ['service-principal'],
    );
    const [bag, ...others] = bags(forge.pki.oids['pkcs8ShroudedKeyBag']);
    assert.equal(others.length, 0);
    const key = bag?.key ?? assert.fail();
    const spki = forge.pki.publicKeyToPem(forge.pki.setRsaPublicKey(key.n, key.e));
    const expected = new X509Certificate(withChain.certificate).publicKey.export({ type: 'spki', format: 'pem' });
    assert.equal(spki.replaceAll('\r', ''), expected);
    const id = (of: forge.pkcs12.Bag | undefined) => Buffer.from(of?.attributes.localKeyId?.[0] ?? '', 'latin1');
    assert.equal(id(bag).toString('hex').toUpperCase(), withChain.thumbprint);
    assert.deepEqual(id(certificates[0]), id(bag));
  });

  it('writes everything but the chain that the action reads', async () => {
    for (const certificate of [withChain, alone]) {
      const pfx = writePfx(certificate, SECRET);
      assert.deepEqual(await certificateOf(pfx.toString('base64'), SECRET), { ...certificate, chain: [] });
    }
  });

  it('writes what x/crypto/pkcs12 supports: two parts, 3DES for the key, SHA-1 for the MAC', () => {
    const within = (asn1: forge.asn1.Asn1) => asn1Of(Buffer.from(String(asn1.value), 'latin1'));
    const oid = (asn1: forge.asn1.Asn1) => forge.asn1.derToOid(String(asn1.value));
    const pfx = asn1Of(writePfx(withChain, SECRET));
    const content = within(partOf(pfx, 1, 1, 0));
    assert.equal(content.value.length, 2);
    for (const part of [0, 1]) assert.equal(oid(partOf(content, part, 0)), '1.2.840.113549.1.7.1');
    assert.equal(oid(partOf(pfx, 2, 0, 0, 0)), '1.3.14.3.2.26');
    assert.equal(oid(partOf(within(partOf(content, 1, 1, 0)), 0, 1, 0, 0, 0)), '1.2.840.113549.1.12.1.3');
  });

  it('writes a different file each time, which no other password opens', () => {
    const pfx = writePfx(alone, SECRET);
    assert.throws(() => readPfx(pfx, 'other'), { reason: 'passwordRefused' });
    assert.notDeepEqual(pfx, writePfx(alone, SECRET));
  });
});

it('toPem writes the key, the leaf and, if it is sent, the chain, with LF as line end', async () => {
  const pem = toPem(withChain, 'send');
  assert.equal(pem, withChain.privateKey + text('leaf.crt') + text('chain.crt'));
  assert.ok(!pem.includes('\r'));
  assert.equal(createPrivateKey(pem).asymmetricKeyType, 'rsa');
  assert.deepEqual(await certificateOf(pem), withChain);
  assert.equal(toPem(withChain, 'omit'), withChain.privateKey + text('leaf.crt'));
});
