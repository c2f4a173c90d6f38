import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { DOCUMENT_NAMES, type Documents, parseDocument } from '../../src/profile/documents.ts';
import { addLogin } from '../../src/profile/join-folder.ts';
import { parseLedger } from '../../src/profile/ledger.ts';
import { removeLogin } from '../../src/profile/shared-folder.ts';
import { parsePublishSettings } from '../../src/publish-settings/parse.ts';
import { PASSWORD } from '../certificate/forms.ts';
import { application, FOUND } from '../profile/logins.ts';
import { base64, NOW, schema1, schema2 } from '../publish-settings/documents.ts';
import { type Property, property, type Verdict, verdictOf } from './harness.ts';
import { damaged, damagedBytes, jsonText, secret, word } from './texts.ts';

const FIXTURES = join(import.meta.dirname, '..', 'certificate', 'fixtures');
const contents = readdirSync(FIXTURES)
  .filter((name) => /\.(key|crt|pem|pfx|p12)$/.test(name))
  .map((name) => readFileSync(join(FIXTURES, name)));
const texts = contents.map((content) => content.toString('latin1')).filter((content) => content.includes('-----BEGIN'));
const binaries = contents.filter((content) => !content.includes('-----BEGIN'));

function keyLines(text: string): string[] {
  const keyBlocks = [...text.matchAll(/-----BEGIN [A-Z ]*KEY-----([\s\S]*?)-----END/g)].map(([, body = '']) => body);
  return keyBlocks.flatMap((body) => body.split(/\s+/)).filter((line) => line.length >= 24);
}

const FOLDERS = { workspace: join(FIXTURES, 'none'), home: join(FIXTURES, 'none') };

export function readCertificate(value: string, password: string): Promise<Verdict> {
  const source = { certificate: value, certificatePassword: password, clientId: 'client' };
  return verdictOf([password, ...keyLines(value)], async () => {
    const { warnings } = await readClientCertificate(source, NOW, FOLDERS);
    return warnings.join('\n');
  });
}

const pem = fc.oneof(
  damaged(fc.constantFrom(...texts)),
  damaged(fc.array(fc.constantFrom(...texts), { minLength: 2, maxLength: 6 }).map((blocks) => blocks.join('\n'))),
  fc
    .tuple(fc.constantFrom('RSA PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'CERTIFICATE', 'PRIVATE KEY'), fc.base64String())
    .map(([label, body]) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`),
);
const pfx = damagedBytes(fc.constantFrom(...binaries)).map((octets) => octets.toString('base64'));
const anyText = fc.oneof(word, fc.base64String({ maxLength: 400 }), secret);

const certificate = base64('windows.pfx');
const id = 'aaaaaaaa-0000-0000-0000-000000000002';
const settings = fc.oneof(
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
  { weight: 6, arbitrary: damaged(settings) },
  word,
  fc.nat(20_000).map((depth) => '<a>'.repeat(depth)),
  fc.nat(20_000).map((count) => `<a ${'b="c" '.repeat(count)}/>`),
  fc.nat(50_000).map((count) => `<a>${'&#x41;'.repeat(count)}</a>`),
  fc.tuple(word, word).map(([name, value]) => `<!DOCTYPE ${name} [<!ENTITY x "${value}">]><a>&x;</a>`),
  fc.tuple(word, word).map(([name, value]) => `<a ${name}="${value}" __proto__="x" constructor="y"/>`),
);

export function readSettings(text: string): Promise<Verdict> {
  const secrets = [...text.matchAll(/ManagementCertificate="([^"]{100,})"/g)].map(([, value = '']) => value);
  return verdictOf(secrets, () => parsePublishSettings(text, NOW, () => {}));
}

/** Names in the profile documents and the ledger. */
const PROFILE_KEYS =
  `subscriptions environments installationId id name user type isDefault tenantId environmentName managementCertificate
  AccessToken Account RefreshToken AppMetadata client_id tenant mode logins writes version ownAccounts absentFiles files
  accounts origin`.split(/\s+/);
const document = fc.oneof(
  jsonText(PROFILE_KEYS, word),
  jsonText(PROFILE_KEYS, word).map((json) => `[${json}]`),
  jsonText(PROFILE_KEYS, word).map((json) => `{"subscriptions":[${json}],"environments":[]}`),
  word.map((value) => `[core]\ngroup = ${value}\n`),
);
const ledger = fc.oneof(
  document,
  jsonText(PROFILE_KEYS, word).map((json) => ledgerText('[]', `{"[\\"default\\"]":${json}}`)),
  fc.tuple(word, word).map(([key, value]) => {
    const writes = `{${JSON.stringify(JSON.stringify(['default', key]))}:[["",null],["other",${JSON.stringify(value)}]]}`;
    return ledgerText('[{"id":"other","accounts":[],"files":[]}]', writes);
  }),
);

function ledgerText(logins: string, writes: string): string {
  return `{"version":1,"origin":"found","logins":${logins},"ownAccounts":[],"absentFiles":[],"writes":${writes}}`;
}

const documentTexts = fc.record(Object.fromEntries(DOCUMENT_NAMES.map((name) => [name, fc.option(document)])));
const folder = fc.tuple(documentTexts, ledger);

async function joinFolder([contents, existing]: [Record<string, string | null>, string]): Promise<Verdict> {
  const texts = Object.entries(contents).filter(([, text]) => text !== null) as [keyof Documents, string][];
  const documents = Object.fromEntries(texts.map(([name, text]) => [name, parseDocument(name, text)])) as Documents;
  const { shown, ...verdict } = await verdictOf([], () => {
    const added = addLogin(documents, parseLedger(existing), application('login', 'client'), FOUND);
    for (const login of added.ledger.logins) removeLogin(added.documents, added.ledger, login);
    return added.warnings.join('\n');
  });
  return { ...verdict, shown: shown.map((line) => line.replaceAll(/(?!\n)\p{Cc}/gu, ' ')) };
}

const password = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('', PASSWORD) }, secret);
const certificates = fc.tuple(fc.oneof(pem, pfx, anyText), password);

export const FILES: readonly Property[] = [
  property('certificates', 18_000, certificates, (source) => readCertificate(...source)),
  property('publish settings', 10_000, xml, readSettings),
  property('files of a shared folder', 6000, folder, joinFolder),
];
