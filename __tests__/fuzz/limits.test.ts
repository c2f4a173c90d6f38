import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { secretsIn } from '../../src/inputs/secrets.ts';
import { INPUT_NAMES } from '../../src/inputs/table.ts';
import { parsePublishSettings } from '../../src/publish-settings/parse.ts';
import { CLIENT, outcome, step, TENANT } from '../inputs/workflow-step.ts';
import { CLOUDS, NOW } from '../publish-settings/documents.ts';
import { refusable } from './harness.ts';

/** Texts of the largest size that an environment variable of Linux holds, made to keep a reader busy. */

const LONGEST = 131_000;

/** What reading one of them may take, in milliseconds of the processor. */
const LIMIT_MS = 1000;

const UNITS = [
  ' ',
  '\t',
  ':',
  ': ',
  '"',
  `"'`,
  '\\',
  '-----BEGIN ',
  '-----BEGIN RSA PRIVATE KEY-----\n',
  'ManagementCertificate="',
  "PWD='",
  '<a>',
  '<a ',
  '<!--',
  '&#x41;',
  '[',
  '{"a":',
  '[1,',
  'a.',
  'eyJaaaaaaaaa.',
  'A',
  '\ud800',
];
const ENDS: readonly (readonly [string, string])[] = [
  ['', ''],
  [':x', 'y'],
  ['{"clientSecret":"', '"'],
  ['-----BEGIN PRIVATE KEY-----', '>'],
];
const TEXTS = UNITS.flatMap((unit) => ENDS.map(([from, to]) => from + unit.repeat(LONGEST / unit.length) + to));

async function assertQuick(what: string, read: (text: string) => unknown): Promise<void> {
  for (const text of TEXTS) {
    const before = process.cpuUsage();
    await refusable(() => read(text));
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    assert.ok(took < LIMIT_MS, `${what}: ${Math.round(took)} ms for ${JSON.stringify(text.slice(0, 30))}…`);
  }
}

test('inputs, and the masks for them', async () => {
  for (const name of [
    'client-secret',
    'creds',
    'client-certificate',
    'publish-settings',
    'subscription',
    'export-env',
  ] as const) {
    assert.ok(INPUT_NAMES.includes(name));
    const runner = (text: string) => step({ 'client-id': CLIENT, 'tenant-id': TENANT, [name]: text });
    await assertQuick(`masks of ${name}`, (text) => secretsIn(runner(text)));
    await assertQuick(name, (text) => outcome(runner(text)));
  }
});

test('certificates and publish settings', async () => {
  const folders = { workspace: '/none', home: '/none' };
  await assertQuick('certificate', (value) =>
    readClientCertificate({ value, password: 'x', clientId: 'x' }, NOW, folders),
  );
  await assertQuick('publish settings', (xml) =>
    parsePublishSettings(xml, { clouds: CLOUDS, now: NOW, mask: () => {} }),
  );
});
