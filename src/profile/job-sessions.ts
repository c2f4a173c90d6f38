import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../core/machine.ts';
import { cannotSignOut } from '../errors/sign-out.ts';
import { shellWord } from '../errors/templates.ts';
import { isOwnersAlone, trustedOwners } from './folders-above.ts';
import { checkedPath, folderFacts, judgeFolder } from './named-folder.ts';
import { isPrivateFolder, isSessionThere, isThere, MARKER_FILE, type SavedSession } from './saved-session.ts';
import { recordedSession, recordFile } from './session-record.ts';

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
  const folder = isPrivateFolder(path) ? path : checkedPath(path, trustedOwners(env));
  const facts = folderFacts(folder);
  const verdict = judgeFolder(folder, facts, process.getuid?.());
  if (verdict.kind === 'refused') throw verdict.error;
  if (facts.kind !== 'folder') return undefined;
  if (verdict.warnings.length > 0) refuseOtherMembers(folder);
  const sessions: SavedSession[] = [];
  const unreadable = new Set<string>();
  if (!holdsProfile(folder)) return { sessions, unreadable };
  for (const name of readdirSync(folder)) {
    const session = recordedSession(folder, name, env);
    if (session === 'unreadable') unreadable.add(join(folder, name));
    else if (typeof session === 'object' && isSessionThere(session)) sessions.push(session);
  }
  const isSignedIn = sessions.some(({ sharedLogin }) => sharedLogin === undefined);
  if (isPrivateFolder(folder) && !isSignedIn) unreadable.add(join(folder, recordFile('')));
  // The login that made folders above it leaves last, so that they are empty by then.
  sessions.sort((one, other) => one.outermostMade.length - other.outermostMade.length);
  return { sessions, unreadable };
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
