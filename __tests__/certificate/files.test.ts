import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, posix, resolve, win32 } from 'node:path';
import { after, describe, it } from 'node:test';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { MAX_INPUT_FILE_BYTES, readRegularFile } from '../../src/core/files.ts';
import { resolveInputPath } from '../../src/core/machine.ts';
import { CERTIFICATE_FILE } from '../../src/errors/certificate.ts';
import { fileError } from '../../src/errors/files.ts';
import { NEEDS } from '../needs.ts';
import { certutilEncoded, fixture, IDENTITY, PASSWORD, text, wrapped } from './forms.ts';

const folder = mkdtempSync(join(tmpdir(), 'azure-session-certificate-'));
const workspace = join(folder, 'work space');
const home = join(folder, 'home');
const pem = text('leaf.crt') + text('leaf.key');

mkdirSync(join(workspace, 'certs', 'prod'), { recursive: true });
mkdirSync(home);
after(() => rmSync(folder, { recursive: true }));

async function thumbprintOf(value: string, password = ''): Promise<string> {
  const source = { value, password, clientId: 'APP' };
  return (await readClientCertificate(source, new Date(), { workspace, home })).certificate.thumbprint;
}

/** Writes a file and returns its absolute path. */
function write(name: string, content: string | Buffer): string {
  const path = resolve(workspace, name);
  writeFileSync(path, content);
  return path;
}

describe('what a file may hold', () => {
  for (const [name, content, password] of [
    ['PEM', pem, ''],
    ['PEM with a byte order mark', `\ufeff${pem}`, ''],
    ['PEM in UTF-16', Buffer.from(`\ufeff${pem}`, 'utf16le'), ''],
    ['a PFX', fixture('modern.pfx'), PASSWORD],
    ['base64 of a PFX in lines', wrapped(fixture('legacy.pfx'), '\r\n'), PASSWORD],
    ['a PFX in the lines of a certificate', certutilEncoded('\r\n'), PASSWORD],
    ['base64 of PEM', Buffer.from(pem).toString('base64'), ''],
  ] as const) {
    it(name, async () =>
      assert.equal(await thumbprintOf(write('certificate', content), password), IDENTITY.thumbprint),
    );
  }
});

describe('where a path leads', () => {
  for (const [name, written, given] of [
    ['absolute', 'absolute.pem', join(workspace, 'absolute.pem')],
    ['relative to the workspace', 'certs/sp.pem', './certs/../certs/sp.pem'],
    ['of the home folder, with white space around it', '../home/sp.pem', ' ~/sp.pem\n'],
    ['nothing but base64 characters', 'certs/prod/MIIcertificate', 'certs/prod/MIIcertificate'],
    ['the same without a folder', 'MIIBAQcertificate', 'MIIBAQcertificate'],
    ['spaces, quotes and letters of other scripts', "Zoë's сертификат.pem", "Zoë's сертификат.pem"],
  ] as const) {
    it(name, async () => {
      write(written, pem);
      assert.equal(await thumbprintOf(given), IDENTITY.thumbprint);
    });
  }

  it('a link to a file, as a mounted secret is', { skip: NEEDS.posix }, async () => {
    symlinkSync(write('target.pem', pem), join(workspace, 'link.pem'));
    assert.equal(await thumbprintOf('link.pem'), IDENTITY.thumbprint);
  });

  const linux = { workspace: '/home/runner/work/app', home: '/home/runner' };
  const windows = { workspace: 'D:\\a\\app', home: 'C:\\Users\\runneradmin' };
  for (const [given, onLinux, onWindows] of [
    ['cert.pem', '/home/runner/work/app/cert.pem', 'D:\\a\\app\\cert.pem'],
    ['certs/sp.pem', '/home/runner/work/app/certs/sp.pem', 'D:\\a\\app\\certs\\sp.pem'],
    ['certs\\sp.pem', '/home/runner/work/app/certs\\sp.pem', 'D:\\a\\app\\certs\\sp.pem'],
    ['../sp.pem', '/home/runner/work/sp.pem', 'D:\\a\\sp.pem'],
    ['/srv/sp.pem', '/srv/sp.pem', 'D:\\srv\\sp.pem'],
    ['c:/srv/sp.pem', '/home/runner/work/app/c:/srv/sp.pem', 'c:\\srv\\sp.pem'],
    ['\\\\server\\share\\sp.pem', '/home/runner/work/app/\\\\server\\share\\sp.pem', '\\\\server\\share\\sp.pem'],
    ['~/sp.pem', '/home/runner/sp.pem', 'C:\\Users\\runneradmin\\sp.pem'],
    ['~', '/home/runner', 'C:\\Users\\runneradmin'],
    ['~other/sp.pem', '/home/runner/work/app/~other/sp.pem', 'D:\\a\\app\\~other\\sp.pem'],
  ] as const) {
    it(`${given}, where it is on each system`, () => {
      assert.deepEqual(
        [resolveInputPath(given, linux, posix), resolveInputPath(given, windows, win32)],
        [onLinux, onWindows],
      );
    });
  }
});

describe('refused files', () => {
  const assertRefused = (value: string, message: string) => assert.rejects(thumbprintOf(value), { message });
  const named = (says: string): string => `The certificate file that \`client-certificate\` names ${says}.`;
  const denied = named('cannot be read: access is denied');
  const paths = ['no/such.pem', 'C:\\certs\\sp.pfx', '\\\\server\\share\\sp.pfx', '~/absent.pem', '/absent', 'sp.pfx'];
  const mangled = `/${fixture('modern.pfx').toString('base64').slice(1, 2000)}`;
  for (const [name, value, message] of [
    ...paths.map((path) => [`absent: ${path}`, path, named('does not exist')] as const),
    ['a file used as a folder', 'file.pem/sp.pem', named('does not exist')],
    ['mangled base64, though it has slashes', mangled, '`client-certificate` is not a certificate.'],
    ['nothing but white space', ' \n', '`client-certificate` is not a certificate.'],
    ['a folder', 'certs', named('is a folder')],
    ['an empty file', 'empty.pem', '`client-certificate` names a file that is not a certificate.'],
  ] as const) {
    it(name, async () => {
      write('file.pem', pem);
      write('empty.pem', '');
      await assertRefused(value, message);
    });
  }

  it('a device, a pipe, which would wait for a writer, and a socket', { skip: NEEDS.posix }, async () => {
    execFileSync('mkfifo', [join(workspace, 'pipe')]);
    const server = createServer().listen(join(folder, 's'));
    await new Promise((ready) => server.once('listening', ready));
    for (const path of ['/dev/zero', 'pipe', join(folder, 's')]) {
      await assertRefused(path, named('is not a regular file'));
    }
    server.close();
  });

  it('one octet more than 1 MB', async () => {
    truncateSync(write('large.pem', pem), MAX_INPUT_FILE_BYTES + 1);
    await assertRefused('large.pem', named('is larger than 1 MB'));
    truncateSync(write('large.pem', pem), MAX_INPUT_FILE_BYTES);
    assert.equal(await thumbprintOf('large.pem'), IDENTITY.thumbprint);
  });

  it('a file of /proc that says it is empty and is not', { skip: NEEDS.proc }, () => {
    assert.ok(readRegularFile('/proc/self/status', MAX_INPUT_FILE_BYTES, 'follow').length > 100);
  });

  it('a file of somebody else', { skip: process.getuid?.() === 0 || NEEDS.posix }, async () => {
    chmodSync(write('denied.pem', pem), 0);
    await assertRefused('denied.pem', denied);
  });

  it('denied and failed reads are told apart', () => {
    const error = (code: string) => fileError(Object.assign(new Error('a.pem'), { code }), CERTIFICATE_FILE);
    assert.equal(error('EACCES').message, denied);
    assert.equal(error('EIO').message, named('cannot be read'));
    assert.match(error('EIO').why, /EIO/);
  });
});
