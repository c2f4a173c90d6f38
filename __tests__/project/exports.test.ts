import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';

const EXPORT = /^export (?:abstract |async )*(?:function|const|class|interface|type) (\w+)/gm;
/** Names of a static or a dynamic import, or of an import passed on, and the module that has them. */
const NAMED = /\{([^{}]*)\}\s*(?:from|= await import\()\s*'(\.[^']*)'/g;
/** A module as a whole; its parts are used by name then. */
const WHOLE = /(?:import\(|\* as \w+ from |export \* from )\s*'(\.[^']*)'/g;

test('no file of src exports what no other file imports', () => {
  const files = globSync('{src,scripts,simulator,bench,__tests__}/**/*.{ts,mjs}', { cwd: ROOT });
  const texts = new Map(files.map((file) => [join(file), readFileSync(join(ROOT, file), 'utf8')]));
  const imported = new Set<string>();
  const wholes: [module: string, text: string][] = [];
  for (const [file, text] of texts) {
    for (const [, names = '', module = ''] of text.matchAll(NAMED)) {
      for (const name of names.matchAll(/(?:^|,)\s*(?:type )?(\w+)/g))
        imported.add(`${join(file, '..', module)} ${name[1]}`);
    }
    for (const [, module = ''] of text.matchAll(WHOLE)) wholes.push([join(file, '..', module), text]);
  }
  const unused = [...texts].flatMap(([file, text]) =>
    [...text.matchAll(EXPORT)]
      .map(([, name = '']) => name)
      .filter((name) => file.startsWith('src') && !imported.has(`${file} ${name}`))
      .filter((name) => !wholes.some(([module, user]) => module === file && new RegExp(`\\b${name}\\b`).test(user)))
      .map((name) => `${file}: ${name}`),
  );
  assert.deepEqual(unused, []);
});
