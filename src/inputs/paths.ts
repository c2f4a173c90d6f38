import path from 'node:path';

/** Where paths begin: the workspace for relative ones, the home folder for `~`. `''` when the runner did not say. */
interface Places {
  readonly platform: NodeJS.Platform;
  readonly workspace: string;
  readonly home: string;
}

type AbsolutePath =
  | { readonly kind: 'absolute'; readonly path: string }
  /** `reason` continues a sentence that begins with the input's name. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Makes a path absolute as a shell in the workspace would: `~` is the home folder, everything else that is relative is
 * below the workspace. Nothing is looked up on disk. Variables are not expanded, and a path that begins with one is
 * refused: the folder of that name is never what was meant.
 */
export function absolutePath(given: string, { platform, workspace, home }: Places): AbsolutePath {
  const rules = platform === 'win32' ? path.win32 : path.posix;
  const separators = platform === 'win32' ? /[\\/]/ : /\//;
  if (/\p{Cc}/u.test(given)) return refused('contains a line break or another control character.');
  if (/^\$\w|^\$\{|^%\w+%/.test(given)) {
    return refused(
      'begins with a variable of the shell, which nothing expands here. Write an expression of the workflow in its place.',
    );
  }
  if (platform === 'win32' && /^[a-z]:(?![\\/])/i.test(given)) {
    return refused('names a drive without a folder on it. Write a backslash after the colon.');
  }
  if (given.startsWith('~')) {
    const [first = '', ...rest] = given.split(separators);
    if (first !== '~')
      return refused('names the home folder of another user. Write an absolute path, or ./ before the name.');
    return home === ''
      ? refused('begins with ~, but the runner has no home folder.')
      : resolved(rules, home, `./${rest.join('/')}`);
  }
  if (workspace === '' && !standsAlone(given, platform)) {
    return refused('is a relative path, but the runner set no GITHUB_WORKSPACE. Write an absolute path.');
  }
  return resolved(rules, workspace, given);
}

/** Devices have these names in every folder, with any extension. Source: Microsoft Learn, "Naming Files, Paths, and Namespaces". */
const DEVICE = /^(con|prn|aux|nul|(com|lpt)[1-9¹²³]|conin\$|conout\$) *(\.|$)/i;

/**
 * The first name in an absolute path that other programs cannot open: Node makes files of such names on Windows, where
 * everything else takes them for a device, a stream of a file, or another name.
 * @returns `''` when there is none
 */
export function unusableName(absolute: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return '';
  const names = absolute.slice(path.win32.parse(absolute).root.length).split(/[\\/]/);
  return names.find((name) => DEVICE.test(name) || /[<>:"|?*]|[. ]$/.test(name)) ?? '';
}

function resolved(rules: path.PlatformPath, base: string, given: string): AbsolutePath {
  return { kind: 'absolute', path: rules.resolve(base, given) };
}

/** Whether the path says all: on Windows a drive or a share too, which `isAbsolute` does not ask for. */
function standsAlone(given: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32' ? /^(?:[a-z]:[\\/]|[\\/]{2})/i.test(given) : path.posix.isAbsolute(given);
}

function refused(reason: string): AbsolutePath {
  return { kind: 'refused', reason };
}
