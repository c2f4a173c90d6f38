import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { tenant } from '../../simulator/directory.ts';
import { installAz } from './installed-az.ts';
import { openWorld, readJson } from './world.ts';

/** What `az` would have written itself. The client tests compare all of it with what it writes. */

const world = await openWorld();
before(() => {
  const { contoso, simulator } = world;
  const [tenantId, objectId] = ['d1111111-1111-4111-8111-111111111111', 'd4444444-4444-4444-8444-444444444444'];
  const names = { displayName: '', domains: ['partner.example'] };
  simulator.directory.tenants.push(tenant({ id: tenantId, ...names, cloud: 'AzureCloud' }));
  contoso.user.guestIn.push({ tenantId, objectId, multifactor: 'none' });
  contoso.user.userPrincipalName = 'Ada@Contoso.com';
});

interface Entry {
  readonly name: string;
  readonly user: { readonly name: string };
  readonly isDefault: boolean;
  readonly tenantDefaultDomain?: string;
  readonly tenantDisplayName?: string;
}

interface TokenCache {
  readonly AccessToken: Record<string, { readonly realm: string; readonly target: string }>;
  readonly Account: Record<string, Record<string, string>>;
  readonly IdToken: Record<string, { readonly realm: string }>;
  readonly RefreshToken: Record<string, { readonly target: string }>;
}

/** Signs the user in where one version of `az` is on the path, or none. */
async function signIn(versions: readonly string[], inputs: Record<string, string>): Promise<string> {
  const job = world.newJob();
  job.env['PATH'] = installAz(join(job.home, 'az'), versions);
  const step = await job.step({
    inputs: { username: 'ADA@contoso.com', password: world.contoso.password, ...inputs },
  });
  assert.equal(step.result.exitCode, 0, step.result.log);
  return step.result.outputs['config-dir'] ?? '';
}

const OLD = ['azure_cli_core-2.45.0.egg-info', 'msal-1.21.0.egg-info'];
const NEW = ['azure_cli_core-2.91.0.dist-info', 'msal-1.39.0.dist-info'];

const NAMES = { domain: 'contoso.onmicrosoft.com', name: 'Contoso' };
const PLAIN = 'https://management.core.windows.net//.default';
const GRANTED = 'https://management.core.windows.net//user_impersonation';

for (const [title, versions, names, target, source] of [
  ['an old az', OLD, undefined, `${GRANTED} ${PLAIN}`, undefined],
  ['a new az', NEW, NAMES, `${PLAIN} ${GRANTED}`, 'password'],
  ['no az', [], NAMES, `${PLAIN} ${GRANTED}`, 'password'],
] as const) {
  test(`${title}: the names of tenants, the user as the token spells it, and tokens as its MSAL writes them`, async () => {
    const folder = await signIn(versions, {});
    const { subscriptions } = readJson<{ subscriptions: Entry[] }>(folder, 'azureProfile.json');
    assert.equal(subscriptions.length, 3);
    for (const entry of subscriptions) {
      assert.equal(entry.user.name, 'Ada@Contoso.com');
      assert.equal(entry.tenantDefaultDomain, names?.domain);
      assert.equal(entry.tenantDisplayName, names?.name);
      assert.ok(!Object.hasOwn(entry, 'registeredProviders'));
    }
    const cache = readJson<TokenCache>(folder, 'msal_token_cache.json');
    const realms = ['organizations', world.contoso.tenant.id, 'd1111111-1111-4111-8111-111111111111'];
    for (const tokens of [cache.AccessToken, cache.IdToken]) {
      assert.deepEqual(
        Object.values(tokens).map(({ realm }) => realm),
        realms,
      );
    }
    for (const { target: of } of Object.values(cache.AccessToken)) assert.equal(of, target);
    const [account] = Object.values(cache.Account);
    assert.deepEqual(
      [account?.['realm'], account?.['username'], account?.['account_source']],
      ['organizations', 'Ada@Contoso.com', source],
    );
    assert.ok(Object.keys(cache.RefreshToken)[0]?.endsWith(`--${target}`));
    assert.ok(!existsSync(join(folder, 'service_principal_entries.json')));
  });
}

test('a tenant without subscriptions is an account of its own where none is needed', async () => {
  const folder = await signIn(NEW, { 'allow-no-subscriptions': 'true' });
  const { subscriptions } = readJson<{ subscriptions: Entry[] }>(folder, 'azureProfile.json');
  assert.deepEqual(
    subscriptions.map(({ name, isDefault }) => [name, isDefault]),
    [
      ['Production', true],
      ['Development', false],
      ['Retired', false],
      ['N/A(tenant level account)', false],
    ],
  );
});
