import { resolve } from 'node:path';
import { actionsRunner, writeLogSynchronously } from './actions/actions-runner.ts';
import { reportFailure } from './actions/report.ts';
import type { Runner } from './actions/runner.ts';
import { activeLogins } from './core/logins.ts';
import { SessionError } from './core/session-error.ts';
import { cannotSignOut, incompleteSignOut, noSession, unreadableRecord } from './errors/sign-out.ts';
import { holdsSession, type JobSessions, jobSessions } from './profile/job-sessions.ts';
import { exists } from './profile/saved-session.ts';
import { SIGN_OUT_FAILED, undoSessions } from './sign-out.ts';

/**
 * The entry of `OWNER/azure-session/logout`, which signs out in the middle of a job. It acts on the records that the
 * sign-ins left in the folder, and imports no code that can sign in.
 */
writeLogSynchronously();
const runner = actionsRunner(process);
void logOut(runner)
  .catch((error: unknown) => reportFailure(error, runner, 'no-summary', SIGN_OUT_FAILED))
  .finally(() => process.exit());

/** @throws {SessionError} if anything remains, because later steps may have to run without the session */
async function logOut(runner: Runner): Promise<void> {
  const named = await readConfigDir(runner);
  const { sessions, unreadable } = findSessions(named === '' ? currentFolders(runner) : [named], runner);
  const failures = [...unreadable].map(unreadableRecord);
  await undoSessions(sessions, runner, (failure) => failures.push(failure));
  if (failures.length > 0) throw incompleteSignOut(failures);
  if (sessions.length > 0) runner.info('Signed out.');
  else if (named !== '' && exists(named)) throw noSession(named);
  else runner.info('Nobody is signed in, so there is nothing to sign out of.');
}

/** Parses `config-dir` by the rules of a sign-in; `''` if it is not set. */
async function readConfigDir(runner: Runner): Promise<string> {
  if (runner.input('config-dir') === '') return '';
  const { configDirOf } = await import('./inputs/config-dir.ts');
  return configDirOf(runner);
}

/** The folder of AZURE_CONFIG_DIR, which a step may have set, and those of the active sign-ins, newest first. */
function currentFolders({ env }: Runner): string[] {
  const exported = activeLogins(env).map(({ variables }) => variables.AZURE_CONFIG_DIR?.set);
  const folders = [env['AZURE_CONFIG_DIR'], ...exported.reverse()];
  return folders.flatMap((folder) => (folder ? resolve(folder) : [])).filter((folder) => holdsSession(folder, env));
}

/** The sessions of the first folder that has one of this job. */
function findSessions(folders: readonly string[], { env }: Runner): JobSessions {
  for (const path of folders) {
    const found = asSignOutError(path, () => jobSessions(path, env));
    if (found.sessions.length > 0 || found.unreadable.size > 0) return found;
  }
  return { sessions: [], unreadable: new Set() };
}

/** The folder checks are shared with the sign-in, so their errors need a message about the sign-out. */
function asSignOutError<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (!(error instanceof SessionError) && syscall === undefined) throw error;
    const { why, next } =
      error instanceof SessionError ? error : { why: `The operating system reported ${code}.`, next: [] };
    throw cannotSignOut(path, { why, next, cause: error });
  }
}
