import { join } from 'node:path';
import { readTextFile } from '../core/files.ts';
import { asciiJson } from '../profile/az-profile.ts';
import { ProfileFolder } from '../profile/folder.ts';
import { withAssertion } from './assertion-entry.ts';
import type { KeepAlivePlan } from './plan.ts';

const ENTRIES = 'service_principal_entries.json';
const LARGEST_ENTRIES = 16 * 1024 * 1024;

/**
 * Puts a fresh assertion where clients read it: the SDKs' file, and the entry of `az`.
 * @throws {SessionError} when a file cannot be written
 */
export async function publish(plan: KeepAlivePlan, assertion: string): Promise<'published' | 'session-over'> {
  if (plan.sharedLogin !== undefined) return publishInSharedFolder(plan, plan.sharedLogin, assertion);
  const folder = ProfileFolder.existing(plan.folder);
  // The SDKs' file first: it is what a process that runs right now may be about to read.
  if (plan.tokenFile !== '') folder.write(plan.tokenFile, assertion);
  const entries = readTextFile(join(plan.folder, ENTRIES), LARGEST_ENTRIES, 'refuse');
  const renewed = entries === undefined ? undefined : withAssertion(entries, plan, assertion);
  if (renewed !== undefined) folder.write(ENTRIES, asciiJson(renewed));
  return 'published';
}

/** Loaded only here: most sessions have a folder of their own, and what waits for hours should be small. */
async function publishInSharedFolder(
  { folder, tokenFile }: KeepAlivePlan,
  loginId: string,
  assertion: string,
): Promise<'published' | 'session-over'> {
  const { renewAssertion } = await import('../profile/shared-folder.ts');
  const renewed = await renewAssertion(folder, { loginId, assertion, tokenFile });
  return renewed === 'renewed' ? 'published' : 'session-over';
}
