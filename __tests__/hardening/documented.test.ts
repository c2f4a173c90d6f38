import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';
import { PROPERTIES } from '../fuzz/properties.ts';

const page = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8');

/** `file.test.ts`: the beginning of a title, or the changing part's fixed end. */
const SHOWN_BY = /`([\w-]+\/[\w-]+\.test\.ts)`: ([^|<\n]+)/g;

test('every threat of a table names a test that shows the defence, and every test that is named is there', () => {
  const tables = page.slice(page.indexOf('## Threats'), page.indexOf('## What it cannot protect'));
  const rows = tables.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| threat'));
  assert.ok(rows.length > 30);
  for (const row of rows) assert.match(row, /`[\w-]+\/[\w-]+\.test\.ts`: /, row);
  for (const [, file = '', title = ''] of page.matchAll(SHOWN_BY)) {
    const source = readFileSync(join(ROOT, '__tests__', file), 'utf8');
    assert.ok(source.includes(title.trim()), `${file} has no test "${title.trim()}"`);
  }
});

test('the number of fuzz cases is the one that the page tells', () => {
  const cases = PROPERTIES.reduce((sum, property) => sum + property.cases, 0);
  assert.ok(page.includes(`${cases.toLocaleString('en')} cases`), `${cases} cases`);
});
