import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { parsePublishSettings } from '../../src/publish-settings/parse.ts';
import { PASSWORD } from '../certificate/forms.ts';
import { base64, NOW, schema1, schema2 } from '../publish-settings/documents.ts';
import { type Property, property, refusable, shownOf, type Verdict } from './harness.ts';
import { damaged, damagedBytes, secret, word } from './texts.ts';

const FIXTURES = join(import.meta.dirname, '..', 'certificate', 'fixtures');
const contents = readdirSync(FIXTURES)
  .filter((name) => /\.(key|crt|pem|pfx|p12)$/.test(name))
  .map((name) => readFileSync(join(FIXTURES, name)));
const texts = contents.map((content) => content.toString('latin1')).filter((content) => content.includes('-----BEGIN'));
const binaries = contents.filter((content) => !content.includes('-----BEGIN'));

/** Excerpts of key material that would show up if anything were quoted. */
function keyLines(text: string): string[] {
  const keyBlocks = [...text.matchAll(/-----BEGIN [A-Z ]*KEY-----([\s\S]*?)-----END/g)].map(([, body = '']) => body);
  return keyBlocks.flatMap((body) => body.split(/\s+/)).filter((line) => line.length >= 24);
}

const NOWHERE = { workspace: join(FIXTURES, 'none'), home: join(FIXTURES, 'none') };

export async function readCertificate(value: string, password: string): Promise<Verdict> {
  const source = { value, password, clientId: 'client' };
  const result = await refusable(() => readClientCertificate(source, NOW, NOWHERE));
  if ('error' in result) {
    return { outcome: 'refused', shown: [shownOf(result.error)], secrets: [password, ...keyLines(value)] };
  }
  return { outcome: 'accepted', shown: (result.value as { warnings: string[] }).warnings, secrets: [password] };
}

const pem = fc.oneof(
  damaged(fc.constantFrom(...texts)),
  damaged(fc.array(fc.constantFrom(...texts), { minLength: 2, maxLength: 6 }).map((blocks) => blocks.join('\n'))),
  fc
    .tuple(fc.constantFrom('RSA PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'CERTIFICATE', 'PRIVATE KEY'), fc.base64String())
    .map(([label, body]) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`),
);
const pfx = damagedBytes(fc.constantFrom(...binaries)).map((octets) => octets.toString('base64'));
const anything = fc.oneof(word, fc.base64String({ maxLength: 400 }), secret);

const certificate = base64('windows.pfx');
const id = 'aaaaaaaa-0000-0000-0000-000000000002';
const document = fc.oneof(
  fc.constantFrom(
    schema1(certificate, ['aaaaaaaa-0000-0000-0000-000000000001']),
    schema2({ certificate }, { id, certificate: base64('3des.pfx') }),
  ),
  fc.tuple(word, word, word).map(([id, name, url]) => schema2({ id, name, url, certificate })),
  damagedBytes(fc.constant(Buffer.from(certificate, 'base64'))).map((octets) =>
    schema2({ certificate: octets.toString('base64') }),
  ),
);
const xml = fc.oneof(
  { weight: 6, arbitrary: damaged(document) },
  word,
  fc.nat(20_000).map((depth) => '<a>'.repeat(depth)),
  fc.nat(20_000).map((count) => `<a ${'b="c" '.repeat(count)}/>`),
  fc.nat(50_000).map((count) => `<a>${'&#x41;'.repeat(count)}</a>`),
  fc.tuple(word, word).map(([name, value]) => `<!DOCTYPE ${name} [<!ENTITY x "${value}">]><a>&x;</a>`),
  fc.tuple(word, word).map(([name, value]) => `<a ${name}="${value}" __proto__="x" constructor="y"/>`),
);

export async function readSettings(text: string): Promise<Verdict> {
  const result = await refusable(() => parsePublishSettings(text, NOW, () => {}));
  const secrets = [...text.matchAll(/ManagementCertificate="([^"]{100,})"/g)].map(([, value = '']) => value);
  const shown = 'error' in result ? [shownOf(result.error)] : [];
  return { outcome: 'error' in result ? 'refused' : 'accepted', shown, secrets };
}

const password = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('', PASSWORD) }, secret);

export const FILES: readonly Property[] = [
  property('PEM', 6000, fc.tuple(pem, password), ([value, word]) => readCertificate(value, word)),
  property('PFX', 6000, fc.tuple(pfx, password), ([value, word]) => readCertificate(value, word)),
  property('certificate texts', 6000, fc.tuple(anything, password), ([value, word]) => readCertificate(value, word)),
  property('publish settings', 10_000, xml, readSettings),
];
