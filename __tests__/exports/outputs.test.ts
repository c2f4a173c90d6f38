import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Session } from '../../src/core/session.ts';
import { effort, signInLog } from '../../src/exports/outputs.ts';
import { APPLICATION, accountOf, CLIENT, SUBSCRIPTION, TENANT, USER_ASSIGNED } from './accounts.ts';

function session(principal: Parameters<typeof accountOf>[0], states: readonly string[]): Session {
  const account = accountOf(principal);
  const [first] = account.subscriptions;
  if (first === undefined) throw new Error('The account has a subscription.');
  const expiresOn = new Date(0);
  return {
    kind: 'account',
    account: { ...account, subscriptions: [first, ...states.map((state) => ({ ...first, state }))] },
    material: { kind: 'managed-identity' },
    managementTokens: [{ token: '', scope: '', tenantId: TENANT, expiresOn }],
    additionalTokens: [],
  };
}

describe('the log of a session', () => {
  it('says who signed in, how and where', () => {
    assert.deepEqual(signInLog(session(APPLICATION, []), 'oidc', 'in 1 s'), [
      `Signed in to AzureCloud as ${CLIENT} by oidc, tenant ${TENANT}, in 1 s.`,
      `Default subscription: Production (${SUBSCRIPTION}).`,
    ]);
    const [signedIn = ''] = signInLog(session(USER_ASSIGNED, []), 'managed-identity', '');
    assert.match(signedIn, new RegExp(`userAssignedIdentity \\(${CLIENT}\\) by managed-identity`));
  });

  it('counts the other subscriptions, and those of them that take no command', () => {
    for (const [states, said] of [
      [['Enabled', 'Warned'], ', and 2 more.'],
      [['Enabled', 'Disabled'], ', and 2 more (1 disabled).'],
    ] as const) {
      const [, subscription = ''] = signInLog(session(APPLICATION, states), 'oidc', '');
      assert.ok(subscription.endsWith(said), subscription);
    }
  });

  it('says what it took', () => {
    const said = [effort(0.6123, 3), effort(1.26, 1), effort(0.05, 0)];
    assert.deepEqual(said, ['in 612 ms with 3 requests', 'in 1.3 s with one request', 'in 50 ms']);
  });
});
