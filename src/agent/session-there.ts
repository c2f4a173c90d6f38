import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { readTextFile } from '../core/files.ts';
import { MARKER_FILE } from '../profile/runner-image.ts';

const LARGEST_RECORD = 64 * 1024 * 1024;

/**
 * Whether nobody has signed out of a session yet: its folder is there, and in a shared one the record of its login. What
 * cannot be looked at right now says nothing.
 */
export function isSessionThere({
  folder,
  sharedLogin,
}: {
  readonly folder: string;
  readonly sharedLogin?: string;
}): boolean {
  if (!isThere(folder, (found) => found.isDirectory())) return false;
  if (sharedLogin === undefined) return true;
  const record = join(folder, MARKER_FILE);
  const logins = readTextFile(record, LARGEST_RECORD, 'refuse');
  return logins === undefined ? isThere(record) : logins.includes(JSON.stringify(sharedLogin));
}

function isThere(path: string, isMeant: (found: Stats) => boolean = () => true): boolean {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found !== undefined && isMeant(found);
  } catch {
    return true;
  }
}
