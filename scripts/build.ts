/**
 * Builds `dist/` from `src/`: TypeScript compiles (its seventh version has no JavaScript API for a bundler to call),
 * ncc bundles each entry with what it needs, esbuild takes out what is never read. The output is the same on every
 * machine; CI compares it with what is committed.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildSync, type Plugin, transformSync } from 'esbuild';
import { REPLACED } from './replaced.ts';

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', ...name.split('/'));

/** What the runner starts. */
const TARGET = 'node24';

/** Entry of the source tree -> folder in dist. */
const entries = { 'main.js': 'main', 'post.js': 'post', 'agent.js': 'agent' };

/**
 * Two modules of Node that core uses one function or constant of, and that would take longer to load than core itself.
 * `crypto` makes its delimiters: nobody has to be unable to guess one, since core looks whether it is in the value.
 */
const LEAN: Readonly<Record<string, string>> = {
  crypto: 'export const randomUUID = () => Math.random().toString(36).slice(2);',
  // The runner takes both line ends on every system.
  os: "export const EOL = '\\n';",
};

const withoutSideEffects: Plugin = {
  name: 'without-side-effects',
  setup({ onLoad, onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || pluginData === 'resolving') return undefined;
      if (path in LEAN && /[\\/]core[\\/]lib[\\/](command|core|file-command)\.js$/.test(importer)) {
        return { path, namespace: 'lean', sideEffects: false };
      }
      const found = await resolve(path, { kind, importer, resolveDir, pluginData: 'resolving' });
      return { ...found, sideEffects: false };
    });
    onLoad({ filter: /./, namespace: 'lean' }, ({ path }) => ({ contents: LEAN[path] ?? '' }));
  },
};

for (const folder of ['build', 'dist']) rmSync(join(root, folder), { recursive: true, force: true });
run(bin('typescript/bin/tsc'), '-p', 'tsconfig.build.json');
shakeMsal();
await shakeCore();
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
  for (const name of readdirSync(join(root, out))) compact(join(root, out, name));
}
run(join('scripts', 'bill-of-materials.ts'));

function run(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
}

/**
 * Most of MSAL cannot be reached from here, but ncc keeps it, since `@azure/msal-node` does not say that its modules have
 * no side effects. Reading all of it would take 16 ms of every sign-in, what is left takes 7.
 */
function shakeMsal(): void {
  const folder = join(root, 'build/entra');
  buildSync({
    entryPoints: ['msal.js', 'managed-identity-msal.js'].map((name) => join(folder, name)),
    outdir: folder,
    allowOverwrite: true,
    bundle: true,
    minify: true,
    legalComments: 'none',
    platform: 'node',
    format: 'esm',
    target: TARGET,
    alias: Object.fromEntries(REPLACED.map((name) => [name, join(root, 'scripts', 'unreachable.js')])),
  });
}

/**
 * `@actions/core` does not say that its modules have no side effects either; its HTTP client alone, which asks for ID
 * tokens, brings undici: 40 ms.
 */
async function shakeCore(): Promise<void> {
  const file = join(root, 'build/actions/core.js');
  await build({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    minifySyntax: true,
    legalComments: 'none',
    platform: 'node',
    format: 'esm',
    target: TARGET,
    plugins: [withoutSideEffects],
  });
}

/**
 * Takes out white space and comments, which V8 would read at every start; names stay, so that a stack can be followed.
 * All that is no ASCII is escaped: one such letter makes V8 keep the whole file in two bytes a letter. Line ends are alike
 * on every system, so that the comparison in CI finds only real differences.
 */
function compact(file: string): void {
  const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  const compacted = file.endsWith('.js')
    ? transformSync(text, { minifyWhitespace: true, legalComments: 'none', format: 'esm', target: TARGET }).code
    : text;
  writeFileSync(file, compacted);
}
