import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Runner } from '../actions/runner.ts';
import { codeOf, systemError } from '../core/files.ts';
import type { Environment } from '../core/machine.ts';
import type { ConfigDirRequest } from '../core/request.ts';
import { configDirError } from '../errors/config-dir.ts';
import { ANYBODY_MAY_WRITE, GROUP_MAY_WRITE, trustedOwners, wayTo } from './folders-above.ts';

type NamedFolder = Extract<ConfigDirRequest, { kind: 'named' }>;

/**
 * Looks at the folder that `config-dir` names, and at those above it.
 * @returns the folder without links above it, as it is used and exported: a link could be turned elsewhere later
 * @throws {SessionError} when it is not fit for credentials
 */
export function checkedConfigDir({ path }: NamedFolder, { env }: Pick<Runner, 'env'>): NamedFolder {
  const resolved = checkedPath(path, env);
  checkFolder(resolved, process.getuid?.());
  return { kind: 'named', path: resolved };
}

/**
 * @returns the path without links above its last name
 * @throws {SessionError} when another user could exchange the folder
 */
export function checkedPath(path: string, env: Environment): string {
  const { resolved, weakSpot } = reached(path, () => wayTo(path, trustedOwners(env)));
  if (weakSpot !== undefined) throw configDirError('exchangeable', path, weakSpot, process.getuid?.());
  return resolved;
}

const QUIET = { throwIfNoEntry: false } as const;

/**
 * Whether a shared folder is fit for credentials. On Windows there is no user id and modes mean nothing: an existing
 * folder has the access list that its owner gave it.
 * @param uid of the job's user; `undefined` where the system has none
 * @throws {SessionError} when it is not, or could not be made
 */
export function checkFolder(path: string, uid: number | undefined): 'missing' | 'fit' | 'group-may-write' {
  const found = reached(path, () => lstatSync(path, QUIET) ?? couldBeMade(path));
  if (found === 'missing') return found;
  if (found.isSymbolicLink()) throw configDirError('link', path);
  if (!found.isDirectory()) throw configDirError('noFolder', path);
  if (uid === undefined) return 'fit';
  if (found.uid !== uid) throw configDirError('ofAnotherUser', path, found.uid, uid);
  if ((found.mode & ANYBODY_MAY_WRITE) !== 0) throw configDirError('openToEverybody', path);
  return (found.mode & GROUP_MAY_WRITE) === 0 ? 'fit' : 'group-may-write';
}

/** Windows gives the same answer where there is nothing and where a file is above it. */
function couldBeMade(path: string): 'missing' {
  const above = dirname(path);
  const found = statSync(above, QUIET);
  if (found === undefined && above !== path) return couldBeMade(above);
  if (found?.isDirectory()) return 'missing';
  throw systemError(found === undefined ? 'ENOENT' : 'ENOTDIR');
}

function reached<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (cause) {
    throw configDirError('outOfReach', path, codeOf(cause) || 'an unknown error');
  }
}
