import type { TokenCount } from '../actions/summary.ts';
import { quotable } from '../core/foreign-text.ts';
import { ProfileFolder } from '../profile/folder.ts';
import { isSessionThere } from '../profile/saved-session.ts';
import type { TokenPlan } from './plan.ts';
import type { TokenAnswer, TokenQuestion } from './token-server.ts';

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
  readonly #plan: Pick<TokenPlan, 'folder' | 'sharedLogin' | 'accountFile'>;
  readonly #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(plan: TokenPlan) {
    this.#plan = plan;
    this.write();
  }

  note({ resource, client }: TokenQuestion, { status, body, reason = body['message'] ?? '' }: TokenAnswer): void {
    if (status === 200) this.#count({ resource, client, refused: '' });
    else this.turnedAway(reason);
  }

  turnedAway(reason: string): void {
    this.#count({ resource: '', client: '', refused: reason });
  }

  #count({ resource, client, refused }: Omit<TokenCount, 'count'>): void {
    const row = { resource: quotable(resource, LONGEST_WORDS), client, refused: quotable(refused, LONGEST_WORDS) };
    const key = JSON.stringify(row);
    if (this.#counts.size >= MOST_ROWS && !this.#counts.has(key)) return;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    this.#timer ??= setTimeout(() => {
      this.write();
      // Else V8 would let lie what each request and each TLS connection leaves: 30 MB after ten thousand.
      globalThis.gc?.();
    }, GATHER_MS);
  }

  /** A folder that is gone or full is no reason to stop. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // A folder that others share is still there, and nobody would remove the file from it.
    if (!isSessionThere(this.#plan)) return;
    const counts = [...this.#counts].map(([row, count]): TokenCount => ({ ...JSON.parse(row), count }));
    try {
      ProfileFolder.existing(this.#plan.folder).write(this.#plan.accountFile, JSON.stringify(counts));
    } catch {
      // Post then tells what it finds.
    }
  }
}
