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

/** Rounds that make figures precise enough for the document. */
export const DOCUMENT_ROUNDS = 15;

export interface BenchOptions {
  /** Interleaved rounds. Contestants that start `az`, which takes seconds, run in a third of them. */
  readonly rounds: number;
  readonly parts: readonly Part[];
  /** Whether the document, or the budget if it is the only part, is written or only printed. */
  readonly result: 'written' | 'shown';
}

/**
 * A run of all parts with all rounds writes the document. A shorter run prints it, unless `--write` is set.
 * @throws an error with the usage, for an unknown or invalid option
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
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--runs takes a positive integer. ${USAGE}`);
  const unknown = values.only.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only ${unknown} is not a part. ${USAGE}`);
  const all = values.only.length === 0;
  // The budget is written only on its own, so that no other run raises it.
  const parts = PARTS.filter((part) => (all ? part !== 'budget' : values.only.includes(part)));
  const isBudget = parts.length === 1 && parts[0] === 'budget';
  if (values.write && !all && !isBudget) throw new Error(`Only a run of all parts can be written. ${USAGE}`);
  const isDocument = all && rounds >= DOCUMENT_ROUNDS;
  return { rounds, parts, result: values.write || isDocument ? 'written' : 'shown' };
}

const USAGE = `npm run bench -- [--runs ROUNDS] [--only ${PARTS.join('|')}] [--write]`;
