import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { base64, ENDPOINT, ID, MANAGEMENT, madePkcs12, OTHER_ID, parse, schema1, schema2 } from './documents.ts';

const PFX = base64('windows.pfx');

const FROM_CLOUD = { managementEndpoint: ENDPOINT, cloudName: 'AzureCloud', state: 'Unknown' };

describe('schema 2.0', () => {
  it('has the certificate and the endpoint on the subscription', async () => {
    const [subscription, ...more] = await parse(schema2({ id: ID, name: 'Sub one', certificate: PFX }));
    assert.deepEqual(more, []);
    const { notAfter, ...certificate } = subscription?.certificate ?? assert.fail();
    assert.deepEqual(
      { ...subscription, certificate },
      { id: ID, name: 'Sub one', ...FROM_CLOUD, certificate: MANAGEMENT },
    );
    assert.ok(notAfter.getUTCFullYear() >= 2126);
    assert.match(certificate.key, /^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]+\n-----END RSA PRIVATE KEY-----\n$/);
    assert.match(certificate.cert, /^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\n$/);
  });

  it('may have several subscriptions, with the same certificate or different ones', async () => {
    const other = await madePkcs12({ commonName: 'other' });
    for (const second of [PFX, other]) {
      const both = await parse(schema2({ certificate: PFX }, { id: OTHER_ID, name: 'Two', certificate: second }));
      assert.deepEqual(
        both.map(({ id, certificate }) => [id, certificate.thumbprint === MANAGEMENT.thumbprint]),
        [
          [ID, true],
          [OTHER_ID, second === PFX],
        ],
      );
    }
  });

  it('may repeat a subscription, of which the first is used', async () => {
    const [{ id, name } = assert.fail(), ...more] = await parse(
      schema2({ name: 'First' }, { id: ID.toUpperCase(), name: 'Second' }),
    );
    assert.deepEqual([id, name, more], [ID, 'First', []]);
  });
});

describe('schema 1.0', () => {
  it('has the certificate and the endpoint on the profile', async () => {
    const imported = await parse(schema1(PFX, [ID, OTHER_ID]));
    const { thumbprint } = MANAGEMENT;
    const common = { ...FROM_CLOUD, thumbprint };
    assert.deepEqual(
      imported.map(({ certificate, ...subscription }) => ({ ...subscription, thumbprint: certificate.thumbprint })),
      [ID, OTHER_ID].map((id, index) => ({ id, name: `Sub ${index + 1}`, ...common })),
    );
  });

  it('may have the certificate of a subscription', async () => {
    const attribute = `Id="${OTHER_ID}" ManagementCertificate="${await madePkcs12({ commonName: 'own' })}"`;
    const [first, second] = await parse(schema1(PFX, [ID, OTHER_ID]).replace(`Id="${OTHER_ID}"`, attribute));
    assert.equal(first?.certificate.thumbprint, MANAGEMENT.thumbprint);
    assert.notEqual(second?.certificate.thumbprint, MANAGEMENT.thumbprint);
  });
});

describe('the PKCS#12 file', () => {
  const files = `windows.pfx rc2-40.pfx 3des.pfx aes-256.pfx unencrypted.pfx
    null-password-3des.pfx null-password-rc2-40.pfx`.split(/\s+/);
  for (const name of files) {
    it(`may be ${name}`, async () => {
      const [subscription] = await parse(schema2({ certificate: base64(name) }));
      assert.deepEqual({ ...subscription?.certificate, notAfter: undefined }, { ...MANAGEMENT, notAfter: undefined });
    });
  }

  it('may be in lines', async () => {
    const lines = PFX.match(/.{1,76}/g) ?? [];
    for (const end of ['\n', '\r\n      ', '&#xD;&#xA;', '\t', ' ']) {
      const [subscription] = await parse(schema2({ certificate: `${end}${lines.join(end)}${end}` }));
      assert.equal(subscription?.certificate.thumbprint, MANAGEMENT.thumbprint, JSON.stringify(end));
    }
  });

  it('is masked, like its key, and decrypted only once, however many subscriptions share it', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `aaaaaaaa-0000-0000-0000-${String(index).padStart(12, '0')}`);
    const masked: string[] = [];
    assert.equal((await parse(schema1(PFX, ids), masked)).length, 250);
    assert.deepEqual(masked, [PFX, MANAGEMENT.key]);
  });
});

describe('the encoding may be', () => {
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
    'UTF-16 LE without a byte order mark': Buffer.from(file, 'utf16le'),
    'UTF-16 BE without a byte order mark': swapped,
  })) {
    it(name, async () => assert.equal((await parse(xml))[0]?.name, 'Büro – 東京 🔑'));
  }
});

for (const [url, cloudName] of [
  ['https://management.core.windows.net', 'AzureCloud'],
  ['HTTPS://Management.Core.Windows.NET//', 'AzureCloud'],
  [' https://management.core.windows.net:443/ ', 'AzureCloud'],
  ['https://management.core.usgovcloudapi.net/', 'AzureUSGovernment'],
  ['https://management.core.chinacloudapi.cn', 'AzureChinaCloud'],
  ['https://management.core.cloudapi.de/', 'AzureGermanCloud'],
] as const) {
  it(`the endpoint ${JSON.stringify(url)} belongs to ${cloudName}`, async () => {
    const [subscription] = await parse(schema2({ url }));
    assert.equal(subscription?.cloudName, cloudName);
    assert.equal(subscription.managementEndpoint, KNOWN_CLOUDS[cloudName].serviceManagement);
  });
}

it('the name is on one line, and is the id if the file has no name', async () => {
  const nameOf = async (name: string) => (await parse(schema2({ name })))[0]?.name;
  assert.equal(await nameOf('A &amp; B &lt;1&gt;&#10;::error::x'), 'A & B <1> ::error::x');
  assert.equal(await nameOf(' '), ID);
});
