import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { parse } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The home folder of the job's user. One that the system does not know, as in a container that runs as any number, has
 * none where HOME is not set either; Docker gives such a user the root.
 */
export function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return parse(process.execPath).root;
  }
}

/**
 * When a process began, in clock ticks after boot: with its id this names one process, as ids are used again. Windows and
 * macOS tell nobody without another program.
 * Source: proc(5), fields 3 and 22 of `/proc/pid/stat`, counted from behind the command's name
 * @returns `''` where the system does not tell; `undefined` when there is no such process, or nobody has read yet how it
 * ended
 */
export function processStart(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process (EPERM) is one all the same.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : (fields[19] ?? '');
  } catch {
    return '';
  }
}
