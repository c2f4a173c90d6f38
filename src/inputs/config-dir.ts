import path from 'node:path';
import type { Runner } from '../actions/runner.ts';
import { resolveInputPath } from '../core/machine.ts';
import { InputReader } from './reader.ts';

/** @returns `''` if the input is not set */
export function readConfigDir(inputs: InputReader): string {
  const folder = checkedPath(inputs, '`config-dir`', inputs.text('config-dir'));
  const name = unusableName(folder, inputs.platform);
  // On Windows each drive and each share has a root.
  if (folder !== '' && pathModule(inputs).dirname(folder) === folder) inputs.error('configDirIsRoot');
  else if (name !== '') inputs.error('unusableName', name);
  return folder;
}

/**
 * Reads only `config-dir`, for the logout action.
 * @throws {SessionError} when the path is invalid
 */
export async function configDirOf(runner: Pick<Runner, 'input' | 'env' | 'platform'>): Promise<string> {
  const inputs = new InputReader(runner);
  const configDir = readConfigDir(inputs);
  if (inputs.errors.length === 0) return configDir;
  const { inputError } = await import('../errors/inputs.ts');
  throw inputError(inputs.errors);
}

/**
 * Resolves a path as a shell in the workspace would: `~` is the home folder, and any other relative path is relative to
 * the workspace. Does not access the disk. Variables are not expanded. A path that begins with one is an error, because
 * a folder of that name is never intended.
 *
 * On Windows the home folder comes from USERPROFILE: Git's shell may have set HOME to a path in its own format.
 * @param name the path's name in messages, at the beginning of a sentence
 * @returns an absolute path; `''` for an empty or invalid value
 */
export function checkedPath(inputs: InputReader, name: string, value: string): string {
  const windows = inputs.platform === 'win32';
  const workspace = inputs.env['GITHUB_WORKSPACE'] ?? '';
  const home = (windows ? inputs.env['USERPROFILE'] : inputs.env['HOME']) ?? '';
  const [first = ''] = value.split(windows ? /[\\/]/ : /\//);
  // On Windows `path.isAbsolute` also accepts a path without a drive or share.
  const isAbsolute = windows ? /^(?:[a-z]:[\\/]|[\\/]{2})/i.test(value) : value.startsWith('/');
  const reject = (reason: Parameters<typeof inputs.error<'path'>>[2]): string => {
    inputs.error('path', name, reason);
    return '';
  };
  if (value === '') return '';
  if (/\p{Cc}/u.test(value)) return reject('control');
  if (/^\$\w|^\$\{|^%\w+%/.test(value)) return reject('variable');
  if (windows && /^[a-z]:(?![\\/])/i.test(value)) return reject('drive');
  if (first === '~' && home === '') return reject('noHome');
  if (first !== '~' && first.startsWith('~')) return reject('otherHome');
  if (first !== '~' && workspace === '' && !isAbsolute) return reject('noWorkspace');
  return resolveInputPath(value, { workspace, home }, pathModule(inputs));
}

/** Reserved in every folder, with any extension. Source: Microsoft Learn, "Naming Files, Paths, and Namespaces". */
const DEVICE_NAME = /^(con|prn|aux|nul|(com|lpt)[1-9¹²³]|conin\$|conout\$) *(\.|$)/i;

/**
 * Returns the first name in an absolute path that other programs on Windows cannot open, or `''`. Node creates such
 * files, but other programs take their names for a device, a file stream or another name. `\\.\pipe` is a device too.
 */
function unusableName(absolute: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return '';
  const [device] = /^\\\\[.?]\\(?![a-z]:\\|UNC\\|Volume\{)[^\\]*/i.exec(absolute) ?? [];
  const names = absolute.slice(path.win32.parse(absolute).root.length).split(/[\\/]/);
  return device ?? names.find((name) => DEVICE_NAME.test(name) || /[<>:"|?*]|[. ]$/.test(name)) ?? '';
}

function pathModule({ platform }: InputReader): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}
