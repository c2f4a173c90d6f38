import { quotable } from '../core/foreign-text.ts';
import { ProfileFolder } from '../profile/folder.ts';
import { isSessionThere } from '../profile/saved-session.ts';
import type { TokenPlan } from './plan.ts';
import type { TokenAnswer, TokenQuestion } from './token-server.ts';

/** What a session handed out and refused, as the post step tells it. No id and no token is in it. */
export interface TokenAccounts {
  readonly issued: readonly { readonly resource: string; readonly client: string; readonly count: number }[];
  readonly refused: readonly { readonly reason: string; readonly count: number }[];
}

/** A moment in which further requests come, in milliseconds. */
const GATHER_MS = 250;
/** Of each kind, so that nobody fills the disk with resources that he makes up. */
export const MOST_ROWS = 50;
export const LONGEST_WORDS = 200;

type AccountedSession = Pick<TokenPlan, 'folder' | 'sharedLogin' | 'accountFile'>;

/** Counts, and writes the counts into the session's folder, where the post step looks for them. */
export class TokenAccount {
  readonly #plan: AccountedSession;
  readonly #issued = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(plan: AccountedSession) {
    this.#plan = plan;
    this.write();
  }

  note({ resource, client }: TokenQuestion, answer: TokenAnswer): void {
    if (answer.status === 200) this.#count(this.#issued, JSON.stringify([quotable(resource, LONGEST_WORDS), client]));
    else this.turnedAway(answer.reason ?? answer.message);
  }

  turnedAway(reason: string): void {
    this.#count(this.#refused, quotable(reason, LONGEST_WORDS));
  }

  #count(rows: Map<string, number>, key: string): void {
    if (rows.size >= MOST_ROWS && !rows.has(key)) return;
    rows.set(key, (rows.get(key) ?? 0) + 1);
    this.#timer ??= setTimeout(() => this.write(), GATHER_MS);
  }

  /** A folder that is gone or full is no reason to stop. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // A folder that others share is still there, and nobody would remove the file from it.
    if (!isSessionThere(this.#plan)) return;
    const accounts: TokenAccounts = {
      issued: [...this.#issued].map(([key, count]) => {
        const [resource, client] = JSON.parse(key) as [string, string];
        return { resource, client, count };
      }),
      refused: [...this.#refused].map(([reason, count]) => ({ reason, count })),
    };
    try {
      ProfileFolder.existing(this.#plan.folder).write(this.#plan.accountFile, JSON.stringify(accounts));
    } catch {
      // Post then tells what it finds.
    }
  }
}
