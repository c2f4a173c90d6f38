/** Fresh assertions: where they come from, and where clients find them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { lifetimeMs, publish, SourceFailure, sourceOf } from '../../src/agent/assertions.ts';
import type { KeepAlivePlan } from '../../src/agent/plan.ts';
import { assertPrivate } from '../action/world.ts';

const ENTRIES = 'service_principal_entries.json';
const OURS = { client_id: 'client', tenant: 'tenant', client_assertion: 'old' };
const OTHERS = [
  { client_id: 'another', tenant: 'tenant', client_assertion: 'theirs' },
  { client_id: 'client', tenant: 'another', client_assertion: 'theirs' },
  { client_id: 'client', tenant: 'tenant', client_secret: 'theirs' },
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'azure-session-assertions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function plan(more: Partial<KeepAlivePlan> = {}): KeepAlivePlan {
  const source = { kind: 'github', audience: 'audience' } as const;
  return { folder, idTokenService: {}, clientId: 'client', tenantId: 'tenant', source, expiresOn: 0, ...more };
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

suite('a fresh one', () => {
  test('is in the file of the SDKs and in each entry of az, for the user alone, and every other entry stays', async () => {
    const [first, ...rest] = OTHERS;
    const more = { ...OURS, certificate: 'of \u00e9' };
    writeFileSync(join(folder, ENTRIES), JSON.stringify([first, OURS, ...rest, more, null, 'text']));
    assert.equal(await publish(plan(), 'new'), 'published');
    assert.equal(read('federated-token'), 'new');
    const client_assertion = 'new';
    const renewed = [first, { ...OURS, client_assertion }, ...rest, { ...more, client_assertion }, null, 'text'];
    assert.deepEqual(JSON.parse(read(ENTRIES)), renewed);
    assert.match(read(ENTRIES), /^[ -~\s]*$/, 'az on Windows reads it in the code page of the system');
    assertPrivate(folder);
    assert.deepEqual(readdirSync(folder).sort(), ['federated-token', ENTRIES]);
  });

  test('is for az alone in a pod, where the file is the kubelet’s', async () => {
    writeFileSync(join(folder, ENTRIES), JSON.stringify([OURS]));
    await publish(plan({ source: { kind: 'file', path: '/var/run/secrets/token' } }), 'new');
    assert.deepEqual(readdirSync(folder), [ENTRIES]);
  });

  test('is for the SDKs alone where az has no entry to renew, or has logged out', async () => {
    const half = JSON.stringify([OURS]).slice(0, -4);
    for (const entries of ['[]', JSON.stringify(OTHERS), JSON.stringify({ 0: OURS }), half, '']) {
      writeFileSync(join(folder, ENTRIES), entries);
      await publish(plan(), 'new');
      assert.deepEqual([read(ENTRIES), read('federated-token')], [entries, 'new']);
    }
    rmSync(join(folder, ENTRIES));
    await publish(plan(), 'new');
    assert.deepEqual(readdirSync(folder), ['federated-token']);
  });

  test('is for nobody where the login has left the folder that it shared', async () => {
    assert.equal(await publish(plan({ sharedLogin: 'left' }), 'new'), 'session-over');
    assert.deepEqual(readdirSync(folder), []);
  });
});

suite('the life of a token by its own account', () => {
  const now = new Date('2026-08-01T12:00:00Z');
  const at = (minutes: number): number => now.getTime() / 1000 + minutes * 60;
  const cases: Record<string, [token: string, minutes: number]> = {
    'issued now': [jwt({ iat: at(0), exp: at(5) }), 5],
    'by a clock that is ten minutes ahead of ours': [jwt({ iat: at(10), exp: at(15) }), 5],
    'by a clock that is ten minutes behind ours': [jwt({ iat: at(-10), exp: at(-5) }), 5],
    'without a time of issue': [jwt({ exp: at(5) }), 5],
    'with a time of issue that is no number': [jwt({ iat: '0', exp: at(5) }), 5],
    'without an end': [jwt({ iat: at(0) }), 0],
    'with its end before its beginning': [jwt({ iat: at(5), exp: at(0) }), 0],
    'of what is no token': ['no token', 0],
  };
  for (const [name, [token, minutes]] of Object.entries(cases)) {
    test(name, () => assert.equal(lifetimeMs(token, now), minutes * 60_000));
  }
});

suite("the pod's token file", () => {
  const from = (path: string) => sourceOf({ kind: 'file', path }, {})();
  const soon = (seconds: number): string => jwt({ exp: Math.floor(Date.now() / 1000) + seconds });

  test('is read anew each time, without the line end that an editor left', async () => {
    const path = join(folder, 'token');
    for (const token of [soon(600), soon(1200)]) {
      writeFileSync(path, `${token}\n`);
      const { assertion, usableMs } = await from(path);
      assert.equal(assertion, token);
      assert.ok(usableMs > 540_000 && usableMs <= 1_200_000, String(usableMs));
    }
  });

  test('is written again by the kubelet where it holds no token that can be used, or is not there', async () => {
    const path = join(folder, 'token');
    await assert.rejects(from(path), { outlook: 'transient' });
    for (const content of ['', soon(-1), 'hello']) {
      writeFileSync(path, content);
      await assert.rejects(from(path), { outlook: 'transient' });
    }
  });
});

test('a job without the permission is a definite refusal', async () => {
  const asking = sourceOf({ kind: 'github', audience: 'audience' }, {})();
  await assert.rejects(asking, (error) => error instanceof SourceFailure && error.outlook === 'final');
});

function jwt(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}
