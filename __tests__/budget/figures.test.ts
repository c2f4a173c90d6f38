import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withFigures } from '../../bench/document/figures.ts';
import type { Results } from '../../bench/results.ts';
import { ROOT } from '../../simulator/job.ts';

test('the README has the section into which the benchmark writes its figures', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const results = { signIns: [], jobs: [], conditions: { date: 'DATE', cores: 2, az: [] } } as unknown as Results;
  assert.match(withFigures(readme, results), /DATE, 2 cores/);
});
