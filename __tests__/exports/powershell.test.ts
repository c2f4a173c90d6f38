import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Cloud, KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { CredentialMaterial } from '../../src/core/credential.ts';
import type { Principal } from '../../src/core/session.ts';
import { connectRequest } from '../../src/exports/powershell/connect.ts';
import {
  CONNECT,
  childEnvironment,
  DISCONNECT,
  modulePath,
  REQUEST_VARIABLE,
} from '../../src/exports/powershell/run.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';
const CLIENT = '22222222-2222-4222-8222-222222222222';
const SUBSCRIPTION = '33333333-3333-4333-8333-333333333333';

const APPLICATION: Principal = { kind: 'service-principal', clientId: CLIENT, objectId: '' };
const SYSTEM_ASSIGNED: Principal = { ...APPLICATION, kind: 'managed-identity', assigned: 'system' };
const USER_ASSIGNED: Principal = { ...SYSTEM_ASSIGNED, assigned: 'user' };
const USER: Principal = { kind: 'user', username: 'dev@contoso.com', objectId: '' };

function requestFor(principal: Principal, material: CredentialMaterial, cloud: Cloud = KNOWN_CLOUDS.AzureCloud) {
  const tenants = { tenantId: TENANT, homeTenantId: TENANT, managedByTenants: [] };
  const subscription = { id: SUBSCRIPTION, name: 'Production', state: 'Enabled', ...tenants };
  const account = { principal, tenantId: TENANT, cloud, subscriptions: [subscription], selected: subscription };
  const token = { token: 'access-token', expiresOn: new Date(0), scope: 'x/.default', tenantId: TENANT };
  const session = { kind: 'account', account, material, managementTokens: [token], additionalTokens: [] } as const;
  return connectRequest(session, 'azure-session-1', undefined);
}

const HOME = { realm: 'organizations', homeObjectId: 'o', homeTenantId: TENANT } as const;
const GRANT = { kind: 'user', grant: { source: 'password', refreshToken: 'refresh', idToken: '', ...HOME } } as const;

const COMMON = { Environment: 'AzureCloud', Tenant: TENANT, Subscription: SUBSCRIPTION, Force: true };

const MANAGED = { kind: 'managed-identity' } as const;
const POD = { kind: 'assertion', assertion: 'jwt', source: { kind: 'file', path: '/var/run/token' } } as const;

for (const [what, principal, material, expected] of [
  ['system-assigned identity', SYSTEM_ASSIGNED, MANAGED, { Identity: true }],
  ['user-assigned identity', USER_ASSIGNED, MANAGED, { Identity: true, AccountId: CLIENT }],
  ['user', USER, GRANT, { AccessToken: 'access-token', AccountId: 'dev@contoso.com' }],
  ['workload identity', APPLICATION, POD, { ServicePrincipal: true, ApplicationId: CLIENT, FederatedToken: 'jwt' }],
] as const) {
  test(`the parameters of Connect-AzAccount for a ${what}`, () => {
    const parameters = { ...COMMON, ContextName: 'azure-session-1', ...expected };
    assert.deepEqual(requestFor(principal, material), { armEndpoint: '', parameters, secure: {} });
  });
}

test('a private cloud is first registered in PowerShell', () => {
  const metadataHost = 'management.local.azurestack.external:8443';
  const resourceManager = `https://${metadataHost}`;
  const cloud = { ...KNOWN_CLOUDS.AzureCloud, name: 'AzureStack', resourceManager, metadataHost };
  const request = requestFor(APPLICATION, { kind: 'client-secret', clientSecret: 's3' }, cloud);
  assert.equal(request.armEndpoint, resourceManager);
  assert.equal(request.parameters['Environment'], 'AzureStack');
});

test('the scripts are constant, have no double quotes, and read their request from one variable', () => {
  for (const script of [CONNECT, DISCONNECT]) {
    assert.doesNotMatch(script, /"/);
    assert.deepEqual([...new Set(script.match(/\$env:\w+/g))], [`$env:${REQUEST_VARIABLE}`]);
    for (const [open = '', close = ''] of ['{}', '()'])
      assert.equal(script.split(open).length, script.split(close).length);
  }
});

test('the module path begins with the Az modules of the image, newest first', () => {
  const parent = mkdtempSync(join(tmpdir(), 'modules-'));
  try {
    for (const name of ['az_9.3.0', 'az_12.5.0', 'azurerm_2.1.0', 'az_12.10.1', 'az_12.5.0.zip', 'doc']) {
      mkdirSync(join(parent, name));
    }
    const modules = ['az_12.10.1', 'az_12.5.0', 'az_9.3.0'].map((name) => join(parent, name));
    assert.equal(modulePath('/home/runner/modules', 'linux', parent), [...modules, '/home/runner/modules'].join(':'));
    assert.equal(modulePath('D:\\a;D:\\b', 'win32', parent), [...modules, 'D:\\a;D:\\b'].join(';'));
    assert.equal(modulePath('', 'win32', parent), modules.join(';'));
  } finally {
    rmSync(parent, { recursive: true });
  }
  assert.equal(modulePath('/home/runner/modules', 'linux', join(parent, 'nothing')), '/home/runner/modules');
  assert.equal(modulePath('', 'darwin'), '');
});

test('PowerShell inherits no variable of the step, in any letter case', () => {
  const inherited = { Path: 'C:\\Windows', PATH: '/bin', GITHUB_WORKSPACE: 'D:\\a' };
  const inputs = { INPUT_PASSWORD: 's3cret', 'input_client-secret': 's3cret', State_session: '{}' };
  const files = { GitHub_Env: 'file', GITHUB_OUTPUT: 'file', psmodulepath: 'C:\\other', EMPTY: undefined };
  const runner = { env: { ...inherited, ...inputs, ...files }, platform: 'darwin' } as const;
  const { [REQUEST_VARIABLE]: request, ...rest } = childEnvironment(runner, '{"tenant":1}');
  assert.equal(request, '{"tenant":1}');
  assert.deepEqual(rest, inherited);
});
