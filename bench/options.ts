import { parseArgs } from 'node:util';

export const PARTS = [
  'sign-in',
  'profile',
  'sign-out',
  'first-command',
  'job',
  'subscriptions',
  'traffic',
  'memory',
  'budget',
] as const;

export type Part = (typeof PARTS)[number];

/** Rounds of a run whose figures are good enough for the document. */
export const DOCUMENT_ROUNDS = 15;

export interface BenchOptions {
  /** Interleaved rounds of what takes milliseconds; what starts `az` is run in a third of them. */
  readonly rounds: number;
  readonly parts: readonly Part[];
  /** Whether the document, or the budget where that is the only part, is written or only shown. */
  readonly result: 'written' | 'shown';
}

/**
 * A run of every part with all its rounds writes; a shorter one shows what it would write, unless it is told to.
 * @throws with the usage when an option is unknown or has no sense
 */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: String(DOCUMENT_ROUNDS) },
      only: { type: 'string', multiple: true, default: [] },
      write: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.runs);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--runs takes a number from 1 on. ${USAGE}`);
  const unknown = values.only.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there is no such part. ${USAGE}`);
  const all = values.only.length === 0;
  // The budget is written when that is asked for alone: no run goes beyond it in passing.
  const parts = PARTS.filter((part) => (all ? part !== 'budget' : values.only.includes(part)));
  const isBudget = parts.length === 1 && parts[0] === 'budget';
  if (values.write && !all && !isBudget) throw new Error(`Only a run of all parts can be written. ${USAGE}`);
  const isDocument = all && rounds >= DOCUMENT_ROUNDS;
  return { rounds, parts, result: values.write || isDocument ? 'written' : 'shown' };
}

const USAGE = `npm run bench -- [--runs ROUNDS] [--only ${PARTS.join('|')}] [--write]`;
