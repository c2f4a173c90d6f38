import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OIDC, parse } from './workflow-step.ts';

interface Places {
  readonly platform: NodeJS.Platform;
  readonly workspace: string;
  readonly home: string;
}

const LINUX: Places = { platform: 'linux', workspace: '/home/runner/work/app/app', home: '/home/runner' };
const MAC: Places = { ...LINUX, platform: 'darwin' };
const WINDOWS: Places = { platform: 'win32', workspace: 'D:\\a\\app\\app', home: 'C:\\Users\\runneradmin' };

/** The path of the token file: the one that may be a root, and the same rules as for `config-dir`. */
function pathOf(given: string, { platform, workspace, home }: Places): string {
  const env = { GITHUB_WORKSPACE: workspace, [platform === 'win32' ? 'USERPROFILE' : 'HOME']: home };
  const pod = { AZURE_FEDERATED_TOKEN_FILE: given };
  const inputs = { ...OIDC, 'auth-type': 'workload-identity' };
  const parsed = parse(inputs, { HOME: 'C:/Git/home', ...env, ...pod }, platform);
  if (parsed.kind === 'rejected') return parsed.error.report.replace('AZURE_FEDERATED_TOKEN_FILE of the pod ', '');
  return parsed.request.credential.method === 'workload-identity' ? parsed.request.credential.tokenFile : '';
}

const CONTROL = 'contains a line break or another control character.';
const VARIABLE = 'begins with a shell variable, which is not expanded here. Use a workflow expression instead.';
const OTHER_HOME = 'names the home folder of another user. Write an absolute path, or ./ before the name.';
const NO_WORKSPACE = 'is a relative path, but the runner set no GITHUB_WORKSPACE. Write an absolute path.';
const NO_FOLDER = 'names a drive without a folder on it. Write a backslash after the colon.';

const PATHS: readonly (readonly [given: string, places: Places, path: string])[] = [
  ['/srv/azure/', LINUX, '/srv/azure'],
  ['/srv/x/../azure', LINUX, '/srv/azure'],
  ['.azure', LINUX, '/home/runner/work/app/app/.azure'],
  ['../shared', LINUX, '/home/runner/work/app/shared'],
  ['.', LINUX, '/home/runner/work/app/app'],
  ['~', LINUX, '/home/runner'],
  ['~//.azure', LINUX, '/home/runner/.azure'],
  ['~/.azure', MAC, '/home/runner/.azure'],
  ['./~other', LINUX, '/home/runner/work/app/app/~other'],
  ['a~', LINUX, '/home/runner/work/app/app/a~'],
  ['a b', LINUX, '/home/runner/work/app/app/a b'],
  ['C:\\azure', LINUX, '/home/runner/work/app/app/C:\\azure'],
  ['cost$', LINUX, '/home/runner/work/app/app/cost$'],
  ['c:/azure/', WINDOWS, 'c:\\azure'],
  ['C:\\x\\..\\azure', WINDOWS, 'C:\\azure'],
  ['\\\\server\\share\\azure', WINDOWS, '\\\\server\\share\\azure'],
  ['\\azure', WINDOWS, 'D:\\azure'],
  ['/azure', WINDOWS, 'D:\\azure'],
  ['.azure', WINDOWS, 'D:\\a\\app\\app\\.azure'],
  ['../shared', WINDOWS, 'D:\\a\\app\\shared'],
  ['~', WINDOWS, 'C:\\Users\\runneradmin'],
  ['~\\.azure', WINDOWS, 'C:\\Users\\runneradmin\\.azure'],
  ['~/.azure', WINDOWS, 'C:\\Users\\runneradmin\\.azure'],
  ['/srv', { platform: 'linux', workspace: '', home: '' }, '/srv'],
  ['\\\\server\\share\\x', { platform: 'win32', workspace: '', home: '' }, '\\\\server\\share\\x'],
  ['a\0b', LINUX, CONTROL],
  ['a\r\nb', WINDOWS, CONTROL],
  ['$HOME/.azure', LINUX, VARIABLE],
  ['${HOME}/.azure', LINUX, VARIABLE],
  ['%USERPROFILE%\\.azure', WINDOWS, VARIABLE],
  ['~other/.azure', LINUX, OTHER_HOME],
  ['~other\\.azure', WINDOWS, OTHER_HOME],
  ['~\\.azure', LINUX, OTHER_HOME],
  ['C:azure', WINDOWS, NO_FOLDER],
  ['D:', WINDOWS, NO_FOLDER],
  ['~/.azure', { ...LINUX, home: '' }, 'begins with ~, but the runner has no home folder.'],
  ['.azure', { ...LINUX, workspace: '' }, NO_WORKSPACE],
  ['\\azure', { ...WINDOWS, workspace: '' }, NO_WORKSPACE],
];

test('a path is one of the workspace or of the home folder, or refused', () => {
  for (const [given, places, path] of PATHS) {
    assert.equal(pathOf(given, places), path, `${JSON.stringify(given)} on ${places.platform}`);
  }
});

/** The name in the path of a `config-dir` that is refused; `''` for a folder that is fit. */
const NAMES: readonly (readonly [path: string, name: string])[] = [
  ['C:\\a\\CON', 'CON'],
  ['C:\\a\\Aux.json\\b', 'Aux.json'],
  ['C:\\a\\nul .txt', 'nul .txt'],
  ['C:\\LPT³', 'LPT³'],
  ['C:\\conin$', 'conin$'],
  ['C:\\a\\b:c', 'b:c'],
  ['C:\\a?\\b', 'a?'],
  ['C:\\a.\\b', 'a.'],
  ['C:\\a \\b', 'a '],
  ['\\\\?\\C:\\a\\b.', 'b.'],
  ['\\\\server\\share\\prn', 'prn'],
  ['\\\\.\\pipe\\azure', '\\\\.\\pipe'],
  ['\\\\.\\COM1\\azure', '\\\\.\\COM1'],
  ['\\\\?\\GLOBALROOT\\Device\\azure', '\\\\?\\GLOBALROOT'],
  ['\\\\?\\UNC\\server\\share\\azure', ''],
  ['C:\\console\\null\\com\\com10\\.azure', ''],
  ['\\\\?\\C:\\a\\Jörg Müller', ''],
  ['\\\\server\\share\\azure', ''],
];

test('a folder has no name that other programs on Windows cannot open', () => {
  for (const [path, name] of NAMES) {
    const parsed = parse({ ...OIDC, 'config-dir': path }, {}, 'win32');
    const refused = parsed.kind === 'rejected' ? parsed.error.report : '';
    assert.equal(/contains the name "(.*)", which/.exec(refused)?.[1] ?? '', name, `${path}: ${refused}`);
  }
  for (const path of ['/a/CON', '/a./b', '/a:b']) assert.equal(parse({ ...OIDC, 'config-dir': path }).kind, 'accepted');
});
