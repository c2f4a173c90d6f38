import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { subscription, tenant } from '../../simulator/directory.ts';
import type { ActionStep } from '../../simulator/job.ts';
import { readJson, World } from './world.ts';

/** A user whose default subscription is in a tenant that is not the user's own. */

const GUEST = { tenantId: 'd1111111-1111-4111-8111-111111111111', objectId: 'd4444444-4444-4444-8444-444444444444' };
const MANAGEMENT = 'https://management.core.windows.net/';
const VAULT = 'https://vault.azure.net';

let world: World;
before(async () => {
  world = await World.start();
  const { directory } = world.simulator;
  const cloud = 'AzureCloud';
  directory.tenants.push(tenant({ id: GUEST.tenantId, domains: ['partner.example'], displayName: 'Partner', cloud }));
  world.contoso.user.guestIn.push({ ...GUEST, multifactor: 'none' });
  directory.subscriptions.push({
    ...subscription({
      id: 'daaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
      displayName: 'Partner shop',
      tenantId: GUEST.tenantId,
      cloud,
    }),
    roleAssignments: [GUEST.objectId],
  });
});
after(() => world[Symbol.asyncDispose]());

async function signedIn(inputs: Record<string, string>): Promise<ActionStep> {
  const { user, password } = world.contoso;
  const step = await world.signIn({ username: user.userPrincipalName, password, ...inputs });
  assert.equal(step.result.exitCode, 0, step.result.log);
  return step;
}

function tenantOf(token: string | undefined): unknown {
  const claims = Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString('utf8');
  return (JSON.parse(claims) as Record<string, unknown>)['tid'];
}

test('principal-id is the object in the tenant of the default subscription, to which roles are assigned there', async () => {
  for (const [name, principalId] of [
    ['Partner shop', GUEST.objectId],
    ['Production', world.contoso.user.objectId],
  ] as const) {
    const step = await signedIn({ subscription: name });
    assert.equal(step.result.outputs['principal-id'], principalId, name);
    await step.post();
  }
  const step = await signedIn({ 'tenant-id': 'partner.example' });
  assert.equal(step.result.outputs['principal-id'], GUEST.objectId);
  await step.post();
});

test('the tokens of token-scopes are of that tenant too, as those are that az gets', async () => {
  const step = await signedIn({ subscription: 'Partner shop', 'token-scopes': `${VAULT}\n${MANAGEMENT}` });
  const { outputs } = step.result;
  assert.equal(tenantOf(outputs['access-token']), GUEST.tenantId);
  const tokens = JSON.parse(outputs['access-tokens'] ?? '{}') as Record<string, { token: string }>;
  assert.equal(tenantOf(tokens[MANAGEMENT]?.token), GUEST.tenantId);
  const cache = readJson<{ AccessToken: Record<string, { target: string; realm: string }> }>(
    outputs['config-dir'] ?? '',
    'msal_token_cache.json',
  );
  const realms = Object.values(cache.AccessToken).filter(({ target }) => target.startsWith(VAULT));
  assert.deepEqual(
    realms.map(({ realm }) => realm),
    [GUEST.tenantId],
  );
  await step.post();
});
