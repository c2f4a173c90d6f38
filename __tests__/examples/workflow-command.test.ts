import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { type CommandResult, ROOT, runProcess } from '../../simulator/job.ts';

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

function run(...files: readonly string[]): Promise<CommandResult> {
  const command = join(ROOT, 'simulator', 'workflow', 'cli.ts');
  return runProcess(
    process.execPath,
    [command, ...files],
    { ...(process.env as Record<string, string>) },
    folder,
    60_000,
  );
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
      /^ {4}Error: No credential was given, and this job may not ask GitHub for an ID token.*\n {4}Only a job/m,
    );
  });

  test('says what it cannot run', async () => {
    assert.match((await run()).stderr, /^Usage: npm run workflow/);
    const { exitCode, stderr } = await run(workflow('called.yml', 'workflow_call', { job: IDS }));
    assert.equal(exitCode, 2);
    assert.equal(stderr, 'called.yml does not run on push.\n');
  });
});
