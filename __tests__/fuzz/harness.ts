import fc from 'fast-check';
import { SessionError } from '../../src/core/session-error.ts';
import { EntraError } from '../../src/entra/token-response.ts';
import { EndpointUnavailable } from '../../src/http/plain-http.ts';
import { TransientFailure } from '../../src/http/retry.ts';

/** Property tests of all code that reads external text: no crash, stack trace or secret for the user, within two seconds. */

/** The outcome of one case. */
export interface Verdict {
  readonly outcome: 'accepted' | 'refused';
  /** All texts that a user would see. */
  readonly shown: readonly string[];
  readonly secrets: readonly string[];
}

export type Property = ReturnType<typeof property>;

/**
 * @param cases of the long run
 * @param judge runs one case; an error that it throws is a crash
 */
export function property<T>(
  name: string,
  cases: number,
  arbitrary: fc.Arbitrary<T>,
  judge: (value: T) => Verdict | Promise<Verdict>,
) {
  const run = async ({ cases: numRuns, seed, limitMs = 2000 }: { cases: number; seed: number; limitMs?: number }) => {
    const tally = { cases: 0, accepted: 0, refused: 0, slowestMs: 0 };
    const check = fc.asyncProperty(arbitrary, async (value) => {
      const before = process.cpuUsage();
      const { outcome, shown, secrets } = await judge(value);
      const { user, system } = process.cpuUsage(before);
      // Processor time, which other load does not change.
      const took = (user + system) / 1000;
      tally.cases += 1;
      tally[outcome] += 1;
      tally.slowestMs = Math.max(tally.slowestMs, took);
      if (took > limitMs) throw new Error(`took ${Math.round(took)} ms`);
      for (const text of shown) assertPresentable(text, secrets);
    });
    // `failure` is `''`, or fast-check's report of the first case that failed.
    const details = await fc.check(check, { numRuns, seed, interruptAfterTimeLimit: 600_000 });
    const { failed, errorInstance: error } = details;
    const stack = error instanceof Error ? error.stack : String(error);
    return { ...tally, failure: failed ? `${fc.defaultReportMessage(details)}\n${stack}` : '' };
  };
  return { name, cases, run };
}

/** @throws every error that is not one of the product's own: a crash */
export async function resultOf(act: () => unknown): Promise<{ error: Error } | { value: unknown }> {
  try {
    return { value: await act() };
  } catch (error) {
    const expected = [SessionError, TransientFailure, EntraError, EndpointUnavailable];
    if (error instanceof Error && expected.some((kind) => error instanceof kind)) return { error };
    throw error;
  }
}

/** Shows the error, or the text that is returned. */
export async function verdictOf(secrets: readonly string[], act: () => unknown): Promise<Verdict> {
  const result = await resultOf(act);
  if ('error' in result) return { outcome: 'refused', shown: [textOf(result.error)], secrets };
  const { value } = result;
  return { outcome: 'accepted', shown: typeof value === 'string' ? [value] : [], secrets };
}

/** The text of an error in the log, the annotation and the summary. */
export function textOf(error: Error): string {
  return error instanceof SessionError ? error.report : error.message;
}

const SHORTEST_EXCERPT = 8;

function assertPresentable(text: string, secrets: readonly string[]): void {
  if (/^\s+at .*[:(]\d+/m.test(text)) throw new Error(`a stack trace: ${text}`);
  if (/\[object \w+\]|\bundefined\b|\bNaN\b|Invalid Date/.test(text)) throw new Error(`not words: ${text}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: would move the cursor of a terminal
  if (/[\0-\x08\x0b-\x1f\x7f\x85]/.test(text)) throw new Error(`control characters: ${JSON.stringify(text)}`);
  for (const secret of secrets) {
    for (let start = 0; start + SHORTEST_EXCERPT <= secret.length; start += SHORTEST_EXCERPT) {
      const excerpt = secret.slice(start, start + SHORTEST_EXCERPT);
      if (text.includes(excerpt)) throw new Error(`a secret's ${JSON.stringify(excerpt)} in: ${text}`);
    }
  }
}
