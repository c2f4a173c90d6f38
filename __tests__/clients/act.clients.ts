import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACT, AZ_NEWEST } from '../../scripts/clients/clients.ts';
import { RUNS } from '../examples/example-runs.ts';
import { PUSH, Repository } from '../examples/repository.ts';
import { runAct } from './act.ts';
import { assertNothingEscaped } from './session.ts';
import { DIRECT_TO_METADATA, METADATA_SERVICE, NO_MACHINE } from './virtual-machine.ts';

const skip = existsSync(ACT) ? false : 'act needs Go, which this machine does not have';

const PRODUCTION = ['production-data\twesteurope', 'production-web\twesteurope'];

/** The output of steps of the example workflows with the newest `az`, by name. */
const PRINTED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'matrix-over-subscriptions.yml': { 'List the resource groups': ['development-web\twesteurope', ...PRODUCTION] },
  'two-tenants.yml': {
    'Show the difference': ['---', '1,2c1', '< production-data', '< production-web', '> stores-web'],
  },
  'three-hour-job.yml': { 'Use another service for the first time': ['true'] },
  'self-hosted-managed-identity.yml': { 'List the resource groups': PRODUCTION },
  'credential-in-memory.yml': { 'List the resource groups': PRODUCTION },
  // act ignores environments, so both deployments have the variables of production.
  'reusable-workflow-caller.yml': { 'Report the subscriptions': ['Deployed to Production and then to Production.'] },
};

/** The jobs without `id-token: write`, since act ignores permissions. */
const WITHOUT_ID_TOKEN = ['sign-out-early', 'self-hosted-managed-identity', 'credential-in-memory', 'from a fork'];

/** The reason why act cannot run an example. `npm test` runs all of them. */
const NOT_BY_ACT: Readonly<Record<string, string | false>> = {
  'container-job.yml': 'act runs container jobs only in Docker',
  'self-hosted-managed-identity.yml': NO_MACHINE,
};

for (const [title, { file, event, prepare }] of Object.entries(RUNS)) {
  test(`${file}: ${title}`, { skip: skip || (NOT_BY_ACT[file] ?? false) }, async () => {
    await using repository = await Repository.open(NO_MACHINE === false ? METADATA_SERVICE : undefined);
    // The simulator does not have databases, deployments and Bicep.
    const standIn = `case "$1" in sql|deployment|bicep) ${repository.standIn('az')};; esac`;
    repository.command('az', `${standIn}\nexec "${AZ_NEWEST}" "$@"`);
    const { simulator } = repository.world;
    for (const vault of simulator.directory.vaults) vault.secrets['orders-copy'] = 'not to be shown';
    const { vars, secrets, environments = {} } = prepare?.(repository) ?? {};
    // The real `az` is slower than its stand-in.
    simulator.github.idTokenLifetimeSeconds = Math.max(simulator.github.idTokenLifetimeSeconds, 20);
    const report = await runAct(repository, file, event, {
      vars: Object.assign({}, repository.variables, vars, ...Object.values(environments)),
      secrets: secrets ?? {},
      env: file.startsWith('self-hosted') ? DIRECT_TO_METADATA : {},
      ...(WITHOUT_ID_TOKEN.some((name) => `${file} ${title}`.includes(name)) ? { idToken: 'none' } : {}),
    });
    assert.equal(report.result, 'success', report.log);
    assert.deepEqual([report.errors, report.warnings], [[], []], report.log);
    for (const post of report.posts) assert.match(post, /: 0$/, report.log);
    assert.deepEqual(report.left, []);
    for (const [step, printed] of Object.entries(PRINTED[file] ?? {})) {
      assert.deepEqual(report.printed(step).trim().split('\n').sort(), printed);
    }
    assertNothingEscaped(repository.world);
  });
}

const IDS = "client-id: '${{ vars.AZURE_CLIENT_ID }}', tenant-id: '${{ vars.AZURE_TENANT_ID }}'";

function signIn(subscription: string, uses = 'OWNER/azure-session@v1'): string {
  return `uses: ${uses}\n        with: { ${IDS}, subscription: ${subscription} }`;
}

function job(...steps: readonly string[]): string {
  const list = ['uses: actions/checkout@v7', ...steps].map((step) => `      - ${step}\n`).join('');
  return `on: push\npermissions: { id-token: write }\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${list}`;
}

interface Run {
  readonly steps: readonly string[];
  readonly prepare?: (repository: Repository) => void;
  readonly idToken?: 'none';
  /** Default: `success`. */
  readonly result?: 'failure';
  readonly errors?: readonly RegExp[];
  /** Default: one of `Production` that succeeds. */
  readonly posts?: readonly string[];
  readonly log?: RegExp;
  /** The subscription in a later step, and the result of its token request. */
  readonly seen?: readonly string[];
}

const LIST = 'run: az group list';

const ON_A_RUNNER: Readonly<Record<string, Run>> = {
  'uses: ./ signs in, and post signs out although a later step failed': {
    steps: [signIn('Production', './'), 'run: |\n          echo "::error::the step failed"\n          exit 1'],
    result: 'failure',
    errors: [/^the step failed$/],
    log: /Signed in to AzureCloud as [\s\S]*Signed out\./,
  },
  'a rejected sign-in fails the job with one error annotation': {
    prepare: ({ world }) => world.contoso.application.federatedCredentials.splice(0),
    steps: [signIn('Production', './'), LIST],
    errors: [/AADSTS70025[\s\S]*az ad app federated-credential create/],
    result: 'failure',
  },
  'a job without an ID token fails with an error about act': {
    idToken: 'none',
    steps: [signIn('Production', './')],
    result: 'failure',
    errors: [/act gives this job no ID token/],
  },
  'a composite action in another signs in, and its post signs out at the end of the job': {
    prepare: (repository) => {
      const { AZURE_CLIENT_ID: client, AZURE_TENANT_ID: tenant } = repository.variables;
      const subscription = "subscription: '${{ inputs.subscription }}'";
      const inputs = `client-id: ${client}, tenant-id: ${tenant}, ${subscription}`;
      writeAction(repository, 'inner', `uses: OWNER/azure-session@v1\n        with: { ${inputs} }`);
      writeAction(repository, 'outer', `uses: ./.github/actions/inner\n        with: { ${subscription} }`);
    },
    steps: ['uses: ./.github/actions/outer\n        with: { subscription: Development }', LIST],
    posts: ['Development: 0'],
    seen: ['Development: granted'],
  },
  'posts of two sign-ins run in reverse': {
    steps: [signIn('Production'), signIn('Development'), LIST],
    posts: ['Development: 0', 'Production: 0'],
    seen: ['Development: granted'],
  },
  'continue-on-error lets the job continue after a rejected sign-in': {
    steps: [
      `${signIn('Nowhere')}\n        id: rejected\n        continue-on-error: true`,
      'run: echo "${{ steps.rejected.outcome }}, ${{ steps.rejected.conclusion }}"',
      signIn('Production'),
    ],
    errors: [/Nowhere/],
    posts: ['Production: 0', 'Nowhere: 0'],
    log: /failure, success$/m,
  },
  'a cancelled job runs no later step, but signs out': {
    steps: [signIn('Production'), 'run: kill -INT $PPID; exec sleep 30', LIST],
    result: 'failure',
    log: /this step has been cancelled[\s\S]*Signed out\./,
  },
};

for (const [title, { steps, prepare, idToken, result = 'success', ...run }] of Object.entries(ON_A_RUNNER)) {
  test(title, { skip }, async () => {
    await using repository = await Repository.open();
    prepare?.(repository);
    repository.write('test.yml', job(...steps));
    const report = await runAct(repository, 'test.yml', PUSH, idToken && { idToken });
    const seen = repository.sightings.map(({ subscription, token }) => `${subscription}: ${token}`);
    assert.deepEqual(
      [report.result, report.jobs, report.posts, seen, report.left],
      [result, [`job: ${result}`], run.posts ?? ['Production: 0'], run.seen ?? [], []],
      report.log,
    );
    assert.equal(report.errors.length, run.errors?.length ?? 0, report.log);
    for (const [at, error] of (run.errors ?? []).entries()) assert.match(report.errors[at] ?? '', error);
    assert.match(report.log, run.log ?? /./);
  });
}

function writeAction(repository: Repository, name: string, step: string): void {
  const folder = join(repository.folder, '.github', 'actions', name);
  mkdirSync(folder, { recursive: true });
  const runs = `runs:\n  using: composite\n  steps:\n      - ${step}\n`;
  writeFileSync(join(folder, 'action.yml'), `name: ${name}\ninputs: { subscription: { required: true } }\n${runs}`);
}
