import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../simulator/workflow/run.ts';
import { addFabrikam } from '../action/fabrikam.ts';
import { BY_HAND, PUSH, pullRequest, type Repository, type RunOptions } from './repository.ts';

type Variables = Readonly<Record<string, string>>;

/** The run of an example, with the setup that its header describes. */
export interface ExampleRun {
  readonly file: string;
  readonly event: RunEvent;
  /** Changes the repository and the simulated Azure, and returns the variables, secrets and machine of the run. */
  readonly prepare?: (repository: Repository) => RunOptions;
}

const FORK = 'pull-request-from-fork.yml';

export const RUNS: Readonly<Record<string, ExampleRun>> = {
  'a job for each subscription': { file: 'matrix-over-subscriptions.yml', event: BY_HAND },
  'two tenants in one job': { file: 'two-tenants.yml', event: BY_HAND, prepare: withFabrikam },
  'Terraform, which gets its own tokens': {
    file: 'terraform.yml',
    event: PUSH,
    prepare: (repository) => ({
      ...withEnvironments(repository, { production: repository.variables }),
      machine: { setUp: ['hashicorp/setup-terraform'] },
    }),
  },
  'three hours': { file: 'three-hour-job.yml', event: BY_HAND, prepare: longJob },
  'signed out before the tests of the project': { file: 'sign-out-early.yml', event: BY_HAND, prepare: signedOutTest },
  'a container': { file: 'container-job.yml', event: BY_HAND },
  'the identity of a self-hosted machine': {
    file: 'self-hosted-managed-identity.yml',
    event: BY_HAND,
    prepare: ({ variables, world: { simulator, contoso } }) => ({
      vars: { ...variables, AZURE_CLIENT_ID: contoso.userIdentity.clientId },
      machine: { variables: simulator.managedIdentity.imdsVariables },
    }),
  },
  'a credential in memory': { file: 'credential-in-memory.yml', event: BY_HAND, prepare: withSecret },
  'a workflow that calls another for two environments': {
    file: 'reusable-workflow-caller.yml',
    event: PUSH,
    prepare: twoEnvironments,
  },
  'a pull request from a branch': { file: FORK, event: pullRequest('octo-org/octo-repo'), prepare: preview },
  'a pull request from a fork': { file: FORK, event: pullRequest('mona/octo-repo'), prepare: preview },
};

/** Turns minutes into seconds: an ID token lives for 6 seconds, and `sleep 60` takes 1. */
export function longJob(repository: Repository): RunOptions {
  repository.world.simulator.github.idTokenLifetimeSeconds = 6;
  repository.command('sleep', 'exec /bin/sleep 1');
  const names = { RESOURCE_GROUP: 'production-data', SQL_SERVER: 'contoso', KEY_VAULT: 'contoso' };
  return { vars: { ...repository.variables, ...names } };
}

/** Adds a test to the user's project, which passes only if the job is signed out. */
function signedOutTest(repository: Repository): RunOptions {
  const isSignedOut = "!existsSync(process.env.AZURE_CONFIG_DIR) && process.env.AZURE_TENANT_ID === ''";
  const text = `import { existsSync } from 'node:fs';\nif (!(${isSignedOut})) throw new Error('signed in');\n`;
  writeFileSync(join(repository.folder, 'session.test.mjs'), text);
  return withSecret(repository);
}

/** Adds a second company, whose application trusts the same repository. */
function withFabrikam({ world, variables }: Repository): RunOptions {
  const { identity, subscriptionId } = addFabrikam(world);
  const contoso = Object.entries(variables).map(([name, value]) => [name.replace('AZURE', 'CONTOSO'), value]);
  const FABRIKAM_TENANT_ID = identity['tenant-id'];
  const fabrikam = { FABRIKAM_CLIENT_ID: identity['client-id'], FABRIKAM_SUBSCRIPTION_ID: subscriptionId };
  return { vars: { ...Object.fromEntries(contoso), ...fabrikam, FABRIKAM_TENANT_ID } };
}

function withSecret({ world }: Repository): RunOptions {
  return { secrets: { AZURE_CLIENT_SECRET: world.contoso.clientSecret } };
}

export function twoEnvironments(repository: Repository): RunOptions {
  const [production, development] = repository.world.contoso.subscriptions;
  const { variables } = repository;
  return withEnvironments(repository, {
    staging: { ...variables, AZURE_SUBSCRIPTION_ID: development.id, RESOURCE_GROUP: 'development-web' },
    production: { ...variables, AZURE_SUBSCRIPTION_ID: production.id, RESOURCE_GROUP: 'production-web' },
  });
}

function preview(repository: Repository): RunOptions {
  return withEnvironments(repository, { preview: { ...repository.variables, RESOURCE_GROUP: 'production-web' } });
}

/** The application trusts each environment. Only the environments have variables. */
function withEnvironments(repository: Repository, environments: Readonly<Record<string, Variables>>): RunOptions {
  for (const name of Object.keys(environments)) repository.trust(`environment:${name}`);
  return { environments, vars: {} };
}
