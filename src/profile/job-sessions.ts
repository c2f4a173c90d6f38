import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder, readTextFile } from '../core/files.ts';
import { parseJsonObject } from '../core/json.ts';
import { activeLogins, withoutEarlierValues } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';
import { shellQuote } from '../core/sanitize.ts';
import { cannotSignOut } from '../errors/sign-out.ts';
import { isOwnersPrivateGroup } from './folders-above.ts';
import { checkFolder, trustedPath } from './named-folder.ts';
import {
  exists,
  isPrivateFolder,
  jobOf,
  loginFiles,
  loginName,
  MARKER_FILE,
  type SavedSession,
  sessionExists,
  validSession,
} from './saved-session.ts';

/**
 * Finds the sessions of this job in a folder, for a sign-out before the last step. Changes nothing.
 * @returns `unreadable`: paths of invalid or missing records, whose sessions cannot be undone
 * @throws {SessionError} when the path is a link or not a folder, or when another user could have planted a record in
 * it. On Windows, which has no user ids and modes, every folder is accepted.
 */
export function jobSessions(path: string, env: Environment) {
  // The sign-in has warned about the parents of a private folder: RUNNER_TEMP is the runner's choice.
  const folder = isPrivateFolder(path) ? path : trustedPath(path, env);
  const access = checkFolder(folder, process.getuid?.());
  const sessions: SavedSession[] = [];
  const unreadable = new Set<string>();
  if (access === 'missing') return { sessions, unreadable };
  if (access === 'group-may-write') checkGroup(folder);
  const marker = join(folder, MARKER_FILE);
  // Without its marker, a folder is not removed as a whole.
  if (isPrivateFolder(folder) && !exists(marker)) return { sessions, unreadable: unreadable.add(marker) };
  for (const name of readdirSync(folder)) {
    const session = recordedSession(folder, name, env);
    if (session === 'unreadable') unreadable.add(join(folder, name));
    else if (session !== undefined && sessionExists(session)) sessions.push(session);
  }
  // The ledger of a shared folder can list a login of this job whose record a step removed.
  for (const { login } of activeLogins(env)) {
    const session = { folder, sharedLogin: login.slice(-LOGIN_ID_LENGTH) };
    const isFound = sessions.some((found) => loginName(found) === login);
    if (!isFound && sessionExists(session)) unreadable.add(loginFiles(folder, session.sharedLogin).record.path);
  }
  const isSignedIn = sessions.some(({ sharedLogin }) => sharedLogin === undefined);
  if (isPrivateFolder(folder) && !isSignedIn) unreadable.add(loginFiles(folder).record.path);
  // A login that made parent folders comes last, so that they are empty by then; the others, newest first.
  const began = ({ login }: SavedSession): number => login?.began ?? 0;
  sessions.sort((one, other) => one.outermostMade.length - other.outermostMade.length || began(other) - began(one));
  return { sessions, unreadable };
}

export type JobSessions = ReturnType<typeof jobSessions>;

const RECORD_FILE = /^signed-in(?:-([0-9a-f]{16}))?\.json$/;
const LOGIN_ID_LENGTH = 16;
/** A record contains some variables. */
const MAX_RECORD_BYTES = 1024 * 1024;

/**
 * Reads a record. Any step of the job can write one, so the folder, the login and earlier values of variables are never
 * taken from its content.
 * @param name of the file
 * @returns `unreadable` for a record that no sign-in writes; `undefined` for another file, and for the record of
 * another job
 */
function recordedSession(folder: string, name: string, env: Environment): SavedSession | 'unreadable' | undefined {
  const [, sharedLogin = ''] = RECORD_FILE.exec(name) ?? [];
  if (name !== loginFiles(folder, sharedLogin).record.name) return undefined;
  const record = parseJsonObject(readTextFile(join(folder, name), MAX_RECORD_BYTES, 'refuse') ?? '');
  if (record === undefined) return 'unreadable';
  if (record['job'] !== jobOf(env)) return undefined;
  const session = validSession(folder, sharedLogin, record);
  return session === undefined
    ? 'unreadable'
    : { ...session, login: session.login && withoutEarlierValues(session.login, env) };
}

/**
 * Whether a folder is that of an active sign-in, or a sign-in of any job has left a trace in it. A step can remove any of
 * them. A running client can create the folder of an ended session again.
 */
export function holdsSession(folder: string, env: Environment): boolean {
  if (activeLogins(env).some(({ login }) => login === loginName({ folder }))) return exists(folder);
  return exists(join(folder, MARKER_FILE)) || listFolder(folder).some((name) => RECORD_FILE.test(name));
}

/** @throws {SessionError} unless the group is the private group of the owner */
function checkGroup(folder: string): void {
  const { uid, gid } = lstatSync(folder);
  if (isOwnersPrivateGroup(gid, uid)) return;
  throw cannotSignOut(folder, {
    why: `Every member of the group with id ${gid} may write there, and could have changed the record of the session.`,
    next: [{ say: 'Let only the owner write to the folder:', command: `chmod go-w ${shellQuote(folder)}` }],
  });
}
