import { join } from 'node:path';
import { readTextFile } from '../core/files.ts';
import { processStart } from '../core/machine.ts';

/** A refresher, as main saves it for post. */
export interface RefresherProcess {
  /** Process id; 0 when there is none. */
  readonly refresher: number;
  /** When it began, in the system's own count; `''` where the system does not tell. */
  readonly refresherStarted: string;
}

/**
 * Ends the refresher of a session, if it is proven to be the one: its process id may belong to another process by now, and
 * a record in the session's folder could name any.
 * Windows and macOS give no proof; there it ends by itself some seconds after its session.
 * @returns `gone` when something else ended it before
 */
export function stopRefresher({ refresher, refresherStarted }: RefresherProcess): 'stopped' | 'gone' | 'left' {
  const started = processStart(refresher);
  if (started === undefined) return 'gone';
  if (started === '' || refresherStarted === '') return 'left';
  if (started !== refresherStarted) return 'gone';
  if (!isAgent(refresher)) return 'left';
  try {
    // One that somebody stopped would take no other signal, and keep its credential for as long as the machine runs.
    process.kill(refresher, 'SIGKILL');
    return 'stopped';
  } catch {
    return 'gone';
  }
}

/** Where the system says when a process began, it says too what it runs. */
function isAgent(pid: number): boolean {
  return readTextFile(`/proc/${pid}/cmdline`, LARGEST_COMMAND, 'refuse')?.includes(AGENT) ?? false;
}

const AGENT = `${join('agent', 'index.js')}\0`;
const LARGEST_COMMAND = 1024 * 1024;
