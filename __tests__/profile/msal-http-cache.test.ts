import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { msalHttpCache } from '../../src/profile/az-profile.ts';

const NOW = new Date('2026-11-22T12:00:00.500Z');
const TENANT = '11111111-1111-4111-8111-111111111111';

/** Unpickles the cache, and accesses it as MSAL Python does. */
const READ = `
import json, pickle, sys
cache = pickle.load(sys.stdin.buffer)
sequence, timestamps = cache.pop('_index_')
assert isinstance(sequence, list) and isinstance(timestamps, dict)
responses = {key: [a.status_code, json.loads(a.text), a.headers] for key, a in cache.items()}
print(json.dumps({'responses': responses, 'sequence': sequence, 'timestamps': timestamps}))
`;

const skip = spawnSync('python3', ['-c', '']).status === 0 ? false : 'needs Python';

function read(cache: Buffer | undefined): {
  responses: Record<string, [number, Record<string, string>, object]>;
  sequence: [number, number, string][];
  timestamps: Record<string, [number, number]>;
} {
  const { stdout, stderr } = spawnSync('python3', ['-c', READ], { input: cache ?? '', encoding: 'utf8' });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('MSAL’s HTTP cache has the issuer’s metadata for a day, with the keys of old and new versions', { skip }, () => {
  const { responses, sequence, timestamps } = read(msalHttpCache(KNOWN_CLOUDS.AzureCloud, [TENANT, TENANT], NOW));
  const keys = ['https://login.microsoftonline.com', 'https://login.microsoftonline.com:443'].map(
    (server) =>
      `GET ${server}/${TENANT}/v2.0/.well-known/openid-configuration hash=6f49cdbd80e1b95d5e6427e1501fc217790daee87055fa5b4e71064288bddede 2xx`,
  );
  assert.deepEqual(Object.keys(responses), keys);
  const created = Math.floor(NOW.getTime() / 1000);
  const expires = created + 86_400;
  assert.deepEqual(
    sequence,
    keys.map((key) => [expires, created, key]),
  );
  assert.deepEqual(timestamps, Object.fromEntries(keys.map((key) => [key, [expires, created]])));
  for (const [status, metadata, headers] of Object.values(responses)) {
    assert.deepEqual([status, headers], [200, {}]);
    assert.equal(metadata['issuer'], `https://login.microsoftonline.com/${TENANT}/v2.0`);
    assert.equal(metadata['token_endpoint'], `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`);
  }
});

test('MSAL’s HTTP cache may have many tenants, with any characters', { skip }, () => {
  const tenants = Array.from({ length: 300 }, (_, at) => `tenant-é-${at}`);
  assert.equal(Object.keys(read(msalHttpCache(KNOWN_CLOUDS.AzureCloud, tenants, NOW)).responses).length, 600);
});

test('MSAL’s HTTP cache is not written for AD FS, which has no tenants', () => {
  assert.equal(msalHttpCache({ ...KNOWN_CLOUDS.AzureCloud, directory: 'adfs' }, [TENANT], NOW), undefined);
});
