import type { TokenCount } from '../actions/summary.ts';
import { quotable } from '../core/foreign-text.ts';
import { ProfileFolder } from '../profile/folder.ts';
import { isSessionThere, loginFiles } from '../profile/saved-session.ts';
import type { CommonPlan } from './plan.ts';
import type { TokenAnswer } from './token-server.ts';

/**
 * Leaves a file in the folder of the session, where the post step looks for what it should say. Nobody waits for that, so
 * a folder that is gone or full is nobody's failure.
 * @param text `''` takes it back
 */
export function leaveForPost({ folder }: CommonPlan, name: string, text: string): void {
  try {
    if (text === '') ProfileFolder.existing(folder).removeEntry(name);
    else ProfileFolder.existing(folder).write(name, text);
  } catch {}
}

/** A moment in which further requests come, in milliseconds. */
const GATHER_MS = 250;
/** So that nobody fills the disk with resources that he makes up. */
export const MOST_ROWS = 100;
export const LONGEST_WORDS = 200;

/**
 * Counts what a session hands out and refuses, each time also in its folder: post ends the process without asking. No id
 * and no token is among the counts.
 * @returns what takes an answer, and the kind of client that gets it
 */
export function tokenAccount(plan: CommonPlan): (answer: TokenAnswer, client: string) => void {
  const { name } = loginFiles(plan.folder, plan.sharedLogin).tokenAccount;
  const counts = new Map<string, number>();
  let willRest = false;
  const write = (): void => {
    // A folder that others share is still there afterwards, and nobody would remove the file from it.
    if (!isSessionThere(plan)) return;
    const rows = [...counts].map(([row, count]): TokenCount => ({ ...JSON.parse(row), count }));
    leaveForPost(plan, name, JSON.stringify(rows));
  };
  write();
  return ({ status, body, reason = body['message'] ?? '' }, client) => {
    const issued = { resource: quotable(body['resource'] ?? '', LONGEST_WORDS), client, refused: '' };
    const refused = { resource: '', client: '', refused: quotable(reason, LONGEST_WORDS) };
    const row = JSON.stringify(status === 200 ? issued : refused);
    if (counts.size < MOST_ROWS || counts.has(row)) counts.set(row, (counts.get(row) ?? 0) + 1);
    write();
    // Else V8 would let lie what each request and each TLS connection leaves.
    if (willRest) return;
    willRest = true;
    setTimeout(() => {
      willRest = false;
      globalThis.gc?.();
    }, GATHER_MS);
  };
}
