import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ROOT } from '../../simulator/job.ts';
import { signalAgent } from '../action/processes.ts';
import { StandInPwsh } from '../action/stand-in-pwsh.ts';
import { assertFailed, openWorld, visibleText } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { preload, preloadCode } from './preload.ts';
import { type ChangeFault, changesIn, faultEnvironment } from './sweep.ts';

const world = await openWorld();

const ENDS: Readonly<Record<string, RegExp>> = {
  'an empty event loop': /stopped unexpectedly/,
  'an uncaught error': /with an unexpected error: Error \(EODD\)\./,
  'an uncaught text': /with an unexpected error: string\./,
  'an uncaught error between two attempts': /with an unexpected error: RangeError\./,
  'an uncaught error after the profile was written': /with an unexpected error: TypeError\./,
  'work that never ends': /did not finish within 2 seconds\.[\s\S]*was still in progress/,
};

function faultyWork(fault: string, more: Record<string, string> = {}): Record<string, string> {
  return { ...preload('faulty-work.mjs'), FAULTY_WORK: fault, ...more };
}

suite('one annotation, and no file remains, after', { concurrency: true }, () => {
  for (const [fault, message] of Object.entries(ENDS)) {
    test(fault, { skip: NEEDS.scripts }, async () => {
      using job = world.newJob();
      const inputs = { ...world.secret, 'enable-AzPSSession': 'true', 'timeout-seconds': '2' };
      const step = await job.step({ inputs, env: faultyWork(fault, new StandInPwsh(job, { connect: 'hang' }).env) });
      assertFailed(step, job, message);
      assert.doesNotMatch(step.result.log, /Zq7secret|unsettled/);
      assert.match(step.result.log, /^::error title=[\w ]+::[^\n]*\n$/m);
      assert.deepEqual((await step.post({ NODE_OPTIONS: '' })).errors, []);
    });
  }
});

suite('a write error:', () => {
  /** Records the changes of a sign-in, then repeats it with a fault at the last change that matches. @returns the log */
  async function failAt(call: string, file: string, how: ChangeFault, message: RegExp): Promise<string> {
    const inputs = { ...world.secret, subscription: 'Production' };
    const recorded = world.newJob();
    await using _ = await world.signIn(inputs, { job: recorded, env: faultEnvironment(recorded, 0, 'none') });
    const change = changesIn(recorded).findLast((each) => each.call === call && each.path.includes(file));
    const job = world.newJob();
    const env = { ...faultEnvironment(job, change?.number ?? assert.fail(file), how), RUNNER_DEBUG: '1' };
    const step = await job.step({ inputs, env });
    assertFailed(step, job, message);
    return visibleText(step.result);
  }

  for (const [written, call, file] of [
    ['the outputs', 'appendFileSync', 'GITHUB_OUTPUT'],
    ['the state', 'appendFileSync', 'GITHUB_STATE'],
    ['the profile', 'writeSync', 'azureProfile.json'],
  ] as const) {
    test(`an unexpected error while writing ${written} is reported by its type and stack, not its message`, async () => {
      const log = await failAt(call, file, 'bug', /unexpected error: TypeError\.\nThis is a bug in the action/);
      assert.match(log, /^::debug::at /m);
      assert.doesNotMatch(log, /Zq7secret/);
    });
  }

  test('a runner file without write permission and a missing variable for one have different errors', async () => {
    const message = /The action cannot write to a file of the runner \(EACCES\)\.\nWhat to do:\nCheck the free space/;
    await failAt('appendFileSync', 'GITHUB_OUTPUT', 'no-permission', message);
    using job = world.newJob();
    const inputs = Object.entries(world.secret).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
    const files = ['GITHUB_STATE', 'GITHUB_OUTPUT'].map((name) => [name, join(job.folder, name)]);
    const env = Object.fromEntries([...inputs, ...files]);
    const { log, exitCode } = await job.run(process.execPath, [join(ROOT, 'dist', 'main', 'index.js')], env);
    assert.deepEqual([exitCode, readdirSync(job.temp)], [1, []], log);
    assert.match(log, /^::error title=[\w ]+::.*%0AThe runner did not set GITHUB_ENV\.%0A/m);
  });
});

test('a blocked thread, as during a DNS lookup, does not delay a failure', { skip: NEEDS.posix }, async () => {
  using job = world.newJob();
  const pipe = join(job.folder, 'pipe');
  spawnSync('mkfifo', [pipe]);
  const env = faultyWork('a blocked thread', { FAULTY_PIPE: pipe });
  const { result } = await job.step({ inputs: { ...world.identity, 'client-secret': 'another one' }, env });
  // The action ends itself by SIGKILL. At its timeout, `Job` would send SIGTERM.
  assert.deepEqual([result.errors.length, result.signal], [1, 'SIGKILL'], result.log);
});

test('an error during a request is the last line of the log', async () => {
  using job = world.newJob();
  world.simulator.faults.add({ path: /oauth2/, fault: { kind: 'delay', milliseconds: 500 } });
  const env = faultyWork('an error during a request');
  const { result } = await job.step({ inputs: world.secret, env });
  assert.equal(result.errors.length, 1, result.log);
  assert.match(result.log, /::Azure Session failed with an unexpected error: [^\n]*\n$/);
});

test('a module that the workflow preloads can write to the console, as tracers do', async () => {
  const env = preloadCode(`process.on('exit', () => console.log('traced'))`);
  await using step = await world.signIn(world.secret, { env });
  const post = await step.post();
  assert.deepEqual([post.exitCode, post.errors, post.stderr], [0, [], '']);
  for (const { log } of [step.result, post]) assert.match(log, /\ntraced\n$/);
});

test('a user without a home folder signs in and out', async () => {
  using job = world.newJob();
  const step = await world.signIn(world.secret, { job, env: faultyWork('no home folder') });
  assert.deepEqual((await step.post()).errors, []);
  assert.deepEqual(readdirSync(job.temp), []);
});

test('post removes the session although the log is closed', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: world.identity });
  // Makes post log a warning before it removes anything.
  signalAgent(step, 'SIGKILL');
  const post = await step.post(faultyWork('a closed log'));
  assert.deepEqual([post.exitCode, post.log], [0, '']);
  assert.deepEqual(readdirSync(job.temp), []);
});

test('no line of the log is lost if its non-blocking pipe is full', { skip: NEEDS.posix }, async () => {
  using job = world.newJob();
  const path = join(job.folder, 'log');
  spawnSync('mkfifo', [path]);
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const filled = fill(pipe);
  const script = join(ROOT, 'dist', 'post', 'index.js');
  const post = spawn(process.execPath, [script], { env: job.env, stdio: ['ignore', pipe, 'inherit'] });
  const exit = once(post, 'exit');
  assert.equal(await Promise.race([exit, setTimeout(500, 'waits')]), 'waits');
  assert.ok(readSync(pipe, Buffer.alloc(filled)) > 0);
  assert.deepEqual(await exit, [0, null]);
  const rest = Buffer.alloc(filled);
  assert.match(rest.toString('utf8', 0, readSync(pipe, rest)), /^x*Nothing to sign out of: .*\n$/);
  closeSync(pipe);
});

/** @returns the capacity of the pipe */
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
