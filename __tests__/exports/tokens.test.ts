import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccessToken, resourceOf, scopeOf } from '../../src/core/credential.ts';
import { allOf, requestTokens, tokenOutputs } from '../../src/exports/tokens.ts';

function tokenFor(scope: string): AccessToken {
  return { token: `token for ${scope}`, expiresOn: new Date(Date.UTC(2030, 0, 1)), scope };
}

test('scopes as az makes them, and back', () => {
  for (const [written, scope, resource] of [
    ['https://vault.azure.net', 'https://vault.azure.net/.default', 'https://vault.azure.net'],
    ['https://graph.microsoft.com/', 'https://graph.microsoft.com//.default', 'https://graph.microsoft.com/'],
    ['https://storage.azure.com/.default', 'https://storage.azure.com/.default', 'https://storage.azure.com'],
    ['api://app//.default', 'api://app//.default', 'api://app/'],
    ['22222222-2222-4222-8222-222222222222', '22222222-2222-4222-8222-222222222222/.default', undefined],
  ] as const) {
    assert.equal(scopeOf(written), scope);
    assert.equal(resourceOf(scope), resource ?? written);
  }
});

test('tokens come in the order of their scopes, masked, and none is asked for twice', async () => {
  const asked: string[] = [];
  const masked: string[] = [];
  const getToken = async (scope: string): Promise<AccessToken> => {
    asked.push(scope);
    await new Promise((resolve) => setTimeout(resolve, scope.startsWith('slow') ? 20 : 1));
    return tokenFor(scope);
  };
  const known = tokenFor('known/.default');
  const tokens = await requestTokens(['slow', 'known', 'fast'], getToken, known, (secret) => masked.push(secret));
  assert.deepEqual(
    tokens.map(({ scope }) => scope),
    ['slow/.default', 'known/.default', 'fast/.default'],
  );
  assert.equal(tokens[1], known);
  assert.deepEqual(asked, ['slow/.default', 'fast/.default']);
  assert.deepEqual(new Set(masked), new Set(tokens.map(({ token }) => token)));
});

test('of several failures the first in order is told, once all have ended', async () => {
  const order: string[] = [];
  const after = async (ms: number, name: string): Promise<never> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    order.push(name);
    throw new Error(name);
  };
  await assert.rejects(allOf([after(20, 'first'), after(1, 'second')] as const), /first/);
  assert.deepEqual(order, ['second', 'first']);
});

test('outputs: the first token, and all by what was written', () => {
  const outputs = tokenOutputs(['b', 'a/.default'], [tokenFor('a/.default'), tokenFor('b/.default')]);
  assert.equal(outputs['access-token'], 'token for b/.default');
  assert.deepEqual(JSON.parse(outputs['access-tokens'] ?? ''), {
    b: { token: 'token for b/.default', expiresOn: '2030-01-01T00:00:00.000Z' },
    'a/.default': { token: 'token for a/.default', expiresOn: '2030-01-01T00:00:00.000Z' },
  });
  assert.deepEqual(tokenOutputs([], [tokenFor('a/.default')]), {});
});
