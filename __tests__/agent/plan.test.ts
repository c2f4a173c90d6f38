import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { failureWaitMs, refreshAfterMs, sessionEnd } from '../../src/agent/plan.ts';

suite('a token is renewed while at least 40 % of it are left', () => {
  const MINUTE = 60_000;
  const cases: [usableMs: number, chance: number, wait: number][] = [
    [5 * MINUTE, 0, 2 * MINUTE],
    [4 * MINUTE, 0.5, 2 * MINUTE],
    [4 * MINUTE, 1 - Number.EPSILON, 2.4 * MINUTE],
    [6000, 0, 2400],
    // The clock of the runner is behind: the end of the first token seems far away.
    [5 * MINUTE, 1 - Number.EPSILON, 2.5 * MINUTE],
    [60 * MINUTE, 0, 2.5 * MINUTE],
    [Number.POSITIVE_INFINITY, 0, 2.5 * MINUTE],
    // It is ahead: the token seems to have ended.
    [0, 0.5, 500],
    [-10 * MINUTE, 0.5, 500],
  ];
  for (const [usableMs, chance, wait] of cases) {
    test(`${usableMs} ms left, chance ${chance.toFixed(2)}: after ${wait} ms`, () =>
      assert.equal(Math.round(refreshAfterMs(usableMs, chance)), wait));
  }
});

suite('failures are spread and never asked faster than the server wants', () => {
  const cases: [failures: number, retryAfterMs: number, chance: number, wait: number][] = [
    [1, 0, 0, 250],
    [1, 0, 1, 500],
    [4, 0, 0, 2000],
    [4, 0, 1, 4000],
    [7, 0, 1, 30_000],
    [1000, 0, 1, 30_000],
    [1, 5000, 0, 5000],
    [10, 5000, 0, 15_000],
    [1, 3_600_000, 0, 60_000],
  ];
  for (const [failures, retryAfterMs, chance, wait] of cases) {
    test(`failure ${failures}, Retry-After ${retryAfterMs} ms, chance ${chance}: ${wait} ms`, () =>
      assert.equal(failureWaitMs(failures, retryAfterMs, chance), wait));
  }
});

test('the session ends with the request token, or six hours from now where that does not say', () => {
  const now = new Date('2026-08-01T12:00:00Z');
  const expiry = new Date('2026-08-01T18:04:00Z');
  assert.deepEqual(sessionEnd(expiry, now), expiry);
  assert.deepEqual(sessionEnd(new Date(0), now), new Date('2026-08-01T18:00:00Z'));
  assert.deepEqual(sessionEnd(now, now), new Date('2026-08-01T18:00:00Z'));
});
