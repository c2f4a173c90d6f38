import { existsSync, lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { insideFolder } from './inside-folder.ts';

/**
 * Removes a folder of ours with everything in it. One that is not there is fine; a link in its place is removed alone.
 * @throws the system's error, when something cannot be removed: a client in a container may have made a folder as root.
 * Everything else, above all what holds credentials, is gone then.
 */
export function removeFolder(path: string): void {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return;
  try {
    remove(path);
  } catch (error) {
    if (!found.isDirectory()) throw error;
    insideFolder(path, found, () => {
      for (const name of readdirSync('.')) attempt(() => remove(name));
    });
    rmdirSync(path);
  }
}

/** @returns the outermost of the folders that have to be made for this one to be there; `''` when it is */
export function outermostMissing(path: string): string {
  if (existsSync(path)) return '';
  const above = dirname(path);
  return above === path ? path : outermostMissing(above) || path;
}

/** Removes a folder, and those above it up to the outermost that was made for it, as far as nothing else is in them. */
export function removeEmptyFolders(path: string, outermost: string): void {
  for (let folder = path; folder === outermost || folder.startsWith(outermost + sep); folder = dirname(folder)) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    }
  }
}

/** Windows: a file that a client still holds open cannot be removed at once; virus scanners do that too. */
function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // The folder around it cannot be removed either, which is what is reported.
  }
}
