import type { RunEvent } from '../../simulator/workflow/run.ts';
import {
  BY_HAND,
  fabrikamVariables,
  PUSH,
  pullRequest,
  type Repository,
  type RunOptions,
  writeSignedOutTest,
} from './repository.ts';

type Variables = Readonly<Record<string, string>>;

/** How an example is run: what starts it, and what is set up as its header says. */
export interface ExampleRun {
  readonly file: string;
  readonly event: RunEvent;
  /** Changes the repository and its Azure, and gives what the workflow is given. */
  readonly given?: (repository: Repository) => RunOptions;
}

/** The examples that need nothing but the ids of an application are run as they are. */
export const RUNS: Readonly<Record<string, ExampleRun>> = {
  'a job for each subscription': { file: 'matrix-over-subscriptions.yml', event: BY_HAND },
  'two tenants in one job': {
    file: 'two-tenants.yml',
    event: BY_HAND,
    given: (repository) => ({ vars: fabrikamVariables(repository) }),
  },
  'Terraform, which gets its own tokens': {
    file: 'terraform.yml',
    event: PUSH,
    given: (repository) => ({
      ...withEnvironments(repository, { production: repository.variables }),
      machine: { setUp: ['hashicorp/setup-terraform'] },
    }),
  },
  'three hours': { file: 'three-hour-job.yml', event: BY_HAND, given: longJob },
  'signed out before the tests of the project': {
    file: 'sign-out-early.yml',
    event: BY_HAND,
    given: (repository) => {
      writeSignedOutTest(repository);
      return withSecret(repository);
    },
  },
  'a container': { file: 'container-job.yml', event: BY_HAND },
  'the identity of a self-hosted machine': {
    file: 'self-hosted-managed-identity.yml',
    event: BY_HAND,
    given: ({ variables, world: { simulator, contoso } }) => ({
      vars: { ...variables, AZURE_CLIENT_ID: contoso.userIdentity.clientId },
      machine: { variables: simulator.managedIdentity.imdsVariables },
    }),
  },
  'a credential in memory': { file: 'credential-in-memory.yml', event: BY_HAND, given: withSecret },
  'a workflow that calls another for two environments': {
    file: 'reusable-workflow-caller.yml',
    event: PUSH,
    given: twoEnvironments,
  },
  'a pull request from a branch': {
    file: 'pull-request-from-fork.yml',
    event: pullRequest('octo-org/octo-repo'),
    given: preview,
  },
  'a pull request from a fork': {
    file: 'pull-request-from-fork.yml',
    event: pullRequest('mona/octo-repo'),
    given: preview,
  },
};

/** Minutes become seconds: GitHub's token lives for six of them, and `sleep 60` takes one. */
export function longJob(repository: Repository): RunOptions {
  repository.world.simulator.github.idTokenLifetimeSeconds = 6;
  repository.command('sleep', 'exec /bin/sleep 1');
  const names = { RESOURCE_GROUP: 'production-data', SQL_SERVER: 'contoso', KEY_VAULT: 'contoso' };
  return { vars: { ...repository.variables, ...names } };
}

function withSecret({ world }: Repository): RunOptions {
  return { secrets: { AZURE_CLIENT_SECRET: world.contoso.clientSecret } };
}

export function twoEnvironments(repository: Repository): RunOptions {
  const [production, development] = repository.world.contoso.subscriptions;
  const of = (id: string, group: string): Variables => ({
    ...repository.variables,
    AZURE_SUBSCRIPTION_ID: id,
    RESOURCE_GROUP: group,
  });
  return withEnvironments(repository, {
    staging: of(development.id, 'development-web'),
    production: of(production.id, 'production-web'),
  });
}

function preview(repository: Repository): RunOptions {
  return withEnvironments(repository, { preview: { ...repository.variables, RESOURCE_GROUP: 'production-web' } });
}

/** The application trusts each environment, and the repository has no variables of its own. */
function withEnvironments(repository: Repository, environments: Readonly<Record<string, Variables>>): RunOptions {
  for (const name of Object.keys(environments)) repository.trust(`environment:${name}`);
  return { environments, vars: {} };
}
