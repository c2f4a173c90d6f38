import { readFileSync } from 'node:fs';

/**
 * Ends the refresher of a session.
 *
 * A process id may belong to somebody else by now, when the refresher ended early; where the system tells what a process
 * runs (Linux), it is looked at first. Elsewhere it is taken at its word: the refresher lives as long as its session
 * unless it was killed, and ids are reused late. On Windows `kill` ends the process at once, whatever the signal.
 */
export function stopRefresher(pid: number, platform: NodeJS.Platform): void {
  if (platform === 'linux' && !isRefresher(commandLine(pid))) return;
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It is gone already.
  }
}

export function isRefresher(commandLine: string): boolean {
  return /[\\/]keep-alive[\\/]index\.js(\0|$)/.test(commandLine);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
