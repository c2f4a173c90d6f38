/**
 * Runs every example. The results of its jobs and steps, and the calls of `az` and Terraform, are in `runs/` for review:
 * `node --test --test-update-snapshots` of this file updates them.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { WorkflowError } from '../../simulator/workflow/expression.ts';
import type { WorkflowReport } from '../../simulator/workflow/run.ts';
import { commandError } from '../docs/az-commands.ts';
import { NEEDS } from '../needs.ts';
import { longJob, RUNS, twoEnvironments } from './example-runs.ts';
import { BY_HAND, EXAMPLES, PUSH, pullRequest, Repository, readExample } from './repository.ts';
import type { Sighting } from './stand-in.ts';

/** Every job succeeded without warnings, all outputs arrived, and nothing was left on disk. */
function assertClean(report: WorkflowReport): void {
  for (const { name, result, steps, left, droppedOutputs } of report.jobs) {
    for (const step of steps) assert.deepEqual([...step.errors, ...step.warnings], [], `${name}: ${step.name}`);
    if (result !== 'skipped') assert.equal(result, 'success', `${name}: ${steps.map(({ log }) => log).join('')}`);
    assert.deepEqual([left, droppedOutputs], [[], []], name);
  }
}

function snapshotOf({ jobs }: WorkflowReport, { sightings, world, variables }: Repository): string {
  const lines = [
    ...jobs.flatMap(({ name, result, steps }) => [
      `${name}: ${result}`,
      ...steps.flatMap((step) => [`  ${step.name}: ${step.result}`, ...linesOf(step.log).map((line) => `    ${line}`)]),
    ]),
    'Calls of az and Terraform',
    // Once each: a job that waits repeats its calls, more often on a slow machine.
    ...new Set(sightings.map(callText)),
    'Requests to Resource Manager',
    ...world.simulator.requestsTo('management.azure.com').map(({ path }) => `  ${path}`),
  ];
  const text = lines.join('\n').replaceAll(/@[\da-f]{40}\b/g, '');
  return `${Object.entries(variables).reduce((rest, [name, id]) => rest.replaceAll(id, `<${name}>`), text)}\n`;
}

/** The log without the lines of the sign-in, which other snapshots contain, and of Node's test runner. */
function linesOf(log: string): string[] {
  const signIn = /^(Signed in|Default subscription|Profile folder|The session|The credential)/;
  const testRunner = /duration_ms|^(✔|ℹ|TAP|#|ok|1\.\.| {2,}|\.\.\.|---)/;
  return log.split('\n').filter((line) => line !== '' && !signIn.test(line) && !testRunner.test(line));
}

function callText({ command, args, subscription, account, tenantId, token, variables }: Sighting): string {
  const forTerraform = Object.entries(variables).filter(([name]) => command === 'terraform' && name.startsWith('ARM_'));
  const session = subscription === '' ? 'not signed in' : `${subscription} as ${account} in tenant ${tenantId}`;
  const idTokens = variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] === undefined ? 'no ID tokens' : 'ID tokens';
  return [
    `  ${command} ${args.join(' ')}`,
    `    ${session}; token ${token}; ${idTokens}`,
    ...forTerraform.map(([name, value]) => `    ${name}=${value}`),
  ].join('\n');
}

suite('Every example runs', { concurrency: 4, skip: NEEDS.scripts }, () => {
  for (const [title, { file, event, prepare }] of Object.entries(RUNS)) {
    test(`${file}: ${title}`, async (context) => {
      await using repository = await Repository.open();
      const report = await repository.run(file, event, prepare?.(repository));
      assertClean(report);
      assert.deepEqual(repository.world.simulator.escaped, []);
      const { sightings } = repository;
      for (const { command, args } of sightings) if (command === 'az') assert.equal(commandError(args), '');
      const name = `${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.txt`;
      const snapshot = join(import.meta.dirname, 'runs', name);
      context.assert.fileSnapshot(snapshotOf(report, repository), snapshot, { serializers: [String] });
      if (file !== 'three-hour-job.yml') return;
      const ends = sightings.map(({ assertionEndsAt }) => assertionEndsAt);
      assert.ok(sightings.length > 3, 'no wait');
      assert.ok((ends.at(-1) ?? 0) > (ends[0] ?? 0), 'the federated token was not renewed');
    });
  }

  test('no example is missing', () => {
    const run = [...Object.values(RUNS).map(({ file }) => file), 'reusable-workflow.yml'];
    assert.deepEqual(readdirSync(EXAMPLES).sort(), [...new Set(run)].sort());
  });
});

suite('The warnings in the examples are true', { concurrency: 4, skip: NEEDS.scripts }, () => {
  test('GitHub drops the list of subscriptions if the ids are secrets', async () => {
    await using repository = await Repository.open();
    repository.edit('matrix-over-subscriptions.yml', 'vars.AZURE_TENANT_ID', 'secrets.AZURE_TENANT_ID');
    repository.edit('matrix-over-subscriptions.yml', 'fromJSON(needs.find.outputs.subscriptions)', "fromJSON('[{}]')");
    const { AZURE_TENANT_ID = '' } = repository.variables;
    const report = await repository.run('matrix-over-subscriptions.yml', BY_HAND, { secrets: { AZURE_TENANT_ID } });
    assert.deepEqual(report.jobs[0]?.droppedOutputs, ['subscriptions']);
  });

  test('a job of three hours without keep-alive fails with AADSTS700024', async () => {
    await using repository = await Repository.open();
    const subscriptionLine = '          subscription: ${{ vars.AZURE_SUBSCRIPTION_ID }}\n';
    repository.edit('three-hour-job.yml', subscriptionLine, `${subscriptionLine}          keep-alive: false\n`);
    const report = await repository.run('three-hour-job.yml', BY_HAND, longJob(repository));
    assert.equal(report.result, 'failure');
    assert.equal(repository.sightings.at(-1)?.token, 'AADSTS700024');
    assert.deepEqual(report.jobs[0]?.left, []);
  });

  test('a called workflow gets no ID tokens if its caller has no permission', async () => {
    await using repository = await Repository.open();
    repository.edit('reusable-workflow-caller.yml', '      id-token: write\n', '');
    const run = repository.run('reusable-workflow-caller.yml', PUSH, twoEnvironments(repository));
    const message = /is only allowed 'id-token: none'/;
    await assert.rejects(run, (error) => error instanceof WorkflowError && message.test(error.message));
  });

  test('a pull request from a fork that tries to sign in is refused, and told why', async () => {
    await using repository = await Repository.open();
    const file = 'pull-request-from-fork.yml';
    const condition = 'if: github.event.pull_request.head.repo.full_name == github.repository';
    repository.edit(file, `    ${condition}\n`, '');
    const environments = { preview: repository.variables };
    const report = await repository.run(file, pullRequest('mona/octo-repo'), { environments });
    const preview = report.jobs.find(({ id }) => id === 'preview');
    const signIn = preview?.steps.find(({ name }) => name === 'Sign in');
    assert.equal(signIn?.errors.length, 1, preview?.log);
    // The header of the example quotes the beginning of the error in an indented line.
    const [, quoted = ''] = /^# {3}(\S.*)$/m.exec(readExample(file)) ?? [];
    const [error = ''] = signIn?.errors ?? [];
    assert.ok(error.startsWith(quoted) && error.includes(condition), error);
    assert.match(error, /from a fork, GitHub gives the run no secrets, no variables and no ID token/);
    assert.deepEqual([repository.world.simulator.requests, preview?.left], [[], []]);
  });
});
