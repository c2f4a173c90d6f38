import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceOf, scopeOf } from '../../src/core/credential.ts';

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
