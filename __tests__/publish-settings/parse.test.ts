import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  base64,
  CLOUDS,
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

describe('schema 2.0', () => {
  it('has certificate and endpoint on the subscription', async () => {
    const [subscription, ...more] = await parse(
      schema2({ id: ID, name: 'Sub one', certificate: base64('windows.pfx') }),
    );
    assert.deepEqual(more, []);
    assert.deepEqual(subscription, {
      id: ID,
      name: 'Sub one',
      managementEndpoint: ENDPOINT,
      cloudName: 'AzureCloud',
      certificate: { ...MANAGEMENT, notAfter: subscription?.certificate.notAfter },
    });
    assert.ok((subscription?.certificate.notAfter.getUTCFullYear() ?? 0) >= 2126);
    assert.match(
      subscription?.certificate.key ?? '',
      /^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]+\n-----END RSA PRIVATE KEY-----\n$/,
    );
    assert.match(
      subscription?.certificate.cert ?? '',
      /^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\n$/,
    );
  });

  it('takes several subscriptions with one certificate, and with one each', async () => {
    const other = await madePkcs12({ commonName: 'other' });
    const own = base64('windows.pfx');
    const shared = await parse(schema2({ certificate: own }, { id: OTHER_ID, name: 'Two', certificate: own }));
    assert.deepEqual(
      shared.map(({ id }) => id),
      [ID, OTHER_ID],
    );
    assert.equal(shared[0]?.certificate.thumbprint, shared[1]?.certificate.thumbprint);
    const single = await parse(schema2({ certificate: own }, { id: OTHER_ID, name: 'Two', certificate: other }));
    assert.equal(single[0]?.certificate.thumbprint, MANAGEMENT.thumbprint);
    assert.notEqual(single[1]?.certificate.thumbprint, MANAGEMENT.thumbprint);
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
    const imported = await parse(schema1(base64('windows.pfx'), [ID, OTHER_ID]));
    assert.deepEqual(
      imported.map(({ id, name, managementEndpoint, certificate }) => [
        id,
        name,
        managementEndpoint,
        certificate.thumbprint,
      ]),
      [
        [ID, 'Sub 1', ENDPOINT, MANAGEMENT.thumbprint],
        [OTHER_ID, 'Sub 2', ENDPOINT, MANAGEMENT.thumbprint],
      ],
    );
  });

  it('lets a subscription have its own certificate', async () => {
    const own = await madePkcs12({ commonName: 'own' });
    const file = schema1(base64('windows.pfx'), [ID, OTHER_ID]).replace(
      `Id="${OTHER_ID}"`,
      `Id="${OTHER_ID}" ManagementCertificate="${own}"`,
    );
    const [first, second] = await parse(file);
    assert.equal(first?.certificate.thumbprint, MANAGEMENT.thumbprint);
    assert.notEqual(second?.certificate.thumbprint, MANAGEMENT.thumbprint);
  });
});

describe('PKCS#12', () => {
  const files = `
    windows.pfx rc2-40.pfx 3des.pfx aes-256.pfx unencrypted.pfx null-password-3des.pfx null-password-rc2-40.pfx`
    .trim()
    .split(/\s+/);
  for (const name of files) {
    it(name, async () => {
      const [subscription] = await parse(schema2({ certificate: base64(name) }));
      assert.deepEqual({ ...subscription?.certificate, notAfter: undefined }, { ...MANAGEMENT, notAfter: undefined });
    });
  }

  it('as node-forge writes it', async () => {
    const made = pkcs12Of(MANAGEMENT.cert, MANAGEMENT.key, '', 2000);
    const [subscription] = await parse(schema2({ certificate: made }));
    assert.equal(subscription?.certificate.key, MANAGEMENT.key);
  });

  it('in base64 that an editor wrapped', async () => {
    const lines = base64('windows.pfx').match(/.{1,76}/g) ?? [];
    for (const end of ['\n', '\r\n      ', '&#xD;&#xA;', '\t', ' ']) {
      const [subscription] = await parse(schema2({ certificate: `${end}${lines.join(end)}${end}` }));
      assert.equal(subscription?.certificate.thumbprint, MANAGEMENT.thumbprint, JSON.stringify(end));
    }
  });

  it('is opened once, however many subscriptions share it', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `aaaaaaaa-0000-0000-0000-${String(index).padStart(12, '0')}`);
    const masked: string[] = [];
    const imported = await parse(schema1(base64('windows.pfx'), ids), masked);
    assert.equal(imported.length, 250);
    assert.equal(masked.length, 2);
  });
});

describe('encoding', () => {
  const file = schema2({ name: 'Büro – 東京 🔑' });
  const swapped = Buffer.from(file, 'utf16le').swap16();
  const encoded: Readonly<Record<string, string | Uint8Array>> = {
    text: file,
    'text with a byte order mark': `\ufeff${file}`,
    'text after white space': `\n  ${file}`,
    'UTF-8': Buffer.from(file),
    'UTF-8 with a byte order mark': Buffer.from(`\ufeff${file}`),
    'UTF-16 LE with a byte order mark': Buffer.from(`\ufeff${file}`, 'utf16le'),
    'UTF-16 BE with a byte order mark': Buffer.concat([Buffer.of(0xfe, 0xff), swapped]),
    'UTF-16 LE without': Buffer.from(file, 'utf16le'),
    'UTF-16 BE without': swapped,
  };
  for (const [name, xml] of Object.entries(encoded)) {
    it(name, async () => {
      const [subscription] = await parse(xml);
      assert.equal(subscription?.name, 'Büro – 東京 🔑');
    });
  }
});

describe('endpoints', () => {
  const written: Readonly<Record<string, string>> = {
    'https://management.core.windows.net': 'AzureCloud',
    'https://management.core.windows.net/': 'AzureCloud',
    'HTTPS://Management.Core.Windows.NET//': 'AzureCloud',
    ' https://management.core.windows.net:443/ ': 'AzureCloud',
    'https://management.core.usgovcloudapi.net/': 'AzureUSGovernment',
    'https://management.core.chinacloudapi.cn': 'AzureChinaCloud',
    'https://management.core.cloudapi.de/': 'AzureGermanCloud',
  };
  for (const [url, cloudName] of Object.entries(written)) {
    it(`${JSON.stringify(url)} is ${cloudName}`, async () => {
      const [subscription] = await parse(schema2({ url }));
      assert.equal(subscription?.cloudName, cloudName);
      const cloud = CLOUDS.find(({ name }) => name === cloudName);
      assert.equal(subscription?.managementEndpoint, cloud?.serviceManagement);
    });
  }
});

describe('names', () => {
  it('are those of the file, on one line', async () => {
    const [subscription] = await parse(schema2({ name: 'A &amp; B &lt;1&gt;&#10;::error::x' }));
    assert.equal(subscription?.name, 'A & B <1> ::error::x');
  });

  it('are the id where there is none', async () => {
    const [subscription] = await parse(schema2({ name: ' ' }));
    assert.equal(subscription?.name, ID);
  });
});

describe('secrets', () => {
  it('are masked: the certificate as the file has it, and the key', async () => {
    const masked: string[] = [];
    await parse(schema2({}), masked);
    assert.deepEqual(masked, [base64('windows.pfx'), MANAGEMENT.key]);
  });
});
