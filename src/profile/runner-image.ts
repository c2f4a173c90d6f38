import { existsSync, linkSync, realpathSync, symlinkSync } from 'node:fs';
import { join, posix, win32 } from 'node:path';
import { listFolder, readTextFile } from '../core/files.ts';
import { ignoreErrors } from '../core/ignore-errors.ts';
import { asObject, parseJsonObject, stringField } from '../core/json.ts';
import { type Environment, homeFolder } from '../core/machine.ts';
import { MARKER_FILE } from './saved-session.ts';

/**
 * The content of the runner image's CLI folder that a new profile folder would hide: extensions, the user's defaults,
 * the command index and Bicep. It is read before the profile is written, and never changed.
 */
export interface RunnerImage {
  /** Folder of CLI extensions; `''` if the image has none, or already sets `AZURE_EXTENSION_DIR`. */
  readonly extensionDir: string;
  /** Lines of the `[defaults]` section of `config`. */
  readonly defaults: readonly string[];
  /** The content, by name, of files that `az` would otherwise build slowly. */
  readonly indexes: ReadonlyMap<string, string>;
  /** Path of the Bicep that `az` installed; `''` if there is none. */
  readonly bicep: string;
  /** Who wrote the folder: the image or the workflow, or an earlier login of this job. */
  readonly owner: 'workflow' | 'earlier-login';
}

/** `az` rebuilds an index that belongs to another version or cloud profile, so a stale copy is harmless. */
const INDEXES = ['commandIndex.json', 'extensionIndex.json', 'extensionHelpIndex.json'];
/** Without this file, the first command of `az` checks for a newer version. */
const VERSION_CHECK = 'versionCheck.json';
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Reads the folder `AZURE_CONFIG_DIR` if that is set, as on GitHub's Windows images, or else `~/.azure`. */
export function readRunnerImage(env: Environment, platform: NodeJS.Platform): RunnerImage {
  const folder = env['AZURE_CONFIG_DIR'] || join(homeFolder(), '.azure');
  // Links are followed, because configuration files in a home folder often are links.
  const read = (name: string): string => readTextFile(join(folder, name), MAX_FILE_BYTES, 'follow') ?? '';
  const extensions = join(folder, 'cliextensions');
  // Without the variable, a profile in ~/.azure is from an earlier job, which has set nothing in this one.
  const isOfThisJob = (env['AZURE_CONFIG_DIR'] ?? '') !== '' && existsSync(join(folder, MARKER_FILE));
  const owner = isOfThisJob ? 'earlier-login' : 'workflow';
  // Source: azure-cli, `azure/cli/command_modules/resource/_bicep.py`: only Windows has another name.
  const bicep = join(folder, 'bin', platform === 'win32' ? 'bicep.exe' : 'bicep');
  return {
    // An earlier login exports the image's extension folder; the one in its own profile is empty.
    extensionDir:
      owner === 'workflow' && (env['AZURE_EXTENSION_DIR'] ?? '') === '' && existsSync(extensions) ? extensions : '',
    defaults: defaultsSection(read('config')),
    indexes: indexesToCopy(read, () => installedAz(env, platform).version),
    bicep: existsSync(bicep) ? bicep : '',
    owner,
  };
}

/** A line for the debug log. It shows only the names of the defaults: their values may be sensitive. */
export function imageSummary({ extensionDir, defaults, indexes, bicep, owner }: RunnerImage): string {
  const names = defaults.map((line) => line.split('=')[0]?.trim());
  const items = [
    ...(extensionDir === '' ? [] : [`extensions in ${extensionDir}`]),
    ...(names.length === 0 ? [] : [`defaults for ${names.join(', ')}`]),
    ...indexes.keys(),
    ...(bicep === '' ? [] : [bicep]),
  ];
  const from = owner === 'workflow' ? 'the runner image' : 'the earlier sign-in of this job';
  return `Taken over from ${from}: ${items.join(', ') || 'nothing'}`;
}

/**
 * The files to copy unchanged. `az` crashes on an index that is not an object, so only objects are copied. If the image
 * has no version check, one is created from the version in an index, or else from the installed version.
 * @param installed returns the version of the program; `''` if it is not known. Called only when needed.
 */
export function indexesToCopy(read: (name: string) => string, installed: () => string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  let version = '';
  for (const name of INDEXES) {
    const content = read(name);
    const indexVersion = stringField(parseJsonObject(content), 'version');
    if (indexVersion === '') continue;
    files.set(name, content);
    version ||= indexVersion;
  }
  const check = read(VERSION_CHECK);
  const checked = asObject(asObject(parseJsonObject(check)?.['versions'])?.['core']);
  if (isVersion(stringField(checked, 'local'))) {
    files.set(VERSION_CHECK, check);
    return files;
  }
  const local = isVersion(version) ? version : installed();
  if (isVersion(local)) files.set(VERSION_CHECK, JSON.stringify({ versions: { core: { local } } }));
  return files;
}

function isVersion(text: string): boolean {
  return /^\d+(\.\d+)*$/.test(text);
}

/**
 * The options of `[defaults]` in an INI file, such as group and location. Only plain `name = value` lines are copied,
 * each name once: no sections, no continued lines. A lone CR ends a line, as in Python. Otherwise a value could contain
 * another section, such as `[extension]`, whose options make `az` load any code.
 */
export function defaultsSection(config: string): string[] {
  const lines = config.split(/\r\n|\r|\n/);
  const start = lines.findIndex((line) => /^\[defaults\]\s*$/.test(line));
  if (start === -1) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('['));
  const options = new Map<string, string>();
  for (const line of rest.slice(0, end === -1 ? undefined : end)) {
    const name = /^([\w.-]+)\s*=\s*[^\p{Cc}]*$/u.exec(line)?.[1]?.toLowerCase();
    if (name !== undefined && !options.has(name)) options.set(name, line);
  }
  return [...options.values()];
}

/**
 * Links the image's Bicep into a new folder, so that `az` does not download another. A hard link is preferred: through
 * a dangling symbolic link (in a container that does not see the image's folder), `az` would download to the target's
 * path. Removing the session removes the link, not the program.
 */
export function linkBicep(bicep: string, path: string): void {
  try {
    linkSync(bicep, path);
  } catch {
    // On Windows without the privilege, or without links in the file system, `az` downloads Bicep when needed.
    ignoreErrors(() => symlinkSync(bicep, path));
  }
}

/** Access to the file system. Neither function throws. */
interface Files {
  /** Resolves links; `''` if the path does not exist. */
  readonly real: (path: string) => string;
  /** The names in a folder; empty if it does not exist. */
  readonly names: (folder: string) => readonly string[];
}

/** Versions, each `''` if unknown. */
export interface InstalledAz {
  readonly version: string;
  /** Version of MSAL Python, which writes the token cache. */
  readonly msal: string;
}

/** If no `az` is installed, a later step may install the newest one. */
export const NEWEST_AZ: InstalledAz = { version: '', msal: '' };

/** @returns `false` for an unknown version */
export function isBefore(version: string, other: string): boolean {
  const [parts, others] = [version, other].map((text) => text.split('.').map(Number)) as [number[], number[]];
  if (version === '') return false;
  for (const [at, part] of others.entries()) if ((parts[at] ?? 0) !== part) return (parts[at] ?? 0) < part;
  return false;
}

/**
 * Determines the version of the `az` on the PATH from file names: running the program takes half a second. Supports
 * pip, pipx, Microsoft's and Debian's packages, Homebrew and the Windows installer.
 */
export function installedAz(env: Environment, platform: NodeJS.Platform, files: Files = SYSTEM): InstalledAz {
  const { delimiter, join, dirname } = platform === 'win32' ? win32 : posix;
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    const az = folder === '' ? '' : files.real(join(folder, platform === 'win32' ? 'az.cmd' : 'az'));
    if (az === '') continue;
    const homebrew = /\/Cellar\/azure-cli\/(\d+(?:\.\d+)+)/.exec(az)?.[1];
    if (homebrew !== undefined) return { ...NEWEST_AZ, version: homebrew };
    const packages =
      platform === 'win32'
        ? [join(dirname(az), '..', 'Lib', 'site-packages')]
        : [...PACKAGE_ROOTS, join(dirname(az), '..')].flatMap((root) => pythonPackages(join(root, 'lib'), files));
    return (
      packages.map((folder) => versionsAmong(files.names(folder))).find(({ version }) => version !== '') ?? NEWEST_AZ
    );
  }
  return NEWEST_AZ;
}

/** In Microsoft's packages, `/usr/bin/az` is a script that starts the Python of one of these folders. */
const PACKAGE_ROOTS = ['/opt/az', '/usr/lib64/az'];

function pythonPackages(lib: string, { names }: Files): string[] {
  return names(lib)
    .filter((name) => /^python3[.\d]*$/.test(name))
    .flatMap((python) => [posix.join(lib, python, 'site-packages'), posix.join(lib, python, 'dist-packages')]);
}

/** Reads the versions from the metadata folders of pip or `setup.py`. */
function versionsAmong(names: readonly string[]): InstalledAz {
  const versions = new Map<string, string>();
  for (const name of names) {
    const [, library = '', version = ''] =
      /^(azure_cli_core|msal)-(\d+(?:\.\d+)+)\.(?:dist|egg)-info$/.exec(name) ?? [];
    versions.set(library, version);
  }
  return { version: versions.get('azure_cli_core') ?? '', msal: versions.get('msal') ?? '' };
}

const SYSTEM: Files = {
  real: (path) => (existsSync(path) && ignoreErrors(() => realpathSync(path))) || '',
  names: listFolder,
};
