import { createCertificate } from '../../simulator/certificates.ts';
import { base64, fixture, ID, MANAGEMENT, madePkcs12, OTHER_ID, pkcs12Of, schema1, schema2 } from './documents.ts';

/** A file that must be refused, and the error that tells why. */
export interface RefusedDocument {
  readonly name: string;
  readonly xml: string | Uint8Array;
  readonly message: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const ONE = schema2({});
const SECRET = 'S3cr3tPa55word';
const OTHER = await createCertificate({ commonName: 'other' });

export async function refusedDocuments(): Promise<RefusedDocument[]> {
  return [
    ...notXml(),
    ...hostile(),
    ...otherDocuments(),
    ...subscriptions(),
    ...endpoints(),
    ...(await certificates()),
  ];
}

function notXml(): RefusedDocument[] {
  const malformed = 'The publish settings are not well-formed XML.';
  const broken: Readonly<Record<string, string>> = {
    'cut in the middle': ONE.slice(0, ONE.length / 2),
    'cut before the last bracket': ONE.trimEnd().slice(0, -1),
    'an attribute without quotes': ONE.replace('SchemaVersion="2.0"', 'SchemaVersion=2.0'),
    'an attribute twice': ONE.replace('Name="Sub one"', 'Name="Sub one" Name="Sub two"'),
    'an end tag in another case': ONE.replace('</PublishData>', '</publishdata>'),
    'two roots': `${ONE}${ONE.replace(/<\?.*\?>/, '')}`,
    'text after the root': `${ONE}x`,
    'a bare ampersand': ONE.replace('Sub one', 'A & B'),
    'an unknown entity': ONE.replace('Sub one', '&company;'),
    'a less-than in a value': ONE.replace('Sub one', 'A<B'),
    'a control character': ONE.replace('Sub one', 'A\u0001B'),
    'a reference to no character': ONE.replace('Sub one', 'A&#0;B'),
    'only the declaration': '<?xml version="1.0"?>',
    'a page of HTML': '<!doctype html><html><body><p>Sign in<br></body></html>',
    'a cut document type': '<!DOCTYPE PublishData [ <!ENTITY a "b">',
  };
  return [
    ...Object.entries(broken).map(([name, xml]) => ({ name, xml, message: malformed })),
    { name: 'nothing', xml: '', message: 'The publish settings are empty.' },
    { name: 'a byte order mark alone', xml: Buffer.of(0xef, 0xbb, 0xbf), message: 'The publish settings are empty.' },
    { name: 'white space alone', xml: ' \r\n\t ', message: 'The publish settings are empty.' },
    {
      name: 'Latin-1',
      xml: Buffer.from(ONE.replace('Sub one', 'Büro'), 'latin1'),
      message: 'The publish settings are not text in UTF-8 or UTF-16.',
    },
    {
      name: 'a PFX file',
      xml: fixture('windows.pfx'),
      message: 'The publish settings are not text in UTF-8 or UTF-16.',
    },
    {
      name: 'UTF-16 cut within a character',
      xml: Buffer.from(`\ufeff${ONE}`, 'utf16le').subarray(0, -1),
      message: 'The publish settings are not text in UTF-8 or UTF-16.',
    },
  ];
}

function hostile(): RefusedDocument[] {
  const withType = (declaration: string, name = 'Sub one'): string =>
    ONE.replace('<PublishData>', `${declaration}\n<PublishData>`).replace('Sub one', name);
  const declared = 'The publish settings declare a document type.';
  const laughs = Array.from({ length: 12 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
  return [
    {
      name: 'an external entity',
      xml: withType('<!DOCTYPE PublishData [ <!ENTITY x SYSTEM "file:///etc/passwd"> ]>', '&x;'),
      message: declared,
    },
    {
      name: 'an external entity over the network',
      xml: withType('<!DOCTYPE PublishData [<!ENTITY x PUBLIC "a" "http://127.0.0.1:9/x">]>', '&x;'),
      message: declared,
    },
    {
      name: 'an external parameter entity',
      xml: withType('<!DOCTYPE PublishData [ <!ENTITY % x SYSTEM "file:///etc/passwd"> %x; ]>'),
      message: declared,
    },
    {
      name: 'an external document type',
      xml: withType('<!DOCTYPE PublishData SYSTEM "file:///etc/passwd">'),
      message: declared,
    },
    {
      name: 'a billion laughs',
      xml: withType(`<!DOCTYPE PublishData [<!ENTITY l0 "${SECRET}">${laughs}]>`, '&l12;'),
      message: declared,
    },
    {
      name: 'a quadratic blow-up',
      xml: withType(`<!DOCTYPE PublishData [<!ENTITY a "${'a'.repeat(100_000)}">]>`, '&a;'.repeat(100_000)),
      message: declared,
    },
    {
      name: 'an entity that refers to itself',
      xml: withType('<!DOCTYPE PublishData [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', '&a;'),
      message: declared,
    },
    {
      name: 'a document type alone',
      xml: withType('<!DOCTYPE PublishData>'),
      message: declared,
    },
    {
      name: 'more than a megabyte',
      xml: ONE.replace('Sub one', 'x'.repeat(1024 * 1024)),
      message: 'The publish settings are too large.',
    },
    {
      name: 'more than a megabyte of octets',
      xml: Buffer.alloc(1024 * 1024 + 1, 0x20),
      message: 'The publish settings are too large.',
    },
    {
      name: 'a hundred thousand levels',
      xml: '<a>'.repeat(100_000) + '</a>'.repeat(100_000),
      message: 'The publish settings are too large.',
    },
    {
      name: 'two hundred thousand elements',
      xml: `<PublishData>${'<a/>'.repeat(200_000)}</PublishData>`,
      message: 'The publish settings are too large.',
    },
    {
      name: 'a megabyte of references',
      xml: ONE.replace(base64('windows.pfx'), '&#65;'.repeat(200_000)),
      message: 'The management certificate of the publish settings is not a certificate.',
    },
  ];
}

function otherDocuments(): RefusedDocument[] {
  const webApp = 'This is the publish profile of a web app, not a publish settings file of a subscription.';
  const other = 'This XML is not a publish settings file.';
  const profile = [
    '<publishProfile profileName="shop - Web Deploy" publishMethod="MSDeploy" publishUrl="shop.scm.azurewebsites.net:443"',
    ` userName="$shop" userPWD="${SECRET}" destinationAppUrl="https://shop.azurewebsites.net"><databases /></publishProfile>`,
  ].join('');
  return [
    { name: 'a web app’s profiles', xml: `<publishData>${profile}${profile}</publishData>`, message: webApp },
    { name: 'a web app’s profile alone', xml: profile, message: webApp },
    { name: 'another root', xml: '<configuration><a/></configuration>', message: other },
    { name: 'no profile', xml: '<PublishData/>', message: other },
    { name: 'a profile of another kind', xml: '<PublishData><Other/></PublishData>', message: other },
    {
      name: 'no subscription',
      xml: schema1(base64('windows.pfx'), []),
      message: 'The publish settings name no subscription.',
    },
    {
      name: '251 subscriptions',
      xml: schema1(
        '',
        Array.from({ length: 251 }, () => ID),
      ),
      message: 'The publish settings name more than 250 subscriptions.',
    },
  ];
}

function subscriptions(): RefusedDocument[] {
  const noId = 'The subscription of the publish settings has no id that is a GUID.';
  return [
    { name: 'no id', xml: ONE.replace(` Id="${ID}"`, ''), message: noId },
    { name: 'an empty id', xml: schema2({ id: ' ' }), message: noId },
    {
      name: 'an id that is no GUID',
      xml: schema2({}, { id: `${OTHER_ID}/../${SECRET}` }),
      message: 'Subscription 2 of 2 in the publish settings has no id that is a GUID.',
    },
    {
      name: 'one id with two certificates',
      xml: schema2({}, { certificate: pkcs12Of(OTHER.certificate, OTHER.privateKey) }),
      message: 'Subscription 2 of 2 in the publish settings is there twice, with different certificates.',
    },
  ];
}

function endpoints(): RefusedDocument[] {
  const unknown = 'The subscription of the publish settings has an unknown management endpoint.';
  const addresses = [
    'https://management.core.windows.net.evil.example',
    'https://evil.example/management.core.windows.net',
    'https://management.core.windows.net@evil.example/',
    'https://user:word@management.core.windows.net/',
    'https://management.core.windows.net:8443/',
    'https://management.core.windows.net/path',
    'https://management.core.windows.net/?to=evil.example',
    'https://management.core.windows.net/#x',
    'https://management.azure.com',
    'https://127.0.0.1/',
    'ftp://management.core.windows.net',
    'file:///etc/passwd',
    'management.core.windows.net',
    '//management.core.windows.net',
    'https://',
  ];
  return [
    ...addresses.map((url) => ({ name: `the endpoint ${url}`, xml: schema2({ url }), message: unknown })),
    {
      name: 'an endpoint without TLS',
      xml: schema2({ url: 'http://management.core.windows.net' }),
      message: 'The subscription of the publish settings has a management endpoint without TLS.',
    },
    {
      name: 'an unknown endpoint without TLS, schema 1.0',
      xml: schema1(base64('windows.pfx'), [ID, OTHER_ID], 'http://evil.example/'),
      message: 'Subscription 1 of 2 in the publish settings has a management endpoint without TLS.',
    },
    {
      name: 'no endpoint',
      xml: schema2({ url: '' }),
      message: 'The subscription of the publish settings has no management endpoint.',
    },
    {
      name: 'two clouds',
      xml: schema2({}, { id: OTHER_ID, url: 'https://management.core.usgovcloudapi.net' }),
      message: 'The publish settings mix several clouds.',
    },
    {
      name: 'another cloud on the profile',
      xml: ONE.replace('<PublishProfile', '<PublishProfile Url="https://management.core.chinacloudapi.cn"'),
      message: 'The publish settings mix several clouds.',
    },
    {
      name: 'an unknown endpoint on the profile',
      xml: ONE.replace('<PublishProfile', '<PublishProfile Url="https://evil.example"'),
      message: unknown,
    },
  ];
}

async function certificates(): Promise<RefusedDocument[]> {
  const own = 'The management certificate of the publish settings';
  const made = (days: readonly [number, number]): Promise<string> =>
    madePkcs12({
      notBefore: new Date(Date.now() + days[0] * DAY_MS),
      notAfter: new Date(Date.now() + days[1] * DAY_MS),
    });
  const windows = fixture('windows.pfx');
  const document = (name: string, certificate: string, says: string): RefusedDocument => ({
    name,
    xml: schema2({ certificate }),
    message: `${own} ${says}`,
  });
  return [
    {
      name: 'no certificate',
      xml: schema2({ certificate: '' }),
      message: 'The subscription of the publish settings has no management certificate.',
    },
    {
      name: 'no certificate in the second of two',
      xml: schema2({}, { id: OTHER_ID, certificate: '' }),
      message: 'Subscription 2 of 2 in the publish settings has no management certificate.',
    },
    document('no base64', `${SECRET}*`, 'is not a certificate.'),
    document('a certificate without a key', pemBody(MANAGEMENT.cert), 'is not a certificate.'),
    document('a key without a certificate', pemBody(MANAGEMENT.key), 'is not a certificate.'),
    document('base64 of something else', Buffer.from(`password=${SECRET}`).toString('base64'), 'is not a certificate.'),
    document('a cut PKCS#12 file', windows.subarray(0, 1200).toString('base64'), 'is not a certificate.'),
    document(
      'a damaged PKCS#12 file',
      damaged(windows).toString('base64'),
      'is encrypted, and the password does not open it.',
    ),
    document(
      'a PKCS#12 file with a password',
      base64('password.pfx'),
      'is encrypted, and the password does not open it.',
    ),
    document('a PKCS#12 file without a key', base64('no-key.pfx'), 'holds no private key.'),
    document(
      'a key of another certificate',
      pkcs12Of(OTHER.certificate, MANAGEMENT.key),
      'holds the private key of another certificate.',
    ),
    document(
      '2^31 - 1 iterations',
      moreIterations(windows).toString('base64'),
      'asks for too many iterations to derive its key.',
    ),
    document('a short key', await madePkcs12({ bits: 1024 }), 'has an RSA key that is too short: 1024 bits.'),
    document('an expired certificate', await made([-400, -35]), `expired on ${minuteIn(-35)}.`),
    document('a certificate of the future', await made([2, 367]), `is not valid before ${minuteIn(2)}.`),
  ];
}

function pemBody(pem: string): string {
  return pem.replaceAll(/-----.*-----|\s/g, '');
}

function damaged(pfx: Buffer): Buffer {
  const copy = Buffer.from(pfx);
  copy.writeUInt8((copy[700] ?? 0) ^ 1, 700);
  return copy;
}

/** Replaces each iteration count of 2048, `02 02 08 00`, and mends the lengths around it by making the salt shorter. */
function moreIterations(pfx: Buffer): Buffer {
  const hex = pfx.toString('hex');
  return Buffer.from(
    hex.replaceAll(/0408([0-9a-f]{16})02020800/g, (_, salt: string) => `0406${salt.slice(4)}02047fffffff`),
    'hex',
  );
}

function minuteIn(days: number): string {
  return `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
