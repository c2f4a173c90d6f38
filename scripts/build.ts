/**
 * Builds `dist/` from `src/`: TypeScript compiles (its seventh version has no JavaScript API for a bundler to call),
 * ncc bundles each entry with what it needs, esbuild takes out what is never read. The output is the same on every
 * machine; CI compares it with what is committed.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin, transformSync } from 'esbuild';
import { REPLACED } from './replaced.ts';

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', ...name.split('/'));

/** What the runner starts. */
const TARGET = 'node24';

/** Entry of the source tree -> folder in dist. */
const entries = { 'main.js': 'main', 'post.js': 'post', 'agent.js': 'agent', 'logout.js': 'logout' };

/**
 * Two modules of Node that core uses one function or constant of, and that would take longer to load than core itself.
 * `crypto` makes its delimiters: nobody has to be unable to guess one, since core looks whether it is in the value.
 */
const LEAN: Readonly<Record<string, string>> = {
  crypto: 'export const randomUUID = () => Math.random().toString(36).slice(2);',
  // The runner takes both line ends on every system.
  os: "export const EOL = '\\n';",
};

/**
 * Modules of MSAL that a class has a method for which nothing here calls: the other grants, the proofs that bind a token to
 * a key, the cache's form on a disk. Without them MSAL is read in 1.7 ms less.
 */
const UNUSED_PROOFS = 'PopTokenGenerator|DpopProofGenerator';
const UNUSED_GRANTS: Readonly<Record<string, RegExp>> = {
  'msal.js': new RegExp(
    `/(OnBehalfOfClient|UserFederatedIdentityCredentialClient|UsernamePasswordClient|SilentRequestCoalescer|AuthorizationCodeClient|RefreshTokenClient|SilentFlowClient|Authorize|Serializer|Deserializer|ManagedIdentitySources/\\w+|${UNUSED_PROOFS})\\.mjs$`,
  ),
  'managed-identity-msal.js': new RegExp(`/(Serializer|Deserializer|${UNUSED_PROOFS})\\.mjs$`),
};

/** Whether a module is strict would depend on when esbuild finds `tsconfig.json`, and the output on the machine. */
const NO_TSCONFIG = { tsconfigRaw: {} };

const UNREACHABLE = join(root, 'scripts', 'unreachable.cjs');

const without = (modules: RegExp): Plugin => ({
  name: 'without',
  setup: ({ onResolve }) => onResolve({ filter: modules }, () => ({ path: UNREACHABLE })),
});

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
bundleAsCommonJs();
await shakeMsal();
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
  writeFileSync(join(root, out, 'package.json'), `{"type": "commonjs"}\n`);
}
run(join('scripts', 'bill-of-materials.ts'));

function run(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
}

/**
 * ncc keeps the kind of modules of the nearest `package.json`. One that names none gives CommonJS, which Node loads
 * without its loader of ES modules: 2 ms of a sign-in.
 */
function bundleAsCommonJs(): void {
  writeFileSync(join(root, 'build/package.json'), '{}\n');
}

/**
 * Most of MSAL cannot be reached from here, but ncc keeps it, since `@azure/msal-node` does not say that its modules have
 * no side effects. Reading all of it would take 16 ms of every sign-in, what is left takes 5.
 */
async function shakeMsal(): Promise<void> {
  const folder = join(root, 'build/entra');
  for (const [name, unused] of Object.entries(UNUSED_GRANTS)) {
    await build({
      entryPoints: [join(folder, name)],
      outdir: folder,
      allowOverwrite: true,
      bundle: true,
      minify: true,
      legalComments: 'none',
      platform: 'node',
      format: 'esm',
      target: TARGET,
      ...NO_TSCONFIG,
      alias: Object.fromEntries(REPLACED.map((replaced) => [replaced, UNREACHABLE])),
      plugins: [without(unused)],
    });
  }
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
    ...NO_TSCONFIG,
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
    ? transformSync(text, { minifyWhitespace: true, legalComments: 'none', target: TARGET }).code
    : text;
  writeFileSync(file, compacted);
}
