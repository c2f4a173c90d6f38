import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ROOT } from '../../simulator/job.ts';
import { StandInPwsh } from '../action/stand-in-pwsh.ts';
import { assertRefused, openWorld } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { loadedIntoAction } from './loaded-into.ts';
import { type ChangeFault, changesIn, faultyEnvironment } from './sweep.ts';

/** Main ends in one outcome, in time, also where something happens that nobody thought of. */

const world = await openWorld();

const ENDS: Readonly<Record<string, RegExp>> = {
  'nothing left to wait for': /stopped unexpectedly/,
  'an error that nobody catches': /with an unexpected error: Error\./,
  'an error that nobody catches between two tries': /with an unexpected error: RangeError\./,
  'an error that nobody catches after the profile was written': /with an unexpected error: TypeError\./,
  'work that never ends': /did not finish within 2 seconds\.[\s\S]*was still in progress/,
};

/** The variables that load a fault of the work into the action. */
function faulty(fault: string, more: Record<string, string> = {}): Record<string, string> {
  return { ...loadedIntoAction('faulty-work.mjs'), FAULTY_WORK: fault, ...more };
}

suite('one annotation, and nothing left, after', { concurrency: true }, () => {
  for (const [fault, message] of Object.entries(ENDS)) {
    test(fault, { skip: NEEDS.scripts }, async () => {
      using job = world.newJob();
      const inputs = { ...world.secret, 'enable-AzPSSession': 'true', 'timeout-seconds': '2' };
      const step = await job.step({ inputs, env: faulty(fault, new StandInPwsh(job, { connect: 'hang' }).env) });
      assertRefused(step, job, message);
      assert.doesNotMatch(step.result.log, /Zq7secret|unsettled/);
      assert.match(step.result.log, /^::error title=[\w ]+::[^\n]*\n$/m);
      assert.deepEqual((await step.post({ NODE_OPTIONS: '' })).errors, []);
    });
  }
});

suite('a file that cannot be written:', () => {
  /** Runs a sign-in once to see what it changes on the disk, then lets the last change that matches fail. */
  async function refusedAt(call: string, file: string, how: ChangeFault, message: RegExp): Promise<string> {
    const inputs = { ...world.secret, subscription: 'Production' };
    const whole = world.newJob();
    await using _ = await world.signedIn(inputs, { job: whole, env: faultyEnvironment(whole, 0, 'none') });
    const change = changesIn(whole).findLast((each) => each.call === call && each.path.includes(file));
    const job = world.newJob();
    const step = await job.step({ inputs, env: faultyEnvironment(job, change?.number ?? assert.fail(file), how) });
    assertRefused(step, job, message);
    return step.result.log;
  }

  for (const [what, call, file] of [
    ['the outputs', 'appendFileSync', 'GITHUB_OUTPUT'],
    ['the state', 'appendFileSync', 'GITHUB_STATE'],
    ['the profile', 'writeSync', 'azureProfile.json'],
  ] as const) {
    test(`an error that nobody foresaw while ${what} is written is told as a fault of the action`, async () => {
      const told = /with an unexpected error: TypeError\.\nThis is a bug in the action/;
      assert.doesNotMatch(await refusedAt(call, file, 'unforeseen', told), /unforeseen words/);
    });
  }

  test('one of the runner, and one that it does not name, are told apart', async () => {
    const told = /The action cannot write to a file of the runner \(EACCES\)\.\nWhat to do:\nCheck the free space/;
    await refusedAt('appendFileSync', 'GITHUB_OUTPUT', 'no-permission', told);
    using unnamed = world.newJob();
    const inputs = Object.entries(world.secret).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
    const files = ['GITHUB_STATE', 'GITHUB_OUTPUT'].map((name) => [name, join(unnamed.folder, name)]);
    const env = Object.fromEntries([...inputs, ...files]);
    const { log, exitCode } = await unnamed.run(process.execPath, [join(ROOT, 'dist', 'main', 'index.js')], env);
    assert.deepEqual([exitCode, readdirSync(unnamed.temp)], [1, []], log);
    assert.match(log, /^::error title=[\w ]+::.*%0AThe runner did not set GITHUB_ENV\.%0A/m);
  });
});

test('a thread that waits for the system, as for a name server that is silent, holds up no failure', {
  skip: NEEDS.posix,
}, async () => {
  using job = world.newJob();
  const pipe = join(job.folder, 'pipe');
  spawnSync('mkfifo', [pipe]);
  const env = faulty('a thread that waits for the system', { FAULTY_PIPE: pipe });
  const { result } = await job.step({ inputs: { ...world.identity, 'client-secret': 'another one' }, env });
  // The action ends itself: what hangs is ended by the test's runner, which sends SIGTERM.
  assert.deepEqual([result.errors.length, result.signal], [1, 'SIGKILL'], result.log);
});

test('a failure while a request is under way is the last line of the log', async () => {
  using job = world.newJob();
  world.simulator.faults.add({ path: /oauth2/, fault: { kind: 'delay', milliseconds: 500 } });
  const env = faulty('a failure while a request is under way');
  const { result } = await job.step({ inputs: world.secret, env });
  assert.equal(result.errors.length, 1, result.log);
  assert.match(result.log, /::Azure Session failed with an unexpected error: [^\n]*\n$/);
});

test('a user whom the system does not know, without HOME, signs in and out', async () => {
  using job = world.newJob();
  const step = await world.signedIn(world.secret, { job, env: faulty('no home folder') });
  assert.deepEqual((await step.post()).errors, []);
  assert.deepEqual(readdirSync(job.temp), []);
});

test('post undoes the session also where nobody reads the log any more', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: world.identity });
  const { agentPid } = JSON.parse(step.state['session'] ?? '{}') as { agentPid: number };
  // So that there is something to say before anything is undone.
  process.kill(agentPid, 'SIGKILL');
  const post = await step.post(faulty('nobody reads the log'));
  assert.deepEqual([post.exitCode, post.log], [0, '']);
  assert.deepEqual(readdirSync(job.temp), []);
});

test('no line is lost where the pipe of the log is full and does not wait', { skip: NEEDS.posix }, async () => {
  using job = world.newJob();
  const path = join(job.folder, 'log');
  spawnSync('mkfifo', [path]);
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const filled = fill(pipe);
  const post = spawn(process.execPath, [join(ROOT, 'dist', 'post', 'index.js')], {
    env: job.env,
    stdio: ['ignore', pipe, 'inherit'],
  });
  const ended = once(post, 'exit');
  assert.equal(await Promise.race([ended, setTimeout(500, 'waits')]), 'waits');
  assert.ok(readSync(pipe, Buffer.alloc(filled)) > 0);
  assert.deepEqual(await ended, [0, null]);
  const rest = Buffer.alloc(filled);
  assert.match(rest.toString('utf8', 0, readSync(pipe, rest)), /^x*Nothing to sign out of: .*\n$/);
  closeSync(pipe);
});

/** @returns how much goes into a pipe that nobody reads */
function fill(pipe: number): number {
  const piece = Buffer.alloc(4096, 'x');
  for (let filled = 0; ; filled += piece.length) {
    try {
      writeSync(pipe, piece);
    } catch {
      return filled;
    }
  }
}
