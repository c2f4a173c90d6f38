import { SessionError } from './core/session-error.ts';
import { programError } from './errors/program.ts';

/** The deadline ends every request. Work that still runs this many milliseconds later counts as hung. */
const GRACE_MS = 5_000;
/** How long the process may take to end once its outcome is reported, in milliseconds. */
const EXIT_MS = 3_000;

/**
 * Gives main exactly one outcome, even when a bug in this program, Node or a package would leave it without one.
 * @param giveUp reports synchronously a failure that the program did not handle after the alarm
 */
export function startWatchdog(process: NodeJS.Process, giveUp: (error: SessionError) => void) {
  let isReleased = false;
  let end: (() => never) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const { promise: alarm, reject } = Promise.withResolvers<never>();
  alarm.catch(() => {});

  const raise = (error: unknown): void => {
    reject(error);
    end ??= () => {
      giveUp(error instanceof SessionError ? error : programError('stopped').causedBy(error));
      process.exitCode = 1;
      return exit(process);
    };
    clearTimeout(timer);
    timer = setTimeout(end, EXIT_MS).unref();
  };
  const onBeforeExit = (): void => (end ?? (() => raise(programError('stopped'))))();
  process.on('beforeExit', onBeforeExit);
  // Stays registered after `release`: an error on a connection that is closing must not change the outcome.
  process.on('uncaughtException', (error) => {
    if (!isReleased) raise(error);
  });

  return {
    /**
     * Rejects when the work is stuck: after an uncaught error, when the event loop is empty, or long after the deadline.
     * Code that writes races against it, so that it can undo its writes.
     */
    alarm,
    setDeadline(seconds: number): void {
      timer = setTimeout(
        () => raise(programError('overdue', seconds, GRACE_MS / 1000)),
        seconds * 1000 + GRACE_MS,
      ).unref();
    },
    /** Fixes the outcome. The process then ends even if something is still open. */
    release(): void {
      isReleased = true;
      clearTimeout(timer);
      process.off('beforeExit', onBeforeExit);
      setTimeout(() => exit(process), EXIT_MS).unref();
    },
  };
}

/**
 * Node's exit waits for its thread pool, and a lookup at an unresponsive name server blocks a thread for up to a
 * minute. Once a failure is reported, killing the process loses nothing. This works on Windows, too.
 */
function exit(process: NodeJS.Process): never {
  const isThreadBusy = process.getActiveResourcesInfo().some((name) => /^(GetAddrInfo|FS)Req/.test(name));
  if (isThreadBusy && process.exitCode === 1) process.kill(process.pid, 'SIGKILL');
  return process.exit();
}
