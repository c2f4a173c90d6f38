import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CertificateProblem, type Problem } from '../../src/certificate/problem.ts';
import { SessionError } from '../../src/core/session-error.ts';
import {
  type PublishSettingsFiles,
  publishSettingsFiles,
  readPublishSettings,
} from '../../src/publish-settings/import.ts';
import { NEEDS } from '../needs.ts';
import { base64, schema2 } from './documents.ts';

const folder = mkdtempSync(join(tmpdir(), 'publish-settings-'));
after(() => rmSync(folder, { recursive: true }));
const workspace = join(folder, 'work');
const home = join(folder, 'home');
const file = join(workspace, 'my.publishsettings');
for (const name of [workspace, home, join(workspace, 'folder')]) mkdirSync(name);
writeFileSync(file, schema2({}));
writeFileSync(join(home, 'home.publishsettings'), 'in the home folder');
symlinkSync(file, join(workspace, 'link'));
const FILES = publishSettingsFiles({ workspace, home });
const NO_FILES: PublishSettingsFiles = {
  locate: () => assert.fail('A path was looked for.'),
  read: () => assert.fail('A file was read.'),
};

async function refusal(value: string, files = FILES): Promise<SessionError> {
  const outcome = await readPublishSettings(value, files).catch((error: unknown) => error);
  if (outcome instanceof SessionError) return outcome;
  throw outcome instanceof Error ? outcome : new Error('The value was accepted.');
}

describe('text', () => {
  for (const before of ['', '\ufeff', ' \n\t', '\ufeff\r\n']) {
    it(`after ${JSON.stringify(before)} is taken as it is, and no file is read`, async () => {
      const xml = `${before}${schema2({})}`;
      assert.deepEqual(await readPublishSettings(xml, NO_FILES), { kind: 'text', xml });
    });
  }
});

describe('a path', () => {
  const paths: Readonly<Record<string, string>> = {
    [file]: file,
    'my.publishsettings': file,
    ' my.publishsettings\n': file,
    './folder/../my.publishsettings': file,
    link: join(workspace, 'link'),
    '~/home.publishsettings': join(home, 'home.publishsettings'),
  };
  for (const [value, path] of Object.entries(paths)) {
    it(JSON.stringify(value.replace(folder, '…')), async () => {
      const source = await readPublishSettings(value, FILES);
      assert.ok(source.kind === 'file');
      assert.equal(source.path, path);
      assert.notEqual(source.xml.length, 0);
    });
  }
});

describe('refused values', () => {
  const sparse = join(workspace, 'large.publishsettings');
  writeFileSync(sparse, Buffer.alloc(1024 * 1024 + 1, 0x20));
  const refused: Readonly<Record<string, string>> = {
    'no-such.publishsettings': 'publish-settings names a file that does not exist.',
    'my.publishsettings/x': 'publish-settings names a file that does not exist.',
    folder: 'publish-settings names a folder, not a file.',
    [sparse]: 'The file that publish-settings names is larger than 1 MB.',
    ...(NEEDS.posix ? {} : { '/dev/zero': 'publish-settings names something that is not a regular file.' }),
    '': 'publish-settings is neither a path nor the text of a publish settings file.',
    ' \n': 'publish-settings is neither a path nor the text of a publish settings file.',
    'one\ntwo': 'publish-settings is neither a path nor the text of a publish settings file.',
    'nul\0': 'publish-settings is neither a path nor the text of a publish settings file.',
    [Buffer.from(schema2({})).toString('base64')]:
      'publish-settings is neither a path nor the text of a publish settings file.',
    [base64('windows.pfx').slice(0, 300)]:
      'publish-settings is neither a path nor the text of a publish settings file.',
    ['x'.repeat(5000)]: 'publish-settings is neither a path nor the text of a publish settings file.',
  };
  for (const [value, message] of Object.entries(refused)) {
    it(JSON.stringify(value.replace(folder, '…').slice(0, 30)), async () => {
      const error = await refusal(value);
      assert.equal(error.message, message);
      assert.notEqual(error.why, '');
      assert.notEqual(error.next.length, 0);
      assert.equal(error.cause, undefined);
      if (value.trim().length > 6) assert.ok(!error.report.includes(value.trim()), error.report);
    });
  }

  it('a file that may not be read, or not now', async () => {
    const failing = (problem: Problem): PublishSettingsFiles => ({
      locate: (value) => value,
      read: async () => {
        throw new CertificateProblem(problem);
      },
    });
    const denied = await refusal('some.publishsettings', failing({ kind: 'file-denied' }));
    assert.equal(denied.message, 'publish-settings names a file that may not be read.');
    const failed = await refusal('some.publishsettings', failing({ kind: 'file-failed', code: 'EIO' }));
    assert.equal(failed.message, 'The file that publish-settings names could not be read.');
    assert.match(failed.why, /EIO/);
  });
});
