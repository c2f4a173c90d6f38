/**
 * Containers, without one: the runner is a user without rights, and a step's container, which has RUNNER_TEMP at the same
 * path, runs `az` as root in the session's folder.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite, test } from 'node:test';
import { AZ_NEWEST, AZ_OLDEST } from '../../scripts/clients/clients.ts';
import { ROOT, runProcess, type StepResult } from '../../simulator/job.ts';
import { World } from '../action/world.ts';

/** The runner's user. */
const USER = 'nobody';
const AS_USER = ['setpriv', `--reuid=${USER}`, '--regid=nogroup', '--clear-groups'] as const;
const COMMAND_LIMIT_MS = 90_000;

type Variables = Record<string, string>;

/** A job of a user without rights. */
class UserJob {
  readonly result: StepResult;
  readonly env: Variables;
  readonly #runner: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(result: StepResult, env: Variables, runner: ChildProcess, lines: AsyncIterator<string>) {
    this.result = result;
    this.env = env;
    this.#runner = runner;
    this.#lines = lines;
  }

  static async signIn({ simulator, identity }: World): Promise<UserJob> {
    // The user has to read the certificate of the simulator.
    chmodSync(simulator.folder, 0o755);
    const env = { ...simulator.environment, ...simulator.github.variables };
    const job = JSON.stringify({ env, inputs: { ...identity, subscription: 'Production' } });
    const [command, ...args] = AS_USER;
    const script = join(import.meta.dirname, 'job-as-user.ts');
    const runner = spawn(command, [...args, process.execPath, script, job], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'] ?? '' },
    });
    const lines = createInterface({ input: runner.stdout })[Symbol.asyncIterator]();
    const main = await answer<{ result: StepResult; env: Variables }>(lines);
    assert.equal(main.result.exitCode, 0, main.result.log);
    return new UserJob(main.result, main.env, runner, lines);
  }

  get folder(): string {
    return this.result.outputs['config-dir'] ?? '';
  }

  /** A later step: of the job itself, or of a container. */
  async az(user: 'root' | typeof USER, command: string, ...args: string[]): Promise<string> {
    const [program = '', ...rest] = [...(user === 'root' ? [] : AS_USER), command, ...args, '--output', 'tsv'];
    using home = temporaryHome();
    const env = user === 'root' ? { ...this.env, HOME: home.path } : this.env;
    const { exitCode, stdout, log } = await runProcess(program, rest, env, '/', COMMAND_LIMIT_MS);
    assert.equal(exitCode, 0, log);
    return stdout.trim();
  }

  /** Names of everything in the folder that is root's. */
  get ofRoot(): string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => lstatSync(join(this.folder, name)).uid === 0,
    );
  }

  async post(): Promise<{ result: StepResult; left: string[] }> {
    this.#runner.stdin?.end();
    return answer(this.#lines);
  }
}

const why = refusal();
if (why !== undefined) test('containers', { skip: why });
else
  for (const [name, command] of Object.entries({ 'az 2.45': AZ_OLDEST, 'newest az': AZ_NEWEST })) {
    suite(`${name} in a container`, () => {
      test(`${name} as root, and then as the user again: both are signed in, and post leaves nothing`, async () => {
        await using world = await World.start();
        const job = await UserJob.signIn(world);
        const groups = ['group', 'list', '--query', '[].name'];
        const token = ['account', 'get-access-token', '--query', 'tenant', '--resource'];
        const { id: tenant } = world.contoso.tenant;
        assert.match(await job.az('root', command, ...groups), /production-web/);
        assert.equal(await job.az('root', command, ...token, 'https://vault.azure.net'), tenant);
        await job.az('root', command, 'account', 'set', '--subscription', 'Development');
        assert.notDeepEqual(job.ofRoot, [], 'nothing was tested: az left no file of root');

        assert.equal(await job.az(USER, command, ...groups), 'development-web');
        assert.equal(await job.az(USER, command, ...token, 'https://graph.microsoft.com'), tenant);
        await job.az(USER, command, 'account', 'set', '--subscription', 'Production');
        assert.equal(await job.az('root', command, 'account', 'show', '--query', 'name'), 'Production');

        const { result, left } = await job.post();
        assert.deepEqual([result.exitCode, result.errors, result.warnings, left], [0, [], [], []], result.log);
      });
    });
  }

test('a folder of root’s own making is beyond the user: post says where it is', { skip: why }, async () => {
  await using world = await World.start();
  const job = await UserJob.signIn(world);
  const made = join(job.folder, 'cliextensions', 'of-root');
  mkdirSync(made);
  writeFileSync(join(made, 'file'), '');
  try {
    const { result } = await job.post();
    assert.equal(result.exitCode, 0, result.log);
    assert.equal(result.errors.length, 1, result.log);
    assert.ok(result.errors[0]?.includes(job.folder), result.log);
    assert.deepEqual(readdirSync(job.folder, { recursive: true }).sort(), [
      'cliextensions',
      'cliextensions/of-root',
      'cliextensions/of-root/file',
    ]);
  } finally {
    rmSync(join(job.folder, '..', '..'), { recursive: true, force: true });
  }
});

/** @returns why there is no such user here */
function refusal(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, to be a user without rights and root by turns';
  const [command, ...args] = AS_USER;
  const entry = join(ROOT, 'dist', 'main', 'index.js');
  const reader = spawnSync(command, [...args, process.execPath, '-e', 'fs.readFileSync(process.argv[1])', entry]);
  return reader.status === 0 ? undefined : `the user ${USER} cannot read ${ROOT}`;
}

async function answer<T>(lines: AsyncIterator<string>): Promise<T> {
  const { value } = await lines.next();
  return typeof value === 'string' ? (JSON.parse(value) as T) : assert.fail('the job of the user broke off');
}

function temporaryHome(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'azure-session-home-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
