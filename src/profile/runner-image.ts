import { existsSync, linkSync, realpathSync, symlinkSync } from 'node:fs';
import { join, posix, win32 } from 'node:path';
import { namesIn, readTextFile } from '../core/files.ts';
import { asObject, parseJsonObject, stringField } from '../core/json.ts';
import { type Environment, homeFolder } from '../core/machine.ts';
import { MARKER_FILE } from './saved-session.ts';

/**
 * What the runner image keeps in the CLI's default folder and a new folder would hide: extensions, the user's defaults,
 * the command index and Bicep. It is read once, before anything is written; nothing in it is ever changed.
 */
export interface RunnerImage {
  /** Folder of CLI extensions; `''` when the image has none, or says by itself where they are. */
  readonly extensionDir: string;
  /** Lines of the `[defaults]` section of `config`. */
  readonly defaults: readonly string[];
  /** Files that save `az` its slowest work, by name. */
  readonly indexes: ReadonlyMap<string, string>;
  /** Path of the Bicep that `az` put there; `''` when it did not. */
  readonly bicep: string;
  /** Whether the folder is the image's, or the profile of an earlier login of this job. */
  readonly owner: 'workflow' | 'earlier-login';
}

/** `az` rebuilds an index whose version or cloud profile is not its own, so a stale copy costs nothing. */
const INDEXES = ['commandIndex.json', 'extensionIndex.json', 'extensionHelpIndex.json'];
/** `az` looks for a newer version of itself in the first command of a folder that does not say when it last did. */
const VERSION_CHECK = 'versionCheck.json';
const LARGEST_FILE = 16 * 1024 * 1024;

/** The image's folder is `AZURE_CONFIG_DIR` where that is set, as on GitHub's Windows images, else `~/.azure`. */
export function readRunnerImage(env: Environment, platform: NodeJS.Platform): RunnerImage {
  const folder = env['AZURE_CONFIG_DIR'] || join(homeFolder(), '.azure');
  // Dotfiles are often links.
  const read = (name: string): string => readTextFile(join(folder, name), LARGEST_FILE, 'follow') ?? '';
  const extensions = join(folder, 'cliextensions');
  // A session that an earlier job left in ~/.azure has set nothing in this one.
  const isOfThisJob = (env['AZURE_CONFIG_DIR'] ?? '') !== '' && existsSync(join(folder, MARKER_FILE));
  const owner = isOfThisJob ? 'earlier-login' : 'workflow';
  // Source: azure-cli, `azure/cli/command_modules/resource/_bicep.py`: the name differs on Windows alone.
  const bicep = join(folder, 'bin', platform === 'win32' ? 'bicep.exe' : 'bicep');
  return {
    // An earlier login has pointed to the image's extensions; the folder of that name in its own profile is empty.
    extensionDir:
      owner === 'workflow' && (env['AZURE_EXTENSION_DIR'] ?? '') === '' && existsSync(extensions) ? extensions : '',
    defaults: defaultsSection(read('config')),
    indexes: copiedIndexes(read, () => installedAz(env, platform).version),
    bicep: existsSync(bicep) ? bicep : '',
    owner,
  };
}

/** For the debug log: what a new folder would have hidden. Of the defaults the names alone, as their values are anybody's. */
export function imageRead({ extensionDir, defaults, indexes, bicep, owner }: RunnerImage): string {
  const names = defaults.map((line) => line.split('=')[0]?.trim());
  const found = [
    ...(extensionDir === '' ? [] : [`extensions in ${extensionDir}`]),
    ...(names.length === 0 ? [] : [`defaults for ${names.join(', ')}`]),
    ...indexes.keys(),
    ...(bicep === '' ? [] : [bicep]),
  ];
  const from = owner === 'workflow' ? 'the runner image' : 'the earlier sign-in of this job';
  return `Taken over from ${from}: ${found.join(', ') || 'nothing'}`;
}

/**
 * The files to copy as they are. `az` crashes on an index that is no object, so only such go along. Where the image never
 * checked its version, the index tells it, or the program itself.
 * @param installed the version of the program, asked for only then; `''` when it is not known
 */
export function copiedIndexes(read: (name: string) => string, installed: () => string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  let version = '';
  for (const name of INDEXES) {
    const content = read(name);
    const ofVersion = stringField(parseJsonObject(content), 'version');
    if (ofVersion === '') continue;
    files.set(name, content);
    version ||= ofVersion;
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
 * The options of `[defaults]` in an INI file: group, location and the like. Only plain `name = value` lines are taken, each
 * name once, so that nothing else comes along: no section, no continued line. A line ends where it does for Python, at a
 * CR alone too: in a value it would begin a line of its own, say `[extension]`, whose options make `az` load any code.
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
 * Lets `az` find the image's Bicep under a new folder instead of downloading another. A hard link where it can be had,
 * because through a symbolic one that dangles (a container that does not see the image's folder) `az` would download
 * to wherever it points. Removing the session removes the name, never the program.
 */
export function linkBicep(bicep: string, name: string): void {
  try {
    linkSync(bicep, name);
  } catch {
    try {
      symlinkSync(bicep, name);
    } catch {
      // Windows without the privilege, or a file system without links: az downloads Bicep when it needs it.
    }
  }
}

/** What is asked of the file system; neither fails. */
interface Files {
  /** The path with its links followed; `''` when nothing is there. */
  readonly real: (path: string) => string;
  /** Names in a folder; none when there is no such folder. */
  readonly names: (folder: string) => readonly string[];
}

/** Versions; `''` when there is no `az`, or it is elsewhere. */
export interface InstalledAz {
  readonly version: string;
  /** Of MSAL for Python, which writes its token cache. */
  readonly msal: string;
}

/** Where there is no `az`, a later step may bring one, and that is the newest. */
export const NEWEST_AZ: InstalledAz = { version: '', msal: '' };

/** Whether an installed version is known and older than another. */
export function isBefore(version: string, other: string): boolean {
  const [parts, others] = [version, other].map((text) => text.split('.').map(Number)) as [number[], number[]];
  if (version === '') return false;
  for (const [at, part] of others.entries()) if ((parts[at] ?? 0) !== part) return (parts[at] ?? 0) < part;
  return false;
}

/**
 * The `az` that later steps will find, by the names of its files: asking the program takes half a second. It is found
 * where pip, pipx, Microsoft's and Debian's packages, Homebrew and the Windows installer put it.
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
        : [...SHARED, join(dirname(az), '..')].flatMap((root) => pythonPackages(join(root, 'lib'), files));
    return (
      packages.map((found) => versionsAmong(files.names(found))).find(({ version }) => version !== '') ?? NEWEST_AZ
    );
  }
  return NEWEST_AZ;
}

/** `/usr/bin/az` of Microsoft's packages is a script that starts the Python of one of these. */
const SHARED = ['/opt/az', '/usr/lib64/az'];

function pythonPackages(lib: string, { names }: Files): string[] {
  return names(lib)
    .filter((name) => /^python3[.\d]*$/.test(name))
    .flatMap((python) => [posix.join(lib, python, 'site-packages'), posix.join(lib, python, 'dist-packages')]);
}

/** By the folders that pip, or `setup.py` before it, left beside the packages. */
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
  real: (path) => {
    try {
      return existsSync(path) ? realpathSync(path) : '';
    } catch {
      return '';
    }
  },
  names: namesIn,
};
