import { SessionError } from './core/session-error.ts';
import { programError } from './errors/program.ts';

/** The deadline ends every request. What still runs this many milliseconds later hangs. */
const GRACE_MS = 5_000;
/** How long a failure or a success that was reported may take to end the process, in milliseconds. */
const END_MS = 3_000;

/** Ends main in one outcome even where a fault of the program, of Node or of a package would leave it without one. */
interface Watchdog {
  /**
   * Rejects when the work cannot come to an end of its own: an error that nobody catches, nothing left that the process
   * waits for, or a deadline long over. Who writes something races it, so as to undo what was written.
   */
  readonly alarm: Promise<never>;
  /** Starts the clock. */
  setDeadline(seconds: number): void;
  /** From now on nothing changes the outcome, and the process ends also where something is still open. */
  release(): void;
}

/** @param giveUp reports a failure that even the alarm did not end, synchronously */
export function watchdog(process: NodeJS.Process, giveUp: (error: SessionError) => void): Watchdog {
  let isOver = false;
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
    timer = setTimeout(end, END_MS).unref();
  };
  const onBeforeExit = (): void => (end ?? (() => raise(programError('stopped'))))();
  process.on('beforeExit', onBeforeExit);
  // Stays: an error of a connection that is being closed must not undo a success.
  process.on('uncaughtException', (error) => {
    if (!isOver) raise(error);
  });

  return {
    alarm,
    setDeadline(seconds) {
      timer = setTimeout(
        () => raise(programError('overdue', seconds, GRACE_MS / 1000)),
        seconds * 1000 + GRACE_MS,
      ).unref();
    },
    release() {
      isOver = true;
      clearTimeout(timer);
      process.off('beforeExit', onBeforeExit);
      setTimeout(() => exit(process), END_MS).unref();
    },
  };
}

/**
 * Node's exit waits for its threads, and nothing ends the one that asks a name server which does not answer: that takes up
 * to a minute. After a failure that was reported nothing is lost by a harder end, which Windows knows too.
 */
function exit(process: NodeJS.Process): never {
  const isThreadBusy = process.getActiveResourcesInfo().some((name) => /^(GetAddrInfo|FS)Req/.test(name));
  if (isThreadBusy && process.exitCode === 1) process.kill(process.pid, 'SIGKILL');
  return process.exit();
}
