/** A sign-out before the last step, by the second action: what it takes, what it leaves, and what it refuses. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { before, suite, test } from 'node:test';
import { type ActionStep, type Job, leftBehind, ROOT, type StepResult } from '../../simulator/job.ts';
import { processStart } from '../../src/core/machine.ts';
import { refreshersOf } from '../hardening/sweep.ts';
import { addFabrikam, type Fabrikam } from './fabrikam.ts';
import { untilNoAgent } from './processes.ts';
import { openWorld, readJson } from './world.ts';

type Variables = Readonly<Record<string, string>>;

const world = await openWorld();
let fabrikam: Fabrikam;
before(() => {
  fabrikam = addFabrikam(world);
});

const BOTH = { 'export-env': 'azure, terraform' };
const NOBODY = /^Nobody is signed in/m;

suite('the session of this job', () => {
  for (const method of ['identity', 'secret', 'certificate'] as const) {
    test(`${method}: folder, process and variables are gone at once, and post says that it is done`, async () => {
      using job = world.newJob({ AZURE_SUBSCRIPTION_ID: 'of the workflow' });
      const start = { ...job.env };
      const step = await signIn(job, { ...world[method], ...BOTH });
      assertSignedOut(await job.logOut());
      assert.deepEqual(readdirSync(job.temp), []);
      await untilNoAgent(job);
      assertGivenBack(job, start);
      // From now on it is that of another step, though it is what the sign-in had set.
      job.env['AZURE_TENANT_ID'] = world.contoso.tenant.id;
      await assertNothingLeftForPost(step, job);
    });
  }

  test('a secret is not in what the sign-in leaves for it', async () => {
    using job = world.newJob();
    const step = await signIn(job, { ...world.secret, ...BOTH, 'export-secrets': 'true' });
    const record = readFileSync(join(folderOf(step), 'signed-in.json'), 'utf8');
    assert.equal(record.includes(world.contoso.clientSecret), false);
    assertSignedOut(await job.logOut());
    assert.equal(job.env['AZURE_CLIENT_SECRET'], '');
  });

  test('with export-env: none it is named by the output, and with logout: false it is signed out of too', async () => {
    using job = world.newJob();
    const step = await signIn(job, { ...world.secret, 'export-env': 'none', logout: 'false' });
    assert.match((await job.logOut()).log, NOBODY);
    const result = await job.logOut({ inputs: { 'config-dir': folderOf(step) } });
    assertSignedOut(result);
    assert.deepEqual([result.exported, readdirSync(job.temp)], [{}, []]);
  });

  test('AZURE_LOGIN_POST_CLEANUP=false is for the post step alone', async () => {
    using job = world.newJob({ AZURE_LOGIN_POST_CLEANUP: 'false' });
    await signIn(job, world.secret);
    assertSignedOut(await job.logOut());
    assert.deepEqual(readdirSync(job.temp), []);
  });
});

suite('a folder that sign-ins share', () => {
  test('goes with the sign-ins of this job, if one of them made it', async () => {
    using job = world.newJob();
    const start = { ...job.env };
    const steps = [
      await signIn(job, { ...world.identity, 'config-dir': 'a/profile' }),
      await signIn(job, { ...fabrikam.identity, 'config-dir': 'a/profile' }),
    ];
    assertSignedOut(await job.logOut());
    assert.deepEqual([readdirSync(job.workspace), readdirSync(job.temp)], [[], []]);
    await untilNoAgent(job);
    assertGivenBack(job, start);
    for (const step of steps) await assertNothingLeftForPost(step, job);
  });

  test('keeps what was there before, and what another job brought', async () => {
    using job = world.newJob();
    using other = world.newJob();
    const folder = join(job.workspace, 'profile');
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'config'), '[defaults]\ngroup = mine\n');
    const otherStep = await signIn(other, { ...fabrikam.identity, 'config-dir': folder });
    const files = (): Variables =>
      Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
    const had = readJson<{ subscriptions: unknown }>(folder, 'azureProfile.json').subscriptions;
    const names = readdirSync(folder).sort();
    await signIn(job, { ...world.secret, 'config-dir': folder });

    assertSignedOut(await job.logOut());
    assert.deepEqual(readdirSync(folder).sort(), names);
    assert.deepEqual(readJson<{ subscriptions: unknown }>(folder, 'azureProfile.json').subscriptions, had);
    assert.equal(refreshersOf(other).length, process.platform === 'linux' ? 1 : 0);
    const left = files();
    assertRefused(await job.logOut({ inputs: { 'config-dir': folder } }), /No sign-in of this job/);
    assert.match((await job.logOut({ env: { AZURE_CONFIG_DIR: folder } })).log, NOBODY);
    assert.deepEqual(files(), left);
    await otherStep.post();
    assert.deepEqual(readdirSync(folder), ['config']);
  });

  test('one that is private goes whole, with the sign-in that joined it', async () => {
    using job = world.newJob();
    const first = await signIn(job, world.identity);
    const second = await signIn(job, { ...fabrikam.identity, 'config-dir': folderOf(first) });
    assertSignedOut(await job.logOut());
    assert.deepEqual(readdirSync(job.temp), []);
    await untilNoAgent(job);
    for (const step of [second, first]) await assertNothingLeftForPost(step, job);
  });
});

suite('nobody is signed in', () => {
  test('no variable, the default folder of az, or a named folder that is gone: nothing changes', async () => {
    using job = world.newJob();
    const azure = join(job.home, '.azure');
    mkdirSync(azure);
    writeFileSync(join(azure, 'azureProfile.json'), '{}');
    symlinkSync(azure, join(job.home, 'link'));
    for (const options of [
      {},
      { env: { AZURE_CONFIG_DIR: azure } },
      { env: { AZURE_CONFIG_DIR: join(job.home, 'link') } },
      { env: { AZURE_CONFIG_DIR: join(job.home, 'gone') } },
      { inputs: { 'config-dir': join(job.temp, 'azure-session-0123456789abcdef') } },
      { inputs: { 'config-dir': '~/gone' } },
    ]) {
      const result = await job.logOut(options);
      assert.deepEqual([result.exitCode, result.errors, result.exported], [0, [], {}], result.log);
      assert.match(result.log, NOBODY);
    }
    assert.deepEqual(readdirSync(azure), ['azureProfile.json']);
  });
});

suite('refused', () => {
  const others = process.platform === 'win32' ? 'Windows has other rights' : false;

  test('a link, a file, an empty folder, and a path that is none', { skip: others }, async () => {
    using job = world.newJob();
    const step = await signIn(job, { ...world.secret, 'config-dir': 'profile' });
    symlinkSync(folderOf(step), join(job.home, 'link'));
    writeFileSync(join(job.home, 'file'), 'mine');
    mkdirSync(join(job.home, 'empty'), { mode: 0o700 });
    for (const [named, why] of [
      ['~/link', /It is a link/],
      ['~/file', /is not a folder/],
      ['~/empty', /No sign-in of this job has a session in it/],
      ['$HOME/profile', /config-dir/],
    ] as const) {
      assertRefused(await job.logOut({ inputs: { 'config-dir': named } }), why);
    }
    assert.deepEqual(readdirSync(job.home).sort(), ['empty', 'file', 'link']);
    assert.ok(existsSync(folderOf(step)));
    assertSignedOut(await job.logOut());
    assert.deepEqual(readdirSync(job.workspace), []);
  });

  test('a folder that another user may write', { skip: others }, async () => {
    using job = world.newJob();
    const step = await signIn(job, { ...world.secret, 'config-dir': 'profile' });
    chmodSync(folderOf(step), 0o777);
    assertRefused(await job.logOut(), /Every user of this machine can write to it/);
    chmodSync(folderOf(step), 0o700);
    chmodSync(job.workspace, 0o777);
    assertRefused(await job.logOut(), /Another user of this machine could replace it/);
    chmodSync(job.workspace, 0o755);
    if (process.getuid?.() === 0) {
      chownSync(folderOf(step), 0, 12_345);
      chmodSync(folderOf(step), 0o770);
      assertRefused(await job.logOut(), /Every member of the group with id 12345 may write there/);
      chownSync(folderOf(step), 12_345, 0);
      assertRefused(await job.logOut(), /It belongs to user id 12345/);
      chownSync(folderOf(step), 0, 0);
    }
    assertSignedOut(await job.logOut());
  });
});

/** Every step of the job can write to the folder. */
suite('a record that somebody changed', () => {
  const record = (step: ActionStep): string => join(folderOf(step), 'signed-in.json');
  const change = (step: ActionStep, fields: object): void =>
    writeFileSync(record(step), JSON.stringify({ ...JSON.parse(readFileSync(record(step), 'utf8')), ...fields }));

  test('removes no other folder, exports no other variable, and ends no other process', async () => {
    using job = world.newJob();
    const step = await signIn(job, world.secret);
    const sleeper = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
    const victim = join(job.home, 'azure-session-0123456789abcdef');
    mkdirSync(victim);
    const logins = JSON.parse(job.env['AZURE_SESSION_LOGINS'] ?? '');
    logins[0].variables['LD_PRELOAD'] = { set: '', before: 'evil.so' };
    job.env['AZURE_SESSION_LOGINS'] = JSON.stringify(logins);
    change(step, {
      folder: victim,
      outermostMade: job.home,
      agentPid: sleeper.pid,
      agentStarted: processStart(sleeper.pid ?? 0),
    });
    const result = await job.logOut();
    assertSignedOut(result);
    assert.equal(Object.hasOwn(result.exported, 'LD_PRELOAD'), false);
    assert.deepEqual([readdirSync(job.home), readdirSync(job.temp)], [[basename(victim)], []]);
    assert.deepEqual([sleeper.exitCode, sleeper.signalCode], [null, null]);
    sleeper.kill();
  });

  test('gives a variable no other value than the job says, and no value to one that the sign-in left alone', async () => {
    using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow' });
    const start = { ...job.env };
    const step = await signIn(job, world.secret);
    const { login } = JSON.parse(readFileSync(record(step), 'utf8'));
    const { set } = login.variables['AZURE_TENANT_ID'];
    const planted = { AZURE_TENANT_ID: { set, before: 'evil' }, AZURE_EXTENSION_DIR: { set: '', before: '/evil' } };
    change(step, { login: { ...login, variables: { ...login.variables, ...planted } } });
    assertSignedOut(await job.logOut());
    assertGivenBack(job, start);
  });

  test('exports no earlier value of it, where a step blanked what the job says of its logins', async () => {
    using job = world.newJob();
    const step = await signIn(job, world.secret);
    const { AZURE_AUTHORITY_HOST: set = '' } = job.env;
    const variables = {
      AZURE_EXTENSION_DIR: { set: '', before: '/evil' },
      AZURE_AUTHORITY_HOST: { set, before: 'https://evil.example' },
    };
    change(step, { login: { login: basename(folderOf(step)), sdkCredential: '', variables } });
    job.env['AZURE_SESSION_LOGINS'] = '';
    assertSignedOut(await job.logOut());
    for (const [name, value] of Object.entries(job.env)) assert.doesNotMatch(value, /evil/, name);
  });

  test('or took away: the step fails, since the session is still there', async () => {
    for (const spoil of [
      (step: ActionStep) => rmSync(record(step)),
      (step: ActionStep) => writeFileSync(record(step), '{'),
      (step: ActionStep) => change(step, { job: 'another' }),
    ]) {
      using job = world.newJob();
      const step = await signIn(job, world.secret);
      spoil(step);
      assertRefused(
        await job.logOut(),
        /signed-in\.json is missing, or is not a valid record of a sign-in of this job/,
      );
      assert.equal((await step.post()).errors.length, 0);
      assert.deepEqual(readdirSync(job.temp), []);
    }
  });

  test('does not make a folder a session', async () => {
    using job = world.newJob();
    const step = await signIn(job, world.secret);
    const other = join(job.home, 'azure-session-0123456789abcdef');
    mkdirSync(other, { mode: 0o700 });
    writeFileSync(join(other, 'signed-in.json'), readFileSync(record(step)));
    assertRefused(await job.logOut({ inputs: { 'config-dir': other } }), /No sign-in of this job/);
    assert.deepEqual(readdirSync(other), ['signed-in.json']);
    assertSignedOut(await job.logOut());
  });
});

test('neither the post step nor the sign-out can connect to anybody, so neither can sign in', () => {
  for (const entry of ['post', 'logout']) {
    const folder = join(ROOT, 'dist', entry);
    const code = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    assert.doesNotMatch(code.join('\n'), /['"](node:)?(net|tls|https?|http2|dgram|dns)['"]|\bfetch\(/, entry);
  }
});

/** Every step of the job can set the variable by which logins know of each other. */
suite('a step spoils what the job says of its logins', () => {
  const entriesOf = (job: Job): unknown[] => JSON.parse(job.env['AZURE_SESSION_LOGINS'] || '[]');
  const set = (job: Job, entries: unknown[]): void => {
    job.env['AZURE_SESSION_LOGINS'] = JSON.stringify(entries);
  };
  const OF_ANOTHER = {
    login: 'azure-session-0',
    sdkCredential: '',
    variables: { AZURE_TENANT_ID: { set: 'x', before: 'y' } },
  };
  const SPOILERS: Readonly<Record<string, (job: Job) => void>> = {
    'leaves it alone': () => {},
    'blanks it': (job) => Object.assign(job.env, { AZURE_SESSION_LOGINS: '' }),
    'garbles it': (job) => Object.assign(job.env, { AZURE_SESSION_LOGINS: '[{"login":' }),
    "gives another's entry": (job) => set(job, [OF_ANOTHER]),
    'empties the entries': (job) =>
      set(
        job,
        entriesOf(job).map((entry) => ({ ...Object(entry), variables: {} })),
      ),
  };
  const ENDS: Readonly<Record<string, (step: ActionStep, job: Job) => Promise<StepResult>>> = {
    post: (step) => step.post(),
    logout: (step, job) => job.logOut({ inputs: { 'config-dir': folderOf(step) } }),
  };

  for (const [what, spoil] of Object.entries(SPOILERS)) {
    for (const [how, end] of Object.entries(ENDS)) {
      // Anyone who can write to the folder could have put other earlier values there, so the sign-out takes none from it.
      const isTold = how === 'post' || what === 'leaves it alone';
      test(`${what}: ${how} ${isTold ? 'gives the variables back' : 'leaves no variable of the session'}`, async () => {
        using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow', ARM_USE_OIDC: 'of the workflow' });
        const start = { ...job.env };
        const first = await signIn(job, { ...world.secret, ...BOTH });
        const between = { ...job.env };
        const second = await signIn(job, { ...fabrikam.identity, ...BOTH });
        spoil(job);
        assertSignedOut(await end(second, job));
        const { AZURE_SESSION_LOGINS: _, ...given } = notBlank(job.env);
        const { AZURE_SESSION_LOGINS: __, ...had } = notBlank(between);
        if (isTold) assert.deepEqual(given, had);
        else assertEnded(job, between);
        spoil(job);
        assertSignedOut(await end(first, job));
        assert.match((await job.logOut()).log, NOBODY);
        job.env['AZURE_SESSION_LOGINS'] = '';
        if (isTold) assertGivenBack(job, start);
        else assertEnded(job, start);
        for (const step of how === 'logout' ? [second, first] : []) await assertNothingLeftForPost(step, job);
      });
    }
  }

  for (const [what, left] of [
    ['leaves both entries', 0],
    ['takes the older of two entries away', 1],
  ] as const) {
    test(`${what}: the older login ends first, by its output, and the newer keeps what it has`, async () => {
      using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow' });
      const start = { ...job.env };
      const first = await signIn(job, world.secret);
      const second = await signIn(job, world.secret);
      const { AZURE_SESSION_LOGINS: _, ...during } = job.env;
      set(job, entriesOf(job).slice(left));
      assertSignedOut(await job.logOut({ inputs: { 'config-dir': folderOf(first) } }));
      const { AZURE_SESSION_LOGINS: __, ...now } = job.env;
      assert.deepEqual(now, during);
      assert.deepEqual(readdirSync(job.temp), [basename(folderOf(second))]);
      await assertNothingLeftForPost(first, job);
      assertSignedOut(await second.post());
      // What was there before both, the older entry alone could tell.
      assertGivenBack(job, left === 0 ? start : { ...start, AZURE_TENANT_ID: '' });
    });
  }

  test('blanks it between and after two sign-ins to one folder: the sign-out undoes both', async () => {
    using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow' });
    const start = { ...job.env };
    const folder = { 'config-dir': 'profile' };
    // So that no sign-in is the one that made it.
    mkdirSync(join(job.workspace, 'profile'), { mode: 0o700 });
    await signIn(job, { ...world.secret, ...folder });
    SPOILERS['blanks it']?.(job);
    await signIn(job, { ...fabrikam.identity, ...folder });
    SPOILERS['blanks it']?.(job);
    assertSignedOut(await job.logOut());
    assertEnded(job, start);
  });
});

async function signIn(job: Job, inputs: Variables): Promise<ActionStep> {
  const step = await job.step({ inputs: { 'list-subscriptions': 'true', ...inputs } });
  assert.equal(step.result.exitCode, 0, step.result.log);
  return step;
}

function folderOf({ result }: ActionStep): string {
  return result.outputs['config-dir'] ?? assert.fail(result.log);
}

function assertSignedOut(result: StepResult): void {
  assert.deepEqual([result.exitCode, result.errors, result.warnings], [0, [], []], result.log);
  assert.match(result.log, /^Signed out\.$/m);
}

function assertRefused(result: StepResult, why: RegExp): void {
  assert.deepEqual([result.exitCode, result.errors.length, result.exported], [1, 1, {}], result.log);
  assert.match(result.errors[0] ?? '', why);
}

async function assertNothingLeftForPost(step: ActionStep, job: Job): Promise<void> {
  const before = { ...job.env };
  const post = await step.post();
  assert.deepEqual([post.exitCode, post.errors, post.warnings], [0, [], []], post.log);
  assert.match(post.log, /^Signed out already/m);
  assert.deepEqual(job.env, before);
}

/** A variable that had no value is blank, or what no reader takes amiss. */
function assertGivenBack(job: Job, was: Variables): void {
  for (const [name, value] of Object.entries(job.env)) {
    assert.ok(
      (was[name] === undefined ? ['', leftBehind(job)[name]] : [was[name]]).includes(value),
      `${name}: ${value}`,
    );
  }
}

/** What a session set in the place of what was there before is there no more; nothing new is. */
function assertEnded(job: Job, before: Variables): void {
  const { AZURE_SESSION_LOGINS: _, ...now } = job.env;
  for (const [name, value] of Object.entries(now)) {
    assert.ok(['', leftBehind(job)[name], before[name]].includes(value), `${name}: ${value}`);
  }
}

/** The runner cannot take a variable back, only blank it. */
function notBlank(env: Variables): Variables {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}
