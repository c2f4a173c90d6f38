import assert from 'node:assert/strict';
import test from 'node:test';
import type { SessionError } from '../../src/core/session-error.ts';
import { isAbandoned, type LockOwner, parseOwner } from '../../src/profile/locks.ts';
import { type FolderFacts, judgeFolder } from '../../src/profile/named-folder.ts';

const folder = (owner: number, mode: number): FolderFacts => ({ kind: 'folder', owner, mode });

for (const [what, facts, uid, verdict] of [
  ['nothing there', { kind: 'missing' }, 1000, 'fit'],
  ['a link', { kind: 'link' }, 1000, /It is a link/],
  ['a link on Windows', { kind: 'link' }, undefined, /It is a link/],
  ['a file', { kind: 'no-folder' }, 1000, /no folder/],
  ['a private folder', folder(1000, 0o700), 1000, 'fit'],
  ['a folder that others may read', folder(1000, 0o755), 1000, 'fit'],
  ['a folder of somebody else', folder(1001, 0o700), 1000, /belongs to the user with id 1001; the job runs as 1000/],
  ['somebody’s folder, to root', folder(1001, 0o700), 0, /belongs to the user with id 1001/],
  ['root’s folder', folder(0, 0o755), 1000, /belongs to the user with id 0/],
  ['a folder that everybody may write to', folder(1000, 0o777), 1000, /Every user/],
  ['the same with the sticky bit, like /tmp', folder(1000, 0o1777), 1000, /Every user/],
  ['a folder that the group may write to', folder(1000, 0o775), 1000, 'warning'],
  ['any folder on Windows', folder(0, 0o777), undefined, 'fit'],
] as const) {
  test(what, () => {
    const judged = (): string[] => judgeFolder("/it's/here", facts, uid);
    if (verdict instanceof RegExp) {
      assert.throws(judged, (error: SessionError) => verdict.test(error.why) && error.next.length > 0);
    } else {
      assert.equal(judged().length > 0 ? 'warning' : 'fit', verdict);
    }
  });
}

const owner: LockOwner = { token: 't', pid: 7, where: 'here' };

for (const [what, holder, ageMs, isHolding, abandoned] of [
  ['alive', owner, 10, true, false],
  ['gone', owner, 10, false, true],
  ['gone, but in another container', { ...owner, where: 'there' }, 10, false, false],
  ['in another container for too long', { ...owner, where: 'there' }, 61_000, false, true],
  ['alive, but stopped in the middle', owner, 61_000, true, true],
  ['not yet written', undefined, 10, false, false],
  ['never written', undefined, 3000, false, true],
] as const) {
  const here = { where: 'here', isHolding: () => isHolding };
  test(`the owner of a lock: ${what}`, () => assert.equal(isAbandoned(holder, ageMs, here), abandoned));
}

for (const text of ['', '{', '[]', '{"token":"t"}', '{"token":"","pid":1,"where":""}']) {
  test(`no owner in ${text}`, () => assert.equal(parseOwner(text), undefined));
}
