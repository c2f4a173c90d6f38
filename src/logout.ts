import { resolve } from 'node:path';
import { actionsRunner, writeLogAtOnce } from './actions/actions-runner.ts';
import { reportFailure } from './actions/report.ts';
import type { Runner } from './actions/runner.ts';
import type { ConfigDirRequest } from './core/request.ts';
import { SessionError } from './core/session-error.ts';
import { cannotSignOut, leftBehind, noSession, unreadableRecord } from './errors/sign-out.ts';
import { holdsProfile, jobSessions } from './profile/job-sessions.ts';
import { SIGN_OUT_FAILED, undoSessions } from './sign-out.ts';

/**
 * The entry of `OWNER/azure-session/logout`: signs out before the last step. It reads what the sign-ins left in the folder
 * and imports nothing that could sign in.
 */
writeLogAtOnce();
const runner = actionsRunner(process);
void logOut(runner)
  .catch((error: unknown) => reportFailure(error, runner, 'no-summary', SIGN_OUT_FAILED))
  .finally(() => process.exit());

/** @throws {SessionError} for whatever is left: the steps that follow may be why the workflow signs out now */
async function logOut(runner: Runner): Promise<void> {
  const asked = await readRequest(runner);
  const path = asked.kind === 'named' ? asked.path : currentFolder(runner);
  const found = path === '' ? undefined : withPurpose(path, () => jobSessions(path, runner.env));
  const { sessions = [], unreadable = new Set<string>() } = found ?? {};
  const left = [...unreadable].map(unreadableRecord);
  await undoSessions(sessions, runner, (failure) => left.push(failure));
  if (left.length > 0) throw leftBehind(left);
  if (sessions.length > 0) runner.info('Signed out.');
  else if (asked.kind === 'named' && found !== undefined) throw noSession(path);
  else runner.info('Nobody is signed in, so there is nothing to sign out of.');
}

/** `private` where the input is not given. A folder is named in the words that a sign-in understands. */
async function readRequest(runner: Runner): Promise<ConfigDirRequest> {
  if (runner.input('config-dir') === '') return { kind: 'private' };
  const { configDirOf } = await import('./inputs/config-dir.ts');
  return configDirOf(runner);
}

/** The folder of the newest sign-in that is not over; `''` when the job has none. */
function currentFolder({ env }: Runner): string {
  const folder = env['AZURE_CONFIG_DIR'] ?? '';
  return folder !== '' && holdsProfile(resolve(folder)) ? resolve(folder) : '';
}

/** The checks of a folder are those of a sign-in, and speak of it. */
function withPurpose<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (!(error instanceof SessionError) && syscall === undefined) throw error;
    const { why, next } = error instanceof SessionError ? error : { why: `The system answered ${code}.`, next: [] };
    throw cannotSignOut(path, { why, next, cause: error });
  }
}
