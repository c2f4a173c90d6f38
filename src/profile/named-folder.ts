import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, systemError } from '../core/files.ts';
import type { Environment } from '../core/machine.ts';
import { configDirError } from '../errors/config-dir.ts';
import { ANYBODY_MAY_WRITE, GROUP_MAY_WRITE, inspectPath, trustedOwners } from './folders-above.ts';

/**
 * Checks the folder that `config-dir` names, and its parents.
 * @returns the folder with links in its parents resolved, to be used and exported: a link could change its target later
 * @throws {SessionError} when the folder is not safe for credentials
 */
export function checkedConfigDir(path: string, env: Environment): string {
  const resolved = trustedPath(path, env);
  checkFolder(resolved, process.getuid?.());
  return resolved;
}

/**
 * @returns the path with links in its parents resolved
 * @throws {SessionError} when another user could replace the folder
 */
export function trustedPath(path: string, env: Environment): string {
  const { resolved, weakSpot } = withAccessErrors(path, () => inspectPath(path, trustedOwners(env)));
  if (weakSpot !== undefined) throw configDirError('replaceable', path, weakSpot, process.getuid?.());
  return resolved;
}

const QUIET = { throwIfNoEntry: false } as const;

/**
 * Checks that a shared folder is safe for credentials. Windows has no user ids and modes: the owner of a folder sets
 * its access list.
 * @param uid of the job's user; `undefined` on Windows
 * @throws {SessionError} when the folder is not safe, or is missing and cannot be created
 */
export function checkFolder(path: string, uid: number | undefined): 'missing' | 'fit' | 'group-may-write' {
  const stats = withAccessErrors(path, () => lstatSync(path, QUIET) ?? checkParent(path));
  if (stats === 'missing') return stats;
  if (stats.isSymbolicLink()) throw configDirError('link', path);
  if (!stats.isDirectory()) throw configDirError('notAFolder', path);
  if (uid === undefined) return 'fit';
  if (stats.uid !== uid) throw configDirError('ownedByAnotherUser', path, stats.uid, uid);
  if ((stats.mode & ANYBODY_MAY_WRITE) !== 0) throw configDirError('writableByEveryone', path);
  return (stats.mode & GROUP_MAY_WRITE) === 0 ? 'fit' : 'group-may-write';
}

/**
 * Checks that the nearest existing parent is a folder: Windows reports a path below a file as missing.
 * @throws the system's error
 */
function checkParent(path: string): 'missing' {
  const parent = dirname(path);
  const stats = statSync(parent, QUIET);
  if (stats === undefined && parent !== path) return checkParent(parent);
  if (stats?.isDirectory()) return 'missing';
  throw systemError(stats === undefined ? 'ENOENT' : 'ENOTDIR');
}

function withAccessErrors<T>(path: string, inspect: () => T): T {
  try {
    return inspect();
  } catch (cause) {
    throw configDirError('inaccessible', path, codeOf(cause) || 'an unknown error');
  }
}
