import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopRefresher } from '../keep-alive/stop.ts';
import type { Runner } from '../runner/runner.ts';
import { removeFolder } from './removal.ts';
import { KEEP_ALIVE_LOG, type SavedSession, type SavedVariable, savedSession } from './saved-session.ts';

/**
 * Undoes what the main run of this step did, from its saved state alone: the folder goes, and every variable that still
 * has the value of this login gets its earlier one back. Done twice, the second time finds nothing to do.
 *
 * Never fails the job: what could not be undone is an annotation that names it.
 */
export function signOut(runner: Runner): void {
  const session = savedSession(runner);
  if (session === undefined) {
    runner.info('No session of this step to sign out of.');
  } else if ((runner.env['AZURE_LOGIN_POST_CLEANUP'] ?? '').toLowerCase() === 'false') {
    runner.info('AZURE_LOGIN_POST_CLEANUP is false: the session stays.');
  } else {
    undoSession(session, runner);
    runner.info('Signed out.');
  }
}

function undoSession({ folder, variables, refresher }: SavedSession, runner: Runner): void {
  if (refresher !== 0) stopRefresher(refresher, runner.platform);
  for (const line of keepAliveLog(folder)) runner.warning(line);
  attempt(runner, `The profile folder ${folder} could not be removed`, () => removeFolder(folder));
  attempt(runner, 'The variables of the session could not be given back', () =>
    runner.handOver({}, Object.fromEntries(variables.filter(stillOurs(runner)).map(restored))),
  );
}

/** What the refresher had to say; its text is of its own making. */
function keepAliveLog(folder: string): string[] {
  try {
    return readFileSync(join(folder, KEEP_ALIVE_LOG), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

function stillOurs(runner: Runner): (variable: SavedVariable) => boolean {
  return ({ name, exported }) => {
    const value = runner.env[name] ?? '';
    return exported.kind === 'value' ? value === exported.text : digest(value) === exported.text;
  };
}

function restored({ name, restore }: SavedVariable): [string, string] {
  return [name, restore];
}

/** `node:crypto` is there anyway; asking for it only here spares the usual post its loading. */
function digest(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');
}

function attempt(runner: Runner, failure: string, undo: () => void): void {
  try {
    undo();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    runner.error(`${failure}${code === undefined ? '' : ` (${code})`}. Remove it by hand: it may hold credentials.`);
  }
}
