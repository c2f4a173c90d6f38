import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { property, refusable } from './harness.ts';
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

test('the long run has at least 100,000 cases', () => {
  assert.ok(PROPERTIES.reduce((sum, { cases }) => sum + cases, 0) >= 100_000);
});

test('whatever breaks a promise is found', async () => {
  const secret = 'Zq70123456789abcdef';
  const broken = {
    crash: () => assert.fail('crash'),
    'a stack trace': () => ({ outcome: 'refused', shown: ['Error\n    at x (file.js:1:2)'], secrets: [] }) as const,
    'a secret': () => ({ outcome: 'refused', shown: [`it was ${secret.slice(0, 10)}`], secrets: [secret] }) as const,
    'not words': () => ({ outcome: 'refused', shown: ['ends at Invalid Date'], secrets: [] }) as const,
    'control characters': () => ({ outcome: 'refused', shown: ['\u001b[31m'], secrets: [] }) as const,
    took: () => {
      for (const begun = process.cpuUsage(); process.cpuUsage(begun).user < 300_000; );
      return { outcome: 'accepted', shown: [], secrets: [] } as const;
    },
  };
  for (const [what, judge] of Object.entries(broken)) {
    const { failure } = await property(what, 1, fc.constant(0), judge).run({ cases: 1, seed: 1, longestMs: 200 });
    assert.match(failure, new RegExp(what), what);
  }
  await assert.rejects(
    refusable(() => {
      throw new TypeError('a crash');
    }),
    TypeError,
  );
});
