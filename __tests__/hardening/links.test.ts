import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ActionStep, Job, type StepResult } from '../../simulator/job.ts';
import { ProfileFolder } from '../../src/profile/folder.ts';
import { assertFailed, configDir, openWorld, readJson, type Variables } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { preloadCode } from './preload.ts';

const world = await openWorld();

/** A file that the action must never write, show or remove. */
class Victim {
  readonly folder: string;
  readonly file: string;

  constructor(job: Job) {
    this.folder = join(job.folder, 'victim');
    this.file = join(this.folder, 'file');
    fs.mkdirSync(this.folder);
    fs.writeFileSync(this.file, 'VICTIM');
  }

  assertUntouched(...logs: readonly string[]): void {
    assert.deepEqual(fs.readdirSync(this.folder), ['file']);
    assert.equal(fs.readFileSync(this.file, 'utf8'), 'VICTIM');
    for (const log of logs) assert.doesNotMatch(log, /VICTIM/);
  }
}

const SECRET = { ...world.secret, subscription: 'Production' };

const posix = { skip: NEEDS.posix };

async function signIn(job: Job): Promise<ActionStep & { folder: string }> {
  const step = await world.signIn(SECRET, { job });
  return Object.assign(step, { folder: configDir(step) });
}

/** Post leaves no temporary file and reports this number of errors. */
async function assertPost(step: ActionStep, job: Job, errors = 0, env: Variables = {}): Promise<StepResult> {
  const post = await step.post(env);
  assert.deepEqual([post.exitCode, post.errors.length, fs.readdirSync(job.temp)], [0, errors, []], post.log);
  return post;
}

test('a link in the place of a file or folder is replaced or is an error, never followed', posix, () => {
  using job = new Job();
  const victim = new Victim(job);
  const fresh = ProfileFolder.create(join(job.temp, 'profile'));
  const planted = join(fresh.path, 'planted');
  fs.symlinkSync(victim.file, planted);
  assert.throws(() => fresh.write('planted', 'content'), /Cannot write/);
  fs.symlinkSync(victim.file, planted);
  const folder = new ProfileFolder(fresh.path);
  folder.write('planted', 'content');
  assert.ok(fs.lstatSync(planted).isFile());
  fs.symlinkSync(join(victim.folder, 'new'), join(folder.path, 'dangling'));
  folder.write('dangling', 'content');
  fs.linkSync(victim.file, join(folder.path, 'hard'));
  folder.write('hard', 'content');
  fs.symlinkSync(victim.folder, join(folder.path, 'sub'));
  assert.throws(() => folder.addFolder('sub'), /Cannot create the folder/);
  assert.equal(folder.createNew('planted', 'other'), 'exists');
  victim.assertUntouched();
});

test('an existing folder, file or link is not accepted as the new profile folder', posix, () => {
  using job = new Job();
  const victim = new Victim(job);
  fs.symlinkSync(victim.folder, join(job.temp, 'link'));
  fs.symlinkSync(join(job.temp, 'nowhere'), join(job.temp, 'dangling'));
  fs.mkdirSync(join(job.temp, 'folder'), { mode: 0o777 });
  fs.writeFileSync(join(job.temp, 'file'), '');
  for (const name of ['link', 'dangling', 'folder', 'file']) {
    assert.throws(() => ProfileFolder.create(join(job.temp, name)), /Cannot create the profile folder/, name);
  }
  victim.assertUntouched();
});

test('the name of the private folder is random', posix, async () => {
  using job = world.newJob();
  const [one, other] = await Promise.all([signIn(job), signIn(job)]);
  assert.match(one.folder, /azure-session-[0-9a-f]{16}$/);
  assert.notEqual(one.folder, other.folder);
  assert.equal(fs.statSync(one.folder).mode & 0o777, 0o700);
});

test('post removes a link in the place of the folder, and links in it, without following them', posix, async () => {
  using job = world.newJob();
  const victim = new Victim(job);
  const replaced = await signIn(job);
  fs.rmSync(replaced.folder, { recursive: true });
  fs.symlinkSync(victim.folder, replaced.folder);
  const linked = await signIn(job);
  fs.symlinkSync(victim.folder, join(linked.folder, 'to-folder'));
  fs.symlinkSync(victim.file, join(linked.folder, 'to-file'));
  fs.rmSync(join(linked.folder, 'logs'), { recursive: true });
  fs.symlinkSync(victim.folder, join(linked.folder, 'logs'));
  assert.deepEqual((await replaced.post()).errors, []);
  await assertPost(linked, job);
  victim.assertUntouched();
});

test('post does not follow, show or wait for a file in the place of the log of the agent', posix, async () => {
  using job = world.newJob();
  const victim = new Victim(job);
  const plant: Record<string, (path: string) => void> = {
    link: (path) => fs.symlinkSync(victim.file, path),
    pipe: (path) => void spawnSync('mkfifo', [path]),
    device: (path) => fs.symlinkSync('/dev/zero', path),
    folder: (path) => fs.mkdirSync(path),
    'large file': (path) => fs.writeFileSync(path, `${'x'.repeat(1000)}\n`.repeat(20_000)),
    'many lines': (path) => fs.writeFileSync(path, 'x\n'.repeat(20_000)),
  };
  for (const [name, create] of Object.entries(plant)) {
    const step = await signIn(job);
    create(join(step.folder, 'keep-alive.log'));
    const post = await assertPost(step, job);
    assert.ok(post.log.length < 10_000, `${name}: ${post.log.length} characters`);
    victim.assertUntouched(post.log);
  }
});

/** Files that a container of the job can create in the place of a file of the runner. */
const PLANTED: readonly [kind: string, code: RegExp, plant: (path: string, victim: Victim) => void][] = [
  ['link', /ELOOP/, (path, { file }) => fs.symlinkSync(file, path)],
  ['pipe', /EFTYPE/, (path) => void spawnSync('mkfifo', [path])],
  ['device', /EFTYPE/, (path) => void spawnSync('mknod', [path, 'c', '1', '7'])],
  ['folder', /EISDIR/, (path) => fs.mkdirSync(path)],
];
const isRoot = process.getuid?.() === 0;

for (const [kind, code, plant] of PLANTED) {
  const needs = { skip: kind === 'device' && !isRoot ? 'only root can make a device' : posix.skip };
  const title = `a ${kind} in the place of a file of the runner is an error, and is not followed or waited for`;
  test(title, needs, async () => {
    using job = world.newJob();
    const victim = new Victim(job);
    // Preloaded code sets the variable, since `Job` overrides the variables of its own files.
    const withPlanted = (name: string): Variables => {
      const path = join(job.folder, `planted-${name}`);
      if (!fs.existsSync(path)) plant(path, victim);
      return preloadCode(`process.env['${name}'] = ${JSON.stringify(path)};`);
    };
    for (const name of ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STATE']) {
      const step = await job.step({ inputs: SECRET, env: withPlanted(name) });
      assertFailed(step, job, code);
      assert.match(step.result.log, /Something other than a regular file has taken its place/, name);
    }
    const env = withPlanted('GITHUB_STEP_SUMMARY');
    const step = await world.signIn({ ...SECRET, 'job-summary': 'always' }, { job, env });
    assert.match(step.result.warnings.join(), /summary could not be written/);
    const post = await assertPost(step, job, 1, withPlanted('GITHUB_ENV'));
    assert.match(post.errors[0] ?? '', code);
    victim.assertUntouched(step.result.log, post.log);
  });
}

test('post removes no planted folder, even if main could not save its state', posix, async () => {
  using job = world.newJob();
  const planted = join(job.folder, 'azure-session-0123456789abcdef');
  fs.mkdirSync(planted);
  job.env['STATE_session'] = JSON.stringify({ folder: planted });
  const env = preloadCode(`process.env['GITHUB_STATE'] = ${JSON.stringify(job.temp)};`);
  const step = await job.step({ inputs: world.secret, env });
  assert.equal(step.result.exitCode, 1, step.result.log);
  assert.deepEqual(step.state, {});
  assert.match((await step.post()).log, /Nothing to sign out of/);
  assert.ok(fs.existsSync(planted));
});

/** The call before which a container replaces the folder by a link, after post has checked the folder. */
const SWAPS = { 'post enters it': ['process', 'chdir'], 'post lists it': ['fs', 'readdirSync'] } as const;
for (const [moment, [holder, call]] of Object.entries(SWAPS)) {
  test(`post removes nothing through a link that replaces the folder before ${moment}`, posix, async () => {
    using job = world.newJob();
    const victim = new Victim(job);
    const step = await signIn(job);
    // The victim has a file of the same name.
    fs.writeFileSync(join(step.folder, 'file'), '');
    const paths = [step.folder, `${step.folder}-moved`, victim.folder];
    const [folder, moved, link] = paths.map((path) => JSON.stringify(path));
    const swap = `import { createRequire, syncBuiltinESMExports } from 'node:module';
    const fs = createRequire('/')('node:fs');
    const real = ${holder}.${call};
    ${holder}.${call} = (...args) => {
      ${holder}.${call} = real;
      syncBuiltinESMExports();
      fs.renameSync(${folder}, ${moved});
      fs.symlinkSync(${link}, ${folder});
      return real.apply(${holder}, args);
    };
    syncBuiltinESMExports();`;
    const post = await step.post(preloadCode(swap));
    assert.ok(fs.existsSync(`${step.folder}-moved`), post.log);
    assert.match(post.errors.join(), /^[^\n]*could not be removed/);
    victim.assertUntouched(post.log);
  });
}

test('the record of a named folder cannot make post remove files outside the folder', posix, async () => {
  using job = world.newJob();
  const victim = new Victim(job);
  const profile = join(job.workspace, 'profile');
  fs.mkdirSync(profile, { mode: 0o700 });
  const step = await world.signIn({ ...SECRET, 'config-dir': 'profile' }, { job });
  const record = join(profile, 'azure-session.json');
  const session = readJson<{ logins: { files?: string[] }[]; absentFiles: string[] }>(profile, 'azure-session.json');
  for (const login of session.logins) login.files = ['../../victim', victim.file, '../../victim/file'];
  session.absentFiles.push('../../victim/file');
  fs.writeFileSync(record, JSON.stringify(session));
  const post = await step.post();
  assert.deepEqual(post.errors, []);
  victim.assertUntouched();
  assert.deepEqual(fs.readdirSync(profile), []);
});
