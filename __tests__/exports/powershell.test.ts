import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CredentialMaterial } from '../../src/core/credential.ts';
import type { Account } from '../../src/core/session.ts';
import { connectRequest } from '../../src/exports/powershell/connect.ts';
import {
  azModuleFolders,
  CONNECT,
  childEnvironment,
  DISCONNECT,
  joinModulePath,
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
  USER_HANDOVER,
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
  ['user', accountOf(USER), USER_HANDOVER, { AccessToken: 'access-token', AccountId: 'dev@contoso.com' }],
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

test('the Az modules of the image are found by version, the newest first', () => {
  const parent = mkdtempSync(join(tmpdir(), 'modules-'));
  try {
    for (const name of ['az_9.3.0', 'az_12.5.0', 'azurerm_2.1.0', 'az_12.10.1', 'az_12.5.0.zip', 'doc']) {
      mkdirSync(join(parent, name));
    }
    assert.deepEqual(
      azModuleFolders(parent),
      ['az_12.10.1', 'az_12.5.0', 'az_9.3.0'].map((name) => join(parent, name)),
    );
    assert.deepEqual(azModuleFolders(join(parent, 'nothing')), []);
  } finally {
    rmSync(parent, { recursive: true });
  }
});

test('a runner without them keeps its module path, and one without a module path gets none', () => {
  assert.equal(modulePath({ PSModulePath: '/home/runner/modules' }, 'darwin'), '/home/runner/modules');
  assert.equal(modulePath({}, 'darwin'), '');
});

test('the module path is parted as the system parts it', () => {
  const windows = ['C:\\Modules\\az_12.5.0', 'C:\\Modules\\az_9.3.0'];
  for (const [found, existing, platform, path] of [
    [['/usr/share/az_12.5.0'], '/home/runner/modules', 'linux', '/usr/share/az_12.5.0:/home/runner/modules'],
    [windows, 'D:\\a;D:\\b', 'win32', 'C:\\Modules\\az_12.5.0;C:\\Modules\\az_9.3.0;D:\\a;D:\\b'],
    [windows.slice(1), '', 'win32', 'C:\\Modules\\az_9.3.0'],
    [[], '/home/runner/modules', 'darwin', '/home/runner/modules'],
    [[], '', 'win32', ''],
  ] as const) {
    assert.equal(joinModulePath(found, existing, platform), path);
  }
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
