import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

type Variables = Record<string, string>;

/** The runner's names of the systems. */
const RUNNER_OS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'macOS', win32: 'Windows' };

/** The result of one run of an entry, as the runner sees it. */
export interface StepResult extends CommandResult {
  readonly errors: string[];
  readonly warnings: string[];
  readonly notices: string[];
  readonly masks: string[];
  readonly outputs: Variables;
  /** The variables in GITHUB_ENV. */
  readonly exported: Variables;
  readonly summary: string;
}

export interface StepOptions {
  readonly inputs?: Variables;
  /** `env:` of the step. */
  readonly env?: Variables;
  /** Ends the process, as the cancellation of a job does, once this returns `true`. */
  readonly cancelWhen?: () => boolean;
}

/**
 * A job without a runner: folders, command files, and the variables that a step exports to the next ones. Runs the
 * unmodified built action in child processes.
 */
export class Job {
  /** Resolved, since the temporary folder of macOS is behind a link. */
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'azure-session-job-')));
  readonly temp = join(this.folder, '_temp');
  readonly home = join(this.folder, 'home');
  readonly workspace = join(this.folder, 'work');
  /** The variables of every step, to which steps add their exports. */
  readonly env: Variables;
  #steps = 0;
  static #runs = 1;

  constructor(env: Variables = {}) {
    for (const folder of [this.temp, this.home, this.workspace]) mkdirSync(folder);
    this.env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      ...(process.platform === 'win32' ? { USERPROFILE: this.home } : {}),
      RUNNER_TEMP: this.temp,
      RUNNER_OS: RUNNER_OS[process.platform] ?? 'Linux',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: this.workspace,
      GITHUB_REPOSITORY: 'octo-org/octo-repo',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_ACTOR: 'octocat',
      GITHUB_RUN_ID: String(Job.#runs++),
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_JOB: 'deploy',
      RUNNER_NAME: 'simulated',
      ...env,
    };
  }

  /** A step `uses: azure-session`. The caller runs its post with `step.post()`. */
  async step(options: StepOptions): Promise<ActionStep> {
    const step = new ActionStep(this, this.#steps++, options);
    await step.main();
    return step;
  }

  /** A step `uses: azure-session/logout`. */
  logOut(options: StepOptions = {}): Promise<StepResult> {
    return new ActionStep(this, this.#steps++, options).logOut();
  }

  /** Runs a command as a later step would, with the job's variables. */
  run(command: string, args: readonly string[], env: Variables = {}, timeout = 60_000): Promise<CommandResult> {
    return runProcess(command, args, { ...this.env, ...env }, this.workspace, timeout);
  }

  [Symbol.dispose](): void {
    // Windows cannot remove the working directory of a process.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** What post sets instead of a blank, which would break clients; the runner cannot unset a variable. */
export function leftBehind(job: Job): Record<string, string> {
  return {
    AZURE_CONFIG_DIR: join(job.home, '.azure'),
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
    AZURE_TOKEN_CREDENTIALS: 'prod',
    ANSIBLE_AZURE_AUTH_SOURCE: 'auto',
  };
}

/** One step of the action: a run of main, and any number of runs of post with the state that main saved. */
export class ActionStep {
  result!: StepResult;
  readonly job: Job;
  readonly #number: number;
  readonly #options: StepOptions;
  state: Variables = {};

  constructor(job: Job, number: number, options: StepOptions) {
    this.job = job;
    this.#number = number;
    this.#options = options;
  }

  async main(): Promise<void> {
    this.result = await this.#entry('main');
  }

  post(env: Variables = {}): Promise<StepResult> {
    return this.#entry('post', env);
  }

  logOut(): Promise<StepResult> {
    return this.#entry('logout');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.post();
  }

  async #entry(entry: Entry, env: Variables = {}): Promise<StepResult> {
    const { inputs = {}, env: stepEnv = {}, cancelWhen } = this.#options;
    const files = commandFiles(join(this.job.folder, `step-${this.#number}-${entry}-${crypto.randomUUID()}`));
    const variables = { ...this.job.env, ...stepEnv, ...entryVariables(entry, inputs, this.state), ...files, ...env };
    const cancel = entry === 'main' ? cancelWhen : undefined;
    const script = join(ROOT, 'dist', entry, 'index.js');
    const result = await runProcess(process.execPath, [script], variables, this.job.workspace, 60_000, cancel);
    this.state = { ...this.state, ...readCommands(files['GITHUB_STATE'] ?? '') };
    const exported = readCommands(files['GITHUB_ENV'] ?? '');
    Object.assign(this.job.env, exported);
    return {
      ...result,
      ...annotations(result.log),
      outputs: readCommands(files['GITHUB_OUTPUT'] ?? ''),
      exported,
      summary: readFileSync(files['GITHUB_STEP_SUMMARY'] ?? '', 'utf8'),
    };
  }
}

type Entry = 'main' | 'post' | 'logout';

/** The variables that the runner derives from inputs and state. Inputs that a workflow omits have their defaults. */
export function entryVariables(entry: Entry, inputs: Variables, state: Variables): Variables {
  const all = { ...(entry === 'logout' ? {} : DEFAULTS), ...inputs };
  return Object.fromEntries([
    ...Object.entries(all).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
    ...Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]),
  ]);
}

const DEFAULTS: Variables = readDefaults(readFileSync(join(ROOT, 'action.yml'), 'utf8'));

/** Reads only the subset of YAML in `action.yml`; a test compares that file with the table of inputs. */
export function readDefaults(yaml: string): Variables {
  const section = /\ninputs:\n([\s\S]*?)\n(?=\S)/.exec(yaml)?.[1] ?? '';
  const inputs = section.matchAll(/^ {2}(\S+):\n((?: {4}.*\n?)*)/gm);
  return Object.fromEntries(
    [...inputs].map(([, name = '', body = '']) => [
      name,
      (/^ {4}default: *(.*)$/m.exec(body)?.[1] ?? '').trim().replace(/^(['"])(.*)\1$/, '$2'),
    ]),
  );
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams. */
  readonly log: string;
  readonly milliseconds: number;
}

/**
 * Runs a process without standard input. Ends it after the timeout, or once `cancelWhen` returns `true`. Starts it a
 * second time after the error `UNKNOWN`, which a start under Wine has had once, without a reason.
 */
export async function runProcess(...parameters: Parameters<typeof runProcessOnce>): Promise<CommandResult> {
  try {
    return await runProcessOnce(...parameters);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'UNKNOWN') throw error;
    return runProcessOnce(...parameters);
  }
}

function runProcessOnce(
  command: string,
  args: readonly string[],
  env: Readonly<Variables>,
  cwd: string,
  timeout: number,
  cancelWhen?: () => boolean,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let milliseconds = 0;
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout });
    const printed = { stdout: '', stderr: '', log: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        printed[stream] += text;
        printed.log += text;
      });
    }
    const poll = cancelWhen && setInterval(() => cancelWhen() && child.kill(), POLL_MS);
    child.once('error', (error) => {
      clearInterval(poll);
      reject(error);
    });
    child.once('exit', () => {
      milliseconds = performance.now() - started;
    });
    child.once('close', (exitCode, signal) => {
      clearInterval(poll);
      resolve({ exitCode, signal, ...printed, milliseconds });
    });
  });
}

/** @throws with the end of the log if the command fails */
export async function runSuccessfully(...parameters: Parameters<typeof runProcess>): Promise<CommandResult> {
  const [command, args] = parameters;
  const result = await runProcess(...parameters);
  if (result.exitCode === 0) return result;
  const end = result.log.trim().split('\n').slice(-5).join('\n');
  throw new Error(`${command} ${args[0] ?? ''} ended with ${result.exitCode ?? result.signal}:\n${end}`);
}

const POLL_MS = 20;

function commandFiles(prefix: string): Variables {
  const names = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'];
  return Object.fromEntries(
    names.map((name) => {
      const file = `${prefix}-${name}`;
      writeFileSync(file, '');
      return [name, file];
    }),
  );
}

/** Reads a command file as strictly as the runner. Lines may end with CRLF. */
export function readCommands(file: string): Variables {
  const text = readFileSync(file, 'utf8');
  const command = /([^=\r\n]+?)<<([^\r\n]+)\r?\n(?:([\s\S]*?)\r?\n)?\2\r?\n/y;
  const values: Variables = {};
  while (command.lastIndex < text.length) {
    const from = command.lastIndex;
    const [, name, , value = ''] = command.exec(text) ?? [];
    if (name === undefined) throw new Error(`Not a command: ${text.slice(from)}`);
    values[name] = value;
  }
  return values;
}

/** The data of one workflow command in a log, with or without properties. */
function dataOf(command: string, log: string): string[] {
  const lines = log.matchAll(new RegExp(`^::${command}(?: [^\\n]*?)?::(.*)$`, 'gm'));
  return [...lines].map(([, data = '']) => unescapeData(data));
}

export function unescapeData(data: string): string {
  return data.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}

export function annotations(log: string): Pick<StepResult, 'errors' | 'warnings' | 'notices' | 'masks'> {
  return {
    errors: dataOf('error', log),
    warnings: dataOf('warning', log),
    notices: dataOf('notice', log),
    masks: dataOf('add-mask', log),
  };
}
