/**
 * Builds `dist/` from `src/`: TypeScript compiles (version 7 has no JavaScript API for a bundler), ncc bundles each
 * entry with its dependencies, and esbuild removes unused code. The output is the same on every machine, so that CI can
 * compare it with the committed files.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin, transformSync } from 'esbuild';
import { REPLACED } from './replaced.ts';

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', ...name.split('/'));

/** The runner's Node. */
const TARGET = 'node24';

/** Entry of the source tree -> folder in dist. */
const entries = { 'main.js': 'main', 'post.js': 'post', 'agent.js': 'agent', 'logout.js': 'logout' };

/**
 * Replacements for two modules of Node that take longer to load than `@actions/core`, which uses one export of each.
 * Core uses `crypto` for delimiters. They may be predictable, because core rejects a value that contains its delimiter.
 */
const CORE_REPLACEMENTS: Readonly<Record<string, string>> = {
  crypto: 'export const randomUUID = () => Math.random().toString(36).slice(2);',
  // The runner accepts both line endings on every system.
  os: "export const EOL = '\\n';",
};

/**
 * Modules of MSAL for methods that the action does not call: other grants, proofs that bind a token to a key, and the
 * serialization of the cache. Without them, MSAL loads 1.7 ms faster.
 */
const UNUSED_PROOFS = 'PopTokenGenerator|DpopProofGenerator';
const UNUSED_GRANTS: Readonly<Record<string, RegExp>> = {
  'msal.js': new RegExp(
    `/(OnBehalfOfClient|UserFederatedIdentityCredentialClient|UsernamePasswordClient|SilentRequestCoalescer|AuthorizationCodeClient|RefreshTokenClient|SilentFlowClient|Authorize|Serializer|Deserializer|ManagedIdentitySources/\\w+|${UNUSED_PROOFS})\\.mjs$`,
  ),
  'managed-identity-msal.js': new RegExp(`/(Serializer|Deserializer|${UNUSED_PROOFS})\\.mjs$`),
};

/** Otherwise strict mode, and so the output, would depend on when esbuild finds `tsconfig.json`. */
const NO_TSCONFIG = { tsconfigRaw: {} };

const UNREACHABLE = join(root, 'scripts', 'unreachable.cjs');

const removeModules = (modules: RegExp): Plugin => ({
  name: 'remove-modules',
  setup: ({ onResolve }) => onResolve({ filter: modules }, () => ({ path: UNREACHABLE })),
});

const markFreeOfSideEffects: Plugin = {
  name: 'mark-free-of-side-effects',
  setup({ onLoad, onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || pluginData === 'resolving') return undefined;
      if (path in CORE_REPLACEMENTS && /[\\/]core[\\/]lib[\\/](command|core|file-command)\.js$/.test(importer)) {
        return { path, namespace: 'replaced', sideEffects: false };
      }
      const resolved = await resolve(path, { kind, importer, resolveDir, pluginData: 'resolving' });
      return { ...resolved, sideEffects: false };
    });
    onLoad({ filter: /./, namespace: 'replaced' }, ({ path }) => ({ contents: CORE_REPLACEMENTS[path] ?? '' }));
  },
};

for (const folder of ['build', 'dist']) rmSync(join(root, folder), { recursive: true, force: true });
run(bin('typescript/bin/tsc'), '-p', 'tsconfig.build.json');
bundleAsCommonJs();
await treeShakeMsal();
await treeShakeCore();
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
  for (const name of readdirSync(join(root, out))) minify(join(root, out, name));
  writeFileSync(join(root, out, 'package.json'), `{"type": "commonjs"}\n`);
}
run(join('scripts', 'bill-of-materials.ts'));

function run(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
}

/**
 * ncc uses the module type of the nearest `package.json`. A file without `type` selects CommonJS, which Node loads
 * without its loader for ES modules. This saves 2 ms of a sign-in.
 */
function bundleAsCommonJs(): void {
  writeFileSync(join(root, 'build/package.json'), '{}\n');
}

/**
 * Most of MSAL is unreachable from the action, but ncc keeps it, because `@azure/msal-node` does not declare its
 * modules free of side effects. Loading all of it would take 16 ms of every sign-in; the rest takes 5 ms.
 */
async function treeShakeMsal(): Promise<void> {
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
      plugins: [removeModules(unused)],
    });
  }
}

/**
 * `@actions/core` does not declare its modules free of side effects either. Its HTTP client, which requests ID tokens,
 * would load undici, which takes 40 ms.
 */
async function treeShakeCore(): Promise<void> {
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
    plugins: [markFreeOfSideEffects],
  });
}

/**
 * Removes white space and comments, which V8 would read at every start, but keeps names for readable stack traces.
 * Escapes non-ASCII characters: a single one makes V8 store the whole file with two bytes per character. Line endings
 * are the same on every system, so that CI finds only real differences.
 */
function minify(file: string): void {
  const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  const minified = file.endsWith('.js')
    ? transformSync(text, { minifyWhitespace: true, legalComments: 'none', target: TARGET }).code
    : text;
  writeFileSync(file, minified);
}
