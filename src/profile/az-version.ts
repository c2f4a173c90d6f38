import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import type { Environment } from '../core/machine.ts';

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
  names: (folder) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
};
