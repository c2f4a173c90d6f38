import { existsSync } from 'node:fs';
import type { Runner, Values } from './actions/runner.ts';
import { stopRefresher } from './agent/stop.ts';
import { readTextFile } from './core/files.ts';
import { quotable } from './core/foreign-text.ts';
import type { Environment } from './core/machine.ts';
import { SessionError } from './core/session-error.ts';
import type { Undoing } from './errors/sign-out.ts';
import { withoutLogin } from './exports/logins.ts';
import { remove, removeEmptyFolders } from './profile/removal.ts';
import {
  isKept,
  loginFiles,
  loginName,
  type SavedSession,
  savedSession,
  sessionExists,
} from './profile/saved-session.ts';

/**
 * Undoes what the main run of this step did, from its saved state alone. Done twice, the second time finds nothing to do.
 *
 * Never fails the job: what could not be undone is an annotation that names it.
 */
export async function signOut(runner: Runner): Promise<void> {
  const session = savedSession(runner);
  if (session === undefined) {
    const why = isKept(runner) ? 'the session stays, as the workflow asks' : 'the sign-in did not succeed';
    runner.info(`Nothing to sign out of: ${why}.`);
  } else if ((runner.env['AZURE_LOGIN_POST_CLEANUP'] ?? '').toLowerCase() === 'false') {
    runner.info('AZURE_LOGIN_POST_CLEANUP is false: the session stays.');
  } else {
    const isOver = !sessionExists(session);
    const said = isOver ? 'Signed out already: the session is gone.' : 'Signed out.';
    const failures: string[] = [];
    await undoSessions([isOver ? { ...session, login: undefined } : session], runner, (failure) => {
      failures.push(failure);
      runner.error(SIGN_OUT_FAILED, failure);
    });
    runner.info(failures.length > 0 ? 'Signed out, but for what the errors name.' : said);
  }
}

/** Title of an annotation. */
export const SIGN_OUT_FAILED = 'Signing out of Azure failed';

/**
 * Undoes sessions: the folder goes, or the login out of a folder that others share, and every variable that is still the
 * login's gets its earlier value back.
 * @param fail is told of each thing that could not be undone; the others are undone all the same
 */
export async function undoSessions(
  sessions: readonly SavedSession[],
  runner: Runner,
  fail: (failure: string) => void,
): Promise<void> {
  const attempt = async (what: Undoing, undo: () => void | Promise<void>, name = ''): Promise<void> => {
    try {
      await undo();
    } catch (cause) {
      const { notUndone } = await import('./errors/sign-out.ts');
      fail(notUndone(what, name, cause));
    }
  };
  for (const session of sessions) await attempt('background', () => endBackground(session, runner));
  for (const session of sessions) await attempt('folder', () => leaveFolder(session), session.folder);
  await attempt('variables', async () => runner.publish({}, await valuesAfter(sessions, runner.env)));
  for (const { powershell } of sessions.filter((session) => session.powershell !== '')) {
    await attempt('powershell', () => clearPowerShell(powershell, runner), powershell);
  }
}

/** Each gives back what the end of those before it left. */
async function valuesAfter(sessions: readonly SavedSession[], env: Environment): Promise<Values> {
  let now = env;
  let values: Values = {};
  for (const session of sessions) {
    const given = await withoutLogin(loginName(session), session.login, now);
    now = { ...now, ...given };
    values = { ...values, ...given };
  }
  return values;
}

/** Ends the background process, and tells what it had to say. */
async function endBackground(session: SavedSession, runner: Runner): Promise<void> {
  for (const line of await endKeepAlive(session)) runner.warning(quotable(line, LARGEST_LOG));
  // Written by the agent of a session in memory alone.
  const { tokenAccount } = loginFiles(session.folder, session.sharedLogin);
  if (existsSync(tokenAccount.path)) await (await import('./agent/post-report.ts')).reportTokens(session, runner);
}

/** @returns what is to be told of it */
async function endKeepAlive(session: SavedSession): Promise<string[]> {
  const end = session.refresher === 0 ? 'stopped' : stopRefresher(session);
  const words = keepAliveLog(session);
  if (end !== 'gone' || words.length > 0) return words;
  const { killedWarning } = await import('./agent/post-report.ts');
  return killedWarning(session);
}

/** A private folder goes whole; of a shared one only what this login brought, which takes more code to tell. */
async function leaveFolder({ folder, sharedLogin, outermostMade }: SavedSession): Promise<void> {
  if (sharedLogin === undefined) return remove(folder);
  const { logOut } = await import('./profile/shared-folder.ts');
  await logOut(folder, sharedLogin);
  // Also where main was killed before the folder could tell who had made it.
  if (outermostMade !== '') removeEmptyFolders(folder, outermostMade);
}

/** Last, because it takes seconds, in which the runner may lose its patience with a cancelled job. */
async function clearPowerShell(contextName: string, runner: Runner): Promise<void> {
  const { disconnectPowerShell } = await import('./exports/powershell/run.ts');
  const failure = await disconnectPowerShell(contextName, runner);
  if (failure !== '') throw new SessionError(failure);
}

/** A sentence or two. */
const LARGEST_LOG = 4096;
const MOST_LINES = 5;

/** What the refresher had to say, unless a client of the job put something else in its place. */
function keepAliveLog({ folder, sharedLogin }: SavedSession): string[] {
  const log = loginFiles(folder, sharedLogin).keepAliveLog.path;
  return (readTextFile(log, LARGEST_LOG, 'refuse') ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, MOST_LINES);
}
