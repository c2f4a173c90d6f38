import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { msalHttpCache } from '../../src/profile/az-profile.ts';

const NOW = new Date('2026-11-22T12:00:00.500Z');
const TENANT = '11111111-1111-4111-8111-111111111111';

/** Prints what Python finds in a pickle, as MSAL looks at it. */
const READ = `
import json, pickle, sys
cache = pickle.load(sys.stdin.buffer)
sequence, timestamps = cache.pop('_index_')
assert isinstance(sequence, list) and isinstance(timestamps, dict)
print(json.dumps({
    'answers': {key: [a.status_code, json.loads(a.text), a.headers] for key, a in cache.items()},
    'sequence': sequence,
    'timestamps': timestamps,
}))
`;

const python = spawnSync('python3', ['-c', ''], { stdio: 'ignore' }).status === 0 ? false : 'needs Python';

function read(cache: Buffer | undefined): {
  answers: Record<string, [number, Record<string, string>, object]>;
  sequence: [number, number, string][];
  timestamps: Record<string, [number, number]>;
} {
  const { stdout, stderr } = spawnSync('python3', ['-c', READ], { input: cache ?? '', encoding: 'utf8' });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

describe('the HTTP cache of MSAL Python', { skip: python }, () => {
  it('holds the description of the issuer, under the keys of old and new versions, for a day', () => {
    const { answers, sequence, timestamps } = read(msalHttpCache(KNOWN_CLOUDS.AzureCloud, [TENANT, TENANT], NOW));
    const keys = ['https://login.microsoftonline.com', 'https://login.microsoftonline.com:443'].map(
      (server) =>
        `GET ${server}/${TENANT}/v2.0/.well-known/openid-configuration hash=6f49cdbd80e1b95d5e6427e1501fc217790daee87055fa5b4e71064288bddede 2xx`,
    );
    assert.deepEqual(Object.keys(answers), keys);
    const created = Math.floor(NOW.getTime() / 1000);
    assert.deepEqual(
      sequence,
      keys.map((key) => [created + 86_400, created, key]),
    );
    assert.deepEqual(timestamps, Object.fromEntries(keys.map((key) => [key, [created + 86_400, created]])));
    for (const [status, description, headers] of Object.values(answers)) {
      assert.equal(status, 200);
      assert.deepEqual(headers, {});
      assert.equal(description['issuer'], `https://login.microsoftonline.com/${TENANT}/v2.0`);
      assert.equal(description['token_endpoint'], `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`);
    }
  });

  it('holds each tenant, and text of any length and letters', () => {
    const tenants = Array.from({ length: 300 }, (_, at) => `tenant-é-${at}`);
    assert.equal(Object.keys(read(msalHttpCache(KNOWN_CLOUDS.AzureCloud, tenants, NOW)).answers).length, 600);
  });
});

it('an AD FS has no tenants to describe', () => {
  assert.equal(msalHttpCache({ ...KNOWN_CLOUDS.AzureCloud, directory: 'adfs' }, [TENANT], NOW), undefined);
});
