import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { installedAz, isBefore } from '../../src/profile/runner-image.ts';

interface Installation {
  readonly name: string;
  readonly platform: NodeJS.Platform;
  readonly path: string;
  /** What a name on the PATH leads to. */
  readonly links: Readonly<Record<string, string>>;
  readonly folders: Readonly<Record<string, readonly string[]>>;
  readonly version: string;
  readonly msal?: string;
}

const INSTALLATIONS: readonly Installation[] = [
  {
    name: 'Microsoft’s package for Debian and Ubuntu',
    platform: 'linux',
    path: '/usr/local/bin:/usr/bin',
    links: { '/usr/bin/az': '/usr/bin/az' },
    folders: {
      '/opt/az/lib': ['python3.13', 'tcl8'],
      '/opt/az/lib/python3.13/site-packages': [
        'azure',
        'azure_cli-2.90.0.dist-info',
        'azure_cli_core-2.90.0.dist-info',
      ],
    },
    version: '2.90.0',
  },
  {
    name: 'Microsoft’s package for RPM systems',
    platform: 'linux',
    path: '/usr/bin',
    links: { '/usr/bin/az': '/usr/bin/az' },
    folders: {
      '/usr/lib64/az/lib': ['python3.12'],
      '/usr/lib64/az/lib/python3.12/site-packages': ['azure_cli_core-2.77.0.dist-info'],
    },
    version: '2.77.0',
  },
  {
    name: 'Debian’s own',
    platform: 'linux',
    path: '/usr/bin',
    links: { '/usr/bin/az': '/usr/bin/az' },
    folders: {
      '/usr/lib': ['python3', 'python3.11'],
      '/usr/lib/python3/dist-packages': [
        'azure_cli_core-2.45.0.egg-info',
        'msal-1.21.0.egg-info',
        'msal_extensions-1.0.0.egg-info',
      ],
    },
    version: '2.45.0',
    msal: '1.21.0',
  },
  {
    name: 'pipx',
    platform: 'linux',
    path: ':/home/runner/.local/bin:/usr/bin',
    links: { '/home/runner/.local/bin/az': '/opt/pipx/venvs/azure-cli/bin/az' },
    folders: {
      '/opt/pipx/venvs/azure-cli/lib': ['python3.12'],
      '/opt/pipx/venvs/azure-cli/lib/python3.12/site-packages': ['azure_cli_core-2.91.0.dist-info'],
    },
    version: '2.91.0',
  },
  {
    name: 'Homebrew',
    platform: 'darwin',
    path: '/opt/homebrew/bin',
    links: { '/opt/homebrew/bin/az': '/opt/homebrew/Cellar/azure-cli/2.88.0_1/bin/az' },
    folders: {},
    version: '2.88.0',
  },
  {
    name: 'the installer for Windows',
    platform: 'win32',
    path: 'C:\\Windows;C:\\Program Files\\Microsoft SDKs\\Azure\\CLI2\\wbin',
    links: {
      'C:\\Program Files\\Microsoft SDKs\\Azure\\CLI2\\wbin\\az.cmd':
        'C:\\Program Files\\Microsoft SDKs\\Azure\\CLI2\\wbin\\az.cmd',
    },
    folders: {
      'C:\\Program Files\\Microsoft SDKs\\Azure\\CLI2\\Lib\\site-packages': ['azure_cli_core-2.89.0.dist-info'],
    },
    version: '2.89.0',
  },
  {
    name: 'an az of nobody knows where',
    platform: 'linux',
    path: '/tools',
    links: { '/tools/az': '/tools/az' },
    folders: { '/lib': ['python3'], '/lib/python3/site-packages': ['azure_cli_core-x.dist-info', 'azure_cli_core'] },
    version: '',
  },
  { name: 'no az', platform: 'linux', path: '/usr/bin', links: {}, folders: {}, version: '' },
];

describe('the version of the installed az', () => {
  for (const { name, platform, path, links, folders, version, msal = '' } of INSTALLATIONS) {
    it(`${name}: ${version || 'unknown'}`, () => {
      const files = { real: (file: string) => links[file] ?? '', names: (folder: string) => folders[folder] ?? [] };
      const env = platform === 'win32' ? { Path: path } : { PATH: path };
      assert.deepEqual(installedAz(env, platform, files), { version, msal });
    });
  }
});

it('versions are compared number by number, and one that is not known is the newest', () => {
  assert.equal(isBefore('2.9.1', '2.61'), true);
  assert.equal(isBefore('2.61.0', '2.61'), false);
  assert.equal(isBefore('2.100.0', '2.61'), false);
  assert.equal(isBefore('3.0', '2.61'), false);
  assert.equal(isBefore('', '2.61'), false);
});
