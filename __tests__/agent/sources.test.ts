import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { lifetimeMs, SourceFailure, sourceOf } from '../../src/agent/assertions.ts';

const NOW = new Date('2026-08-01T12:00:00Z');

suite('the life of a token by its own account', () => {
  const at = (minutes: number): number => NOW.getTime() / 1000 + minutes * 60;
  const cases: Record<string, [claims: unknown, minutes: number]> = {
    'issued now': [{ iat: at(0), exp: at(5) }, 5],
    'by a clock that is ten minutes ahead of ours': [{ iat: at(10), exp: at(15) }, 5],
    'by a clock that is ten minutes behind ours': [{ iat: at(-10), exp: at(-5) }, 5],
    'without a time of issue': [{ exp: at(5) }, 5],
    'with a time of issue that is no number': [{ iat: '0', exp: at(5) }, 5],
    'without an end': [{ iat: at(0) }, 0],
    'with its end before its beginning': [{ iat: at(5), exp: at(0) }, 0],
  };
  for (const [name, [claims, minutes]] of Object.entries(cases)) {
    test(name, () => assert.equal(lifetimeMs(jwt(claims), NOW), minutes * 60_000));
  }
  test('of what is no token', () => assert.equal(lifetimeMs('no token', NOW), 0));
});

suite("the pod's token file", () => {
  const folder = mkdtempSync(join(tmpdir(), 'azure-session-source-'));
  after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'token');
  const fetch = sourceOf({ kind: 'file', path }, {});

  test('is read anew each time, without the line end that an editor left', async () => {
    for (const seconds of [600, 1200]) {
      const token = jwt({ exp: Math.floor(Date.now() / 1000) + seconds });
      writeFileSync(path, `${token}\n`);
      const { assertion, usableMs } = await fetch();
      assert.equal(assertion, token);
      assert.ok(usableMs > (seconds - 60) * 1000 && usableMs <= seconds * 1000, String(usableMs));
    }
  });

  const passing: Record<string, string> = {
    empty: '',
    'with a token that has ended': jwt({ exp: Math.floor(Date.now() / 1000) - 1 }),
    'with anything else': 'hello',
  };
  for (const [name, content] of Object.entries(passing)) {
    test(`${name}: the kubelet will write it again`, async () => {
      writeFileSync(path, content);
      await assert.rejects(fetch, isPassing);
    });
  }
  test('not there: the kubelet will write it again', async () => {
    rmSync(path);
    await assert.rejects(fetch, isPassing);
  });
});

test('a job without the permission is a definite refusal', async () => {
  await assert.rejects(
    sourceOf({ kind: 'github', audience: 'audience' }, {}),
    (error) => error instanceof SourceFailure && error.outlook === 'final',
  );
});

function isPassing(error: unknown): boolean {
  return error instanceof SourceFailure && error.outlook === 'passing';
}

function jwt(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}
