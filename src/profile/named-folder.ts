import { lstatSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Runner } from '../actions/runner.ts';
import type { ConfigDirRequest } from '../core/request.ts';
import { SessionError, type Step } from '../core/session-error.ts';
import { shellWord } from '../errors/templates.ts';
import { trustedOwners, type WeakSpot, wayTo } from './folders-above.ts';

type NamedFolder = Extract<ConfigDirRequest, { kind: 'named' }>;

/**
 * Looks at the folder that `config-dir` names, and at those above it.
 * @returns the folder without links above it, as it is used and exported: a link could be turned elsewhere later
 * @throws {SessionError} when it is not fit for credentials
 */
export function checkedConfigDir({ path }: NamedFolder, { env }: Runner): NamedFolder {
  const resolved = checkedPath(path, trustedOwners(env));
  judgeFolder(resolved, folderFacts(resolved), process.getuid?.());
  return { kind: 'named', path: resolved };
}

/**
 * @param trusted who may own the folders above; `undefined` on Windows, which has no user ids
 * @throws {SessionError} when another user could exchange the folder
 */
export function checkedPath(path: string, trusted: ReadonlySet<number> | undefined): string {
  try {
    const { resolved, weakSpot } = wayTo(path, trusted);
    if (weakSpot !== undefined) throw exchangeable(path, weakSpot, process.getuid?.());
    return resolved;
  } catch (error) {
    if (error instanceof SessionError) throw error;
    throw outOfReach(path, (error as NodeJS.ErrnoException).code ?? 'an unknown error');
  }
}

/**
 * @param path of the folder, as the workflow names it
 * @param uid of the job's user
 */
export function exchangeable(path: string, weakSpot: WeakSpot, uid: number | undefined): SessionError {
  return unfit(path, `Another user of this machine could exchange it: ${weakness(weakSpot)}.`, [
    cure(weakSpot, uid),
    'Or name another folder in `config-dir`, such as ~/azure, or leave `config-dir` out.',
  ]);
}

/** RUNNER_TEMP is the runner's own choice, so the sign-in goes on. */
export function exchangeableTemp(weakSpot: WeakSpot): string {
  const { say, command } = cure(weakSpot, process.getuid?.());
  return `Another user of this machine could exchange the profile folder, which is in RUNNER_TEMP: ${weakness(weakSpot)}. ${say} ${command}`;
}

function weakness({ path, kind, owner, group, mode, who }: WeakSpot): string {
  const octal = mode.toString(8).padStart(4, '0');
  switch (who) {
    case 'owner':
      return kind === 'link'
        ? `the link ${path}, on the way to it, belongs to the user with id ${owner}`
        : `the folder ${path}, above it, belongs to the user with id ${owner} (mode ${octal})`;
    case 'group':
      return `the group with id ${group} may write to the folder ${path}, above it (owner ${owner}, mode ${octal})`;
    case 'everybody':
      return `every user may write to the folder ${path}, above it (owner ${owner}, mode ${octal})`;
  }
}

function cure({ path, kind, owner, who }: WeakSpot, uid: number | undefined): Step & { readonly command: string } {
  const sudo = uid === 0 || (who !== 'owner' && owner === uid) ? '' : 'sudo ';
  if (who !== 'owner') {
    return { say: 'Let only its owner write there:', command: `${sudo}chmod go-w ${shellWord(path)}` };
  }
  const chown = kind === 'link' ? 'chown -h' : 'chown';
  return { say: `Give the ${kind} to the job's user:`, command: `${sudo}${chown} ${uid} ${shellWord(path)}` };
}

/** What the system tells of whatever has the name of a shared folder. */
export type FolderFacts =
  | { readonly kind: 'missing' }
  | { readonly kind: 'link' }
  | { readonly kind: 'no-folder' }
  /** It cannot be looked at; `code` is the system's. */
  | { readonly kind: 'out-of-reach'; readonly code: string }
  | { readonly kind: 'folder'; readonly owner: number; readonly mode: number };

export function folderFacts(path: string): FolderFacts {
  let found: Stats | undefined;
  try {
    found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return whereMissing(path);
  } catch (error) {
    return { kind: 'out-of-reach', code: (error as NodeJS.ErrnoException).code ?? 'an unknown error' };
  }
  if (found.isSymbolicLink()) return { kind: 'link' };
  return found.isDirectory() ? { kind: 'folder', owner: found.uid, mode: permissions(found) } : { kind: 'no-folder' };
}

/** Whether it could be made. Windows gives the same answer where there is nothing and where a file is above it. */
function whereMissing(path: string): FolderFacts {
  const above = dirname(path);
  const found = statSync(above, { throwIfNoEntry: false });
  if (found === undefined) return above === path ? { kind: 'out-of-reach', code: 'ENOENT' } : whereMissing(above);
  return found.isDirectory() ? { kind: 'missing' } : { kind: 'out-of-reach', code: 'ENOTDIR' };
}

function permissions({ mode }: Stats): number {
  return mode & 0o7777;
}

/**
 * Whether credentials may be put there. On Windows there is no user id and modes mean nothing: an existing folder has
 * the access list that its owner gave it.
 * @param uid of the job's user; `undefined` where the system has none
 * @returns warnings
 * @throws {SessionError} when they may not
 */
export function judgeFolder(path: string, facts: FolderFacts, uid: number | undefined): string[] {
  switch (facts.kind) {
    case 'missing':
      return [];
    case 'link':
      throw unfit(path, 'It is a link, and whoever made it could turn it elsewhere.', [
        'Name the folder itself in `config-dir`, not a link to it.',
      ]);
    case 'no-folder':
      throw unfit(path, 'Something that is no folder has that name.', ['Name another folder in `config-dir`.']);
    case 'out-of-reach':
      throw outOfReach(path, facts.code);
    case 'folder':
      return uid === undefined ? [] : judgeOwner(path, facts, uid);
  }
}

function outOfReach(path: string, code: string): SessionError {
  return unfit(path, WHY_OUT_OF_REACH[code] ?? `The system answered ${code}.`, [
    'Name a folder in `config-dir` that the job’s user can reach.',
  ]);
}

const WHY_OUT_OF_REACH: Readonly<Record<string, string>> = {
  EACCES: 'The job may not look into a folder above it (EACCES).',
  EPERM: 'The job may not look into a folder above it (EPERM).',
  ENOENT: 'There is no such drive or share (ENOENT).',
  ENOTDIR: 'Something above it is no folder (ENOTDIR).',
  ELOOP: 'The links above it lead in a circle (ELOOP).',
  ENAMETOOLONG: 'The path is longer than the system allows (ENAMETOOLONG).',
};

const GROUP_MAY_WRITE = 0o020;
const ANYBODY_MAY_WRITE = 0o002;

function judgeOwner(path: string, { owner, mode }: { owner: number; mode: number }, uid: number): string[] {
  if (owner !== uid) {
    throw unfit(path, `It belongs to the user with id ${owner}; the job runs as ${uid}.`, [
      'Name a folder of the job’s own user in `config-dir`, or one that does not exist yet.',
    ]);
  }
  if ((mode & ANYBODY_MAY_WRITE) !== 0) {
    throw unfit(path, 'Every user of the machine may write there, and could put other credentials in their place.', [
      { say: 'Keep the folder to its owner:', command: `chmod 700 ${shellWord(path)}` },
    ]);
  }
  return (mode & GROUP_MAY_WRITE) === 0 ? [] : [`Every member of its group may write to the shared profile ${path}.`];
}

function unfit(path: string, why: string, next: readonly (string | Step)[]): SessionError {
  return new SessionError(`The folder ${path} cannot hold a profile.`, { why, next });
}
