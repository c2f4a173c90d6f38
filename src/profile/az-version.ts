import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import type { Environment } from '../runner/runner.ts';

/** What is asked of the file system; neither fails. */
export interface Files {
  /** The path with its links followed; `''` when nothing is there. */
  readonly real: (path: string) => string;
  /** Names in a folder; none when there is no such folder. */
  readonly names: (folder: string) => readonly string[];
}

/**
 * The version of the `az` that later steps will find, by the names of its files: asking the program takes half a second.
 * It is found where pip, pipx, Microsoft's and Debian's packages, Homebrew and the Windows installer put it.
 * @returns `''` when there is none, or it is elsewhere; a wrong one only makes `az` look for updates one command later
 */
export function installedAzVersion(env: Environment, platform: NodeJS.Platform, files: Files = SYSTEM): string {
  const { delimiter, join, dirname } = platform === 'win32' ? win32 : posix;
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    const az = folder === '' ? '' : files.real(join(folder, platform === 'win32' ? 'az.cmd' : 'az'));
    if (az === '') continue;
    const homebrew = /\/Cellar\/azure-cli\/(\d+(?:\.\d+)+)/.exec(az)?.[1];
    if (homebrew !== undefined) return homebrew;
    const packages =
      platform === 'win32'
        ? [join(dirname(az), '..', 'Lib', 'site-packages')]
        : [...SHARED, join(dirname(az), '..')].flatMap((root) => pythonPackages(join(root, 'lib'), files));
    return packages.map((found) => versionAmong(files.names(found))).find((version) => version !== '') ?? '';
  }
  return '';
}

/** `/usr/bin/az` of Microsoft's packages is a script that starts the Python of one of these. */
const SHARED = ['/opt/az', '/usr/lib64/az'];

function pythonPackages(lib: string, { names }: Files): string[] {
  return names(lib)
    .filter((name) => /^python3[.\d]*$/.test(name))
    .flatMap((python) => [posix.join(lib, python, 'site-packages'), posix.join(lib, python, 'dist-packages')]);
}

/** By the folder that pip, or `setup.py` before it, left beside the package. */
function versionAmong(names: readonly string[]): string {
  for (const name of names) {
    const version = /^azure_cli_core-(\d+(?:\.\d+)+)\.(?:dist|egg)-info$/.exec(name)?.[1];
    if (version !== undefined) return version;
  }
  return '';
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
