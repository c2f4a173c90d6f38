import { readFileSync } from 'node:fs';

/**
 * Ends the refresher of a session.
 *
 * A process id may belong to somebody else by now, when the refresher ended early. Where the system tells what a process
 * runs, it is looked at first. Elsewhere the id is taken at its word: there the refresher stays for as long as its
 * session, whatever happens. On Windows `kill` ends the process at once, whatever the signal.
 */
export function stopRefresher(pid: number, platform: NodeJS.Platform): void {
  if (tellsWhatRuns(platform) && !isRefresher(commandLine(pid))) return;
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It is gone already.
  }
}

/** Whether the system tells without another program what a process runs: Linux does, in `/proc`. */
export function tellsWhatRuns(platform: NodeJS.Platform): boolean {
  return platform === 'linux';
}

/** @param commandLine arguments, each followed by NUL. Source: proc(5), `/proc/pid/cmdline` */
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
