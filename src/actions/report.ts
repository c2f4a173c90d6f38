import type { Environment } from '../core/machine.ts';
import { SessionError } from '../core/session-error.ts';
import type { Runner } from './runner.ts';

const SIGN_IN_FAILED = 'Signing in to Azure failed';

/**
 * Fails the step with exactly one error annotation.
 * @param summary whether to add the failure to the job summary
 * @param title of the annotation
 */
export async function reportFailure(
  error: unknown,
  runner: Runner,
  summary: 'summary' | 'no-summary',
  title = SIGN_IN_FAILED,
): Promise<void> {
  const sessionError = error instanceof SessionError ? error : await unexpected(error, runner);
  annotate(sessionError, runner, title);
  runner.fail();
  if (summary === 'no-summary') return;
  try {
    const { failureSummary } = await import('./summary.ts');
    runner.appendSummary(failureSummary(sessionError, helpUrl(sessionError.message, runner.env)));
  } catch {
    // A summary that cannot be written, for example on a full disk, must not hide the error.
  }
}

/** Writes the annotation of a failure. Its last line links to the section that explains it. */
export function annotate(
  error: SessionError,
  { env, ...runner }: Pick<Runner, 'env' | 'error'>,
  title = SIGN_IN_FAILED,
): void {
  const url = helpUrl(error.message, env);
  runner.error(title, [error.report, ...(url === '' ? [] : [url])].join('\n'));
}

/** A bug in this program. The message of an unknown error may contain secrets, so only its name and stack are shown. */
async function unexpected(error: unknown, runner: Runner): Promise<SessionError> {
  const name = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  const frames = error instanceof Error ? stackFrames(error) : [];
  for (const frame of frames) runner.debug(frame.trim());
  const { programError } = await import('../errors/program.ts');
  return programError('unexpected', `${name}${code ? ` (${code})` : ''}`).causedBy(error);
}

/** Skips the message at the start of the stack, which may contain lines that look like frames. */
function stackFrames({ message, stack = '' }: Error): string[] {
  const frames = stack.slice(stack.indexOf(message) + message.length);
  return frames.split('\n').filter((line) => /^\s+at /.test(line));
}

/**
 * The URL of the documentation for a failure, at the version of the action in use.
 * @returns `''` for a local action, for which the runner sets no repository
 * Source: GitHub Docs, "Variables reference", "Default environment variables".
 */
export function helpUrl(message: string, env: Environment): string {
  const {
    GITHUB_SERVER_URL: server = '',
    GITHUB_ACTION_REPOSITORY: repository = '',
    GITHUB_ACTION_REF: ref = '',
  } = env;
  const page = `${server}/${repository}/blob/${ref}/docs/troubleshooting.md`;
  // A step can set these variables. The URL must not leave the repository or break the link in the summary.
  return /^https:\/\/[\w.-]+(?::\d+)?\/[\w.-]+\/[\w.-]+\/blob\/[\w./-]+$/.test(page) && !/\/\.\.?\//.test(page)
    ? `${page}#${helpAnchor(message)}`
    : '';
}

/**
 * The anchor for a message: its error code, or else its lower-case words. This skips most values, which are rarely
 * lower-case words. An unknown anchor opens the top of the page.
 */
export function helpAnchor(message: string): string {
  const [, code] = /: (\w+) \([^)]*\)\.$/.exec(message) ?? [];
  const unquoted = message.replaceAll(/"[^"]*"|`[^`]*`/g, '');
  const words = code === undefined ? (unquoted.match(/(?<=^| )[a-z-]+(?=[ ,.:;]|$)/g) ?? []) : [code];
  return words.join('-').toLowerCase().replaceAll('_', '-');
}
