import fc from 'fast-check';
import { DOCUMENT_NAMES, type Documents, parseDocument } from '../../src/profile/documents.ts';
import { withNewLogin } from '../../src/profile/join-folder.ts';
import { parseLedger } from '../../src/profile/ledger.ts';
import { without } from '../../src/profile/shared-folder.ts';
import { application, FOUND } from '../profile/logins.ts';
import { type Property, property, refusable, shownOf, type Verdict } from './harness.ts';
import { jsonText, word } from './texts.ts';

/** What clients and others wrote into a folder that logins share, and the record of these. */

const PROFILE_KEYS = `
  subscriptions environments installationId id name user type isDefault tenantId environmentName managementCertificate
  AccessToken Account RefreshToken AppMetadata client_id tenant mode logins writes version ownAccounts absentFiles files
  accounts origin`
  .trim()
  .split(/\s+/);
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
    const before = [
      ['', null],
      ['other', value],
    ];
    const writes = { [JSON.stringify(['default', key])]: before };
    return ledgerText('[{"id":"other","accounts":[],"files":[]}]', JSON.stringify(writes));
  }),
);

function ledgerText(logins: string, writes: string): string {
  return `{"version":1,"origin":"found","logins":${logins},"ownAccounts":[],"absentFiles":[],"writes":${writes}}`;
}

const folder = fc.record({
  contents: fc.record(Object.fromEntries(DOCUMENT_NAMES.map((name) => [name, fc.option(document)]))),
  found: ledger,
});

type Folder = { readonly contents: Readonly<Record<string, string | null>>; readonly found: string };

async function join({ contents, found }: Folder): Promise<Verdict> {
  const texts = Object.entries(contents).filter(([, text]) => text !== null) as [keyof Documents, string][];
  const documents = Object.fromEntries(texts.map(([name, text]) => [name, parseDocument(name, text)])) as Documents;
  const result = await refusable(() => {
    const added = withNewLogin(documents, parseLedger(found), application('login', 'client'), FOUND);
    for (const login of added.ledger.logins) without(added.documents, added.ledger, login);
    return added.warnings;
  });
  const shown = 'error' in result ? [shownOf(result.error)] : [];
  return {
    outcome: 'error' in result ? 'refused' : 'accepted',
    shown: shown.map((line) => line.replaceAll(/\p{Cc}/gu, ' ')),
    secrets: [],
  };
}

export const sharedFolderProperty: Property = property('files of a shared folder', 6000, folder, join);
