import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, it } from 'node:test';

const SRC = join(import.meta.dirname, '../../src');

describe('the folders of src', () => {
  it('import in one direction: none is reached again by what it imports', () => {
    const imports = importsOfFolders();
    const circles = [...imports.keys()].flatMap((folder) => {
      const back = path(imports, folder);
      return back === undefined ? [] : [back.join(' -> ')];
    });
    assert.deepEqual(circles, []);
  });

  it('stand on core, which imports none of them, and errors, which imports core alone', () => {
    const imports = importsOfFolders();
    assert.deepEqual([...(imports.get('core') ?? [])], []);
    assert.deepEqual([...(imports.get('errors') ?? [])], ['core']);
  });
});

/** For each folder those that its files import, dynamic imports and types included. Files of `src` itself stand above all. */
function importsOfFolders(): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>();
  for (const file of globSync('*/**/*.ts', { cwd: SRC })) {
    const from = folderOf(file);
    const found = imports.get(from) ?? new Set();
    imports.set(from, found);
    for (const [, target = ''] of readFileSync(join(SRC, file), 'utf8').matchAll(
      /(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g,
    )) {
      const to = folderOf(relative(SRC, join(SRC, dirname(file), target)));
      if (to !== from) found.add(to);
    }
  }
  return imports;
}

/** The first folder of a path; a file of `src` itself is its own. */
function folderOf(path: string): string {
  return path.split(sep)[0] ?? '';
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
