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

/** Exports every family of variables. */
export const EXPORTED = {
  'export-env': INPUTS['export-env'].value.values.filter((name) => name !== 'none').join(', '),
};
const REPORTED = { ...EXPORTED, 'job-summary': 'always' };

type Description = Omit<Scenario, 'name'>;

export const BY_METHOD: Readonly<Record<Method, Description>> = {
  oidc: scenario(({ identity }) => ({ ...identity, ...REPORTED })),
  'client-secret': scenario(({ secret }) => ({ ...secret, ...REPORTED })),
  'client-certificate': scenario(({ certificate }) => ({ ...certificate, ...EXPORTED })),
  password: singleUse(({ user, contoso }) => ({ ...user, 'tenant-id': contoso.tenant.id })),
  'device-code': singleUse(({ contoso, simulator: { deviceLogin } }) => {
    deviceLogin.intervalSeconds = 1;
    deviceLogin.automatic = { userPrincipalName: contoso.user.userPrincipalName, afterPolls: 0 };
    return { 'auth-type': 'device-code', 'tenant-id': contoso.tenant.id, 'timeout-seconds': '20' };
  }),
  'managed-identity': scenario(
    () => ({ 'auth-type': 'managed-identity' }),
    ({ simulator }) => simulator.managedIdentity.imdsVariables,
  ),
  'workload-identity': scenario(
    () => ({ 'auth-type': 'workload-identity' }),
    ({ simulator, contoso }) => podVariables(simulator, contoso),
  ),
  'publish-settings': {
    ...scenario(async ({ contoso }) => {
      const certificate = await managementCertificate();
      const xml = schema2({ id: contoso.subscriptions[0].id, name: 'Production', certificate });
      return { 'publish-settings': xml, mode: 'asm' };
    }),
    credential: 'not-sent',
  },
};

/** Every option that sends requests or writes files. */
const BY_OPTION: Readonly<Record<string, Description>> = {
  'password, every tenant': singleUse(({ user }) => user),
  'token-scopes': withSecret({ 'token-scopes': 'https://vault.azure.net\nhttps://graph.microsoft.com' }),
  // A Stack Hub whose tokens come from the public cloud.
  'private cloud': withSecret({
    'resource-manager-url': 'https://management.local.azurestack.external',
    subscription: '',
    'allow-no-subscriptions': 'true',
  }),
  'one subscription': scenario(({ secret, contoso: { subscriptions } }) => ({
    ...secret,
    'list-subscriptions': 'false',
    subscription: subscriptions[0].id,
  })),
  memory: withSecret({ 'credential-store': 'memory', ...EXPORTED }),
  'named folder': withSecret({ 'config-dir': 'profile' }),
  'memory, named folder': withSecret({ 'credential-store': 'memory', 'config-dir': 'profile' }),
  'named folder, oidc': scenario(({ identity }) => ({ ...identity, 'config-dir': 'profile' })),
  // The stand-in is a script, which Windows cannot start.
  ...(process.platform !== 'win32' && {
    PowerShell: withSecret({ 'enable-AzPSSession': 'true' }, (_, job) => new StandInPwsh(job).env),
  }),
};

export const SCENARIOS: readonly Scenario[] = Object.entries({ ...BY_METHOD, ...BY_OPTION }).map(
  ([name, description]) => ({ name, ...description }),
);

type Provide<A extends unknown[]> = (...context: A) => Variables | Promise<Variables>;

function scenario(inputs: Provide<[World]>, env: Provide<[World, Job]> = () => ({})): Description {
  return {
    credential: 'reusable',
    job: async (world) => {
      const job = world.newJob();
      Object.assign(job.env, await env(world, job));
      return { job, inputs: { subscription: 'Production', ...(await inputs(world)) } };
    },
  };
}

function singleUse(inputs: Provide<[World]>): Description {
  return { ...scenario(inputs), credential: 'single-use' };
}

function withSecret(more: Variables, env?: Provide<[World, Job]>): Description {
  return scenario(({ secret }) => ({ ...secret, ...more }), env);
}
