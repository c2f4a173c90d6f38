/** Every ordered pair of methods in one job: which credential the SDKs use, and which variables remain after each post. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { type ActionStep, type Job, leftBehind } from '../../simulator/job.ts';
import { podVariables } from '../../simulator/workflow/pod.ts';
import { faultEnvironment } from '../hardening/sweep.ts';
import { NEEDS } from '../needs.ts';
import { addFabrikam } from './fabrikam.ts';
import { assertRestored, configDir, openWorld, type Variables, withoutLogins } from './world.ts';

const world = await openWorld();
const fabrikam = addFabrikam(world);
const podTokenFile = (await podVariables(world.simulator, world.contoso))['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
const PRODUCTION = { subscription: 'Production' };
const MACHINE = { ...PRODUCTION, 'auth-type': 'managed-identity' };

/** If possible, the second login of a pair is of another tenant, so that no value is right by chance. */
const METHODS: Readonly<Record<string, (which: 'first' | 'second') => Variables>> = {
  oidc: (which) => identity(which),
  'oidc, not renewed': (which) => ({ ...identity(which), 'keep-alive': 'false' }),
  workload: () => ({ ...identity('first'), 'auth-type': 'workload-identity', 'federated-token-file': podTokenFile }),
  secret: (which) => secret(which),
  'secret, exported': (which) => ({ ...secret(which), 'export-secrets': 'true' }),
  certificate: () => ({ ...world.certificate, ...PRODUCTION }),
  'system-assigned': () => MACHINE,
  'user-assigned': () => ({ ...MACHINE, 'client-id': world.contoso.userIdentity.clientId }),
  user: () => ({ ...PRODUCTION, ...world.user }),
};

function identity(which: 'first' | 'second'): Variables {
  return which === 'first' ? { ...world.identity, ...PRODUCTION } : fabrikam.identity;
}

function secret(which: 'first' | 'second'): Variables {
  const { clientSecret } = which === 'first' ? world.contoso : fabrikam;
  return { ...identity(which), 'client-secret': clientSecret };
}

/** The credential variables of each method; empty for methods whose credential only `az` has. */
const CREDENTIAL_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  oidc: ['AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE'],
  workload: ['AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE'],
  'secret, exported': ['AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'],
  certificate: ['AZURE_CLIENT_CERTIFICATE_PATH', 'AZURE_CLIENT_ID'],
  'user-assigned': ['AZURE_CLIENT_ID'],
};

const CREDENTIAL_NAMES = [...new Set(Object.values(CREDENTIAL_VARIABLES).flat())].sort();

/**
 * `AZURE_TOKEN_CREDENTIALS` after the second login: `-` if it is not set, `!` for a warning about the clients that fail on
 * a blank variable. The columns are the methods of the second login, in the order of the rows.
 */
const OUTCOMES = `
                  | oidc  | static   | workload | secret | exported | certificate | system | assigned | user
none              | -     | dev      | -        | dev    | -        | -           | -      | -        | dev
oidc              | -     | dev      | -        | dev    | -        | -           | - !    | - !      | dev
oidc, not renewed | prod  | dev      | prod     | dev    | prod     | prod        | prod   | prod     | dev
workload          | -     | dev      | -        | dev    | -        | -           | - !    | - !      | dev
secret            | prod  | dev      | prod     | dev    | prod     | prod        | prod   | prod     | dev
secret, exported  | dev ! | dev      | dev !    | dev    | -        | dev !       | - !    | - !      | dev
certificate       | dev ! | dev      | dev !    | dev    | -        | -           | - !    | - !      | dev
system-assigned   | -     | dev      | -        | dev    | -        | -           | -      | -        | dev
user-assigned     | -     | dev      | -        | dev    | -        | -           | -      | -        | dev
user              | prod  | dev      | prod     | dev    | prod     | prod        | prod   | prod     | dev
`;

/**
 * By the first method, the second methods after whose post the SDKs use `az`: a client would fail on a variable that post
 * blanks, or post cannot restore the first secret, which is not saved.
 */
const AZ_AFTER_POST: Readonly<Record<string, readonly string[]>> = {
  oidc: ['secret, exported', 'certificate'],
  workload: ['secret, exported', 'certificate'],
  'secret, exported': Object.keys(METHODS),
  certificate: ['secret, exported'],
};

/** The clients that fail on a blank variable. */
const FAILING_CLIENTS: Readonly<Record<string, string>> = {
  AZURE_CLIENT_SECRET: 'Python and Java',
  AZURE_CLIENT_CERTIFICATE_PATH: 'Python and Java',
  AZURE_FEDERATED_TOKEN_FILE: 'Go and Java',
};

for (const [first = '', ...outcomes] of rowsOf(OUTCOMES).slice(1)) {
  suite(`after ${first}`, () => {
    const job = world.newJob(world.simulator.managedIdentity.imdsVariables);
    const start = { ...job.env };
    let earlier: ActionStep | undefined;
    let between: Variables;
    before(async () => {
      if (first !== 'none') earlier = await world.signIn(METHODS[first]?.('first') ?? {}, { job });
      between = { ...job.env };
    });

    const pairs: { readonly later: ActionStep; readonly during: Variables }[] = [];
    /** The distinct variables after the post of a second login, as JSON. */
    const afterwards = new Set<string>();
    for (const [n, [second, inputs]] of Object.entries(METHODS).entries()) {
      test(`${second}: AZURE_TOKEN_CREDENTIALS ${outcomes[n]}`, async () => {
        setVariables(job, between);
        const later = await world.signIn(inputs('second'), { job });
        const during = { ...job.env };
        pairs.push({ later, during });
        assertOutcome(later, between, during, outcomes[n] ?? '');
        const set = CREDENTIAL_NAMES.filter((name) => (during[name] ?? '') !== '');
        assert.deepEqual(set, CREDENTIAL_VARIABLES[second] ?? []);
        await later.post();
        const { AZURE_SESSION_LOGINS = '' } = job.env;
        const withAz = { ...between, AZURE_SESSION_LOGINS, AZURE_TOKEN_CREDENTIALS: 'dev' };
        assertRestored(job, AZ_AFTER_POST[first]?.includes(second) ? withAz : between, 'AZURE_CLIENT_SECRET');
        afterwards.add(JSON.stringify(job.env, Object.keys(job.env).sort()));
      });
    }

    test('all variables are restored when the first login ends last', async () => {
      for (const env of earlier === undefined ? [] : afterwards) {
        setVariables(job, JSON.parse(env));
        await earlier?.post();
        assertRestored(job, start, 'AZURE_CLIENT_SECRET');
      }
    });

    test('the second login keeps its variables when the first ends first, and its post restores the rest', async () => {
      for (const { later, during } of earlier === undefined ? [] : pairs) {
        setVariables(job, during);
        await earlier?.post();
        assert.deepEqual(withoutLogins(job.env), withoutLogins(during));
        await later.post();
        assertRestored(job, start, 'AZURE_CLIENT_SECRET');
      }
    });
  });
}

/** Each login owns other families of variables. */
const THREE: readonly Variables[] = [
  { 'export-env': 'azure, terraform' },
  { 'export-env': 'terraform' },
  { 'export-env': 'azure', 'export-secrets': 'true' },
];

for (const [where, folder] of Object.entries({ 'in separate folders': {}, 'in one folder': { 'config-dir': 'a' } })) {
  test(`three logins ${where} end in any order, and the remaining ones keep their variables`, async () => {
    for (const order of ['012', '021', '102', '120', '201', '210']) {
      using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow', ARM_TENANT_ID: 'of the workflow' });
      const start = { ...job.env };
      const steps: ActionStep[] = [];
      for (const inputs of THREE) steps.push(await world.signIn({ ...secret('first'), ...folder, ...inputs }, { job }));
      const live = new Set([0, 1, 2]);
      for (const n of [...order].map(Number)) {
        live.delete(n);
        await steps[n]?.post();
        const families = [...live].map((other) => THREE[other]?.['export-env']).join();
        const tenantOf = (family: string): string =>
          families.includes(family) ? world.contoso.tenant.id : 'of the workflow';
        const newest = steps[Math.max(...live)];
        const profile = newest === undefined ? leftBehind(job)['AZURE_CONFIG_DIR'] : configDir(newest);
        const values = ['AZURE_TENANT_ID', 'ARM_TENANT_ID', 'AZURE_CONFIG_DIR'].map((name) => job.env[name]);
        assert.deepEqual(values, [tenantOf('azure'), tenantOf('terraform'), profile], `${order}, after ${n}`);
      }
      assertRestored(job, start, 'AZURE_CLIENT_SECRET');
    }
  });
}

test('a login that is killed while it writes its files restores no variable', { skip: NEEDS.signals }, async () => {
  using job = world.newJob();
  const start = { ...job.env };
  const families = { 'export-env': 'azure, terraform' };
  const first = await world.signIn({ ...secret('first'), ...families }, { job });
  const inputs = { ...PRODUCTION, ...world.user, ...families };
  const killed = await job.step({ inputs, env: faultEnvironment(job, 12, 'killed') });
  assert.equal(killed.result.signal, 'SIGKILL');
  await first.post();
  assert.deepEqual((await killed.post({ NODE_OPTIONS: '' })).errors, []);
  assertRestored(job, start);
});

test('a login that is killed after its record leaves equal variables', { skip: NEEDS.signals }, async () => {
  using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow' });
  const start = { ...job.env };
  const first = await world.signIn(secret('first'), { job });
  const during = { ...job.env };
  const inputs = { ...secret('first'), 'config-dir': 'profile' };
  const killed = await job.step({ inputs, env: faultEnvironment(job, 25, 'killed') });
  assert.equal(killed.result.signal, 'SIGKILL');
  const logout = await job.logOut({ inputs: { 'config-dir': 'profile' } });
  assert.match(logout.log, /^Signed out\.$/m);
  assert.deepEqual(job.env, during);
  await first.post();
  assertRestored(job, start);
});

function assertOutcome({ result }: ActionStep, between: Variables, during: Variables, outcome: string): void {
  const [credentials, warned] = outcome.split(' ');
  assert.equal(during['AZURE_TOKEN_CREDENTIALS'], credentials === '-' ? undefined : credentials);
  assert.equal(during['ANSIBLE_AZURE_AUTH_SOURCE'], 'cli');
  assert.equal(during['AZURE_AUTHORITY_HOST'], 'https://login.microsoftonline.com/');
  const isUnset = (name: string): boolean => result.exported[name] === '' && (between[name] ?? '') === '';
  assert.deepEqual(Object.keys(result.exported).filter(isUnset), [], 'blanked although not set before');
  const [warning, ...more] = result.warnings;
  assert.deepEqual([warning !== undefined, more], [warned === '!', []], result.log);
  if (warning === undefined) return;
  const [name = '', ...others] = Object.keys(FAILING_CLIENTS).filter((each) => warning.startsWith(each));
  assert.deepEqual([during[name], others], ['', []]);
  assert.ok(warning.includes(`for ${FAILING_CLIENTS[name]} fails`), warning);
  assert.match(warning, /`export-env: none` at the earlier sign-in/);
}

function setVariables(job: Job, variables: Variables): void {
  for (const name of Object.keys(job.env)) delete job.env[name];
  Object.assign(job.env, variables);
}

function rowsOf(table: string): string[][] {
  const rows = table.replace('\n', '').trimEnd().split('\n');
  return rows.map((row) => row.split('|').map((cell) => cell.trim()));
}
