import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/**
 * Reads the text of a small file in a folder where others may have put something else: a link is not followed, a pipe not
 * waited for, a large file not read. It is a module of its own because post loads no more than it must.
 *
 * @param largest octets
 * @returns `''` for everything but such a file
 */
export function readPlainFile(path: string, largest: number): string {
  try {
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
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
