import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { contoso } from '../../simulator/world.ts';
import { claimsOf, RESOURCE_MANAGER_SCOPE } from './client.ts';
import type { MsalJob } from './msal-client.ts';

/** Microsoft's own client, unmodified, in a process of its own: what it accepts is what Entra answers. */
async function runMsal(simulator: Simulator, jobs: readonly MsalJob[]): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'msal-client.ts')], {
    env: {
      PATH: process.env['PATH'],
      NODE_USE_ENV_PROXY: '1',
      ...simulator.environment,
      ...simulator.managedIdentity.imdsVariables,
      JOBS: JSON.stringify(jobs),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return output.trim().split('\n');
}

test('MSAL signs in by every method, and understands a refusal', async () => {
  await using simulator = await startSimulator();
  const { tenant, application, clientSecret, certificate, user, password, principalId, systemIdentity } =
    await contoso(simulator);
  simulator.deviceLogin.intervalSeconds = 0;
  simulator.deviceLogin.automatic = { userPrincipalName: user.userPrincipalName, afterPolls: 1 };
  const basics = { clientId: application.clientId, authority: `https://login.microsoftonline.com/${tenant.id}` };
  const asApplication = (auth: object): MsalJob => ({
    kind: 'application',
    auth: { ...basics, ...auth },
    scope: RESOURCE_MANAGER_SCOPE,
  });
  const { privateKey, thumbprintSha256 } = certificate;
  const authority = 'https://login.microsoftonline.com/organizations';
  const outcomes = await runMsal(simulator, [
    asApplication({ clientSecret }),
    asApplication({ clientCertificate: { thumbprintSha256, privateKey } }),
    asApplication({ clientCertificate: { thumbprint: certificate.thumbprint, privateKey } }),
    asApplication({ clientAssertion: await simulator.github.idToken('api://AzureADTokenExchange') }),
    { kind: 'password', authority, username: user.userPrincipalName, password },
    { kind: 'device-code', authority },
    { kind: 'managed-identity', resource: 'https://management.azure.com' },
    asApplication({ clientSecret: 'wrong' }),
  ]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.startsWith('refused') ? outcome : claimsOf(outcome)['oid'])),
    [
      ...[principalId, principalId, principalId, principalId],
      ...[user.objectId, user.objectId, systemIdentity.objectId],
      'refused: 7000215',
    ],
  );
  assert.equal(claimsOf(outcomes[4] ?? '')['aud'], 'https://vault.azure.net', 'the refresh token was used');
  assert.deepEqual(simulator.escaped, []);
});

test('MSAL finds its way in the other clouds', async () => {
  const jobs: { cloud: string; authority: string; scope: string; known?: string[] }[] = [
    {
      cloud: 'AzureUSGovernment',
      authority: 'https://login.microsoftonline.us/contoso.com',
      scope: 'https://management.core.usgovcloudapi.net//.default',
    },
    {
      cloud: 'AzureChinaCloud',
      authority: 'https://login.chinacloudapi.cn/contoso.com',
      scope: 'https://management.core.chinacloudapi.cn//.default',
    },
    {
      cloud: 'AzureGermanCloud',
      authority: 'https://login.microsoftonline.de/contoso.com',
      scope: 'https://management.core.cloudapi.de//.default',
    },
    {
      cloud: 'PrivateCloud',
      authority: 'https://login.local.azurestack.external/contoso.com',
      scope: 'https://management.private.azurestack.external//.default',
      known: ['login.local.azurestack.external'],
    },
    {
      cloud: 'AzureStackADFS',
      authority: 'https://adfs.local.azurestack.external/adfs',
      scope: 'https://management.adfs.azurestack.external/2c8e91a5-79b5-4c5d-a7d0-bd9a07c1a4c2/.default',
      known: ['adfs.local.azurestack.external'],
    },
  ];
  const outcomes = await Promise.all(
    jobs.map(async ({ cloud, authority, scope, known }) => {
      await using simulator = await startSimulator();
      const { application, clientSecret } = await contoso(simulator, { cloud });
      const auth = { clientId: application.clientId, clientSecret, authority, knownAuthorities: known ?? [] };
      const [outcome = ''] = await runMsal(simulator, [{ kind: 'application', auth, scope }]);
      assert.deepEqual(simulator.escaped, []);
      return outcome.startsWith('refused') ? outcome : `${claimsOf(outcome)['aud']}/.default`;
    }),
  );
  assert.deepEqual(
    outcomes,
    jobs.map(({ scope }) => scope),
  );
});
