import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { SessionError } from '../../src/core/session-error.ts';
import { readPublishSettings } from '../../src/publish-settings/import.ts';
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
if (!NEEDS.posix) symlinkSync(file, join(workspace, 'link'));
const FOLDERS = { workspace, home };

function refusal(value: string): SessionError {
  try {
    readPublishSettings(value, FOLDERS);
  } catch (error) {
    if (error instanceof SessionError) return error;
    throw error;
  }
  throw new Error('The value was accepted.');
}

describe('text', () => {
  for (const before of ['', '\ufeff', ' \n\t', '\ufeff\r\n']) {
    it(`after ${JSON.stringify(before)} is taken as it is, and no file is read`, () => {
      const xml = `${before}${schema2({})}`;
      assert.deepEqual(readPublishSettings(xml, FOLDERS), { xml, source: { kind: 'text' } });
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
    const skip = value === 'link' && NEEDS.posix;
    it(JSON.stringify(value.replace(folder, '…')), { skip }, () => {
      const { xml, source } = readPublishSettings(value, FOLDERS);
      assert.ok(source.kind === 'file');
      assert.equal(source.path, path);
      assert.notEqual(xml.length, 0);
    });
  }
});

describe('refused values', () => {
  const sparse = join(workspace, 'large.publishsettings');
  writeFileSync(sparse, Buffer.alloc(1024 * 1024 + 1, 0x20));
  const refused: Readonly<Record<string, string>> = {
    'no-such.publishsettings': 'The publish settings file that `publish-settings` names does not exist.',
    'my.publishsettings/x': 'The publish settings file that `publish-settings` names does not exist.',
    folder: 'The publish settings file that `publish-settings` names is a folder.',
    [sparse]: 'The publish settings file that `publish-settings` names is larger than 1 MB.',
    ...(NEEDS.posix
      ? {}
      : { '/dev/zero': 'The publish settings file that `publish-settings` names is not a regular file.' }),
    '': '`publish-settings` is neither a path nor the text of a publish settings file.',
    ' \n': '`publish-settings` is neither a path nor the text of a publish settings file.',
    'one\ntwo': '`publish-settings` is neither a path nor the text of a publish settings file.',
    'nul\0': '`publish-settings` is neither a path nor the text of a publish settings file.',
    [Buffer.from(schema2({})).toString('base64')]:
      '`publish-settings` is neither a path nor the text of a publish settings file.',
    [base64('windows.pfx').slice(0, 300)]:
      '`publish-settings` is neither a path nor the text of a publish settings file.',
    ['x'.repeat(5000)]: '`publish-settings` is neither a path nor the text of a publish settings file.',
  };
  for (const [value, message] of Object.entries(refused)) {
    it(JSON.stringify(value.replace(folder, '…').slice(0, 30)), () => {
      const error = refusal(value);
      assert.equal(error.message, message);
      assert.notEqual(error.why, '');
      assert.notEqual(error.next.length, 0);
      assert.equal(error.cause, undefined);
      if (value.trim().length > 6) assert.ok(!error.report.includes(value.trim()), error.report);
    });
  }
});
