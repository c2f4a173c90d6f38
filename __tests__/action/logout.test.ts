/** The logout action: a sign-out before the end of the job. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import { suite, test } from 'node:test';
import { type ActionStep, type Job, leftBehind, ROOT, type StepResult } from '../../simulator/job.ts';
import { processStart } from '../../src/core/machine.ts';
import { NEEDS } from '../needs.ts';
import { addFabrikam } from './fabrikam.ts';
import { agentPids, waitForNoAgent } from './processes.ts';
import { assertRestored, configDir, filesBelow, openWorld, readJson, type Variables, withoutLogins } from './world.ts';

const world = await openWorld();
const fabrikam = addFabrikam(world);
const ALL_FAMILIES = { 'export-env': 'azure, terraform' };
const NO_SESSION = /^Nobody is signed in/m;

suite('the session of this job', () => {
  for (const method of ['identity', 'secret', 'certificate'] as const) {
    test(`${method}: folder, agent and variables are removed at once, and post has nothing to do`, async () => {
      using job = world.newJob({ AZURE_SUBSCRIPTION_ID: 'of the workflow' });
      const start = { ...job.env };
      const step = await signIn({ ...world[method], ...ALL_FAMILIES }, job);
      assertSignedOut(await job.logOut());
      assert.deepEqual(fs.readdirSync(job.temp), []);
      await waitForNoAgent(job);
      assertRestored(job, start);
      // A value that a later step sets is not the session's, even if it is the same.
      job.env['AZURE_TENANT_ID'] = world.contoso.tenant.id;
      await assertPostDoesNothing(step, job);
    });
  }

  test('a client that keeps running creates the folder again: post removes it, and leaves the variables of later steps', async () => {
    const step = await signIn(world.identity);
    assertSignedOut(await step.job.logOut());
    fs.mkdirSync(configDir(step));
    fs.writeFileSync(join(configDir(step), 'config'), '');
    step.job.env['AZURE_TENANT_ID'] = world.contoso.tenant.id;
    await assertPostDoesNothing(step, step.job);
    assert.deepEqual(fs.readdirSync(step.job.temp), []);
  });

  test('the record for the logout action does not contain the secret', async () => {
    const step = await signIn({ ...world.secret, ...ALL_FAMILIES, 'export-secrets': 'true' });
    const record = fs.readFileSync(join(configDir(step), 'signed-in.json'), 'utf8');
    assert.ok(!record.includes(world.contoso.clientSecret));
    assertSignedOut(await step.job.logOut());
    assert.equal(step.job.env['AZURE_CLIENT_SECRET'], '');
  });

  test('export-env: none and logout: false: the input config-dir selects it', async () => {
    const step = await signIn({ ...world.secret, 'export-env': 'none', logout: 'false' });
    assert.match((await step.job.logOut()).log, NO_SESSION);
    const result = await step.job.logOut({ inputs: { 'config-dir': configDir(step) } });
    assertSignedOut(result);
    assert.deepEqual([result.exported, fs.readdirSync(step.job.temp)], [{}, []]);
  });

  test('AZURE_LOGIN_POST_CLEANUP=false does not affect the logout action', async () => {
    using job = world.newJob({ AZURE_LOGIN_POST_CLEANUP: 'false' });
    await signIn(world.secret, job);
    assertSignedOut(await job.logOut());
    assert.deepEqual(fs.readdirSync(job.temp), []);
  });
});

suite('a shared folder', () => {
  for (const [folder, title] of [
    ['a/profile', 'is removed with the sign-ins of this job if one of them created it'],
    ['', 'that began as a private one is removed with the login that joined it'],
  ] as const) {
    test(title, async () => {
      using job = world.newJob();
      const start = { ...job.env };
      const first = await signIn({ ...world.identity, 'config-dir': folder }, job);
      const second = await signIn({ ...fabrikam.identity, 'config-dir': configDir(first) }, job);
      assertSignedOut(await job.logOut());
      assert.deepEqual([fs.readdirSync(job.workspace), fs.readdirSync(job.temp)], [[], []]);
      await waitForNoAgent(job);
      assertRestored(job, start);
      for (const step of [second, first]) await assertPostDoesNothing(step, job);
    });
  }

  test('keeps the earlier files and the login of another job', async () => {
    using job = world.newJob();
    using other = world.newJob();
    const folder = join(job.workspace, 'profile');
    fs.mkdirSync(folder, { mode: 0o700 });
    fs.writeFileSync(join(folder, 'config'), '[defaults]\ngroup = mine\n');
    const otherStep = await signIn({ ...fabrikam.identity, 'config-dir': folder }, other);
    const subscriptions = (): unknown =>
      readJson<{ subscriptions: unknown }>(folder, 'azureProfile.json').subscriptions;
    const before = [fs.readdirSync(folder).sort(), subscriptions()];
    await signIn({ ...world.secret, 'config-dir': folder }, job);

    assertSignedOut(await job.logOut());
    assert.deepEqual([fs.readdirSync(folder).sort(), subscriptions()], before);
    assert.equal(agentPids(other).length, process.platform === 'linux' ? 1 : 0);
    const content = filesBelow(folder);
    assertFailed(await job.logOut({ inputs: { 'config-dir': folder } }), /No sign-in of this job/);
    assert.match((await job.logOut({ env: { AZURE_CONFIG_DIR: folder } })).log, NO_SESSION);
    assert.deepEqual(filesBelow(folder), content);
    await otherStep.post();
    assert.deepEqual(fs.readdirSync(folder), ['config']);
  });
});

test('without a session (no variable, the default folder of az, a missing folder), nothing changes', async () => {
  using job = world.newJob();
  const azure = join(job.home, '.azure');
  fs.mkdirSync(azure);
  fs.writeFileSync(join(azure, 'azureProfile.json'), '{}');
  fs.symlinkSync(azure, join(job.home, 'link'));
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
    assert.match(result.log, NO_SESSION);
  }
  assert.deepEqual(fs.readdirSync(azure), ['azureProfile.json']);
});

suite('an error without changes:', { skip: NEEDS.posix }, () => {
  test('a link, a file, an empty folder, and an invalid path', async () => {
    const step = await signIn({ ...world.secret, 'config-dir': 'profile' });
    fs.symlinkSync(configDir(step), join(step.job.home, 'link'));
    fs.writeFileSync(join(step.job.home, 'file'), 'mine');
    fs.mkdirSync(join(step.job.home, 'empty'), { mode: 0o700 });
    for (const [folder, message] of [
      ['~/link', /It is a link/],
      ['~/file', /is not a folder/],
      ['~/empty', /No sign-in of this job has a session in it/],
      ['$HOME/profile', /config-dir/],
    ] as const) {
      assertFailed(await step.job.logOut({ inputs: { 'config-dir': folder } }), message);
    }
    assert.deepEqual(fs.readdirSync(step.job.home).sort(), ['empty', 'file', 'link']);
    assert.ok(fs.existsSync(configDir(step)));
    assertSignedOut(await step.job.logOut());
    assert.deepEqual(fs.readdirSync(step.job.workspace), []);
  });

  test('a folder that another user may write', async () => {
    const step = await signIn({ ...world.secret, 'config-dir': 'profile' });
    fs.chmodSync(configDir(step), 0o777);
    assertFailed(await step.job.logOut(), /Every user of this machine can write to it/);
    fs.chmodSync(configDir(step), 0o700);
    fs.chmodSync(step.job.workspace, 0o777);
    assertFailed(await step.job.logOut(), /Another user of this machine could replace it/);
    fs.chmodSync(step.job.workspace, 0o755);
    if (process.getuid?.() === 0) {
      fs.chownSync(configDir(step), 0, 12_345);
      fs.chmodSync(configDir(step), 0o770);
      assertFailed(await step.job.logOut(), /Every member of the group with id 12345 may write there/);
      fs.chownSync(configDir(step), 12_345, 0);
      assertFailed(await step.job.logOut(), /It belongs to user id 12345/);
      fs.chownSync(configDir(step), 0, 0);
    }
    assertSignedOut(await step.job.logOut());
  });
});

/** Every step of the job can write to the folder. */
suite('a record that another step changed', () => {
  const record = (step: ActionStep): string => join(configDir(step), 'signed-in.json');
  const change = (step: ActionStep, fields: object): void =>
    fs.writeFileSync(record(step), JSON.stringify({ ...JSON.parse(fs.readFileSync(record(step), 'utf8')), ...fields }));

  test('removes no other folder, exports no other variable, and ends no other process', async () => {
    const step = await signIn(world.secret);
    const sleeper = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
    const victim = join(step.job.home, 'azure-session-0123456789abcdef');
    fs.mkdirSync(victim);
    const logins = JSON.parse(step.job.env['AZURE_SESSION_LOGINS'] ?? '');
    logins[0].variables['LD_PRELOAD'] = { set: '', before: 'evil.so' };
    step.job.env['AZURE_SESSION_LOGINS'] = JSON.stringify(logins);
    const agent = { agentPid: sleeper.pid, agentStarted: processStart(sleeper.pid ?? 0) };
    change(step, { folder: victim, outermostMade: step.job.home, ...agent });
    const result = await step.job.logOut();
    assertSignedOut(result);
    assert.equal(Object.hasOwn(result.exported, 'LD_PRELOAD'), false);
    assert.deepEqual([fs.readdirSync(step.job.home), fs.readdirSync(step.job.temp)], [[basename(victim)], []]);
    assert.deepEqual([sleeper.exitCode, sleeper.signalCode], [null, null]);
    sleeper.kill();
  });

  test('does not change the restored values, nor a variable that the sign-in did not set', async () => {
    using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow' });
    const start = { ...job.env };
    const step = await signIn(world.secret, job);
    const { login } = JSON.parse(fs.readFileSync(record(step), 'utf8'));
    const { set } = login.variables['AZURE_TENANT_ID'];
    const planted = { AZURE_TENANT_ID: { set, before: 'evil' }, AZURE_EXTENSION_DIR: { set: '', before: '/evil' } };
    change(step, { login: { ...login, variables: { ...login.variables, ...planted } } });
    assertSignedOut(await job.logOut());
    assertRestored(job, start);
  });

  test('is not used for earlier values if a step blanked AZURE_SESSION_LOGINS', async () => {
    const step = await signIn(world.secret);
    const { AZURE_AUTHORITY_HOST: set = '' } = step.job.env;
    const host = { set, before: 'https://evil.example' };
    const variables = { AZURE_EXTENSION_DIR: { set: '', before: '/evil' }, AZURE_AUTHORITY_HOST: host };
    change(step, { login: { login: basename(configDir(step)), sdkCredential: '', variables } });
    step.job.env['AZURE_SESSION_LOGINS'] = '';
    assertSignedOut(await step.job.logOut());
    for (const [name, value] of Object.entries(step.job.env)) assert.doesNotMatch(value, /evil/, name);
  });

  test('or removed: the step fails, since the session still exists', async () => {
    const message = /(signed-in|azure-session)\.json is missing, or is not a valid record of a sign-in of this job/;
    const withoutMarker = (step: ActionStep): void => fs.rmSync(join(configDir(step), 'azure-session.json'));
    const broken = (step: ActionStep): void => fs.writeFileSync(record(step), '{');
    const ofAnother = (step: ActionStep): void => change(step, { job: 'another' });
    for (const spoil of [(step: ActionStep) => fs.rmSync(record(step)), withoutMarker, broken, ofAnother]) {
      const step = await signIn(world.secret);
      spoil(step);
      assertFailed(await step.job.logOut(), message);
      assert.equal((await step.post()).errors.length, 0);
      assert.deepEqual(fs.readdirSync(step.job.temp), []);
    }
  });

  test('of a shared folder, or removed: the step fails, and names the record', async () => {
    const step = await signIn({ ...world.secret, 'config-dir': 'profile' });
    const records = fs.readdirSync(configDir(step)).filter((name) => name.startsWith('signed-in-'));
    for (const name of records) fs.rmSync(join(configDir(step), name));
    for (const inputs of [{}, { 'config-dir': configDir(step) }]) {
      assertFailed(await step.job.logOut({ inputs }), /signed-in-[0-9a-f]{16}\.json is missing/);
    }
    assert.deepEqual((await step.post()).errors, []);
    assert.deepEqual(fs.readdirSync(step.job.workspace), []);
  });

  test('does not make another folder a session', async () => {
    const step = await signIn(world.secret);
    const other = join(step.job.home, 'azure-session-0123456789abcdef');
    fs.mkdirSync(other, { mode: 0o700 });
    fs.writeFileSync(join(other, 'signed-in.json'), fs.readFileSync(record(step)));
    assertFailed(await step.job.logOut({ inputs: { 'config-dir': other } }), /azure-session\.json is missing/);
    assert.deepEqual(fs.readdirSync(other), ['signed-in.json']);
    assertSignedOut(await step.job.logOut());
  });

  for (const ledger of [undefined, '{"version":1}']) {
    test(`a shared folder whose ledger is ${ledger}: both sign-outs fail and remove the files of the login`, async () => {
      const step = await signIn({ ...world.certificate, ...ALL_FAMILIES, 'config-dir': 'profile' });
      const path = join(configDir(step), 'azure-session.json');
      if (ledger === undefined) fs.rmSync(path);
      else fs.writeFileSync(path, ledger);
      const logout = await step.job.logOut();
      assert.deepEqual([logout.exitCode, logout.errors.length], [1, 1], logout.log);
      const post = await step.post();
      const message = /azure-session\.json no longer lists the sign-in/;
      for (const { errors } of [logout, post]) assert.match(errors.join(), message);
      assert.doesNotMatch(post.log, /^Signed out\.|^Signed out already/m);
      assert.doesNotMatch(fs.readdirSync(configDir(step)).join('\n'), /^client-|^federated-/m);
      assert.equal(step.job.env['AZURE_CLIENT_CERTIFICATE_PATH'], '');
    });
  }
});

suite('a step sets AZURE_CONFIG_DIR:', () => {
  test('to another folder: the logout action signs out of the latest sign-in', async () => {
    const step = await signIn(world.secret);
    const job = Object.assign(step.job, { env: { ...step.job.env, AZURE_CONFIG_DIR: step.job.home } });
    assertSignedOut(await job.logOut());
    assert.deepEqual([fs.readdirSync(job.temp), job.env['AZURE_CONFIG_DIR']], [[], job.home]);
  });

  test('to a folder with a session of another job: that one stays', async () => {
    using other = world.newJob();
    const otherStep = await signIn({ ...fabrikam.identity, 'config-dir': 'profile', 'keep-alive': 'false' }, other);
    const content = filesBelow(configDir(otherStep));
    const { job } = await signIn(world.secret);
    assertSignedOut(await job.logOut({ env: { AZURE_CONFIG_DIR: configDir(otherStep) } }));
    assert.deepEqual([fs.readdirSync(job.temp), filesBelow(configDir(otherStep))], [[], content]);
  });

  test('to the folder of an ended session, which a client created again: it is no session', async () => {
    const step = await signIn(world.secret);
    assertSignedOut(await step.job.logOut());
    fs.mkdirSync(configDir(step));
    const result = await step.job.logOut({ env: { AZURE_CONFIG_DIR: configDir(step) } });
    assert.deepEqual([result.exitCode, result.exported], [0, {}], result.log);
    assert.match(result.log, NO_SESSION);
  });

  for (const where of ['of the logout action', 'of the job'] as const) {
    test(`${where}, to the folder of an earlier sign-in: that one ends, and the later one keeps its own`, async () => {
      using job = world.newJob();
      const [first, second] = [await signIn(world.secret, job), await signIn(fabrikam.identity, job)];
      const env = { AZURE_CONFIG_DIR: configDir(first) };
      if (where === 'of the job') Object.assign(job.env, env);
      assertSignedOut(await job.logOut({ env }));
      assert.deepEqual(fs.readdirSync(job.temp), [basename(configDir(second))]);
      assert.equal(job.env['AZURE_CONFIG_DIR'], configDir(second));
      await second.post();
      assert.equal(job.env['AZURE_CONFIG_DIR'], leftBehind(job)['AZURE_CONFIG_DIR']);
    });
  }
});

test('the post step and the logout action have no network code, so neither can sign in', () => {
  for (const entry of ['post', 'logout']) {
    const folder = join(ROOT, 'dist', entry);
    const code = fs.readdirSync(folder).map((name) => fs.readFileSync(join(folder, name), 'utf8'));
    assert.doesNotMatch(code.join('\n'), /['"](node:)?(net|tls|https?|http2|dgram|dns)['"]|\bfetch\(/, entry);
  }
});

/** Every step of the job can change AZURE_SESSION_LOGINS, the record of the logins of a job. */
suite('a step changes AZURE_SESSION_LOGINS', () => {
  const entriesOf = (job: Job): unknown[] => JSON.parse(job.env['AZURE_SESSION_LOGINS'] || '[]');
  const set = (job: Job, text: string): void => void Object.assign(job.env, { AZURE_SESSION_LOGINS: text });
  const setEntries = (job: Job, entries: unknown[]): void => set(job, JSON.stringify(entries));
  const emptied = (entry: unknown): unknown => ({ ...Object(entry), variables: {} });
  const variables = { AZURE_TENANT_ID: { set: 'x', before: 'y' } };
  const CHANGES: Readonly<Record<string, (job: Job) => void>> = {
    unchanged: () => {},
    blank: (job) => set(job, ''),
    'invalid JSON': (job) => set(job, '[{"login":'),
    'the entry of another job': (job) => setEntries(job, [{ login: 'azure-session-0', sdkCredential: '', variables }]),
    'entries without variables': (job) => setEntries(job, entriesOf(job).map(emptied)),
  };
  const SIGN_OUTS: Readonly<Record<string, (step: ActionStep, job: Job) => Promise<StepResult>>> = {
    post: (step) => step.post(),
    logout: (step, job) => job.logOut({ inputs: { 'config-dir': configDir(step) } }),
  };

  for (const [content, change] of Object.entries(CHANGES)) {
    for (const [how, end] of Object.entries(SIGN_OUTS)) {
      // The logout action does not trust the earlier values in the folder, to which every step can write.
      const restores = how === 'post' || content === 'unchanged';
      test(`${content}: ${how} ${restores ? 'restores the variables' : 'leaves no variable of the session'}`, async () => {
        using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow', ARM_USE_OIDC: 'of the workflow' });
        const start = { ...job.env };
        const first = await signIn({ ...world.secret, ...ALL_FAMILIES }, job);
        const between = { ...job.env };
        const second = await signIn({ ...fabrikam.identity, ...ALL_FAMILIES }, job);
        change(job);
        assertSignedOut(await end(second, job));
        if (restores) assert.deepEqual(withoutBlanks(job.env), withoutBlanks(between));
        else assertEnded(job, between);
        change(job);
        assertSignedOut(await end(first, job));
        assert.match((await job.logOut()).log, NO_SESSION);
        job.env['AZURE_SESSION_LOGINS'] = '';
        (restores ? assertRestored : assertEnded)(job, start);
        for (const step of how === 'logout' ? [second, first] : []) await assertPostDoesNothing(step, job);
      });
    }
  }

  for (const [title, removed] of [
    ['both entries', 0],
    ['the older entry removed', 1],
  ] as const) {
    test(`${title}: the older login ends first, and the newer one keeps its variables`, async () => {
      using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow' });
      const start = { ...job.env };
      const first = await signIn(world.secret, job);
      const second = await signIn(world.secret, job);
      const during = withoutLogins(job.env);
      setEntries(job, entriesOf(job).slice(removed));
      assertSignedOut(await job.logOut({ inputs: { 'config-dir': configDir(first) } }));
      assert.deepEqual(withoutLogins(job.env), during);
      assert.deepEqual(fs.readdirSync(job.temp), [basename(configDir(second))]);
      await assertPostDoesNothing(first, job);
      assertSignedOut(await second.post());
      // Only the older entry has the values from before both logins.
      assertRestored(job, removed === 0 ? start : { ...start, AZURE_TENANT_ID: '' });
    });
  }

  test('blank after each of two sign-ins to one folder: the logout action removes both', async () => {
    using job = world.newJob({ AZURE_TENANT_ID: 'of the workflow' });
    const start = { ...job.env };
    const folder = { 'config-dir': 'profile' };
    // The folder exists, so that neither sign-in created it.
    fs.mkdirSync(join(job.workspace, 'profile'), { mode: 0o700 });
    await signIn({ ...world.secret, ...folder }, job);
    set(job, '');
    await signIn({ ...fabrikam.identity, ...folder }, job);
    set(job, '');
    assertSignedOut(await job.logOut());
    assertEnded(job, start);
  });
});

function signIn(inputs: Variables, job = world.newJob()): Promise<ActionStep> {
  return world.signIn(inputs, { job });
}

/** A step cannot remove a variable, only blank it. */
function withoutBlanks(env: Variables): Variables {
  return Object.fromEntries(Object.entries(withoutLogins(env)).filter(([, value]) => value !== ''));
}

function assertSignedOut(result: StepResult): void {
  assert.deepEqual([result.exitCode, result.errors, result.warnings], [0, [], []], result.log);
  assert.match(result.log, /^Signed out\.$/m);
}

function assertFailed(result: StepResult, message: RegExp): void {
  assert.deepEqual([result.exitCode, result.errors.length, result.exported], [1, 1, {}], result.log);
  assert.match(result.errors[0] ?? '', message);
}

async function assertPostDoesNothing(step: ActionStep, job: Job): Promise<void> {
  const before = { ...job.env };
  const post = await step.post();
  assert.deepEqual([post.exitCode, post.errors, post.warnings], [0, [], []], post.log);
  assert.match(post.log, /^Signed out already/m);
  assert.deepEqual(job.env, before);
}

/** No variable has a value of the session or a new value. */
function assertEnded(job: Job, before: Variables): void {
  for (const [name, value] of Object.entries(withoutLogins(job.env))) {
    assert.ok(['', leftBehind(job)[name], before[name]].includes(value), `${name}: ${value}`);
  }
}
