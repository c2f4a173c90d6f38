/**
 * Compared processes run in turn, round by round, so that a slow phase of the machine affects all of them. The results
 * are the ratios within a round.
 */

export interface Contestant {
  /** One run. @returns milliseconds, or another unit of the caller's choice */
  readonly run: () => Promise<number>;
  /** For a slow contestant: the number of rounds to run in, evenly spread, without a warm-up run. Default: all. */
  readonly rounds?: number;
}

/** By round; `undefined` if the contestant did not run in it. */
export type Series = readonly (number | undefined)[];

/** The measurements of one comparison. */
export class Rounds {
  readonly #series: ReadonlyMap<string, Series>;

  constructor(series: ReadonlyMap<string, Series>) {
    this.#series = series;
  }

  /** @throws when no contestant has the name */
  of(name: string): Summary {
    return summary(this.#of(name));
  }

  /** The ratios within each round. */
  ratio(numerator: string, denominator: string): Summary {
    const divisors = this.#of(denominator);
    return summary(
      this.#of(numerator).map((value, round) => {
        const divisor = divisors[round];
        return value === undefined || divisor === undefined ? undefined : value / divisor;
      }),
    );
  }

  #of(name: string): Series {
    const series = this.#series.get(name);
    if (series === undefined) throw new Error(`The comparison has no contestant ${name}.`);
    return series;
  }
}

/**
 * Every second round runs in reverse order, so that the after-effects of a run, mainly on the processor's caches, do
 * not always affect the same contestant.
 */
export async function interleave(contestants: Readonly<Record<string, Contestant>>, rounds: number): Promise<Rounds> {
  const entries = Object.entries(contestants);
  const measured = new Map<string, (number | undefined)[]>(entries.map(([name]) => [name, []]));
  for (const [, contestant] of entries) if (contestant.rounds === undefined) await contestant.run();
  for (let round = 0; round < rounds; round++) {
    for (const [name, contestant] of round % 2 === 0 ? entries : entries.toReversed()) {
      const value = hasTurn(contestant, round, rounds) ? await contestant.run() : undefined;
      measured.get(name)?.push(value);
    }
  }
  return new Rounds(measured);
}

function hasTurn(contestant: Contestant, round: number, rounds: number): boolean {
  const turns = Math.min(contestant.rounds ?? rounds, rounds);
  return Math.floor(((round + 1) * turns) / rounds) > Math.floor((round * turns) / rounds);
}

/** A median and its spread: half of the values lie between the quartiles. */
export interface Summary {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly count: number;
}

export function summary(series: Series): Summary {
  const sorted = series.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    count: sorted.length,
  };
}

/** Interpolates between two values. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}
