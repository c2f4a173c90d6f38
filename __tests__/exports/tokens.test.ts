import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { resourceOf, scopeOf } from '../../src/core/credential.ts';
import { settleAll } from '../../src/sign-in.ts';

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

test('of several failures the first in order counts, once nothing is under way any more', async () => {
  let isOver = false;
  const late = setTimeout(20).then(() => {
    isOver = true;
    throw new Error('the first');
  });
  await assert.rejects(settleAll([late, Promise.reject(new Error('the second'))] as const), /the first/);
  assert.ok(isOver);
  assert.deepEqual(await settleAll([Promise.resolve(1), 'a'] as const), [1, 'a']);
});
