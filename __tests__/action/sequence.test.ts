/** Every ordered pair of methods in one job: what the SDKs of a later step find, and what is left as the two end. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { type ActionStep, type Job, leftBehind } from '../../simulator/job.ts';
import { podVariables } from '../../simulator/workflow/pod.ts';
import { addFabrikam, type Fabrikam } from './fabrikam.ts';
import { openWorld } from './world.ts';

type Variables = Record<string, string>;

const world = await openWorld();
let fabrikam: Fabrikam;
let podTokenFile: string;
before(async () => {
  fabrikam = addFabrikam(world);
  podTokenFile = (await podVariables(world.simulator, world.contoso))['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
});

const PRODUCTION = { subscription: 'Production' };
const { userIdentity } = world.contoso;

/** The second login of a pair is another company's where it can be, so that no value is right by chance. */
const METHODS: Readonly<Record<string, (which: 'first' | 'second') => Variables>> = {
  oidc: (which) => identity(which),
  'oidc, not kept': (which) => ({ ...identity(which), 'keep-alive': 'false' }),
  workload: () => ({ ...identity('first'), 'auth-type': 'workload-identity', 'federated-token-file': podTokenFile }),
  secret: (which) => secret(which),
  'secret, exported': (which) => ({ ...secret(which), 'export-secrets': 'true' }),
  certificate: () => ({ ...world.certificate, ...PRODUCTION }),
  'system-assigned': () => ({ ...PRODUCTION, 'auth-type': 'managed-identity' }),
  'user-assigned': () => ({ ...PRODUCTION, 'auth-type': 'managed-identity', 'client-id': userIdentity.clientId }),
  user: () => ({ ...PRODUCTION, ...world.user }),
};

function identity(which: 'first' | 'second'): Variables {
  return which === 'first' ? { ...world.identity, ...PRODUCTION } : fabrikam.identity;
}

function secret(which: 'first' | 'second'): Variables {
  return which === 'first'
    ? { ...world.secret, ...PRODUCTION }
    : { ...fabrikam.identity, 'client-secret': fabrikam.clientSecret };
}

/** What carries the session to the SDKs, if not `az` alone. */
const CARRIERS: Readonly<Record<string, readonly string[]>> = {
  oidc: ['AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE'],
  workload: ['AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE'],
  'secret, exported': ['AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'],
  certificate: ['AZURE_CLIENT_CERTIFICATE_PATH', 'AZURE_CLIENT_ID'],
  'user-assigned': ['AZURE_CLIENT_ID'],
};

const CARRIER_NAMES = [...new Set(Object.values(CARRIERS).flat())].sort();

/**
 * `AZURE_TOKEN_CREDENTIALS` after the second login: `-` where it is not set, and `!` where a warning tells which clients a
 * blank variable stops. The columns are the second login, in the order of the rows.
 */
const OUTCOMES = `
                  | oidc  | not kept | workload | secret | exported | certificate | system | assigned | user
none              | -     | dev      | -        | dev    | -        | -           | -      | -        | dev
oidc              | -     | dev      | -        | dev    | -        | -           | - !    | - !      | dev
oidc, not kept    | prod  | dev      | prod     | dev    | prod     | prod        | prod   | prod     | dev
workload          | -     | dev      | -        | dev    | -        | -           | - !    | - !      | dev
secret            | prod  | dev      | prod     | dev    | prod     | prod        | prod   | prod     | dev
secret, exported  | dev ! | dev      | dev !    | dev    | -        | dev !       | - !    | - !      | dev
certificate       | dev ! | dev      | dev !    | dev    | -        | -           | - !    | - !      | dev
system-assigned   | -     | dev      | -        | dev    | -        | -           | -      | -        | dev
user-assigned     | -     | dev      | -        | dev    | -        | -           | -      | -        | dev
user              | prod  | dev      | prod     | dev    | prod     | prod        | prod   | prod     | dev
`;

/**
 * The seconds whose end leads the SDKs to `az` for the first: a blank variable that they leave would stop a client, or the
 * secret of the first is not kept to be given back.
 */
const LED_TO_AZ: Readonly<Record<string, readonly string[]>> = {
  oidc: ['secret, exported', 'certificate'],
  workload: ['secret, exported', 'certificate'],
  'secret, exported': Object.keys(METHODS),
  certificate: ['secret, exported'],
};

/** The clients that a blank variable stops. */
const STOPPED: Readonly<Record<string, string>> = {
  AZURE_CLIENT_SECRET: 'Python and Java',
  AZURE_CLIENT_CERTIFICATE_PATH: 'Python and Java',
  AZURE_FEDERATED_TOKEN_FILE: 'Go and Java',
};

for (const [first = '', ...outcomes] of rowsOf(OUTCOMES).slice(1)) {
  suite(`after ${first}`, () => {
    let job: Job;
    let start: Variables;
    let earlier: ActionStep | undefined;
    let between: Variables;
    before(async () => {
      job = world.newJob(world.simulator.managedIdentity.imdsVariables);
      start = { ...job.env };
      if (first !== 'none') earlier = await world.signedIn(METHODS[first]?.('first') ?? {}, { job });
      between = { ...job.env };
    });

    const pairs: { readonly later: ActionStep; readonly during: Variables }[] = [];
    /** Each state that the end of a second login leaves, as JSON: most leave the same. */
    const afterwards = new Set<string>();
    for (const [n, [second, inputs]] of Object.entries(METHODS).entries()) {
      test(`${second}: ${outcomes[n]}`, async () => {
        setVariables(job, between);
        const later = await world.signedIn(inputs('second'), { job });
        const during = { ...job.env };
        pairs.push({ later, during });
        assertOutcome(later, between, during, CARRIERS[second] ?? [], outcomes[n] ?? '');
        await later.post();
        const { AZURE_SESSION_LOGINS = '' } = job.env;
        const led = { ...between, AZURE_SESSION_LOGINS, AZURE_TOKEN_CREDENTIALS: 'dev' };
        assertGivenBack(job, LED_TO_AZ[first]?.includes(second) ? led : between);
        afterwards.add(JSON.stringify(job.env, Object.keys(job.env).sort()));
      });
    }

    test('the first login ends last: nothing is left', async () => {
      for (const env of earlier === undefined ? [] : afterwards) {
        setVariables(job, JSON.parse(env));
        await earlier?.post();
        assertGivenBack(job, start);
      }
    });

    test('the first login ends first: the second keeps all it has, and then nothing is left', async () => {
      for (const { later, during } of earlier === undefined ? [] : pairs) {
        setVariables(job, during);
        await earlier?.post();
        assert.deepEqual(withoutLogins(job.env), withoutLogins(during));
        await later.post();
        assertGivenBack(job, start);
      }
    });
  });
}

/** By family, so that each leaves variables to another one. */
const THREE: readonly Variables[] = [
  { 'export-env': 'azure, terraform' },
  { 'export-env': 'terraform' },
  { 'export-env': 'azure', 'export-secrets': 'true' },
];

for (const [where, place] of [
  ['with folders of their own', {}],
  ['in one folder', { 'config-dir': 'profile' }],
] as const) {
  test(`three logins ${where}: in whatever order they end, the rest keep what they have`, async () => {
    for (const order of ['012', '021', '102', '120', '201', '210']) {
      using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow', ARM_TENANT_ID: 'of the workflow' });
      const start = { ...job.env };
      const steps: ActionStep[] = [];
      for (const inputs of THREE)
        steps.push(await world.signedIn({ ...secret('first'), ...place, ...inputs }, { job }));
      const live = new Set([0, 1, 2]);
      for (const n of [...order].map(Number)) {
        live.delete(n);
        await steps[n]?.post();
        const tenantOf = (family: string): string =>
          [...live].some((other) => THREE[other]?.['export-env']?.includes(family))
            ? world.contoso.tenant.id
            : 'of the workflow';
        const folder = steps[Math.max(...live)]?.result.outputs['config-dir'] ?? leftBehind(job)['AZURE_CONFIG_DIR'];
        assert.deepEqual(
          ['AZURE_TENANT_ID', 'ARM_TENANT_ID', 'AZURE_CONFIG_DIR'].map((name) => job.env[name]),
          [tenantOf('azure'), tenantOf('terraform'), folder],
          `${order}, after ${n}`,
        );
      }
      assertGivenBack(job, start);
    }
  });
}

function assertOutcome(
  { result }: ActionStep,
  between: Variables,
  during: Variables,
  carriers: readonly string[],
  outcome: string,
): void {
  const [credentials, warned] = outcome.split(' ');
  assert.equal(during['AZURE_TOKEN_CREDENTIALS'], credentials === '-' ? undefined : credentials);
  assert.deepEqual(
    CARRIER_NAMES.filter((name) => (during[name] ?? '') !== ''),
    carriers,
  );
  assert.equal(during['ANSIBLE_AZURE_AUTH_SOURCE'], 'cli');
  assert.equal(during['AZURE_AUTHORITY_HOST'], 'https://login.microsoftonline.com/');
  const blank = Object.keys(result.exported).filter((name) => result.exported[name] === '');
  assert.deepEqual(
    blank.filter((name) => (between[name] ?? '') === ''),
    [],
    'blank, and was not set before',
  );
  const [warning, ...more] = result.warnings;
  assert.deepEqual([warning !== undefined, more], [warned === '!', []], result.log);
  if (warning === undefined) return;
  const stops = Object.keys(STOPPED).filter((name) => warning.startsWith(name));
  assert.deepEqual(
    stops.map((name) => [during[name], warning.includes(`for ${STOPPED[name]} fails`)]),
    [['', true]],
  );
  assert.match(warning, /`export-env: none` at the earlier sign-in/);
}

/** Every variable is as it was; what was not there is blank, or what no reader takes amiss; a secret is not kept. */
function assertGivenBack(job: Job, was: Variables): void {
  for (const [name, value] of Object.entries(job.env)) {
    const allowed = was[name] === undefined ? ['', leftBehind(job)[name]] : [was[name]];
    assert.ok(allowed.includes(value) || (name === 'AZURE_CLIENT_SECRET' && value === ''), `${name}: ${value}`);
  }
}

function setVariables(job: Job, variables: Variables): void {
  for (const name of Object.keys(job.env)) delete job.env[name];
  Object.assign(job.env, variables);
}

function withoutLogins({ AZURE_SESSION_LOGINS: _, ...others }: Variables): Variables {
  return others;
}

function rowsOf(table: string): string[][] {
  return table
    .replace('\n', '')
    .trimEnd()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()));
}
