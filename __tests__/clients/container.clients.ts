/**
 * Simulates containers: the runner is an unprivileged user, and the container of a step runs `az` as root in the
 * session's folder, at the same path.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { ROOT, runSuccessfully, type StepResult } from '../../simulator/job.ts';
import { World } from '../action/world.ts';
import { AZS } from './az.ts';
import { COMMAND_LIMIT_MS, type Variables } from './session.ts';

/** The runner's user. */
const USER = 'nobody';
const [SETPRIV, ...AS_USER] = ['setpriv', `--reuid=${USER}`, '--regid=nogroup', '--clear-groups'] as const;

/** A job of an unprivileged user. */
async function signIn({ simulator, identity }: World) {
  // The user must be able to read the simulator's certificate.
  chmodSync(simulator.folder, 0o755);
  const env = { ...simulator.environment, ...simulator.github.variables };
  const job = JSON.stringify({ env, inputs: { ...identity, subscription: 'Production' } });
  const script = join(import.meta.dirname, 'job-as-user.ts');
  const runner = spawn(SETPRIV, [...AS_USER, process.execPath, script, job], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const lines = createInterface({ input: runner.stdout })[Symbol.asyncIterator]();
  const nextLine = async <T>(): Promise<T> => {
    const { value } = await lines.next();
    return typeof value === 'string' ? (JSON.parse(value) as T) : assert.fail('the job of the user ended early');
  };
  const main = await nextLine<{ result: StepResult; env: Variables }>();
  assert.equal(main.result.exitCode, 0, main.result.log);
  return {
    folder: main.result.outputs['config-dir'] ?? '',
    /** Runs `az` in a later step of the job, or as root in a container. */
    az: async (user: 'root' | typeof USER, command: string, ...args: string[]): Promise<string> => {
      const [program, rest] = user === 'root' ? [command, []] : [SETPRIV, [...AS_USER, command]];
      const env = user === 'root' ? { ...main.env, HOME: join(simulator.folder, 'home-of-root') } : main.env;
      const options = [...rest, ...args, '--output', 'tsv'];
      return (await runSuccessfully(program, options, env, '/', COMMAND_LIMIT_MS)).stdout.trim();
    },
    post: () => {
      runner.stdin.end();
      return nextLine<{ result: StepResult; left: string[] }>();
    },
  };
}

const entry = join(ROOT, 'dist', 'main', 'index.js');
const reader = spawnSync(SETPRIV, [...AS_USER, process.execPath, '-e', 'fs.readFileSync(process.argv[1])', entry]);
const skip = reader.status === 0 ? false : `needs root, and a user ${USER} who can read ${ROOT}`;

for (const [name, command] of Object.entries(AZS)) {
  test(`${name} works as root in a container and then as the user, and post leaves nothing`, { skip }, async () => {
    await using world = await World.start();
    const job = await signIn(world);
    const groups = ['group', 'list', '--query', '[].name'];
    const token = ['account', 'get-access-token', '--query', 'tenant', '--resource'];
    const { id: tenant } = world.contoso.tenant;
    assert.match(await job.az('root', command, ...groups), /production-web/);
    assert.equal(await job.az('root', command, ...token, 'https://vault.azure.net'), tenant);
    await job.az('root', command, 'account', 'set', '--subscription', 'Development');
    const files = readdirSync(job.folder, { recursive: true, encoding: 'utf8' });
    const ofRoot = files.filter((file) => lstatSync(join(job.folder, file)).uid === 0);
    assert.notDeepEqual(ofRoot, [], 'az wrote no file as root');

    assert.equal(await job.az(USER, command, ...groups), 'development-web');
    assert.equal(await job.az(USER, command, ...token, 'https://graph.microsoft.com'), tenant);
    await job.az(USER, command, 'account', 'set', '--subscription', 'Production');
    assert.equal(await job.az('root', command, 'account', 'show', '--query', 'name'), 'Production');

    const { result, left } = await job.post();
    assert.deepEqual([result.exitCode, result.errors, result.warnings, left], [0, [], [], []], result.log);
  });
}

test('post reports the path of a folder that root created and the user cannot remove', { skip }, async () => {
  await using world = await World.start();
  const job = await signIn(world);
  const created = join(job.folder, 'cliextensions', 'of-root');
  mkdirSync(created);
  writeFileSync(join(created, 'file'), '');
  try {
    const { result, left } = await job.post();
    assert.deepEqual([result.exitCode, result.errors.length], [0, 1], result.log);
    assert.ok(result.errors[0]?.includes(job.folder), result.log);
    const remaining = ['', '/cliextensions', '/cliextensions/of-root', '/cliextensions/of-root/file'];
    const traces = ['/azure-session.json', '/signed-in.json'];
    const expected = [...remaining, ...traces].map((path) => `${basename(job.folder)}${path}`);
    assert.deepEqual(left.sort(), expected.sort());
  } finally {
    rmSync(join(job.folder, '..', '..'), { recursive: true, force: true });
  }
});
