import { lstatSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { dirname, join, parse, sep } from 'node:path';
import { systemError } from '../core/files.ts';
import { ignoreErrors } from '../core/ignore-errors.ts';
import type { Environment } from '../core/machine.ts';
import type { WeakSpot } from '../errors/config-dir.ts';

/**
 * Checks whether another user of the machine could replace the profile folder. A user who may write to a parent folder
 * can rename the folders in it, whatever their own permissions are. The rule is that of sshd's `StrictModes`.
 * Source: OpenSSH, `misc.c`, `safe_path`.
 *
 * Windows has no modes and user ids, and its access lists cannot be read without another program. There every folder
 * passes.
 */

interface InspectedPath {
  /** The path with links in its parents resolved; the last name is not checked. */
  readonly resolved: string;
  /** The outermost weak spot. The path below it is not resolved. */
  readonly weakSpot?: WeakSpot;
}

const MAX_LINKS = 40;

/**
 * Checks every folder and link of a path from the root to the parent of its last name. Stops at a missing folder, which
 * will belong to the user who creates it.
 * @param trusted the users who may own the folders; `undefined` on Windows
 * @throws the system's error when the path cannot be followed
 */
export function inspectPath(path: string, trusted: ReadonlySet<number> | undefined): InspectedPath {
  if (trusted === undefined) return { resolved: path };
  const root = parse(path).root;
  let rest = path.slice(root.length).split(sep);
  let current = root;
  for (let links = 0; ; ) {
    const stats = lstatSync(current, { throwIfNoEntry: false });
    if (stats === undefined) return { resolved: join(current, ...rest) };
    const weakSpot = weakSpotAt(current, stats, trusted);
    if (weakSpot !== undefined) return { resolved: join(current, ...rest), weakSpot };
    if (!stats.isDirectory() && !stats.isSymbolicLink()) throw systemError('ENOTDIR');
    if (stats.isSymbolicLink()) {
      if (++links > MAX_LINKS) throw systemError('ELOOP');
      const target = readlinkSync(current);
      const from = parse(target).root || dirname(current);
      rest = [...target.split(sep).filter((name) => name !== '' && name !== '.'), ...rest];
      current = from;
    }
    const [name = '', ...others] = rest;
    // `..` is resolved only after the links before it, as the system does.
    if (others.length === 0 && name !== '..') return { resolved: join(current, name) };
    current = join(current, name);
    rest = others;
  }
}

export const GROUP_MAY_WRITE = 0o020;
export const ANYBODY_MAY_WRITE = 0o002;
const STICKY = 0o1000;

function weakSpotAt(path: string, stats: Stats, trusted: ReadonlySet<number>): WeakSpot | undefined {
  const { uid: owner, gid: group } = stats;
  const mode = stats.mode & 0o7777;
  const spot = { path, kind: stats.isSymbolicLink() ? 'link' : 'folder', owner, group, mode } as const;
  if (!trusted.has(owner)) return { ...spot, who: 'owner' };
  // The mode of a link has no effect. In a sticky folder, only the owner of an entry can rename it.
  if (!stats.isDirectory() || (mode & STICKY) !== 0) return undefined;
  if ((mode & ANYBODY_MAY_WRITE) !== 0) return { ...spot, who: 'everybody' };
  if ((mode & GROUP_MAY_WRITE) !== 0 && !isOwnersPrivateGroup(group, owner)) return { ...spot, who: 'group' };
  return undefined;
}

/** Always false on macOS, which has no private groups, and no users in `/etc/passwd`. */
export function isOwnersPrivateGroup(group: number, owner: number): boolean {
  return process.platform === 'linux' && isPrivateGroup(group, owner, readEtc('passwd'), readEtc('group'));
}

function readEtc(name: 'passwd' | 'group'): string {
  return ignoreErrors(() => readFileSync(join('/etc', name), 'utf8')) ?? '';
}

/**
 * Whether the owner is the only member of a group, as in the private groups that most Linux systems create for users.
 * For a user who is not in the files (of a directory service, or the runner's user in a container), the group must have
 * the same id as the user.
 * Source: passwd(5), group(5); `USERGROUPS_ENAB` in login.defs(5)
 */
export function isPrivateGroup(group: number, owner: number, passwd: string, groups: string): boolean {
  const users = records(passwd).map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid }));
  const primary = users.filter(({ gid }) => gid === String(group));
  const members = records(groups)
    .filter(([, , gid]) => gid === String(group))
    .flatMap(([, , , names = '']) => names.split(',').filter((name) => name !== ''));
  const isOwner = (member: string): boolean => users.some(({ name, uid }) => name === member && uid === owner);
  return (primary.length > 0 || group === owner) && primary.every(({ uid }) => uid === owner) && members.every(isOwner);
}

function records(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}

/**
 * The users who may own a parent of the profile folder: root, the job's user, and the owner of RUNNER_TEMP, which is
 * the runner's user if a container job runs as root.
 * @returns `undefined` on Windows, which has no user ids
 */
export function trustedOwners(env: Environment): ReadonlySet<number> | undefined {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  const runner = ignoreErrors(() => statSync(env['RUNNER_TEMP'] ?? '').uid);
  return new Set(runner === undefined ? [0, uid] : [0, uid, runner]);
}
