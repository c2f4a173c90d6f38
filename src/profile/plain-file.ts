import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';

/**
 * Reads the text of a small file in a folder where others may have put something else: a link is not followed, a pipe not
 * waited for, a large file not read. It is a module of its own because post loads no more than it must.
 *
 * @param largest octets
 * @returns `''` for everything but such a file
 */
export function readPlainFile(path: string, largest: number): string {
  try {
    const file = openNoLink(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = fstatSync(file);
      if (!stats.isFile() || stats.size > largest) return '';
      const content = Buffer.alloc(largest);
      return content.toString('utf8', 0, readSync(file, content, 0, largest, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/**
 * Opens a file that must be no link. Windows cannot refuse one while it opens: it is looked at before, and whoever is
 * quick enough to change it in between is the job's user, who owns the folder.
 * @param system what it can refuse by itself
 * @throws the system's error: ELOOP for a link
 */
export function openNoLink(path: string, flags: number, system: { readonly O_NOFOLLOW?: number } = constants): number {
  if (system.O_NOFOLLOW === undefined && lstatSync(path).isSymbolicLink()) {
    throw Object.assign(new Error('ELOOP'), { code: 'ELOOP' });
  }
  return openSync(path, flags | (system.O_NOFOLLOW ?? 0));
}
