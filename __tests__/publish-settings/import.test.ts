import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { SessionError } from '../../src/core/session-error.ts';
import { expiryWarnings, readPublishSettings } from '../../src/publish-settings/import.ts';
import { NEEDS } from '../needs.ts';
import { base64, MANAGEMENT, NOW, schema2 } from './documents.ts';

const folder = mkdtempSync(join(tmpdir(), 'publish-settings-'));
after(() => rmSync(folder, { recursive: true }));
const workspace = join(folder, 'work');
const home = join(folder, 'home');
const file = join(workspace, 'my.publishsettings');
const sparse = join(workspace, 'large.publishsettings');
for (const name of [workspace, home, join(workspace, 'folder')]) mkdirSync(name);
writeFileSync(file, schema2({}));
writeFileSync(join(home, 'home.publishsettings'), 'in the home folder');
writeFileSync(sparse, Buffer.alloc(1024 * 1024 + 1, 0x20));
if (!NEEDS.posix) symlinkSync(file, join(workspace, 'link'));

function read(value: string): ReturnType<typeof readPublishSettings> {
  return readPublishSettings(value, { workspace, home });
}

for (const before of ['', '\ufeff', ' \n\t', '\ufeff\r\n']) {
  it(`XML after ${JSON.stringify(before)} is used unchanged, and no file is read`, () => {
    const xml = `${before}${schema2({})}`;
    assert.deepEqual(read(xml), { xml, source: { kind: 'text' } });
  });
}

describe('a path is resolved', () => {
  for (const [value, path] of Object.entries({
    [file]: file,
    'my.publishsettings': file,
    ' my.publishsettings\n': file,
    './folder/../my.publishsettings': file,
    link: join(workspace, 'link'),
    '~/home.publishsettings': join(home, 'home.publishsettings'),
  })) {
    it(JSON.stringify(value.replace(folder, '…')), { skip: value === 'link' && NEEDS.posix }, () => {
      const { xml, source } = read(value);
      assert.equal(source.kind === 'file' && source.path, path);
      assert.notEqual(xml.length, 0);
    });
  }
});

describe('a value is rejected', () => {
  const fileErrors: Readonly<Record<string, readonly string[]>> = {
    'does not exist': ['no-such.publishsettings', 'my.publishsettings/x'],
    'is a folder': ['folder'],
    'is larger than 1 MB': [sparse],
    'is not a regular file': NEEDS.posix ? [] : ['/dev/zero'],
  };
  const pfx = base64('windows.pfx').slice(0, 300);
  const neither = ['', ' \n', 'one\ntwo', 'nul\0', Buffer.from(schema2({})).toString('base64'), pfx, 'x'.repeat(5000)];
  const cases = [
    ...neither.map((value) => [value, '`publish-settings` is neither a path nor the text of a publish settings file.']),
    ...Object.entries(fileErrors).flatMap(([reason, values]) =>
      values.map((value) => [value, `The publish settings file that \`publish-settings\` names ${reason}.`]),
    ),
  ];
  for (const [value = '', message = ''] of cases) {
    it(JSON.stringify(value.replace(folder, '…').slice(0, 30)), () => {
      assert.throws(
        () => read(value),
        (error) => {
          assert.ok(error instanceof SessionError);
          assert.deepEqual([error.message, error.cause], [message, undefined]);
          assert.ok(error.why !== '' && error.next.length > 0);
          if (value.trim().length > 6) assert.ok(!error.report.includes(value.trim()), error.report);
          return true;
        },
      );
    });
  }
});

it('a certificate that expires within 30 days is one warning, however many subscriptions share it', () => {
  const expiringIn = (days: number, thumbprint = MANAGEMENT.thumbprint) => {
    const notAfter = new Date(NOW.getTime() + days * 24 * 60 * 60 * 1000);
    return { certificate: { ...MANAGEMENT, thumbprint, notAfter } };
  };
  assert.deepEqual(expiryWarnings([expiringIn(30)], NOW), []);
  const [warning, ...more] = expiryWarnings([expiringIn(29.5), expiringIn(29.5)], NOW);
  assert.match(warning ?? '', new RegExp(`${MANAGEMENT.thumbprint} expires on .* UTC, in 29 days\\.`));
  assert.deepEqual(more, []);
  assert.equal(expiryWarnings([expiringIn(1.5), expiringIn(1.5, 'ANOTHER')], NOW).length, 2);
  assert.match(expiryWarnings([expiringIn(1.5)], NOW)[0] ?? '', /in 1 day\./);
});
