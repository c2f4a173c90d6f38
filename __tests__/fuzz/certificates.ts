import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { parsePublishSettings } from '../../src/publish-settings/parse.ts';
import { readXml } from '../../src/publish-settings/xml.ts';
import { PASSWORD } from '../certificate/forms.ts';
import { base64, CLOUDS, NOW, schema1, schema2 } from '../publish-settings/documents.ts';
import { type Property, property, refusable, shownOf, type Verdict } from './harness.ts';
import { damaged, damagedBytes, secret, word } from './texts.ts';

const FIXTURES = join(import.meta.dirname, '..', 'certificate', 'fixtures');
const files = readdirSync(FIXTURES).filter((name) => /\.(key|crt|pem|pfx|p12)$/.test(name));
const contents = files.map((name) => readFileSync(join(FIXTURES, name)));
const texts = contents.map((content) => content.toString('latin1')).filter((content) => content.includes('-----BEGIN'));
const binaries = contents.filter((content) => !content.includes('-----BEGIN'));
const keys = texts.filter((content) => content.includes('PRIVATE KEY'));

const NOWHERE = { workspace: join(FIXTURES, 'none'), home: join(FIXTURES, 'none') };

/** Excerpts of key material that would show up if anything were quoted. */
function keyLines(text: string): string[] {
  const keyBlocks = [...text.matchAll(/-----BEGIN [A-Z ]*KEY-----([\s\S]*?)-----END/g)].map(([, body = '']) => body);
  return keyBlocks.flatMap((body) => body.split(/\s+/)).filter((line) => line.length >= 24);
}

async function read(value: string, password: string): Promise<Verdict> {
  const source = { value, password, clientId: 'client' };
  const result = await refusable(() => readClientCertificate(source, NOW, NOWHERE));
  if ('error' in result) {
    return { outcome: 'refused', shown: [shownOf(result.error)], secrets: [password, ...keyLines(value)] };
  }
  return { outcome: 'accepted', shown: (result.value as { warnings: string[] }).warnings, secrets: [password] };
}

const password = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('', PASSWORD) }, secret);

const pem = fc.oneof(
  damaged(fc.constantFrom(...texts)),
  fc.array(fc.constantFrom(...texts), { minLength: 1, maxLength: 6 }).map((blocks) => blocks.join('\n')),
  damaged(fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...texts)).map((pair) => pair.join('\\n'))),
  fc
    .tuple(fc.constantFrom('RSA PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'CERTIFICATE', 'PRIVATE KEY'), fc.base64String())
    .map(([label, body]) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`),
);

export const pemProperty: Property = property('PEM', 6000, fc.tuple(pem, password), ([value, secretWord]) =>
  read(value, secretWord),
);

export const pfxProperty: Property = property(
  'PFX',
  6000,
  fc.tuple(damagedBytes(fc.constantFrom(...binaries)), password),
  ([octets, secretWord]) => read(octets.toString('base64'), secretWord),
);

export const certificateTextProperty: Property = property(
  'certificate texts',
  6000,
  fc.tuple(fc.oneof(word, fc.base64String({ maxLength: 400 }), secret), password),
  ([value, secretWord]) => read(value, secretWord),
);

const certificate = base64('windows.pfx');
const document = fc.oneof(
  fc.constantFrom(
    schema1(certificate, ['aaaaaaaa-0000-0000-0000-000000000001']),
    schema2({ certificate }),
    schema2({ certificate }, { id: 'aaaaaaaa-0000-0000-0000-000000000002', certificate: base64('3des.pfx') }),
  ),
  fc.tuple(word, word, word).map(([id, name, url]) => schema2({ id, name, url, certificate })),
  damagedBytes(fc.constant(Buffer.from(certificate, 'base64'))).map((octets) =>
    schema2({ certificate: octets.toString('base64') }),
  ),
);

export const publishSettingsProperty: Property = property('publish settings', 6000, damaged(document), async (xml) => {
  const result = await refusable(() => parsePublishSettings(xml, { clouds: CLOUDS, now: NOW, mask: () => {} }));
  const shown = 'error' in result ? [shownOf(result.error)] : [];
  const secrets = [...xml.matchAll(/ManagementCertificate="([^"]{100,})"/g)].map(([, value = '']) => value);
  return { outcome: 'error' in result ? 'refused' : 'accepted', shown, secrets };
});

const xml = fc.oneof(
  damaged(document),
  word,
  fc.nat(20_000).map((depth) => '<a>'.repeat(depth)),
  fc.nat(20_000).map((count) => `<a ${'b="c" '.repeat(count)}/>`),
  fc.nat(20_000).map((count) => `<a>${'<b/>'.repeat(count)}</a>`),
  fc.nat(50_000).map((count) => `<a>${'&#x41;'.repeat(count)}</a>`),
  fc.tuple(word, word).map(([name, value]) => `<!DOCTYPE ${name} [<!ENTITY x "${value}">]><a>&x;</a>`),
  fc.tuple(word, word).map(([name, value]) => `<a ${name}="${value}" __proto__="x" constructor="y"/>`),
);

export const xmlProperty: Property = property('XML', 6000, xml, async (text) => {
  const result = await refusable(() => readXml(text));
  return { outcome: 'error' in result ? 'refused' : 'accepted', shown: [], secrets: [] };
});
