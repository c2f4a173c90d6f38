import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../simulator/job.ts';
import { interleave, type Summary } from '../measure/pairs.ts';
import { outputOf } from '../measure/processes.ts';
import type { Paths } from '../paths.ts';

/** One JavaScript file of `dist/main` or `dist/post`. */
export interface ChunkRow {
  /** Without `dist/`. The bundler numbers the chunks anew when the sources change. */
  readonly file: string;
  /** What is largest in it, and how much else there is. */
  readonly holds: string;
  readonly bytes: number;
  /** Milliseconds. */
  readonly parse: Summary;
  /** The entries and ways to sign in that load it. */
  readonly loadedBy: readonly string[];
}

const ROUNDS = 5;

export async function measureChunks(paths: Paths): Promise<ChunkRow[]> {
  const files = globSync('{main,post}/*.js', { cwd: join(ROOT, 'dist') }).map((name) => name.replaceAll('\\', '/'));
  const sources = readSources();
  const parses = await interleave(
    Object.fromEntries(files.map((file) => [file, { run: () => parseTime(join(ROOT, 'dist', file)) }])),
    ROUNDS,
  );
  const rows = files.map((file): ChunkRow => {
    const path = join(ROOT, 'dist', file);
    return {
      file,
      holds: contentOf(readFileSync(path, 'utf8'), sources),
      bytes: statSync(path).size,
      parse: parses.of(file),
      loadedBy: Object.keys(paths).filter((name) => paths[name]?.files.includes(file)),
    };
  });
  return rows.toSorted((a, b) => a.file.split('/')[0]?.localeCompare(b.file.split('/')[0] ?? '') || b.bytes - a.bytes);
}

async function parseTime(file: string): Promise<number> {
  const script = join(ROOT, 'bench', 'parse-time.mjs');
  const args = ['--experimental-vm-modules', '--no-warnings', script, file];
  return Number(await outputOf({ command: process.execPath, args, env: {} }));
}

/** A source file by what it declares: white space, comments and paths are gone from `dist/`, names are not. */
interface Source {
  readonly name: string;
  readonly size: number;
  /** Its functions, classes and constants, without those that another file declares too. */
  readonly declares: readonly string[];
}

function readSources(): Source[] {
  const files = globSync('src/**/*.ts', { cwd: ROOT }).map((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const name = file
      .replaceAll('\\', '/')
      .replace(/^src\//, '')
      .replace(/\.ts$/, '');
    return { name, size: text.length, declares: declaredIn(text) };
  });
  const owners = new Map<string, number>();
  for (const { declares } of files) for (const name of declares) owners.set(name, (owners.get(name) ?? 0) + 1);
  return files.map((file) => ({ ...file, declares: file.declares.filter((name) => owners.get(name) === 1) }));
}

const DECLARATION = /\b(?:function\*?|class|const|let|var) ([A-Za-z]\w*)|,([A-Za-z]\w*)=/g;

function declaredIn(text: string): string[] {
  const declarations = text.matchAll(/^(?:export )?(?:async )?(?:function\*?|class|const) (\w+)/gm);
  return [...declarations].map(([, name = '']) => name);
}

/** What of the packages can be told by a word in the text. */
const PACKAGES: readonly (readonly [RegExp, string])[] = [
  [/SaxesParser/, 'saxes'],
  [/msal/i, '@azure/msal-node'],
];

/** The largest source files in a chunk, or the package that it is. */
function contentOf(text: string, sources: readonly Source[]): string {
  const declared = new Set([...text.matchAll(DECLARATION)].map(([, name = '', listed = '']) => name || listed));
  const inside = sources
    .filter(({ declares }) => declares.length > 0 && share(declares, declared) > 0.5)
    .toSorted((a, b) => b.size - a.size);
  if (inside.length === 0) return PACKAGES.find(([word]) => word.test(text))?.[1] ?? 'what the bundler adds';
  const more = inside.length - 2;
  const largest = inside.slice(0, 2).map(({ name }) => `\`${name}\``);
  return `${largest.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function share(names: readonly string[], declared: ReadonlySet<string>): number {
  return names.filter((name) => declared.has(name)).length / names.length;
}
