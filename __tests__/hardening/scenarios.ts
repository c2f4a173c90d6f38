import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import type { Job } from '../../simulator/job.ts';
import { podVariables } from '../../simulator/workflow/pod.ts';
import type { Contoso } from '../../simulator/world.ts';
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
  password: {
    ...unnamed(({ contoso }) => user(contoso, { 'tenant-id': contoso.tenant.id })),
    proof: 'single-use',
  },
  'device-code': { proof: 'single-use', job: deviceCode },
  'managed-identity': { proof: 'repeatable', job: machine },
  'workload-identity': { proof: 'repeatable', job: pod },
  'publish-settings': { proof: 'not-needed', job: publishSettings },
};

/** Every method, and every consumer that writes something of its own. */
const ALL: readonly Scenario[] = [
  ...Object.entries(BY_METHOD).map(([name, scenario]) => ({ ...scenario, name })),
  { ...plain('password, every tenant', ({ contoso }) => user(contoso, {})), proof: 'single-use' },
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

function user(
  { user: { userPrincipalName }, password }: Contoso,
  more: Record<string, string>,
): Record<string, string> {
  return { username: userPrincipalName, password, ...more };
}

function plain(name: string, inputs: (world: World) => Record<string, string>): Scenario {
  return { name, ...unnamed(inputs) };
}

function unnamed(inputs: (world: World) => Record<string, string>): Omit<Scenario, 'name'> {
  return {
    proof: 'repeatable',
    job: (world) => ({ job: world.newJob(), inputs: { subscription: 'Production', ...inputs(world) } }),
  };
}

function deviceCode(world: World): PreparedJob {
  const { deviceLogin } = world.simulator;
  deviceLogin.intervalSeconds = 1;
  deviceLogin.automatic = { userPrincipalName: world.contoso.user.userPrincipalName, afterPolls: 0 };
  const inputs = { 'auth-type': 'device-code', 'tenant-id': world.contoso.tenant.id, subscription: 'Production' };
  return { job: world.newJob(), inputs: { ...inputs, 'timeout-seconds': '20' } };
}

function machine(world: World): PreparedJob {
  const { imdsVariables } = world.simulator.managedIdentity;
  return {
    job: world.newJob(imdsVariables),
    inputs: { 'auth-type': 'managed-identity', subscription: 'Production' },
  };
}

async function pod(world: World): Promise<PreparedJob> {
  return {
    job: world.newJob(await podVariables(world.simulator, world.contoso)),
    inputs: { 'auth-type': 'workload-identity', subscription: 'Production' },
  };
}

async function publishSettings(world: World): Promise<PreparedJob> {
  const certificate = await createCertificate({ commonName: 'management' });
  const id = world.contoso.subscriptions[0]?.id ?? '';
  const xml = schema2({ id, name: 'Production', certificate: createPfx(certificate, '').toString('base64') });
  return {
    job: world.newJob(),
    inputs: { 'publish-settings': xml, mode: 'asm', subscription: 'Production' },
  };
}

function powerShell(world: World): PreparedJob {
  const job = world.newJob();
  Object.assign(job.env, new StandInPwsh(job).env);
  return { job, inputs: { ...world.secret, 'enable-AzPSSession': 'true', subscription: 'Production' } };
}
