import { processStart } from '../core/machine.ts';

/** A refresher, as main saves it for post. */
export interface RefresherProcess {
  /** Process id; 0 when there is none. */
  readonly refresher: number;
  /** When it began, in the system's own count; `''` where the system does not tell. */
  readonly refresherStarted: string;
}

/**
 * Ends the refresher of a session, if it is proven to be the one: its process id may belong to another process by now.
 * Windows and macOS give no proof; there it ends by itself some seconds after its session.
 * @returns `gone` when something else ended it before
 */
export function stopRefresher({ refresher, refresherStarted }: RefresherProcess): 'stopped' | 'gone' | 'left' {
  const started = processStart(refresher);
  if (started === undefined) return 'gone';
  if (started === '' || refresherStarted === '') return 'left';
  if (started !== refresherStarted) return 'gone';
  try {
    process.kill(refresher, 'SIGTERM');
    return 'stopped';
  } catch {
    return 'gone';
  }
}
