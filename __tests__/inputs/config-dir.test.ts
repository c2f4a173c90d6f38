import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unusableName } from '../../src/inputs/session.ts';
import { OIDC, parse } from './workflow-step.ts';

const posix = { platform: 'linux', workspace: '/home/runner/work/app/app', home: '/home/runner' } as const;
const windows = { platform: 'win32', workspace: 'D:\\a\\app\\app', home: 'C:\\Users\\runneradmin' } as const;

interface Places {
  readonly platform: NodeJS.Platform;
  readonly workspace: string;
  readonly home: string;
}

/** The path of the token file: the one that may be a root, and the same rules as for `config-dir`. */
function pathOf(given: string, { platform, workspace, home }: Places): string {
  const env = { GITHUB_WORKSPACE: workspace, [platform === 'win32' ? 'USERPROFILE' : 'HOME']: home };
  const pod = { AZURE_FEDERATED_TOKEN_FILE: given };
  const parsed = parse(
    { ...OIDC, 'auth-type': 'workload-identity' },
    { HOME: 'C:/Git/home', ...env, ...pod },
    platform,
  );
  if (parsed.kind === 'refused') return parsed.error.report;
  return parsed.request.credential.method === 'workload-identity' ? parsed.request.credential.tokenFile : '';
}

describe('POSIX', () => {
  const cases: readonly [string, string][] = [
    ['/srv/azure', '/srv/azure'],
    ['/srv/azure/', '/srv/azure'],
    ['/srv/x/../azure', '/srv/azure'],
    ['.azure', '/home/runner/work/app/app/.azure'],
    ['./a/b', '/home/runner/work/app/app/a/b'],
    ['../shared', '/home/runner/work/app/shared'],
    ['.', '/home/runner/work/app/app'],
    ['~', '/home/runner'],
    ['~/', '/home/runner'],
    ['~/.azure', '/home/runner/.azure'],
    ['~//.azure', '/home/runner/.azure'],
    ['./~other', '/home/runner/work/app/app/~other'],
    ['a~', '/home/runner/work/app/app/a~'],
    ['a b', '/home/runner/work/app/app/a b'],
    ['a\\b', '/home/runner/work/app/app/a\\b'],
    ['C:\\azure', '/home/runner/work/app/app/C:\\azure'],
    ['cost$', '/home/runner/work/app/app/cost$'],
  ];
  for (const [given, path] of cases) {
    test(given, () => assert.equal(pathOf(given, posix), path));
  }
  test('macOS has the same rules', () => {
    const mac = { ...posix, platform: 'darwin' } as const;
    assert.equal(pathOf('~/.azure', mac), '/home/runner/.azure');
  });
});

describe('Windows', () => {
  const cases: readonly [string, string][] = [
    ['C:\\azure', 'C:\\azure'],
    ['c:/azure/', 'c:\\azure'],
    ['C:\\x\\..\\azure', 'C:\\azure'],
    ['\\\\server\\share\\azure', '\\\\server\\share\\azure'],
    ['\\azure', 'D:\\azure'],
    ['/azure', 'D:\\azure'],
    ['.azure', 'D:\\a\\app\\app\\.azure'],
    ['..\\shared', 'D:\\a\\app\\shared'],
    ['../shared', 'D:\\a\\app\\shared'],
    ['~', 'C:\\Users\\runneradmin'],
    ['~\\.azure', 'C:\\Users\\runneradmin\\.azure'],
    ['~/.azure', 'C:\\Users\\runneradmin\\.azure'],
  ];
  for (const [given, path] of cases) {
    test(given, () => assert.equal(pathOf(given, windows), path));
  }
});

describe('refused', () => {
  const control = 'contains a line break or another control character.';
  const variable =
    'begins with a variable of the shell, which nothing expands here. Write an expression of the workflow in its place.';
  const other = 'names the home folder of another user. Write an absolute path, or ./ before the name.';
  const noWorkspace = 'is a relative path, but the runner set no GITHUB_WORKSPACE. Write an absolute path.';
  const cases: readonly [string, string, Places][] = [
    ['a\0b', control, posix],
    ['a\nb', control, posix],
    ['a\r\nb', control, windows],
    ['$HOME/.azure', variable, posix],
    ['${HOME}/.azure', variable, posix],
    ['%USERPROFILE%\\.azure', variable, windows],
    ['~other/.azure', other, posix],
    ['~other\\.azure', other, windows],
    ['~\\.azure', other, posix],
    ['C:azure', 'names a drive without a folder on it. Write a backslash after the colon.', windows],
    ['D:', 'names a drive without a folder on it. Write a backslash after the colon.', windows],
    ['~/.azure', 'begins with ~, but the runner has no home folder.', { ...posix, home: '' }],
    ['.azure', noWorkspace, { ...posix, workspace: '' }],
    ['.azure', noWorkspace, { ...windows, workspace: '' }],
    ['\\azure', noWorkspace, { ...windows, workspace: '' }],
  ];
  for (const [given, reason, places] of cases) {
    test(`${JSON.stringify(given)} on ${places.platform}`, () => {
      assert.equal(pathOf(given, places), `AZURE_FEDERATED_TOKEN_FILE of the pod ${reason}`);
    });
  }
  test('an absolute path needs neither workspace nor home', () => {
    const nowhere = { workspace: '', home: '' };
    assert.equal(pathOf('/srv', { platform: 'linux', ...nowhere }), '/srv');
    assert.equal(pathOf('C:\\srv', { platform: 'win32', ...nowhere }), 'C:\\srv');
    assert.equal(pathOf('\\\\server\\share\\x', { platform: 'win32', ...nowhere }), '\\\\server\\share\\x');
  });
});

describe('names that other programs cannot open', () => {
  const unusable: readonly [absolute: string, name: string][] = [
    ['C:\\a\\CON', 'CON'],
    ['C:\\a\\nul', 'nul'],
    ['C:\\a\\Aux.json\\b', 'Aux.json'],
    ['C:\\a\\nul .txt', 'nul .txt'],
    ['C:\\com1', 'com1'],
    ['C:\\LPT³', 'LPT³'],
    ['C:\\conin$', 'conin$'],
    ['C:\\a\\b:c', 'b:c'],
    ['C:\\a?\\b', 'a?'],
    ['C:\\a.\\b', 'a.'],
    ['C:\\a\\b ', 'b '],
    ['C:\\a \\b', 'a '],
    ['\\\\?\\C:\\a\\b.', 'b.'],
    ['\\\\server\\share\\prn', 'prn'],
    ['\\\\.\\pipe\\azure', '\\\\.\\pipe'],
    ['\\\\.\\COM1\\azure', '\\\\.\\COM1'],
    ['\\\\?\\GLOBALROOT\\Device\\azure', '\\\\?\\GLOBALROOT'],
    ['\\\\?\\UNC\\server\\share\\azure', ''],
    ['C:\\', ''],
    ['C:\\console\\null\\com\\com10\\.azure', ''],
    ['\\\\?\\C:\\a\\Jörg Müller', ''],
    ['\\\\server\\share\\azure', ''],
  ];
  for (const [absolute, name] of unusable) {
    test(`${absolute}: ${name === '' ? 'none' : name}`, () => assert.equal(unusableName(absolute, 'win32'), name));
  }
  test('are those of Windows', () => {
    for (const folder of ['/a/CON', '/a./b', '/a:b', '/a ']) assert.equal(unusableName(folder, 'linux'), '');
  });
});
