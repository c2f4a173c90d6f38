import { lstatSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { dirname, join, parse, sep } from 'node:path';
import { systemError } from '../core/files.ts';
import type { Environment } from '../core/machine.ts';
import type { WeakSpot } from '../errors/config-dir.ts';

/**
 * Whether another user of the machine could swap the profile folder for another: anyone who may write to a folder above it
 * can rename what is in there, however private that is. The rule is that of sshd's `StrictModes`.
 * Source: OpenSSH, `misc.c`, `safe_path`.
 *
 * On Windows modes and user ids mean nothing, and access lists cannot be read without another program: there every
 * folder passes.
 */

interface Way {
  /** The path without links above its last name; that name itself is not looked at. */
  readonly resolved: string;
  /** The outermost weak spot; behind it nothing is resolved. */
  readonly weakSpot?: WeakSpot;
}

const MOST_LINKS = 40;

/**
 * Follows a path from the root down to its last name, and looks at every folder and link on the way. It ends where a
 * folder is missing: the user who makes it owns it.
 * @param trusted who may own them
 * @throws the system's error, when the way cannot be followed
 */
export function wayTo(path: string, trusted: ReadonlySet<number> | undefined): Way {
  if (trusted === undefined) return { resolved: path };
  const root = parse(path).root;
  let rest = path.slice(root.length).split(sep);
  let current = root;
  for (let links = 0; ; ) {
    const found = lstatSync(current, { throwIfNoEntry: false });
    if (found === undefined) return { resolved: join(current, ...rest) };
    const weakSpot = weakness(current, found, trusted);
    if (weakSpot !== undefined) return { resolved: join(current, ...rest), weakSpot };
    if (!found.isDirectory() && !found.isSymbolicLink()) throw systemError('ENOTDIR');
    if (found.isSymbolicLink()) {
      if (++links > MOST_LINKS) throw systemError('ELOOP');
      const target = readlinkSync(current);
      const from = parse(target).root || dirname(current);
      rest = [...target.split(sep).filter((name) => name !== '' && name !== '.'), ...rest];
      current = from;
    }
    const [name = '', ...others] = rest;
    // Links are followed before, so that what is above a folder is what its path says.
    if (others.length === 0 && name !== '..') return { resolved: join(current, name) };
    current = join(current, name);
    rest = others;
  }
}

export const GROUP_MAY_WRITE = 0o020;
export const ANYBODY_MAY_WRITE = 0o002;
const STICKY = 0o1000;

function weakness(path: string, found: Stats, trusted: ReadonlySet<number>): WeakSpot | undefined {
  const { uid: owner, gid: group } = found;
  const mode = found.mode & 0o7777;
  const spot = { path, kind: found.isSymbolicLink() ? 'link' : 'folder', owner, group, mode } as const;
  if (!trusted.has(owner)) return { ...spot, who: 'owner' };
  // The mode of a link means nothing; in a sticky folder only the owner of a name can rename it.
  if (!found.isDirectory() || (mode & STICKY) !== 0) return undefined;
  if ((mode & ANYBODY_MAY_WRITE) !== 0) return { ...spot, who: 'everybody' };
  if ((mode & GROUP_MAY_WRITE) !== 0 && !isOwnersAlone(group, owner)) return { ...spot, who: 'group' };
  return undefined;
}

/** macOS keeps its users elsewhere, and has no private groups: there every group counts. */
export function isOwnersAlone(group: number, owner: number): boolean {
  return process.platform === 'linux' && isPrivateGroup(group, owner, accounts('passwd'), accounts('group'));
}

function accounts(name: 'passwd' | 'group'): string {
  try {
    return readFileSync(join('/etc', name), 'utf8');
  } catch {
    return '';
  }
}

/**
 * Whether a group is its owner's alone, as most Linux systems make one for each user. Users that are not in the files (of a
 * directory service; the runner's user, seen from a container) have a group of their own number.
 * Source: passwd(5), group(5); `USERGROUPS_ENAB` in login.defs(5)
 */
export function isPrivateGroup(group: number, owner: number, passwd: string, groups: string): boolean {
  const users = entries(passwd).map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid }));
  const primary = users.filter(({ gid }) => gid === String(group));
  const members = entries(groups)
    .filter(([, , gid]) => gid === String(group))
    .flatMap(([, , , names = '']) => names.split(',').filter((name) => name !== ''));
  const isOwner = (member: string): boolean => users.some(({ name, uid }) => name === member && uid === owner);
  return (primary.length > 0 || group === owner) && primary.every(({ uid }) => uid === owner) && members.every(isOwner);
}

function entries(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}

/**
 * Who may own a folder above a profile: root, the job's user, and the owner of RUNNER_TEMP, who is the runner's user where
 * a container job runs as root.
 * @returns `undefined` where the system has no user ids: on Windows
 */
export function trustedOwners(env: Environment): ReadonlySet<number> | undefined {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  const temp = env['RUNNER_TEMP'] ?? '';
  const runner = temp === '' ? undefined : ownerOf(temp);
  return new Set(runner === undefined ? [0, uid] : [0, uid, runner]);
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}
