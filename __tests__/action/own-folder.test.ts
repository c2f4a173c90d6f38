/**
 * A folder in which the user, `az` and the classic CLI keep accounts of their own: what logins show in it, in whatever
 * order they come and go, and that it is as it was when all have left.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import { application, subscription } from '../../simulator/directory.ts';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { changesIn, faultyEnvironment } from '../hardening/sweep.ts';
import { NEEDS } from '../needs.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { openWorld } from './world.ts';

const FOLDER = 'profile';
const TENANT = '11111111-1111-4111-8111-111111111111';
const [OWN_APP, APP, OTHER_APP] = ['90000000', '91111111', '92222222'].map(
  (start) => `${start}-9999-4999-8999-999999999999`,
) as [string, string, string];

/** Id of a subscription, by a number. */
function sub(number: number): string {
  return `aaaaaaaa-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** A login: what it gives as inputs, and what a client should see of it. */
interface Login {
  inputs: Record<string, string>;
  readonly account?: string;
  readonly certificate?: 'imported';
  readonly sees: readonly number[];
  readonly selects: number;
}

const LOGINS = {
  app: { inputs: {}, account: APP, sees: [1, 2, 4], selects: 2 },
  ownAppAgain: { inputs: {}, account: OWN_APP, sees: [1, 5], selects: 1 },
  certificate: { inputs: {}, certificate: 'imported', sees: [3, 1, 6], selects: 3 },
  user: { inputs: {}, account: 'ada@contoso.com', sees: [3, 4], selects: 3 },
  other: { inputs: {}, account: OTHER_APP, sees: [6], selects: 6 },
} satisfies Record<string, Login>;
type Name = keyof typeof LOGINS;

const world = await openWorld();
before(async () => {
  const { subscriptions, applications } = world.simulator.directory;
  subscriptions.length = 0;
  for (const number of [1, 2, 3, 4, 5, 6]) {
    subscriptions.push(
      subscription({ id: sub(number), displayName: `Sub ${number}`, tenantId: TENANT, cloud: 'AzureCloud' }),
    );
  }
  const grant = (sees: readonly number[], objectId: string): void => {
    for (const number of sees) subscriptions[number - 1]?.roleAssignments.push(objectId);
  };
  for (const login of [LOGINS.app, LOGINS.ownAppAgain, LOGINS.other]) {
    const added = application({ clientId: login.account, displayName: login.account, tenantId: TENANT });
    added.secrets.push({ value: `secret-of-${login.account}`, expiresOn: new Date(Date.now() + 3_600_000) });
    added.servicePrincipals.push({ tenantId: TENANT, objectId: login.account, enabled: true });
    applications.push(added);
    grant(login.sees, login.account);
    login.inputs = {
      'client-id': login.account,
      'tenant-id': TENANT,
      'client-secret': `secret-of-${login.account}`,
      subscription: sub(login.selects),
    };
  }
  const { user, password } = world.contoso;
  grant(LOGINS.user.sees, user.objectId);
  const account = { username: user.userPrincipalName, password, 'tenant-id': TENANT };
  LOGINS.user.inputs = { ...account, subscription: sub(LOGINS.user.selects) };
  const pfx = createPfx(await createCertificate({ commonName: 'management' }), '').toString('base64');
  const listed = LOGINS.certificate.sees.map((number) => ({
    id: sub(number).toUpperCase(),
    name: `Classic ${number}`,
    certificate: pfx,
  }));
  const selects = sub(LOGINS.certificate.selects);
  LOGINS.certificate.inputs = { 'publish-settings': schema2(...listed), mode: 'asm', subscription: selects };
});

interface Entry {
  readonly id: string;
  readonly user?: { readonly name: string; readonly type?: string };
  readonly managementCertificate?: { readonly key?: string; readonly cert: string };
  readonly isDefault: boolean;
  readonly [name: string]: unknown;
}

interface Token {
  readonly client_id?: string;
  readonly [name: string]: unknown;
}

/** The files of a profile, parsed. */
interface Documents {
  'azureProfile.json': { readonly subscriptions: readonly Entry[]; readonly [name: string]: unknown };
  'service_principal_entries.json': readonly (Token & { readonly client_secret?: string })[];
  'msal_token_cache.json': Readonly<Record<string, Readonly<Record<string, Token>>>>;
  'accessTokens.json': readonly Record<string, unknown>[];
  'config.json': Readonly<Record<string, unknown>>;
  config: string;
  'clouds.config': string;
  'my-notes.txt': string;
}

function ownEntry(number: number, name: string, isDefault: boolean): Entry {
  const user = { name, type: 'servicePrincipal' };
  const cloud = { tenantId: TENANT, environmentName: 'AzureCloud' };
  return { id: sub(number), name: `Own ${number}`, state: 'Enabled', user, isDefault, ...cloud, unknown: 'kept' };
}

function msalToken(client_id: string, secret: string): Token {
  return { credential_type: 'AccessToken', client_id, home_account_id: null, realm: TENANT, secret };
}

const OWN: Documents = {
  'azureProfile.json': {
    installationId: 'own',
    environments: [],
    unknown: { kept: true },
    subscriptions: [
      ownEntry(1, OWN_APP, true),
      ownEntry(2, OWN_APP, false),
      {
        id: sub(3).toUpperCase(),
        name: 'Imported "ü"',
        isDefault: false,
        registeredProviders: [],
        environmentName: 'AzureCloud',
        managementCertificate: { key: 'OWN', cert: 'own' },
        managementEndpointUrl: 'https://management.core.windows.net',
      },
    ],
  },
  'service_principal_entries.json': [{ client_id: OWN_APP, tenant: TENANT, client_secret: 'own', unknown: 1 }],
  'msal_token_cache.json': {
    AccessToken: { own: msalToken(OWN_APP, 'own') },
    AppMetadata: { [`appmetadata-login.microsoftonline.com-${OWN_APP}`]: { client_id: OWN_APP } },
  },
  'accessTokens.json': [classicKey(OWN_APP, 'own')],
  'config.json': { mode: 'asm', endpoint: 'x' },
  config: '# mine\n[cloud]\nname = AzureCloud\n\n[core]\noutput = table\n',
  'clouds.config': `[AzureCloud]\nsubscription = ${sub(1)}\n`,
  'my-notes.txt': 'mine',
};

function classicKey(servicePrincipalId: string, accessToken: string): Record<string, unknown> {
  const resource = 'Azure Cli Service Principal Key Cache';
  return { servicePrincipalId, servicePrincipalTenant: TENANT, resource, accessToken };
}

function folderOf(job: Job): string {
  return join(job.workspace, FOLDER);
}

function write(job: Job, name: keyof Documents, content: unknown): void {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  // The classic CLI and older versions of az begin their profile with a byte order mark.
  writeFileSync(join(folderOf(job), name), name === 'azureProfile.json' ? `\ufeff${text}` : text);
}

function ownFolder(job: Job): void {
  mkdirSync(folderOf(job), { mode: 0o700 });
  for (const [name, content] of Object.entries(OWN)) write(job, name as keyof Documents, content);
}

function documents(job: Job): Documents {
  const files = readdirSync(folderOf(job)).map((name) => {
    const text = readFileSync(join(folderOf(job), name), 'utf8').replace(/^\ufeff/, '');
    return [name, name.endsWith('.json') ? JSON.parse(text) : text] as const;
  });
  return Object.fromEntries(files) as unknown as Documents;
}

/** What a client does in between. */
function change<K extends keyof Documents>(job: Job, name: K, by: (found: Documents[K]) => Documents[K]): void {
  write(job, name, by(documents(job)[name]));
}

/** What clients show: by number, who reaches a subscription, by which certificate, and `*` for the default. */
function seen(job: Job): Record<number, string> {
  const entries = documents(job)['azureProfile.json'].subscriptions.map(
    ({ id, user, managementCertificate, isDefault }) => {
      const certificate = managementCertificate === undefined ? '' : certificateName(managementCertificate.cert);
      return [Number(id.slice(-12)), shown(user?.name, certificate, isDefault)] as const;
    },
  );
  return Object.fromEntries(entries);
}

function certificateName(cert: string): string {
  return cert === 'own' ? 'own' : 'imported';
}

function shown(account = '', certificate = '', isDefault = false): string {
  return `${account}+${certificate}${isDefault ? '*' : ''}`;
}

/** The same, told without the code under test: later logins over earlier ones over the folder's own. */
function expected(logins: readonly Login[]): Record<number, string> {
  const sight: Record<number, { account?: string; certificate?: string }> = {
    1: { account: OWN_APP },
    2: { account: OWN_APP },
    3: { certificate: 'own' },
  };
  for (const { account, certificate, sees } of logins) {
    for (const number of sees) {
      sight[number] = {
        ...sight[number],
        ...(account === undefined ? {} : { account }),
        ...(certificate === undefined ? {} : { certificate }),
      };
    }
  }
  const selected = logins.at(-1)?.selects ?? 1;
  return Object.fromEntries(
    Object.entries(sight).map(([number, { account, certificate }]) => [
      number,
      shown(account, certificate, Number(number) === selected),
    ]),
  );
}

async function signIn(job: Job, name: Name, env: Record<string, string> = {}): Promise<ActionStep> {
  const step = await job.step({ inputs: { ...LOGINS[name].inputs, 'config-dir': FOLDER }, env });
  if (env['FAULTY_FS'] === undefined) assert.equal(step.result.exitCode, 0, step.result.log);
  return step;
}

async function signOut(...steps: readonly (ActionStep | undefined)[]): Promise<void> {
  for (const step of steps) assert.deepEqual((await step?.post({ NODE_OPTIONS: '' }))?.errors, []);
}

/** Puts a folder back into a state in which it was. */
function snapshot(job: Job): () => void {
  const copy = join(job.folder, `copy-${crypto.randomUUID()}`);
  cpSync(folderOf(job), copy, { recursive: true });
  return () => {
    for (const name of readdirSync(folderOf(job))) rmSync(join(folderOf(job), name), { recursive: true });
    cpSync(copy, folderOf(job), { recursive: true });
  };
}

suite('in whatever order logins come and go, the newest that is there is seen, and in the end the folder is as it was', () => {
  const arrivals: readonly (readonly Name[])[] = [
    ['app', 'ownAppAgain', 'certificate', 'user'],
    ['user', 'certificate', 'ownAppAgain', 'app'],
    ['certificate', 'app', 'user', 'ownAppAgain'],
  ];
  const departures = [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 3, 0, 2],
    [2, 0, 3, 1],
  ];
  for (const names of arrivals) {
    test(names.join(', '), async () => {
      using job = world.newJob();
      ownFolder(job);
      const steps: ActionStep[] = [];
      for (const name of names) {
        steps.push(await signIn(job, name));
        const there: readonly Login[] = names.slice(0, steps.length).map((each) => LOGINS[each]);
        assert.deepEqual(seen(job), expected(there));
      }
      const kept = process.platform === 'win32' ? `${OWN.config}encrypt_token_cache = false\n` : OWN.config;
      assert.equal(documents(job).config, kept, 'options are the user’s own');
      const asItWas = snapshot(job);
      for (const order of departures) {
        asItWas();
        const there = new Set(names.keys());
        for (const at of order) {
          await signOut(steps[at]);
          there.delete(at);
          const left: readonly Login[] = [...there].map((each) => LOGINS[names[each] ?? 'app']);
          assert.deepEqual(seen(job), expected(left), `${order} until ${at}`);
        }
        assert.deepEqual(documents(job), OWN, `${order}`);
      }
    });
  }
});

suite('what clients changed while two logins were there', () => {
  type Seen = Record<number, string>;
  let job: Job;
  let steps: ActionStep[];
  let asItWas: () => void;
  before(async () => {
    job = world.newJob();
    ownFolder(job);
    steps = [await signIn(job, 'app'), await signIn(job, 'other')];
    asItWas = snapshot(job);
  });

  const select = (number: number): void =>
    change(job, 'azureProfile.json', (profile) => ({
      ...profile,
      subscriptions: profile.subscriptions.map((entry) => ({
        ...entry,
        isDefault: entry.id.toLowerCase() === sub(number),
      })),
    }));
  const edit = (by: (entry: Entry) => readonly Entry[]): void =>
    change(job, 'azureProfile.json', (profile) => ({ ...profile, subscriptions: profile.subscriptions.flatMap(by) }));
  const secrets = (): unknown[] =>
    documents(job)['service_principal_entries.json'].map(({ client_secret }) => client_secret);
  const defaultOf = (subscriptions: Seen): string[] =>
    Object.keys(subscriptions).filter((number) => subscriptions[Number(number)]?.endsWith('*'));

  const rows: readonly [what: string, how: () => void, afterOther: () => void, afterBoth: () => void][] = [
    [
      'another default stays',
      () => select(3),
      () => assert.deepEqual(defaultOf(seen(job)), ['3']),
      () => assert.deepEqual(defaultOf(seen(job)), ['3']),
    ],
    [
      'another default falls back when its subscription leaves',
      () => select(4),
      () => assert.deepEqual(defaultOf(seen(job)), ['4']),
      () => assert.deepEqual(defaultOf(seen(job)), ['1']),
    ],
    [
      'an account that a client put in the place of a login’s stays',
      () => edit((entry) => [entry.id === sub(6) ? ownEntry(6, 'by-az', true) : entry]),
      () => assert.equal(seen(job)[6]?.replace('*', ''), 'by-az+'),
      () => assert.equal(seen(job)[6]?.replace('*', ''), 'by-az+'),
    ],
    [
      'a secret that a client put in the place of a login’s stays',
      () =>
        change(job, 'service_principal_entries.json', (entries) =>
          entries.map((entry) => (entry.client_id === OTHER_APP ? { ...entry, client_secret: 'by az' } : entry)),
        ),
      () => assert.deepEqual(secrets(), ['own', `secret-of-${APP}`, 'by az']),
      () => assert.deepEqual(secrets(), ['own', 'by az']),
    ],
    [
      'what a client removed does not come back',
      () => {
        write(job, 'service_principal_entries.json', []);
        change(job, 'azureProfile.json', (profile) => ({ ...profile, subscriptions: [] }));
      },
      () => assert.deepEqual(seen(job), {}),
      () => assert.deepEqual([seen(job), secrets()], [{}, []]),
    ],
    [
      'keys that the classic CLI dropped do not make a subscription somebody else’s',
      () => edit(({ homeTenantId: _home, managedByTenants: _managed, ...entry }) => [entry]),
      () => assert.deepEqual(seen(job), expected([LOGINS.app])),
      () => assert.deepEqual(seen(job), expected([])),
    ],
    [
      'options and the command mode stay',
      () => {
        write(job, 'config', '[cloud]\nname = AzureCloud\n\n[core]\noutput = json\n');
        write(job, 'config.json', { mode: 'by azure' });
      },
      () => {},
      () =>
        assert.deepEqual(
          [documents(job).config, documents(job)['config.json']],
          ['[cloud]\nname = AzureCloud\n\n[core]\noutput = json\n', { mode: 'by azure' }],
        ),
    ],
    [
      'tokens and subscriptions of an application go with it, and those of the others stay',
      () => {
        change(job, 'msal_token_cache.json', (cache) => {
          const cached = [APP, OTHER_APP, OWN_APP].map((id) => [`vault-${id}`, msalToken(id, 'vault')] as const);
          return { ...cache, AccessToken: { ...cache['AccessToken'], ...Object.fromEntries(cached) } };
        });
        change(job, 'accessTokens.json', (tokens) => [
          ...tokens,
          ...[APP, OTHER_APP, OWN_APP].map((id) => ({
            resource: 'vault',
            accessToken: 'vault',
            _clientId: id,
            _authority: `https://login/${TENANT}`,
          })),
        ]);
        edit((entry) => (entry.id === sub(6) ? [entry, ownEntry(8, OTHER_APP, false)] : [entry]));
      },
      () => assert.deepEqual([cachedBy(), classicBy(), seen(job)[8]], [[APP, OWN_APP], [APP, OWN_APP], undefined]),
      () => assert.deepEqual([cachedBy(), classicBy()], [[OWN_APP], [OWN_APP]]),
    ],
  ];
  const cachedBy = (): unknown[] =>
    Object.entries(documents(job)['msal_token_cache.json']['AccessToken'] ?? {})
      .filter(([key]) => key.startsWith('vault-'))
      .map(([, { client_id }]) => client_id);
  const classicBy = (): unknown[] =>
    documents(job)['accessTokens.json'].flatMap((token) => (token['resource'] === 'vault' ? [token['_clientId']] : []));

  for (const [what, how, afterOther, afterBoth] of rows) {
    test(what, async () => {
      asItWas();
      how();
      await signOut(steps[1]);
      afterOther();
      await signOut(steps[0]);
      afterBoth();
    });
  }
});

test('what clients cached for a user goes with the user, by whatever letter case; that of a user of before stays', async () => {
  for (const before of [false, true]) {
    using job = world.newJob();
    ownFolder(job);
    const home = `${world.contoso.user.objectId}.${TENANT}`;
    const account = { home_account_id: home, username: 'ada@contoso.com', environment: 'login', realm: TENANT };
    const own: Documents['msal_token_cache.json'] = before
      ? { ...OWN['msal_token_cache.json'], Account: { own: account }, RefreshToken: { own: account } }
      : OWN['msal_token_cache.json'];
    write(job, 'msal_token_cache.json', own);
    const step = await signIn(job, 'user');
    change(job, 'msal_token_cache.json', (cache) => ({
      ...cache,
      ...(before ? {} : { RefreshToken: { rotated: { ...account, client_id: 'c' } } }),
      IdToken: { ...cache['IdToken'], later: { ...account, client_id: 'c' } },
    }));
    const later = { userId: 'ADA@Contoso.com', _clientId: 'c', resource: 'vault' };
    change(job, 'accessTokens.json', (tokens) => [...tokens, later]);
    const listed = { ...ownEntry(8, '', false), user: { name: 'Ada@contoso.com', type: 'user' } };
    change(job, 'azureProfile.json', (profile) => ({ ...profile, subscriptions: [...profile.subscriptions, listed] }));
    await signOut(step);
    const left = documents(job);
    if (before) {
      assert.deepEqual(left['msal_token_cache.json']['RefreshToken'], { own: account });
      assert.deepEqual(left['msal_token_cache.json']['Account'], { own: account });
    } else {
      assert.deepEqual(left, OWN);
    }
  }
});

test('after a kill at any change of the disk, the login can still be taken out', { skip: NEEDS.signals }, async () => {
  using job = world.newJob();
  ownFolder(job);
  const asItWas = snapshot(job);
  const healthy = await signIn(job, 'app', faultyEnvironment(job, 0, 'none'));
  const main = changesIn(job).length;
  await healthy.post(faultyEnvironment(job, 0, 'none'));
  const post = changesIn(job).length - main;
  for (let at = 1; at <= main; at += 8) {
    asItWas();
    const step = await signIn(job, 'app', faultyEnvironment(job, at, 'killed'));
    writeFileSync(join(folderOf(job), 'azureProfile.json.0123456789ab.new'), 'half');
    await signOut(step);
    rmSync(join(folderOf(job), 'azureProfile.json.0123456789ab.new'), { force: true });
    assert.deepEqual(documents(job), OWN, `main, change ${at} of ${main}`);
  }
  for (let at = 1; at <= post; at += 8) {
    asItWas();
    const step = await signIn(job, 'app');
    await step.post(faultyEnvironment(job, at, 'killed'));
    await signOut(step);
    assert.deepEqual(documents(job), OWN, `post, change ${at} of ${post}`);
  }
});

test('a file that a client broke keeps nothing else of the login, and the error names it', async () => {
  using job = world.newJob();
  ownFolder(job);
  const { privateKey, certificate } = world.contoso.certificate;
  const step = await job.step({
    inputs: {
      ...world.identity,
      'client-certificate': `${privateKey}\n${certificate}`,
      'config-dir': FOLDER,
      'allow-no-subscriptions': 'true',
    },
  });
  assert.equal(step.result.exitCode, 0, step.result.log);
  const pem = step.result.exported['AZURE_CLIENT_CERTIFICATE_PATH'] ?? '';
  assert.ok(existsSync(pem));
  writeFileSync(join(folderOf(job), 'accessTokens.json'), '[');
  const post = await step.post();
  assert.equal(post.errors.length, 1, post.log);
  assert.ok(post.errors[0]?.includes(join(folderOf(job), 'accessTokens.json')));
  assert.equal(job.env['AZURE_TENANT_ID'], '');
  assert.ok(!existsSync(pem));
  assert.deepEqual(readFileSync(join(folderOf(job), 'accessTokens.json'), 'utf8'), '[');
  assert.doesNotMatch(readFileSync(join(folderOf(job), 'service_principal_entries.json'), 'utf8'), /22222222/);
});
