/**
 * A folder that logins share, with one another and with what the user, `az` and the classic CLI keep there: what shows in
 * it, in whatever order logins come and go, and that it is as it was, or gone, when all have left.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import { subscription } from '../../simulator/directory.ts';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { thisProcess } from '../../src/profile/locks.ts';
import { changesIn, faultyEnvironment } from '../hardening/sweep.ts';
import { NEEDS } from '../needs.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { addApplication } from './fabrikam.ts';
import { until } from './processes.ts';
import { assertPrivate, openWorld, World } from './world.ts';

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
const { directory } = world.simulator;

function grant(sees: readonly number[], objectId: string): void {
  for (const number of sees) directory.subscription(sub(number))?.roleAssignments.push(objectId);
}

/** @returns the inputs by which it signs in */
function newApplication(clientId: string, sees: readonly number[]): Record<string, string> {
  const secret = `secret-of-${clientId}`;
  addApplication(directory.applications, { clientId, displayName: clientId, tenantId: TENANT }, clientId, secret);
  grant(sees, clientId);
  return { 'client-id': clientId, 'tenant-id': TENANT, 'client-secret': secret };
}

before(async () => {
  const numbers = [1, 2, 3, 4, 5, 6];
  const all = numbers.map((number) =>
    subscription({ id: sub(number), displayName: `Sub ${number}`, tenantId: TENANT, cloud: 'AzureCloud' }),
  );
  directory.subscriptions.splice(0, 3, ...all);
  grant([1], world.contoso.principalId);
  grant(LOGINS.user.sees, world.contoso.user.objectId);
  LOGINS.user.inputs = { ...world.user, 'tenant-id': TENANT };
  for (const login of [LOGINS.app, LOGINS.ownAppAgain, LOGINS.other]) {
    login.inputs = newApplication(login.account, login.sees);
  }
  const certificate = createPfx(await createCertificate({ commonName: 'management' }), '').toString('base64');
  const listed = LOGINS.certificate.sees.map((number) => ({
    id: sub(number).toUpperCase(),
    name: `Classic ${number}`,
  }));
  const settings = schema2(...listed.map((each) => ({ ...each, certificate })));
  LOGINS.certificate.inputs = { 'publish-settings': settings, mode: 'asm' };
  for (const login of Object.values<Login>(LOGINS)) login.inputs['subscription'] = sub(login.selects);
});

interface Entry {
  readonly id: string;
  readonly name?: string;
  readonly user?: { readonly name: string; readonly type?: string; readonly assignedIdentityInfo?: string };
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
  'service_principal_entries.json': readonly (Token & { readonly client_secret?: string; client_assertion?: string })[];
  'msal_token_cache.json': Readonly<Record<string, Readonly<Record<string, Token>>>>;
  'accessTokens.json': readonly Record<string, unknown>[];
  'config.json': Readonly<Record<string, unknown>>;
  config: string;
  'clouds.config': string;
  'my-notes.txt': string;
}

/** A folder that logins share, in a job of its own. */
class Shared implements Disposable {
  readonly job: Job;
  readonly path: string;

  /** @param own what is there before any login; without it, the first login makes the folder */
  constructor(own?: Readonly<Record<string, unknown>>, env: Record<string, string> = {}) {
    this.job = world.newJob(env);
    this.path = join(this.job.workspace, 'profile');
    if (own === undefined) return;
    mkdirSync(this.path, { mode: 0o700 });
    for (const [name, content] of Object.entries(own)) this.write(name, content);
  }

  signIn(by: Name | Record<string, string> = 'app'): Promise<ActionStep> {
    const inputs = typeof by === 'string' ? LOGINS[by].inputs : by;
    return world.signedIn({ ...inputs, 'config-dir': this.path }, { job: this.job });
  }

  /** A sign-in that is killed at a change of the disk; at 0 it is not, and the changes are counted. */
  killedSignIn(at: number): Promise<ActionStep> {
    const inputs = { ...LOGINS.app.inputs, 'config-dir': this.path };
    return this.job.step({ inputs, env: faultyEnvironment(this.job, at, 'killed') });
  }

  async refused(by: Record<string, string>, message: RegExp): Promise<void> {
    const { log } = await world.refused({ ...by, 'config-dir': this.path }, message, { job: this.job });
    assert.doesNotMatch(log, /SECRET/);
  }

  async signOut(...steps: readonly (ActionStep | undefined)[]): Promise<void> {
    for (const step of steps) assert.deepEqual((await step?.post({ NODE_OPTIONS: '' }))?.errors, []);
  }

  /** The classic CLI and older versions of `az` begin their profile with a byte order mark. */
  write(name: string, content: unknown): void {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const mark = name === 'azureProfile.json' ? '\ufeff' : '';
    writeFileSync(this.pathOf(name), content instanceof Buffer ? content : `${mark}${text}`);
  }

  pathOf(name: string): string {
    return join(this.path, name);
  }

  read<K extends keyof Documents>(name: K): Documents[K] {
    const text = readFileSync(this.pathOf(name), 'utf8').replace(/^\ufeff/, '');
    return (name.endsWith('.json') ? JSON.parse(text) : text) as Documents[K];
  }

  /** What a client does in between. */
  change<K extends keyof Documents>(name: K, by: (found: Documents[K]) => Documents[K]): void {
    this.write(name, by(this.read(name)));
  }

  edit(by: (entry: Entry) => readonly Entry[]): void {
    this.change('azureProfile.json', (found) => ({ ...found, subscriptions: found.subscriptions.flatMap(by) }));
  }

  get documents(): Documents {
    const names = readdirSync(this.path) as (keyof Documents)[];
    return Object.fromEntries(names.map((name) => [name, this.read(name)])) as unknown as Documents;
  }

  /** Every file, to the byte. */
  get content(): Record<string, string> {
    const files = readdirSync(this.path).filter((name) => lstatSync(this.pathOf(name)).isFile());
    return Object.fromEntries(files.map((name) => [name, readFileSync(this.pathOf(name), 'latin1')]));
  }

  get secrets(): unknown[] {
    return this.read('service_principal_entries.json').map(({ client_secret }) => client_secret);
  }

  /** What clients show: by number, who reaches a subscription, by which certificate, and `*` for the default. */
  get seen(): Record<number, string> {
    const entries = this.read('azureProfile.json').subscriptions.map(
      ({ id, user, managementCertificate, isDefault }) => {
        const certificate = managementCertificate?.cert === 'own' ? 'own' : managementCertificate && 'imported';
        return [Number(id.slice(-12)), shown(user?.name, certificate, isDefault)] as const;
      },
    );
    return Object.fromEntries(entries);
  }

  /** Puts the folder back into a state in which it was. */
  snapshot(): () => void {
    const copy = join(this.job.folder, `copy-${crypto.randomUUID()}`);
    fs.cpSync(this.path, copy, { recursive: true });
    return () => {
      rmSync(this.path, { recursive: true, force: true });
      fs.cpSync(copy, this.path, { recursive: true });
    };
  }

  [Symbol.dispose](): void {
    this.job[Symbol.dispose]();
  }
}

function shown(account = '', certificate = '', isDefault = false): string {
  return `${account}+${certificate}${isDefault ? '*' : ''}`;
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
  'accessTokens.json': [
    {
      servicePrincipalId: OWN_APP,
      servicePrincipalTenant: TENANT,
      resource: 'Azure Cli Service Principal Key Cache',
      accessToken: 'own',
    },
  ],
  'config.json': { mode: 'asm', endpoint: 'x' },
  config: '# mine\n[cloud]\nname = AzureCloud\n\n[core]\noutput = table\n',
  'clouds.config': `[AzureCloud]\nsubscription = ${sub(1)}\n`,
  'my-notes.txt': 'mine',
};
/** What clients show of it. */
const SEEN_OF_OWN = { 1: { account: OWN_APP }, 2: { account: OWN_APP }, 3: { certificate: 'own' } };

/** What clients should show, told without the code under test: later logins over earlier ones over the folder's own. */
function expected(logins: readonly Login[], own: object = SEEN_OF_OWN): Record<number, string> {
  const sight: Record<number, { account?: string; certificate?: string }> = { ...own };
  for (const { account, certificate, sees } of logins) {
    const brought = {
      ...(account === undefined ? {} : { account }),
      ...(certificate === undefined ? {} : { certificate }),
    };
    for (const number of sees) sight[number] = { ...sight[number], ...brought };
  }
  const selected = logins.at(-1)?.selects ?? 1;
  const entries = Object.entries(sight).map(([number, { account, certificate }]) => {
    return [number, shown(account, certificate, Number(number) === selected)] as const;
  });
  return Object.fromEntries(entries);
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
  const rows = arrivals.flatMap((names) => [OWN, undefined].map((own) => ({ names, own })));
  for (const { names, own } of rows) {
    test(`${names.join(', ')}, ${own === undefined ? 'in a folder of their own making' : 'beside accounts of the user'}`, async () => {
      using shared = new Shared(own && { ...own });
      const seen = own === undefined ? {} : SEEN_OF_OWN;
      const steps: ActionStep[] = [];
      for (const name of names) {
        steps.push(await shared.signIn(name));
        const there: readonly Login[] = names.slice(0, steps.length).map((each) => LOGINS[each]);
        assert.deepEqual(shared.seen, expected(there, seen));
      }
      if (own !== undefined) {
        const kept = process.platform === 'win32' ? `${OWN.config}encrypt_token_cache = false\n` : OWN.config;
        assert.equal(shared.read('config'), kept, 'options are the user’s own');
      }
      const asItWas = shared.snapshot();
      for (const order of own === undefined ? departures.slice(2) : departures) {
        asItWas();
        const there = new Set(names.keys());
        for (const at of order) {
          await shared.signOut(steps[at]);
          there.delete(at);
          const left: readonly Login[] = [...there].map((each) => LOGINS[names[each] ?? 'app']);
          if (existsSync(shared.path)) assert.deepEqual(shared.seen, expected(left, seen), `${order} until ${at}`);
        }
        assert.deepEqual(existsSync(shared.path) ? shared.documents : undefined, own, `${order}`);
      }
    });
  }
});

suite('what clients changed while two logins were there', () => {
  let shared: Shared;
  let steps: ActionStep[];
  let asItWas: () => void;
  before(async () => {
    shared = new Shared({ ...OWN });
    steps = [await shared.signIn('app'), await shared.signIn('other')];
    asItWas = shared.snapshot();
  });
  after(() => shared[Symbol.dispose]());

  const select = (number: number) => () =>
    shared.edit((entry) => [{ ...entry, isDefault: entry.id.toLowerCase() === sub(number) }]);
  const defaults = (): string[] =>
    Object.entries(shared.seen).flatMap(([number, what]) => (what.endsWith('*') ? [number] : []));
  const cachedBy = (): unknown[] =>
    Object.entries(shared.read('msal_token_cache.json')['AccessToken'] ?? {})
      .filter(([key]) => key.startsWith('vault-'))
      .map(([, { client_id }]) => client_id);
  const classicBy = (): unknown[] =>
    shared.read('accessTokens.json').flatMap((token) => (token['resource'] === 'vault' ? [token['_clientId']] : []));
  const OPTIONS = ['[cloud]\nname = AzureCloud\n\n[core]\noutput = json\n', { mode: 'by azure' }];

  const changeSecret = (): void =>
    shared.change('service_principal_entries.json', (entries) =>
      entries.map((entry) => (entry.client_id === OTHER_APP ? { ...entry, client_secret: 'by az' } : entry)),
    );
  const removeAll = (): void => {
    shared.write('service_principal_entries.json', []);
    shared.edit(() => []);
  };
  const setOptions = (): void => {
    shared.write('config', OPTIONS[0]);
    shared.write('config.json', OPTIONS[1]);
  };
  const useAll = (): void => {
    const apps = [APP, OTHER_APP, OWN_APP];
    shared.change('msal_token_cache.json', (cache) => {
      const cached = apps.map((id) => [`vault-${id}`, msalToken(id, 'vault')] as const);
      return { ...cache, AccessToken: { ...cache['AccessToken'], ...Object.fromEntries(cached) } };
    });
    const classic = { resource: 'vault', accessToken: 'vault', _authority: `https://login/${TENANT}` };
    const later = apps.map((_clientId) => ({ ...classic, _clientId }));
    shared.change('accessTokens.json', (tokens) => [...tokens, ...later]);
    shared.edit((entry) => (entry.id === sub(6) ? [entry, ownEntry(8, OTHER_APP, false)] : [entry]));
  };
  const takeOver = (): void => shared.edit((entry) => [entry.id === sub(6) ? ownEntry(6, 'by-az', true) : entry]);
  const dropKeys = (): void => shared.edit(({ homeTenantId: _home, managedByTenants: _managed, ...entry }) => [entry]);

  /** What the client does, what is looked at then, and what is there once the other has left, and once both have. */
  type Row = readonly [what: string, how: () => void, look: () => unknown, afterOther: unknown, afterBoth: unknown];
  const sixth = (): unknown => shared.seen[6]?.replace('*', '');
  const credentials = (): unknown => [shared.seen, shared.secrets];
  const options = (): unknown => [shared.read('config'), shared.read('config.json')];
  const cached = (): unknown => [cachedBy(), classicBy(), shared.seen[8]];
  const secretsLeft = ['own', `secret-of-${APP}`, 'by az'];
  const appLeft = [[APP, OWN_APP], [APP, OWN_APP], undefined];
  const ownLeft = [[OWN_APP], [OWN_APP], undefined];
  const rows: readonly Row[] = [
    ['another default stays', select(3), defaults, ['3'], ['3']],
    ['another default falls back when its subscription leaves', select(4), defaults, ['4'], ['1']],
    ['an account that a client put in the place of a login’s stays', takeOver, sixth, 'by-az+', 'by-az+'],
    ['a secret in the place of a login’s stays', changeSecret, () => shared.secrets, secretsLeft, ['own', 'by az']],
    ['what a client removed does not come back', removeAll, credentials, [{}, []], [{}, []]],
    ['dropped keys make no subscription another’s', dropKeys, () => shared.seen, expected([LOGINS.app]), expected([])],
    ['options and the command mode stay', setOptions, options, OPTIONS, OPTIONS],
    ['what is of an application goes with it, and what is of the others stays', useAll, cached, appLeft, ownLeft],
  ];

  for (const [what, how, look, afterOther, afterBoth] of rows) {
    test(what, async () => {
      asItWas();
      how();
      await shared.signOut(steps[1]);
      assert.deepEqual(look(), afterOther);
      await shared.signOut(steps[0]);
      assert.deepEqual(look(), afterBoth);
    });
  }
});

test('what clients cached for a user goes with the user, by whatever letter case; that of a user of before stays', async () => {
  for (const isOfBefore of [false, true]) {
    const home = `${world.contoso.user.objectId}.${TENANT}`;
    const account = { home_account_id: home, username: 'ada@contoso.com', environment: 'login', realm: TENANT };
    const own = isOfBefore ? { Account: { own: account }, RefreshToken: { own: account } } : {};
    using shared = new Shared({ ...OWN, 'msal_token_cache.json': { ...OWN['msal_token_cache.json'], ...own } });
    const step = await shared.signIn('user');
    shared.change('msal_token_cache.json', (cache) => ({
      ...cache,
      ...(isOfBefore ? {} : { RefreshToken: { rotated: { ...account, client_id: 'c' } } }),
      IdToken: { ...cache['IdToken'], later: { ...account, client_id: 'c' } },
    }));
    const later = { userId: 'ADA@Contoso.com', _clientId: 'c', resource: 'vault' };
    shared.change('accessTokens.json', (tokens) => [...tokens, later]);
    const listed = { ...ownEntry(8, '', false), user: { name: 'Ada@contoso.com', type: 'user' } };
    shared.change('azureProfile.json', (found) => ({ ...found, subscriptions: [...found.subscriptions, listed] }));
    await shared.signOut(step);
    const { Account, RefreshToken } = shared.read('msal_token_cache.json');
    if (isOfBefore) assert.deepEqual({ Account, RefreshToken }, own);
    else assert.deepEqual(shared.documents, OWN);
  }
});

test('after a kill at any change of the disk, the login can still be taken out', { skip: NEEDS.signals }, async () => {
  using shared = new Shared({ ...OWN });
  const [asItWas, half] = [shared.snapshot(), shared.pathOf('azureProfile.json.0123456789ab.new')];
  const healthy = await shared.killedSignIn(0);
  const main = changesIn(shared.job).length;
  await healthy.post(faultyEnvironment(shared.job, 0, 'none'));
  const post = changesIn(shared.job).length - main;
  for (let at = 1; at <= main; at += 8) {
    asItWas();
    const step = await shared.killedSignIn(at);
    writeFileSync(half, 'half');
    await shared.signOut(step);
    rmSync(half, { force: true });
    assert.deepEqual(shared.documents, OWN, `main, change ${at} of ${main}`);
  }
  for (let at = 1; at <= post; at += 8) {
    asItWas();
    const step = await shared.signIn();
    await step.post(faultyEnvironment(shared.job, at, 'killed'));
    await shared.signOut(step);
    assert.deepEqual(shared.documents, OWN, `post, change ${at} of ${post}`);
  }
});

test('a file that a client broke keeps nothing else of the login, and the error names it', async () => {
  using shared = new Shared({ ...OWN });
  const step = await shared.signIn(world.certificate);
  const pem = step.result.exported['AZURE_CLIENT_CERTIFICATE_PATH'] ?? '';
  assert.ok(existsSync(pem));
  shared.write('accessTokens.json', '[');
  const { errors } = await step.post();
  assert.deepEqual([errors.length, errors[0]?.includes(shared.pathOf('accessTokens.json'))], [1, true], errors.join());
  assert.deepEqual([shared.job.env['AZURE_TENANT_ID'], existsSync(pem)], ['', false]);
  assert.equal(shared.content['accessTokens.json'], '[');
  assert.doesNotMatch(shared.content['service_principal_entries.json'] ?? '', /22222222/);
});

test('an import leaves the name that Azure gives; the command mode is that of the login that is left', async () => {
  for (const [first, second] of [
    ['certificate', 'app'],
    ['app', 'certificate'],
  ] as const) {
    for (const leaves of [first, second]) {
      using shared = new Shared();
      const steps = { [first]: await shared.signIn(first), [second]: await shared.signIn(second) };
      const both = shared.read('azureProfile.json').subscriptions.find(({ id }) => id.toLowerCase() === sub(1));
      assert.equal(both?.name, 'Sub 1');
      await shared.signOut(steps[leaves]);
      assert.deepEqual(shared.read('config.json'), { mode: leaves === 'certificate' ? 'arm' : 'asm' });
    }
  }
});

suite('refused, and left as it is, is a folder with', () => {
  const china = { id: 'x', name: 'X', state: 'Enabled', environmentName: 'AzureChinaCloud', isDefault: true };
  const account = [{ client_id: 'own', tenant: 't', client_secret: 'SECRET' }];
  const mine = { config: '[cloud]\nname = Mine\n', 'service_principal_entries.json': account };
  const broken = [
    ['azureProfile.json', '{"subscriptions": [SECRET'],
    ['azureProfile.json', '{"subscriptions": {}}'],
    ['azureProfile.json', ''],
    ['service_principal_entries.json', '{"SECRET": 1}'],
    ['msal_token_cache.json', '{"AccessToken": "SECRET"}'],
    ['accessTokens.json', '["SECRET"]'],
    ['config.json', 'SECRET'],
    // A byte that is no text.
    ['config', 'ÿSECRET'],
    ['azure-session.json', '{"version":1,"logins":[{}]}'],
    ['azure-session.json', '{"version":2}'],
  ] as const;
  const ofChina = { 'azureProfile.json': { subscriptions: [china] } };
  const rows: readonly [what: string, files: Record<string, unknown>, message: RegExp][] = [
    ['subscriptions of another cloud', ofChina, /the cloud AzureChinaCloud/],
    ['accounts while another cloud is active', mine, /belongs to the cloud Mine/],
    ['encrypted tokens', { config: '[core]\nencrypt_token_cache = On\n' }, /stores its tokens encrypted/],
    ['an option that az cannot read', { config: '[core]\nencrypt_token_cache = maybe\n' }, /encrypted/],
    ...broken.map(([name, text]): (typeof rows)[number] => {
      const file = { [name]: Buffer.from(text, 'latin1') };
      return [`${name} that says ${text}`, file, new RegExp(`Cannot read .*${name}`)];
    }),
  ];
  for (const [what, files, message] of rows) {
    test(what, async () => {
      using shared = new Shared(files);
      const { content } = shared;
      await shared.refused(world.secret, message);
      assert.deepEqual(shared.content, content);
    });
  }

  for (const name of ['azureProfile.json', 'azure-session.json', 'azure-session.lock']) {
    test(`a link for ${name}`, { skip: NEEDS.posix }, async () => {
      using shared = new Shared({});
      const target = join(shared.job.folder, 'target');
      writeFileSync(target, '{}');
      fs.symlinkSync(target, shared.pathOf(name));
      await shared.refused({ ...world.secret, 'timeout-seconds': '3' }, /./);
      assert.equal(readFileSync(target, 'utf8'), '{}');
      assert.ok(lstatSync(shared.pathOf(name)).isSymbolicLink());
    });
  }
});

suite('a lock', () => {
  const [AZ_CACHE, AZ_ENTRIES] = ['msal_token_cache.json.lockfile', 'service_principal_entries.json.lockfile'] as const;
  const gone = JSON.stringify({ ...thisProcess(), pid: 2 ** 22 + 1 });
  const minutesAgo = new Date(Date.now() - 120_000);
  const rows: readonly [what: string, name: string, text: string, at?: Date][] = [
    ['by a process that is gone', 'azure-session.lock', gone],
    ['by a login that was killed inside the locks of az', AZ_CACHE, gone],
    ['long ago', 'azure-session.lock', '', minutesAgo],
    ['by az long ago', AZ_CACHE, '', minutesAgo],
    ['by az long ago, the other', AZ_ENTRIES, '', minutesAgo],
  ];
  for (const [what, name, text, at] of rows) {
    test(`that was left behind ${what} is broken at once`, async () => {
      using shared = new Shared({ [name]: text });
      if (at !== undefined) fs.utimesSync(shared.pathOf(name), at, at);
      await shared.signOut(await shared.signIn({ ...LOGINS.app.inputs, 'timeout-seconds': '4' }));
      assert.deepEqual(shared.content, {});
    });
  }

  test('is waited for while somebody holds it, and so is a profile that is written right now', async () => {
    using shared = new Shared({ [AZ_ENTRIES]: '1 az', 'azureProfile.json': Buffer.of() });
    const signingIn = shared.signIn();
    await until(() => existsSync(shared.pathOf('azure-session.lock')), 'our own lock, which comes first, was not made');
    await pause(300);
    assert.equal(shared.content[AZ_ENTRIES], '1 az');
    rmSync(shared.pathOf(AZ_ENTRIES));
    await pause(100);
    shared.write('azureProfile.json', { subscriptions: [ownEntry(5, 'by-az', false)] });
    await shared.signOut(await signingIn);
    assert.deepEqual(Object.keys(shared.seen), ['5']);
  });

  test('that somebody does not let go of is given up at the deadline, and the folder is as it was', async () => {
    const held = JSON.stringify(thisProcess());
    using shared = new Shared({ 'azure-session.lock': held });
    await shared.refused({ ...LOGINS.app.inputs, 'timeout-seconds': '3' }, /The shared profile .* is in use/);
    assert.deepEqual(shared.content, { 'azure-session.lock': held });
  });
});

test('a newer login that sees the same warns; the same application does not, and the older credential comes back', async () => {
  using shared = new Shared();
  const older = await shared.signIn();
  const first = await shared.signIn(world.secret);
  assert.match(first.result.warnings.join(), new RegExp(`Another account .*Sub 1 \\(.*\\), until now ${APP}\\.`));
  const second = await shared.signIn(world.identity);
  assert.doesNotMatch(second.result.warnings.join(), /Another account/);
  shared.change('service_principal_entries.json', (entries) =>
    entries.map((entry) =>
      'client_assertion' in entry ? { ...entry, client_assertion: 'renewed by a client' } : entry,
    ),
  );
  await shared.signOut(second);
  assert.deepEqual(shared.secrets, [`secret-of-${APP}`, world.contoso.clientSecret]);
  await shared.signOut(first, older);
  assert.ok(!existsSync(shared.path));
});

test('managed identities, which all have one name, are told apart', async () => {
  const { managedIdentity } = world.simulator;
  const { userIdentity: one } = world.contoso;
  const other = { ...one, clientId: '7a777777-7777-4777-8777-777777777777', objectId: crypto.randomUUID() };
  directory.managedIdentities.push(other);
  for (const { objectId } of [one, other]) grant([2], objectId);
  using shared = new Shared(undefined, managedIdentity.imdsVariables);
  const steps: ActionStep[] = [];
  for (const { clientId } of [one, other]) {
    steps.push(await shared.signIn({ 'auth-type': 'managed-identity', 'client-id': clientId }));
  }
  assert.match(steps[1]?.result.warnings.join() ?? '', /Sub 2 \(aaaaaaaa-.*\), until now userAssignedIdentity\./);
  const identity = (): unknown => shared.read('azureProfile.json').subscriptions[0]?.user?.assignedIdentityInfo;
  assert.equal(identity(), `MSIClient-${other.clientId}`);
  await shared.signOut(steps[1]);
  assert.equal(identity(), `MSIClient-${one.clientId}`);
});

test('one cloud: a private one is told to both CLIs until the last login leaves; another of its name is refused', async () => {
  await using hub = await World.start({}, { cloud: 'PrivateCloud' });
  const url = 'https://management.private.azurestack.external';
  const own = {
    'clouds.config': '[Other]\nprofile = latest\n',
    'azureProfile.json': { environments: [{ name: 'Other' }] },
  };
  using shared = new Shared(own, { ...hub.simulator.environment });
  const environments = (): string[] =>
    (shared.read('azureProfile.json')['environments'] as { name: string }[]).map(({ name }) => name);
  const inputs = { ...hub.secret, 'resource-manager-url': url, subscription: 'Production' };
  const [first, second] = [await shared.signIn(inputs), await shared.signIn(inputs)];
  const name = first.result.outputs['environment'] ?? '';
  const told = shared.read('clouds.config');
  assert.ok(told.startsWith(`${own['clouds.config']}\n[${name}]\nprofile = `), told);
  await shared.signOut(second);
  assert.deepEqual([shared.read('clouds.config'), environments()], [told, ['Other', name]]);
  shared.write(
    'clouds.config',
    told.replace(`endpoint_resource_manager = ${url}`, 'endpoint_resource_manager = https://x'),
  );
  const refused = await shared.job.step({ inputs: { ...inputs, 'config-dir': shared.path } });
  assert.match(refused.result.errors.join(), new RegExp(`belongs to the cloud ${name} at https://x`));
  shared.write('clouds.config', told);
  await shared.signOut(first);
  assert.deepEqual(Object.keys(shared.content).sort(), Object.keys(own).sort());
  assert.deepEqual([shared.read('clouds.config'), environments()], [own['clouds.config'], ['Other']]);
});

test('the private folder of an earlier step keeps its mark, by which that step removes it', async () => {
  using job = world.newJob();
  const first = await world.signedIn(LOGINS.app.inputs, { job });
  const folder = first.result.outputs['config-dir'] ?? '';
  const second = await world.signedIn({ ...LOGINS.other.inputs, 'config-dir': folder }, { job });
  assert.deepEqual((await second.post()).errors, []);
  assert.ok(existsSync(join(folder, 'azure-session.json')));
  assert.deepEqual((await first.post()).errors, []);
  assert.ok(!existsSync(folder));
});

suite('a folder that a login made', () => {
  const edits: Record<string, (shared: Shared) => void> = {
    'a service principal': (shared) => {
      const own = { client_id: 'by-az', tenant: 't', client_secret: 's' };
      shared.change('service_principal_entries.json', (entries) => [...entries, own]);
    },
    'a management certificate': (shared) => {
      const own = { id: 'x', name: 'X', managementCertificate: { key: 'k', cert: 'c' }, isDefault: false };
      shared.edit((entry) => (entry.isDefault ? [entry, own] : [entry]));
    },
  };
  for (const [what, edit] of Object.entries(edits)) {
    test(`stays with its options, where a client put ${what} into it`, async () => {
      using shared = new Shared();
      const step = await shared.signIn();
      assertPrivate(shared.path);
      const config = shared.read('config');
      assert.match(config, /^encrypt_token_cache = false$/m);
      edit(shared);
      await shared.signOut(step);
      assert.equal(shared.read('config'), config);
      assert.ok(!existsSync(shared.pathOf('azure-session.json')));
    });
  }

  test('goes with what clients made in it, and the last words of its own refresher are told', async () => {
    using shared = new Shared();
    const steps = [await shared.signIn(), await shared.signIn()];
    const ids = steps.map(({ state }) => (JSON.parse(state['session'] ?? '{}') as { sharedLogin: string }).sharedLogin);
    for (const id of ids) shared.write(`keep-alive-${id}.log`, `of ${id}\n`);
    mkdirSync(shared.pathOf('by-client'));
    shared.write(join('by-client', 'x.log'), '');
    for (const [at, step] of steps.entries()) {
      const { errors, warnings } = await step.post();
      assert.deepEqual([errors, warnings], [[], [`of ${ids[at]}`]]);
    }
    assert.ok(!existsSync(shared.path));
  });

  test('goes with the folders above that were made, unless somebody put something there', async () => {
    for (const extra of [false, true]) {
      using job = world.newJob();
      const step = await world.signedIn({ ...LOGINS.app.inputs, 'config-dir': 'a/b/profile' }, { job });
      if (extra) writeFileSync(join(job.workspace, 'a', 'results.txt'), '');
      assert.deepEqual((await step.post()).errors, []);
      assert.deepEqual(readdirSync(job.workspace, { recursive: true }), extra ? ['a', join('a', 'results.txt')] : []);
    }
  });

  test('goes where main was killed when it had just made it; one of the workflow stays', async () => {
    for (const own of [undefined, {}]) {
      using shared = new Shared(own);
      const step = await shared.signIn();
      for (const name of readdirSync(shared.path)) rmSync(shared.pathOf(name), { recursive: true });
      await shared.signOut(step);
      assert.equal(existsSync(shared.path), own !== undefined);
    }
  });
});

test('20 sign-ins at once into one folder: all accounts are there, and all go', async () => {
  using shared = new Shared();
  const inputs = Array.from({ length: 20 }, (_, at) =>
    newApplication(`88888888-8888-4888-8888-${String(at).padStart(12, '0')}`, [2]),
  );
  const steps = await Promise.all(inputs.map((each) => shared.signIn(each)));
  const entries = shared.read('service_principal_entries.json');
  assert.equal(new Set(entries.map(({ client_id }) => client_id)).size, 20);
  assert.match(shared.seen[2] ?? '', /\*$/);
  await Promise.all(steps.map((step) => shared.signOut(step)));
  assert.ok(!existsSync(shared.path));
});

test('a federated login is kept alive in a shared folder too', async () => {
  const { github } = world.simulator;
  github.idTokenLifetimeSeconds = 4;
  using shared = new Shared();
  const step = await shared.signIn(world.identity);
  github.idTokenLifetimeSeconds = 300;
  const assertion = (): unknown => shared.read('service_principal_entries.json')[0]?.client_assertion;
  const earlier = assertion();
  await until(() => assertion() !== earlier, 'the assertion was not renewed');
  await shared.signOut(step);
  assert.ok(!existsSync(shared.path));
});

test('a folder that cannot be looked at is refused before anything is contacted', { skip: NEEDS.posix }, async () => {
  using job = world.newJob();
  writeFileSync(join(job.workspace, 'file'), '');
  fs.symlinkSync('circle', join(job.workspace, 'circle'));
  for (const [folder, reason] of [
    ['file/profile', /A part of the path above it is not a folder \(ENOTDIR\)/],
    ['circle/profile', /form a loop \(ELOOP\)/],
    ['n'.repeat(300), /longer than the system allows \(ENAMETOOLONG\)/],
  ] as const) {
    await world.refused({ ...world.secret, 'config-dir': folder }, reason, { job, asked: 0 });
  }
});
