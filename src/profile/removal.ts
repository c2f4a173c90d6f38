import { lstatSync, rmSync } from 'node:fs';

/**
 * Removes a folder of ours with everything in it. One that is not there is fine; a link in its place is removed alone.
 * @throws the system's error, when something cannot be removed
 */
export function removeFolder(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  // Windows: a file that a client still holds open cannot be removed at once; virus scanners do that too.
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
