/**
 * Builds `dist/` from `src/`: TypeScript compiles (its seventh version has no JavaScript API for a bundler to call),
 * ncc bundles each entry with what it needs. The output is the same on every machine; CI compares it with what is
 * committed.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', ...name.split('/'));

/** Entry of the source tree -> folder in dist. */
const entries = { 'main.js': 'main', 'post.js': 'post', 'keep-alive.js': 'keep-alive' };

for (const folder of ['build', 'dist']) rmSync(join(root, folder), { recursive: true, force: true });
run(bin('typescript/bin/tsc'), '-p', 'tsconfig.build.json');
for (const [entry, folder] of Object.entries(entries)) {
  const out = join('dist', folder);
  run(
    bin('@vercel/ncc/dist/ncc/cli.js'),
    'build',
    join('build', entry),
    '-o',
    out,
    '--no-cache',
    '--quiet',
    '--target',
    'es2022',
    '--license',
    'licenses.txt',
  );
  for (const name of readdirSync(join(root, out))) normalise(join(root, out, name));
}

function run(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
}

/** Line ends alike on every system, so that the comparison in CI finds only real differences. */
function normalise(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\r\n', '\n'));
}
