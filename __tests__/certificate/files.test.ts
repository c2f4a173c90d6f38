import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { MAX_INPUT_FILE_BYTES, readRegularFile } from '../../src/core/files.ts';
import { CERTIFICATE_FILE } from '../../src/errors/certificate.ts';
import { fileError } from '../../src/errors/files.ts';
import { NEEDS } from '../needs.ts';
import { fixture, PASSWORD, THUMBPRINT, text, wrapped } from './forms.ts';

const folder = mkdtempSync(join(tmpdir(), 'azure-session-certificate-'));
const workspace = join(folder, 'work space');
const home = join(folder, 'home');
const pem = text('leaf.crt') + text('leaf.key');

for (const path of ['certs/prod', '~other', '../home']) mkdirSync(join(workspace, path), { recursive: true });
after(() => rmSync(folder, { recursive: true }));

async function assertAccepted(value: string, password = ''): Promise<void> {
  const source = { certificate: value, certificatePassword: password, clientId: 'APP' };
  const { certificate } = await readClientCertificate(source, new Date(), { workspace, home });
  assert.equal(certificate.thumbprint, THUMBPRINT);
}

/** @returns the absolute path */
function write(name: string, content: string | Buffer): string {
  const path = resolve(workspace, name);
  writeFileSync(path, content);
  return path;
}

describe('a file may contain', () => {
  for (const [name, content, password] of [
    ['PEM', pem, ''],
    ['PEM with a byte order mark', `\ufeff${pem}`, ''],
    ['PEM in UTF-16', Buffer.from(`\ufeff${pem}`, 'utf16le'), ''],
    ['base64 of a PFX in lines', wrapped(fixture('legacy.pfx'), '\r\n'), PASSWORD],
    ['base64 of PEM', Buffer.from(pem).toString('base64'), ''],
  ] as const) {
    it(name, () => assertAccepted(write('certificate', content), password));
  }
});

describe('a path may', () => {
  for (const [name, written, value] of [
    ['be absolute', 'absolute.pem', join(workspace, 'absolute.pem')],
    ['be relative to the workspace', 'certs/sp.pem', './certs/../certs/sp.pem'],
    ['be in the home folder, and have white space around it', '../home/sp.pem', ' ~/sp.pem\n'],
    ['begin with a tilde and a name', '~other/sp.pem', '~other/sp.pem'],
    ['consist of base64 characters', 'certs/prod/MIIcertificate', 'certs/prod/MIIcertificate'],
    ['consist of base64 characters without a slash', 'MIIBAQcertificate', 'MIIBAQcertificate'],
    ['contain spaces, quotes and non-Latin letters', "Zoë's сертификат.pem", "Zoë's сертификат.pem"],
  ] as const) {
    it(name, async () => {
      write(written, pem);
      await assertAccepted(value);
    });
  }

  it('name a link to a file, such as a mounted secret', { skip: NEEDS.posix }, async () => {
    symlinkSync(write('target.pem', pem), join(workspace, 'link.pem'));
    await assertAccepted('link.pem');
  });
});

describe('an error is', () => {
  const assertRejected = (value: string, message: string) => assert.rejects(assertAccepted(value), { message });
  const fileMessage = (reason: string): string => `The certificate file that \`client-certificate\` names ${reason}.`;
  const paths = ['no/such.pem', 'C:\\certs\\sp.pfx', '\\\\server\\share\\sp.pfx', '~/absent.pem', '/absent', 'sp.pfx'];
  const mangled = `/${fixture('modern.pfx').toString('base64').slice(1, 2000)}`;
  write('file.pem', pem);
  write('empty.pem', '');
  for (const [name, value, message] of [
    ...paths.map((path) => [`a file that does not exist: ${path}`, path, fileMessage('does not exist')] as const),
    ['a file in the path where a folder must be', 'file.pem/sp.pem', fileMessage('does not exist')],
    ['mangled base64, even though it contains slashes', mangled, '`client-certificate` is not a certificate.'],
    ['white space', ' \n', '`client-certificate` is not a certificate.'],
    ['an empty file', 'empty.pem', '`client-certificate` names a file that is not a certificate.'],
  ] as const) {
    it(name, () => assertRejected(value, message));
  }

  it('a device, a pipe, which would wait for a writer, or a socket', { skip: NEEDS.posix }, async () => {
    execFileSync('mkfifo', [join(workspace, 'pipe')]);
    const server = createServer().listen(join(folder, 's'));
    await new Promise((ready) => server.once('listening', ready));
    for (const path of ['/dev/zero', 'pipe', join(folder, 's')]) {
      await assertRejected(path, fileMessage('is not a regular file'));
    }
    server.close();
  });

  it('a file larger than 1 MB', async () => {
    truncateSync(write('large.pem', pem), MAX_INPUT_FILE_BYTES + 1);
    await assertRejected('large.pem', fileMessage('is larger than 1 MB'));
    truncateSync(write('large.pem', pem), MAX_INPUT_FILE_BYTES);
    await assertAccepted('large.pem');
  });

  it('a file of another user', { skip: process.getuid?.() === 0 || NEEDS.posix }, async () => {
    chmodSync(write('denied.pem', pem), 0);
    await assertRejected('denied.pem', fileMessage('cannot be read: access is denied'));
  });

  it('denied access, or a failed read with its code', () => {
    const error = (code: string) => fileError(Object.assign(new Error('a.pem'), { code }), CERTIFICATE_FILE);
    assert.equal(error('EACCES').message, fileMessage('cannot be read: access is denied'));
    assert.equal(error('EIO').message, fileMessage('cannot be read'));
    assert.match(error('EIO').why, /EIO/);
  });
});

it('a file of /proc is read, although its reported size is zero', { skip: NEEDS.proc }, () => {
  assert.ok(readRegularFile('/proc/self/status', MAX_INPUT_FILE_BYTES, 'follow').length > 100);
});
