import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, it } from 'node:test';

const SRC = join(import.meta.dirname, '../../src');
/** The first folder of a path; a file of `src` itself is its own. */
const folderOf = (path: string): string => path.split(sep)[0] ?? '';
const FOLDERS = importsOf(folderOf);

describe('the code of src', () => {
  for (const [what, imports] of Object.entries({ folders: FOLDERS, files: importsOf((path) => path) })) {
    it(`has ${what} that import in one direction: none is reached again by what it imports`, () => {
      const circles = [...imports.keys()].flatMap((one) => {
        const back = path(imports, one);
        return back === undefined ? [] : [back.join(' -> ')];
      });
      assert.deepEqual(circles, []);
    });
  }

  it('stands on core, which imports no folder, and errors, which imports core alone', () => {
    assert.deepEqual([...(FOLDERS.get('core') ?? [])], []);
    assert.deepEqual([...(FOLDERS.get('errors') ?? [])], ['core']);
  });
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

function path(
  imports: Map<string, Set<string>>,
  goal: string,
  from = goal,
  seen = new Set<string>(),
): string[] | undefined {
  for (const next of imports.get(from) ?? []) {
    if (next === goal) return [from, goal];
    if (seen.has(next)) continue;
    seen.add(next);
    const rest = path(imports, goal, next, seen);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
}
