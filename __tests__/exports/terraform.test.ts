import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cloud, KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { Handover } from '../../src/core/credential.ts';
import type { Account } from '../../src/core/session.ts';
import { terraformFamily } from '../../src/exports/terraform.ts';
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

const ACCOUNT = { ARM_TENANT_ID: TENANT, ARM_SUBSCRIPTION_ID: SUBSCRIPTION, ARM_ENVIRONMENT: 'public' };
const MANAGED_IDENTITY: Handover = { kind: 'managed-identity' };
const SECRET: Handover = { kind: 'client-secret', clientSecret: 's3' };

function familyOf(account: Account, handover: Handover) {
  const env = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example/idtoken?api-version=2.0' };
  return terraformFamily(account, handover, {
    secrets: 'withhold',
    env,
    secretPath: '/session/secret',
    pfx: undefined,
  });
}

function variablesOf(account: Account, handover: Handover): Record<string, string> {
  return Object.fromEntries(familyOf(account, handover).variables.map(({ name, value }) => [name, value]));
}

for (const [what, account, handover, expected] of [
  ['user: through az', accountOf(USER), USER_HANDOVER, { ARM_USE_CLI: 'true' }],
  ['system assigned identity: no client id', accountOf(SYSTEM_ASSIGNED), MANAGED_IDENTITY, { ARM_USE_MSI: 'true' }],
  [
    'user-assigned identity: by its client id',
    accountOf(USER_ASSIGNED),
    MANAGED_IDENTITY,
    { ARM_USE_MSI: 'true', ARM_CLIENT_ID: CLIENT },
  ],
  [
    "workload identity: the pod's own file",
    accountOf(APPLICATION),
    { kind: 'assertion', assertion: 'jwt', source: { kind: 'file', path: '/var/run/token' } },
    { ARM_USE_OIDC: 'true', ARM_OIDC_TOKEN_FILE_PATH: '/var/run/token', ARM_CLIENT_ID: CLIENT },
  ],
] as const) {
  test(what, () => assert.deepEqual(variablesOf(account, handover), { ...ACCOUNT, ...expected }));
}

test('a private cloud is found by its metadata, and not by a name', () => {
  const variables = variablesOf(accountOf(APPLICATION, PRIVATE_CLOUD), SECRET);
  assert.equal(variables['ARM_METADATA_HOSTNAME'], 'management.local.azurestack.external:8443');
  assert.equal(variables['ARM_ENVIRONMENT'], undefined);
});

test('azapi, which asks for no metadata, is told where a private cloud is', () => {
  const endpoints = {
    ARM_RESOURCE_MANAGER_ENDPOINT: 'https://management.local.azurestack.external:8443',
    ARM_RESOURCE_MANAGER_AUDIENCE: PRIVATE_CLOUD.resourceManagerAudience,
    ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
  };
  const told = (cloud: Cloud): Record<string, string> =>
    Object.fromEntries(
      Object.entries(variablesOf(accountOf(APPLICATION, cloud), SECRET)).filter(([name]) =>
        /ENDPOINT$|AUDIENCE$|AUTHORITY_HOST$|DISCOVERY$/.test(name),
      ),
    );
  assert.deepEqual(told(PRIVATE_CLOUD), endpoints);
  const authority = 'https://adfs.local.azurestack.external';
  assert.deepEqual(told({ ...PRIVATE_CLOUD, directory: 'adfs', authority }), {
    ...endpoints,
    ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST: `${authority}/`,
    ARM_DISABLE_INSTANCE_DISCOVERY: 'true',
  });
  assert.deepEqual(told(KNOWN_CLOUDS.AzureUSGovernment), {});
});

test("a sovereign cloud is named as Terraform's providers name it", () => {
  const names = (['AzureUSGovernment', 'AzureChinaCloud'] as const).map(
    (name) => variablesOf(accountOf(APPLICATION, KNOWN_CLOUDS[name]), SECRET)['ARM_ENVIRONMENT'],
  );
  assert.deepEqual(names, ['usgovernment', 'china']);
});

test('where GitHub accepted the public audience in another cloud, the providers need no URL', () => {
  const account = accountOf(APPLICATION, KNOWN_CLOUDS.AzureUSGovernment);
  const variables = (audience: string) =>
    variablesOf(account, { kind: 'assertion', assertion: 'jwt', source: { kind: 'github', audience } });
  assert.equal(variables('api://AzureADTokenExchange')['ARM_OIDC_REQUEST_URL'], undefined);
  assert.equal(
    variables('own audience/ä')['ARM_OIDC_REQUEST_URL'],
    'https://token.example/idtoken?api-version=2.0&audience=own+audience%2F%C3%A4',
  );
});

test('a tenant-level account has no subscription', () => {
  const account: Account = { ...accountOf(APPLICATION), subscriptions: [], selected: { kind: 'tenant-level' } };
  assert.equal(variablesOf(account, SECRET)['ARM_SUBSCRIPTION_ID'], undefined);
});

test('the family owns what it sets, but for the switch that az is to be used', () => {
  const accounts = [APPLICATION, SYSTEM_ASSIGNED, USER_ASSIGNED, USER].map((principal) => accountOf(principal));
  const handovers: Handover[] = [SECRET, MANAGED_IDENTITY, USER_HANDOVER];
  for (const account of accounts) {
    for (const handover of handovers) {
      const { owned, variables } = familyOf(account, handover);
      const foreign = variables.map(({ name }) => name).filter((name) => !owned.includes(name));
      assert.deepEqual(foreign, handover.kind === 'user' ? ['ARM_USE_CLI'] : []);
    }
  }
});
