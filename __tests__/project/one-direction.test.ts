import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

const SRC = join(import.meta.dirname, '../../src');
/** The first folder of a path; a file of `src` itself is its own. */
const folderOf = (path: string): string => path.split(sep)[0] ?? '';
const FOLDERS = importsOf(folderOf);

for (const [what, imports] of Object.entries({ folders: FOLDERS, files: importsOf((path) => path) })) {
  test(`the ${what} of src import in one direction: none is reached again by what it imports`, () => {
    const left = new Map(imports);
    // What imports nothing that is left is in no circle, and goes, until nothing changes.
    for (let before = 0; before !== left.size; ) {
      before = left.size;
      for (const [one, others] of left) if (![...others].some((other) => left.has(other))) left.delete(one);
    }
    assert.deepEqual(left, new Map());
  });
}

test('they stand on core, which imports no folder, and errors, which imports core alone', () => {
  assert.deepEqual([...(FOLDERS.get('core') ?? [])], []);
  assert.deepEqual([...(FOLDERS.get('errors') ?? [])], ['core']);
});

/**
 * What each imports, dynamic imports and types included.
 * @param named the folder of a file, or itself
 */
function importsOf(named: (path: string) => string): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>();
  for (const file of globSync('**/*.ts', { cwd: SRC })) {
    const from = named(file);
    const found = imports.get(from) ?? new Set();
    imports.set(from, found);
    for (const [, target = ''] of readFileSync(join(SRC, file), 'utf8').matchAll(
      /(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g,
    )) {
      const to = named(relative(SRC, join(SRC, dirname(file), target)));
      if (to !== from) found.add(to);
    }
  }
  return imports;
}
