import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../../src/core/session.ts';
import { effort, signInLog } from '../../src/exports/outputs.ts';
import { APPLICATION, accountOf, CLIENT, SUBSCRIPTION, TENANT, USER_ASSIGNED } from './accounts.ts';

/** @param states of subscriptions beside the default one */
function session(principal: Parameters<typeof accountOf>[0], states: readonly string[] = []): Session {
  const account = accountOf(principal);
  const [first = assert.fail()] = account.subscriptions;
  return {
    kind: 'account',
    account: { ...account, subscriptions: [first, ...states.map((state) => ({ ...first, state }))] },
    material: { kind: 'managed-identity' },
    managementTokens: [{ token: '', scope: '', tenantId: TENANT, expiresOn: new Date(0) }],
    additionalTokens: [],
  };
}

test('the log shows the identity, the method, the cloud and the default subscription', () => {
  assert.deepEqual(signInLog(session(APPLICATION), 'oidc', 'in 1 s'), [
    `Signed in to AzureCloud as ${CLIENT} by oidc, tenant ${TENANT}, in 1 s.`,
    `Default subscription: Production (${SUBSCRIPTION}).`,
  ]);
  const [signedIn = ''] = signInLog(session(USER_ASSIGNED), 'managed-identity', '');
  assert.match(signedIn, new RegExp(`userAssignedIdentity \\(${CLIENT}\\) by managed-identity`));
});

test('the log counts the other subscriptions, and the disabled ones among them', () => {
  for (const [states, end] of [
    [['Enabled', 'Warned'], ', and 2 more.'],
    [['Enabled', 'Disabled'], ', and 2 more (1 disabled).'],
  ] as const) {
    const [, subscription = ''] = signInLog(session(APPLICATION, states), 'oidc', '');
    assert.ok(subscription.endsWith(end), subscription);
  }
});

test('the log shows the duration and the number of requests', () => {
  const texts = [effort(0.6123, 3), effort(1.26, 1), effort(0.05, 0)];
  assert.deepEqual(texts, ['in 612 ms with 3 requests', 'in 1.3 s with one request', 'in 50 ms']);
});
