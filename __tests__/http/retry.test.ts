import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionError } from '../../src/core/session-error.ts';
import {
  backOffMs,
  isTransientStatus,
  type RetryPolicy,
  retryAfterMs,
  startDeadline,
  TransientFailure,
  withRetry,
} from '../../src/http/retry.ts';

function policy(overrides: Partial<RetryPolicy> = {}): RetryPolicy & { lines: string[] } {
  const lines: string[] = [];
  return {
    maxAttempts: 3,
    deadline: startDeadline(10),
    log: (line) => lines.push(line),
    ...overrides,
    lines,
  };
}

test('what the user can mend is told in the place of what they cannot', async () => {
  const next = async (mend: string): Promise<string> => {
    const failing = withRetry('The request', policy({ maxAttempts: 1 }), async () => {
      throw new TransientFailure('the proxy cannot be reached', { mend });
    });
    return (await failure(failing)).next.map(({ say }) => say).join();
  };
  assert.equal(await next('Correct the proxy.'), 'Correct the proxy.');
  assert.match(await next(''), /not your inputs/);
});

test('waits double, are capped, and are spread by chance', () => {
  assert.deepEqual(
    [1, 2, 3, 9].map((number) => backOffMs(number, 0)),
    [250, 500, 1000, 7500],
  );
  assert.equal(backOffMs(1, 0.999).toFixed(0), '500');
});

test('Retry-After in both of its forms', () => {
  const now = new Date('2026-11-22T08:00:00Z');
  const table: [string | undefined, number][] = [
    ['7', 7000],
    [' 0 ', 0],
    ['Sun, 22 Nov 2026 08:00:05 GMT', 5000],
    ['Sun, 22 Nov 2026 07:00:00 GMT', 0],
    ['soon', 0],
    ['-3', 0],
    ['99999999999', 99999999999000],
    [undefined, 0],
  ];
  for (const [header, expected] of table) assert.equal(retryAfterMs(header, now), expected, String(header));
});

test('which statuses pass by themselves', () => {
  for (const status of [408, 429, 500, 502, 503, 504, 520]) assert.ok(isTransientStatus(status), String(status));
  for (const status of [200, 302, 400, 401, 403, 404, 409, 501, 505])
    assert.ok(!isTransientStatus(status), String(status));
});

async function failure(promise: Promise<unknown>): Promise<SessionError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SessionError, `not a SessionError: ${error}`);
  return error;
}
