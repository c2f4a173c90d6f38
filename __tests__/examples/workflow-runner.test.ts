import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';
import { evaluate, holds, interpolate, type Scope, WorkflowError } from '../../simulator/workflow/expression.ts';
import type { WorkflowReport } from '../../simulator/workflow/run.ts';
import { NEEDS } from '../needs.ts';
import { BY_HAND, PUSH, pullRequest, Repository } from './repository.ts';

/** The examples' tests are worth what the runner is worth: it has to be as strict as GitHub's. */
let repository: Repository;
before(async () => {
  repository = await Repository.open();
  cpSync(join(ROOT, 'action.yml'), join(repository.folder, 'action.yml'));
});
after(() => repository[Symbol.asyncDispose]());

const SIGN_IN = `{ uses: OWNER/azure-session@v1, id: azure, with: { client-id: "\${{ vars.AZURE_CLIENT_ID }}", tenant-id: "\${{ vars.AZURE_TENANT_ID }}", subscription: Production } }`;

async function run(
  jobs: string,
  options: Parameters<Repository['run']>[2] = {},
  event = PUSH,
): Promise<WorkflowReport> {
  repository.write('test.yml', `on: [push]\n`.replace('[push]', event.name) + jobs);
  return await repository.run('test.yml', event, options);
}

/** One job with these steps, one a line. */
function steps(lines: readonly string[], more = ''): string {
  const head = `jobs:\n  job:\n    runs-on: ubuntu-latest\n${more.replaceAll(/^(?=.)/gm, '    ')}\n    steps:\n`;
  return head + lines.map((line) => `      - ${line}\n`).join('');
}

const WRITE = 'permissions: { id-token: write }';

suite('A job', { skip: NEEDS.shell }, () => {
  test('gets an ID token by the permission alone, of the job before that of the workflow', async () => {
    const cases = [
      [steps([SIGN_IN], WRITE), 'success'],
      [`${WRITE}\n${steps([SIGN_IN])}`, 'success'],
      [steps([SIGN_IN]), 'failure'],
      [`${WRITE}\n${steps([SIGN_IN], 'permissions: { contents: read }')}`, 'failure'],
      [`${WRITE}\n${steps([SIGN_IN], 'permissions: {}')}`, 'failure'],
    ] as const;
    for (const [jobs, result] of cases) assert.equal((await run(jobs)).result, result, jobs);
  });

  test('presents the subject of its environment, or of what started it', async () => {
    const { github } = repository.world.simulator;
    github.issued.length = 0;
    await run(steps([SIGN_IN], `${WRITE}\nenvironment: production`));
    await run(steps([SIGN_IN], WRITE), {}, pullRequest('octo-org/octo-repo'));
    assert.deepEqual(
      github.issued.map(({ claims }) => claims['sub']),
      ['repo:octo-org@65/octo-repo@74:environment:production', 'repo:octo-org@65/octo-repo@74:pull_request'],
    );
  });

  test('honours the command files of its steps', async () => {
    const report = await run(
      steps(
        [
          'run: echo "GREETING=hello" >> "$GITHUB_ENV"',
          'run: printf "lines<<END\\none\\ntwo=2\\nEND\\n" >> "$GITHUB_OUTPUT"\n        id: out',
          'run: mkdir bin; printf "#!/bin/sh\\necho found it" > bin/mine; chmod +x bin/mine; echo "$PWD/bin" >> "$GITHUB_PATH"',
          'run: mine; echo "$GREETING $LINES"\n        env: { LINES: "${{ steps.out.outputs.lines }}" }',
        ],
        'outputs: { lines: "${{ steps.out.outputs.lines }}" }',
      ),
    );
    assert.equal(report.jobs[0]?.log, 'found it\nhello one\ntwo=2\n');
    assert.equal(report.jobs[0]?.outputs['lines'], 'one\ntwo=2');
  });

  test('hides masks and secrets, and hands on no output with one', async () => {
    const report = await run(
      steps(
        [
          'run: |\n          echo "::add-mask::quiet"\n          echo "a quiet word, and $LOUD"\n          echo "a=so quiet" >> "$GITHUB_OUTPUT"\n          echo "b=no more" >> "$GITHUB_OUTPUT"\n        id: out\n        env: { LOUD: "${{ secrets.LOUD }}" }',
        ],
        'outputs: { a: "${{ steps.out.outputs.a }}", b: "${{ steps.out.outputs.b }}" }',
      ),
      { secrets: { LOUD: 'a secret' } },
    );
    const [job] = report.jobs;
    assert.equal(job?.log, 'a *** word, and ***\n');
    assert.deepEqual([job?.outputs, job?.droppedOutputs], [{ b: 'no more' }, ['a']]);
  });

  test('from a fork has no secrets', async () => {
    const jobs = steps(['run: echo "[$SECRET]"\n        env: { SECRET: "${{ secrets.S }}" }']);
    const secrets = { S: 'from-settings' };
    assert.equal((await run(jobs, { secrets })).jobs[0]?.log, '[***]\n');
    assert.equal((await run(jobs, { secrets }, pullRequest('mona/octo-repo'))).jobs[0]?.log, '[]\n');
  });

  test('has ./ only after a checkout', async () => {
    const local = SIGN_IN.replace('OWNER/azure-session@v1', './');
    await assert.rejects(run(steps([local], WRITE)), /Did the job run actions\/checkout/);
    const report = await run(steps(['uses: actions/checkout@v7', local], WRITE));
    assert.equal(report.result, 'success', report.jobs[0]?.log);
  });
});

suite('Jobs', { skip: NEEDS.shell }, () => {
  test('wait for what they need, and are skipped when it failed', async () => {
    const report = await run(`
jobs:
  last: { needs: [broken], runs-on: x, steps: [{ run: "true" }] }
  anyhow: { needs: broken, if: always(), runs-on: x, steps: [{ run: "echo ${'${{ needs.broken.result }}'}" }] }
  broken: { runs-on: x, steps: [{ run: "false" }] }
  after-all: { needs: last, runs-on: x, steps: [{ run: "true" }] }
`);
    assert.deepEqual(
      report.jobs.map(({ id, result }) => `${id} ${result}`),
      ['broken failure', 'last skipped', 'anyhow success', 'after-all skipped'],
    );
    assert.equal(report.jobs[2]?.log, 'failure\n');
    assert.equal(report.result, 'failure');
  });

  test('of a called workflow get the inputs and secrets that they are given, and give outputs', async () => {
    repository.write(
      'called.yml',
      `
on:
  workflow_call:
    inputs: { who: { type: string, required: true } }
    outputs: { said: { value: "${'${{ jobs.say.outputs.said }}'}" } }
jobs:
  say:
    runs-on: x
    outputs: { said: "${'${{ steps.say.outputs.said }}'}" }
    steps:
      - id: say
        run: echo "said=hello ${'${{ inputs.who }}'}" >> "$GITHUB_OUTPUT"; echo "[$S]"
        env: { S: "${'${{ secrets.S }}'}" }
`,
    );
    const call = (more: string) => `
jobs:
  call: { uses: ./.github/workflows/called.yml, with: { who: you }${more} }
  after: { needs: call, runs-on: x, steps: [{ run: "echo ${'${{ needs.call.outputs.said }}'}" }] }
`;
    const without = await run(call(''), { secrets: { S: 'hush' } });
    assert.deepEqual(
      without.jobs.map(({ id, log }) => [id, log]),
      [
        ['call/say', '[]\n'],
        ['after', 'hello you\n'],
      ],
    );
    const inherited = await run(call(', secrets: inherit'), { secrets: { S: 'hush' } });
    assert.equal(inherited.jobs[0]?.log, '[***]\n');
    await assert.rejects(run(call('').replace('who: you', '')), /needs the input who/);
  });
});

suite('What real workflows hold', { skip: NEEDS.shell }, () => {
  test('a matrix leaves out what it excludes, and takes in what it includes as GitHub does', async () => {
    const { jobs, result } = await run(`
jobs:
  build:
    runs-on: \${{ matrix.os }}
    continue-on-error: \${{ matrix.experimental == true }}
    strategy:
      fail-fast: false
      matrix:
        os: [linux, windows]
        node: [20, 22]
        exclude: [{ os: windows, node: 20 }]
        include: [{ color: green }, { os: linux, node: 22, color: pink }, { os: linux, node: 24, experimental: true }]
    steps: [{ run: "echo \${{ strategy.job-total }} \${{ matrix.color }}; test \${{ matrix.node }} != 24" }]
`);
    assert.deepEqual(
      jobs.map(({ name, log, result: ended }) => [name, log, ended]),
      [
        ['build (linux, 20, green)', '4 green\n', 'success'],
        ['build (linux, 22, pink)', '4 pink\n', 'success'],
        ['build (windows, 22, green)', '4 green\n', 'success'],
        ['build (linux, 24, true)', '4\n', 'failure'],
      ],
    );
    assert.equal(result, 'success');
  });

  test('steps that may fail, defaults, env at three levels, shells and functions', async () => {
    const head = 'env: { L: workflow, W: "1" }\ndefaults: { run: { shell: sh, working-directory: bin } }\n';
    const report = await run(
      head +
        steps(
          [
            '{ run: mkdir bin, working-directory: . }',
            '{ id: f, continue-on-error: true, run: exit 1 }',
            'run: echo "${{ steps.f.outcome }} ${{ steps.f.conclusion }} ${{ job.status }} ${PWD##*/}"',
            'run: echo "$L $J $W ${{ env.L }}${{ env.J }}${{ env.W }}"\n        env: { L: step }',
            '{ shell: python, run: "print(1)" }',
            '{ if: "!cancelled() && contains(fromJSON(\'[1, 2]\'), 2)", run: "echo ${{ format(\'{0}!\', runner.os) }}" }',
            'run: echo "# Done" >> "$GITHUB_STEP_SUMMARY"',
          ],
          'env: { L: job, J: "2" }\nservices: { db: { image: postgres } }',
        ),
    );
    const [job] = report.jobs;
    assert.equal(job?.log, 'failure success success bin\nstep 2 1 step21\n1\nLinux!\n');
    assert.deepEqual([job?.result, job?.summary], ['success', '# Done\n']);
    assert.deepEqual(report.notes, ['test.yml: job job: services']);
  });

  test('composite actions in one another, with azure/login in the inner one', async () => {
    const action = (name: string, step: string): void => {
      const folder = join(repository.folder, '.github', 'actions', name);
      mkdirSync(folder, { recursive: true });
      const io =
        'inputs: { who: { default: Production }, client: {}, tenant: {} }\noutputs: { id: { value: "${{ steps.s.outputs.id || steps.s.outputs.subscription-name }}" } }';
      writeFileSync(join(folder, 'action.yml'), `${io}\nruns:\n  using: composite\n  steps:\n      - ${step}\n`);
    };
    action(
      'inner',
      SIGN_IN.replace('OWNER/azure-session@v1', 'azure/login@v2')
        .replace('id: azure', 'id: s')
        .replace('vars.AZURE_CLIENT_ID', 'inputs.client')
        .replace('vars.AZURE_TENANT_ID', 'inputs.tenant')
        .replace('Production', '"${{ inputs.who }}"'),
    );
    const ids = (context: string, [client, tenant]: readonly [string, string]): string =>
      `client: "\${{ ${context}.${client} }}", tenant: "\${{ ${context}.${tenant} }}"`;
    const inner = ids('inputs', ['client', 'tenant']);
    action('outer', `{ id: s, uses: ./.github/actions/inner, with: { who: Development, ${inner} } }`);
    const outer = ids('vars', ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID']);
    const { jobs } = await run(
      steps(
        [
          'uses: actions/checkout@v7',
          `{ id: o, uses: ./.github/actions/outer, with: { ${outer} } }`,
          'run: echo "in ${{ steps.o.outputs.id }}"',
        ],
        WRITE,
      ),
    );
    assert.match(jobs[0]?.log ?? '', /^Signed in[\s\S]*\nin Development\n(.*\n)*Signed out\.\n$/);
    assert.deepEqual(jobs[0]?.left, []);
  });

  test('inputs of their type, and permissions of one word', async () => {
    const given = 'workflow_dispatch:\n    inputs: { dry: { type: boolean }, n: { type: number, default: 3 } }';
    repository.write(
      'test.yml',
      `on:\n  ${given}\npermissions: write-all\n${steps(['run: echo "${{ !inputs.dry }} ${{ inputs.n }}"', SIGN_IN])}`,
    );
    const { jobs, result } = await repository.run('test.yml', BY_HAND);
    assert.match(jobs[0]?.log ?? '', /^true 3\n/);
    assert.equal(result, 'success');
  });
});

suite('What the runner does not do, it refuses', () => {
  const refused: Readonly<Record<string, string>> = {
    "test.yml: job job: Unexpected value 'runs' (line 5)": steps(['run: "true"'], 'runs: {}'),
    'test.yml: job job: step 1 (Look): This runner does not have the shell fish': steps([
      'name: Look\n        run: "true"\n        shell: fish',
    ]),
    "test.yml: job job: step 2 (again): Unexpected value 'retry' (line 8)": steps([
      'run: "true"',
      '{ id: again, run: "true", retry: 3 }',
    ]),
    'does not have actions/cache': steps(['uses: actions/cache@v5']),
    'has no input client': steps(['uses: OWNER/azure-session@v1\n        with: { client: x }'], WRITE),
    "Unrecognized named-value: 'matrix'": 'jobs: { job: { if: matrix.x, runs-on: x, steps: [] } }',
    'no github.triggering_actor': steps(['run: echo ${{ github.triggering_actor }}']),
    'need jobs that are not there': 'jobs: { job: { needs: other, runs-on: x, steps: [] } }',
    'does not have octo/called': 'jobs: { job: { uses: octo/called@v1 } }',
    'has no values for x': steps(['run: "true"'], 'strategy: { matrix: { x: "${{ fromJSON(\'[]\') }}" } }'),
  };
  for (const [message, jobs] of Object.entries(refused)) {
    test(message, async () => {
      await assert.rejects(run(jobs), (error) => {
        assert.ok(error instanceof WorkflowError, String(error));
        assert.ok(error.message.includes(message), error.message);
        return true;
      });
    });
  }

  test('does not run on another event, or branch', async () => {
    await assert.rejects(repository.run('terraform.yml', pullRequest('octo-org/octo-repo')), /does not run on pull/);
    await assert.rejects(repository.run('terraform.yml', { ...PUSH, ref: 'refs/heads/other' }), /not run on push to/);
  });
});

suite('Expressions', () => {
  const scope: Scope = {
    contexts: { github: { ref: 'main' }, vars: { Name: 'Ada', EMPTY: '' }, needs: { a: { outputs: { n: '2' } } } },
    status: 'failure',
  };
  test('are GitHub’s: no case, what is missing is empty, status functions', () => {
    const all = "vars.NAME == 'ada' && vars.missing.deeper == '' && needs.a.outputs.n == 2 && failure() && !success()";
    assert.equal(evaluate(all, scope), true);
    assert.deepEqual(evaluate("fromJSON('[1,true]')", scope), [1, true]);
  });

  test('an if: without a status function asks for success', () => {
    assert.equal(holds('vars.Name', scope), false);
    assert.equal(holds('${{ failure() && vars.Name }}', scope), true);
    assert.equal(holds(undefined, scope), false);
    assert.equal(holds('vars.Name', { ...scope, status: 'success' }), true);
  });

  test('a text takes values, but no objects', () => {
    assert.equal(interpolate('${{ vars.Name }} and ${{ vars.missing }}.', scope), 'Ada and .');
    assert.throws(() => interpolate('${{ vars }}', scope), WorkflowError);
    for (const broken of ['a b', "'open", 'vars.', '(vars.Name', 'unknown.x']) {
      assert.throws(() => evaluate(broken, scope), WorkflowError, broken);
    }
  });
});
