import fc from 'fast-check';
import { plainText } from '../../src/actions/actions-runner.ts';
import type { Runner } from '../../src/actions/runner.ts';
import { withAssertion } from '../../src/agent/assertions.ts';
import { isBypassed, proxyFor } from '../../src/http/proxy.ts';
import { DOCUMENT_NAMES, type Documents, NO_DOCUMENTS } from '../../src/profile/documents.ts';
import { readOption, writeOption } from '../../src/profile/ini.ts';
import { addLogin, removeLogin } from '../../src/profile/merge.ts';
import { copiedIndexes, defaultsSection } from '../../src/profile/runner-image.ts';
import { savedSession } from '../../src/profile/saved-session.ts';
import { parseDocument } from '../../src/profile/shared-files.ts';
import { injectedCommands, obeyedCommands, PAYLOADS, writtenBy } from '../hardening/runner-protocol.ts';
import { application, FOUND, newIniFiles } from '../profile/logins.ts';
import { type Property, property, refusable, shownOf } from './harness.ts';
import { sectionsOf } from './python-ini.ts';
import { damaged, jsonText, secret, word } from './texts.ts';

/** What others wrote into files and variables: the image's configuration, profiles, state, proxies; and what we write. */

const text = fc.oneof(
  word,
  fc
    .array(fc.oneof(word, fc.constantFrom(...PAYLOADS, '\n', '\r', '\u0085', '::', '##[', '%0A')), { maxLength: 8 })
    .map((parts) => parts.join('')),
);

export const runnerProperty: Property = property(
  'commands of the runner',
  20_000,
  fc.tuple(text, text),
  ([value, other]) => {
    if (injectedCommands(plainText(value)).length > 0) throw new Error('a command in the log');
    if (obeyedCommands(plainText(value)).length > 0) throw new Error('some command in the log');
    const written = writtenBy((runner) => {
      runner.error('Title', value);
      runner.publish({}, { NAME: value.replaceAll('\0', ''), OTHER: other.replaceAll('\0', '') });
    });
    if (obeyedCommands(written.log.trimEnd()).length !== 1) throw new Error('more than the annotation');
    const [, delimiter = ''] = /^NAME<<(\S+)/.exec(written.file) ?? [];
    const lines = written.file.split(/\r?\n/);
    if (lines.filter((line) => line === delimiter).length !== 1) throw new Error('a delimiter inside a value');
    return { outcome: 'accepted', shown: [], secrets: [] };
  },
);

const iniLine = fc.oneof(
  fc.constantFrom(
    '[defaults]',
    '[extension]',
    '[core]',
    ' [x]',
    '[defaults] ; x',
    'group = a',
    'GROUP=b',
    'location : x',
    '  continued',
    '# x',
    '; y',
    '=',
    'dev_sources = /evil',
    '[[x]]',
    '',
  ),
  word,
  word.map((value) => `group = ${value}`),
);
const iniText = fc
  .array(fc.tuple(iniLine, fc.constantFrom('\n', '\r\n', '\r', '\n\r', '\f', '\u2028')), { maxLength: 12 })
  .map((lines) => lines.map(([line, end]) => line + end).join(''));

export const defaultsProperty: Property = property('configuration of the image', 15_000, iniText, (config) => {
  const defaults = defaultsSection(config);
  const written = newIniFiles('AzureCloud', undefined, defaults).config;
  const sections = sectionsOf(written);
  if (sections.join() !== (defaults.length === 0 ? 'cloud,core' : 'cloud,core,defaults'))
    throw new Error(sections.join());
  const names = defaults.map((line) => line.split('=')[0]?.trim().toLowerCase());
  if (new Set(names).size !== names.length) throw new Error(`twice: ${names.join()}`);
  return { outcome: defaults.length === 0 ? 'refused' : 'accepted', shown: [], secrets: [] };
});

/** What az would write, and what people would. What Python refuses is not changed by us. */
const soundIni = fc
  .array(fc.constantFrom('[defaults]', '[core]', '# x', '; y', 'group = a', 'location: x', 'x=', '', '  # indented'), {
    maxLength: 10,
  })
  .chain((lines) => fc.constantFrom('\n', '\r\n').map((end) => lines.map((line) => line + end).join('')));

export const iniProperty: Property = property(
  'options of a shared configuration',
  10_000,
  fc.tuple(
    soundIni,
    fc.constantFrom('core', 'cloud', 'defaults'),
    fc.constantFrom('name', 'group', 'x'),
    fc.stringMatching(/^[\w.%-]{1,20}$/),
  ),
  ([config, section, option, value]) => {
    const before = sectionsOf(config);
    const written = writeOption(config, section, option, value);
    if (readOption(written, section, option) !== value) throw new Error(`not read back: ${JSON.stringify(written)}`);
    const added = sectionsOf(written).filter((name) => !before.includes(name));
    if (added.some((name) => name !== section)) throw new Error(`sections ${added.join()}`);
    return { outcome: 'accepted', shown: [], secrets: [] };
  },
);

export const indexesProperty: Property = property(
  'indexes of the image',
  4000,
  jsonText(['version', 'cloudProfile', 'commandIndex', 'versions', 'core', 'local'], word),
  (json) => {
    const files = copiedIndexes(
      () => json,
      () => '',
    );
    return { outcome: files.size === 0 ? 'refused' : 'accepted', shown: [], secrets: [] };
  },
);

const STATE_KEYS = `
  folder variables refresher sharedLogin name exported kind text restore source audience path expiresOn client_id
  tenant client_assertion`
  .trim()
  .split(/\s+/);

export const stateProperty: Property = property(
  'saved state and entries',
  8000,
  fc.oneof(
    jsonText(STATE_KEYS, fc.oneof(word, fc.constantFrom('value', 'sha256'))),
    damaged(
      fc.constantFrom(
        '{"folder":"/x","variables":[{"name":"A","exported":{"kind":"value","text":"b"},"restore":""}],"refresher":77}',
        '[{"client_id":"c","tenant":"t","client_assertion":"x.y.z"}]',
      ),
    ),
  ),
  (json) => {
    const saved = savedSession({ state: () => json } as unknown as Runner);
    withAssertion(json, { clientId: 'c', tenantId: 't' }, 'a.b.c');
    withAssertion(`[${json}]`, { clientId: 'c', tenantId: 't' }, 'a.b.c');
    const pid = saved?.refresher ?? 0;
    if (!Number.isSafeInteger(pid) || pid < 0 || pid === 1) throw new Error(`process ${pid}`);
    return { outcome: saved === undefined ? 'refused' : 'accepted', shown: [], secrets: [] };
  },
);

const PROFILE_KEYS = `
  subscriptions environments installationId id name user type isDefault tenantId environmentName managementCertificate
  AccessToken Account RefreshToken AppMetadata client_id tenant mode logins layers version ownAccounts absentFiles
  files accounts applications users`
  .trim()
  .split(/\s+/);
const document = fc.oneof(
  jsonText(PROFILE_KEYS, word),
  jsonText(PROFILE_KEYS, word).map((json) => `[${json}]`),
  jsonText(PROFILE_KEYS, word).map((json) => `{"subscriptions":[${json}],"environments":[]}`),
  jsonText(PROFILE_KEYS, word).map(
    (json) =>
      `{"version":1,"origin":"found","logins":[],"ownAccounts":{"applications":[],"users":[]},"absentFiles":[],"layers":${json}}`,
  ),
  iniText,
);

export const sharedFolderProperty: Property = property(
  'files of a shared folder',
  6000,
  fc.record(Object.fromEntries(DOCUMENT_NAMES.map((name) => [name, fc.option(document, { nil: undefined })]))),
  async (contents) => {
    const parsed = DOCUMENT_NAMES.map((name) => [name, parseDocument(name, contents[name])] as const);
    const known = parsed.flatMap(([name, reading]) => (reading.kind === 'document' ? [[name, reading.value]] : []));
    const documents = { ...NO_DOCUMENTS, ...(Object.fromEntries(known) as Partial<Documents>) };
    const result = await refusable(() => {
      const { documents: together, warnings } = addLogin(documents, application('login', 'client'), FOUND);
      removeLogin(together, 'login');
      return warnings;
    });
    const shown = 'error' in result ? [shownOf(result.error)] : [];
    return {
      outcome: 'error' in result ? 'refused' : 'accepted',
      shown: shown.map((line) => line.replaceAll(/\p{Cc}/gu, ' ')),
      secrets: [],
    };
  },
);

const proxyValue = fc.oneof(
  secret.chain((password) =>
    damaged(
      fc.constantFrom(
        `http://user:${password}@proxy:8080`,
        `https://u:${password}@[::1]:1`,
        `${password}:x@host`,
        `socks5://a:${password}@b`,
      ),
    ),
  ),
  word,
);

export const proxyProperty: Property = property(
  'proxy variables',
  6000,
  fc.tuple(proxyValue, word),
  async ([value, noProxy]) => {
    const env = { HTTPS_PROXY: value, NO_PROXY: noProxy.slice(0, 500) };
    isBypassed(new URL('https://management.azure.com'), env.NO_PROXY);
    const result = await refusable(() => proxyFor(new URL('https://management.azure.com'), env));
    const secrets = [...value.matchAll(/Zq7[0-9a-f]{12,}/g)].map(String);
    if ('value' in result) return { outcome: 'accepted', shown: [], secrets };
    return { outcome: 'refused', shown: [shownOf(result.error)], secrets };
  },
);
