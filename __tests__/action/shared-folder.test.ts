/** A folder that several logins share with each other and with the files of the user, `az` and the classic CLI. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { subscription } from '../../simulator/directory.ts';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { thisProcess } from '../../src/profile/locks.ts';
import { preloadCode } from '../hardening/preload.ts';
import { changesIn, faultEnvironment } from '../hardening/sweep.ts';
import { NEEDS } from '../needs.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { addApplication } from './fabrikam.ts';
import { waitUntil } from './processes.ts';
import { assertPrivate, configDir, managementCertificate, openWorld, type Variables, World } from './world.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';
const OWN_APP = '90000000-9999-4999-8999-999999999999';
const APP = '91111111-9999-4999-8999-999999999999';
const OTHER_APP = '92222222-9999-4999-8999-999999999999';

function idOf(number: number): string {
  return `aaaaaaaa-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

interface Login {
  readonly inputs: Variables;
  readonly account?: string;
  readonly certificate?: 'imported';
  /** The subscriptions that the login adds to the profile, by number. */
  readonly sees: readonly number[];
  readonly selects: number;
}

const world = await openWorld();
const { directory } = world.simulator;

function grant(sees: readonly number[], objectId: string): void {
  for (const number of sees) directory.subscription(idOf(number))?.roleAssignments.push(objectId);
}

/** @returns the inputs for a sign-in with the new application */
function newApplication(clientId: string, sees: readonly number[]): Variables {
  const secret = `secret-of-${clientId}`;
  addApplication(directory.applications, { clientId, displayName: clientId, tenantId: TENANT }, clientId, secret);
  grant(sees, clientId);
  return { 'client-id': clientId, 'tenant-id': TENANT, 'client-secret': secret };
}

function loginOf(account: string, sees: readonly number[], selects: number): Login {
  return { inputs: { ...newApplication(account, sees), subscription: idOf(selects) }, account, sees, selects };
}

const basics = { tenantId: TENANT, cloud: 'AzureCloud' } as const;
const added = [1, 2, 3, 4, 5, 6].map((n) => subscription({ id: idOf(n), displayName: `Sub ${n}`, ...basics }));
directory.subscriptions.splice(0, 3, ...added);
grant([1], world.contoso.principalId);
grant([3, 4], world.contoso.user.objectId);
const certificate = await managementCertificate();
const imported = [3, 1, 6].map((n) => ({ id: idOf(n).toUpperCase(), name: `Classic ${n}`, certificate }));
const settings = { 'publish-settings': schema2(...imported), mode: 'asm', subscription: idOf(3) };
const user = { ...world.user, 'tenant-id': TENANT, subscription: idOf(3) };

const LOGINS = {
  app: loginOf(APP, [1, 2, 4], 2),
  existingApp: loginOf(OWN_APP, [1, 5], 1),
  certificate: { inputs: settings, certificate: 'imported', sees: [3, 1, 6], selects: 3 },
  user: { inputs: user, account: 'ada@contoso.com', sees: [3, 4], selects: 3 },
  other: loginOf(OTHER_APP, [6], 6),
} satisfies Record<string, Login>;
type Name = keyof typeof LOGINS;

interface Entry {
  readonly id: string;
  readonly name?: string;
  readonly user?: { readonly name: string; readonly type?: string; readonly assignedIdentityInfo?: string };
  readonly managementCertificate?: { readonly key?: string; readonly cert: string };
  readonly isDefault: boolean;
  readonly [name: string]: unknown;
}

type Token = Readonly<Record<string, unknown>>;

/** The parsed files of a profile. */
interface Documents extends Record<'config' | 'clouds.config' | 'my-notes.txt', string> {
  'azureProfile.json': { readonly subscriptions: readonly Entry[]; readonly [name: string]: unknown };
  'service_principal_entries.json': readonly Token[];
  'msal_token_cache.json': Readonly<Record<string, Readonly<Record<string, Token>>>>;
  'accessTokens.json': readonly Token[];
  'config.json': Token;
}

/** A job with a shared folder. */
class SharedFolder {
  readonly job: Job;
  readonly path: string;

  /** @param files the files before the first login; without them, the first login creates the folder */
  constructor(files?: Readonly<Record<string, unknown>>, env: Variables = {}) {
    this.job = world.newJob(env);
    this.path = join(this.job.workspace, 'profile');
    if (files === undefined) return;
    fs.mkdirSync(this.path, { mode: 0o700 });
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  signIn(login: Name | Variables = 'app'): Promise<ActionStep> {
    const inputs = typeof login === 'string' ? LOGINS[login].inputs : login;
    return world.signIn({ ...inputs, 'config-dir': this.path }, { job: this.job });
  }

  /** @param at the change of the disk at which the sign-in is killed; 0 for none */
  killedSignIn(at: number): Promise<ActionStep> {
    const inputs = { ...LOGINS.app.inputs, 'config-dir': this.path };
    return this.job.step({ inputs, env: faultEnvironment(this.job, at, 'killed') });
  }

  async rejects(inputs: Variables, message: RegExp): Promise<void> {
    const { log } = await world.rejects({ ...inputs, 'config-dir': this.path }, message, { job: this.job });
    assert.doesNotMatch(log, /SECRET/);
  }

  async signOut(...steps: readonly (ActionStep | undefined)[]): Promise<void> {
    for (const step of steps) assert.deepEqual((await step?.post({ NODE_OPTIONS: '' }))?.errors, []);
  }

  /** Writes a byte order mark into the profile, as the classic CLI and older versions of `az` do. */
  write(name: string, content: unknown): void {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const mark = name === 'azureProfile.json' ? '\ufeff' : '';
    fs.writeFileSync(this.pathOf(name), content instanceof Buffer ? content : `${mark}${text}`);
  }

  pathOf(name: string): string {
    return join(this.path, name);
  }

  read<K extends keyof Documents>(name: K): Documents[K] {
    const text = fs.readFileSync(this.pathOf(name), 'utf8').replace(/^\ufeff/, '');
    return (name.endsWith('.json') ? JSON.parse(text) : text) as Documents[K];
  }

  change<K extends keyof Documents>(name: K, update: (content: Documents[K]) => Documents[K]): void {
    this.write(name, update(this.read(name)));
  }

  edit(update: (entry: Entry) => readonly Entry[]): void {
    this.change('azureProfile.json', (profile) => ({
      ...profile,
      subscriptions: profile.subscriptions.flatMap(update),
    }));
  }

  get documents(): Documents {
    const names = fs.readdirSync(this.path) as (keyof Documents)[];
    return Object.fromEntries(names.map((name) => [name, this.read(name)])) as unknown as Documents;
  }

  /** The bytes of every file. */
  get content(): Variables {
    const files = fs.readdirSync(this.path).filter((name) => fs.lstatSync(this.pathOf(name)).isFile());
    return Object.fromEntries(files.map((name) => [name, fs.readFileSync(this.pathOf(name), 'latin1')]));
  }

  get secrets(): unknown[] {
    return this.read('service_principal_entries.json').map(({ client_secret }) => client_secret);
  }

  /** By number of the subscription: account and certificate, with `*` for the default. */
  get seen(): Record<number, string> {
    const { subscriptions } = this.read('azureProfile.json');
    const entries = subscriptions.map(({ id, user, managementCertificate, isDefault }) => {
      const certificate = managementCertificate?.cert === 'own' ? 'own' : managementCertificate && 'imported';
      return [Number(id.slice(-12)), summaryOf(user?.name, certificate, isDefault)] as const;
    });
    return Object.fromEntries(entries);
  }

  /** @returns a function that restores the current state of the folder */
  snapshot(): () => void {
    const copy = join(this.job.folder, `copy-${crypto.randomUUID()}`);
    fs.cpSync(this.path, copy, { recursive: true });
    return () => {
      fs.rmSync(this.path, { recursive: true, force: true });
      fs.cpSync(copy, this.path, { recursive: true });
    };
  }
}

function summaryOf(account = '', certificate = '', isDefault = false): string {
  return `${account}+${certificate}${isDefault ? '*' : ''}`;
}

function ownEntry(number: number, name: string, isDefault: boolean): Entry {
  const user = { name, type: 'servicePrincipal' };
  const common = { state: 'Enabled', tenantId: TENANT, environmentName: 'AzureCloud', unknown: 'kept' };
  return { id: idOf(number), name: `Own ${number}`, user, isDefault, ...common };
}

function msalToken(client_id: string, secret: string): Token {
  return { credential_type: 'AccessToken', client_id, home_account_id: null, realm: TENANT, secret };
}

const KEY_CACHE = 'Azure Cli Service Principal Key Cache';

const OWN: Documents = {
  'azureProfile.json': {
    installationId: 'own',
    environments: [],
    unknown: { kept: true },
    subscriptions: [
      ownEntry(1, OWN_APP, true),
      ownEntry(2, OWN_APP, false),
      {
        id: idOf(3).toUpperCase(),
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
    { servicePrincipalId: OWN_APP, servicePrincipalTenant: TENANT, resource: KEY_CACHE, accessToken: 'own' },
  ],
  'config.json': { mode: 'asm', endpoint: 'x' },
  config: '# mine\n[cloud]\nname = AzureCloud\n\n[core]\noutput = table\n',
  'clouds.config': `[AzureCloud]\nsubscription = ${idOf(1)}\n`,
  'my-notes.txt': 'mine',
};
/** The accounts and certificates of `OWN`, by number of the subscription. */
const SEEN_OF_OWN = { 1: { account: OWN_APP }, 2: { account: OWN_APP }, 3: { certificate: 'own' } };

/** The expected `seen`: a later login overrides earlier logins, which override the entries of the user. */
function expected(logins: readonly Login[], own: object = SEEN_OF_OWN): Record<number, string> {
  const merged: Record<number, { account?: string; certificate?: string }> = { ...own };
  for (const { account, certificate, sees } of logins) {
    const added = { ...(account && { account }), ...(certificate && { certificate }) };
    for (const number of sees) merged[number] = { ...merged[number], ...added };
  }
  const selected = logins.at(-1)?.selects ?? 1;
  const entries = Object.entries(merged).map(([number, { account, certificate }]) => {
    return [number, summaryOf(account, certificate, Number(number) === selected)] as const;
  });
  return Object.fromEntries(entries);
}

suite('logins start and end in any order: clients see the newest remaining one, and the folder is restored', () => {
  const arrivals: readonly (readonly Name[])[] = [
    ['app', 'existingApp', 'certificate', 'user'],
    ['user', 'certificate', 'existingApp', 'app'],
    ['certificate', 'app', 'user', 'existingApp'],
  ];
  const departures = ['0123', '3210', '1302', '2031'];
  const rows = arrivals.flatMap((names) => [OWN, undefined].map((own) => ({ names, own })));
  for (const { names, own } of rows) {
    test(`${names.join(', ')}, ${own === undefined ? 'in a folder that they create' : 'beside accounts of the user'}`, async () => {
      const shared = new SharedFolder(own && { ...own });
      const seen = own === undefined ? {} : SEEN_OF_OWN;
      const logins: readonly Login[] = names.map((name) => LOGINS[name]);
      const steps: ActionStep[] = [];
      for (const name of names) {
        steps.push(await shared.signIn(name));
        assert.deepEqual(shared.seen, expected(logins.slice(0, steps.length), seen));
      }
      if (own !== undefined) {
        const unchanged = process.platform === 'win32' ? `${OWN.config}encrypt_token_cache = false\n` : OWN.config;
        assert.equal(shared.read('config'), unchanged, 'the options of the user');
      }
      const restore = shared.snapshot();
      for (const order of own === undefined ? departures.slice(2) : departures) {
        restore();
        for (const [ended, at] of [...order].map(Number).entries()) {
          await shared.signOut(steps[at]);
          const remaining = logins.filter((_, each) => order.indexOf(String(each)) > ended);
          const exists = fs.existsSync(shared.path);
          if (exists) assert.deepEqual(shared.seen, expected(remaining, seen), `${order} until ${at}`);
        }
        assert.deepEqual(fs.existsSync(shared.path) ? shared.documents : undefined, own, order);
      }
    });
  }
});

suite('changes of clients during two logins', () => {
  let shared: SharedFolder;
  let steps: ActionStep[];
  let restore: () => void;
  before(async () => {
    shared = new SharedFolder({ ...OWN });
    steps = [await shared.signIn('app'), await shared.signIn('other')];
    restore = shared.snapshot();
  });

  const select = (number: number) => () =>
    shared.edit((entry) => [{ ...entry, isDefault: entry.id.toLowerCase() === idOf(number) }]);
  const defaults = (): string[] =>
    Object.keys(shared.seen).filter((number) => shared.seen[Number(number)]?.endsWith('*'));
  const cachedBy = (): unknown[] =>
    Object.entries(shared.read('msal_token_cache.json')['AccessToken'] ?? {})
      .filter(([key]) => key.startsWith('vault-'))
      .map(([, { client_id }]) => client_id);
  const classicBy = (): unknown[] =>
    shared.read('accessTokens.json').flatMap((token) => (token['resource'] === 'vault' ? [token['_clientId']] : []));
  const OPTIONS = ['[cloud]\nname = AzureCloud\n\n[core]\noutput = json\n', { mode: 'by azure' }];

  const changeSecret = (): void =>
    shared.change('service_principal_entries.json', (entries) =>
      entries.map((entry) => (entry['client_id'] === OTHER_APP ? { ...entry, client_secret: 'by az' } : entry)),
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
    const token = { resource: 'vault', accessToken: 'vault', _authority: `https://login/${TENANT}` };
    const classic = apps.map((_clientId) => ({ ...token, _clientId }));
    shared.change('accessTokens.json', (tokens) => [...tokens, ...classic]);
    shared.edit((entry) => (entry.id === idOf(6) ? [entry, ownEntry(8, OTHER_APP, false)] : [entry]));
  };
  const replaceAccount = (): void =>
    shared.edit((entry) => [entry.id === idOf(6) ? ownEntry(6, 'by-az', true) : entry]);
  const dropKeys = (): void => shared.edit(({ homeTenantId: _home, managedByTenants: _managed, ...entry }) => [entry]);

  /** The change of the client, and what `read` returns after the sign-out of the second login and of both. */
  type Row = readonly [title: string, change: () => void, read: () => unknown, afterOne: unknown, afterBoth: unknown];
  const seen = (): unknown => shared.seen;
  const secrets = (): unknown => shared.secrets;
  const sixth = (): unknown => shared.seen[6]?.replace('*', '');
  const credentials = (): unknown => [shared.seen, shared.secrets];
  const options = (): unknown => [shared.read('config'), shared.read('config.json')];
  const cached = (): unknown => [cachedBy(), classicBy(), shared.seen[8]];
  const remainingSecrets = ['own', `secret-of-${APP}`, 'by az'];
  const cachedOfApp = [[APP, OWN_APP], [APP, OWN_APP], undefined];
  const cachedOfOwn = [[OWN_APP], [OWN_APP], undefined];
  const rows: readonly Row[] = [
    ['another default subscription stays', select(3), defaults, ['3'], ['3']],
    ['a removed default subscription is replaced by the earlier default', select(4), defaults, ['4'], ['1']],
    ['an account that replaces the account of a login stays', replaceAccount, sixth, 'by-az+', 'by-az+'],
    ['a changed secret of a login stays', changeSecret, secrets, remainingSecrets, ['own', 'by az']],
    ['removed entries are not restored', removeAll, credentials, [{}, []], [{}, []]],
    ['subscriptions without optional keys are removed', dropKeys, seen, expected([LOGINS.app]), expected([])],
    ['options and the command mode stay', setOptions, options, OPTIONS, OPTIONS],
    ['cached tokens and subscriptions are removed with their application', useAll, cached, cachedOfApp, cachedOfOwn],
  ];

  for (const [title, change, read, afterOne, afterBoth] of rows) {
    test(title, async () => {
      restore();
      change();
      await shared.signOut(steps[1]);
      assert.deepEqual(read(), afterOne);
      await shared.signOut(steps[0]);
      assert.deepEqual(read(), afterBoth);
    });
  }
});

test('cached entries of a user are removed in any letter case, unless the user was signed in before', async () => {
  for (const wasSignedIn of [false, true]) {
    const home = `${world.contoso.user.objectId}.${TENANT}`;
    const account = { home_account_id: home, username: 'ada@contoso.com', environment: 'login', realm: TENANT };
    const own = wasSignedIn ? { Account: { own: account }, RefreshToken: { own: account } } : {};
    const shared = new SharedFolder({ ...OWN, 'msal_token_cache.json': { ...OWN['msal_token_cache.json'], ...own } });
    const step = await shared.signIn('user');
    shared.change('msal_token_cache.json', (cache) => ({
      ...cache,
      ...(wasSignedIn ? {} : { RefreshToken: { rotated: { ...account, client_id: 'c' } } }),
      IdToken: { ...cache['IdToken'], later: { ...account, client_id: 'c' } },
    }));
    const classicToken = { userId: 'ADA@Contoso.com', _clientId: 'c', resource: 'vault' };
    shared.change('accessTokens.json', (tokens) => [...tokens, classicToken]);
    const entry = { ...ownEntry(8, '', false), user: { name: 'Ada@contoso.com', type: 'user' } };
    shared.change('azureProfile.json', (profile) => ({ ...profile, subscriptions: [...profile.subscriptions, entry] }));
    await shared.signOut(step);
    const { Account, RefreshToken } = shared.read('msal_token_cache.json');
    if (wasSignedIn) assert.deepEqual({ Account, RefreshToken }, own);
    else assert.deepEqual(shared.documents, OWN);
  }
});

const signals = { skip: NEEDS.signals };

test('post restores the folder after main or a post was killed at any change of the disk', signals, async () => {
  const shared = new SharedFolder({ ...OWN });
  const [restore, half] = [shared.snapshot(), shared.pathOf('azureProfile.json.0123456789ab.new')];
  const healthy = await shared.killedSignIn(0);
  const main = changesIn(shared.job).length;
  await healthy.post(faultEnvironment(shared.job, 0, 'none'));
  const post = changesIn(shared.job).length - main;
  for (let at = 1; at <= main + post; at += 8) {
    restore();
    const step = await (at <= main ? shared.killedSignIn(at) : shared.signIn());
    if (at <= main) fs.writeFileSync(half, 'half');
    else await step.post(faultEnvironment(shared.job, at - main, 'killed'));
    await shared.signOut(step);
    fs.rmSync(half, { force: true });
    assert.deepEqual(shared.documents, OWN, `change ${at} of ${main} by main and ${post} by post`);
  }
});

test('post names a file that a client broke, and removes the rest of the login', async () => {
  const shared = new SharedFolder({ ...OWN });
  const step = await shared.signIn(world.certificate);
  const pem = step.result.exported['AZURE_CLIENT_CERTIFICATE_PATH'] ?? '';
  assert.ok(fs.existsSync(pem));
  shared.write('accessTokens.json', '[');
  const { errors } = await step.post();
  assert.deepEqual([errors.length, errors[0]?.includes(shared.pathOf('accessTokens.json'))], [1, true], errors.join());
  assert.deepEqual([shared.job.env['AZURE_TENANT_ID'], fs.existsSync(pem)], ['', false]);
  assert.equal(shared.content['accessTokens.json'], '[');
  assert.doesNotMatch(shared.content['service_principal_entries.json'] ?? '', /22222222/);
});

test('an import keeps the subscription name of Azure, and the command mode is that of the remaining login', async () => {
  const names = ['certificate', 'app'] as const;
  for (const order of [names, names.toReversed()]) {
    for (const ended of names) {
      const shared = new SharedFolder();
      const steps: Record<string, ActionStep> = {};
      for (const name of order) steps[name] = await shared.signIn(name);
      const both = shared.read('azureProfile.json').subscriptions.find(({ id }) => id.toLowerCase() === idOf(1));
      assert.equal(both?.name, 'Sub 1');
      await shared.signOut(steps[ended]);
      assert.deepEqual(shared.read('config.json'), { mode: ended === 'certificate' ? 'arm' : 'asm' });
    }
  }
});

suite('a sign-in fails, and leaves the folder unchanged, if the folder has', () => {
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
    // A byte that is not valid UTF-8.
    ['config', 'ÿSECRET'],
    ['azure-session.json', '{"version":1,"logins":[{}]}'],
    ['azure-session.json', '{"version":2}'],
  ] as const;
  const otherCloud = { 'azureProfile.json': { subscriptions: [china] } };
  const rows: readonly [title: string, files: Record<string, unknown>, message: RegExp][] = [
    ['subscriptions of another cloud', otherCloud, /the cloud AzureChinaCloud/],
    ['accounts of another active cloud', mine, /belongs to the cloud Mine/],
    ['encrypted tokens', { config: '[core]\nencrypt_token_cache = On\n' }, /stores its tokens encrypted/],
    ['an option that az cannot read', { config: '[core]\nencrypt_token_cache = maybe\n' }, /encrypted/],
    ...broken.map(([name, text]): (typeof rows)[number] => {
      const file = { [name]: Buffer.from(text, 'latin1') };
      return [`the content ${text} in ${name}`, file, new RegExp(`Cannot read .*${name}`)];
    }),
  ];
  for (const [title, files, message] of rows) {
    test(title, async () => {
      const shared = new SharedFolder(files);
      const { content } = shared;
      await shared.rejects(world.secret, message);
      assert.deepEqual(shared.content, content);
    });
  }

  for (const name of ['azureProfile.json', 'azure-session.json', 'azure-session.lock']) {
    test(`a link in the place of ${name}`, { skip: NEEDS.posix }, async () => {
      const shared = new SharedFolder({});
      const target = join(shared.job.folder, 'target');
      fs.writeFileSync(target, '{}');
      fs.symlinkSync(target, shared.pathOf(name));
      await shared.rejects({ ...world.secret, 'timeout-seconds': '3' }, /./);
      assert.equal(fs.readFileSync(target, 'utf8'), '{}');
      assert.ok(fs.lstatSync(shared.pathOf(name)).isSymbolicLink());
    });
  }
});

suite('a lock', () => {
  const [AZ_CACHE, AZ_ENTRIES] = ['msal_token_cache.json.lockfile', 'service_principal_entries.json.lockfile'] as const;
  const exited = JSON.stringify({ ...thisProcess(), pid: 2 ** 22 + 1 });
  const minutesAgo = new Date(Date.now() - 120_000);
  const rows: readonly [title: string, name: string, text: string, at?: Date][] = [
    ['of a process that exited', 'azure-session.lock', exited],
    ['of az, held by a login that was killed', AZ_CACHE, exited],
    ['that is minutes old', 'azure-session.lock', '', minutesAgo],
    ['of az on its token cache that is minutes old', AZ_CACHE, '', minutesAgo],
    ['of az on its entries that is minutes old', AZ_ENTRIES, '', minutesAgo],
  ];
  for (const [title, name, text, at] of rows) {
    test(`${title} is broken at once`, async () => {
      const shared = new SharedFolder({ [name]: text });
      if (at !== undefined) fs.utimesSync(shared.pathOf(name), at, at);
      await shared.signOut(await shared.signIn({ ...LOGINS.app.inputs, 'timeout-seconds': '4' }));
      assert.deepEqual(shared.content, {});
    });
  }

  test('of a running process is waited for, and so is a profile that is being written', async () => {
    const shared = new SharedFolder({ [AZ_ENTRIES]: '1 az', 'azureProfile.json': Buffer.of() });
    const signingIn = shared.signIn();
    await waitUntil(() => fs.existsSync(shared.pathOf('azure-session.lock')), 'the action created no lock');
    await pause(300);
    assert.equal(shared.content[AZ_ENTRIES], '1 az');
    fs.rmSync(shared.pathOf(AZ_ENTRIES));
    await pause(100);
    shared.write('azureProfile.json', { subscriptions: [ownEntry(5, 'by-az', false)] });
    await shared.signOut(await signingIn);
    assert.deepEqual(Object.keys(shared.seen), ['5']);
  });

  test('that is not released makes the sign-in fail at its deadline, and the folder is unchanged', async () => {
    const held = JSON.stringify(thisProcess());
    const shared = new SharedFolder({ 'azure-session.lock': held });
    await shared.rejects({ ...LOGINS.app.inputs, 'timeout-seconds': '3' }, /The shared profile .* is in use/);
    assert.deepEqual(shared.content, { 'azure-session.lock': held });
  });
});

test('replacing another account is a warning, replacing the same application is not, and post restores the credential', async () => {
  const shared = new SharedFolder();
  const older = await shared.signIn();
  const first = await shared.signIn(world.secret);
  assert.match(first.result.warnings.join(), new RegExp(`Another account .*Sub 1 \\(.*\\), until now ${APP}\\.`));
  const second = await shared.signIn(world.identity);
  assert.doesNotMatch(second.result.warnings.join(), /Another account/);
  const renew = (entry: Token): Token => ('client_assertion' in entry ? { ...entry, client_assertion: 'new' } : entry);
  shared.change('service_principal_entries.json', (entries) => entries.map(renew));
  await shared.signOut(second);
  assert.deepEqual(shared.secrets, [`secret-of-${APP}`, world.contoso.clientSecret]);
  await shared.signOut(first, older);
  assert.ok(!fs.existsSync(shared.path));
});

test('user-assigned managed identities, which all have the same name, are distinguished', async () => {
  const { managedIdentity } = world.simulator;
  const { userIdentity: first } = world.contoso;
  const second = { ...first, clientId: '7a777777-7777-4777-8777-777777777777', objectId: crypto.randomUUID() };
  directory.managedIdentities.push(second);
  for (const { objectId } of [first, second]) grant([2], objectId);
  const shared = new SharedFolder(undefined, managedIdentity.imdsVariables);
  const steps: ActionStep[] = [];
  for (const { clientId } of [first, second]) {
    steps.push(await shared.signIn({ 'auth-type': 'managed-identity', 'client-id': clientId }));
  }
  assert.match(steps[1]?.result.warnings.join() ?? '', /Sub 2 \(aaaaaaaa-.*\), until now userAssignedIdentity\./);
  const identity = (): unknown => shared.read('azureProfile.json').subscriptions[0]?.user?.assignedIdentityInfo;
  assert.equal(identity(), `MSIClient-${second.clientId}`);
  await shared.signOut(steps[1]);
  assert.equal(identity(), `MSIClient-${first.clientId}`);
});

test('both CLIs know a private cloud until the last login ends, and another cloud of the same name is an error', async () => {
  await using hub = await World.start({}, { cloud: 'PrivateCloud' });
  const url = 'https://management.private.azurestack.external';
  const clouds = '[Other]\nprofile = latest\n';
  const own = { 'clouds.config': clouds, 'azureProfile.json': { environments: [{ name: 'Other' }] } };
  const shared = new SharedFolder(own, { ...hub.simulator.environment });
  const environments = (): string[] =>
    (shared.read('azureProfile.json')['environments'] as { name: string }[]).map(({ name }) => name);
  const inputs = { ...hub.secret, 'resource-manager-url': url, subscription: 'Production' };
  const [first, second] = [await shared.signIn(inputs), await shared.signIn(inputs)];
  const name = first.result.outputs['environment'] ?? '';
  const both = shared.read('clouds.config');
  assert.ok(both.startsWith(`${clouds}\n[${name}]\nprofile = `), both);
  await shared.signOut(second);
  assert.deepEqual([shared.read('clouds.config'), environments()], [both, ['Other', name]]);
  shared.write('clouds.config', both.replace(`resource_manager = ${url}`, 'resource_manager = https://x'));
  const third = await shared.job.step({ inputs: { ...inputs, 'config-dir': shared.path } });
  assert.match(third.result.errors.join(), new RegExp(`belongs to the cloud ${name} at https://x`));
  shared.write('clouds.config', both);
  await shared.signOut(first);
  assert.deepEqual(Object.keys(shared.content).sort(), Object.keys(own).sort());
  assert.deepEqual([shared.read('clouds.config'), environments()], [clouds, ['Other']]);
});

test('a login in the private folder of an earlier step leaves the marker by which that step removes it', async () => {
  using job = world.newJob();
  const first = await world.signIn(LOGINS.app.inputs, { job });
  const folder = configDir(first);
  const second = await world.signIn({ ...LOGINS.other.inputs, 'config-dir': folder }, { job });
  assert.deepEqual((await second.post()).errors, []);
  assert.ok(fs.existsSync(join(folder, 'azure-session.json')));
  assert.deepEqual((await first.post()).errors, []);
  assert.ok(!fs.existsSync(folder));
});

suite('a folder that a login created', () => {
  const principal = { client_id: 'by-az', tenant: 't', client_secret: 's' };
  const certificate = { id: 'x', name: 'X', managementCertificate: { key: 'k', cert: 'c' }, isDefault: false };
  const edits: Record<string, (shared: SharedFolder) => void> = {
    'a service principal': (shared) => shared.change('service_principal_entries.json', (all) => [...all, principal]),
    'a management certificate': (shared) => shared.edit((each) => (each.isDefault ? [each, certificate] : [each])),
  };
  for (const [what, edit] of Object.entries(edits)) {
    test(`stays with its options if a client added ${what}`, async () => {
      const shared = new SharedFolder();
      const step = await shared.signIn();
      assertPrivate(shared.path);
      const config = shared.read('config');
      assert.match(config, /^encrypt_token_cache = false$/m);
      edit(shared);
      await shared.signOut(step);
      assert.equal(shared.read('config'), config);
      assert.ok(!fs.existsSync(shared.pathOf('azure-session.json')));
    });
  }

  test('is removed with the files of clients, and each post reports the log of its own agent', async () => {
    const shared = new SharedFolder();
    const steps = [await shared.signIn(), await shared.signIn()];
    const ids = steps.map(({ state }) => (JSON.parse(state['session'] ?? '{}') as { sharedLogin: string }).sharedLogin);
    for (const id of ids) shared.write(`keep-alive-${id}.log`, `of ${id}\n`);
    fs.mkdirSync(shared.pathOf('by-client'));
    shared.write(join('by-client', 'x.log'), '');
    for (const [at, step] of steps.entries()) {
      const { errors, warnings } = await step.post();
      assert.deepEqual([errors, warnings], [[], [`of ${ids[at]}`]]);
    }
    assert.ok(!fs.existsSync(shared.path));
  });

  test('is removed with the folders above it that the login created, unless they contain other files', async () => {
    for (const hasOtherFile of [false, true]) {
      using job = world.newJob();
      const step = await world.signIn({ ...LOGINS.app.inputs, 'config-dir': 'a/b/profile' }, { job });
      if (hasOtherFile) fs.writeFileSync(join(job.workspace, 'a', 'results.txt'), '');
      assert.deepEqual((await step.post()).errors, []);
      const remaining = hasOtherFile ? ['a', join('a', 'results.txt')] : [];
      assert.deepEqual(fs.readdirSync(job.workspace, { recursive: true }), remaining);
    }
  });

  test('is removed even if main was killed right after it created the folder; a folder of the workflow stays', async () => {
    for (const own of [undefined, {}]) {
      const shared = new SharedFolder(own);
      const step = await shared.signIn();
      for (const name of fs.readdirSync(shared.path)) fs.rmSync(shared.pathOf(name), { recursive: true });
      await shared.signOut(step);
      assert.equal(fs.existsSync(shared.path), own !== undefined);
    }
  });
});

test('20 concurrent sign-ins to one folder add all accounts, and 20 concurrent posts remove them', async () => {
  const shared = new SharedFolder();
  const inputs = Array.from({ length: 20 }, (_, at) =>
    newApplication(`88888888-8888-4888-8888-${String(at).padStart(12, '0')}`, [2]),
  );
  const steps = await Promise.all(inputs.map((each) => shared.signIn(each)));
  const entries = shared.read('service_principal_entries.json');
  assert.equal(new Set(entries.map(({ client_id }) => client_id)).size, 20);
  assert.match(shared.seen[2] ?? '', /\*$/);
  await Promise.all(steps.map((step) => shared.signOut(step)));
  assert.ok(!fs.existsSync(shared.path));
});

test('a login joins while another one, which created the folder, adds the files of the image', async () => {
  using job = world.newJob();
  using other = world.newJob();
  fs.mkdirSync(join(job.home, '.azure'));
  fs.writeFileSync(join(job.home, '.azure', 'commandIndex.json'), '{"version":"2.70.0"}');
  const [folder, reached] = [join(job.folder, 'profile'), join(job.folder, 'reached')];
  const slow = preloadCode(`import { createRequire, syncBuiltinESMExports } from 'node:module';
    const fs = createRequire('/')('node:fs');
    const { renameSync } = fs;
    fs.renameSync = (from, to) => {
      if (to.endsWith('commandIndex.json')) {
        fs.writeFileSync(${JSON.stringify(reached)}, '');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
      }
      return renameSync(from, to);
    };
    syncBuiltinESMExports();`);
  const inputs = { ...LOGINS.app.inputs, 'config-dir': folder };
  const first = world.signIn(inputs, { job, env: slow });
  await waitUntil(() => fs.existsSync(reached), 'the first login adds no file');
  const second = await world.signIn({ ...LOGINS.other.inputs, 'config-dir': folder }, { job: other });
  for (const step of [await first, second]) assert.deepEqual((await step.post({ NODE_OPTIONS: '' })).errors, []);
  assert.equal(fs.existsSync(folder), false);
});

test('the agent renews a federated login in a shared folder', async () => {
  const { github } = world.simulator;
  github.idTokenLifetimeSeconds = 4;
  const shared = new SharedFolder();
  const step = await shared.signIn(world.identity);
  github.idTokenLifetimeSeconds = 300;
  const assertion = (): unknown => shared.read('service_principal_entries.json')[0]?.['client_assertion'];
  const earlier = assertion();
  await waitUntil(() => assertion() !== earlier, 'the assertion was not renewed');
  await shared.signOut(step);
  assert.ok(!fs.existsSync(shared.path));
});

test('a folder that cannot be inspected is an error before any request', { skip: NEEDS.posix }, async () => {
  using job = world.newJob();
  fs.writeFileSync(join(job.workspace, 'file'), '');
  fs.symlinkSync('circle', join(job.workspace, 'circle'));
  for (const [folder, reason] of [
    ['file/profile', /A part of the path above it is not a folder \(ENOTDIR\)/],
    ['circle/profile', /form a loop \(ELOOP\)/],
    ['n'.repeat(300), /longer than the system allows \(ENAMETOOLONG\)/],
  ] as const) {
    await world.rejects({ ...world.secret, 'config-dir': folder }, reason, { job, requests: 0 });
  }
});
