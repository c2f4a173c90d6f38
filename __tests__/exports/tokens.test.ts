import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { resourceOf, scopeOf } from '../../src/core/credential.ts';
import { settleAll } from '../../src/sign-in.ts';

test('a resource has the same scope as in az, and the scope the same resource', () => {
  for (const [value, scope, resource] of [
    ['https://vault.azure.net', 'https://vault.azure.net/.default', 'https://vault.azure.net'],
    ['https://graph.microsoft.com/', 'https://graph.microsoft.com//.default', 'https://graph.microsoft.com/'],
    ['https://storage.azure.com/.default', 'https://storage.azure.com/.default', 'https://storage.azure.com'],
    ['api://app//.default', 'api://app//.default', 'api://app/'],
    ['22222222-2222-4222-8222-222222222222', '22222222-2222-4222-8222-222222222222/.default', undefined],
  ] as const) {
    assert.equal(scopeOf(value), scope);
    assert.equal(resourceOf(scope), resource ?? value);
  }
});

test('settleAll waits for all promises, then rejects with the first failure in order', async () => {
  let hasSettled = false;
  const late = setTimeout(20).then(() => {
    hasSettled = true;
    throw new Error('first');
  });
  await assert.rejects(settleAll([late, Promise.reject(new Error('second'))] as const), /first/);
  assert.ok(hasSettled);
  assert.deepEqual(await settleAll([Promise.resolve(1), 'a'] as const), [1, 'a']);
});
