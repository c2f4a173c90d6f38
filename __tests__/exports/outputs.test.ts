import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effort } from '../../src/exports/outputs.ts';

test('the log shows the duration and the number of requests', () => {
  const texts = [effort(0.6123, 3), effort(1.26, 1), effort(0.05, 0)];
  assert.deepEqual(texts, ['in 612 ms with 3 requests', 'in 1.3 s with one request', 'in 50 ms']);
});
