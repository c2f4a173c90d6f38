/** The behaviour of the profile folder on other systems, as far as a test can simulate it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { SessionError } from '../../src/core/session-error.ts';
import { isTaken, ProfileFolder } from '../../src/profile/folder.ts';
import { joinFolder } from '../../src/profile/join-folder.ts';
import { isInUse } from '../../src/profile/removal.ts';
import { readRunnerImage } from '../../src/profile/runner-image.ts';
import { application } from './logins.ts';

const parent = mkdtempSync(join(tmpdir(), 'azure-session-systems-'));
after(() => rmSync(parent, { recursive: true }));

const SYSTEMS = ['linux', 'darwin', 'win32'] as const;

function newFolder(): string {
  return mkdtempSync(join(parent, 'folder-'));
}

test('the codes for a name that is taken and for a file that is open depend on the system', () => {
  for (const [code, taken, heldOpen] of [
    ['EEXIST', ['linux', 'darwin', 'win32'], []],
    ['EPERM', ['win32'], ['win32']],
    ['EACCES', ['win32'], ['win32']],
    ['EBUSY', ['win32'], ['win32']],
    ['ENOSPC', [], []],
    ['ENOENT', [], []],
  ] as const) {
    assert.deepEqual(
      [SYSTEMS.filter((system) => isTaken(code, system)), SYSTEMS.filter((system) => isInUse(code, system))],
      [taken, heldOpen],
      code,
    );
  }
});

/** Changes only the name of the platform that the code reads. */
function simulatePlatform(platform: NodeJS.Platform): Disposable {
  const actual = process.platform;
  Object.defineProperty(process, 'platform', { value: platform });
  return { [Symbol.dispose]: () => void Object.defineProperty(process, 'platform', { value: actual }) };
}

for (const platform of SYSTEMS) {
  test(`files are created and replaced on ${platform}`, () => {
    const folder = new ProfileFolder(newFolder());
    using _platform = simulatePlatform(platform);
    assert.equal(folder.createNew('lock', 'ours'), 'created');
    assert.equal(folder.createNew('lock', 'theirs'), 'exists');
    assert.equal(folder.read('lock'), 'ours');
    folder.write('file', 'old');
    folder.write('file', 'new');
    assert.equal(folder.read('file'), 'new');
    mkdirSync(folder.pathOf('in-the-way'));
    assert.throws(() => folder.write('in-the-way', 'x'), SessionError);
    assert.deepEqual(folder.names().sort(), ['file', 'in-the-way', 'lock']);
    assert.equal(new ProfileFolder(join(folder.path, 'nothing')).createNew('lock', ''), 'no-folder');
  });
}

test('Bicep of the image is bicep.exe on Windows, bicep elsewhere', () => {
  for (const platform of SYSTEMS) {
    const image = newFolder();
    mkdirSync(join(image, 'bin'));
    const bicep = () => readRunnerImage({ AZURE_CONFIG_DIR: image }, platform).bicep;
    assert.equal(bicep(), '');
    for (const name of ['bicep', 'bicep.exe']) writeFileSync(join(image, 'bin', name), '');
    assert.equal(bicep(), join(image, 'bin', platform === 'win32' ? 'bicep.exe' : 'bicep'));
  }
});

function signInTo(path: string, platform: NodeJS.Platform): Promise<unknown> {
  return joinFolder(path, 'a', { ...application('a', 'app'), lockTimeoutMs: 1000 }, { env: {}, platform });
}

test('a new shared folder disables encryption of az on every system, since it is the default on Windows', async () => {
  for (const platform of SYSTEMS) {
    const path = join(newFolder(), 'made');
    await signInTo(path, platform);
    assert.match(readFileSync(join(path, 'config'), 'utf8'), /^encrypt_token_cache = false$/m, platform);
  }
});

suite('A shared folder with encrypted stores of az', () => {
  for (const [platform, option, isAccepted] of [
    ['win32', '', false],
    ['win32', 'encrypt_token_cache = false', true],
    ['linux', '', true],
    ['darwin', '', true],
    ['darwin', 'encrypt_token_cache = true', false],
  ] as const) {
    test(`is ${isAccepted ? 'accepted' : 'an error'} on ${platform} with ${option || 'the default setting'}`, async () => {
      const path = newFolder();
      writeFileSync(join(path, 'msal_token_cache.bin'), '');
      if (option !== '') writeFileSync(join(path, 'config'), `[core]\n${option}\n`);
      if (isAccepted) await signInTo(path, platform);
      else await assert.rejects(signInTo(path, platform), /encrypted/);
      assert.equal(readdirSync(path).includes('azureProfile.json'), isAccepted);
    });
  }
});
