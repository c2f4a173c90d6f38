import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ActionStep, Job, type StepResult } from '../../simulator/job.ts';
import { ProfileFolder } from '../../src/profile/folder.ts';
import { assertRefused, openWorld } from '../action/world.ts';
import { NEEDS } from '../needs.ts';

/** Links, pipes and folders that somebody planted where the action writes, reads or removes. */

const world = await openWorld();

/** What must never be written, shown or removed. */
class Treasure {
  readonly folder: string;
  readonly file: string;

  constructor(job: Job) {
    this.folder = join(job.folder, 'treasure');
    this.file = join(this.folder, 'file');
    mkdirSync(this.folder);
    writeFileSync(this.file, 'TREASURE');
  }

  assertUntouched(...logs: readonly string[]): void {
    assert.deepEqual(readdirSync(this.folder), ['file']);
    assert.equal(readFileSync(this.file, 'utf8'), 'TREASURE');
    for (const log of logs) assert.doesNotMatch(log, /TREASURE/);
  }
}

/** Loads a piece of code into the action, which is itself unmodified. */
function loading(code: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

const SECRET = { ...world.secret, subscription: 'Production' };

/** Links need a right there that few have, and modes mean nothing. */
const posix = { skip: NEEDS.posix };

async function signedIn(job: Job): Promise<ActionStep & { folder: string }> {
  const step = await world.signedIn(SECRET, { job });
  return Object.assign(step, { folder: step.result.outputs['config-dir'] ?? '' });
}

/** Post leaves nothing in the job's folder for temporary files, and says what it could not do in so many errors. */
async function assertPost(
  step: ActionStep,
  job: Job,
  errors = 0,
  env: Record<string, string> = {},
): Promise<StepResult> {
  const post = await step.post(env);
  assert.deepEqual([post.exitCode, post.errors.length, readdirSync(job.temp)], [0, errors, []], post.log);
  return post;
}

test(
  'every file is written under a name that was not there: a link, a folder, a pipe of that name is replaced or refused',
  posix,
  () => {
    using job = new Job();
    const treasure = new Treasure(job);
    const fresh = ProfileFolder.create(join(job.temp, 'profile'));
    const planted = join(fresh.path, 'planted');
    symlinkSync(treasure.file, planted);
    assert.throws(() => fresh.write('planted', 'ours'), /Cannot write/);
    symlinkSync(treasure.file, planted);
    const folder = ProfileFolder.existing(fresh.path);
    folder.write('planted', 'ours');
    assert.ok(lstatSync(planted).isFile());
    symlinkSync(join(treasure.folder, 'new'), join(folder.path, 'dangling'));
    folder.write('dangling', 'ours');
    linkSync(treasure.file, join(folder.path, 'hard'));
    folder.write('hard', 'ours');
    symlinkSync(treasure.folder, join(folder.path, 'sub'));
    assert.throws(() => folder.addFolder('sub'), /Cannot create the folder/);
    assert.equal(folder.createNew('planted', 'other'), 'exists');
    treasure.assertUntouched();
  },
);

test('a folder that is there already is not taken for a new one, whatever it is', posix, () => {
  using job = new Job();
  const treasure = new Treasure(job);
  symlinkSync(treasure.folder, join(job.temp, 'link'));
  symlinkSync(join(job.temp, 'nowhere'), join(job.temp, 'dangling'));
  mkdirSync(join(job.temp, 'folder'), { mode: 0o777 });
  writeFileSync(join(job.temp, 'file'), '');
  for (const name of ['link', 'dangling', 'folder', 'file']) {
    assert.throws(() => ProfileFolder.create(join(job.temp, name)), /Cannot create the profile folder/, name);
  }
  treasure.assertUntouched();
});

test('two sign-ins never meet: the name of the private folder is random', posix, async () => {
  using job = world.newJob();
  const [one, other] = await Promise.all([signedIn(job), signedIn(job)]);
  assert.match(one.folder, /azure-session-[0-9a-f]{16}$/);
  assert.notEqual(one.folder, other.folder);
  assert.equal(statSync(one.folder).mode & 0o777, 0o700);
});

test('post: a link in the place of the folder is removed alone, links inside it are not followed', posix, async () => {
  using job = world.newJob();
  const treasure = new Treasure(job);
  const replaced = await signedIn(job);
  rmSync(replaced.folder, { recursive: true });
  symlinkSync(treasure.folder, replaced.folder);
  const linked = await signedIn(job);
  symlinkSync(treasure.folder, join(linked.folder, 'to-folder'));
  symlinkSync(treasure.file, join(linked.folder, 'to-file'));
  rmSync(join(linked.folder, 'logs'), { recursive: true });
  symlinkSync(treasure.folder, join(linked.folder, 'logs'));
  assert.deepEqual((await replaced.post()).errors, []);
  await assertPost(linked, job);
  treasure.assertUntouched();
});

test('post: what is in the place of the refresher’s word is neither shown nor waited for', posix, async () => {
  using job = world.newJob();
  const treasure = new Treasure(job);
  const plant: Record<string, (path: string) => void> = {
    link: (path) => symlinkSync(treasure.file, path),
    pipe: (path) => void spawnSync('mkfifo', [path]),
    device: (path) => symlinkSync('/dev/zero', path),
    folder: (path) => mkdirSync(path),
    'large file': (path) => writeFileSync(path, `${'x'.repeat(1000)}\n`.repeat(20_000)),
    'many lines': (path) => writeFileSync(path, 'x\n'.repeat(20_000)),
  };
  for (const [name, act] of Object.entries(plant)) {
    const step = await signedIn(job);
    act(join(step.folder, 'keep-alive.log'));
    const post = await assertPost(step, job);
    assert.ok(post.log.length < 10_000, `${name}: ${post.log.length} characters`);
    treasure.assertUntouched(post.log);
  }
});

/** What a container of the job can put in the place of a file of the runner, and what the error says of it. */
const IN_ITS_PLACE: readonly [kind: string, told: RegExp, plant: (path: string, treasure: Treasure) => void][] = [
  ['link', /ELOOP/, (path, { file }) => symlinkSync(file, path)],
  ['pipe', /EFTYPE/, (path) => void spawnSync('mkfifo', [path])],
  ['device', /EFTYPE/, (path) => void spawnSync('mknod', [path, 'c', '1', '7'])],
  ['folder', /EISDIR/, (path) => mkdirSync(path)],
];
const isRoot = process.getuid?.() === 0;

for (const [kind, told, plant] of IN_ITS_PLACE) {
  const skip = kind === 'device' && !isRoot ? 'only root can make a device' : posix.skip;
  test(`the runner’s own files: a ${kind} in the place of one is neither followed nor waited for`, {
    skip,
  }, async () => {
    using job = world.newJob();
    const treasure = new Treasure(job);
    // The harness names its own files last, so the action is told of the planted one by a loader.
    const withPlanted = (name: string): Record<string, string> => {
      const path = join(job.folder, `planted-${name}`);
      if (!existsSync(path)) plant(path, treasure);
      return loading(`process.env['${name}'] = ${JSON.stringify(path)};`);
    };
    for (const name of ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STATE']) {
      const step = await job.step({ inputs: SECRET, env: withPlanted(name) });
      assertRefused(step, job, told);
      assert.match(step.result.log, /Something other than a regular file has taken its place/, name);
    }
    const env = withPlanted('GITHUB_STEP_SUMMARY');
    const step = await world.signedIn({ ...SECRET, 'job-summary': 'always' }, { job, env });
    assert.match(step.result.warnings.join(), /summary could not be written/);
    const post = await assertPost(step, job, 1, withPlanted('GITHUB_ENV'));
    assert.match(post.errors[0] ?? '', told);
    treasure.assertUntouched(step.result.log, post.log);
  });
}

test('post obeys no state that a variable of the job holds, also where main could save none', posix, async () => {
  using job = world.newJob();
  const planted = join(job.folder, 'azure-session-0123456789abcdef');
  mkdirSync(planted);
  job.env['STATE_session'] = JSON.stringify({ folder: planted });
  const env = loading(`process.env['GITHUB_STATE'] = ${JSON.stringify(job.temp)};`);
  const step = await job.step({ inputs: world.secret, env });
  assert.equal(step.result.exitCode, 1, step.result.log);
  assert.deepEqual(step.state, {});
  assert.match((await step.post()).log, /Nothing to sign out of/);
  assert.ok(existsSync(planted));
});

/** The call before which a container swaps the folder for a link, once the folder was looked at. */
const SWAPS = { 'it is entered': ['process', 'chdir'], 'its names are read': ['fs', 'readdirSync'] } as const;
for (const [moment, [holder, call]] of Object.entries(SWAPS)) {
  test(`post: a link that takes the place of the folder before ${moment} takes nothing along`, posix, async () => {
    using job = world.newJob();
    const treasure = new Treasure(job);
    const step = await signedIn(job);
    // `file` is in the treasure, too.
    writeFileSync(join(step.folder, 'file'), '');
    const [folder, moved, link] = [step.folder, `${step.folder}-moved`, treasure.folder].map((path) =>
      JSON.stringify(path),
    );
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
    const post = await step.post(loading(swap));
    assert.ok(existsSync(`${step.folder}-moved`), post.log);
    assert.match(post.errors.join(), /^[^\n]*could not be removed/);
    treasure.assertUntouched(post.log);
  });
}

test('a named folder: what its own record says must not lead out of it', posix, async () => {
  using job = world.newJob();
  const treasure = new Treasure(job);
  const profile = join(job.workspace, 'profile');
  mkdirSync(profile, { mode: 0o700 });
  const step = await world.signedIn({ ...SECRET, 'config-dir': 'profile' }, { job });
  const record = join(profile, 'azure-session.json');
  const session = JSON.parse(readFileSync(record, 'utf8')) as { logins: { files: string[] }[]; absentFiles: string[] };
  for (const login of session.logins) login.files.push('../../treasure', treasure.file, '../../treasure/file');
  session.absentFiles.push('../../treasure/file');
  writeFileSync(record, JSON.stringify(session));
  const post = await step.post();
  assert.equal(post.errors.length, 1, 'the record is no longer what we wrote');
  treasure.assertUntouched();
  for (const name of readdirSync(profile)) {
    const content = readFileSync(join(profile, name), 'utf8');
    if (name !== 'azure-session.json') assert.ok(!content.includes(world.contoso.clientSecret), name);
  }
});

test('a named folder of another user', { skip: isRoot ? false : 'only root can give a folder away' }, async () => {
  using job = world.newJob();
  const folder = join(job.workspace, 'profile');
  mkdirSync(folder, { mode: 0o700 });
  chownSync(folder, 12_345, 12_345);
  await world.refused({ ...SECRET, 'config-dir': 'profile' }, /belongs to user id 12345/, { job });
  assert.deepEqual(readdirSync(folder), []);
});
