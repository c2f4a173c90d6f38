/**
 * Writes two files about the packages that `dist/` is built from: their licenses (`dist/licenses.txt`), and a bill of
 * materials in CycloneDX 1.5 (`dist/sbom.cdx.json`). This is the last step of `npm run build`. To run it alone:
 *
 *     node scripts/bill-of-materials.ts
 *
 * `npm sbom` adds its own version, the time and a random number. CI compares this bill with the committed one, so its
 * content depends only on the lock file.
 */
import { globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPLACED } from './replaced.ts';

const ROOT = join(import.meta.dirname, '..');

export const LICENSES = join(ROOT, 'dist', 'licenses.txt');
export const BILL = join(ROOT, 'dist', 'sbom.cdx.json');

/** Licenses of packages that are published without a license file, by package name. */
const MISSING_LICENSES = join(ROOT, 'scripts', 'licenses');

/** An entry of `package-lock.json`. Source: npm Docs, "package-lock.json". */
export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  /** `sha512-` and the digest in base64. */
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly name: string;
  readonly version: string;
  /** By path: `''` for the project, `node_modules/a/node_modules/b` for a package. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** A run-time dependency of the project. The bundler may include all, some or none of it. */
export interface Component {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly sha512: string;
  /** Paths of its own dependencies. */
  readonly dependencies: readonly string[];
}

/**
 * @returns the direct and indirect dependencies of the project, except for replaced ones, sorted by path
 * @throws when the lock file lacks data about one of them
 */
export function componentsOf(lock: LockFile): Component[] {
  const found = new Map<string, Component>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    const component = componentAt(lock, path);
    found.set(path, component);
    component.dependencies.forEach(visit);
  };
  dependenciesOf(lock, '').forEach(visit);
  return [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

function componentAt(lock: LockFile, path: string): Component {
  const { version, license, integrity = '' } = lock.packages[path] ?? {};
  const [, digest] = /^sha512-([\w+/]+=*)$/.exec(integrity) ?? [];
  if (version === undefined || license === undefined || digest === undefined) {
    throw new Error(`package-lock.json lacks the version, the license or the SHA-512 of ${path}.`);
  }
  return {
    path,
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version,
    license,
    sha512: Buffer.from(digest, 'base64').toString('hex'),
    dependencies: dependenciesOf(lock, path),
  };
}

function dependenciesOf(lock: LockFile, path: string): string[] {
  return Object.keys(lock.packages[path]?.dependencies ?? {})
    .filter((name) => !REPLACED.includes(name))
    .map((name) => resolve(lock, path, name));
}

/** Resolves a package as Node does: in the `node_modules` of the dependent package, or of a package above it. */
function resolve(lock: LockFile, from: string, name: string): string {
  const path = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`;
  if (path in lock.packages) return path;
  if (from === '') throw new Error(`package-lock.json has no ${name}.`);
  const above = from.lastIndexOf('/node_modules/');
  return resolve(lock, above === -1 ? '' : from.slice(0, above), name);
}

/** The bill of materials. Source: CycloneDX, "JSON Reference v1.5"; package-url, "npm". */
export function billOf(lock: LockFile, components = componentsOf(lock)): object {
  const urls = new Map(components.map((component) => [component.path, packageUrl(component)]));
  const urlsOf = (paths: readonly string[]): string[] => paths.map((path) => urls.get(path) ?? path).sort();
  const project = { 'bom-ref': lock.name, type: 'application', name: lock.name, version: lock.version };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { ...project, licenses: [{ expression: lock.packages['']?.license ?? '' }] } },
    components: components.map((component) => ({
      'bom-ref': packageUrl(component),
      type: 'library',
      name: component.name,
      version: component.version,
      hashes: [{ alg: 'SHA-512', content: component.sha512 }],
      licenses: [{ expression: component.license }],
      purl: packageUrl(component),
    })),
    dependencies: [
      { ref: lock.name, dependsOn: urlsOf(dependenciesOf(lock, '')) },
      ...components.map((component) => ({ ref: packageUrl(component), dependsOn: urlsOf(component.dependencies) })),
    ],
  };
}

function packageUrl({ name, version }: Component): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** @throws when the license of a package is missing */
export function licensesOf(components: readonly Component[]): string {
  return components
    .map(({ path, name, version, license }) => `${name} ${version}\n${license}\n\n${licenseText(path, name)}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenseText(path: string, name: string): string {
  const folder = join(ROOT, path);
  const [file] = readdirSync(folder).filter((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
  const source = file === undefined ? join(MISSING_LICENSES, `${name.replace('/', '-')}.txt`) : join(folder, file);
  return readFileSync(source, 'utf8').replaceAll('\r\n', '\n').trim();
}

export function readLockFile(): LockFile {
  return JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;
}

if (import.meta.main) {
  const lock = readLockFile();
  const components = componentsOf(lock);
  writeFileSync(LICENSES, licensesOf(components));
  writeFileSync(BILL, `${JSON.stringify(billOf(lock, components), undefined, 2)}\n`);
  // ncc writes one for each bundle, but without the missing texts and the packages that esbuild bundled.
  for (const file of globSync('dist/*/licenses.txt', { cwd: ROOT })) rmSync(join(ROOT, file));
}
