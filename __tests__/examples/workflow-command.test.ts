import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { type CommandResult, ROOT, runProcess } from '../../simulator/job.ts';
import { NEEDS } from '../needs.ts';

const folder = mkdtempSync(join(tmpdir(), 'azure-session-workflow-command-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const IDS = ['client-id: $' + '{{ vars.AZURE_CLIENT_ID }}', 'tenant-id: $' + '{{ vars.AZURE_TENANT_ID }}'];
const secret = (input: string, name: string): string => `${input}: $\{{ secrets.${name} }}`;

/** As the README has them. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  oidc: IDS,
  'client-secret': [...IDS, secret('client-secret', 'AZURE_CLIENT_SECRET')],
  creds: [secret('creds', 'AZURE_CREDENTIALS')],
  'client-certificate': [
    ...IDS,
    secret('client-certificate', 'AZURE_CLIENT_CERTIFICATE'),
    secret('client-certificate-password', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'),
  ],
  'managed-identity': ['auth-type: managed-identity', 'client-id: $' + '{{ vars.IDENTITY_CLIENT_ID }}'],
  'workload-identity': ['auth-type: workload-identity'],
  password: ['username: $' + '{{ vars.AZURE_USERNAME }}', secret('password', 'AZURE_PASSWORD')],
  'device-code': ['auth-type: device-code', 'tenant-id: $' + '{{ vars.AZURE_TENANT_ID }}'],
  'publish-settings': [secret('publish-settings', 'AZURE_PUBLISH_SETTINGS'), 'mode: asm'],
};

function workflow(name: string, event: string, jobs: Readonly<Record<string, readonly string[]>>): string {
  const texts = Object.entries(jobs).map(
    ([id, inputs]) =>
      `  ${id}:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: ${id === 'oidc' ? 'write' : 'none'}\n` +
      `    steps:\n      - uses: OWNER/azure-session@v1\n        with:\n` +
      [...inputs, 'subscription: Production'].map((input) => `          ${input}\n`).join(''),
  );
  const file = join(folder, name);
  writeFileSync(file, `on: ${event}\njobs:\n${texts.join('')}`);
  return file;
}

const COMMAND = join(ROOT, 'simulator', 'workflow', 'cli.ts');

function run(file?: string, more: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  const args = file === undefined ? [COMMAND] : [COMMAND, file];
  return runProcess(process.execPath, args, { ...(process.env as Record<string, string>), ...more }, folder, 180_000);
}

suite('npm run workflow', () => {
  test('has what every sign-in of the README asks for', async () => {
    const { exitCode, log } = await run(workflow('methods.yml', 'push', METHODS));
    assert.equal(exitCode, 0, log);
    for (const id of Object.keys(METHODS)) assert.match(log, new RegExp(`^${id}: success$`, 'm'));
    assert.doesNotMatch(log, /::error|Left in RUNNER_TEMP/);
  });

  test('shows an error as it is to be read, and fails', async () => {
    const { exitCode, stdout } = await run(workflow('empty.yml', 'workflow_dispatch', { job: IDS }));
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^ {4}Error: This job may not ask GitHub for an ID token.*\n {4}The inputs give no other credential/m,
    );
  });

  test('has the ids as secrets too, runs in the place of azure/login, and ends quietly where nobody reads on', {
    skip: NEEDS.shell,
  }, async () => {
    const ids = ['client', 'tenant'].map((id) => secret(`${id}-id`, `AZURE_${id.toUpperCase()}_ID`));
    const file = workflow('login.yml', 'push', { oidc: ids });
    writeFileSync(file, readFileSync(file, 'utf8').replace('OWNER/azure-session@v1', 'azure/login@v2'));
    const { exitCode, log } = await run(file);
    assert.equal(exitCode, 0, log);
    assert.match(log, /This action runs in the place of azure\/login@v2\.\n {4}Signed in/);
    const command = `"${process.execPath}" "${COMMAND}" "${file}" | true`;
    const quiet = await runProcess('sh', ['-c', command], process.env as Record<string, string>, folder, 180_000);
    assert.equal(quiet.stderr, '');
  });

  test('takes the repository of a workflow along, and shows names, annotations and the summary', {
    skip: NEEDS.shell,
  }, async () => {
    const workflows = join(folder, 'repository', '.github', 'workflows');
    mkdirSync(workflows, { recursive: true });
    writeFileSync(
      join(folder, 'repository', 'hint.sh'),
      'echo "::notice title=Hint::one%0Atwo"\necho "::group::More"\n',
    );
    const file = join(workflows, 'ci.yml');
    writeFileSync(
      file,
      `name: CI
on: { push: { branches: ['**'], paths: [src] } }
jobs:
  build:
    name: Build it
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: actions/cache@v5
      - { name: Try, run: 'false', continue-on-error: true }
      - { name: Fish, run: 'true', shell: 'no-such-shell {0}' }
      - { name: Hint, run: 'sh hint.sh; echo "## Built" >> "$GITHUB_STEP_SUMMARY"' }
`,
    );
    const { exitCode, log } = await run(file);
    assert.equal(exitCode, 0, log);
    assert.equal(
      log,
      `CI
Not done here: ci.yml: on: push: paths

Build it: success

  actions/checkout@v7: success

  actions/cache@v5: skipped
    This runner does not have actions/cache.

  Try: failure, but the job goes on

  Fish: skipped
    This runner does not have the shell no-such-shell {0}.

  Hint: success
    Notice: one
    two
    More

  Summary of the job
    ## Built

success
`,
    );
  });

  test('runs a workflow from a folder above the temporary one', { skip: NEEDS.shell }, async () => {
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    const file = join(folder, 'above.yml');
    writeFileSync(file, 'on: push\njobs: { job: { runs-on: x, steps: [{ run: "echo hello" }] } }\n');
    const { exitCode, log } = await run(file, { TMPDIR: temporary });
    assert.equal(exitCode, 0, log);
  });

  test('says what it cannot run', async () => {
    assert.match((await run()).stderr, /^Usage: npm run workflow/);
    const { exitCode, stderr } = await run(workflow('called.yml', 'workflow_call', { job: IDS }));
    assert.equal(exitCode, 2);
    assert.equal(stderr, 'called.yml does not run on push.\n');
  });
});
