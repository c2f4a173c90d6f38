import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { SessionError } from '../../src/core/session-error.ts';
import { isAbandoned, type LockOwner, parseOwner, thisProcess } from '../../src/profile/locks.ts';
import { checkFolder } from '../../src/profile/named-folder.ts';
import { NEEDS } from '../needs.ts';

const parent = mkdtempSync(join(tmpdir(), "azure-session-it's-here-"));
after(() => rmSync(parent, { recursive: true }));

const own = process.getuid?.() ?? 0;
const folder = (mode: number) => (path: string) => {
  mkdirSync(path);
  chmodSync(path, mode);
};
const nothing = (): void => {};
const link = (path: string): void => symlinkSync(parent, path);
const file = (path: string): void => writeFileSync(path, '');

suite('Whether a folder can hold a profile', { skip: NEEDS.posix }, () => {
  for (const [what, make, uid, verdict] of [
    ['nothing there', nothing, own, 'missing'],
    ['a link', link, own, /It is a link/],
    ['a link on Windows', link, undefined, /It is a link/],
    ['a file', file, own, /not a folder/],
    ['a private folder', folder(0o700), own, 'fit'],
    ['a folder that others may read', folder(0o755), own, 'fit'],
    ['a folder of somebody else', folder(0o700), own + 1, /belongs to user id \d+, but the job runs as user id \d+/],
    ['a folder that everybody may write to', folder(0o777), own, /Every user/],
    ['the same with the sticky bit, as on a folder for everybody’s files', folder(0o1777), own, /Every user/],
    ['a folder that the group may write to', folder(0o775), own, 'group-may-write'],
    ['any folder on Windows', folder(0o777), undefined, 'fit'],
  ] as const) {
    test(what, () => {
      const path = join(parent, what);
      make(path);
      if (typeof verdict === 'string') return assert.equal(checkFolder(path, uid), verdict);
      const isTold = ({ why, next }: SessionError): boolean => verdict.test(why) && next.length > 0;
      assert.throws(() => checkFolder(path, uid), isTold);
    });
  }

  test('below a file', () => {
    file(join(parent, 'above'));
    assert.throws(() => checkFolder(join(parent, 'above', 'profile'), own), { why: /is not a folder/ });
  });
});

const here = thisProcess();

for (const [what, owner, ageMs, abandoned] of [
  ['alive', here, 10, false],
  ['gone', { ...here, pid: 2 ** 22 + 1 }, 10, true],
  ['gone, but in another container', { ...here, pid: 2 ** 22 + 1, where: 'there' }, 10, false],
  ['in another container for too long', { ...here, where: 'there' }, 61_000, true],
  ['gone, and its id is another’s', { ...here, started: '1' }, 10, here.started !== ''],
  ['alive, where the system does not tell since when', { ...here, started: '' }, 10, false],
  ['alive, but stopped in the middle', here, 61_000, true],
  ['not yet written', undefined, 10, false],
  ['never written', undefined, 3000, true],
] as const satisfies [string, LockOwner | undefined, number, boolean][]) {
  test(`the owner of a lock: ${what}`, () => assert.equal(isAbandoned(owner, ageMs), abandoned));
}

for (const text of ['', '{', '[]', '{"token":"t"}', '{"token":"","pid":1,"where":""}']) {
  test(`no owner in ${text}`, () => assert.equal(parseOwner(text), undefined));
}
