import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Runner } from '../actions/runner.ts';
import type { ConfigDirRequest } from '../core/request.ts';
import type { WeakSpot } from '../errors/config-dir.ts';
import { profileError } from '../errors/profile.ts';
import { ProfileFolder } from './folder.ts';
import { trustedOwners, wayTo } from './folders-above.ts';
import type { NewProfile } from './login.ts';
import { outermostMissing, removeEmptyFolders } from './removal.ts';
import { privateFolderName } from './saved-session.ts';

/** Where the profile of one login goes. */
export interface ConfigDir {
  /** Absolute path of the folder. */
  readonly path: string;
  /** Tells this login from others in a shared folder; `''` in a private one, which is all its own. */
  readonly loginId: string;
  /** The outermost folder that is made for a shared one; `''` when they are all there. */
  readonly outermostMade: string;
  /** @returns warnings; throws a {SessionError} when it cannot be written */
  write(profile: NewProfile): Promise<readonly string[]>;
  /** Takes away what `write` wrote, as far as it came. */
  undo(patienceMs: number): Promise<void>;
}

/**
 * Chooses the place, and looks at it without changing anything yet.
 * @throws {SessionError} when a named folder is not fit for it
 */
export async function chooseConfigDir(request: ConfigDirRequest, runner: Runner): Promise<ConfigDir> {
  const random = randomBytes(8).toString('hex');
  if (request.kind === 'private') {
    const path = resolve(temporaryFolder(runner), privateFolderName(random));
    await warnOfOthers(path, runner);
    return privateConfigDir(path);
  }
  const { joinFolder } = await import('./join-folder.ts');
  const { logOut } = await import('./shared-folder.ts');
  const { path } = request;
  const outermostMade = outermostMissing(path);
  return {
    path,
    loginId: random,
    outermostMade,
    write: (profile) => joinFolder(path, random, profile, runner),
    undo: async (patienceMs) => {
      await logOut(path, random, patienceMs);
      if (outermostMade !== '') removeEmptyFolders(path, outermostMade);
    },
  };
}

/** A folder that was not there before, in the one that the runner empties before and after every job. */
function privateConfigDir(path: string): ConfigDir {
  let folder: ProfileFolder | undefined;
  return {
    path,
    loginId: '',
    outermostMade: '',
    write: async (profile) => {
      const { writeProfile } = await import('./login.ts');
      folder = ProfileFolder.create(path);
      writeProfile(folder, profile);
      return [];
    },
    undo: async () => folder?.remove(),
  };
}

/** RUNNER_TEMP is the runner's choice, not the workflow's. */
async function warnOfOthers(path: string, runner: Runner): Promise<void> {
  const weakSpot = weakSpotAbove(path, runner);
  if (weakSpot === undefined) return;
  const { exchangeableTemp } = await import('../errors/config-dir.ts');
  runner.warning(exchangeableTemp(weakSpot));
}

function weakSpotAbove(path: string, { env }: Runner): WeakSpot | undefined {
  try {
    return wayTo(path, trustedOwners(env)).weakSpot;
  } catch {
    // What cannot be looked at cannot be written to either, which is told then.
    return undefined;
  }
}

function temporaryFolder({ env }: Runner): string {
  const temp = env['RUNNER_TEMP'] ?? '';
  if (temp !== '') return temp;
  throw profileError('noTemporaryFolder');
}
