import type { Job } from '../../simulator/job.ts';
import { podVariables } from '../../simulator/workflow/pod.ts';
import type { Method } from '../../src/core/request.ts';
import { INPUTS } from '../../src/inputs/table.ts';
import { StandInPwsh } from '../action/stand-in-pwsh.ts';
import { managementCertificate, type Variables, type World } from '../action/world.ts';
import { schema2 } from '../publish-settings/documents.ts';

/** A sign-in as a workflow configures it, and its job. */
export interface Scenario {
  readonly name: string;
  /**
   * Whether a failed request is sent again: passwords and device codes are `single-use`. `not-sent` is for publish
   * settings, which need no request.
   */
  readonly credential: 'reusable' | 'single-use' | 'not-sent';
  readonly job: (world: World) => Promise<PreparedJob> | PreparedJob;
}

export interface PreparedJob {
  readonly job: Job;
  readonly inputs: Readonly<Record<string, string>>;
}

/** A Stack Hub whose tokens come from the public cloud. */
const STACK = 'https://management.local.azurestack.external';

/** Exports every family of variables. */
export const EXPORTED = {
  'export-env': INPUTS['export-env'].value.values.filter((name) => name !== 'none').join(', '),
};
const REPORTED = { ...EXPORTED, 'job-summary': 'always' };

export const BY_METHOD: Readonly<Record<Method, Omit<Scenario, 'name'>>> = {
  oidc: scenario(({ identity }) => ({ ...identity, ...REPORTED })),
  'client-secret': scenario(({ secret }) => ({ ...secret, ...REPORTED })),
  'client-certificate': scenario(({ certificate }) => ({ ...certificate, ...EXPORTED })),
  password: {
    ...scenario(({ user, contoso }) => ({ ...user, 'tenant-id': contoso.tenant.id })),
    credential: 'single-use',
  },
  'device-code': {
    ...scenario(({ contoso, simulator: { deviceLogin } }) => {
      deviceLogin.intervalSeconds = 1;
      deviceLogin.automatic = { userPrincipalName: contoso.user.userPrincipalName, afterPolls: 0 };
      return { 'auth-type': 'device-code', 'tenant-id': contoso.tenant.id, 'timeout-seconds': '20' };
    }),
    credential: 'single-use',
  },
  'managed-identity': scenario(
    () => ({ 'auth-type': 'managed-identity' }),
    ({ simulator }) => simulator.managedIdentity.imdsVariables,
  ),
  'workload-identity': scenario(
    () => ({ 'auth-type': 'workload-identity' }),
    ({ simulator, contoso }) => podVariables(simulator, contoso),
  ),
  'publish-settings': { credential: 'not-sent', job: publishSettings },
};

/** Every method, and every option that sends requests or writes files. */
const ALL: readonly Scenario[] = [
  ...Object.entries(BY_METHOD).map(([name, each]) => ({ ...each, name })),
  { ...namedScenario('password, every tenant', ({ user }) => user), credential: 'single-use' },
  namedScenario('token-scopes', ({ secret }) => ({
    ...secret,
    'token-scopes': 'https://vault.azure.net\nhttps://graph.microsoft.com',
  })),
  namedScenario('private cloud', ({ secret }) => ({
    ...secret,
    'resource-manager-url': STACK,
    subscription: '',
    'allow-no-subscriptions': 'true',
  })),
  namedScenario('one subscription', ({ secret, contoso }) => ({
    ...secret,
    'list-subscriptions': 'false',
    subscription: contoso.subscriptions[0].id,
  })),
  namedScenario('memory', ({ secret }) => ({ ...secret, 'credential-store': 'memory', ...EXPORTED })),
  namedScenario('named folder', ({ secret }) => ({ ...secret, 'config-dir': 'profile' })),
  namedScenario('memory, named folder', ({ secret }) => ({
    ...secret,
    'credential-store': 'memory',
    'config-dir': 'profile',
  })),
  namedScenario('named folder, oidc', ({ identity }) => ({ ...identity, 'config-dir': 'profile' })),
  { name: 'PowerShell', credential: 'reusable', job: powerShell },
];

/** The stand-in for PowerShell is a script, which Windows cannot start. */
export const SCENARIOS = ALL.filter(({ name }) => name !== 'PowerShell' || process.platform !== 'win32');

function namedScenario(name: string, inputs: (world: World) => Variables): Scenario {
  return { name, ...scenario(inputs) };
}

function scenario(
  inputs: (world: World) => Variables,
  env: (world: World) => Variables | Promise<Variables> = () => ({}),
): Omit<Scenario, 'name'> {
  return {
    credential: 'reusable',
    job: async (world) => ({
      job: world.newJob(await env(world)),
      inputs: { subscription: 'Production', ...inputs(world) },
    }),
  };
}

async function publishSettings(world: World): Promise<PreparedJob> {
  const certificate = await managementCertificate();
  const xml = schema2({ id: world.contoso.subscriptions[0].id, name: 'Production', certificate });
  return { job: world.newJob(), inputs: { 'publish-settings': xml, mode: 'asm', subscription: 'Production' } };
}

function powerShell(world: World): PreparedJob {
  const job = world.newJob();
  Object.assign(job.env, new StandInPwsh(job).env);
  return { job, inputs: { ...world.secret, 'enable-AzPSSession': 'true', subscription: 'Production' } };
}
