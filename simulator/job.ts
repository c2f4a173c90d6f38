import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

type Variables = Record<string, string>;

/** What the runner calls the systems. */
const RUNNER_OS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'macOS', win32: 'Windows' };

/** What one run of an entry did, as the runner sees it. */
export interface StepResult extends CommandResult {
  readonly errors: string[];
  readonly warnings: string[];
  readonly notices: string[];
  readonly masks: string[];
  readonly outputs: Variables;
  /** What it wrote to GITHUB_ENV. */
  readonly exported: Variables;
  readonly summary: string;
}

export interface StepOptions {
  readonly inputs?: Variables;
  /** Of this step alone, as `env:` of a step. */
  readonly env?: Variables;
  /** Ends the process as a cancelled job does, once this is so. */
  readonly cancelWhen?: () => boolean;
}

/**
 * A job on a runner, without the runner: folders, command files, and the variables that one step leaves for the next.
 * It runs the built action, unmodified, in processes of its own.
 */
export class Job {
  /** Without links: macOS has one on the way to its temporary folder. */
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'azure-session-job-')));
  readonly temp = join(this.folder, '_temp');
  readonly home = join(this.folder, 'home');
  readonly workspace = join(this.folder, 'work');
  /** What every step of the job sees; grows by what steps export. */
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

  /** A step `uses: azure-session`; its post is to be run by `step.post()`, as often as the test likes. */
  async step(options: StepOptions): Promise<ActionStep> {
    const step = new ActionStep(this, this.#steps++, options);
    await step.main();
    return step;
  }

  /** A step `uses: azure-session/logout`, which has no post. */
  logOut(options: StepOptions = {}): Promise<StepResult> {
    return new ActionStep(this, this.#steps++, options).logOut();
  }

  /** Runs a command as a later step: with the job's variables and no standard input. */
  run(command: string, args: readonly string[], env: Variables = {}, timeout = 60_000): Promise<CommandResult> {
    return runProcess(command, args, { ...this.env, ...env }, this.workspace, timeout);
  }

  [Symbol.dispose](): void {
    // On Windows no folder goes away in which a process still works.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** What post leaves in variables that had no value: the runner cannot remove one, and these must not be blank. */
export function leftBehind(job: Job): Record<string, string> {
  return {
    AZURE_CONFIG_DIR: join(job.home, '.azure'),
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
    AZURE_TOKEN_CREDENTIALS: 'prod',
    ANSIBLE_AZURE_AUTH_SOURCE: 'auto',
  };
}

/** One step of the action: a main run and any number of post runs, which see the state that main saved. */
export class ActionStep {
  result!: StepResult;
  readonly #job: Job;
  readonly #number: number;
  readonly #options: StepOptions;
  state: Variables = {};

  constructor(job: Job, number: number, options: StepOptions) {
    this.#job = job;
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

  /** A step that is declared by `await using` signs out with its scope, as at the end of its job. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.post();
  }

  async #entry(entry: Entry, env: Variables = {}): Promise<StepResult> {
    const { inputs = {}, env: stepEnv = {}, cancelWhen } = this.#options;
    const files = commandFiles(join(this.#job.folder, `step-${this.#number}-${entry}-${crypto.randomUUID()}`));
    const variables = { ...this.#job.env, ...stepEnv, ...entryVariables(entry, inputs, this.state), ...files, ...env };
    const cancel = entry === 'main' ? cancelWhen : undefined;
    const script = join(ROOT, 'dist', entry, 'index.js');
    const result = await runProcess(process.execPath, [script], variables, this.#job.workspace, 60_000, cancel);
    this.state = { ...this.state, ...readCommands(files['GITHUB_STATE'] ?? '') };
    const exported = readCommands(files['GITHUB_ENV'] ?? '');
    Object.assign(this.#job.env, exported);
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

/** As the runner has it: every input set, those that the workflow leaves out to the defaults of `action.yml`. */
export function entryVariables(entry: Entry, inputs: Variables, state: Variables): Variables {
  const given = { ...(entry === 'logout' ? {} : DEFAULTS), ...inputs };
  return Object.fromEntries([
    ...Object.entries(given).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
    ...Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]),
  ]);
}

/** The defaults of `action.yml`, which the runner puts in where a workflow gives no value. */
const DEFAULTS: Variables = readDefaults(readFileSync(join(ROOT, 'action.yml'), 'utf8'));

/** The few shapes of YAML that `action.yml` keeps to; a test compares that file with the table of inputs. */
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
  /** Everything the process printed, both streams. */
  readonly log: string;
  /** From before it was started to its end. */
  readonly milliseconds: number;
}

/** Runs a process without standard input and collects what it prints; ends it when it takes too long, or is to be ended. */
export function runProcess(
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
    const look = cancelWhen && setInterval(() => cancelWhen() && child.kill(), LOOK_MS);
    child.once('error', (error) => {
      clearInterval(look);
      reject(error);
    });
    child.once('exit', () => {
      milliseconds = performance.now() - started;
    });
    child.once('close', (exitCode, signal) => {
      clearInterval(look);
      resolve({ exitCode, signal, ...printed, milliseconds });
    });
  });
}

/** Runs a command that must succeed. @throws with the end of what it printed when it does not */
export async function runSuccessfully(
  ...[command, args, ...rest]: Parameters<typeof runProcess>
): Promise<CommandResult> {
  const result = await runProcess(command, args, ...rest);
  if (result.exitCode === 0) return result;
  const end = result.log.trim().split('\n').slice(-5).join('\n');
  throw new Error(`${command} ${args[0] ?? ''} ended with ${result.exitCode ?? result.signal}:\n${end}`);
}

const LOOK_MS = 20;

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

/** Reads a command file as the runner does, and is as strict. Lines may end as those of Windows do. */
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

/** The texts of one workflow command in a log, with or without properties. */
function textsOf(command: string, log: string): string[] {
  return [...log.matchAll(new RegExp(`^::${command}(?: [^\\n]*?)?::(.*)$`, 'gm'))].map(([, data = '']) =>
    unescaped(data),
  );
}

/** What the text of a workflow command says. */
export function unescaped(data: string): string {
  return data.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}

export function annotations(log: string): Pick<StepResult, 'errors' | 'warnings' | 'notices' | 'masks'> {
  const [errors = [], warnings = [], notices = [], masks = []] = ['error', 'warning', 'notice', 'add-mask'].map(
    (command) => textsOf(command, log),
  );
  return { errors, warnings, notices, masks };
}
