import { SessionError } from '../core/session-error.ts';
import { helpAddress } from './help-address.ts';
import type { Runner } from './runner.ts';

const SIGN_IN_FAILED = 'Signing in to Azure failed';

/**
 * Ends the step in failure with exactly one error annotation.
 * @param summarise whether the job summary tells of it too
 * @param title of the annotation
 */
export async function reportFailure(
  error: unknown,
  runner: Runner,
  summarise: 'summary' | 'no-summary',
  title = SIGN_IN_FAILED,
): Promise<void> {
  const told = error instanceof SessionError ? error : await unexpected(error, runner);
  annotate(told, runner, title);
  runner.fail();
  if (summarise === 'no-summary') return;
  try {
    const { failureSummary } = await import('./summary.ts');
    runner.appendSummary(failureSummary(told, helpAddress(told.message, runner.env)));
  } catch {
    // A summary that cannot be written (a full disk) must not hide the error it tells of.
  }
}

/** The annotation of a failure. Its last line is the address of the section that explains it. */
export function annotate(
  error: SessionError,
  { env, ...runner }: Pick<Runner, 'env' | 'error'>,
  title = SIGN_IN_FAILED,
): void {
  const address = helpAddress(error.message, env);
  runner.error(title, [error.report, ...(address === '' ? [] : [address])].join('\n'));
}

/**
 * A fault of this program. The message of a foreign error may quote anything, so only its kind and the places it came
 * from are shown.
 */
async function unexpected(error: unknown, runner: Runner): Promise<SessionError> {
  const name = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  const places = error instanceof Error ? placesOf(error) : [];
  for (const place of places) runner.debug(place.trim());
  const { programError } = await import('../errors/program.ts');
  return programError('unexpected', `${name}${code ? ` (${code})` : ''}`).causedBy(error);
}

/** The lines of a stack without the message before them, which may have lines that look the same. */
function placesOf({ message, stack = '' }: Error): string[] {
  const after = stack.slice(stack.indexOf(message) + message.length);
  return after.split('\n').filter((line) => /^\s+at /.test(line));
}
