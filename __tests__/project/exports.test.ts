import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';

const EXPORT = /^export (?:abstract |async )*(?:function|const|class|interface|type) (\w+)/gm;
/** Named imports, static or dynamic, and named re-exports. */
const NAMED = /\{([^{}]*)\}\s*(?:from|= await import\()\s*'(\.[^']*)'/g;
/** Imports of a whole module, whose exports are then used by name. */
const WHOLE = /(?:import\(|\* as \w+ from |export \* from )\s*'(\.[^']*)'/g;

test('another file imports every export of src', () => {
  const files = globSync('{src,scripts,simulator,bench,__tests__}/**/*.{ts,mjs}', { cwd: ROOT });
  const texts = new Map(files.map((file) => [join(file), readFileSync(join(ROOT, file), 'utf8')]));
  const imported = new Set<string>();
  const wholes: [module: string, text: string][] = [];
  for (const [file, text] of texts) {
    for (const [, names = '', module = ''] of text.matchAll(NAMED)) {
      for (const [, name] of names.matchAll(/(?:^|,)\s*(?:type )?(\w+)/g))
        imported.add(`${join(file, '..', module)} ${name}`);
    }
    for (const [, module = ''] of text.matchAll(WHOLE)) wholes.push([join(file, '..', module), text]);
  }
  const isUsed = (file: string, name: string): boolean =>
    imported.has(`${file} ${name}`) ||
    wholes.some(([module, text]) => module === file && new RegExp(`\\b${name}\\b`).test(text));
  const unused = [...texts].flatMap(([file, text]) =>
    [...text.matchAll(EXPORT)].flatMap(([, name = '']) =>
      file.startsWith('src') && !isUsed(file, name) ? [`${file}: ${name}`] : [],
    ),
  );
  assert.deepEqual(unused, []);
});
