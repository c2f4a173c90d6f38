import fc from 'fast-check';
import { SessionError } from '../../src/core/session-error.ts';
import { EntraError } from '../../src/entra/token-response.ts';
import { EndpointUnavailable } from '../../src/http/plain-http.ts';
import { TransientFailure } from '../../src/http/retry.ts';

/**
 * Property tests of everything that reads text from outside: never a crash, never a stack trace for the user, never an
 * echo of a secret, always within two seconds.
 */

/** What became of one case. */
export interface Verdict {
  readonly outcome: 'accepted' | 'refused';
  /** Everything that a user would see of it. */
  readonly shown: readonly string[];
  readonly secrets: readonly string[];
}

export interface Property {
  readonly name: string;
  /** Cases of the long run. */
  readonly cases: number;
  readonly run: (settings: RunSettings) => Promise<PropertyReport>;
}

export interface RunSettings {
  readonly cases: number;
  readonly seed: number;
  /** That one case may take of the processor, since a busy machine is no fault of the case. */
  readonly longestMs?: number;
}

export interface PropertyReport {
  readonly cases: number;
  readonly accepted: number;
  readonly refused: number;
  /** Of the processor. */
  readonly slowestMs: number;
  /** What fast-check says of the first case that broke a promise; `''` when none did. */
  readonly failure: string;
}

/** @param judge runs one case; whatever it throws is a crash, but for the kinds of errors that are the product's own */
export function property<T>(
  name: string,
  cases: number,
  arbitrary: fc.Arbitrary<T>,
  judge: (value: T) => Verdict | Promise<Verdict>,
): Property {
  return {
    name,
    cases,
    run: async ({ cases: numRuns, seed, longestMs = 2000 }) => {
      const tally = { cases: 0, accepted: 0, refused: 0, slowestMs: 0 };
      const check = fc.asyncProperty(arbitrary, async (value) => {
        const before = process.cpuUsage();
        const { outcome, shown, secrets } = await judge(value);
        const { user, system } = process.cpuUsage(before);
        const took = (user + system) / 1000;
        tally.cases += 1;
        tally[outcome] += 1;
        tally.slowestMs = Math.max(tally.slowestMs, took);
        if (took > longestMs) throw new Error(`took ${Math.round(took)} ms`);
        for (const text of shown) assertPresentable(text, secrets);
      });
      const details = await fc.check(check, { numRuns, seed, interruptAfterTimeLimit: 600_000 });
      const { failed, errorInstance: error } = details;
      const stack = error instanceof Error ? error.stack : String(error);
      return { ...tally, failure: failed ? `${fc.defaultReportMessage(details)}\n${stack}` : '' };
    },
  };
}

const OWN_ERRORS = [SessionError, TransientFailure, EntraError, EndpointUnavailable];

/** Runs what may be refused; the errors of the product are its answer, every other is a crash. */
export async function refusable(act: () => unknown): Promise<{ error: Error } | { value: unknown }> {
  try {
    return { value: await act() };
  } catch (error) {
    if (error instanceof Error && OWN_ERRORS.some((kind) => error instanceof kind)) return { error };
    throw error;
  }
}

/** What became of something that may be refused: its error is shown, or the text that it gives. */
export async function verdictOf(secrets: readonly string[], act: () => unknown): Promise<Verdict> {
  const result = await refusable(act);
  if ('error' in result) return { outcome: 'refused', shown: [shownOf(result.error)], secrets };
  const { value } = result;
  return { outcome: 'accepted', shown: typeof value === 'string' ? [value] : [], secrets };
}

/** The text of an error as the log, the annotation and the summary have it. */
export function shownOf(error: Error): string {
  return error instanceof SessionError ? error.report : error.message;
}

const SHORTEST_EXCERPT = 8;

function assertPresentable(text: string, secrets: readonly string[]): void {
  if (/^\s+at .*[:(]\d+/m.test(text)) throw new Error(`a stack trace: ${text}`);
  if (/\[object \w+\]|\bundefined\b|\bNaN\b|Invalid Date/.test(text)) throw new Error(`not words: ${text}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what would move the cursor of a terminal
  if (/[\0-\x08\x0b-\x1f\x7f\x85]/.test(text)) throw new Error(`control characters: ${JSON.stringify(text)}`);
  for (const secret of secrets) {
    for (let start = 0; start + SHORTEST_EXCERPT <= secret.length; start += SHORTEST_EXCERPT) {
      const excerpt = secret.slice(start, start + SHORTEST_EXCERPT);
      if (text.includes(excerpt)) throw new Error(`a secret's ${JSON.stringify(excerpt)} in: ${text}`);
    }
  }
}
