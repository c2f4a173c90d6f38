import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { publish } from '../../src/agent/assertions.ts';
import type { KeepAlivePlan } from '../../src/agent/plan.ts';
import { assertPrivate } from '../action/world.ts';

const ENTRIES = 'service_principal_entries.json';
const OURS = { client_id: 'client', tenant: 'tenant', client_assertion: 'old' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'azure-session-publish-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function plan(more: Partial<KeepAlivePlan> = {}): KeepAlivePlan {
  const source = { kind: 'github', audience: 'audience' } as const;
  return {
    folder,
    idTokenService: {},
    clientId: 'client',
    tenantId: 'tenant',
    source,
    expiresOn: 0,
    ...more,
  };
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

test('the file of the SDKs and the entry of az get the assertion, for the user alone', async () => {
  writeFileSync(join(folder, ENTRIES), JSON.stringify([{ ...OURS, certificate: 'of \u00e9' }]));
  assert.equal(await publish(plan(), 'new'), 'published');
  assert.equal(read('federated-token'), 'new');
  assert.deepEqual(JSON.parse(read(ENTRIES)), [{ ...OURS, certificate: 'of \u00e9', client_assertion: 'new' }]);
  assert.match(read(ENTRIES), /^[ -~\s]*$/, 'az on Windows reads it in the code page of the system');
  assertPrivate(folder);
  assert.deepEqual(readdirSync(folder).sort(), ['federated-token', ENTRIES]);
});

test('in a pod the file is the kubelet’s: only az is told', async () => {
  writeFileSync(join(folder, ENTRIES), JSON.stringify([OURS]));
  await publish(plan({ source: { kind: 'file', path: '/var/run/secrets/token' } }), 'new');
  assert.deepEqual(readdirSync(folder), [ENTRIES]);
});

test('an entry that somebody else has taken over stays theirs, and the SDKs get theirs all the same', async () => {
  const theirs = JSON.stringify([{ ...OURS, tenant: 'another' }]);
  writeFileSync(join(folder, ENTRIES), theirs);
  await publish(plan(), 'new');
  assert.equal(read(ENTRIES), theirs);
  assert.equal(read('federated-token'), 'new');
});

test('a logout of az, which removes the file, is not undone', async () => {
  await publish(plan(), 'new');
  assert.ok(!existsSync(join(folder, ENTRIES)));
});

test('a login that has left the folder it shared is over, and nothing is written', async () => {
  assert.equal(await publish(plan({ sharedLogin: 'left' }), 'new'), 'session-over');
  assert.ok(!existsSync(join(folder, 'federated-token')));
});
