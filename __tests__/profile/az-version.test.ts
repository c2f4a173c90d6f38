import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { installedAz, isBefore } from '../../src/profile/runner-image.ts';

interface Installation {
  readonly platform?: NodeJS.Platform;
  readonly path: string;
  /** The target of each name on the PATH. */
  readonly links: Readonly<Record<string, string>>;
  readonly folders?: Readonly<Record<string, readonly string[]>>;
  readonly version: string;
  readonly msal?: string;
}

const CLI2 = 'C:\\Program Files\\Microsoft SDKs\\Azure\\CLI2';
const INSTALLATIONS: Readonly<Record<string, Installation>> = {
  'Microsoft’s package for Debian and Ubuntu': {
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
  'Microsoft’s package for RPM systems': {
    path: '/usr/bin',
    links: { '/usr/bin/az': '/usr/bin/az' },
    folders: {
      '/usr/lib64/az/lib': ['python3.12'],
      '/usr/lib64/az/lib/python3.12/site-packages': ['azure_cli_core-2.77.0.dist-info'],
    },
    version: '2.77.0',
  },
  'Debian’s package': {
    path: '/usr/bin',
    links: { '/usr/bin/az': '/usr/bin/az' },
    folders: {
      '/usr/lib': ['python3', 'python3.11'],
      '/usr/lib/python3/dist-packages': [
        ...['azure_cli_core-2.45.0.egg-info', 'msal-1.21.0.egg-info', 'msal_extensions-1.0.0.egg-info'],
      ],
    },
    version: '2.45.0',
    msal: '1.21.0',
  },
  pipx: {
    path: ':/home/runner/.local/bin:/usr/bin',
    links: { '/home/runner/.local/bin/az': '/opt/pipx/venvs/azure-cli/bin/az' },
    folders: {
      '/opt/pipx/venvs/azure-cli/lib': ['python3.12'],
      '/opt/pipx/venvs/azure-cli/lib/python3.12/site-packages': ['azure_cli_core-2.91.0.dist-info'],
    },
    version: '2.91.0',
  },
  Homebrew: {
    platform: 'darwin',
    path: '/opt/homebrew/bin',
    links: { '/opt/homebrew/bin/az': '/opt/homebrew/Cellar/azure-cli/2.88.0_1/bin/az' },
    version: '2.88.0',
  },
  'the installer for Windows': {
    platform: 'win32',
    path: `C:\\Windows;${CLI2}\\wbin`,
    links: { [`${CLI2}\\wbin\\az.cmd`]: `${CLI2}\\wbin\\az.cmd` },
    folders: { [`${CLI2}\\Lib\\site-packages`]: ['azure_cli_core-2.89.0.dist-info'] },
    version: '2.89.0',
  },
  'an unknown installation': {
    path: '/tools',
    links: { '/tools/az': '/tools/az' },
    folders: { '/lib': ['python3'], '/lib/python3/site-packages': ['azure_cli_core-x.dist-info', 'azure_cli_core'] },
    version: '',
  },
  'no az': { path: '/usr/bin', links: {}, version: '' },
};

describe('the version of the installed az', () => {
  for (const [name, installation] of Object.entries(INSTALLATIONS)) {
    const { platform = 'linux', path, links, folders = {}, version, msal = '' } = installation;
    it(`${name}: ${version || 'unknown'}`, () => {
      const files = { real: (file: string) => links[file] ?? '', names: (folder: string) => folders[folder] ?? [] };
      const env = platform === 'win32' ? { Path: path } : { PATH: path };
      assert.deepEqual(installedAz(env, platform, files), { version, msal });
    });
  }
});

it('versions are compared by number, and an unknown version counts as the newest', () => {
  const older = ['2.9.1', '2.61.0', '2.100.0', '3.0', ''].map((version) => isBefore(version, '2.61'));
  assert.deepEqual(older, [true, false, false, false, false]);
});
