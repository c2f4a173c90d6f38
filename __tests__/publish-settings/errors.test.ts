import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCertificate } from '../../simulator/certificates.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { SessionError } from '../../src/core/session-error.ts';
import {
  base64,
  fixture,
  ID,
  MANAGEMENT,
  madePkcs12,
  OTHER_ID,
  parse,
  pkcs12Of,
  schema1,
  schema2,
} from './documents.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ONE = schema2({});
const SECRET = 'S3cr3tPa55word';
const MB = 1024 * 1024;
const PFX = base64('windows.pfx');

/** Maps each error to files that cause it. */
type Cases = Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;

const DOCUMENTS: Cases = {
  'The publish settings are not well-formed XML.': {
    'truncated in the middle': ONE.slice(0, ONE.length / 2),
    'truncated before the last bracket': ONE.trimEnd().slice(0, -1),
    'an attribute without quotes': ONE.replace('SchemaVersion="2.0"', 'SchemaVersion=2.0'),
    'an attribute twice': ONE.replace('Name="Sub one"', 'Name="Sub one" Name="Sub two"'),
    'an end tag in another letter case': ONE.replace('</PublishData>', '</publishdata>'),
    'two roots': `${ONE}${ONE.replace(/<\?.*\?>/, '')}`,
    'text after the root': `${ONE}x`,
    'a bare ampersand': ONE.replace('Sub one', 'A & B'),
    'an unknown entity': ONE.replace('Sub one', '&company;'),
    'a less-than in a value': ONE.replace('Sub one', 'A<B'),
    'a control character': ONE.replace('Sub one', 'A\u0001B'),
    'a reference to a character that XML excludes': ONE.replace('Sub one', 'A&#0;B'),
    'only the declaration': '<?xml version="1.0"?>',
    'a page of HTML': '<!doctype html><html><body><p>Sign in<br></body></html>',
    'a truncated document type': '<!DOCTYPE PublishData [ <!ENTITY a "b">',
  },
  'The publish settings are empty.': {
    nothing: '',
    'only a byte order mark': Buffer.of(0xef, 0xbb, 0xbf),
    'only white space': ' \r\n\t ',
  },
  'The publish settings are not text in UTF-8 or UTF-16.': {
    'Latin-1': Buffer.from(ONE.replace('Sub one', 'Büro'), 'latin1'),
    'a PFX file': fixture('windows.pfx'),
    'UTF-16 truncated within a character': Buffer.from(`\ufeff${ONE}`, 'utf16le').subarray(0, -1),
  },
  'The publish settings declare a document type.': {
    'an external entity': withType('[ <!ENTITY x SYSTEM "file:///etc/passwd"> ]', '&x;'),
    'an entity over the network': withType('[<!ENTITY x PUBLIC "a" "http://127.0.0.1:9/x">]', '&x;'),
    'an external parameter entity': withType('[ <!ENTITY % x SYSTEM "file:///etc/passwd"> %x; ]'),
    'an external document type': withType('SYSTEM "file:///etc/passwd"'),
    'a billion laughs': withType(
      `[<!ENTITY l0 "${SECRET}">${Array.from({ length: 12 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')}]`,
      '&l12;',
    ),
    'a quadratic blow-up': withType(`[<!ENTITY a "${'a'.repeat(100_000)}">]`, '&a;'.repeat(100_000)),
    'an entity that refers to itself': withType('[<!ENTITY a "&b;"><!ENTITY b "&a;">]', '&a;'),
    'only a document type': withType(''),
  },
  'The publish settings are too large.': {
    'more than a megabyte': ONE.replace('Sub one', 'x'.repeat(MB)),
    'more than a megabyte of octets': Buffer.alloc(MB + 1, 0x20),
    'a hundred thousand levels': '<a>'.repeat(100_000) + '</a>'.repeat(100_000),
    'two hundred thousand elements': `<PublishData>${'<a/>'.repeat(200_000)}</PublishData>`,
  },
  'This is the publish profile of a web app, not a publish settings file of a subscription.': {
    'two profiles of a web app': `<publishData>${webAppProfile()}${webAppProfile()}</publishData>`,
    'one profile of a web app': webAppProfile(),
  },
  'This XML is not a publish settings file.': {
    'another root': '<configuration><a/></configuration>',
    'no profile': '<PublishData/>',
    'a profile of another kind': '<PublishData><Other/></PublishData>',
  },
};

const SUBSCRIPTIONS: Cases = {
  'The publish settings contain no subscription.': { 'no subscription': schema1(PFX, []) },
  'The publish settings contain more than 250 subscriptions.': {
    '251 subscriptions': schema1('', Array<string>(251).fill(ID)),
  },
  'The subscription of the publish settings has no valid id.': {
    'no id': ONE.replace(` Id="${ID}"`, ''),
    'an empty id': schema2({ id: ' ' }),
  },
  'Subscription 2 of 2 in the publish settings has no valid id.': {
    'an id that is not a GUID': schema2({}, { id: `${OTHER_ID}/../${SECRET}` }),
  },
  'Subscription 1 of 2 in the publish settings has a management endpoint without TLS.': {
    'an unknown endpoint without TLS, schema 1.0': schema1(PFX, [ID, OTHER_ID], 'http://evil.example/'),
  },
  'The subscription of the publish settings has a management endpoint without TLS.': {
    'an endpoint without TLS': schema2({ url: 'http://management.core.windows.net' }),
  },
  'The subscription of the publish settings has no management endpoint.': { 'no endpoint': schema2({ url: '' }) },
  'The publish settings contain several clouds.': {
    'two clouds': schema2({}, { id: OTHER_ID, url: 'https://management.core.usgovcloudapi.net' }),
    'another cloud on the profile': withProfileUrl('https://management.core.chinacloudapi.cn'),
  },
  'The subscription of the publish settings has an unknown management endpoint.': {
    'an unknown endpoint on the profile': withProfileUrl('https://evil.example'),
    ...Object.fromEntries(
      `https://management.core.windows.net.evil.example https://evil.example/management.core.windows.net
      https://management.core.windows.net@evil.example/ https://user:word@management.core.windows.net/
      https://management.core.windows.net:8443/ https://management.core.windows.net/path
      https://management.core.windows.net/?to=evil.example https://management.core.windows.net/#x
      https://management.azure.com https://127.0.0.1/ ftp://management.core.windows.net file:///etc/passwd
      management.core.windows.net //management.core.windows.net https://`
        .split(/\s+/)
        .map((url) => [`the endpoint ${url}`, schema2({ url })]),
    ),
  },
  'The subscription of the publish settings has no management certificate.': {
    'no certificate': schema2({ certificate: '' }),
  },
  'Subscription 2 of 2 in the publish settings has no management certificate.': {
    'no certificate in the second of two': schema2({}, { id: OTHER_ID, certificate: '' }),
  },
};

function withType(declaration: string, name = 'Sub one'): string {
  return ONE.replace('<PublishData>', `<!DOCTYPE PublishData ${declaration}>\n<PublishData>`).replace('Sub one', name);
}

function withProfileUrl(url: string): string {
  return ONE.replace('<PublishProfile', `<PublishProfile Url="${url}"`);
}

function webAppProfile(): string {
  const address = 'publishUrl="shop.scm.azurewebsites.net:443" destinationAppUrl="https://shop.azurewebsites.net"';
  return `<publishProfile publishMethod="MSDeploy" ${address} userName="$shop" userPWD="${SECRET}"><databases /></publishProfile>`;
}

/** Maps the errors for certificates in base64, and one for a whole file. */
async function certificateCases(): Promise<Cases> {
  const other = await createCertificate({ commonName: 'other' });
  const day = (days: number): Date => new Date(Date.now() + days * DAY_MS);
  const made = (from: number, to: number) => madePkcs12({ notBefore: day(from), notAfter: day(to) });
  const windows = fixture('windows.pfx');
  const pemBody = (pem: string): string => pem.replaceAll(/-----.*-----|\s/g, '');
  const errors: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'is not a certificate.': {
      'text that is not base64': `${SECRET}*`,
      'base64 of something else': Buffer.from(`password=${SECRET}`).toString('base64'),
      'a megabyte of references': '&#65;'.repeat(200_000),
    },
    'is damaged.': {
      'a certificate without a key': pemBody(MANAGEMENT.cert),
      'a key without a certificate': pemBody(MANAGEMENT.key),
      'a truncated PKCS#12 file': windows.subarray(0, 1200).toString('base64'),
    },
    'is encrypted, and the password does not open it.': {
      'a damaged PKCS#12 file': damaged(windows).toString('base64'),
      'a PKCS#12 file with a password': base64('password.pfx'),
    },
    'contains no private key.': { 'a PKCS#12 file without a key': base64('no-key.pfx') },
    'contains a private key that does not match its certificate.': {
      'a key of another certificate': pkcs12Of({ ...other, privateKey: MANAGEMENT.key }),
    },
    'requires too many iterations to derive its key.': {
      '2^31 - 1 iterations': moreIterations(windows).toString('base64'),
    },
    'has an RSA key that is too short: 1024 bits.': { 'a short key': await madePkcs12({ bits: 1024 }) },
    [`expired on ${minuteIn(-35)}.`]: { 'an expired certificate': await made(-400, -35) },
    [`is not valid before ${minuteIn(2)}.`]: { 'a certificate that is not yet valid': await made(2, 367) },
  };
  return {
    'Subscription 2 of 2 in the publish settings appears twice, with different certificates.': {
      'one id twice': schema2({}, { certificate: pkcs12Of(other) }),
    },
    ...Object.fromEntries(
      Object.entries(errors).map(([reason, byName]) => [
        `The management certificate of the publish settings ${reason}`,
        Object.fromEntries(Object.entries(byName).map(([name, certificate]) => [name, schema2({ certificate })])),
      ]),
    ),
  };
}

function damaged(pfx: Buffer): Buffer {
  const copy = Buffer.from(pfx);
  copy.writeUInt8((copy[700] ?? 0) ^ 1, 700);
  return copy;
}

/** Replaces each iteration count of 2048, `02 02 08 00`, and shortens the salt, to keep the lengths around them. */
function moreIterations(pfx: Buffer): Buffer {
  const hex = pfx.toString('hex').replaceAll(/0408[0-9a-f]{4}([0-9a-f]{12})02020800/g, '0406$102047fffffff');
  return Buffer.from(hex, 'hex');
}

function minuteIn(days: number): string {
  return `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Words of every error. */
const ERROR_WORDS: ReadonlySet<string> = new Set([
  ...['PublishProfile', 'ManagementCertificate', 'ServiceManagementUrl', 'Subscription'],
  ...['subscription', 'publishprofile', 'AzureUSGovernment'],
  ...Object.values(KNOWN_CLOUDS).flatMap(({ serviceManagement }) => [serviceManagement, `${serviceManagement}.`]),
]);

/** The words of a file that an error repeats. Only long words count, such as keys and URLs. */
function partsShown(report: string, file: string): string[] {
  const words = report.split(/[\s"'`(),;]+/).filter((word) => word.length >= 12 && !ERROR_WORDS.has(word));
  return words.filter((word) => file.includes(word));
}

describe('a file is rejected for', async () => {
  const cases = { ...DOCUMENTS, ...SUBSCRIPTIONS, ...(await certificateCases()) };
  for (const [message, byName] of Object.entries(cases)) {
    for (const [name, xml] of Object.entries(byName)) {
      it(name, async () => {
        const start = process.cpuUsage();
        const error = await parse(xml).catch((reason: unknown) => reason);
        assert.ok(process.cpuUsage(start).user < 1_000_000, 'within a second');
        assert.ok(error instanceof SessionError, `not rejected, or not by an error for the user: ${error}`);
        assert.deepEqual([error.message, error.cause], [message, undefined]);
        assert.ok(error.why !== '' && error.next.length > 0);
        assert.deepEqual(partsShown(error.report, Buffer.from(xml).toString('utf8')), []);
      });
    }
  }
});
