import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseJsonObject, stringField } from '../core/json.ts';
import { processStart } from '../core/machine.ts';

/** Who holds a lock of ours, as it is written into it. */
export interface LockOwner {
  /** Random: tells this lock from the next one of the same process. */
  readonly token: string;
  readonly pid: number;
  /** When the process began, in the system's own count; `''` where it does not tell. Process ids are used again. */
  readonly started: string;
  /** Where the process id means anything: two containers that share a folder count theirs apart. */
  readonly where: string;
}

/** What the process that asks can find out about others. */
interface Here {
  readonly where: string;
  /** When a process began; `undefined` when there is no such process. */
  startOf(pid: number): string | undefined;
}

/** Nobody holds a lock for so long, in milliseconds, unless it was stopped in the middle. */
const LONGEST_HOLD_MS = 60_000;

/**
 * Whether whoever made a lock will never remove it.
 * @param owner `undefined` when the lock does not tell, as while it is being written
 */
export function isAbandoned(owner: LockOwner | undefined, ageMs: number, here: Here): boolean {
  if (ageMs > LONGEST_HOLD_MS) return true;
  if (owner === undefined || owner.where !== here.where) return false;
  const started = here.startOf(owner.pid);
  return started === undefined || (started !== '' && owner.started !== '' && started !== owner.started);
}

export function formatOwner(owner: LockOwner): string {
  return `${JSON.stringify(owner)}\n`;
}

export function parseOwner(text: string): LockOwner | undefined {
  const found = parseJsonObject(text);
  const [token, started, where] = ['token', 'started', 'where'].map((name) => stringField(found, name));
  const pid = found?.['pid'];
  if (!token || started === undefined || where === undefined || typeof pid !== 'number') return undefined;
  return { token, pid, started, where };
}

export const HERE: Here = {
  get where() {
    return `${hostname()} ${processNamespace()}`;
  },
  startOf: processStart,
};

/** Linux alone has them; on Windows and macOS the name of the machine has to do. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
