import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTextFile } from '../core/files.ts';
import { shellWord } from '../core/foreign-text.ts';
import { parseJsonObject } from '../core/json.ts';
import type { Environment } from '../core/machine.ts';
import { withoutEarlierValues } from '../core/unset-variables.ts';
import { cannotSignOut } from '../errors/sign-out.ts';
import { isOwnersAlone } from './folders-above.ts';
import { checkedPath, checkFolder } from './named-folder.ts';
import {
  isPrivateFolder,
  isSessionThere,
  isThere,
  jobOf,
  loginFiles,
  MARKER_FILE,
  type SavedSession,
  sessionIn,
} from './saved-session.ts';

/**
 * What a sign-out before the last step finds in a folder. Windows has neither user ids nor modes: there every folder that
 * is one is fit.
 */
interface JobSessions {
  /** Those that sign-ins of this job made. */
  readonly sessions: readonly SavedSession[];
  /** Paths of records that say nothing, so that the sessions which they are of cannot be undone. */
  readonly unreadable: ReadonlySet<string>;
}

/**
 * Looks for the sessions of this job in a folder, without changing anything.
 * @returns `undefined` when there is no such folder
 * @throws {SessionError} when the folder is a link or none, or another user may write there: what it says could be theirs
 */
export function jobSessions(path: string, env: Environment): JobSessions | undefined {
  // RUNNER_TEMP is the runner's choice: what is above a private folder was for the sign-in to warn of.
  const folder = isPrivateFolder(path) ? path : checkedPath(path, env);
  const access = checkFolder(folder, process.getuid?.());
  if (access === 'missing') return undefined;
  if (access === 'group-may-write') refuseOtherMembers(folder);
  const sessions: SavedSession[] = [];
  const unreadable = new Set<string>();
  if (!holdsProfile(folder)) return { sessions, unreadable };
  for (const name of readdirSync(folder)) {
    const session = recordedSession(folder, name, env);
    if (session === 'unreadable') unreadable.add(join(folder, name));
    else if (session !== undefined && isSessionThere(session)) sessions.push(session);
  }
  const isSignedIn = sessions.some(({ sharedLogin }) => sharedLogin === undefined);
  if (isPrivateFolder(folder) && !isSignedIn) unreadable.add(loginFiles(folder).record.path);
  // The login that made folders above it leaves last, so that they are empty by then; of the others, the newest first.
  const began = ({ login }: SavedSession): number => login?.began ?? 0;
  sessions.sort((one, other) => one.outermostMade.length - other.outermostMade.length || began(other) - began(one));
  return { sessions, unreadable };
}

const RECORD_FILE = /^signed-in(?:-([0-9a-f]{16}))?\.json$/;
/** In octets: some variables. */
const LARGEST_RECORD = 1024 * 1024;

/**
 * What a record in a folder says. Every step of the job can write one, so which folder and which login it is for is not
 * for it to say, nor what any variable held before.
 * @param name of the file
 * @returns `unreadable` for what no sign-in writes; `undefined` for another file, and for the record of another job
 */
function recordedSession(folder: string, name: string, env: Environment): SavedSession | 'unreadable' | undefined {
  const [, sharedLogin = ''] = RECORD_FILE.exec(name) ?? [];
  if (name !== loginFiles(folder, sharedLogin).record.name) return undefined;
  const record = parseJsonObject(readTextFile(join(folder, name), LARGEST_RECORD, 'refuse') ?? '');
  if (record === undefined) return 'unreadable';
  if (record['job'] !== jobOf(env)) return undefined;
  const session = sessionIn(folder, sharedLogin, record);
  return session === undefined
    ? 'unreadable'
    : { ...session, login: session.login && withoutEarlierValues(session.login, env) };
}

/** Whether a sign-in of any job made the folder its profile, or one of several. */
export function holdsProfile(folder: string): boolean {
  return isThere(join(folder, MARKER_FILE));
}

/** A group that is its owner's alone has no other members. */
function refuseOtherMembers(folder: string): void {
  const { uid, gid } = lstatSync(folder);
  if (isOwnersAlone(gid, uid)) return;
  throw cannotSignOut(folder, {
    why: `Every member of the group with id ${gid} may write there, and could have changed what is to be undone.`,
    next: [{ say: 'Keep the folder to its owner:', command: `chmod go-w ${shellWord(folder)}` }],
  });
}
