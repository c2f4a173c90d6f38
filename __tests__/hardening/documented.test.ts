import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';
import { PROPERTIES } from '../fuzz/properties.ts';

const page = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8');

/** A test file and a part of the title of a test. */
const SHOWN_BY = /`([\w-]+\/[\w-]+\.test\.ts)`: ([^|<\n]+)/g;

test('every threat names a test of its defence, and every named test exists', () => {
  const tables = page.slice(page.indexOf('## Threats'), page.indexOf('## What it cannot protect'));
  const rows = tables.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| threat'));
  assert.ok(rows.length > 30);
  for (const row of rows) assert.match(row, /`[\w-]+\/[\w-]+\.test\.ts`: /, row);
  for (const [, file = '', title = ''] of page.matchAll(SHOWN_BY)) {
    const source = readFileSync(join(ROOT, '__tests__', file), 'utf8');
    assert.ok(source.includes(title.trim()), `${file} has no test "${title.trim()}"`);
  }
});

test('the page has the right number of fuzz cases', () => {
  const cases = PROPERTIES.reduce((sum, property) => sum + property.cases, 0);
  assert.ok(page.includes(`${cases.toLocaleString('en')} cases`), `${cases} cases`);
});
