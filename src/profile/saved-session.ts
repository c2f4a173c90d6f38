import { lstatSync, type Stats } from 'node:fs';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import type { Runner } from '../actions/runner.ts';
import { readTextFile } from '../core/files.ts';
import { asObject, type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import { type LoginEntry, loginEntry } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';

/**
 * What the main run leaves for its own post run, through the runner's state: enough to undo exactly what it did, and
 * no secret but those of identity endpoints. Saved before each side effect, so that a step that is killed between two of
 * them is undone too.
 */
export interface SavedSession {
  /** Absolute path of the profile folder. */
  readonly folder: string;
  /** Id of the login in a folder that it shares with others; absent where the folder is this step's alone. */
  readonly sharedLogin?: string;
  /** The outermost folder that was not there before such a login; `''` when all were. */
  readonly outermostMade: string;
  /** Process id of the refresher; 0 when there is none. */
  readonly refresher: number;
  /** When the refresher began, in the system's own count; `''` where the system does not tell. */
  readonly refresherStarted: string;
  /** Name of the context of Azure PowerShell; `''` when it was not asked for. */
  readonly powershell: string;
  /** Its variables, should the job not say any more whose they are; `undefined` where it exports none. */
  readonly login: LoginEntry | undefined;
}

const STATE_NAME = 'session';

/** Says that a folder is a profile of this program; in a shared one, which logins are in it. */
export const MARKER_FILE = 'azure-session.json';

/** Name of a folder that is this step's alone. */
export function privateFolderName(random: string): string {
  return `azure-session-${random}`;
}

const PRIVATE_FOLDER = /^azure-session-[0-9a-f]{16}$/;
const LOGIN_ID = /^[0-9a-f]{16}$/;

export function saveSession(runner: Runner, session: SavedSession): void {
  runner.saveState(STATE_NAME, JSON.stringify(session));
}

/**
 * What was saved last holds: post finds nothing to undo. Where nothing was ever saved the runner passes on a variable of
 * the job that has the state's name, and every step can set that; so this is saved first.
 */
export function forgetSession(runner: Runner): void {
  runner.saveState(STATE_NAME, '{}');
}

/** For `logout: false`: post finds nothing to undo, and can say why. */
export function keepSession(runner: Runner): void {
  runner.saveState(STATE_NAME, KEPT);
}

export function isKept(runner: Runner): boolean {
  return runner.state(STATE_NAME) === KEPT;
}

const KEPT = '{"kept":true}';

/** Blanks such a variable, for where nothing can be saved. */
export function blankPlanted(runner: Runner): void {
  if (runner.state(STATE_NAME) !== '') runner.publish({}, { [`STATE_${STATE_NAME}`]: '' });
}

/** Names one login of the job: its variables, and its context of Azure PowerShell. */
export function loginName({ folder, sharedLogin = '' }: Pick<SavedSession, 'folder' | 'sharedLogin'>): string {
  return sharedLogin === '' ? basename(folder) : `azure-session-${sharedLogin}`;
}

/** @returns `undefined` when the main run saved nothing, or not what a main run saves */
export function savedSession(runner: Runner): SavedSession | undefined {
  const saved = parseJsonObject(runner.state(STATE_NAME));
  return sessionIn(stringField(saved, 'folder'), stringField(saved, 'sharedLogin'), saved);
}

/** Whether a folder has the name of one that is a step's alone. */
export function isPrivateFolder(path: string): boolean {
  return PRIVATE_FOLDER.test(basename(path));
}

/**
 * A sign-out removes and changes nothing else, whatever this says: each field has the form that main gives it, and a folder
 * that goes whole the name.
 */
export function sessionIn(
  folder: string,
  sharedLogin: string,
  saved: JsonObject | undefined,
): SavedSession | undefined {
  const isOfMain = sharedLogin === '' ? isPrivateFolder(folder) : LOGIN_ID.test(sharedLogin);
  if (!isOfMain || !isPlainPath(folder)) return undefined;
  const outermostMade = stringField(saved, 'outermostMade');
  const isAbove = isPlainPath(outermostMade) && (folder + sep).startsWith(outermostMade + sep);
  const refresher = saved?.['refresher'];
  const powershell = stringField(saved, 'powershell');
  const login = loginEntry(asObject(saved?.['login']));
  const session = { folder, ...(sharedLogin === '' ? {} : { sharedLogin }) };
  return {
    ...session,
    outermostMade: isAbove ? outermostMade : '',
    refresher: typeof refresher === 'number' && Number.isSafeInteger(refresher) && refresher > 1 ? refresher : 0,
    refresherStarted: stringField(saved, 'refresherStarted'),
    powershell: powershell === loginName(session) ? powershell : '',
    login: login?.login === loginName(session) ? login : undefined,
  };
}

const LARGEST_LEDGER = 64 * 1024 * 1024;

/**
 * Whether nobody has signed out of a session yet: its folder is there, and in a shared one the record of its login. What
 * cannot be looked at right now says nothing.
 */
export function isSessionThere({ folder, sharedLogin }: Pick<SavedSession, 'folder' | 'sharedLogin'>): boolean {
  if (!isThere(folder, (found) => found.isDirectory())) return false;
  if (sharedLogin === undefined) return true;
  const ledger = join(folder, MARKER_FILE);
  const logins = readTextFile(ledger, LARGEST_LEDGER, 'refuse');
  return logins === undefined ? isThere(ledger) : logins.includes(JSON.stringify(sharedLogin));
}

export function isThere(path: string, isMeant: (found: Stats) => boolean = () => true): boolean {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found !== undefined && isMeant(found);
  } catch {
    return true;
  }
}

/** Without dots, and without a slash at its end, which would lead through a link. */
function isPlainPath(path: string): boolean {
  return isAbsolute(path) && resolve(path) === path;
}

/** Two jobs of a matrix differ by their runner alone. */
export function jobOf(env: Environment): string {
  return ['GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT', 'GITHUB_JOB', 'RUNNER_NAME'].map((name) => env[name]).join('/');
}

/** A file of one login: by name in the folder, by path for the clients that are pointed to it. */
interface LoginFile {
  readonly name: string;
  readonly path: string;
}

/** The files that belong to one login alone. Which of them are written depends on method and exports. */
export interface LoginFiles {
  /** PEM of a certificate sign-in, for both CLIs and the SDKs. */
  readonly certificate: LoginFile;
  /** The same as PFX, for Terraform and PowerShell. */
  readonly pfx: LoginFile;
  /** For Terraform, which takes a secret by its path. */
  readonly clientSecret: LoginFile;
  /** The assertion that the refresher keeps fresh, for the SDKs. */
  readonly federatedToken: LoginFile;
  /** What the refresher leaves for the post step to say. */
  readonly keepAliveLog: LoginFile;
  /** What the agent of a session in memory handed out, for the post step to say. */
  readonly tokenAccount: LoginFile;
  /** The saved session, for a sign-out before the last step, which has no state of the sign-in's. */
  readonly record: LoginFile;
}

/** @param loginId in a shared folder, where each login has files of its own names; else `''` */
export function loginFiles(folder: string, loginId = ''): LoginFiles {
  const mark = loginId === '' ? '' : `-${loginId}`;
  const at = (stem: string, ending = ''): LoginFile => {
    const name = `${stem}${mark}${ending}`;
    return { name, path: join(folder, name) };
  };
  return {
    certificate: at('client-certificate', '.pem'),
    pfx: at('client-certificate', '.pfx'),
    clientSecret: at('client-secret'),
    federatedToken: at('federated-token'),
    keepAliveLog: at('keep-alive', '.log'),
    tokenAccount: at('token-account', '.json'),
    record: at('signed-in', '.json'),
  };
}
