import type { TokenCount } from '../actions/summary.ts';
import { quotable } from '../core/foreign-text.ts';
import { isSessionThere, loginFiles } from '../profile/saved-session.ts';
import { leaveForPost } from './for-post.ts';
import type { CommonPlan } from './plan.ts';
import type { TokenAnswer } from './token-server.ts';

/** A moment in which further requests come, in milliseconds. */
const GATHER_MS = 250;
/** So that nobody fills the disk with resources that he makes up. */
export const MOST_ROWS = 100;
export const LONGEST_WORDS = 200;

/**
 * Counts what a session hands out and refuses, and writes the counts into its folder, where the post step looks for them.
 * No id and no token is among them.
 */
export class TokenAccount {
  readonly #plan: CommonPlan;
  readonly #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(plan: CommonPlan) {
    this.#plan = plan;
    this.write();
  }

  note({ status, body, reason = body['message'] ?? '' }: TokenAnswer, client: string): void {
    const issued = { resource: quotable(body['resource'] ?? '', LONGEST_WORDS), client, refused: '' };
    const refused = { resource: '', client: '', refused: quotable(reason, LONGEST_WORDS) };
    const row = JSON.stringify(status === 200 ? issued : refused);
    if (this.#counts.size >= MOST_ROWS && !this.#counts.has(row)) return;
    this.#counts.set(row, (this.#counts.get(row) ?? 0) + 1);
    this.#timer ??= setTimeout(() => {
      this.write();
      // Else V8 would let lie what each request and each TLS connection leaves.
      globalThis.gc?.();
    }, GATHER_MS);
  }

  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // A folder that others share is still there, and nobody would remove the file from it.
    if (!isSessionThere(this.#plan)) return;
    const counts = [...this.#counts].map(([row, count]): TokenCount => ({ ...JSON.parse(row), count }));
    const { folder, sharedLogin } = this.#plan;
    leaveForPost(this.#plan, loginFiles(folder, sharedLogin).tokenAccount.name, JSON.stringify(counts));
  }
}
