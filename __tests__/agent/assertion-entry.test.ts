import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { withAssertion } from '../../src/agent/assertions.ts';

const IDENTITY = { clientId: 'client-a', tenantId: 'tenant-a' };
const OURS = { client_id: 'client-a', tenant: 'tenant-a', client_assertion: 'old' };
const OTHERS = [
  { client_id: 'client-b', tenant: 'tenant-a', client_assertion: 'theirs' },
  { client_id: 'client-a', tenant: 'tenant-b', client_assertion: 'theirs' },
  { client_id: 'client-c', tenant: 'tenant-a', client_secret: 'theirs' },
];

test('the entry of the identity gets the assertion, in its place, and every other one stays as it is', () => {
  const [first, ...rest] = OTHERS;
  const renewed = withAssertion(JSON.stringify([first, { ...OURS, more: 1 }, ...rest]), IDENTITY, 'new');
  assert.deepEqual(renewed, [first, { ...OURS, more: 1, client_assertion: 'new' }, ...rest]);
});

test('every entry of the identity gets it', () => {
  assert.deepEqual(withAssertion(JSON.stringify([OURS, OURS]), IDENTITY, 'new'), [
    { ...OURS, client_assertion: 'new' },
    { ...OURS, client_assertion: 'new' },
  ]);
});

suite('where there is nothing to renew, nothing is written', () => {
  const files: Record<string, string> = {
    'no entry at all': '[]',
    'entries of others': JSON.stringify(OTHERS),
    'the identity signed in anew, by a secret': JSON.stringify([{ ...OURS, client_assertion: undefined, secret: 's' }]),
    'entries of other kinds': JSON.stringify([null, 1, 'text', [OURS]]),
    'an object': JSON.stringify({ 0: OURS }),
    'half a file': JSON.stringify([OURS]).slice(0, -4),
    'an empty file': '',
  };
  for (const [name, json] of Object.entries(files)) {
    test(name, () => assert.equal(withAssertion(json, IDENTITY, 'new'), undefined));
  }
});
