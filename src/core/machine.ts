import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The home folder of the job's user. A user that the system does not know, as in a container that runs as an arbitrary
 * id, has none unless HOME is set; Docker gives such a user the root.
 */
export function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return path.parse(process.execPath).root;
  }
}

/** Where relative paths and a leading `~` start: `GITHUB_WORKSPACE` and the user's home. */
export interface StartFolders {
  readonly workspace: string;
  readonly home: string;
}

export function startFolders(env: Environment): StartFolders {
  return { workspace: env['GITHUB_WORKSPACE'] || process.cwd(), home: homeFolder() };
}

/**
 * The absolute path that an input names. On Windows a path may have slashes of both kinds, a drive or a share.
 * @param rules of the system
 */
export function located(given: string, { workspace, home }: StartFolders, rules: path.PlatformPath = path): string {
  const [first = '', ...belowHome] = given.split(rules.sep === '\\' ? /[\\/]/ : '/');
  return first === '~' ? rules.resolve(home, `./${belowHome.join('/')}`) : rules.resolve(workspace, given);
}

const LONGEST_PATH = 4096;

/** Whether an input can be a path at all: one short line. */
export function mayBePath(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no path that a workflow names can hold
  return value !== '' && value.length <= LONGEST_PATH && !/[\u0000-\u001f\u007f]/.test(value);
}

/**
 * When a process began, in clock ticks after boot. Process ids are reused; id and start together name one process. Windows
 * and macOS do not tell without another program.
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
