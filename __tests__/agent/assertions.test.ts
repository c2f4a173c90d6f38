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

suite('A fresh assertion', () => {
  test('is written to the file of the SDKs and to each entry of az, with private modes; other entries stay', async () => {
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

  test('is written only for az in a pod, where the kubelet owns the token file', async () => {
    writeFileSync(join(folder, ENTRIES), JSON.stringify([OURS]));
    await publish(plan({ source: { kind: 'file', path: '/var/run/secrets/token' } }), 'new');
    assert.deepEqual(readdirSync(folder), [ENTRIES]);
  });

  test('is written only for the SDKs if az has no entry to renew or no file', async () => {
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

  test('is not written after the login has left a shared folder', async () => {
    assert.equal(await publish(plan({ sharedLogin: 'left' }), 'new'), 'session-over');
    assert.deepEqual(readdirSync(folder), []);
  });
});

suite('The lifetime of a token by its own claims', () => {
  const now = new Date('2026-08-01T12:00:00Z');
  const at = (minutes: number): number => now.getTime() / 1000 + minutes * 60;
  const cases: Record<string, [token: string, minutes: number]> = {
    'issued now': [jwt({ iat: at(0), exp: at(5) }), 5],
    'issued by a clock that is ten minutes fast': [jwt({ iat: at(10), exp: at(15) }), 5],
    'issued by a clock that is ten minutes slow': [jwt({ iat: at(-10), exp: at(-5) }), 5],
    'without the time of issue': [jwt({ exp: at(5) }), 5],
    'with a time of issue that is not a number': [jwt({ iat: '0', exp: at(5) }), 5],
    'without an expiry': [jwt({ iat: at(0) }), 0],
    'with an expiry before the time of issue': [jwt({ iat: at(5), exp: at(0) }), 0],
    'that is not a token': ['no token', 0],
  };
  for (const [name, [token, minutes]] of Object.entries(cases)) {
    test(name, () => assert.equal(lifetimeMs(token, now), minutes * 60_000));
  }
});

test("the pod's token file is read each time, without a line end; one that cannot be used is a failure", async () => {
  const path = join(folder, 'token');
  const fetch = sourceOf({ kind: 'file', path }, {});
  const expiringIn = (seconds: number): string => jwt({ exp: Math.floor(Date.now() / 1000) + seconds });
  await assert.rejects(fetch(), SourceFailure);
  for (const content of ['', expiringIn(-1), 'hello']) {
    writeFileSync(path, content);
    await assert.rejects(fetch(), SourceFailure);
  }
  for (const token of [expiringIn(600), expiringIn(1200)]) {
    writeFileSync(path, `${token}\n`);
    const { assertion, usableMs } = await fetch();
    assert.equal(assertion, token);
    assert.ok(usableMs > 540_000 && usableMs <= 1_200_000, String(usableMs));
  }
});

test('a job without the permission for ID tokens is a failure', async () => {
  const fetch = sourceOf({ kind: 'github', audience: 'audience' }, {});
  await assert.rejects(fetch(), SourceFailure);
});

function jwt(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}
