import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import type { Job } from '../../simulator/job.ts';
import { podVariables } from '../../simulator/workflow/pod.ts';
import type { Method } from '../../src/core/request.ts';
import { INPUTS } from '../../src/inputs/table.ts';
import { StandInPwsh } from '../action/stand-in-pwsh.ts';
import type { World } from '../action/world.ts';
import { schema2 } from '../publish-settings/documents.ts';

/** A way to sign in, as a workflow would write it, and what its job needs. */
export interface Scenario {
  readonly name: string;
  /**
   * Whether a request that failed once can be sent again: a password must not, and the code of a device cannot. Publish
   * settings are imported without a request.
   */
  readonly proof: 'repeatable' | 'single-use' | 'not-needed';
  /** Sets up what a job needs, in a world that many jobs share. */
  readonly job: (world: World) => Promise<PreparedJob> | PreparedJob;
}

export interface PreparedJob {
  readonly job: Job;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Its tokens come from the issuer of the public cloud. */
const STACK = 'https://management.local.azurestack.external';

/** Every family of variables. */
export const EXPORTED = {
  'export-env': INPUTS['export-env'].value.values.filter((name) => name !== 'none').join(', '),
};
const REPORTED = { ...EXPORTED, 'job-summary': 'always' };

export const BY_METHOD: Readonly<Record<Method, Omit<Scenario, 'name'>>> = {
  oidc: unnamed(({ identity }) => ({ ...identity, ...REPORTED })),
  'client-secret': unnamed(({ secret }) => ({ ...secret, ...REPORTED })),
  'client-certificate': unnamed(({ certificate }) => ({ ...certificate, ...EXPORTED })),
  password: { ...unnamed(({ user, contoso }) => ({ ...user, 'tenant-id': contoso.tenant.id })), proof: 'single-use' },
  'device-code': {
    ...unnamed(({ contoso, simulator: { deviceLogin } }) => {
      deviceLogin.intervalSeconds = 1;
      deviceLogin.automatic = { userPrincipalName: contoso.user.userPrincipalName, afterPolls: 0 };
      return { 'auth-type': 'device-code', 'tenant-id': contoso.tenant.id, 'timeout-seconds': '20' };
    }),
    proof: 'single-use',
  },
  'managed-identity': unnamed(
    () => ({ 'auth-type': 'managed-identity' }),
    ({ simulator }) => simulator.managedIdentity.imdsVariables,
  ),
  'workload-identity': unnamed(
    () => ({ 'auth-type': 'workload-identity' }),
    ({ simulator, contoso }) => podVariables(simulator, contoso),
  ),
  'publish-settings': { proof: 'not-needed', job: publishSettings },
};

/** Every method, and every consumer that writes something of its own. */
const ALL: readonly Scenario[] = [
  ...Object.entries(BY_METHOD).map(([name, scenario]) => ({ ...scenario, name })),
  { ...plain('password, every tenant', ({ user }) => user), proof: 'single-use' },
  plain('token-scopes', ({ secret }) => ({
    ...secret,
    'token-scopes': 'https://vault.azure.net\nhttps://graph.microsoft.com',
  })),
  plain('private cloud', ({ secret }) => ({
    ...secret,
    'resource-manager-url': STACK,
    subscription: '',
    'allow-no-subscriptions': 'true',
  })),
  plain('one subscription', ({ secret, contoso }) => ({
    ...secret,
    'list-subscriptions': 'false',
    subscription: contoso.subscriptions[0].id,
  })),
  plain('memory', ({ secret }) => ({ ...secret, 'credential-store': 'memory', ...EXPORTED })),
  plain('named folder', ({ secret }) => ({ ...secret, 'config-dir': 'profile' })),
  plain('memory, named folder', ({ secret }) => ({ ...secret, 'credential-store': 'memory', 'config-dir': 'profile' })),
  plain('named folder, oidc', ({ identity }) => ({ ...identity, 'config-dir': 'profile' })),
  { name: 'PowerShell', proof: 'repeatable', job: powerShell },
];

/** The stand-in for PowerShell is a script with a first line that Windows does not read. */
export const SCENARIOS = ALL.filter(({ name }) => name !== 'PowerShell' || process.platform !== 'win32');

type Variables = Record<string, string>;

function plain(name: string, inputs: (world: World) => Variables): Scenario {
  return { name, ...unnamed(inputs) };
}

function unnamed(
  inputs: (world: World) => Variables,
  env: (world: World) => Variables | Promise<Variables> = () => ({}),
): Omit<Scenario, 'name'> {
  return {
    proof: 'repeatable',
    job: async (world) => ({
      job: world.newJob(await env(world)),
      inputs: { subscription: 'Production', ...inputs(world) },
    }),
  };
}

async function publishSettings(world: World): Promise<PreparedJob> {
  const certificate = createPfx(await createCertificate({ commonName: 'management' }), '').toString('base64');
  const xml = schema2({ id: world.contoso.subscriptions[0].id, name: 'Production', certificate });
  return { job: world.newJob(), inputs: { 'publish-settings': xml, mode: 'asm', subscription: 'Production' } };
}

function powerShell(world: World): PreparedJob {
  const job = world.newJob();
  Object.assign(job.env, new StandInPwsh(job).env);
  return { job, inputs: { ...world.secret, 'enable-AzPSSession': 'true', subscription: 'Production' } };
}
