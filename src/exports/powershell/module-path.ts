import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../core/machine.ts';

/**
 * Where GitHub's runner images keep the Az modules, a folder a version; PowerShell itself does not look there. Those of
 * macOS have none.
 */
const PARENTS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: '/usr/share', win32: 'C:\\Modules' };

/**
 * The module path for PowerShell: that of the image's Az modules before the one it has.
 *
 * azure/login puts the folder above them there, which PowerShell then searches to its bottom: on Linux all of
 * `/usr/share`.
 * @returns the value of `PSModulePath`; `''` leaves PowerShell its own
 * Source: actions/runner-images, `Install-PowerShellAzModules.ps1`; azure/login, `AzPSUtils.ts`.
 */
export function modulePath(env: Environment, platform: NodeJS.Platform): string {
  const parent = PARENTS[platform];
  return joinModulePath(parent === undefined ? [] : azModuleFolders(parent), env['PSModulePath'] ?? '', platform);
}

/** Windows parts the folders of a path by semicolons, as there are colons in them. */
export function joinModulePath(found: readonly string[], existing: string, platform: NodeJS.Platform): string {
  return [...found, ...(existing === '' ? [] : [existing])].join(platform === 'win32' ? ';' : ':');
}

/** The folders `az_12.5.0` and the like in a folder, the newest version first. */
export function azModuleFolders(parent: string): string[] {
  return entriesOf(parent)
    .filter((name) => /^az_\d+(\.\d+)*$/i.test(name))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
    .map((name) => join(parent, name));
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
