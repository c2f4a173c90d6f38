import type { Az } from './az.ts';
import type { Stage } from './stage.ts';

/** What every part measures with. */
export interface Bench {
  readonly stage: Stage;
  /** The newest first; none where there is no `az`. */
  readonly az: readonly Az[];
  readonly rounds: number;
  /** Of whatever starts `az`, which takes seconds. */
  readonly slowRounds: number;
  /** Says how far it is. */
  readonly progress: (text: string) => void;
}
