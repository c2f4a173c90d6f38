import { basename, isAbsolute } from 'node:path';
import { asObject, parseJsonObject, stringField } from '../net/json.ts';
import type { Runner } from '../runner/runner.ts';

/**
 * What the main run leaves for its own post run, through the runner's state: enough to undo exactly what it did, and
 * no secret. Saved before each side effect, so that a step that is killed between two of them is undone too.
 */
export interface SavedSession {
  /** Absolute path of the profile folder. */
  readonly folder: string;
  /** Id of the login in a folder that it shares with others; absent where the folder is this step's alone. */
  readonly sharedLogin?: string;
  /** The outermost folder that was not there before such a login; `''` when all were. */
  readonly outermostMade: string;
  readonly variables: readonly SavedVariable[];
  /** Process id of the refresher; 0 when there is none. */
  readonly refresher: number;
  /** When the refresher began, in the system's own count; `''` where the system does not tell. */
  readonly refresherStarted: string;
  /** Name of the context of Azure PowerShell; `''` when it was not asked for. */
  readonly powershell: string;
}

export interface SavedVariable {
  readonly name: string;
  /** What this login exported: the value, or the SHA-256 of a secret one in hex. */
  readonly exported: { readonly kind: 'value' | 'sha256'; readonly text: string };
  /** What the variable is given back; `''` blanks it, since the runner cannot remove one. */
  readonly restore: string;
}

const STATE_NAME = 'session';

/** Name of a folder that is this step's alone. */
export function privateFolderName(random: string): string {
  return `azure-session-${random}`;
}

const PRIVATE_FOLDER = /^azure-session-[0-9a-f]{16}$/;

/** File in the folder where the refresher leaves what the post step should say. */
export const KEEP_ALIVE_LOG = 'keep-alive.log';

/** The same in a folder that others share: a name for each. */
export function sharedKeepAliveLog(sharedLogin: string): string {
  return `keep-alive-${sharedLogin}.log`;
}

export function saveSession(runner: Runner, session: SavedSession): void {
  runner.saveState(STATE_NAME, JSON.stringify(session));
}

/** What was saved last holds: post finds nothing to undo. */
export function forgetSession(runner: Runner): void {
  runner.saveState(STATE_NAME, '');
}

/**
 * @returns `undefined` when the main run saved nothing, or nothing that can be understood. A folder that goes whole must
 * have the name of one that a main run made: post removes nothing else, whatever the state says.
 */
export function savedSession(runner: Runner): SavedSession | undefined {
  const saved = parseJsonObject(runner.state(STATE_NAME));
  const folder = stringField(saved, 'folder');
  const variables = saved?.['variables'];
  const sharedLogin = stringField(saved, 'sharedLogin');
  if (!isAbsolute(folder) || (sharedLogin === '' && !PRIVATE_FOLDER.test(basename(folder)))) return undefined;
  const refresher = saved?.['refresher'];
  return {
    folder,
    ...(sharedLogin === '' ? {} : { sharedLogin }),
    outermostMade: stringField(saved, 'outermostMade'),
    variables: Array.isArray(variables) ? variables.flatMap(savedVariable) : [],
    refresher: typeof refresher === 'number' && Number.isSafeInteger(refresher) && refresher > 1 ? refresher : 0,
    refresherStarted: stringField(saved, 'refresherStarted'),
    powershell: stringField(saved, 'powershell'),
  };
}

function savedVariable(value: unknown): SavedVariable[] {
  const object = asObject(value);
  const exported = asObject(object?.['exported']);
  const name = stringField(object, 'name');
  const kind = stringField(exported, 'kind');
  if (name === '' || (kind !== 'value' && kind !== 'sha256')) return [];
  return [{ name, exported: { kind, text: stringField(exported, 'text') }, restore: stringField(object, 'restore') }];
}
