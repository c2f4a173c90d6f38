import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import {
  base64,
  ENDPOINT,
  ID,
  MANAGEMENT,
  madePkcs12,
  OTHER_ID,
  parse,
  pkcs12Of,
  schema1,
  schema2,
} from './documents.ts';

const OWN = base64('windows.pfx');

describe('schema 2.0', () => {
  it('has certificate and endpoint on the subscription', async () => {
    const [subscription, ...more] = await parse(schema2({ id: ID, name: 'Sub one', certificate: OWN }));
    assert.deepEqual(more, []);
    const { notAfter, ...certificate } = subscription?.certificate ?? assert.fail();
    assert.deepEqual(
      { ...subscription, certificate },
      { id: ID, name: 'Sub one', managementEndpoint: ENDPOINT, cloudName: 'AzureCloud', certificate: MANAGEMENT },
    );
    assert.ok(notAfter.getUTCFullYear() >= 2126);
    assert.match(certificate.key, /^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]+\n-----END RSA PRIVATE KEY-----\n$/);
    assert.match(certificate.cert, /^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\n$/);
  });

  it('takes several subscriptions with one certificate, and with one each', async () => {
    const other = await madePkcs12({ commonName: 'other' });
    for (const second of [OWN, other]) {
      const both = await parse(schema2({ certificate: OWN }, { id: OTHER_ID, name: 'Two', certificate: second }));
      const isOwn = both.map(({ id, certificate }) => [id, certificate.thumbprint === MANAGEMENT.thumbprint]);
      assert.deepEqual(isOwn, [
        [ID, true],
        [OTHER_ID, second === OWN],
      ]);
    }
  });

  it('keeps a subscription that is there twice once', async () => {
    const twice = await parse(schema2({ name: 'First' }, { id: ID.toUpperCase(), name: 'Second' }));
    assert.deepEqual(
      twice.map(({ id, name }) => [id, name]),
      [[ID, 'First']],
    );
  });
});

describe('schema 1.0', () => {
  it('has certificate and endpoint on the profile', async () => {
    const imported = await parse(schema1(OWN, [ID, OTHER_ID]));
    assert.deepEqual(
      imported.map(({ certificate, ...subscription }) => ({ ...subscription, thumbprint: certificate.thumbprint })),
      [ID, OTHER_ID].map((id, index) => ({
        id,
        name: `Sub ${index + 1}`,
        managementEndpoint: ENDPOINT,
        cloudName: 'AzureCloud',
        thumbprint: MANAGEMENT.thumbprint,
      })),
    );
  });

  it('lets a subscription have its own certificate', async () => {
    const attribute = `Id="${OTHER_ID}" ManagementCertificate="${await madePkcs12({ commonName: 'own' })}"`;
    const [first, second] = await parse(schema1(OWN, [ID, OTHER_ID]).replace(`Id="${OTHER_ID}"`, attribute));
    assert.equal(first?.certificate.thumbprint, MANAGEMENT.thumbprint);
    assert.notEqual(second?.certificate.thumbprint, MANAGEMENT.thumbprint);
  });
});

describe('PKCS#12', () => {
  const files = `windows.pfx rc2-40.pfx 3des.pfx aes-256.pfx unencrypted.pfx
    null-password-3des.pfx null-password-rc2-40.pfx`.split(/\s+/);
  const forms = { ...Object.fromEntries(files.map((name) => [name, base64(name)])), 'as node-forge writes it': '' };
  for (const [name, certificate] of Object.entries(forms)) {
    it(name, async () => {
      const made = certificate || pkcs12Of(MANAGEMENT.cert, MANAGEMENT.key, '', 2000);
      const [subscription] = await parse(schema2({ certificate: made }));
      assert.deepEqual({ ...subscription?.certificate, notAfter: undefined }, { ...MANAGEMENT, notAfter: undefined });
    });
  }

  it('in base64 that an editor wrapped', async () => {
    const lines = OWN.match(/.{1,76}/g) ?? [];
    for (const end of ['\n', '\r\n      ', '&#xD;&#xA;', '\t', ' ']) {
      const [subscription] = await parse(schema2({ certificate: `${end}${lines.join(end)}${end}` }));
      assert.equal(subscription?.certificate.thumbprint, MANAGEMENT.thumbprint, JSON.stringify(end));
    }
  });

  it('is masked, as the file has it and its key, and opened once, however many subscriptions share it', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `aaaaaaaa-0000-0000-0000-${String(index).padStart(12, '0')}`);
    const masked: string[] = [];
    assert.equal((await parse(schema1(OWN, ids), masked)).length, 250);
    assert.deepEqual(masked, [OWN, MANAGEMENT.key]);
  });
});

describe('encoding', () => {
  const file = schema2({ name: 'Büro – 東京 🔑' });
  const swapped = Buffer.from(file, 'utf16le').swap16();
  for (const [name, xml] of Object.entries({
    text: file,
    'text with a byte order mark': `\ufeff${file}`,
    'text after white space': `\n  ${file}`,
    'UTF-8': Buffer.from(file),
    'UTF-8 with a byte order mark': Buffer.from(`\ufeff${file}`),
    'UTF-16 LE with a byte order mark': Buffer.from(`\ufeff${file}`, 'utf16le'),
    'UTF-16 BE with a byte order mark': Buffer.concat([Buffer.of(0xfe, 0xff), swapped]),
    'UTF-16 LE without': Buffer.from(file, 'utf16le'),
    'UTF-16 BE without': swapped,
  })) {
    it(name, async () => assert.equal((await parse(xml))[0]?.name, 'Büro – 東京 🔑'));
  }
});

describe('endpoints', () => {
  for (const [url, cloudName] of [
    ['https://management.core.windows.net', 'AzureCloud'],
    ['HTTPS://Management.Core.Windows.NET//', 'AzureCloud'],
    [' https://management.core.windows.net:443/ ', 'AzureCloud'],
    ['https://management.core.usgovcloudapi.net/', 'AzureUSGovernment'],
    ['https://management.core.chinacloudapi.cn', 'AzureChinaCloud'],
    ['https://management.core.cloudapi.de/', 'AzureGermanCloud'],
  ] as const) {
    it(`${JSON.stringify(url)} is ${cloudName}`, async () => {
      const [subscription] = await parse(schema2({ url }));
      assert.equal(subscription?.cloudName, cloudName);
      assert.equal(subscription.managementEndpoint, KNOWN_CLOUDS[cloudName].serviceManagement);
    });
  }
});

for (const [what, written, name] of [
  ['is that of the file, on one line', 'A &amp; B &lt;1&gt;&#10;::error::x', 'A & B <1> ::error::x'],
  ['is the id where there is none', ' ', ID],
] as const) {
  it(`a name ${what}`, async () => assert.equal((await parse(schema2({ name: written })))[0]?.name, name));
}
