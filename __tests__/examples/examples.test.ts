import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { suite, test } from 'node:test';
import { WorkflowError } from '../../simulator/workflow/expression.ts';
import type { WorkflowReport } from '../../simulator/workflow/run.ts';
import { fault } from '../docs/az-commands.ts';
import { NEEDS } from '../needs.ts';
import {
  BY_HAND,
  EXAMPLES,
  fabrikamVariables,
  PUSH,
  pullRequest,
  Repository,
  readExample,
  writeSignedOutTest,
} from './repository.ts';

/** Every job went well, said nothing that worries, handed everything on and left nothing. */
function assertClean(report: WorkflowReport): void {
  for (const { name, result, steps, left, droppedOutputs } of report.jobs) {
    for (const step of steps) assert.deepEqual([...step.errors, ...step.warnings], [], `${name}: ${step.name}`);
    if (result !== 'skipped') assert.equal(result, 'success', `${name}: ${steps.map(({ log }) => log).join('')}`);
    assert.deepEqual([left, droppedOutputs], [[], []], name);
  }
}

function jobNames(report: WorkflowReport): string[] {
  return report.jobs.map(({ name, result }) => `${name}: ${result}`);
}

/** One test an example; the names are the files'. */
const TESTS: Readonly<Record<string, (repository: Repository) => Promise<void>>> = {
  'matrix-over-subscriptions.yml': async (repository) => {
    const report = await repository.run('matrix-over-subscriptions.yml', BY_HAND);
    assertClean(report);
    assert.deepEqual(jobNames(report), [
      'Find the subscriptions: success',
      'Inventory of Production: success',
      'Inventory of Development: success',
    ]);
    const { sightings, world } = repository;
    assert.deepEqual(
      sightings.map((az) => `${az.args.slice(0, 2).join(' ')}: ${az.subscription}, ${az.token}`),
      ['group list: Production, granted', 'group list: Development, granted'],
    );
    const [production, development] = world.contoso.subscriptions;
    const lists = world.simulator.requestsTo('management.azure.com').map(({ path }) => path);
    assert.deepEqual(lists, ['/subscriptions', `/subscriptions/${production.id}`, `/subscriptions/${development.id}`]);
  },

  'two-tenants.yml': async (repository) => {
    const vars = fabrikamVariables(repository);
    const report = await repository.run('two-tenants.yml', BY_HAND, { vars });
    assertClean(report);
    assert.deepEqual(
      repository.sightings.map(({ tenantId, subscription: name, token }) => ({ tenantId, name, token })),
      [
        { tenantId: vars['CONTOSO_TENANT_ID'], name: 'Production', token: 'granted' },
        { tenantId: vars['FABRIKAM_TENANT_ID'], name: 'Stores', token: 'granted' },
      ],
    );
    assert.deepEqual(
      report.jobs[0]?.steps.filter(({ phase }) => phase === 'post').map(({ name }) => name),
      ['Post Sign in to Fabrikam', 'Post Sign in to Contoso'],
    );
    assert.match(report.jobs[0]?.log ?? '', /^< Production\n---\n> Stores$/m);
  },

  'terraform.yml': async (repository) => {
    repository.trust('environment:production');
    const report = await repository.run('terraform.yml', PUSH, {
      vars: {},
      environments: { production: repository.variables },
      machine: { setUp: ['hashicorp/setup-terraform'] },
    });
    assertClean(report);
    const { sightings, variables } = repository;
    assert.deepEqual(
      sightings.map(({ command, args }) => `${command} ${args[0]}`),
      ['terraform init', 'terraform plan', 'terraform apply'],
    );
    for (const { folder, variables: seen } of sightings) {
      assert.match(folder, /infrastructure$/);
      assert.deepEqual(
        [seen['ARM_CLIENT_ID'], seen['ARM_TENANT_ID'], seen['ARM_SUBSCRIPTION_ID'], seen['ARM_USE_OIDC']],
        [variables['AZURE_CLIENT_ID'], variables['AZURE_TENANT_ID'], variables['AZURE_SUBSCRIPTION_ID'], 'true'],
      );
      assert.ok(seen['ACTIONS_ID_TOKEN_REQUEST_TOKEN'], 'Terraform cannot ask for a token of its own');
      assert.equal(seen['ARM_OIDC_TOKEN'] ?? '', '');
    }
  },

  'three-hour-job.yml': async (repository) => {
    quicken(repository);
    const report = await repository.run('three-hour-job.yml', BY_HAND, { vars: longJobVariables(repository) });
    assertClean(report);
    const { sightings } = repository;
    const [first] = sightings;
    const last = sightings.at(-1);
    assert.deepEqual(last?.args.slice(0, 3), ['keyvault', 'secret', 'show']);
    assert.ok(sightings.length > 3, 'it did not wait');
    assert.ok((last?.assertionEndsAt ?? 0) > (first?.assertionEndsAt ?? 0), 'the federated token was not renewed');
    assert.deepEqual([...new Set(sightings.map(({ token }) => token))], ['granted']);
  },

  'sign-out-early.yml': async (repository) => {
    writeSignedOutTest(repository);
    const secrets = { AZURE_CLIENT_SECRET: repository.world.contoso.clientSecret };
    const report = await repository.run('sign-out-early.yml', BY_HAND, { secrets });
    assertClean(report);
    assert.deepEqual(
      repository.sightings.map(({ args, subscription: name }) => `${args.join(' ')}: ${name}`),
      ['group list: Production'],
    );
    assert.match(report.jobs[0]?.log ?? '', /pass 1\b/);
    const said = report.jobs[0]?.steps.map(({ phase, log }) => `${phase}: ${/^Signed out.*$/m.exec(log)?.[0]}`);
    assert.equal(said?.at(-1), 'post: Signed out already: the session is gone.');
  },

  'container-job.yml': async (repository) => {
    const report = await repository.run('container-job.yml', BY_HAND);
    assertClean(report);
    const [az, ...others] = repository.sightings;
    assert.deepEqual(others, []);
    assert.equal(az?.subscription, 'Production');
    assert.equal(az?.token, 'granted');
  },

  'self-hosted-managed-identity.yml': async (repository) => {
    const { simulator, contoso } = repository.world;
    const report = await repository.run('self-hosted-managed-identity.yml', BY_HAND, {
      vars: { ...repository.variables, AZURE_CLIENT_ID: contoso.userIdentity.clientId },
      machine: { variables: simulator.managedIdentity.imdsVariables },
    });
    assertClean(report);
    const [az] = repository.sightings;
    assert.equal(az?.subscription, 'Production');
    assert.equal(az?.account, 'userAssignedIdentity');
    assert.equal(az?.variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN'], undefined);
    assert.deepEqual(simulator.github.issued, []);
  },

  'credential-in-memory.yml': async (repository) => {
    const { clientSecret } = repository.world.contoso;
    const report = await repository.run('credential-in-memory.yml', BY_HAND, {
      secrets: { AZURE_CLIENT_SECRET: clientSecret },
    });
    assertClean(report);
    const [az] = repository.sightings;
    assert.deepEqual([az?.subscription, az?.account, az?.token], ['Production', 'userAssignedIdentity', 'granted']);
    const post = report.jobs[0]?.steps.find(({ phase }) => phase === 'post');
    assert.match(post?.log ?? '', /Later steps got tokens: 1 for https:\/\/management\.azure\.com/);
  },

  'reusable-workflow.yml': async (repository) => {
    const report = await deployEverywhere(repository);
    assertClean(report);
    assert.deepEqual(
      report.jobs.map(({ id }) => id),
      ['staging/deploy', 'production/deploy', 'report'],
    );
    assert.deepEqual(
      repository.sightings.map(({ args, subscription: name, token }) => ({ group: args[4], name, token })),
      [
        { group: 'development-web', name: 'Development', token: 'granted' },
        { group: 'production-web', name: 'Production', token: 'granted' },
      ],
    );
  },

  'reusable-workflow-caller.yml': async (repository) => {
    const report = await deployEverywhere(repository);
    assert.match(report.jobs.at(-1)?.log ?? '', /^Deployed to Development and then to Production\.$/m);
    repository.edit('reusable-workflow-caller.yml', '      id-token: write\n', '');
    await assert.rejects(deployEverywhere(repository), (error) => {
      return error instanceof WorkflowError && /is only allowed 'id-token: none'/.test(error.message);
    });
  },

  'pull-request-from-fork.yml': async (repository) => {
    repository.trust('environment:preview');
    const preview = { ...repository.variables, RESOURCE_GROUP: 'production-web' };
    const environments = { environments: { preview }, vars: {} };
    const own = await repository.run('pull-request-from-fork.yml', pullRequest('octo-org/octo-repo'), environments);
    assertClean(own);
    assert.deepEqual(jobNames(own), [
      'Check the template: success',
      'Preview the deployment: success',
      'No preview for a fork: skipped',
    ]);
    assert.deepEqual(
      repository.sightings.map(({ args, subscription: name }) => `${args[0]} as ${name}`),
      ['bicep as ', 'deployment as Production'],
    );

    const foreign = await repository.run('pull-request-from-fork.yml', pullRequest('mona/octo-repo'), environments);
    assertClean(foreign);
    assert.deepEqual(jobNames(foreign), [
      'Check the template: success',
      'Preview the deployment: skipped',
      'No preview for a fork: success',
    ]);
    assert.match(foreign.jobs[2]?.steps[0]?.notices[0] ?? '', /no pull request from a fork/);
    assert.deepEqual(repository.world.simulator.github.issued.length, 1);
  },
};

suite('Every example runs', { concurrency: 4, skip: NEEDS.scripts }, () => {
  for (const [name, run] of Object.entries(TESTS)) {
    test(name, async () => {
      await using repository = await Repository.open();
      await run(repository);
      assert.deepEqual(repository.world.simulator.escaped, []);
      for (const { command, args } of repository.allSightings) if (command === 'az') assert.equal(fault(args), '');
    });
  }

  test('and none is left out', () => {
    assert.deepEqual(readdirSync(EXAMPLES).sort(), Object.keys(TESTS).sort());
  });
});

suite('What the examples warn of is so', { concurrency: 4, skip: NEEDS.scripts }, () => {
  test('ids that are secrets: GitHub drops the list of subscriptions', async () => {
    await using repository = await Repository.open();
    repository.edit('matrix-over-subscriptions.yml', 'vars.AZURE_TENANT_ID', 'secrets.AZURE_TENANT_ID');
    repository.edit('matrix-over-subscriptions.yml', 'fromJSON(needs.find.outputs.subscriptions)', "fromJSON('[{}]')");
    const { AZURE_TENANT_ID = '' } = repository.variables;
    const report = await repository.run('matrix-over-subscriptions.yml', BY_HAND, { secrets: { AZURE_TENANT_ID } });
    assert.deepEqual(report.jobs[0]?.droppedOutputs, ['subscriptions']);
  });

  test('three hours without keep-alive: AADSTS700024', async () => {
    await using repository = await Repository.open();
    quicken(repository);
    const subscriptionLine = '          subscription: ${{ vars.AZURE_SUBSCRIPTION_ID }}\n';
    repository.edit('three-hour-job.yml', subscriptionLine, `${subscriptionLine}          keep-alive: false\n`);
    const report = await repository.run('three-hour-job.yml', BY_HAND, { vars: longJobVariables(repository) });
    assert.equal(report.result, 'failure');
    assert.equal(repository.sightings.at(-1)?.token, 'AADSTS700024');
    assert.deepEqual(report.jobs[0]?.left, []);
  });

  test('a pull request from a fork that tries to sign in is refused, and told why', async () => {
    await using repository = await Repository.open();
    const file = 'pull-request-from-fork.yml';
    repository.edit(file, '    if: github.event.pull_request.head.repo.full_name == github.repository\n', '');
    const report = await repository.run(file, pullRequest('mona/octo-repo'), {
      environments: { preview: repository.variables },
    });
    const preview = report.jobs.find(({ id }) => id === 'preview');
    const refused = preview?.steps.find(({ name }) => name === 'Sign in');
    assert.equal(refused?.errors.length, 1, preview?.log);
    const [line = ''] = quoted(file);
    assert.ok(refused?.errors[0]?.startsWith(line), refused?.errors[0]);
    assert.match(refused?.errors[0] ?? '', /from a fork, no setting of the workflow gives it an ID token/);
    assert.ok(refused?.errors[0]?.includes('if: github.event.pull_request.head.repo.full_name == github.repository'));
    assert.deepEqual(repository.world.simulator.requests, []);
    assert.deepEqual(preview?.left, []);
  });
});

/** The lines that an example's header quotes: those that are set in. */
function quoted(file: string): string[] {
  const lines = readExample(file).matchAll(/^# {3}(\S.*)$/gm);
  return [...lines].map(([, line = '']) => line);
}

/** Minutes become seconds: GitHub's token lives for six of them, and `sleep 60` takes one. */
function quicken(repository: Repository): void {
  repository.world.simulator.github.idTokenLifetimeSeconds = 6;
  repository.command('sleep', 'exec /bin/sleep 1');
}

function longJobVariables(repository: Repository): Record<string, string> {
  return { ...repository.variables, RESOURCE_GROUP: 'production-data', SQL_SERVER: 'contoso', KEY_VAULT: 'contoso' };
}

function deployEverywhere(repository: Repository): Promise<WorkflowReport> {
  repository.trust('environment:staging');
  repository.trust('environment:production');
  const [production, development] = repository.world.contoso.subscriptions;
  const of = (id: string, group: string) => ({
    ...repository.variables,
    AZURE_SUBSCRIPTION_ID: id,
    RESOURCE_GROUP: group,
  });
  return repository.run('reusable-workflow-caller.yml', PUSH, {
    vars: {},
    environments: { staging: of(development.id, 'development-web'), production: of(production.id, 'production-web') },
  });
}
