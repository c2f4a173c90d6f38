import { type BigIntStats, statSync } from 'node:fs';
import { parse } from 'node:path';
import { systemError } from '../core/files.ts';

/**
 * Does something in a folder by names relative to it. A container of the job can put a link in the place of a folder at any
 * moment, also after it was looked at, and then every path below it leads elsewhere. The working folder stays the folder
 * that it is, whatever its path names by then.
 *
 * On Windows the folder cannot be removed before this is over.
 * @param found what had the path when it was looked at
 * @throws ENOTDIR when the path names another folder by now, before or after
 */
export function insideFolder<T>(path: string, found: BigIntStats, act: () => T): T {
  const outside = workingFolder();
  const before = here();
  try {
    enter(path, found);
    return act();
  } finally {
    // What comes next may be named relative to it.
    enter(outside, before);
  }
}

function enter(path: string, expected: BigIntStats): void {
  process.chdir(path);
  if (!isSame(here(), expected)) throw systemError('ENOTDIR');
}

/** One that somebody removed cannot be come back to. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    process.chdir(parse(process.execPath).root);
    return process.cwd();
  }
}

function here(): BigIntStats {
  return statSync('.', { bigint: true });
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}
