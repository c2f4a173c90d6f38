import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CredentialMaterial } from '../../src/core/credential.ts';
import type { Account } from '../../src/core/session.ts';
import { connectRequest } from '../../src/exports/powershell/connect.ts';
import {
  CONNECT,
  childEnvironment,
  DISCONNECT,
  modulePath,
  REQUEST_VARIABLE,
} from '../../src/exports/powershell/run.ts';
import {
  APPLICATION,
  accountOf,
  CLIENT,
  PRIVATE_CLOUD,
  SUBSCRIPTION,
  SYSTEM_ASSIGNED,
  TENANT,
  USER,
  USER_ASSIGNED,
  USER_MATERIAL,
} from './accounts.ts';

function requestFor(account: Account, material: CredentialMaterial) {
  const token = { token: 'access-token', expiresOn: new Date(0), scope: 'x/.default' };
  return connectRequest({ account, material, token, pfx: undefined, contextName: 'azure-session-1' });
}

const COMMON = {
  Environment: 'AzureCloud',
  Tenant: TENANT,
  Subscription: SUBSCRIPTION,
  ContextName: 'azure-session-1',
  Force: true,
};

const MANAGED = { kind: 'managed-identity' } as const;
const POD = { kind: 'assertion', assertion: 'jwt', source: { kind: 'file', path: '/var/run/token' } } as const;

for (const [what, principal, material, expected] of [
  ['system-assigned identity', SYSTEM_ASSIGNED, MANAGED, { Identity: true }],
  ['user-assigned identity', USER_ASSIGNED, MANAGED, { Identity: true, AccountId: CLIENT }],
  ['user', USER, USER_MATERIAL, { AccessToken: 'access-token', AccountId: 'dev@contoso.com' }],
  ['workload identity', APPLICATION, POD, { ServicePrincipal: true, ApplicationId: CLIENT, FederatedToken: 'jwt' }],
] as const) {
  test(`the parameters of Connect-AzAccount for a ${what}`, () => {
    const parameters = { ...COMMON, ...expected };
    assert.deepEqual(requestFor(accountOf(principal), material), { armEndpoint: '', parameters, secure: {} });
  });
}

test('a private cloud is first registered in PowerShell', () => {
  const request = requestFor(accountOf(APPLICATION, PRIVATE_CLOUD), { kind: 'client-secret', clientSecret: 's3' });
  assert.equal(request.armEndpoint, 'https://management.local.azurestack.external:8443');
  assert.equal(request.parameters['Environment'], 'AzureStack');
});

test('the scripts are constant, have no double quotes, and read their request from one variable', () => {
  for (const script of [CONNECT, DISCONNECT]) {
    assert.doesNotMatch(script, /"/);
    assert.deepEqual([...new Set(script.match(/\$env:\w+/g))], [`$env:${REQUEST_VARIABLE}`]);
    for (const [open, close] of ['{}', '()'] as const) {
      assert.equal(script.split(open ?? '').length, script.split(close ?? '').length);
    }
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
