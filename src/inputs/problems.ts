import { SessionError, type Step } from '../session-error.ts';

/** What is wrong with the inputs, and what a reader of the log should know, gathered while they are read. */
export class Findings {
  readonly #problems: string[] = [];
  readonly #steps: Step[] = [];
  readonly #warnings: string[] = [];

  /** @param text whole sentences that name the input; never a value that may be secret */
  problem(text: string, ...next: readonly (string | Step)[]): void {
    this.#problems.push(text);
    this.#steps.push(...next.map((step) => (typeof step === 'string' ? { say: step } : step)));
  }

  warning(text: string): void {
    this.#warnings.push(text);
  }

  get problems(): readonly string[] {
    return this.#problems;
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }
}

/** All problems with the inputs as one error. Steps that several problems share appear once. */
export function inputError(problems: readonly string[], steps: readonly Step[] = []): SessionError {
  const next = steps.filter((step, at) => steps.findIndex((other) => sameStep(other, step)) === at);
  const [first = 'The inputs cannot be used.', ...others] = problems;
  if (others.length === 0) return new SessionError(first, { next });
  return new SessionError(`There are ${problems.length} problems with the inputs:`, {
    why: problems.map((problem) => `- ${problem}`).join('\n'),
    next,
  });
}

function sameStep(one: Step, other: Step): boolean {
  return one.say === other.say && one.run === other.run;
}
