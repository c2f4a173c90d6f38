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

const uid = process.getuid?.() ?? 0;
const folder = (mode: number) => (path: string) => {
  mkdirSync(path);
  chmodSync(path, mode);
};
const nothing = (): void => {};
const link = (path: string): void => symlinkSync(parent, path);
const file = (path: string): void => writeFileSync(path, '');

suite('Whether a folder is suitable for a profile', { skip: NEEDS.posix }, () => {
  for (const [name, create, jobUid, expected] of [
    ['a path that does not exist', nothing, uid, 'missing'],
    ['a link', link, uid, /It is a link/],
    ['a link on Windows', link, undefined, /It is a link/],
    ['a file', file, uid, /not a folder/],
    ['a private folder', folder(0o700), uid, 'fit'],
    ['a folder that others may read', folder(0o755), uid, 'fit'],
    ['a folder of another user', folder(0o700), uid + 1, /belongs to user id \d+, but the job runs as user id \d+/],
    ['a folder that everybody may write to', folder(0o777), uid, /Every user/],
    ['a folder that everybody may write to, with the sticky bit', folder(0o1777), uid, /Every user/],
    ['a folder that the group may write to', folder(0o775), uid, 'group-may-write'],
    ['any folder on Windows', folder(0o777), undefined, 'fit'],
  ] as const) {
    test(name, () => {
      const path = join(parent, name);
      create(path);
      if (typeof expected === 'string') return assert.equal(checkFolder(path, jobUid), expected);
      const matches = ({ why, next }: SessionError): boolean => expected.test(why) && next.length > 0;
      assert.throws(() => checkFolder(path, jobUid), matches);
    });
  }

  test('a path through a file', () => {
    file(join(parent, 'above'));
    assert.throws(() => checkFolder(join(parent, 'above', 'profile'), uid), { why: /is not a folder/ });
  });
});

const here = thisProcess();
const dead = { ...here, pid: 2 ** 22 + 1 };

for (const [name, owner, ageMs, abandoned] of [
  ['runs', here, 10, false],
  ['has ended', dead, 10, true],
  ['may run in another container', { ...dead, where: 'there' }, 10, false],
  ['has kept it too long in another container', { ...here, where: 'there' }, 61_000, true],
  ['has ended, and its id was reused', { ...here, started: '1' }, 10, here.started !== ''],
  ['runs, on a system without start times', { ...here, started: '' }, 10, false],
  ['runs, but has kept it too long', here, 61_000, true],
  ['is not yet written', undefined, 10, false],
  ['was never written', undefined, 3000, true],
] as const satisfies [string, LockOwner | undefined, number, boolean][]) {
  test(`a lock is ${abandoned ? '' : 'not '}abandoned if its owner ${name}`, () =>
    assert.equal(isAbandoned(owner, ageMs), abandoned));
}

test('a lock without a complete owner has none', () => {
  for (const text of ['', '{', '[]', '{"token":"t"}', '{"token":"","pid":1,"where":""}']) {
    assert.equal(parseOwner(text), undefined, text);
  }
});
