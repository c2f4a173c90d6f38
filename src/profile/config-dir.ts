import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Runner } from '../actions/runner.ts';
import { ignoreErrors } from '../core/ignore-errors.ts';
import { profileError } from '../errors/profile.ts';
import { ProfileFolder } from './folder.ts';
import { inspectPath, trustedOwners } from './folders-above.ts';
import type { NewProfile } from './login.ts';
import { outermostMissing, removeEmptyFolders } from './removal.ts';
import { privateFolderName } from './saved-session.ts';

/** The profile folder of one login. */
export interface ConfigDir {
  /** Absolute. */
  readonly path: string;
  /** Identifies this login in a shared folder; `''` in a private folder. */
  readonly loginId: string;
  /** The outermost folder that is created for a shared folder; `''` if all parents exist. */
  readonly outermostMade: string;
  /**
   * @returns warnings
   * @throws {SessionError}
   */
  write(profile: NewProfile): Promise<readonly string[]>;
  /** Removes what `write` wrote, even if it failed. */
  undo(lockTimeoutMs: number): Promise<void>;
}

/**
 * Chooses the profile folder, and warns if another user could replace a private one. Writes nothing.
 * @param named the folder of `config-dir`; `''` for a new private folder
 * @throws {SessionError} when the runner sets no RUNNER_TEMP
 */
export async function chooseConfigDir(named: string, runner: Runner): Promise<ConfigDir> {
  const random = randomBytes(8).toString('hex');
  if (named === '') {
    const path = resolve(temporaryFolder(runner), privateFolderName(random));
    await warnIfReplaceable(path, runner);
    return privateConfigDir(path);
  }
  const { joinFolder } = await import('./join-folder.ts');
  const { logOut } = await import('./shared-folder.ts');
  const outermostMade = outermostMissing(named);
  return {
    path: named,
    loginId: random,
    outermostMade,
    write: (profile) => joinFolder(named, random, profile, runner),
    undo: async (lockTimeoutMs) => {
      await logOut(named, random, lockTimeoutMs);
      if (outermostMade !== '') removeEmptyFolders(named, outermostMade);
    },
  };
}

/** A new folder in RUNNER_TEMP, which the runner empties before and after every job. */
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

/** Only a warning, because RUNNER_TEMP is the runner's choice and not the workflow's. */
async function warnIfReplaceable(path: string, runner: Runner): Promise<void> {
  // Writing to a path that cannot be followed fails too, and reports the error.
  const weakSpot = ignoreErrors(() => inspectPath(path, trustedOwners(runner.env)).weakSpot);
  if (weakSpot === undefined) return;
  const { replaceableTempWarning } = await import('../errors/config-dir.ts');
  runner.warning(replaceableTempWarning(weakSpot));
}

function temporaryFolder({ env }: Runner): string {
  const temp = env['RUNNER_TEMP'] ?? '';
  if (temp !== '') return temp;
  throw profileError('noTemporaryFolder');
}
