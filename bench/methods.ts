import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Job } from '../simulator/job.ts';
import type { Simulator } from '../simulator/simulator.ts';
import type { Contoso } from '../simulator/world.ts';
import type { Az } from './az.ts';
import type { Variables } from './measure/processes.ts';

/** The value of `auth-type`, and of the floor's FLOOR_METHOD. */
export type MethodName = 'oidc' | 'client-secret' | 'client-certificate' | 'managed-identity';

/** A way to sign in, for the action and for the CLI. */
export interface Method {
  readonly name: MethodName;
  readonly inputs: (contoso: Contoso) => Variables;
  /** Arguments of `az login`. */
  readonly loginArguments: (login: LoginContext) => Promise<readonly string[]>;
}

export interface LoginContext {
  readonly simulator: Simulator;
  readonly contoso: Contoso;
  readonly job: Job;
  readonly az: Az;
}

const identity = ({ application, tenant }: Contoso): Variables => ({
  'client-id': application.clientId,
  'tenant-id': tenant.id,
  subscription: 'Production',
});

const servicePrincipal = ({ application, tenant }: Contoso): readonly string[] => [
  '--service-principal',
  '--username',
  application.clientId,
  '--tenant',
  tenant.id,
];

const pem = ({ certificate: { privateKey, certificate } }: Contoso): string => `${privateKey}${certificate}`;

/** `az` 2.67 introduced `--certificate`. */
function certificateOption({ version }: Az): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || minor >= 67 ? '--certificate' : '--password';
}

export const METHODS: readonly Method[] = [
  {
    name: 'oidc',
    inputs: identity,
    // Made without a request: the time of azure/login's own Node process does not count.
    loginArguments: async ({ simulator, contoso }) => [
      ...servicePrincipal(contoso),
      '--federated-token',
      await simulator.github.idToken('api://AzureADTokenExchange'),
    ],
  },
  {
    name: 'client-secret',
    inputs: (contoso) => ({ ...identity(contoso), 'client-secret': contoso.clientSecret }),
    loginArguments: async ({ contoso }) => [...servicePrincipal(contoso), `--password=${contoso.clientSecret}`],
  },
  {
    name: 'client-certificate',
    inputs: (contoso) => ({ ...identity(contoso), 'client-certificate': pem(contoso) }),
    loginArguments: async ({ contoso, job, az }) => {
      const file = join(job.folder, 'certificate.pem');
      writeFileSync(file, pem(contoso), { mode: 0o600 });
      return [...servicePrincipal(contoso), certificateOption(az), file];
    },
  },
  {
    name: 'managed-identity',
    inputs: () => ({ 'auth-type': 'managed-identity', subscription: 'Production' }),
    loginArguments: async () => ['--identity'],
  },
];

export function methodNamed(name: MethodName): Method {
  const method = METHODS.find((candidate) => candidate.name === name);
  if (method === undefined) throw new Error(`There is no method ${name}.`);
  return method;
}
