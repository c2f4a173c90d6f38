import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

const SRC = join(import.meta.dirname, '../../src');
const FILES = importsBy((path) => path);
/** Entry files, directly in `src`, count as folders. */
const FOLDERS = importsBy((path) => path.split(sep)[0] ?? '');

for (const [what, imports] of Object.entries({ folders: FOLDERS, files: FILES })) {
  test(`the ${what} of src have no import cycle`, () => {
    const remaining = new Map(imports);
    for (let before = 0; before !== remaining.size; ) {
      before = remaining.size;
      for (const [one, others] of remaining)
        if (![...others].some((other) => remaining.has(other))) remaining.delete(one);
    }
    assert.deepEqual(remaining, new Map());
  });
}

test('core imports no other folder, and errors imports only core', () => {
  assert.deepEqual([...(FOLDERS.get('core') ?? [])], []);
  assert.deepEqual([...(FOLDERS.get('errors') ?? [])], ['core']);
});

/** Maps each group of files to the groups that it imports, including dynamic imports and types. */
function importsBy(groupOf: (path: string) => string): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>();
  for (const file of globSync('**/*.ts', { cwd: SRC })) {
    const targets = imports.get(groupOf(file)) ?? new Set();
    imports.set(groupOf(file), targets);
    const text = readFileSync(join(SRC, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)) {
      const group = groupOf(relative(SRC, join(SRC, dirname(file), target)));
      if (group !== groupOf(file)) targets.add(group);
    }
  }
  return imports;
}
