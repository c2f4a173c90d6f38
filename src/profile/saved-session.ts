import { lstatSync, type Stats } from 'node:fs';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import type { Runner } from '../actions/runner.ts';
import { readTextFile } from '../core/files.ts';
import { asObject, type JsonObject, parseJsonObject, stringField } from '../core/json.ts';
import { type LoginEntry, parseLoginEntry } from '../core/logins.ts';
import type { Environment } from '../core/machine.ts';

/**
 * The runner state that the main run saves for its post run: enough to undo exactly what it did. It contains no secrets
 * except those of identity endpoints. It is saved before each side effect, so that a killed step is undone too.
 */
export interface SavedSession {
  /** Absolute path of the profile folder. */
  readonly folder: string;
  /** Id of the login in a shared folder; absent for a private folder. */
  readonly sharedLogin?: string;
  /** The outermost folder that the login created for a shared folder; `''` if there is none. */
  readonly outermostMade: string;
  /** Process id of the agent; 0 if there is none. */
  readonly agentPid: number;
  /** Start time of the agent as `processStart` returns it; `''` if the system does not report it. */
  readonly agentStarted: string;
  /** Name of the Azure PowerShell context; `''` if there is none. */
  readonly powershell: string;
  /** The login's variables, in case the job's variable no longer lists them; `undefined` if it exports none. */
  readonly login: LoginEntry | undefined;
}

const STATE_NAME = 'session';

/** Marks a profile folder of this action. In a shared folder it is the ledger. */
export const MARKER_FILE = 'azure-session.json';

export function privateFolderName(random: string): string {
  return `azure-session-${random}`;
}

const PRIVATE_FOLDER = /^azure-session-[0-9a-f]{16}$/;
const LOGIN_ID = /^[0-9a-f]{16}$/;

export function saveSession(runner: Runner, session: SavedSession): void {
  runner.saveState(STATE_NAME, JSON.stringify(session));
}

/**
 * Saves an empty session first, so that post has nothing to undo until another one is saved. Without a saved state, the
 * runner passes a variable of the job with the state's name to post, and any step can set that variable.
 */
export function clearSession(runner: Runner): void {
  runner.saveState(STATE_NAME, '{}');
}

/** For `logout: false`: post has nothing to undo, and reports why. */
export function keepSession(runner: Runner): void {
  runner.saveState(STATE_NAME, KEPT);
}

export function isKept(runner: Runner): boolean {
  return runner.state(STATE_NAME) === KEPT;
}

const KEPT = '{"kept":true}';

/** If no state can be saved, blanks the variable that the runner would pass to post instead. */
export function blankStateVariable(runner: Runner): void {
  if (runner.state(STATE_NAME) !== '') runner.publish({}, { [`STATE_${STATE_NAME}`]: '' });
}

/** Identifies a login in the job's variable and in Azure PowerShell, where it names the context. */
export function loginName({ folder, sharedLogin = '' }: Pick<SavedSession, 'folder' | 'sharedLogin'>): string {
  return sharedLogin === '' ? basename(folder) : `azure-session-${sharedLogin}`;
}

/** @returns `undefined` if the main run saved no valid session */
export function savedSession(runner: Runner): SavedSession | undefined {
  const saved = parseJsonObject(runner.state(STATE_NAME));
  return validSession(stringField(saved, 'folder'), stringField(saved, 'sharedLogin'), saved);
}

export function isPrivateFolder(path: string): boolean {
  return PRIVATE_FOLDER.test(basename(path));
}

/**
 * Accepts only values that a main run saves, which limits what a sign-out can remove or change. A folder that is
 * removed as a whole must have the name of a private folder.
 */
export function validSession(
  folder: string,
  sharedLogin: string,
  saved: JsonObject | undefined,
): SavedSession | undefined {
  const isValid = sharedLogin === '' ? isPrivateFolder(folder) : LOGIN_ID.test(sharedLogin);
  if (!isValid || !isNormalizedPath(folder)) return undefined;
  const outermostMade = stringField(saved, 'outermostMade');
  const isParent = isNormalizedPath(outermostMade) && (folder + sep).startsWith(outermostMade + sep);
  const agentPid = saved?.['agentPid'];
  const powershell = stringField(saved, 'powershell');
  const login = parseLoginEntry(asObject(saved?.['login']));
  const session = { folder, ...(sharedLogin === '' ? {} : { sharedLogin }) };
  return {
    ...session,
    outermostMade: isParent ? outermostMade : '',
    agentPid: typeof agentPid === 'number' && Number.isSafeInteger(agentPid) && agentPid > 1 ? agentPid : 0,
    agentStarted: stringField(saved, 'agentStarted'),
    powershell: powershell === loginName(session) ? powershell : '',
    login: login?.login === loginName(session) ? login : undefined,
  };
}

const MAX_LEDGER_BYTES = 64 * 1024 * 1024;

/**
 * Whether a session has not been signed out: its folder has the record of the login, or the marker, which in a shared
 * folder must list the login. A step can remove either, and a running client can create the folder of an ended session
 * again. What cannot be read counts as existing.
 */
export function sessionExists({ folder, sharedLogin }: Pick<SavedSession, 'folder' | 'sharedLogin'>): boolean {
  if (!exists(folder, (stats) => stats.isDirectory())) return false;
  if (exists(loginFiles(folder, sharedLogin).record.path)) return true;
  const marker = join(folder, MARKER_FILE);
  const logins = sharedLogin && readTextFile(marker, MAX_LEDGER_BYTES, 'refuse');
  return logins === undefined ? exists(marker) : logins.includes(JSON.stringify(sharedLogin));
}

/** @returns `true` also if the path cannot be inspected */
export function exists(path: string, hasKind: (stats: Stats) => boolean = () => true): boolean {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats !== undefined && hasKind(stats);
  } catch {
    return true;
  }
}

/** Whether a path is absolute, without dots and without a trailing slash, which would follow a link. */
function isNormalizedPath(path: string): boolean {
  return isAbsolute(path) && resolve(path) === path;
}

/** Includes the runner, because the jobs of a matrix differ only by that. */
export function jobOf(env: Environment): string {
  return ['GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT', 'GITHUB_JOB', 'RUNNER_NAME'].map((name) => env[name]).join('/');
}

/**
 * The files that belong to one login. Which of them are written depends on the method and the exports.
 * @param loginId distinguishes the files of the logins in a shared folder; `''` for a private folder
 */
export function loginFiles(folder: string, loginId = '') {
  const suffix = loginId === '' ? '' : `-${loginId}`;
  const file = (stem: string, extension = '') => {
    const name = `${stem}${suffix}${extension}`;
    return { name, path: join(folder, name) };
  };
  return {
    /** PEM of a certificate sign-in, for both CLIs and the SDKs. */
    certificate: file('client-certificate', '.pem'),
    /** The same certificate as PFX, for Terraform and PowerShell. */
    pfx: file('client-certificate', '.pfx'),
    /** For Terraform, which reads a secret from a file. */
    clientSecret: file('client-secret'),
    /** The assertion for the SDKs, which the agent renews. */
    federatedToken: file('federated-token'),
    /** Messages of the agent that renews the assertion, which the post step logs. */
    keepAliveLog: file('keep-alive', '.log'),
    /** The agent's record of the tokens that it issued for a session in memory, which the post step logs. */
    tokenUsage: file('token-usage', '.json'),
    /** The saved session, for a sign-out before the last step, which has no access to the state. */
    record: file('signed-in', '.json'),
  };
}

export type LoginFiles = ReturnType<typeof loginFiles>;
