import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { secretsIn } from '../../src/inputs/secrets.ts';
import { CLIENT, outcome, step, TENANT, type With } from '../inputs/workflow-step.ts';
import { readCertificate, readSettings } from './files.ts';
import { property, refusable, type Verdict } from './harness.ts';
import { PROPERTIES } from './properties.ts';

/** A short run of each property; `npm run fuzz` runs them long, with a new seed each time. */

const SEED = 20_240_831;
const SHARE = 0.02;

for (const { name, cases, run } of PROPERTIES) {
  test(`${name}: no crash, no stack trace, no secret, within two seconds`, async () => {
    const report = await run({ cases: Math.ceil(cases * SHARE), seed: SEED });
    assert.equal(report.failure, '');
    assert.equal(report.cases, Math.ceil(cases * SHARE));
  });
}

test('whatever breaks a promise is found', async () => {
  const secret = 'Zq70123456789abcdef';
  const refusing = (text: string) => (): Verdict => ({ outcome: 'refused', shown: [text], secrets: [secret] });
  const busy = (): Verdict => {
    for (const begun = process.cpuUsage(); process.cpuUsage(begun).user < 300_000; );
    return refusing('')();
  };
  for (const [what, judge] of [
    ['crash', () => assert.fail('crash')],
    ['a stack trace', refusing('Error\n    at x (file.js:1:2)')],
    ['a secret', refusing(`it was ${secret.slice(0, 10)}`)],
    ['not words', refusing('ends at Invalid Date')],
    ['control characters', refusing('\u001b[31m')],
    ['took', busy],
  ] as const) {
    const { failure } = await property(what, 1, fc.constant(0), judge).run({ cases: 1, seed: 1, longestMs: 200 });
    assert.match(failure, new RegExp(what), what);
  }
  const crash = (): Promise<unknown> => Promise.reject(new TypeError('a crash'));
  await assert.rejects(refusable(crash), TypeError);
});

/** Texts of the largest size that an environment variable of Linux holds, made to keep a reader busy. */
const LONGEST = 131_000;
const UNITS =
  `-----BEGIN |-----BEGIN RSA PRIVATE KEY-----\n|ManagementCertificate="|PWD='|<a>|<a |<!--|&#x41;|[|{"a":|[1,|a.
|eyJaaaaaaaaa.|A| |\t|:|: |"|"'|\\|\ud800`.split('|');
const ENDS = [
  ['', ''],
  [':x', 'y'],
  ['{"clientSecret":"', '"'],
  ['-----BEGIN PRIVATE KEY-----', '>'],
] as const;

const asInput = (name: keyof With, text: string): void => {
  const runner = step({ 'client-id': CLIENT, 'tenant-id': TENANT, [name]: text });
  secretsIn(runner);
  outcome(runner);
};
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  'a certificate': (text) => readCertificate(text, 'x'),
  'publish settings': readSettings,
  ...Object.fromEntries(
    (['client-secret', 'creds', 'client-certificate', 'publish-settings', 'subscription', 'export-env'] as const).map(
      (name) => [`the input ${name}`, (text: string) => asInput(name, text)],
    ),
  ),
};

for (const [what, read] of Object.entries(READERS)) {
  test(`a text that is made to keep a reader busy is read within two seconds: ${what}`, async () => {
    const texts = UNITS.flatMap((unit) => ENDS.map(([from, to]) => from + unit.repeat(LONGEST / unit.length) + to));
    for (const text of texts) {
      const before = process.cpuUsage();
      await refusable(() => read(text));
      const { user, system } = process.cpuUsage(before);
      assert.ok((user + system) / 1000 < 2000, JSON.stringify(text.slice(0, 30)));
    }
  });
}
