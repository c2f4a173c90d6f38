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

for (const [what, account, material, expected] of [
  ['system assigned identity', accountOf(SYSTEM_ASSIGNED), { kind: 'managed-identity' }, { Identity: true }],
  [
    'user-assigned identity',
    accountOf(USER_ASSIGNED),
    { kind: 'managed-identity' },
    { Identity: true, AccountId: CLIENT },
  ],
  ['user', accountOf(USER), USER_MATERIAL, { AccessToken: 'access-token', AccountId: 'dev@contoso.com' }],
  [
    'workload identity',
    accountOf(APPLICATION),
    { kind: 'assertion', assertion: 'jwt', source: { kind: 'file', path: '/var/run/token' } },
    { ServicePrincipal: true, ApplicationId: CLIENT, FederatedToken: 'jwt' },
  ],
] as const) {
  test(`Connect-AzAccount for a ${what}`, () => {
    assert.deepEqual(requestFor(account, material), {
      armEndpoint: '',
      parameters: { ...COMMON, ...expected },
      secure: {},
    });
  });
}

test('a private cloud is made known to PowerShell first', () => {
  const request = requestFor(accountOf(APPLICATION, PRIVATE_CLOUD), { kind: 'client-secret', clientSecret: 's3' });
  assert.equal(request.armEndpoint, 'https://management.local.azurestack.external:8443');
  assert.equal(request.parameters['Environment'], 'AzureStack');
});

test('the scripts: constant, without double quotes, their request from one variable alone', () => {
  for (const script of [CONNECT, DISCONNECT]) {
    assert.doesNotMatch(script, /"/);
    assert.deepEqual([...new Set(script.match(/\$env:\w+/g))], [`$env:${REQUEST_VARIABLE}`]);
    for (const [open, close] of ['{}', '()'] as const) {
      assert.equal(script.split(open ?? '').length, script.split(close ?? '').length);
    }
  }
});

test('the module path begins with the Az modules of the image, the newest first', () => {
  const parent = mkdtempSync(join(tmpdir(), 'modules-'));
  try {
    for (const name of ['az_9.3.0', 'az_12.5.0', 'azurerm_2.1.0', 'az_12.10.1', 'az_12.5.0.zip', 'doc']) {
      mkdirSync(join(parent, name));
    }
    const found = ['az_12.10.1', 'az_12.5.0', 'az_9.3.0'].map((name) => join(parent, name));
    assert.equal(modulePath('/home/runner/modules', 'linux', parent), [...found, '/home/runner/modules'].join(':'));
    assert.equal(modulePath('D:\\a;D:\\b', 'win32', parent), [...found, 'D:\\a;D:\\b'].join(';'));
    assert.equal(modulePath('', 'win32', parent), found.join(';'));
  } finally {
    rmSync(parent, { recursive: true });
  }
  assert.equal(modulePath('/home/runner/modules', 'linux', join(parent, 'nothing')), '/home/runner/modules');
  assert.equal(modulePath('', 'darwin'), '');
});

test('PowerShell gets nothing of the step, however the system writes the names', () => {
  const { [REQUEST_VARIABLE]: request, ...rest } = childEnvironment(
    {
      env: {
        Path: 'C:\\Windows',
        PATH: '/bin',
        psmodulepath: 'C:\\other',
        INPUT_PASSWORD: 's3cret',
        'input_client-secret': 's3cret',
        State_session: '{}',
        GitHub_Env: 'file',
        GITHUB_OUTPUT: 'file',
        GITHUB_WORKSPACE: 'D:\\a',
        EMPTY: undefined,
      },
      platform: 'darwin',
    },
    '{"tenant":1}',
  );
  assert.equal(request, '{"tenant":1}');
  assert.deepEqual(rest, { Path: 'C:\\Windows', PATH: '/bin', GITHUB_WORKSPACE: 'D:\\a' });
});
