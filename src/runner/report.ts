import { SessionError } from '../session-error.ts';
import type { Runner } from './runner.ts';

/** Ends the step in failure with exactly one error annotation. */
export function reportFailure(error: unknown, runner: Runner): void {
  runner.error(error instanceof SessionError ? error.report : unexpected(error, runner));
  runner.fail();
}

/**
 * A fault of this program. The message of a foreign error may quote anything, so only its kind and the places it came
 * from are shown.
 */
function unexpected(error: unknown, runner: Runner): string {
  const name = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  const places = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  for (const place of places) runner.debug(place.trim());
  return `Azure Session failed for a reason it does not know: ${name}${code === undefined ? '' : ` (${code})`}.\nThis is a fault of the action. Run the job again with debug logging, and report it with the lines that begin with "at".`;
}
