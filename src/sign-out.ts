import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Runner, Values } from './actions/runner.ts';
import { readTextFile } from './core/files.ts';
import { ignoreErrors } from './core/ignore-errors.ts';
import { type Environment, processStart } from './core/machine.ts';
import { sanitize } from './core/sanitize.ts';
import { SessionError } from './core/session-error.ts';
import type { UndoStep } from './errors/sign-out.ts';
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
 * Undoes what the main run of this step did, based only on its saved state. Running it twice is harmless.
 *
 * Never fails the job: each failure becomes an annotation.
 */
export async function signOut(runner: Runner): Promise<void> {
  const session = savedSession(runner);
  if (session === undefined) {
    const reason = isKept(runner) ? 'the session stays, as the workflow asks' : 'the sign-in did not succeed';
    runner.info(`Nothing to sign out of: ${reason}.`);
  } else if ((runner.env['AZURE_LOGIN_POST_CLEANUP'] ?? '').toLowerCase() === 'false') {
    runner.info('AZURE_LOGIN_POST_CLEANUP is false: the session stays.');
  } else {
    const isOver = !sessionExists(session);
    const success = isOver ? 'Signed out already: the session is gone.' : 'Signed out.';
    const failures: string[] = [];
    await undoSessions([isOver ? { ...session, login: undefined } : session], runner, (failure) => {
      failures.push(failure);
      runner.error(SIGN_OUT_FAILED, failure);
    });
    runner.info(failures.length > 0 ? 'Signed out, except for the failures above.' : success);
  }
}

/** Title of an annotation. */
export const SIGN_OUT_FAILED = 'Signing out of Azure failed';

/**
 * Undoes sessions: removes the folder, or the login from a shared folder, and restores every variable that the login
 * still owns.
 * @param fail called with a message for each step that fails; the remaining steps run anyway
 */
export async function undoSessions(
  sessions: readonly SavedSession[],
  runner: Runner,
  fail: (failure: string) => void,
): Promise<void> {
  const attempt = async (what: UndoStep, undo: () => void | Promise<void>, name = ''): Promise<void> => {
    try {
      await undo();
    } catch (cause) {
      const { undoFailure } = await import('./errors/sign-out.ts');
      fail(undoFailure(what, name, cause));
    }
  };
  for (const session of sessions) await attempt('background', () => stopBackground(session, runner));
  for (const session of sessions) await attempt('folder', () => leaveFolder(session), session.folder);
  await attempt('variables', async () => runner.publish({}, await valuesAfter(sessions, runner.env)));
  for (const { powershell } of sessions.filter((session) => session.powershell !== '')) {
    await attempt('powershell', () => clearPowerShell(powershell, runner), powershell);
  }
}

/** The variables to restore. Each session ends in the environment that the sessions before it leave. */
async function valuesAfter(sessions: readonly SavedSession[], env: Environment): Promise<Values> {
  let current = env;
  let values: Values = {};
  for (const session of sessions) {
    const restored = await withoutLogin(loginName(session), session.login, current);
    current = { ...current, ...restored };
    values = { ...values, ...restored };
  }
  return values;
}

/** Stops the background process and shows its warnings. */
async function stopBackground(session: SavedSession, runner: Runner): Promise<void> {
  for (const line of await stopKeepAlive(session)) runner.warning(sanitize(line, MAX_LOG_BYTES));
  // Only the agent of a session in memory writes this file.
  const { tokenUsage } = loginFiles(session.folder, session.sharedLogin);
  if (existsSync(tokenUsage.path)) await (await import('./agent/post-report.ts')).reportTokens(session, runner);
}

async function stopKeepAlive(session: SavedSession): Promise<string[]> {
  const wasGone = stopAgent(session);
  const warnings = keepAliveLog(session);
  if (!wasGone || warnings.length > 0) return warnings;
  const { killedWarning } = await import('./agent/post-report.ts');
  return killedWarning(session);
}

/**
 * Kills the agent of a session, once its start time and command prove that the process is the agent: process ids are
 * reused, and a forged record in the session's folder could name any process. Windows and macOS offer no proof; there
 * the agent ends on its own within seconds of its session.
 * @returns whether the agent had ended before
 */
function stopAgent({ agentPid, agentStarted }: SavedSession): boolean {
  if (agentPid === 0) return false;
  const started = processStart(agentPid);
  if (started === undefined) return true;
  if (started === '' || agentStarted === '') return false;
  if (started !== agentStarted) return true;
  // Systems that give a start time also give the command line.
  const command = readTextFile(`/proc/${agentPid}/cmdline`, MAX_COMMAND_BYTES, 'refuse') ?? '';
  if (!command.includes(AGENT)) return false;
  // A process that was suspended (SIGSTOP) ignores every other signal and would keep its credential.
  return !ignoreErrors(() => process.kill(agentPid, 'SIGKILL'));
}

const AGENT = `${join('agent', 'index.js')}\0`;
const MAX_COMMAND_BYTES = 1024 * 1024;

/** Removes a private folder, or only this login's entries from a shared one. */
async function leaveFolder({ folder, sharedLogin, outermostMade }: SavedSession): Promise<void> {
  if (sharedLogin === undefined) return remove(folder);
  const { logOut } = await import('./profile/shared-folder.ts');
  await logOut(folder, sharedLogin);
  // Main may have been killed before the folder recorded which login created it.
  if (outermostMade !== '') removeEmptyFolders(folder, outermostMade);
}

/** Runs last, because it takes seconds and the runner may end a cancelled job in the meantime. */
async function clearPowerShell(contextName: string, runner: Runner): Promise<void> {
  const { disconnectPowerShell } = await import('./exports/powershell/run.ts');
  const failure = await disconnectPowerShell(contextName, runner);
  if (failure !== '') throw new SessionError(failure);
}

/** In bytes. The log holds a sentence or two. */
const MAX_LOG_BYTES = 4096;
const MAX_LINES = 5;

/** The agent's messages. Any process of the job can replace the file, so its size and lines are limited. */
function keepAliveLog({ folder, sharedLogin }: SavedSession): string[] {
  const log = loginFiles(folder, sharedLogin).keepAliveLog.path;
  return (readTextFile(log, MAX_LOG_BYTES, 'refuse') ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, MAX_LINES);
}
