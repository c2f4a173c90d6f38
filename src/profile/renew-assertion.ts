import { changesBetween } from './documents.ts';
import { ProfileFolder } from './folder.ts';
import { folderFacts } from './folder-check.ts';
import { FolderGone, withLocks } from './locks.ts';
import { withRenewedAssertion } from './merge.ts';
import { applyChanges, readDocuments } from './shared-files.ts';

/** A fresh federated assertion for one login of a shared folder. */
interface Renewal {
  readonly loginId: string;
  readonly assertion: string;
  /** File of the login that holds the assertion for the SDKs; `''` when it has none. */
  readonly tokenFile: string;
}

/**
 * Puts a fresh assertion in the place of the login's old one: where clients find it, and where it is kept while another
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
