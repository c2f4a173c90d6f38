import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACT, AZ_NEWEST } from '../../scripts/clients/clients.ts';
import { isFenced, METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import { RUNS } from '../examples/example-runs.ts';
import { EXAMPLES, PUSH, Repository } from '../examples/repository.ts';
import { type ActReport, runAct } from './act.ts';

const skip = existsSync(ACT) ? false : 'act comes by Go, which is not on this machine';

function assertClean(report: ActReport): void {
  assert.equal(report.result, 'success', report.log);
  assert.deepEqual([report.errors, report.warnings], [[], []], report.log);
  assert.ok(
    report.posts.every((exitCode) => exitCode === 0),
    report.log,
  );
  assert.deepEqual(report.left, []);
}

/** What steps of the example workflows print with the newest `az`, by name. */
const PRINTED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'matrix-over-subscriptions.yml': {
    'List the resource groups': [
      'development-web\twesteurope',
      'production-data\twesteurope',
      'production-web\twesteurope',
    ],
  },
  'two-tenants.yml': {
    'Show the difference': ['---', '1,2c1', '< production-data', '< production-web', '> stores-web'],
  },
  'three-hour-job.yml': { 'Ask a service that nobody has asked before': ['true'] },
  'self-hosted-managed-identity.yml': {
    'List the resource groups': ['production-data\twesteurope', 'production-web\twesteurope'],
  },
  'credential-in-memory.yml': {
    'List the resource groups': ['production-data\twesteurope', 'production-web\twesteurope'],
  },
  // act knows no environments: both deployments have the variables of production.
  'reusable-workflow-caller.yml': { 'Say where it went': ['Deployed to Production and then to Production.'] },
};

/** These do without the permission, which act does not know: it would give every job an ID token. */
const WITHOUT_ID_TOKEN = ['sign-out-early', 'self-hosted-managed-identity', 'credential-in-memory', 'from a fork'];

const DIRECT = `127.0.0.1,localhost,${METADATA_ADDRESS}`;

/** Why act cannot run an example here. `npm test` runs every one. */
const NOT_BY_ACT: Readonly<Record<string, string | false>> = {
  'container-job.yml': 'act runs a container job in Docker alone',
  'self-hosted-managed-identity.yml': isFenced() ? false : 'needs a network of its own',
};

/** Where `az` looks for a newer version of itself, once a day. */
const NEWER_VERSION = 'azcliprod.blob.core.windows.net';

const METADATA = { host: METADATA_ADDRESS, port: 80 };

for (const [title, { file, event, given }] of Object.entries(RUNS)) {
  test(`${file}: ${title}`, { skip: skip || (NOT_BY_ACT[file] ?? false) }, async () => {
    await using repository = await Repository.open(isFenced() ? { managedIdentity: METADATA } : undefined);
    useRealAz(repository);
    const { simulator } = repository.world;
    for (const vault of simulator.directory.vaults) vault.secrets['orders-copy'] = 'not to be shown';
    const { vars, secrets, environments = {} } = given?.(repository) ?? {};
    // A real `az` takes longer than what stands in for it.
    simulator.github.idTokenLifetimeSeconds = Math.max(simulator.github.idTokenLifetimeSeconds, 20);
    const report = await runAct(repository, file, event, {
      vars: Object.assign({}, repository.variables, vars, ...Object.values(environments)),
      secrets: secrets ?? {},
      env: file.startsWith('self-hosted') ? { NO_PROXY: DIRECT, no_proxy: DIRECT } : {},
      ...(WITHOUT_ID_TOKEN.some((name) => `${file} ${title}`.includes(name)) ? { idToken: 'none' } : {}),
    });
    assertClean(report);
    for (const [step, printed] of Object.entries(PRINTED[file] ?? {})) {
      assert.deepEqual(report.printed(step).trim().split('\n').sort(), printed);
    }
    const hosts = simulator.escaped.map(({ host }) => host);
    assert.deepEqual([...new Set(hosts.filter((host) => host !== NEWER_VERSION))], []);
  });
}

test('every example is among them', () => {
  const run = [...Object.values(RUNS).map(({ file }) => file), 'reusable-workflow.yml'];
  assert.deepEqual([...new Set(run)].sort(), readdirSync(EXAMPLES).sort());
});

test('uses: ./ signs in, and post signs out though a later step failed', { skip }, async () => {
  await using repository = await Repository.open();
  repository.write('test.yml', LOCAL);
  const report = await runAct(repository, 'test.yml', PUSH);
  assert.equal(report.result, 'failure');
  assert.deepEqual(report.jobs, ['job: failure']);
  assert.match(report.printed(), /Signed in to AzureCloud as [\s\S]*Signed out\./);
  assert.deepEqual([report.errors, report.posts, report.left], [['the step failed'], [0], []], report.log);
});

test('a refused sign-in is one error annotation, and fails the job', { skip }, async () => {
  await using repository = await Repository.open();
  repository.write('test.yml', LOCAL);
  repository.world.contoso.application.federatedCredentials.length = 0;
  const refused = await runAct(repository, 'test.yml', PUSH);
  assert.deepEqual(
    [refused.result, refused.jobs, refused.posts, refused.left],
    ['failure', ['job: failure'], [0], []],
    refused.log,
  );
  assert.equal(refused.errors.length, 1, refused.log);
  assert.match(refused.errors[0] ?? '', /AADSTS70025[\s\S]*az ad app federated-credential create/);

  const without = await runAct(repository, 'test.yml', PUSH, { idToken: 'none' });
  assert.equal(without.errors.length, 1, without.log);
  assert.match(without.errors[0] ?? '', /act gives this job no ID token/);
});

const LOCAL = `
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    permissions: { id-token: write, contents: read }
    steps:
      - uses: actions/checkout@v7
      - uses: ./
        with:
          client-id: \${{ vars.AZURE_CLIENT_ID }}
          tenant-id: \${{ vars.AZURE_TENANT_ID }}
          subscription: Production
      - run: |
          echo "::error::the step failed"
          exit 1
`;

const IDS = "client-id: '${{ vars.AZURE_CLIENT_ID }}', tenant-id: '${{ vars.AZURE_TENANT_ID }}'";

/** The inputs of a sign-in to one subscription. */
function signIn(subscription: string): string {
  return `uses: OWNER/azure-session@v1\n        with: { ${IDS}, subscription: ${subscription} }`;
}

/** A job of these steps. */
function job(...steps: readonly string[]): string {
  const list = ['uses: actions/checkout@v7', ...steps].map((step) => `      - ${step}\n`).join('');
  return `on: push\npermissions: { id-token: write }\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${list}`;
}

function writeAction(repository: Repository, name: string, step: string): void {
  const folder = join(repository.folder, '.github', 'actions', name);
  mkdirSync(folder, { recursive: true });
  const runs = `runs:\n  using: composite\n  steps:\n      - ${step}\n`;
  writeFileSync(join(folder, 'action.yml'), `name: ${name}\ninputs: { subscription: { required: true } }\n${runs}`);
}

test('a composite action in another signs in, and its post signs out at the end of the job', { skip }, async () => {
  await using repository = await Repository.open();
  const { AZURE_CLIENT_ID: client, AZURE_TENANT_ID: tenant } = repository.variables;
  const inputs = `client-id: ${client}, tenant-id: ${tenant}, subscription: '\${{ inputs.subscription }}'`;
  writeAction(repository, 'inner', `uses: OWNER/azure-session@v1\n        with: { ${inputs} }`);
  const inner = "uses: ./.github/actions/inner\n        with: { subscription: '${{ inputs.subscription }}' }";
  writeAction(repository, 'outer', inner);
  const outer = 'uses: ./.github/actions/outer\n        with: { subscription: Development }';
  repository.write('test.yml', job(outer, 'run: az group list'));
  const report = await runAct(repository, 'test.yml', PUSH);
  assertClean(report);
  assert.deepEqual(report.posts, [0], report.log);
  assert.deepEqual(
    repository.sightings.map(({ subscription, token }) => [subscription, token]),
    [['Development', 'granted']],
  );
});

test('posts of two sign-ins run in reverse', { skip }, async () => {
  await using repository = await Repository.open();
  repository.write('test.yml', job(signIn('Production'), signIn('Development'), 'run: az group list'));
  const report = await runAct(repository, 'test.yml', PUSH);
  assertClean(report);
  assert.deepEqual(report.postedFor, ['Development', 'Production'], report.log);
  assert.equal(repository.sightings[0]?.subscription, 'Development');
});

test('continue-on-error lets the job go on after a refused sign-in', { skip }, async () => {
  await using repository = await Repository.open();
  const refused = `${signIn('Nowhere')}\n        id: refused\n        continue-on-error: true`;
  const outcome = 'run: echo "${{ steps.refused.outcome }}, ${{ steps.refused.conclusion }}"';
  repository.write('test.yml', job(refused, `${outcome}\n        name: Say`, signIn('Production')));
  const report = await runAct(repository, 'test.yml', PUSH);
  assert.deepEqual(
    [report.result, report.errors.length, report.posts, report.left],
    ['success', 1, [0, 0], []],
    report.log,
  );
  assert.equal(report.printed('Say').trim(), 'failure, success');
});

test('a job cancelled in the middle runs no later step, but signs out', { skip }, async () => {
  await using repository = await Repository.open();
  repository.write('test.yml', job(signIn('Production'), 'run: kill -INT $PPID; exec sleep 30', 'run: az group list'));
  const report = await runAct(repository, 'test.yml', PUSH);
  assert.deepEqual([report.result, report.posts, report.left], ['failure', [0], []], report.log);
  assert.match(report.log, /this step has been cancelled[\s\S]*Signed out\./);
  assert.deepEqual(repository.sightings, []);
});

/** The services that the simulator has get the real az; a database, a deployment and Bicep only what looks like it. */
function useRealAz(repository: Repository): void {
  const script = `case "$1" in sql|deployment|bicep) ${repository.standIn('az')};; esac`;
  repository.command('az', `${script}\nexec "${AZ_NEWEST}" "$@"`);
}
