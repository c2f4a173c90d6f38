/** What Windows does otherwise in the profile folder, as far as it can be shown on any system. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { readRegularFile } from '../../src/core/files.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { isTaken, ProfileFolder } from '../../src/profile/folder.ts';
import { joinFolder } from '../../src/profile/join-folder.ts';
import { isInUse } from '../../src/profile/removal.ts';
import { readRunnerImage } from '../../src/profile/runner-image.ts';

import { NEEDS } from '../needs.ts';
import { application } from './logins.ts';

const parent = mkdtempSync(join(tmpdir(), 'azure-session-systems-'));
after(() => rmSync(parent, { recursive: true }));

function newFolder(): string {
  return mkdtempSync(join(parent, 'folder-'));
}

suite('an error of the system means', () => {
  const meanings: [code: string, platform: NodeJS.Platform, taken: boolean, heldOpen: boolean][] = [
    ['EEXIST', 'linux', true, false],
    ['EEXIST', 'darwin', true, false],
    ['EEXIST', 'win32', true, false],
    ['EPERM', 'linux', false, false],
    ['EPERM', 'darwin', false, false],
    ['EPERM', 'win32', true, true],
    ['EACCES', 'linux', false, false],
    ['EACCES', 'win32', true, true],
    ['EBUSY', 'linux', false, false],
    ['EBUSY', 'win32', true, true],
    ['ENOSPC', 'win32', false, false],
    ['ENOENT', 'win32', false, false],
  ];
  for (const [code, platform, taken, heldOpen] of meanings) {
    test(`${code} on ${platform}: ${taken ? 'there is one' : 'something else'}${heldOpen ? ', try again' : ''}`, () => {
      assert.deepEqual([isTaken(code, platform), isInUse(code, platform)], [taken, heldOpen]);
    });
  }
});

test('a link is not opened', { skip: NEEDS.posix }, () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'file'), 'content');
  symlinkSync('file', join(folder, 'link'));
  symlinkSync('nothing', join(folder, 'broken'));
  for (const link of ['link', 'broken']) {
    assert.throws(() => readRegularFile(join(folder, link), 100, 'refuse'), { code: 'ELOOP' });
  }
  assert.equal(readRegularFile(join(folder, 'file'), 100, 'refuse').toString(), 'content');
  assert.throws(() => readRegularFile(join(folder, 'none'), 100, 'refuse'), { code: 'ENOENT' });
});

/** Lets what follows take this machine for another; what the machine itself does stays as it is. */
function pretend(platform: NodeJS.Platform): Disposable {
  const own = process.platform;
  Object.defineProperty(process, 'platform', { value: platform });
  return { [Symbol.dispose]: () => void Object.defineProperty(process, 'platform', { value: own }) };
}

for (const platform of ['linux', 'darwin', 'win32'] as const) {
  test(`a folder, written to as on ${platform}`, () => {
    const folder = ProfileFolder.existing(newFolder());
    using _system = pretend(platform);
    assert.equal(folder.createNew('lock', 'ours'), 'created');
    assert.equal(folder.createNew('lock', 'theirs'), 'exists');
    assert.equal(folder.read('lock'), 'ours');
    folder.write('file', 'old');
    folder.write('file', 'new');
    assert.equal(folder.read('file'), 'new');
    mkdirSync(folder.pathOf('in-the-way'));
    assert.throws(() => folder.write('in-the-way', 'x'), SessionError);
    assert.deepEqual(folder.names().sort(), ['file', 'in-the-way', 'lock']);
    assert.equal(ProfileFolder.existing(join(folder.path, 'nothing')).createNew('lock', ''), 'no-folder');
  });
}

suite('Bicep of the image', () => {
  const programs: [platform: NodeJS.Platform, program: string][] = [
    ['linux', 'bicep'],
    ['darwin', 'bicep'],
    ['win32', 'bicep.exe'],
  ];
  for (const [platform, program] of programs) {
    test(`${program} on ${platform}`, () => {
      const image = newFolder();
      mkdirSync(join(image, 'bin'));
      assert.equal(readRunnerImage({ AZURE_CONFIG_DIR: image }, platform).bicep, '');
      for (const name of ['bicep', 'bicep.exe']) writeFileSync(join(image, 'bin', name), '');
      assert.equal(readRunnerImage({ AZURE_CONFIG_DIR: image }, platform).bicep, join(image, 'bin', program));
    });
  }
});

test('a new folder for several logins tells az not to encrypt, on every system: on Windows it would', async () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    const path = join(newFolder(), 'made');
    await joinFolder(path, 'a', { ...application('a', 'app'), lockTimeoutMs: 1000 }, { env: {}, platform });
    assert.match(readFileSync(join(path, 'config'), 'utf8'), /^encrypt_token_cache = false$/m, platform);
  }
});

suite('encrypted stores that az left in a shared folder', () => {
  const stores: [platform: NodeJS.Platform, config: string, verdict: 'taken' | 'refused'][] = [
    ['win32', '', 'refused'],
    ['win32', '[core]\nencrypt_token_cache = false\n', 'taken'],
    ['linux', '', 'taken'],
    ['darwin', '', 'taken'],
    ['darwin', '[core]\nencrypt_token_cache = true\n', 'refused'],
  ];
  for (const [platform, config, verdict] of stores) {
    test(`${platform}, ${config === '' ? 'without a word about it' : config.split('\n')[1]}: ${verdict}`, async () => {
      const path = newFolder();
      writeFileSync(join(path, 'msal_token_cache.bin'), '');
      if (config !== '') writeFileSync(join(path, 'config'), config);
      if (verdict === 'refused') {
        await assert.rejects(
          joinFolder(path, 'a', { ...application('a', 'app'), lockTimeoutMs: 1000 }, { env: {}, platform }),
          /encrypted/,
        );
        assert.deepEqual(readdirSync(path).includes('azureProfile.json'), false);
      } else {
        await joinFolder(path, 'a', { ...application('a', 'app'), lockTimeoutMs: 1000 }, { env: {}, platform });
        assert.deepEqual(readdirSync(path).includes('azureProfile.json'), true);
      }
    });
  }
});
