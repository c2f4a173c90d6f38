import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { installedAz, isBefore } from '../../src/profile/runner-image.ts';

const CLI2 = 'C:\\SDKs\\Azure\\CLI2';
const UBUNTU = '/opt/az/lib/python3.13/site-packages';
const DEBIAN = '/usr/lib/python3/dist-packages';
const PIPX = '/opt/pipx/venvs/azure-cli';

/** The PATH, the files, with `>` before the target of a link, and the versions of `az` and MSAL that are found. */
const INSTALLATIONS: Readonly<Record<string, readonly [path: string, files: string, version: string, msal?: string]>> =
  {
    'Microsoft’s package for Debian and Ubuntu': [
      '/usr/local/bin:/usr/bin',
      `/usr/bin/az /opt/az/lib/tcl8
    ${UBUNTU}/azure ${UBUNTU}/azure_cli-2.90.0.dist-info ${UBUNTU}/azure_cli_core-2.90.0.dist-info`,
      '2.90.0',
    ],
    'Microsoft’s package for RPM systems': [
      '/usr/bin',
      '/usr/bin/az /usr/lib64/az/lib/python3.12/site-packages/azure_cli_core-2.77.0.dist-info',
      '2.77.0',
    ],
    'Debian’s package': [
      '/usr/bin',
      `/usr/bin/az /usr/lib/python3.11/os.py
    ${DEBIAN}/azure_cli_core-2.45.0.egg-info ${DEBIAN}/msal-1.21.0.egg-info ${DEBIAN}/msal_extensions-1.0.0.egg-info`,
      '2.45.0',
      '1.21.0',
    ],
    pipx: [
      ':/home/runner/.local/bin:/usr/bin',
      `/home/runner/.local/bin/az>${PIPX}/bin/az ${PIPX}/lib/python3.12/site-packages/azure_cli_core-2.91.0.dist-info`,
      '2.91.0',
    ],
    Homebrew: ['/opt/homebrew/bin', '/opt/homebrew/bin/az>/opt/homebrew/Cellar/azure-cli/2.88.0_1/bin/az', '2.88.0'],
    'the installer for Windows': [
      `C:\\Windows;${CLI2}\\wbin`,
      `${CLI2}\\wbin\\az.cmd ${CLI2}\\Lib\\site-packages\\azure_cli_core-2.89.0.dist-info`,
      '2.89.0',
    ],
    'an unknown installation': ['/tools', '/tools/az /lib/python3/site-packages/azure_cli_core-x.dist-info', ''],
    'no az': ['/usr/bin', '', ''],
  };

describe('the version of the installed az', () => {
  for (const [name, [path, files, version, msal = '']] of Object.entries(INSTALLATIONS)) {
    it(`${name}: ${version || 'unknown'}`, () => {
      const links = files.split(/\s+/).map((file) => file.split('>'));
      const system = {
        real: (file: string) => links.find(([link]) => link === file)?.at(-1) ?? '',
        names: (folder: string) =>
          links.flatMap(([file = '']) =>
            file.startsWith(folder) ? file.slice(folder.length).split(/[\\/]/).slice(1, 2) : [],
          ),
      };
      const found = path.includes('\\')
        ? installedAz({ Path: path }, 'win32', system)
        : installedAz({ PATH: path }, 'linux', system);
      assert.deepEqual(found, { version, msal });
    });
  }
});

it('versions are compared by number, and an unknown version counts as the newest', () => {
  const older = ['2.9.1', '2.61.0', '2.100.0', '3.0', ''].map((version) => isBefore(version, '2.61'));
  assert.deepEqual(older, [true, false, false, false, false]);
});
