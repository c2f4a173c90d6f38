import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { changesBetween, type FileChange } from './documents.ts';
import { ProfileFolder } from './folder.ts';
import { FolderGone, lockLeftBehind, withLocks } from './locks.ts';
import { logOut } from './log-out.ts';
import { addLogin, type FolderNature, type SharedLogin, withRenewedAssertion } from './merge.ts';
import { checkedPath, folderFacts, judgeFolder } from './named-folder.ts';
import { applyChanges, readDocuments, removeHalfWritten } from './shared-files.ts';

interface SharedFolderRequest {
  /** Absolute path; need not exist. */
  readonly path: string;
  readonly platform: NodeJS.Platform;
  /** User id of the job; `undefined` where the system has none. */
  readonly uid: number | undefined;
  /** User ids that may own the folders above it; `undefined` where the system has none. */
  readonly trusted: ReadonlySet<number> | undefined;
}

/**
 * Looks at a folder that logins share, without changing anything yet.
 * @throws {SessionError} when it is a link or no folder, belongs to somebody else, everybody may write to it, or another
 * user could exchange it
 */
export function joinSharedFolder(request: SharedFolderRequest): SharedFolder {
  checkedWarnings(request);
  return new SharedFolder(request);
}

function checkedWarnings({ path, uid, trusted }: SharedFolderRequest): readonly string[] {
  checkedPath(path, trusted);
  const verdict = judgeFolder(path, folderFacts(path), uid);
  if (verdict.kind === 'refused') throw verdict.error;
  return verdict.warnings;
}

interface LoginAdded {
  readonly warnings: readonly string[];
  /** Whether the folder was made for this login: then it lacks what clients would find in a folder of the image. */
  readonly createdFolder: boolean;
}

/** A profile folder that the workflow named, for any number of logins and for the user's own accounts. */
class SharedFolder {
  readonly path: string;
  readonly #request: SharedFolderRequest;

  constructor(request: SharedFolderRequest) {
    this.path = request.path;
    this.#request = request;
  }

  /** Absolute path of a file in the folder. */
  pathOf(name: string): string {
    return join(this.path, name);
  }

  /**
   * Adds a login, and makes the folder if there is none. When it fails, what it had written is taken out again.
   * @param patienceMs how long to wait for others who write there
   * @throws {SessionError} when the folder cannot take the login, cannot be written, or holds a file that is broken
   */
  async add(login: SharedLogin, patienceMs?: number): Promise<LoginAdded> {
    for (;;) {
      const { folder, origin } = ProfileFolder.join(this.path);
      let progress: 'looking' | 'writing' = 'looking';
      try {
        // Again: in a sticky folder another user may have been faster to make a folder above it.
        const ofFolder = checkedWarnings(this.#request);
        const warnings = await withLocks(
          folder,
          async () => {
            const plan = await this.#plan(folder, login, origin);
            progress = 'writing';
            write(folder, plan, login);
            return plan.warnings;
          },
          patienceMs,
        );
        return {
          warnings: [...ofFolder, ...warnings, ...lockWarnings(folder)],
          createdFolder: origin === 'made',
        };
      } catch (error) {
        // The last login that left took the folder with it: then it is made again.
        if (error instanceof FolderGone) continue;
        // What matters is why it failed; what could not be taken out then is for the post step to say.
        // A lock of our own that cannot be removed would be waited for in vain.
        if (progress !== 'looking' && lockLeftBehind(folder) === '')
          await logOut(this.path, login.id, patienceMs).catch(() => undefined);
        if (origin === 'made') folder.removeEmpty();
        throw error;
      }
    }
  }

  async #plan(folder: ProfileFolder, login: SharedLogin, origin: 'made' | 'found'): Promise<Plan> {
    const { documents: before, error } = await readDocuments(folder);
    if (error !== undefined) throw error;
    const { documents, warnings } = addLogin(before, login, this.#nature(folder, origin));
    return { changes: changesBetween(before, documents), warnings };
  }

  #nature(folder: ProfileFolder, origin: 'made' | 'found'): FolderNature {
    const encrypted = folder.names().some((name) => ENCRYPTED_STORES.includes(name));
    return {
      origin,
      // On Windows alone. Source: azure-cli, `azure/cli/core/util.py`, `should_encrypt_token_cache`.
      encryptsByDefault: this.#request.platform === 'win32',
      encryptedStores: encrypted ? 'present' : 'absent',
      installationId: randomUUID(),
    };
  }
}

function lockWarnings(folder: ProfileFolder): string[] {
  const lock = lockLeftBehind(folder);
  return lock === '' ? [] : [`The lock ${lock} could not be removed: other logins to that folder wait for a minute.`];
}

interface Plan {
  readonly changes: readonly FileChange[];
  readonly warnings: readonly string[];
}

function write(folder: ProfileFolder, { changes }: Plan, { loginData }: SharedLogin): void {
  removeHalfWritten(folder);
  // The session first: it says which files are to be removed.
  applyChanges(folder, changes.slice(0, 1));
  for (const { name, content } of loginData.files) folder.write(name, content);
  applyChanges(folder, changes.slice(1));
}

const ENCRYPTED_STORES = ['msal_token_cache.bin', 'service_principal_entries.bin'];

/** A fresh federated assertion for one login of a shared folder. */
interface Renewal {
  readonly loginId: string;
  readonly assertion: string;
  /** File of the login that holds the assertion for the SDKs; `''` when it has none. */
  readonly tokenFile: string;
}

/**
 * Replaces the assertion of a login: where clients find it, and where it is kept while another
 * login with the same service principal is in front of it.
 * @returns `logged-out` when there is nothing to renew any more
 * @throws {SessionError}
 */
export async function renewAssertion(path: string, renewal: Renewal): Promise<'renewed' | 'logged-out'> {
  if (folderFacts(path).kind !== 'folder') return 'logged-out';
  const folder = ProfileFolder.existing(path);
  try {
    return await withLocks(folder, () => renew(folder, renewal));
  } catch (error) {
    if (error instanceof FolderGone) return 'logged-out';
    throw error;
  }
}

async function renew(
  folder: ProfileFolder,
  { loginId, assertion, tokenFile }: Renewal,
): Promise<'renewed' | 'logged-out'> {
  const { documents, error } = await readDocuments(folder);
  if (error !== undefined) throw error;
  const renewed = withRenewedAssertion(documents, loginId, assertion);
  if (renewed === undefined) return 'logged-out';
  // The SDKs' file first: it is what a process that runs right now may be about to read.
  if (tokenFile !== '') folder.write(tokenFile, assertion);
  applyChanges(folder, changesBetween(documents, renewed));
  return 'renewed';
}
