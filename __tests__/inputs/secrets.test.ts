import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretsIn } from '../../src/inputs/secrets.ts';
import { text } from '../certificate/forms.ts';
import { CLIENT, SUBSCRIPTION, step, TENANT, type With } from './workflow-step.ts';

const SECRET = 'abc8Q~Xy.z_-1234567890';
const masks = (inputs: With): readonly string[] => secretsIn(step(inputs));

/** The log after the runner has replaced every mask. */
function logged(text: string, inputs: With): string {
  return [...masks(inputs)]
    .sort((one, other) => other.length - one.length)
    .reduce((line, mask) => line.replaceAll(mask, '***'), text);
}

const [certificate, privateKey] = [text('leaf.crt'), text('leaf.key')];
const pem = `${certificate}${privateKey}`;
const key = privateKey.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const octets = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 31) % 256)).toString('base64');
const lines = octets.match(/.{1,76}/g) ?? [];

const FULL = {
  clientId: CLIENT,
  clientSecret: SECRET,
  subscriptionId: SUBSCRIPTION,
  tenantId: TENANT,
  activeDirectoryEndpointUrl: 'https://login.microsoftonline.com',
  resourceManagerEndpointUrl: 'https://management.azure.com/',
  activeDirectoryGraphResourceId: 'https://graph.windows.net/',
  sqlManagementEndpointUrl: 'https://management.core.windows.net:8443/',
};

test('ids and user names are not masked', () => {
  const ids = { 'client-id': CLIENT, 'tenant-id': TENANT, subscription: SUBSCRIPTION, username: 'u@contoso.com' };
  for (const inputs of [{}, ids]) assert.deepEqual(masks(inputs), []);
});

test('a secret or password is masked whole, however short; for JSON, PEM or several lines in its place, each secret part', () => {
  for (const name of ['client-secret', 'client-certificate-password', 'password'] as const) {
    for (const secret of [SECRET, 'x', 'a b{"c"}']) assert.deepEqual(masks({ [name]: secret }), [secret]);
    assert.deepEqual(masks({ [name]: JSON.stringify(FULL, undefined, 2) }), [SECRET]);
    assert.deepEqual(masks({ [name]: pem }), key);
    assert.deepEqual(masks({ [name]: `${SECRET}\n{\n}\nsecond-line` }), [SECRET, 'second-line']);
  }
  assert.deepEqual(masks({ 'client-secret': SECRET, password: SECRET }), [SECRET]);
});

const CREDS: readonly (readonly [what: string, json: unknown, masks: readonly string[]])[] = [
  ['--json-auth', FULL, [SECRET]],
  ['plain', { appId: CLIENT, displayName: 'azure-cli-2024', password: SECRET, tenant: TENANT }, [SECRET]],
  ['a secret that is a GUID', { ...FULL, clientSecret: TENANT }, [TENANT]],
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
  ['encoded twice', JSON.stringify(FULL), [SECRET]],
  ['a secret that begins with a brace', { clientSecret: '{~secret' }, ['{~secret']],
  ['a certificate with its key', { ...FULL, clientSecret: undefined, clientCertificate: pem }, key],
  ['a URL with a password', { url: 'https://user:pw@host/' }, ['https://user:pw@host/']],
];

for (const [what, json, expected] of CREDS) {
  test(`creds: ${what}`, () => {
    for (const creds of [JSON.stringify(json), JSON.stringify(json, undefined, 2)]) {
      assert.deepEqual(new Set(masks({ creds })), new Set(expected));
    }
  });
}

const PRETTY = JSON.stringify(FULL, undefined, 2);
const BROKEN_CREDS = {
  'cut short': PRETTY.slice(0, PRETTY.indexOf(SUBSCRIPTION)),
  'cut in the quotes of the secret': PRETTY.slice(0, PRETTY.indexOf(SECRET) + SECRET.length),
  'without its braces': PRETTY.slice(1, -1),
  'in one line, without a brace': JSON.stringify(FULL).slice(0, -1),
  'in single quotes': JSON.stringify(FULL).replaceAll('"', "'"),
  'without quotes': JSON.stringify(FULL).replaceAll('"', ''),
  YAML: `clientId: ${CLIENT}\nclientSecret: ${SECRET}\n`,
  variables: `AZURE_CLIENT_ID=${CLIENT}\nAZURE_CLIENT_SECRET=${SECRET}`,
  'the secret in a sentence': `the secret is ${SECRET} and nothing else`,
  'encoded twice and cut short': JSON.stringify(PRETTY).slice(0, -4),
  'the JSON twice': `${PRETTY}\n${PRETTY}`,
  'nested too deeply': `${'['.repeat(50_000)}"${SECRET}"${']'.repeat(50_000)}`,
};

for (const [what, creds] of Object.entries(BROKEN_CREDS)) {
  test(`creds that is broken: ${what}`, () => {
    assert.ok(!logged(`x ${SECRET} y`, { creds }).includes(SECRET));
    assert.ok(!logged(creds, { creds }).includes(SECRET));
    const words = 'the `creds` JSON lacks `clientId`, `clientSecret`, `tenantId`, `subscriptionId` { "a": [1] }';
    const harmless = `${words} ${CLIENT} ${TENANT} https://login.microsoftonline.com`;
    assert.equal(logged(harmless, { creds }), harmless);
  });
}

const CERTIFICATES: readonly (readonly [what: string, value: string, masks: readonly string[]])[] = [
  ['PEM: only the lines of the key', pem, key],
  ['the key first', `${privateKey}${certificate}`, key],
  ['line breaks of Windows', pem.replaceAll('\n', '\r\n'), key],
  ['another label', privateKey.replaceAll('PRIVATE KEY', 'ANY THING'), key],
  ['no key', certificate, []],
  ['no key, in base64', base64(certificate), []],
  ['the bag attributes of openssl', `Bag Attributes\n    localKeyID: 01 02 03\n    friendlyName: My key\n${pem}`, key],
  ['headers of an old key', pem.replace('KEY-----\n', 'KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,01AB\n\n'), key],
  ['base64 of PEM: the text and the key', base64(pem), [base64(pem), ...key]],
  ['base64 in lines: each line, and the lines joined', lines.join('\n'), [...lines, octets]],
  ['a path', './deployer.pfx', []],
  ['a long path', '/home/runner/work/_temp/a/very/long/path/that/goes/on/and/on/and/on/and/has/no/dot/in/it/cert', []],
  ['a path of Windows', 'C:\\Users\\runneradmin\\AppData\\Local\\Temp\\azure\\certificates\\deployer\\cert.pfx', []],
];

for (const [what, value, expected] of CERTIFICATES) {
  test(`client-certificate: ${what}`, () => {
    assert.deepEqual(new Set(masks({ 'client-certificate': value })), new Set(expected));
  });
}

const DAMAGED = {
  'line breaks as \\n': pem.replaceAll('\n', '\\n'),
  'line breaks as \\r\\n': pem.replaceAll('\n', '\\r\\n'),
  'line breaks as blanks': pem.replaceAll('\n', ' '),
  indented: pem.replaceAll('\n', '\n    '),
  'no END': pem.slice(0, pem.indexOf('-----END PRIVATE')),
  'no BEGIN': privateKey.slice(privateKey.indexOf('\n') + 1),
  'no blocks': key.join('\n'),
  'no END of the certificate': pem.replace('-----END CERTIFICATE-----\n', ''),
  'a hyphen missing': pem.replace('-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY----'),
  'in quotes': `"${pem.replaceAll('\n', '\\n')}"`,
};

for (const [what, value] of Object.entries(DAMAGED)) {
  test(`damaged client-certificate: ${what}`, () => {
    const found = new Set(masks({ 'client-certificate': value }));
    // Without a marker, the short last line of a key looks like any word.
    const missed = key.filter((line) => line.length >= 40 && !found.has(line));
    assert.deepEqual(missed, []);
    const words = '-----BEGIN PRIVATE KEY----- -----END CERTIFICATE----- PRIVATE KEY';
    assert.equal(logged(words, { 'client-certificate': value }), words);
  });
}

const SCHEMA_1 = `<PublishData><PublishProfile Url="https://management.core.windows.net/" ManagementCertificate="${octets}"><Subscription Id="${SUBSCRIPTION}" Name="Sub one" /></PublishProfile></PublishData>`;
const SCHEMA_2 = `<PublishData><PublishProfile><Subscription Id="${SUBSCRIPTION}" ManagementCertificate='${octets}' /></PublishProfile></PublishData>`;

test('publish-settings: certificates are masked in lines, in broken XML and in base64', () => {
  const cutOff = SCHEMA_1.slice(0, SCHEMA_1.indexOf(octets) + octets.length);
  for (const xml of [SCHEMA_1, SCHEMA_2, cutOff, SCHEMA_1.replace(`"${octets}"`, octets)]) {
    assert.deepEqual(masks({ 'publish-settings': xml }), [octets]);
  }
  for (const joint of ['\n', '\r\n    ', '&#xA;', '&#13;&#10;']) {
    const found = masks({ 'publish-settings': SCHEMA_1.replace(octets, lines.join(joint)) });
    assert.deepEqual(new Set(found), new Set([...lines, octets]));
  }
  assert.deepEqual(masks({ 'publish-settings': base64(SCHEMA_1) }), [base64(SCHEMA_1)]);
  assert.deepEqual(masks({ 'publish-settings': 'my.publishsettings' }), []);
});
