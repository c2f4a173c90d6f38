import { SessionError } from '../core/session-error.ts';
import { ProfileFolder } from './folder.ts';
import { FolderGone, isLockFile, lockLeftBehind, withLocks } from './locks.ts';
import { removeLogin } from './merge.ts';
import { folderFacts, judgeFolder } from './named-folder.ts';
import { MARKER_FILE } from './saved-session.ts';
import { applyChanges, leavingChanges, readDocuments, removeHalfWritten } from './shared-files.ts';

/**
 * Takes one login out of a shared folder; done twice, the second time finds nothing to do. The folder itself goes with
 * the last login if one of them made it and nobody else has an account in it.
 * @param patienceMs how long to wait for others who write there
 * @throws {Error} when something of the login had to stay; where that is a file that makes no sense, the rest is gone
 */
export async function logOut(
  path: string,
  loginId: string,
  patienceMs?: number,
): Promise<{ readonly removedFolder: boolean }> {
  const facts = folderFacts(path);
  if (facts.kind === 'missing') return { removedFolder: false };
  // Windows has no user ids.
  const verdict = judgeFolder(path, facts, process.getuid?.());
  if (verdict.kind === 'refused') throw verdict.error;
  const folder = ProfileFolder.existing(path);
  try {
    const left = await lockedOrFull(folder, () => leave(folder, loginId), patienceMs);
    const lock = lockLeftBehind(folder);
    if (lock !== '') throw new SessionError(`The lock ${lock} is still there.`);
    return { removedFolder: left === 'empty' && folder.removeEmpty() === 'removed' };
  } catch (error) {
    if (error instanceof FolderGone) return { removedFolder: false };
    throw error;
  }
}

/** A full disk has no room for a lock, neither for ours nor for anybody's who would come in between. */
async function lockedOrFull<T>(
  folder: ProfileFolder,
  action: () => Promise<T>,
  patienceMs: number | undefined,
): Promise<T> {
  try {
    return await withLocks(folder, action, patienceMs);
  } catch (error) {
    const code = error instanceof SessionError ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    return action();
  }
}

async function leave(folder: ProfileFolder, loginId: string): Promise<'empty' | 'in-use'> {
  const reading = await readDocuments(folder);
  removeHalfWritten(folder);
  const { session } = reading.documents;
  const removed = removeLogin(reading.documents, loginId);
  if (removed.kind === 'removed') {
    if (removed.folder === 'remove' && reading.broken.length === 0) return empty(folder);
    const files = session?.logins.find(({ id }) => id === loginId)?.files ?? [];
    const changes = leavingChanges(reading, removed.documents);
    applyChanges(folder, changes.slice(0, -1));
    for (const file of files) folder.removeEntry(file);
    // The session last: until then another try finds the login.
    applyChanges(folder, changes.slice(-1));
  }
  if (reading.error !== undefined) throw reading.error;
  return 'in-use';
}

/** What the logins are known by goes last, so that somebody who is killed meanwhile can be followed by another try. */
function empty(folder: ProfileFolder): 'empty' {
  const names = folder.names().filter((name) => !isLockFile(name) && name !== MARKER_FILE);
  for (const name of [...names, MARKER_FILE]) folder.removeEntry(name);
  return 'empty';
}
