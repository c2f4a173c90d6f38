/** `npm run workflow` must be as strict as GitHub's runner, or the tests of the examples prove nothing. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type CommandResult, ROOT, runProcess } from '../../simulator/job.ts';
import { WorkflowError } from '../../simulator/workflow/expression.ts';
import type { RunEvent, WorkflowReport } from '../../simulator/workflow/run.ts';
import { NEEDS } from '../needs.ts';
import { PUSH, pullRequest, Repository } from './repository.ts';

const WORKFLOWS = join(import.meta.dirname, 'runner', '.github', 'workflows');
const COMMAND = join(ROOT, 'simulator', 'workflow', 'cli.ts');

function runCommand(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  const env = { ...(process.env as Record<string, string>), ...more };
  return runProcess(process.execPath, [COMMAND, ...args], env, WORKFLOWS, 180_000);
}

/** Replaces the parts that differ in each run. */
function normalized(log: string): string {
  return log
    .replaceAll(/\S*azure-session-job-\w+/g, '<JOB>')
    .replaceAll(/(?<=azure-session-)[\da-f]{16}/g, '<ID>')
    .replaceAll(/\b(?:\d+ ms|\d+\.\d s)\b/g, '<DURATION>')
    .replaceAll(/\b\d\d:\d\d UTC/g, '<TIME> UTC');
}

suite('npm run workflow', () => {
  for (const [name, expected] of Object.entries({ all: 1, 'by-hand': 0, login: 0 })) {
    test(`runs ${name}.yml as GitHub does`, { skip: NEEDS.shell }, async (context) => {
      const { exitCode, log } = await runCommand([`${name}.yml`]);
      assert.equal(exitCode, expected, log);
      const file = join(import.meta.dirname, 'runner', `${name}.txt`);
      context.assert.fileSnapshot(normalized(log), file, { serializers: [String] });
    });
  }

  test('ends without an error if its output is closed', { skip: NEEDS.shell }, async () => {
    const command = `"${process.execPath}" "${COMMAND}" login.yml | true`;
    const env = process.env as Record<string, string>;
    assert.equal((await runProcess('sh', ['-c', command], env, WORKFLOWS, 180_000)).stderr, '');
  });

  test('has the secrets and identities for every sign-in in the README', async () => {
    const { exitCode, log } = await runCommand(['methods.yml']);
    assert.equal(exitCode, 0, log);
    assert.equal(log.match(/^[\w-]+: success$/gm)?.length, 9);
    assert.doesNotMatch(log, /::error|Left in RUNNER_TEMP/);
  });

  test('shows errors as text and fails, and warns of an unknown input', async () => {
    const { exitCode, stdout } = await runCommand(['empty.yml']);
    assert.equal(exitCode, 1);
    assert.match(stdout, /^ {4}Warning: Unexpected input\(s\) 'client-secrett', valid inputs are \['auth-type', /m);
    assert.match(stdout, /^ {4}Warning: The action has no input `client-secrett`.* Did you mean `client-secret`\?$/m);
    assert.match(
      stdout,
      /^ {4}Error: This job cannot request an ID token .*\n {4}The inputs contain no other credential/m,
    );
  });

  test('runs a workflow in a parent of the temporary folder', { skip: NEEDS.shell }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'azure-session-workflow-'));
    try {
      mkdirSync(join(folder, 'temporary'));
      const file = join(folder, 'above.yml');
      writeFileSync(file, 'on: push\njobs: { job: { runs-on: x, steps: [{ run: "echo hello" }] } }\n');
      const { exitCode, log } = await runCommand([file], { TMPDIR: join(folder, 'temporary') });
      assert.equal(exitCode, 0, log);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('reports what it cannot run', async () => {
    assert.match((await runCommand([])).stderr, /^Usage: npm run workflow/);
    const { exitCode, stderr } = await runCommand(['called.yml']);
    assert.deepEqual([exitCode, stderr], [2, 'called.yml does not run on push.\n']);
  });
});

let repository: Repository;
before(async () => {
  repository = await Repository.open();
  copyFileSync(join(ROOT, 'action.yml'), join(repository.folder, 'action.yml'));
  copyFileSync(join(WORKFLOWS, 'called.yml'), join(repository.folder, '.github', 'workflows', 'called.yml'));
});
after(() => repository[Symbol.asyncDispose]());

async function run(jobs: string, secrets: Record<string, string> = {}, event = PUSH): Promise<WorkflowReport> {
  repository.write('test.yml', `on: ${event.name}\n${jobs}`);
  return await repository.run('test.yml', event, { secrets });
}

const IDS = 'client-id: "${{ vars.AZURE_CLIENT_ID }}", tenant-id: "${{ vars.AZURE_TENANT_ID }}"';
const SIGN_IN = `{ uses: OWNER/azure-session@v1, with: { ${IDS}, subscription: Production } }`;
const WRITE = 'permissions: { id-token: write }';

/** A job with these steps. */
function steps(lines: readonly string[], more = ''): string {
  const head = `jobs:\n  job:\n    runs-on: ubuntu-latest\n${more.replaceAll(/^(?=.)/gm, '    ')}\n    steps:\n`;
  return head + lines.map((line) => `      - ${line}\n`).join('');
}

suite('A job needs the permission for an ID token', { skip: NEEDS.shell }, () => {
  for (const [jobs, result] of [
    [steps([SIGN_IN], WRITE), 'success'],
    [`${WRITE}\n${steps([SIGN_IN])}`, 'success'],
    [steps([SIGN_IN]), 'failure'],
    [`${WRITE}\n${steps([SIGN_IN], 'permissions: { contents: read }')}`, 'failure'],
    [`${WRITE}\n${steps([SIGN_IN], 'permissions: {}')}`, 'failure'],
  ] as const) {
    const permissions = jobs.match(/permissions: .*/g)?.join(', then ') ?? 'no permission';
    test(`${permissions}: ${result}`, async () => assert.equal((await run(jobs)).result, result));
  }
});

suite('A job', { skip: NEEDS.shell }, () => {
  test('has the subject of its environment, or of its event', async () => {
    const { github } = repository.world.simulator;
    github.issued.length = 0;
    await run(steps([SIGN_IN], `${WRITE}\nenvironment: production`));
    await run(steps([SIGN_IN], WRITE), {}, pullRequest('octo-org/octo-repo'));
    const subjects = github.issued.map(({ claims }) =>
      String(claims['sub']).replace('repo:octo-org@65/octo-repo@74:', ''),
    );
    assert.deepEqual(subjects, ['environment:production', 'pull_request']);
  });

  test('has the secrets and variables of the repository, except for a pull request from a fork', async () => {
    const jobs = steps(['{ run: "echo [$S] [$V]", env: { S: "${{ secrets.S }}", V: "${{ vars.AZURE_CLIENT_ID }}" } }']);
    const logOf = async (event: RunEvent) => (await run(jobs, { S: 'from-settings' }, event)).jobs[0]?.log;
    assert.equal(await logOf(PUSH), `[***] [${repository.variables['AZURE_CLIENT_ID']}]\n`);
    assert.equal(await logOf(pullRequest('mona/octo-repo')), '[] []\n');
  });

  test('has local actions only after a checkout', async () => {
    const local = SIGN_IN.replace('OWNER/azure-session@v1', './');
    await assert.rejects(run(steps([local], WRITE)), /Did the job run actions\/checkout/);
    const report = await run(steps(['uses: actions/checkout@v7', local], WRITE));
    assert.equal(report.result, 'success', report.jobs[0]?.log);
  });
});

suite('A workflow with an unsupported feature is an error', () => {
  const [LOOK, AGAIN] = ['{ name: Look, run: "true", shell: fish }', '{ id: again, run: "true", retry: 3 }'];
  const workflows: Readonly<Record<string, string>> = {
    "test.yml: job job: Unexpected value 'runs' (line 5)": steps(['run: "true"'], 'runs: {}'),
    'test.yml: job job: step 1 (Look): This runner does not have the shell fish': steps([LOOK]),
    "test.yml: job job: step 2 (again): Unexpected value 'retry' (line 8)": steps(['run: "true"', AGAIN]),
    'does not have actions/cache': steps(['uses: actions/cache@v5']),
    'has no input client': steps(['{ uses: OWNER/azure-session@v1, with: { client: x } }'], WRITE),
    "Unrecognized named-value: 'matrix'": 'jobs: { job: { if: matrix.x, runs-on: x, steps: [] } }',
    'no github.triggering_actor': steps(['run: echo ${{ github.triggering_actor }}']),
    'An array or an object is not text: github.event': steps(['run: echo ${{ github.event }}']),
    'need jobs that do not exist': 'jobs: { job: { needs: other, runs-on: x, steps: [] } }',
    'does not have octo/called': 'jobs: { job: { uses: octo/called@v1 } }',
    'has no values for x': steps(['run: "true"'], 'strategy: { matrix: { x: "${{ fromJSON(\'[]\') }}" } }'),
    'needs the input who': 'jobs: { call: { uses: ./.github/workflows/called.yml } }',
  };
  for (const [message, jobs] of Object.entries(workflows)) {
    test(message, async () => {
      await assert.rejects(run(jobs), (error) => error instanceof WorkflowError && error.message.includes(message));
    });
  }

  test('an event or branch that does not start the workflow', async () => {
    await assert.rejects(repository.run('terraform.yml', pullRequest('octo-org/octo-repo')), /does not run on pull/);
    await assert.rejects(repository.run('terraform.yml', { ...PUSH, ref: 'refs/heads/other' }), /not run on push to/);
  });
});
