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
    ...Object.entries(broken).map(([name, xml]) => row(name, xml, malformed)),
    row('nothing', '', 'The publish settings are empty.'),
    row('a byte order mark alone', Buffer.of(0xef, 0xbb, 0xbf), 'The publish settings are empty.'),
    row('white space alone', ' \r\n\t ', 'The publish settings are empty.'),
    row(
      'Latin-1',
      Buffer.from(ONE.replace('Sub one', 'Büro'), 'latin1'),
      'The publish settings are not text in UTF-8 or UTF-16.',
    ),
    row('a PFX file', fixture('windows.pfx'), 'The publish settings are not text in UTF-8 or UTF-16.'),
    row(
      'UTF-16 cut within a character',
      Buffer.from(`\ufeff${ONE}`, 'utf16le').subarray(0, -1),
      'The publish settings are not text in UTF-8 or UTF-16.',
    ),
  ];
}

function hostile(): RefusedDocument[] {
  const withType = (declaration: string, name = 'Sub one'): string =>
    ONE.replace('<PublishData>', `${declaration}\n<PublishData>`).replace('Sub one', name);
  const declared = 'The publish settings declare a document type.';
  const laughs = Array.from({ length: 12 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
  return [
    row(
      'an external entity',
      withType('<!DOCTYPE PublishData [ <!ENTITY x SYSTEM "file:///etc/passwd"> ]>', '&x;'),
      declared,
    ),
    row(
      'an external entity over the network',
      withType('<!DOCTYPE PublishData [<!ENTITY x PUBLIC "a" "http://127.0.0.1:9/x">]>', '&x;'),
      declared,
    ),
    row(
      'an external parameter entity',
      withType('<!DOCTYPE PublishData [ <!ENTITY % x SYSTEM "file:///etc/passwd"> %x; ]>'),
      declared,
    ),
    row('an external document type', withType('<!DOCTYPE PublishData SYSTEM "file:///etc/passwd">'), declared),
    row('a billion laughs', withType(`<!DOCTYPE PublishData [<!ENTITY l0 "${SECRET}">${laughs}]>`, '&l12;'), declared),
    row(
      'a quadratic blow-up',
      withType(`<!DOCTYPE PublishData [<!ENTITY a "${'a'.repeat(100_000)}">]>`, '&a;'.repeat(100_000)),
      declared,
    ),
    row(
      'an entity that refers to itself',
      withType('<!DOCTYPE PublishData [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', '&a;'),
      declared,
    ),
    row('a document type alone', withType('<!DOCTYPE PublishData>'), declared),
    row('more than a megabyte', ONE.replace('Sub one', 'x'.repeat(1024 * 1024)), 'The publish settings are too large.'),
    row('more than a megabyte of octets', Buffer.alloc(1024 * 1024 + 1, 0x20), 'The publish settings are too large.'),
    row(
      'a hundred thousand levels',
      '<a>'.repeat(100_000) + '</a>'.repeat(100_000),
      'The publish settings are too large.',
    ),
    row(
      'two hundred thousand elements',
      `<PublishData>${'<a/>'.repeat(200_000)}</PublishData>`,
      'The publish settings are too large.',
    ),
    row(
      'a megabyte of references',
      ONE.replace(base64('windows.pfx'), '&#65;'.repeat(200_000)),
      'The management certificate of the publish settings is not a certificate.',
    ),
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
    row('a web app’s profiles', `<publishData>${profile}${profile}</publishData>`, webApp),
    row('a web app’s profile alone', profile, webApp),
    row('another root', '<configuration><a/></configuration>', other),
    row('no profile', '<PublishData/>', other),
    row('a profile of another kind', '<PublishData><Other/></PublishData>', other),
    row('no subscription', schema1(base64('windows.pfx'), []), 'The publish settings name no subscription.'),
    row(
      '251 subscriptions',
      schema1(
        '',
        Array.from({ length: 251 }, () => ID),
      ),
      'The publish settings name more than 250 subscriptions.',
    ),
  ];
}

function subscriptions(): RefusedDocument[] {
  const noId = 'The subscription of the publish settings has no id that is a GUID.';
  return [
    row('no id', ONE.replace(` Id="${ID}"`, ''), noId),
    row('an empty id', schema2({ id: ' ' }), noId),
    row(
      'an id that is no GUID',
      schema2({}, { id: `${OTHER_ID}/../${SECRET}` }),
      'Subscription 2 of 2 in the publish settings has no id that is a GUID.',
    ),
    row(
      'one id with two certificates',
      schema2({}, { certificate: pkcs12Of(OTHER.certificate, OTHER.privateKey) }),
      'Subscription 2 of 2 in the publish settings is there twice, with different certificates.',
    ),
  ];
}

function endpoints(): RefusedDocument[] {
  const unknown = 'The subscription of the publish settings has an unknown management endpoint.';
  const addresses = `
    https://management.core.windows.net.evil.example https://evil.example/management.core.windows.net
    https://management.core.windows.net@evil.example/ https://user:word@management.core.windows.net/
    https://management.core.windows.net:8443/ https://management.core.windows.net/path
    https://management.core.windows.net/?to=evil.example https://management.core.windows.net/#x
    https://management.azure.com https://127.0.0.1/ ftp://management.core.windows.net file:///etc/passwd
    management.core.windows.net //management.core.windows.net https://`
    .trim()
    .split(/\s+/);
  return [
    ...addresses.map((url) => row(`the endpoint ${url}`, schema2({ url }), unknown)),
    row(
      'an endpoint without TLS',
      schema2({ url: 'http://management.core.windows.net' }),
      'The subscription of the publish settings has a management endpoint without TLS.',
    ),
    row(
      'an unknown endpoint without TLS, schema 1.0',
      schema1(base64('windows.pfx'), [ID, OTHER_ID], 'http://evil.example/'),
      'Subscription 1 of 2 in the publish settings has a management endpoint without TLS.',
    ),
    row('no endpoint', schema2({ url: '' }), 'The subscription of the publish settings has no management endpoint.'),
    row(
      'two clouds',
      schema2({}, { id: OTHER_ID, url: 'https://management.core.usgovcloudapi.net' }),
      'The publish settings mix several clouds.',
    ),
    row(
      'another cloud on the profile',
      ONE.replace('<PublishProfile', '<PublishProfile Url="https://management.core.chinacloudapi.cn"'),
      'The publish settings mix several clouds.',
    ),
    row(
      'an unknown endpoint on the profile',
      ONE.replace('<PublishProfile', '<PublishProfile Url="https://evil.example"'),
      unknown,
    ),
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
    row(
      'no certificate',
      schema2({ certificate: '' }),
      'The subscription of the publish settings has no management certificate.',
    ),
    row(
      'no certificate in the second of two',
      schema2({}, { id: OTHER_ID, certificate: '' }),
      'Subscription 2 of 2 in the publish settings has no management certificate.',
    ),
    document('no base64', `${SECRET}*`, 'is not a certificate.'),
    document('a certificate without a key', pemBody(MANAGEMENT.cert), 'is damaged.'),
    document('a key without a certificate', pemBody(MANAGEMENT.key), 'is damaged.'),
    document('base64 of something else', Buffer.from(`password=${SECRET}`).toString('base64'), 'is not a certificate.'),
    document('a cut PKCS#12 file', windows.subarray(0, 1200).toString('base64'), 'is damaged.'),
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

function row(name: string, xml: string | Uint8Array, message: string): RefusedDocument {
  return { name, xml, message };
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
