import path from 'node:path';
import type { InputContext } from './context.ts';
import { absolutePath, unusableName } from './paths.ts';
import type { ConfigDirRequest } from './request.ts';

export function readConfigDir(context: InputContext): ConfigDirRequest | undefined {
  const { inputs, findings, platform } = context;
  if (!inputs.given('config-dir')) return { kind: 'private' };
  if (inputs.garbled('config-dir')) return undefined;
  const folder = readPath(context, '`config-dir`', inputs.text('config-dir'));
  if (folder === undefined) return undefined;
  // On Windows each drive and each share has a root.
  const rules = platform === 'win32' ? path.win32 : path.posix;
  if (rules.dirname(folder) === folder) {
    findings.problem('`config-dir` is the root of a file system. Name a folder on it.');
    return undefined;
  }
  const unusable = unusableName(folder, platform);
  if (unusable !== '') {
    findings.problem(`\`config-dir\` has the name "${unusable}" in it, which other programs on Windows cannot open.`);
    return undefined;
  }
  return { kind: 'named', path: folder };
}

/**
 * The home folder has another variable on Windows, where Git's shell may have set HOME to a path of its own kind.
 * @param name what a message calls the path, at the beginning of a sentence
 */
export function readPath({ findings, env, platform }: InputContext, name: string, given: string): string | undefined {
  const absolute = absolutePath(given, {
    platform,
    workspace: env['GITHUB_WORKSPACE'] ?? '',
    home: (platform === 'win32' ? env['USERPROFILE'] : env['HOME']) ?? '',
  });
  if (absolute.kind === 'absolute') return absolute.path;
  findings.problem(`${name} ${absolute.reason}`);
  return undefined;
}
