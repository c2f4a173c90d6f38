/**
 * Every example runs: what its jobs and steps come to, and what `az` and Terraform saw in them, is in `runs/`, a file each
 * that a person has reviewed. `node --test --test-update-snapshots` of this file writes them anew.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { WorkflowError } from '../../simulator/workflow/expression.ts';
import type { WorkflowReport } from '../../simulator/workflow/run.ts';
import { fault } from '../docs/az-commands.ts';
import { NEEDS } from '../needs.ts';
import { longJob, RUNS, twoEnvironments } from './example-runs.ts';
import { BY_HAND, EXAMPLES, PUSH, pullRequest, Repository, readExample } from './repository.ts';
import type { Sighting } from './stand-in.ts';

/** Every job went well, said nothing that worries, handed everything on and left nothing. */
function assertClean(report: WorkflowReport): void {
  for (const { name, result, steps, left, droppedOutputs } of report.jobs) {
    for (const step of steps) assert.deepEqual([...step.errors, ...step.warnings], [], `${name}: ${step.name}`);
    if (result !== 'skipped') assert.equal(result, 'success', `${name}: ${steps.map(({ log }) => log).join('')}`);
    assert.deepEqual([left, droppedOutputs], [[], []], name);
  }
}

function portraitOf({ jobs }: WorkflowReport, { sightings, world, variables }: Repository): string {
  const lines = [
    ...jobs.flatMap(({ name, result, steps }) => [
      `${name}: ${result}`,
      ...steps.flatMap((step) => [`  ${step.name}: ${step.result}`, ...said(step.log).map((line) => `    ${line}`)]),
    ]),
    'az and Terraform saw',
    // A job that waits asks again, as often as the machine is slow.
    ...new Set(sightings.map(seenBy)),
    'Resource Manager was asked for',
    ...world.simulator.requestsTo('management.azure.com').map(({ path }) => `  ${path}`),
  ];
  const text = lines.join('\n').replaceAll(/@[\da-f]{40}\b/g, '');
  return `${Object.entries(variables).reduce((rest, [name, id]) => rest.replaceAll(id, `<${name}>`), text)}\n`;
}

/** What steps print but for the sign-in, whose words are reviewed elsewhere, and the output of Node's test runner. */
function said(log: string): string[] {
  const lines = log
    .split('\n')
    .filter((line) => !/^(Signed in|Default subscription|Profile folder|The session|The credential)/.test(line));
  return lines.filter((line) => line !== '' && !/duration_ms|^(✔|ℹ|TAP|#|ok|1\.\.| {2,}|\.\.\.|---)/.test(line));
}

function seenBy({ command, args, subscription, account, tenantId, token, variables }: Sighting): string {
  const ofTerraform = Object.entries(variables).filter(([name]) => command === 'terraform' && name.startsWith('ARM_'));
  const may = variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] === undefined ? 'may not ask' : 'may ask';
  return [
    `  ${command} ${args.join(' ')}`,
    `    ${[subscription, account, tenantId].filter(Boolean).join(' as ') || 'nobody'}; token ${token}; ${may} GitHub for one`,
    ...ofTerraform.map(([name, value]) => `    ${name}=${value}`),
  ].join('\n');
}

suite('Every example runs', { concurrency: 4, skip: NEEDS.scripts }, () => {
  for (const [title, { file, event, given }] of Object.entries(RUNS)) {
    test(`${file}: ${title}`, async (context) => {
      await using repository = await Repository.open();
      const report = await repository.run(file, event, given?.(repository));
      assertClean(report);
      assert.deepEqual(repository.world.simulator.escaped, []);
      const { sightings } = repository;
      for (const { command, args } of sightings) if (command === 'az') assert.equal(fault(args), '');
      const name = `${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.txt`;
      context.assert.fileSnapshot(portraitOf(report, repository), join(import.meta.dirname, 'runs', name), {
        serializers: [String],
      });
      if (file !== 'three-hour-job.yml') return;
      const ends = sightings.map(({ assertionEndsAt }) => assertionEndsAt);
      assert.ok(sightings.length > 3, 'it did not wait');
      assert.ok((ends.at(-1) ?? 0) > (ends[0] ?? 0), 'the federated token was not renewed');
    });
  }

  test('and none is left out', () => {
    const run = [...Object.values(RUNS).map(({ file }) => file), 'reusable-workflow.yml'];
    assert.deepEqual(readdirSync(EXAMPLES).sort(), [...new Set(run)].sort());
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
    const subscriptionLine = '          subscription: ${{ vars.AZURE_SUBSCRIPTION_ID }}\n';
    repository.edit('three-hour-job.yml', subscriptionLine, `${subscriptionLine}          keep-alive: false\n`);
    const report = await repository.run('three-hour-job.yml', BY_HAND, longJob(repository));
    assert.equal(report.result, 'failure');
    assert.equal(repository.sightings.at(-1)?.token, 'AADSTS700024');
    assert.deepEqual(report.jobs[0]?.left, []);
  });

  test('a caller that may not ask for ID tokens cannot let the workflow that it calls do so', async () => {
    await using repository = await Repository.open();
    repository.edit('reusable-workflow-caller.yml', '      id-token: write\n', '');
    const run = repository.run('reusable-workflow-caller.yml', PUSH, twoEnvironments(repository));
    const isTold = ({ message }: Error): boolean => /is only allowed 'id-token: none'/.test(message);
    await assert.rejects(run, (error) => error instanceof WorkflowError && isTold(error));
  });

  test('a pull request from a fork that tries to sign in is refused, and told why', async () => {
    await using repository = await Repository.open();
    const file = 'pull-request-from-fork.yml';
    const condition = 'if: github.event.pull_request.head.repo.full_name == github.repository';
    repository.edit(file, `    ${condition}\n`, '');
    const environments = { preview: repository.variables };
    const report = await repository.run(file, pullRequest('mona/octo-repo'), { environments });
    const preview = report.jobs.find(({ id }) => id === 'preview');
    const refused = preview?.steps.find(({ name }) => name === 'Sign in');
    assert.equal(refused?.errors.length, 1, preview?.log);
    // The lines that an example's header quotes are set in.
    const [, quoted = ''] = /^# {3}(\S.*)$/m.exec(readExample(file)) ?? [];
    const [error = ''] = refused?.errors ?? [];
    assert.ok(error.startsWith(quoted) && error.includes(condition), error);
    assert.match(error, /from a fork, no workflow setting gives it an ID token/);
    assert.deepEqual([repository.world.simulator.requests, preview?.left], [[], []]);
  });
});
