import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACT, AZ_NEWEST } from '../../scripts/clients/clients.ts';
import { isFenced, METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import {
  BY_HAND,
  EXAMPLES,
  fabrikamVariables,
  PUSH,
  pullRequest,
  Repository,
  writeSignedOutTest,
} from '../examples/repository.ts';
import { type ActOptions, type ActReport, runAct } from './act.ts';

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

const GROUPS = 'production-data\twesteurope\nproduction-web\twesteurope\n';

/**
 * The example workflows, as they are, under act and with the newest `az`. act knows no permissions and no environments: the
 * workflow runner of `npm test` does.
 */
const TESTS: Readonly<Record<string, (repository: Repository) => Promise<void>>> = {
  'matrix-over-subscriptions.yml': async (repository) => {
    const report = await runAct(repository, 'matrix-over-subscriptions.yml', BY_HAND);
    assertClean(report);
    assert.deepEqual(report.jobs, ['find: success', 'inventory: success', 'inventory: success']);
    assert.equal(report.posts.length, 3);
    assert.deepEqual(lines(report.printed('List the resource groups')), [
      'development-web\twesteurope',
      ...lines(GROUPS),
    ]);
  },

  'two-tenants.yml': async (repository) => {
    const report = await runAct(repository, 'two-tenants.yml', BY_HAND, { vars: fabrikamVariables(repository) });
    assertClean(report);
    assert.deepEqual(report.jobs, ['compare: success']);
    assert.equal(report.posts.length, 2);
    assert.deepEqual(report.printed('Show the difference').trimEnd().split('\n'), [
      '1,2c1',
      '< production-data',
      '< production-web',
      '---',
      '> stores-web',
    ]);
  },

  'terraform.yml': async (repository) => {
    const report = await runAct(repository, 'terraform.yml', PUSH);
    assertClean(report);
    assert.deepEqual(
      repository.sightings.map(({ command, args, variables }) => [command, args[0], variables['ARM_USE_OIDC']]),
      ['init', 'plan', 'apply'].map((verb) => ['terraform', verb, 'true']),
    );
  },

  'three-hour-job.yml': async (repository) => {
    repository.world.simulator.github.idTokenLifetimeSeconds = 20;
    repository.command('sleep', 'exec /bin/sleep 1');
    const { vaults } = repository.world.simulator.directory;
    for (const vault of vaults) vault.secrets['orders-copy'] = 'not to be shown';
    const vars = { ...repository.variables, RESOURCE_GROUP: 'g', SQL_SERVER: 's', KEY_VAULT: 'contoso' };
    const report = await runAct(repository, 'three-hour-job.yml', BY_HAND, { vars });
    assertClean(report);
    assert.equal(report.printed('Ask a service that nobody has asked before').trim(), 'true');
    assert.ok(repository.world.simulator.github.issued.length > 1);
  },

  'sign-out-early.yml': async (repository) => {
    writeSignedOutTest(repository);
    const { clientSecret } = repository.world.contoso;
    const secrets = { AZURE_CLIENT_SECRET: clientSecret };
    const report = await runAct(repository, 'sign-out-early.yml', BY_HAND, { secrets, idToken: 'none' });
    assertClean(report);
    assert.match(report.printed('Run the tests of the project'), /pass 1\b/);
  },

  'self-hosted-managed-identity.yml': (repository) => {
    const { userIdentity } = repository.world.contoso;
    return listGroups(repository, 'self-hosted-managed-identity.yml', {
      vars: { ...repository.variables, AZURE_CLIENT_ID: userIdentity.clientId },
      env: { NO_PROXY: DIRECT, no_proxy: DIRECT },
    });
  },

  'credential-in-memory.yml': (repository) => {
    const { clientSecret } = repository.world.contoso;
    return listGroups(repository, 'credential-in-memory.yml', { secrets: { AZURE_CLIENT_SECRET: clientSecret } });
  },

  'reusable-workflow-caller.yml': async (repository) => {
    // act knows no environments: both deployments have the variables and the subject of the repository.
    const vars = { ...repository.variables, RESOURCE_GROUP: 'production-web' };
    const report = await runAct(repository, 'reusable-workflow-caller.yml', PUSH, { vars });
    assertClean(report);
    assert.equal(report.posts.length, 2);
    assert.equal(report.printed('Say where it went').trim(), 'Deployed to Production and then to Production.');
    assert.deepEqual(
      repository.sightings.map(({ args, subscription: name, token }) => [args[0], name, token]),
      [0, 1].map(() => ['deployment', 'Production', 'granted']),
    );
  },

  'pull-request-from-fork.yml': async (repository) => {
    const file = 'pull-request-from-fork.yml';
    repository.trust('environment:preview');
    repository.world.simulator.github.environment = 'preview';
    const vars = { ...repository.variables, RESOURCE_GROUP: 'production-web' };
    const own = await runAct(repository, file, pullRequest('octo-org/octo-repo'), { vars });
    assertClean(own);
    assert.deepEqual([...own.jobs].sort(), ['check: success', 'preview: success']);

    const fork = await runAct(repository, file, pullRequest('mona/octo-repo'), { vars, idToken: 'none' });
    assertClean(fork);
    assert.deepEqual([...fork.jobs].sort(), ['check: success', 'no-preview: success']);
    assert.match(fork.log, /no pull request from a fork/);
    assert.deepEqual(fork.posts, []);
  },
};

const DIRECT = `127.0.0.1,localhost,${METADATA_ADDRESS}`;

/** Why act cannot run an example here. `npm test` runs every one. */
const NOT_BY_ACT: Readonly<Record<string, string | false>> = {
  'container-job.yml': 'act runs a container job in Docker alone',
  'reusable-workflow.yml': 'run by its caller',
  'self-hosted-managed-identity.yml': isFenced() ? false : 'needs a network of its own',
};

/** Where `az` looks for a newer version of itself, once a day. */
const NEWER_VERSION = 'azcliprod.blob.core.windows.net';

const METADATA = { host: METADATA_ADDRESS, port: 80 };

for (const file of readdirSync(EXAMPLES)) {
  test(file, { skip: skip || (NOT_BY_ACT[file] ?? false) }, async () => {
    const run = TESTS[file] ?? assert.fail('no test for it');
    await using repository = await Repository.open(isFenced() ? { managedIdentity: METADATA } : undefined);
    useRealAz(repository);
    await run(repository);
    const hosts = repository.world.simulator.escaped.map(({ host }) => host);
    assert.deepEqual([...new Set(hosts.filter((host) => host !== NEWER_VERSION))], []);
  });
}

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

/** An example that lists resource groups, without an ID token. */
async function listGroups(repository: Repository, file: string, options: ActOptions): Promise<void> {
  const report = await runAct(repository, file, BY_HAND, { ...options, idToken: 'none' });
  assertClean(report);
  assert.deepEqual(lines(report.printed('List the resource groups')), lines(GROUPS));
}

/** Jobs of a matrix run side by side: their lines come in any order. */
function lines(printed: string): string[] {
  return printed.trim().split('\n').sort();
}
