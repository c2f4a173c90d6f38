/** A short run of each property, with a fixed seed. `npm run fuzz` is the long run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { secretsIn } from '../../src/inputs/secrets.ts';
import { CLIENT, outcome, step, TENANT } from '../inputs/workflow-step.ts';
import { readCertificate, readSettings } from './files.ts';
import { property, resultOf, type Verdict } from './harness.ts';
import { PROPERTIES } from './properties.ts';

const SEED = 20_240_831;
const SHARE = 0.02;

for (const { name, cases, run } of PROPERTIES) {
  test(`${name}: no crash, no stack trace, no secret, within two seconds`, async () => {
    const report = await run({ cases: Math.ceil(cases * SHARE), seed: SEED });
    assert.equal(report.failure, '');
    assert.equal(report.cases, Math.ceil(cases * SHARE));
  });
}

test('the harness detects each kind of failure', async () => {
  const secret = 'Zq70123456789abcdef';
  const showing = (text: string) => (): Verdict => ({ outcome: 'refused', shown: [text], secrets: [secret] });
  const slow = (): Verdict => {
    for (const begun = process.cpuUsage(); process.cpuUsage(begun).user < 300_000; );
    return showing('')();
  };
  for (const [failure, judge] of [
    ['crash', () => assert.fail('crash')],
    ['a stack trace', showing('Error\n    at x (file.js:1:2)')],
    ['a secret', showing(`it was ${secret.slice(0, 10)}`)],
    ['not words', showing('ends at Invalid Date')],
    ['control characters', showing('\u001b[31m')],
    ['took', slow],
  ] as const) {
    const report = await property(failure, 1, fc.constant(0), judge).run({ cases: 1, seed: 1, limitMs: 200 });
    assert.match(report.failure, new RegExp(failure));
  }
  const crash = resultOf(() => Promise.reject(new TypeError('a crash')));
  await assert.rejects(crash, TypeError);
});

/** The largest size of an environment variable on Linux. */
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
const TEXTS = UNITS.flatMap((unit) => ENDS.map(([from, to]) => from + unit.repeat(LONGEST / unit.length) + to));

const INPUTS = ['client-secret', 'creds', 'client-certificate', 'publish-settings', 'subscription', 'export-env'];
const asInput = (name: string) => (text: string) => {
  const runner = step({ 'client-id': CLIENT, 'tenant-id': TENANT, [name]: text });
  secretsIn(runner);
  outcome(runner);
};
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  'a certificate': (text) => readCertificate(text, 'x'),
  'publish settings': readSettings,
  ...Object.fromEntries(INPUTS.map((name) => [`the input ${name}`, asInput(name)])),
};

for (const [what, read] of Object.entries(READERS)) {
  test(`a text that is made to keep a reader busy is read within two seconds: ${what}`, async () => {
    for (const text of TEXTS) {
      const before = process.cpuUsage();
      await resultOf(() => read(text));
      const { user, system } = process.cpuUsage(before);
      assert.ok((user + system) / 1000 < 2000, JSON.stringify(text.slice(0, 30)));
    }
  });
}
