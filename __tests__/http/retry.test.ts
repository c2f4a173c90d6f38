import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs, isTransientStatus, retryAfterMs } from '../../src/http/retry.ts';

test('waits double up to a limit, and vary by chance', () => {
  const waits = [1, 2, 3, 9].map((number) => backOffMs(number, 0));
  assert.deepEqual(waits, [250, 500, 1000, 7500]);
  assert.equal(backOffMs(1, 0.999).toFixed(0), '500');
});

test('Retry-After is read as seconds, or as a date by the clock of the server', () => {
  const date = 'Sun, 22 Nov 2026 08:00:00 GMT';
  const table: [string, number][] = [
    ['7', 7000],
    [' 0 ', 0],
    ['Sun, 22 Nov 2026 08:00:05 GMT', 5000],
    ['Sun, 22 Nov 2026 07:00:00 GMT', 0],
    ['soon', 0],
    ['-3', 0],
    ['99999999999', 99999999999000],
  ];
  for (const [header, expected] of table) assert.equal(retryAfterMs({ 'retry-after': header, date }), expected, header);
  assert.equal(retryAfterMs({ date }), 0);
  const later = new Date(Date.now() + 10_000).toUTCString();
  assert.ok(retryAfterMs({ 'retry-after': later }) > 8000);
  assert.equal(retryAfterMs({ 'retry-after': later, date: 'soon' }), 0);
});

test('a status is transient or not', () => {
  for (const status of [408, 429, 500, 502, 503, 504, 520]) assert.ok(isTransientStatus(status), String(status));
  for (const status of [200, 302, 400, 401, 403, 404, 501, 505]) assert.ok(!isTransientStatus(status), `${status}`);
});
