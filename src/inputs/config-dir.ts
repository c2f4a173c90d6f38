import path from 'node:path';
import type { Runner } from '../actions/runner.ts';
import { located } from '../core/machine.ts';
import type { ConfigDirRequest } from '../core/request.ts';
import { InputReader } from './reader.ts';

export function readConfigDir(inputs: InputReader): ConfigDirRequest {
  const given = inputs.text('config-dir');
  if (given === '') return { kind: 'private' };
  const folder = checkedPath(inputs, '`config-dir`', given);
  const unusable = unusableName(folder, inputs.platform);
  // On Windows each drive and each share has a root.
  if (folder !== '' && rulesFor(inputs).dirname(folder) === folder) inputs.error('configDirIsRoot');
  else if (unusable !== '') inputs.error('unusableName', unusable);
  return { kind: 'named', path: folder };
}

/**
 * The same input alone, for the action that signs out.
 * @throws {SessionError} when it names no folder
 */
export async function configDirOf(runner: Pick<Runner, 'input' | 'env' | 'platform'>): Promise<ConfigDirRequest> {
  const inputs = new InputReader(runner);
  const configDir = readConfigDir(inputs);
  if (inputs.errors.length === 0) return configDir;
  const { inputError } = await import('../errors/inputs.ts');
  throw inputError(inputs.errors);
}

/**
 * An absolute path, as a shell in the workspace would understand it: `~` is the home folder, everything else that is
 * relative is below the workspace. Nothing is looked up on disk. Variables are not expanded, and a path that begins with
 * one is an error: the folder of that name is never what was meant.
 *
 * The home folder has another variable on Windows, where Git's shell may have set HOME to a path of its own kind.
 * @param name what a message calls the path, at the beginning of a sentence
 * @returns `''` for one that is reported, or is none
 */
export function checkedPath(inputs: InputReader, name: string, given: string): string {
  const windows = inputs.platform === 'win32';
  const workspace = inputs.env['GITHUB_WORKSPACE'] ?? '';
  const home = (windows ? inputs.env['USERPROFILE'] : inputs.env['HOME']) ?? '';
  const [first = ''] = given.split(windows ? /[\\/]/ : /\//);
  // On Windows only a drive or a share says all, which `isAbsolute` does not ask for.
  const standsAlone = windows ? /^(?:[a-z]:[\\/]|[\\/]{2})/i.test(given) : given.startsWith('/');
  const refuse = (mistake: Parameters<typeof inputs.error<'path'>>[2]): string => {
    inputs.error('path', name, mistake);
    return '';
  };
  if (given === '') return '';
  if (/\p{Cc}/u.test(given)) return refuse('control');
  if (/^\$\w|^\$\{|^%\w+%/.test(given)) return refuse('variable');
  if (windows && /^[a-z]:(?![\\/])/i.test(given)) return refuse('drive');
  if (first === '~' && home === '') return refuse('noHome');
  if (first !== '~' && first.startsWith('~')) return refuse('otherHome');
  if (first !== '~' && workspace === '' && !standsAlone) return refuse('noWorkspace');
  return located(given, { workspace, home }, rulesFor(inputs));
}

/** Devices have these names in every folder, with any extension. Source: Microsoft Learn, "Naming Files, Paths, and Namespaces". */
const DEVICE = /^(con|prn|aux|nul|(com|lpt)[1-9¹²³]|conin\$|conout\$) *(\.|$)/i;

/**
 * The first name in an absolute path that other programs cannot open: Node makes files of such names on Windows, where
 * everything else takes them for a device, a stream of a file, or another name. `\\.\pipe` is a device too.
 * @returns `''` when there is none
 */
function unusableName(absolute: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return '';
  const [device] = /^\\\\[.?]\\(?![a-z]:\\|UNC\\|Volume\{)[^\\]*/i.exec(absolute) ?? [];
  const names = absolute.slice(path.win32.parse(absolute).root.length).split(/[\\/]/);
  return device ?? names.find((name) => DEVICE.test(name) || /[<>:"|?*]|[. ]$/.test(name)) ?? '';
}

function rulesFor({ platform }: InputReader): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}
