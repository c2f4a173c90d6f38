import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { keyMaterial } from '../../src/core/key-material.ts';
import { secretsIn } from '../../src/inputs/secrets.ts';
import { CLIENT, SUBSCRIPTION, step, TENANT, type With } from './workflow-step.ts';

const SECRET = 'abc8Q~Xy.z_-1234567890';
const masks = (inputs: With): readonly string[] => secretsIn(step(inputs));

/** What the log looks like afterwards: every mask hidden wherever it stands, as the runner hides it. */
function logged(text: string, inputs: With): string {
  return [...masks(inputs)]
    .sort((one, other) => other.length - one.length)
    .reduce((line, mask) => line.replaceAll(mask, '***'), text);
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
/** A stand-in for a certificate: a block with the label of one, whose body is public. */
const certificate = publicKey.replaceAll('PUBLIC KEY', 'CERTIFICATE');
const pem = `${certificate}${privateKey}`;
const body = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));

test('nothing secret, nothing to mask', () => {
  assert.deepEqual(masks({}), []);
  assert.deepEqual(
    masks({ 'client-id': CLIENT, 'tenant-id': TENANT, subscription: SUBSCRIPTION, username: 'u@contoso.com' }),
    [],
  );
});

describe('secrets and passwords', () => {
  for (const name of ['client-secret', 'client-certificate-password', 'password'] as const) {
    test(`${name} as it is, however short`, () => {
      assert.deepEqual(masks({ [name]: SECRET }), [SECRET]);
      assert.deepEqual(masks({ [name]: 'x' }), ['x']);
      assert.deepEqual(masks({ [name]: 'a b{"c"}' }), ['a b{"c"}']);
    });
  }
  test('each once', () => assert.deepEqual(masks({ 'client-secret': SECRET, password: SECRET }), [SECRET]));
  test('creds pasted as the secret', () => {
    const json = JSON.stringify({ clientId: CLIENT, clientSecret: SECRET }, undefined, 2);
    assert.deepEqual(masks({ 'client-secret': json }), [SECRET]);
  });
  test('a key pasted as the secret', () => assert.deepEqual(masks({ password: pem }), body(privateKey)));
  test('several lines are masked line by line', () => {
    assert.deepEqual(masks({ 'client-secret': `${SECRET}\n{\n}\nsecond-line` }), [SECRET, 'second-line']);
  });
});

describe('creds', () => {
  const full = {
    clientId: CLIENT,
    clientSecret: SECRET,
    subscriptionId: SUBSCRIPTION,
    tenantId: TENANT,
    activeDirectoryEndpointUrl: 'https://login.microsoftonline.com',
    resourceManagerEndpointUrl: 'https://management.azure.com/',
    activeDirectoryGraphResourceId: 'https://graph.windows.net/',
    sqlManagementEndpointUrl: 'https://management.core.windows.net:8443/',
  };
  const cases: readonly [string, unknown, readonly string[]][] = [
    ['--json-auth', full, [SECRET]],
    ['plain', { appId: CLIENT, displayName: 'azure-cli-2024', password: SECRET, tenant: TENANT }, [SECRET]],
    ['a secret that is a GUID', { ...full, clientSecret: TENANT }, [TENANT]],
    ['a secret that is a number', { clientSecret: 12345678 }, ['12345678']],
    ['a short secret', { clientSecret: 'pw' }, ['pw']],
    ['an empty secret', { clientSecret: '' }, []],
    ['an unknown spelling', { client_secret: SECRET, ClientSecret: 'Other~Secret' }, ['Other~Secret', SECRET]],
    ['an unknown name', { value: SECRET, kind: 'sp', object: SUBSCRIPTION }, [SECRET]],
    ['id and secret swapped', { clientId: SECRET, clientSecret: CLIENT }, [CLIENT, SECRET]],
    ['ids of other forms', { clientId: 'api://my-app', tenantId: 'contoso.onmicrosoft.com' }, []],
    ['nested', { credentials: [{ clientSecret: SECRET }] }, [SECRET]],
    ['an array', [SECRET], [SECRET]],
    ['a string', SECRET, [SECRET]],
    ['encoded twice', JSON.stringify(full), [SECRET]],
    ['a secret that begins with a brace', { clientSecret: '{~secret' }, ['{~secret']],
    ['a path of a certificate', { ...full, clientSecret: undefined, clientCertificate: '/tmp/x.pem' }, ['/tmp/x.pem']],
    ['a certificate with its key', { ...full, clientSecret: undefined, clientCertificate: pem }, body(privateKey)],
    ['a URL with a password', { url: 'https://user:pw@host/' }, ['https://user:pw@host/']],
  ];
  for (const [name, json, expected] of cases) {
    test(name, () => {
      assert.deepEqual(new Set(masks({ creds: JSON.stringify(json) })), new Set(expected));
      assert.deepEqual(new Set(masks({ creds: JSON.stringify(json, undefined, 2) })), new Set(expected));
    });
  }

  const pretty = JSON.stringify(full, undefined, 2);
  const broken: readonly [string, string][] = [
    ['cut short', pretty.slice(0, pretty.indexOf(SUBSCRIPTION))],
    ['cut in the secret’s quotes', pretty.slice(0, pretty.indexOf(SECRET) + SECRET.length)],
    ['without its braces', pretty.slice(1, -1)],
    ['a comma too many', pretty.replace('\n}', ',\n}')],
    ['in one line, without a brace', JSON.stringify(full).slice(0, -1)],
    ['in single quotes', JSON.stringify(full).replaceAll('"', "'")],
    ['without quotes', JSON.stringify(full).replaceAll('"', '')],
    ['a quote missing before', pretty.replace(`"${SECRET}`, SECRET)],
    ['a quote missing after', pretty.replace(`${SECRET}"`, SECRET)],
    ['YAML', `clientId: ${CLIENT}\nclientSecret: ${SECRET}\n`],
    ['variables', `AZURE_CLIENT_ID=${CLIENT}\nAZURE_CLIENT_SECRET=${SECRET}`],
    ['the secret alone', SECRET],
    ['the secret in a sentence', `the secret is ${SECRET} and nothing else`],
    ['encoded twice and cut short', JSON.stringify(JSON.stringify(full)).slice(0, -4)],
    ['twice the JSON', `${pretty}\n${pretty}`],
  ];
  for (const [name, creds] of broken) {
    test(`broken: ${name}`, () => {
      assert.ok(!logged(`x ${SECRET} y`, { creds }).includes(SECRET));
      assert.ok(!logged(creds, { creds }).includes(SECRET));
      const speech = 'the `creds` JSON lacks `clientId`, `clientSecret`, `tenantId`, `subscriptionId` { "a": [1] }';
      assert.equal(logged(`${speech} ${CLIENT} ${TENANT}`, { creds }), `${speech} ${CLIENT} ${TENANT}`);
    });
  }
  for (const secret of ['a,b:c d"e', "it's{a}=secret", 'x=y:z,w~1234']) {
    test(`broken, with the secret ${secret}`, () => {
      const creds = `{"clientId": "${CLIENT}",\n"clientSecret": "${secret}"\n`;
      assert.notEqual(logged(secret, { creds }), secret);
      assert.ok(masks({ creds }).includes(secret), 'the value of the line as a whole');
    });
  }
  test('no mask is a piece of every log', () => {
    for (const [, creds] of [...broken, ['', pretty], ['', '{'], ['', '{}'], ['', '[[[[']] as const) {
      for (const mask of masks({ creds })) assert.ok(mask.length >= 4 && /[a-z0-9]/i.test(mask), mask);
    }
  });
  test('however deep it is', () => {
    const deep = `${'['.repeat(50_000)}"${SECRET}"${']'.repeat(50_000)}`;
    assert.ok(masks({ creds: deep }).includes(SECRET));
  });
});

describe('client-certificate', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const key = body(privateKey);

  test('PEM: the lines of the key, not of the certificate', () => {
    assert.deepEqual(masks({ 'client-certificate': pem }), key);
    assert.deepEqual(masks({ 'client-certificate': `${privateKey}${certificate}` }), key);
    assert.deepEqual(masks({ 'client-certificate': pem.replaceAll('\n', '\r\n') }), key);
  });
  for (const label of [
    'RSA PRIVATE KEY',
    'EC PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
    'OPENSSH PRIVATE KEY',
    'ANY THING',
  ]) {
    test(label, () => {
      assert.deepEqual(masks({ 'client-certificate': privateKey.replaceAll('PRIVATE KEY', label) }), key);
    });
  }
  test('a certificate alone is public', () => {
    assert.deepEqual(masks({ 'client-certificate': certificate }), []);
    assert.deepEqual(masks({ 'client-certificate': base64(certificate) }), []);
  });
  test('what openssl writes around the blocks is not masked', () => {
    const bag =
      'Bag Attributes\n    localKeyID: 01 02 03\n    friendlyName: My certificate\nKey Attributes: <No Attributes>\n';
    assert.deepEqual(masks({ 'client-certificate': `${bag}${privateKey}${bag}${certificate}` }), key);
  });
  test('headers of an old encrypted key are not masked', () => {
    const headers =
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0123456789ABCDEF\n\n';
    const old = `${headers}${key.join('\n')}\n-----END RSA PRIVATE KEY-----`;
    assert.deepEqual(masks({ 'client-certificate': old }), key);
    assert.deepEqual(masks({ 'client-certificate': old.replaceAll('\n', ' ') }), key);
  });
  const damaged: readonly [string, string][] = [
    ['line breaks as \\n', pem.replaceAll('\n', '\\n')],
    ['line breaks as \\r\\n', pem.replaceAll('\n', '\\r\\n')],
    ['line breaks as blanks', pem.replaceAll('\n', ' ')],
    ['indented', pem.replaceAll('\n', '\n    ')],
    ['no END', pem.slice(0, pem.indexOf('-----END PRIVATE'))],
    ['no BEGIN', privateKey.slice(privateKey.indexOf('\n') + 1)],
    ['no blocks', key.join('\n')],
    ['the certificate’s END missing', pem.replace('-----END CERTIFICATE-----\n', '')],
    ['a hyphen missing', pem.replace('-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY----')],
    ['in quotes', `"${pem.replaceAll('\n', '\\n')}"`],
  ];
  for (const [name, text] of damaged) {
    test(`damaged: ${name}`, () => {
      const found = new Set(masks({ 'client-certificate': text }));
      // The end of a key is too short to tell from a word where nothing marks it as a key.
      const lines = key.filter((line) => line.length >= 40);
      assert.deepEqual(
        lines.filter((line) => !found.has(line)),
        [],
      );
      const words = '-----BEGIN PRIVATE KEY----- -----END CERTIFICATE----- PRIVATE KEY';
      assert.equal(logged(words, { 'client-certificate': text }), words);
    });
  }

  test('base64 of a PEM: the text and the key in it', () => {
    const text = base64(pem);
    assert.deepEqual(new Set(masks({ 'client-certificate': text })), new Set([text, ...key]));
  });
  test('base64 in lines: each, and all in one', () => {
    const pfx = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 31) % 256));
    const lines = pfx.toString('base64').match(/.{1,76}/g) ?? [];
    const found = masks({ 'client-certificate': lines.join('\n') });
    assert.deepEqual(new Set(found), new Set([...lines, lines.join('')]));
  });
  for (const path of [
    'certs/deployer.pem',
    './deployer.pfx',
    '/home/runner/work/_temp/a/very/long/path/that/goes/on/and/on/and/on/and/has/no/dot/at/all/in/it/cert',
    'C:\\Users\\runneradmin\\AppData\\Local\\Temp\\azure\\certificates\\deployer\\certificate.pfx',
    '~/cert',
  ]) {
    test(`a path is none: ${path}`, () => assert.deepEqual(masks({ 'client-certificate': path }), []));
  }
  test('a key read from a file is found the same way', () => assert.deepEqual(keyMaterial(pem), key));
});

describe('publish-settings', () => {
  const blob = Buffer.from(Array.from({ length: 400 }, (_, at) => (at * 7) % 256)).toString('base64');
  const other = blob.replace('A', 'B');
  const first = `<PublishData><PublishProfile PublishMethod="AzureServiceManagementAPI" Url="https://management.core.windows.net/" ManagementCertificate="${blob}"><Subscription Id="${SUBSCRIPTION}" Name="Sub one" /></PublishProfile></PublishData>`;
  const second = `<?xml version="1.0"?><PublishData><PublishProfile SchemaVersion="2.0"><Subscription ServiceManagementUrl="https://management.core.windows.net" Id="${SUBSCRIPTION}" ManagementCertificate='${blob}' /><Subscription ManagementCertificate="${other}" /></PublishProfile></PublishData>`;

  test('schema 1 and 2', () => {
    assert.deepEqual(masks({ 'publish-settings': first }), [blob]);
    assert.deepEqual(new Set(masks({ 'publish-settings': second })), new Set([blob, other]));
  });
  test('a certificate in lines: each, and all in one', () => {
    const lines = blob.match(/.{1,76}/g) ?? [];
    for (const joint of ['\n', '\r\n    ', '&#xA;', '&#13;&#10;']) {
      const found = new Set(masks({ 'publish-settings': first.replace(blob, lines.join(joint)) }));
      assert.deepEqual(
        [...lines, blob].filter((piece) => !found.has(piece)),
        [],
      );
    }
  });
  test('broken XML', () => {
    for (const text of [first.slice(0, first.indexOf(blob) + blob.length), first.replace(`"${blob}"`, blob)]) {
      assert.deepEqual(masks({ 'publish-settings': text }), [blob]);
    }
  });
  test('the profile of a web app, given by mistake', () => {
    const profile = `<publishData><publishProfile publishMethod="MSDeploy" userName="$app" userPWD="${SECRET}" SQLServerDBConnectionString="" /></publishData>`;
    assert.deepEqual(masks({ 'publish-settings': profile }), [SECRET]);
  });
  test('a path, and base64 by mistake', () => {
    assert.deepEqual(masks({ 'publish-settings': 'my.publishsettings' }), []);
    const encoded = Buffer.from(first).toString('base64');
    assert.deepEqual(masks({ 'publish-settings': encoded }), [encoded]);
  });
});
