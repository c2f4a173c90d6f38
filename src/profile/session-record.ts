import { join } from 'node:path';
import { readTextFile } from '../core/files.ts';
import { parseJsonObject } from '../core/json.ts';
import type { Environment } from '../core/machine.ts';
import { type SavedSession, sessionIn } from './saved-session.ts';

/** File in the folder with the saved session, for a sign-out before the last step, which has no state of the sign-in's. */
export function recordFile(sharedLogin: string): string {
  return sharedLogin === '' ? 'signed-in.json' : `signed-in-${sharedLogin}.json`;
}

const RECORD_FILE = /^signed-in(?:-([0-9a-f]{16}))?\.json$/;

export function sessionRecord(session: SavedSession, env: Environment): string {
  return JSON.stringify({ ...session, job: jobOf(env) });
}

/** Two jobs of a matrix differ by their runner alone. */
function jobOf(env: Environment): string {
  return ['GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT', 'GITHUB_JOB', 'RUNNER_NAME'].map((name) => env[name]).join('/');
}

/**
 * What a record in a folder says. Every step of the job can write one, so which folder and which login it is for is not
 * for it to say.
 * @param name of the file
 * @returns `unreadable` for what no sign-in writes
 */
export function recordedSession(
  folder: string,
  name: string,
  env: Environment,
): SavedSession | 'no-record' | 'of-another-job' | 'unreadable' {
  const [, sharedLogin = ''] = RECORD_FILE.exec(name) ?? [];
  if (name !== recordFile(sharedLogin)) return 'no-record';
  const record = parseJsonObject(readTextFile(join(folder, name), LARGEST_RECORD, 'refuse') ?? '');
  if (record !== undefined && record['job'] !== jobOf(env)) return 'of-another-job';
  return (record === undefined ? undefined : sessionIn(folder, sharedLogin, record)) ?? 'unreadable';
}

/** In octets: some variables. */
const LARGEST_RECORD = 1024 * 1024;
