import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withFigures } from '../../bench/document/figures.ts';
import type { Results } from '../../bench/results.ts';
import { ROOT } from '../../simulator/job.ts';

const NOTHING: Pick<Results, 'signIns' | 'jobs'> = { signIns: [], jobs: [] };

test('the README has a place for the figures of the benchmark', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const conditions = { date: 'DATE', cores: 2, az: [] } as unknown as Results['conditions'];
  assert.match(withFigures(readme, { ...NOTHING, conditions } as Results), /DATE, 2 cores/);
});
