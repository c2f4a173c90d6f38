import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { MARKER_FILE } from '../profile/runner-image.ts';
import { readTextFile } from '../regular-file.ts';

const LARGEST_RECORD = 64 * 1024 * 1024;

/** Whether nobody has signed out of a session yet: its folder is there, and in a shared one the record of its login. */
export function isSessionThere({
  folder,
  sharedLogin,
}: {
  readonly folder: string;
  readonly sharedLogin?: string;
}): boolean {
  if (!(lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false)) return false;
  if (sharedLogin === undefined) return true;
  const record = join(folder, MARKER_FILE);
  const logins = readTextFile(record, LARGEST_RECORD, 'refuse');
  // One that cannot be read right now says nothing.
  return logins === undefined ? existsSync(record) : logins.includes(JSON.stringify(sharedLogin));
}
