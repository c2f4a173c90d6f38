import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { type ActionStep, annotations, Job, ROOT, readDefaults, runProcess, type StepResult } from '../job.ts';
import type { Simulator } from '../simulator.ts';
import { interpolate, isMet, type Scalar, type Scope, type Value, WorkflowError, withPlace } from './expression.ts';
import { readFileCommands } from './file-commands.ts';
import { Masks } from './masks.ts';
import {
  type CompositeAction,
  environmentOf,
  type Inputs,
  nameOfStep,
  type RunDefaults,
  type RunStep,
  readAction,
  type Scalars,
  type StepDefinition,
  type StepsJob,
  type Texts,
  valuesOf,
} from './workflow.ts';

/** The machine of all jobs of a run. */
export interface Machine {
  readonly simulator: Simulator;
  /** The folder that a checkout copies. */
  readonly repository: string;
  /** Folders with commands, before those of this machine. A container has only these. */
  readonly path: readonly string[];
  /** Variables of the machine, such as the address of its metadata service. */
  readonly variables: Texts;
  /** Actions, by `owner/name`, that have nothing to do, since `path` has the tools that they set up. */
  readonly setUp: readonly string[];
  /** For actions, shells and workflows that this runner does not have. */
  readonly unknown: 'fail' | 'skip';
}

interface JobPlan {
  readonly definition: StepsJob;
  readonly name: string;
  readonly defaults: RunDefaults;
  /** `github`, `vars`, `secrets`, `inputs`, `needs`, `matrix`. */
  readonly contexts: Scope['contexts'];
  readonly secrets: Texts;
  readonly idToken: 'granted' | 'none';
  /** `env` of the workflow and the job, and GITHUB_ variables. */
  readonly env: Texts;
}

export type Result = 'success' | 'failure' | 'skipped' | 'cancelled';

/** The output of a step, or of all steps of a job, masked. */
interface Output {
  readonly log: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly summary: string;
}

interface Report extends Output {
  readonly name: string;
  readonly result: Result;
  /** A failure that `continue-on-error` allows. */
  readonly tolerated: boolean;
  readonly outputs: Texts;
}

export interface JobReport extends Report {
  readonly id: string;
  readonly steps: readonly StepReport[];
  /** Outputs that GitHub would drop, since they contain a secret. */
  readonly droppedOutputs: readonly string[];
  /** The files in RUNNER_TEMP after the last post step. */
  readonly left: readonly string[];
}

interface StepReport extends Report {
  readonly phase: 'main' | 'post';
  readonly result: 'success' | 'failure' | 'skipped';
}

/**
 * Runs the steps of a job, and then always their post steps. A `container` job runs on this machine as if its image were
 * empty: with another home folder, only the commands in `path`, and `sh` as its shell.
 */
export async function runJob(plan: JobPlan, machine: Machine): Promise<JobReport> {
  const { github } = machine.simulator;
  const before = github.environment;
  github.environment = interpolate(environmentOf(plan.definition), { contexts: plan.contexts, status: 'success' });
  github.requestToken = crypto.randomUUID();
  github.jobState = 'in-progress';
  using job = new Job(variables(plan, machine));
  if (plan.definition.container !== undefined) {
    job.env['HOME'] = join(job.folder, 'github', 'home');
    mkdirSync(job.env['HOME'], { recursive: true });
  }
  try {
    return await new JobRun(plan, machine, job).run();
  } finally {
    github.jobState = 'completed';
    github.environment = before;
  }
}

function variables({ definition, env, idToken }: JobPlan, { simulator, path, variables: ofMachine }: Machine): Texts {
  const machinePath = definition.container !== undefined ? [] : [process.env['PATH'] ?? ''];
  return {
    ...simulator.environment,
    ...ofMachine,
    PATH: [...path, ...machinePath].join(delimiter),
    CI: 'true',
    ...(idToken === 'granted' ? simulator.github.variables : {}),
    ...env,
  };
}

/** A step with `uses`, its expressions evaluated. */
interface Use {
  readonly uses: string;
  readonly with: Texts;
}

/** The steps of a job or of a composite action, with their state. */
interface Frame {
  readonly steps: readonly StepDefinition[];
  readonly contexts: Scope['contexts'];
  readonly defaults: RunDefaults;
  readonly env: Texts;
  readonly outcomes: Record<string, { outputs: Texts; outcome: string; conclusion: string }>;
  status: 'success' | 'failure';
}

class JobRun {
  readonly #plan: JobPlan;
  readonly #machine: Machine;
  readonly #job: Job;
  readonly #masks: Masks;
  readonly #started: { readonly name: string; readonly action: ActionStep }[] = [];
  readonly #frame: Frame;
  /** The variables that steps exported, for the context `env`. */
  readonly #exported: Record<string, string> = {};

  constructor(plan: JobPlan, machine: Machine, job: Job) {
    this.#plan = plan;
    this.#machine = machine;
    this.#job = job;
    this.#masks = new Masks(Object.values(plan.secrets));
    const { steps } = plan.definition;
    const github = { ...(plan.contexts['github'] as object), workspace: job.workspace };
    const runner = { os: 'Linux', arch: 'X64', name: 'simulated', temp: job.temp, environment: 'self-hosted' };
    const contexts = { ...plan.contexts, github, runner };
    this.#frame = { steps, defaults: plan.defaults, contexts, env: {}, outcomes: {}, status: 'success' };
  }

  async run(): Promise<JobReport> {
    const reports = await this.#steps(this.#frame);
    for (const { name, action } of this.#started.reverse()) {
      const post = await action.post();
      reports.push(this.#report(`Post ${name}`, 'post', { ...post, outputs: {} }));
      if (post.exitCode !== 0) this.#frame.status = 'failure';
    }
    return {
      id: this.#plan.definition.id,
      name: this.#plan.name,
      result: this.#frame.status,
      tolerated: false,
      steps: reports,
      ...this.#outputs(),
      ...combined(reports),
      left: readdirSync(this.#job.temp),
    };
  }

  async #steps(frame: Frame): Promise<StepReport[]> {
    const reports: StepReport[] = [];
    for (const step of frame.steps) {
      const report = await this.#step(step, frame).catch((error: unknown) => {
        throw withPlace(error, step.place);
      });
      const tolerated = report.result === 'failure' && isTrue(step['continue-on-error'], this.#scope(frame));
      const conclusion = tolerated ? 'success' : report.result;
      reports.push({ ...report, tolerated });
      frame.outcomes[step.id] = { outputs: report.outputs, outcome: report.result, conclusion };
      if (conclusion === 'failure') frame.status = 'failure';
    }
    return reports;
  }

  /** GitHub drops outputs that contain a secret, since the next job might print them. */
  #outputs(): Pick<JobReport, 'outputs' | 'droppedOutputs'> {
    const all = Object.entries(this.#plan.definition.outputs ?? {}).map(([name, template]) => {
      return [name, interpolate(template, this.#scope(this.#frame))] as const;
    });
    const isSecret = ([, value]: readonly [string, string]): boolean => this.#masks.includes(value);
    const outputs = Object.fromEntries(all.filter((one) => !isSecret(one)));
    return { outputs, droppedOutputs: all.filter(isSecret).map(([name]) => name) };
  }

  #scope({ contexts, env: frameEnv, outcomes, status }: Frame, stepEnv: Texts = {}): Scope {
    const env = { ...this.#plan.env, ...this.#exported, ...frameEnv, ...stepEnv };
    return { contexts: { ...contexts, env, job: { status }, steps: outcomes as Value }, status };
  }

  async #step(step: StepDefinition, frame: Frame): Promise<StepReport> {
    const env = { ...frame.env, ...interpolateAll(step.env, this.#scope(frame)) };
    const scope = this.#scope(frame, env);
    if (!isMet(step.if, scope)) return { ...EMPTY, name: nameOfStep(step), phase: 'main', result: 'skipped' };
    const name = interpolate(nameOfStep(step), scope);
    return step.uses === undefined
      ? await this.#run(name, step, env, frame)
      : await this.#use(name, { uses: step.uses, with: interpolateAll(step.with, scope) }, env, frame);
  }

  async #use(name: string, step: Use, env: Record<string, string>, frame: Frame): Promise<StepReport> {
    if (step.uses.startsWith('./')) {
      const action = this.#local(step.uses);
      if (typeof action !== 'string') return await this.#composite(name, { step, action, env, frame });
      if (step.uses === './') return await this.#signIn(name, step, env);
      if (step.uses === './logout') return await this.#signOut(name, step, env);
      return this.#unknown(name, `${step.uses}, which runs with ${action}`);
    }
    const [action = '', version] = step.uses.split('@');
    if (THIS_ACTION.test(action)) return await this.#signIn(name, step, env);
    if (SIGN_OUT.test(action)) return await this.#signOut(name, step, env);
    if (action.startsWith('docker://')) return this.#unknown(name, action);
    if (version === undefined) throw new WorkflowError(`${step.uses} has no version.`);
    if (action === 'actions/checkout') return this.#checkOut(name, step);
    if (!this.#machine.setUp.includes(action)) return this.#unknown(name, action);
    return { ...EMPTY, name, phase: 'main', result: 'success' };
  }

  #unknown(name: string, what: string): StepReport {
    const log = `This runner does not have ${what}.`;
    if (this.#machine.unknown === 'fail') throw new WorkflowError(log);
    return { ...EMPTY, name, phase: 'main', result: 'skipped', log: `${log}\n` };
  }

  #checkOut(name: string, step: Use): StepReport {
    const others = Object.keys(step.with).filter((input) => !CHECKOUT_INPUTS.includes(input));
    if (others.length > 0 && this.#machine.unknown === 'fail') {
      throw new WorkflowError(`This runner does not check out with ${others.join(', ')}.`);
    }
    cpSync(this.#machine.repository, this.#job.workspace, { recursive: true });
    const log = others.length > 0 ? `This runner checks out without ${others.join(', ')}.\n` : '';
    return { ...EMPTY, name, phase: 'main', result: 'success', log };
  }

  #local(uses: string): CompositeAction | string {
    const folder = join(this.#job.workspace, uses);
    const file = ['action.yml', 'action.yaml'].map((name) => join(folder, name)).find((name) => existsSync(name));
    if (file === undefined) {
      throw new WorkflowError(`Can't find 'action.yml' in ${uses}. Did the job run actions/checkout?`);
    }
    return readAction(file, uses);
  }

  async #composite(
    name: string,
    { step, action, env, frame }: { step: Use; action: CompositeAction; env: Texts; frame: Frame },
  ): Promise<StepReport> {
    const inputs = inputsOf(action.inputs, step.with, step.uses);
    const { contexts, defaults } = frame;
    const path = join(this.#job.workspace, step.uses);
    const inner: Frame = {
      steps: action.steps,
      contexts: { ...contexts, inputs, github: { ...(contexts['github'] as object), action_path: path } },
      defaults: { ...defaults, 'working-directory': '' },
      env: { ...env, GITHUB_ACTION_PATH: path },
      outcomes: {},
      status: 'success',
    };
    const reports = await this.#steps(inner);
    const outputs = interpolateAll(valuesOf(action.outputs), this.#scope(inner));
    return { name, phase: 'main', result: inner.status, tolerated: false, outputs, ...combined(reports) };
  }

  async #signIn(name: string, step: Use, env: Record<string, string>): Promise<StepReport> {
    const unexpected = this.#unexpected(step, 'action.yml');
    const action = await this.#job.step({ inputs: step.with, env });
    this.#started.push({ name, action });
    Object.assign(this.#exported, action.result.exported);
    const instead = step.uses.startsWith('azure/') ? `This action runs instead of ${step.uses}.\n` : '';
    return this.#report(name, 'main', { ...action.result, log: unexpected + instead + action.result.log });
  }

  async #signOut(name: string, step: Use, env: Record<string, string>): Promise<StepReport> {
    const unexpected = this.#unexpected(step, 'logout/action.yml');
    const result = await this.#job.logOut({ inputs: step.with, env });
    Object.assign(this.#exported, result.exported);
    return this.#report(name, 'main', { ...result, log: unexpected + result.log });
  }

  /**
   * GitHub passes on an input that the action does not declare, with a warning. In a test it is an error.
   * Source: actions/runner, `ActionRunner.cs`.
   */
  #unexpected(step: Use, file: 'action.yml' | 'logout/action.yml'): string {
    const declared = Object.keys(readDefaults(readFileSync(join(ROOT, file), 'utf8')));
    const known = declared.map((name) => name.toLowerCase());
    const unknown = Object.keys(step.with).filter((input) => !known.includes(input.toLowerCase()));
    if (unknown.length === 0) return '';
    if (this.#machine.unknown === 'fail') throw new WorkflowError(`The action has no input ${unknown.join(', ')}.`);
    const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
    return `::warning::Unexpected input(s) ${quoted(unknown)}, valid inputs are [${quoted(declared)}]\n`;
  }

  async #run(name: string, step: RunStep, env: Record<string, string>, frame: Frame): Promise<StepReport> {
    const scope = this.#scope(frame, env);
    const { shell: template, 'working-directory': folder = '' } = { ...frame.defaults, ...step };
    const shellName = interpolate(template, scope);
    const [shell = '', ...flags] = this.#shell(shellName);
    const folders = shell.includes('/') ? ['/'] : (this.#job.env['PATH'] ?? '').split(delimiter);
    const exists = folders.some((folder) => [shell, `${shell}.exe`].some((name) => existsSync(join(folder, name))));
    if (flags.length === 0 || !exists) return this.#unknown(name, `the shell ${shellName || shell}`);
    const script = join(this.#job.folder, `${crypto.randomUUID()}${shell === 'pwsh' ? '.ps1' : '.sh'}`);
    writeFileSync(script, interpolate(step.run, scope));
    const files = Object.fromEntries(COMMAND_FILES.map((file) => [file, `${script}-${file}`]));
    for (const file of Object.values(files)) writeFileSync(file, '');
    const variables = { ...this.#job.env, ...env, ...files };
    const cwd = resolve(this.#job.workspace, interpolate(folder, scope));
    if (!existsSync(cwd)) throw new WorkflowError(`The workspace has no folder ${folder}.`);
    const args = flags.map((flag) => flag.replaceAll('{0}', script));
    const result = await runProcess(shell, args, variables, cwd, 120_000);
    const exported = readFileCommands(files['GITHUB_ENV'] ?? '');
    Object.assign(this.#job.env, exported);
    Object.assign(this.#exported, exported);
    const path = readFileSync(files['GITHUB_PATH'] ?? '', 'utf8')
      .split('\n')
      .filter(Boolean)
      .reverse();
    this.#job.env['PATH'] = [...path, this.#job.env['PATH']].join(delimiter);
    const summary = readFileSync(files['GITHUB_STEP_SUMMARY'] ?? '', 'utf8');
    return this.#report(name, 'main', { ...result, summary, outputs: readFileCommands(files['GITHUB_OUTPUT'] ?? '') });
  }

  #shell(shell: string): readonly string[] {
    const fallback = this.#plan.definition.container !== undefined ? '/bin/sh -e {0}' : 'bash -e {0}';
    const command = shell === '' ? fallback : (SHELLS[shell] ?? shell);
    return command.includes('{0}') ? command.split(' ') : [];
  }

  #report(
    name: string,
    phase: StepReport['phase'],
    { exitCode, log, outputs, summary }: Pick<StepResult, 'exitCode' | 'log' | 'outputs' | 'summary'>,
  ): StepReport {
    for (const mask of annotations(log).masks) this.#masks.add(mask);
    const masked = this.#masks.hide(log.replaceAll(/^::add-mask::.*\n?/gm, ''));
    return {
      name: this.#masks.hide(name),
      phase,
      result: exitCode === 0 ? 'success' : 'failure',
      tolerated: false,
      outputs,
      log: masked,
      ...annotations(masked),
      summary: this.#masks.hide(summary),
    };
  }
}

function combined(reports: readonly StepReport[]): Output {
  return {
    log: reports.map(({ log }) => log).join(''),
    summary: reports.map(({ summary }) => summary).join(''),
    errors: reports.flatMap(({ errors }) => errors),
    warnings: reports.flatMap(({ warnings }) => warnings),
  };
}

export const EMPTY = {
  tolerated: false,
  outputs: {},
  log: '',
  errors: [],
  warnings: [],
  summary: '',
} as const;

/** In any repository, and `azure/login`, which has the same inputs. */
const THIS_ACTION = /^(?:[\w.-]+\/azure-session|azure\/login)$/i;
const SIGN_OUT = /^[\w.-]+\/azure-session\/logout$/i;

/** Inputs of `actions/checkout` that have no effect here. */
const CHECKOUT_INPUTS = ['persist-credentials', 'fetch-depth'];

const SHELLS: Texts = {
  bash: 'bash --noprofile --norc -eo pipefail {0}',
  sh: 'sh -e {0}',
  python: 'python3 {0}',
  pwsh: 'pwsh -NoLogo -NonInteractive -File {0}',
};

const COMMAND_FILES = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'];

/** @throws {WorkflowError} for an undeclared input, and for a missing one */
export function inputsOf(inputs: Inputs | undefined, values: Texts, file: string): { readonly [name: string]: Value } {
  const declared = Object.entries(inputs ?? {});
  const unknown = Object.keys(values).filter((name) => !(name in (inputs ?? {})));
  const missing = declared.flatMap(([name, input]) => {
    return input?.required === true && input.default === undefined && !(name in values) ? [name] : [];
  });
  if (unknown.length > 0) throw new WorkflowError(`${file} has no input ${unknown.join(', ')}.`);
  if (missing.length > 0) throw new WorkflowError(`${file} needs the input ${missing.join(', ')}.`);
  return Object.fromEntries(
    declared.map(([name, input]) => {
      const value = values[name] ?? String(input?.default ?? '');
      const type = input?.type;
      return [name, type === 'boolean' ? value === 'true' : type === 'number' ? Number(value) : value];
    }),
  );
}

export function interpolateAll(scalars: Scalars = {}, scope: Scope): Record<string, string> {
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, interpolate(value, scope)]));
}

/** For a key with a boolean or an expression. */
export function isTrue(template: Scalar | undefined, scope: Scope): boolean {
  return interpolate(template, scope) === 'true';
}
