import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import forge from 'node-forge';
import { readPfx } from '../../src/certificate/pfx.ts';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { writePfx } from '../../src/exports/pfx.ts';
import { toPem } from '../../src/profile/login.ts';
import { asn1Of, fixture, PASSWORD, partsOf, text } from './forms.ts';

const files = { workspace: '/', home: '/' };
const secret = 'kR7_rVwZ-q2';

async function certificateOf(value: string, password = '') {
  return (await readClientCertificate({ value, password, clientId: 'APP' }, new Date(), files)).certificate;
}

const withChain = await certificateOf(fixture('modern.pfx').toString('base64'), PASSWORD);
const alone = await certificateOf(text('leaf.crt') + text('leaf.key'));

function readByForge(pfx: Buffer, password: string) {
  const read = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(pfx.toString('latin1')), password);
  const bags = (type: string) => read.getBags({ bagType: type })[type] ?? [];
  return {
    certificates: bags(forge.pki.oids['certBag'] ?? ''),
    keys: bags(forge.pki.oids['pkcs8ShroudedKeyBag'] ?? ''),
  };
}

describe('writePfx', () => {
  it('is read by node-forge: the leaf alone, and the key', async () => {
    const { certificates, keys } = readByForge(writePfx(withChain, secret), secret);
    const names = certificates.map((bag) => bag.cert?.subject.getField('CN').value);
    assert.deepEqual(names, ['service-principal']);
    const [key] = keys;
    assert.ok(key?.key);
    const spki = forge.pki.publicKeyToPem(forge.pki.setRsaPublicKey(key.key.n, key.key.e));
    const expected = new X509Certificate(withChain.certificate).publicKey.export({ type: 'spki', format: 'pem' });
    assert.equal(spki.replaceAll('\r', ''), expected);
  });

  it('links key and leaf by localKeyId', async () => {
    const { certificates, keys } = readByForge(writePfx(withChain, secret), secret);
    const id = (bag: forge.pkcs12.Bag | undefined) => bag?.attributes.localKeyId?.[0];
    assert.equal(Buffer.from(id(keys[0]), 'latin1').toString('hex').toUpperCase(), withChain.thumbprint);
    assert.equal(id(certificates[0]), id(keys[0]));
  });

  it('is read by what wrote it, with nothing lost', async () => {
    for (const certificate of [withChain, alone]) {
      const pfx = writePfx(certificate, secret);
      assert.deepEqual(await certificateOf(pfx.toString('base64'), secret), { ...certificate, chain: [] });
    }
  });

  it('keeps to what x/crypto/pkcs12 knows: two parts, 3DES over the key, SHA-1 in the MAC', () => {
    const at = (asn1: forge.asn1.Asn1, ...path: number[]) =>
      path.reduce((value, index) => partsOf(value)[index] ?? assert.fail(), asn1);
    const within = (asn1: forge.asn1.Asn1) => asn1Of(Buffer.from(String(asn1.value), 'latin1'));
    const oid = (asn1: forge.asn1.Asn1) => forge.asn1.derToOid(String(asn1.value));
    const pfx = asn1Of(writePfx(withChain, secret));
    const content = within(at(pfx, 1, 1, 0));
    assert.deepEqual(
      partsOf(content).map((part) => oid(at(part, 0))),
      ['1.2.840.113549.1.7.1', '1.2.840.113549.1.7.1'],
    );
    assert.equal(oid(at(pfx, 2, 0, 0, 0)), '1.3.14.3.2.26');
    const bag = at(within(at(content, 1, 1, 0)), 0);
    assert.equal(oid(at(bag, 1, 0, 0, 0)), '1.2.840.113549.1.12.1.3');
  });

  it('does not open with another password, and is another file each time', () => {
    const pfx = writePfx(alone, secret);
    assert.throws(() => readPfx(pfx, 'other'), { reason: 'passwordRefused' });
    assert.notDeepEqual(pfx, writePfx(alone, secret));
  });

  it('takes a password of any script', () => {
    const pfx = writePfx(alone, 'пароль-密码-🔑');
    assert.equal(readPfx(pfx, 'пароль-密码-🔑').certificates.length, 1);
    assert.equal(readByForge(pfx, 'пароль-密码-🔑').keys.length, 1);
  });
});

describe('toPem', () => {
  it('has the key, then the leaf, then the chain, with LF alone', async () => {
    const pem = toPem(withChain, 'send');
    assert.equal(pem, withChain.privateKey + text('leaf.crt') + text('chain.crt'));
    assert.ok(!pem.includes('\r'));
    assert.equal(createPrivateKey(pem).asymmetricKeyType, 'rsa');
    assert.deepEqual(await certificateOf(pem), withChain);
  });

  it('leaves the chain out', () => {
    assert.equal(toPem(withChain, 'omit'), withChain.privateKey + text('leaf.crt'));
  });
});
