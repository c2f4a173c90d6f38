import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { ignoreErrors } from './ignore-errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The home folder of the job's user. A container may run as a user id that the system does not know. Without HOME, such
 * a user has no home folder, and this returns the root, as Docker does.
 */
export function homeFolder(): string {
  return ignoreErrors(homedir) ?? path.parse(process.execPath).root;
}

/** The base folders for relative paths and for a leading `~`. */
export interface BaseFolders {
  readonly workspace: string;
  readonly home: string;
}

export function baseFolders(env: Environment): BaseFolders {
  return { workspace: env['GITHUB_WORKSPACE'] || process.cwd(), home: homeFolder() };
}

/** The absolute path for an input. On Windows, it may contain slashes of both kinds, a drive or a share. */
export function resolveInputPath(
  input: string,
  { workspace, home }: BaseFolders,
  pathModule: path.PlatformPath = path,
): string {
  const [first = '', ...belowHome] = input.split(pathModule.sep === '\\' ? /[\\/]/ : '/');
  return first === '~' ? pathModule.resolve(home, `./${belowHome.join('/')}`) : pathModule.resolve(workspace, input);
}

const MAX_PATH = 4096;

/** Whether an input could be a path: one short line. */
export function isPlausiblePath(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: rejects control characters
  return value !== '' && value.length <= MAX_PATH && !/[\u0000-\u001f\u007f]/.test(value);
}

/**
 * The start time of a process, in clock ticks after boot. Process ids are reused, but id and start time together
 * identify a process. Windows and macOS provide the start time only through another program.
 * Source: proc(5), fields 3 and 22 of `/proc/pid/stat`, counted after the command's name
 * @returns `''` if the start time is not available; `undefined` if there is no such process or it is a zombie
 */
export function processStart(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM means that the process exists and belongs to another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  const stat = ignoreErrors(() => readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : (fields[19] ?? '');
}
