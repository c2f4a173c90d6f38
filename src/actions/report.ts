import type { Environment } from '../core/machine.ts';
import { SessionError } from '../core/session-error.ts';
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

/**
 * Where the documentation explains a failure, at the version of the action in use.
 * @returns `''` for a local action, which the runner gives no repository
 * Source: GitHub Docs, "Variables reference", "Default environment variables".
 */
export function helpAddress(message: string, env: Environment): string {
  const {
    GITHUB_SERVER_URL: server = '',
    GITHUB_ACTION_REPOSITORY: repository = '',
    GITHUB_ACTION_REF: ref = '',
  } = env;
  const page = `${server}/${repository}/blob/${ref}/docs/troubleshooting.md`;
  // A step that sets these variables must not lead elsewhere, or end the link in the summary.
  return /^https:\/\/[\w.-]+(?::\d+)?\/[\w.-]+\/[\w.-]+\/blob\/[\w./-]+$/.test(page) && !/\/\.\.?\//.test(page)
    ? `${page}#${helpAnchor(message)}`
    : '';
}

/**
 * The anchor for a message: its code, or else its words in lower case, since values from outside are rarely such words.
 * A message that the page does not have leads to the top of the page.
 */
export function helpAnchor(message: string): string {
  const [, code] = /: (\w+) \([^)]*\)\.$/.exec(message) ?? [];
  const own = message.replaceAll(/"[^"]*"|`[^`]*`/g, '');
  const words = code === undefined ? (own.match(/(?<=^| )[a-z-]+(?=[ ,.:;]|$)/g) ?? []) : [code];
  return words.join('-').toLowerCase().replaceAll('_', '-');
}
