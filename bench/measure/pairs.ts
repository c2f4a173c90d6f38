/**
 * What is compared runs in turn, round by round, so that a machine which becomes slower in between slows all of it; what
 * counts are the ratios within a round.
 */

export interface Contestant {
  /** One run. @returns what is measured: milliseconds, or another unit of the caller's */
  readonly run: () => Promise<number>;
  /** Runs in so many of the rounds, evenly spread; in all of them unless told. Such a slow one gets no run to warm up. */
  readonly rounds?: number;
}

/** By round; `undefined` where the contestant had no run. */
export type Series = readonly (number | undefined)[];

/** What was measured in the rounds of one comparison. */
export class Rounds {
  readonly #series: ReadonlyMap<string, Series>;

  constructor(series: ReadonlyMap<string, Series>) {
    this.#series = series;
  }

  /** @throws for a name that took no part */
  of(name: string): Summary {
    return summary(this.#of(name));
  }

  /** One as a multiple of the other, round by round. */
  ratio(above: string, below: string): Summary {
    const others = this.#of(below);
    return summary(
      this.#of(above).map((value, round) => {
        const other = others[round];
        return value === undefined || other === undefined ? undefined : value / other;
      }),
    );
  }

  #of(name: string): Series {
    const series = this.#series.get(name);
    if (series === undefined) throw new Error(`${name} took no part in the comparison.`);
    return series;
  }
}

/**
 * Every second round is in the opposite order: what a run leaves behind, above all in the processor's caches, is then not
 * always at the cost of the same one.
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

/** Between two values, in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}
