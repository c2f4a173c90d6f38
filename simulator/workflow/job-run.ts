import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type ActionStep, Job, ROOT, readDefaults, runProcess } from '../job.ts';
import type { Simulator } from '../simulator.ts';
import { holds, interpolate, type Scope, type Value, WorkflowError } from './expression.ts';
import { readFileCommands } from './file-commands.ts';
import { Masks } from './masks.ts';
import type { RunStep, StepDefinition, StepsJob, Texts, UsesStep } from './workflow.ts';

/** What the jobs of a run have in common. */
export interface Machine {
  readonly simulator: Simulator;
  /** The repository that a checkout gives. */
  readonly repository: string;
  /** Folders with commands, before those of this machine; in a container there are no others. */
  readonly path: readonly string[];
  /** Variables of the machine itself, such as those by which it finds its managed identity. */
  readonly variables: Texts;
  /** Actions whose work is done: what they would set up is in `path`. By `owner/name`. */
  readonly setUp: readonly string[];
}

export interface JobPlan {
  readonly definition: StepsJob;
  readonly name: string;
  /** `github`, `vars`, `secrets`, `inputs`, `needs`, `matrix`. */
  readonly contexts: Scope['contexts'];
  readonly secrets: Texts;
  readonly idToken: 'granted' | 'none';
  /** Of the job: what the workflow and the job set, and GITHUB_… . */
  readonly env: Texts;
}

export type Result = 'success' | 'failure' | 'skipped' | 'cancelled';

export interface JobReport {
  readonly id: string;
  readonly name: string;
  readonly result: Result;
  readonly steps: readonly StepReport[];
  readonly outputs: Texts;
  /** Outputs that GitHub would not hand on, since they contain a secret. */
  readonly droppedOutputs: readonly string[];
  /** What all steps printed, masked. */
  readonly log: string;
  /** What was still in RUNNER_TEMP when the last post step was done. */
  readonly left: readonly string[];
}

export interface StepReport {
  readonly name: string;
  readonly phase: 'main' | 'post';
  readonly result: 'success' | 'failure' | 'skipped';
  readonly outputs: Texts;
  readonly log: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly notices: readonly string[];
}

/**
 * Runs the steps of a job, and then the post steps of those that began, whatever became of the job.
 *
 * A `container` job runs on this machine too, but it sees of it what it would see in a container of an image that has
 * nothing: a home folder that is not the user's, no command but those in `path`, and `sh` as its shell.
 */
export async function runJob(plan: JobPlan, machine: Machine): Promise<JobReport> {
  const { github } = machine.simulator;
  const before = github.environment;
  github.environment = interpolate(plan.definition.environment, { contexts: plan.contexts, status: 'success' });
  github.requestToken = crypto.randomUUID();
  github.jobState = 'in-progress';
  using job = new Job(variables(plan, machine));
  if (plan.definition.place === 'container') moveHome(job);
  try {
    return await new JobRun(plan, machine, job).run();
  } finally {
    github.jobState = 'completed';
    github.environment = before;
  }
}

function variables({ definition, env, idToken }: JobPlan, { simulator, path, variables: own }: Machine): Texts {
  const machinePath = definition.place === 'container' ? [] : [process.env['PATH'] ?? ''];
  return {
    ...simulator.environment,
    ...own,
    PATH: [...path, ...machinePath].join(delimiter),
    CI: 'true',
    ...(idToken === 'granted' ? simulator.github.variables : {}),
    ...env,
  };
}

function moveHome(job: Job): void {
  const home = join(job.folder, 'github', 'home');
  mkdirSync(home, { recursive: true });
  job.env['HOME'] = home;
}

class JobRun {
  readonly #plan: JobPlan;
  readonly #machine: Machine;
  readonly #job: Job;
  readonly #masks: Masks;
  readonly #reports: StepReport[] = [];
  readonly #outcomes: Record<string, { outputs: Texts; outcome: string; conclusion: string }> = {};
  readonly #begun: { readonly name: string; readonly action: ActionStep }[] = [];
  #status: 'success' | 'failure' = 'success';

  constructor(plan: JobPlan, machine: Machine, job: Job) {
    this.#plan = plan;
    this.#machine = machine;
    this.#job = job;
    this.#masks = new Masks(Object.values(plan.secrets));
  }

  async run(): Promise<JobReport> {
    for (const step of this.#plan.definition.steps) {
      const report = await this.#step(step);
      this.#reports.push(report);
      this.#outcomes[step.id] = { outputs: report.outputs, outcome: report.result, conclusion: report.result };
      if (report.result === 'failure') this.#status = 'failure';
    }
    for (const { name, action } of this.#begun.reverse()) {
      const post = await action.post();
      this.#reports.push(this.#report(`Post ${name}`, 'post', { ...post, outputs: {} }));
      if (post.exitCode !== 0) this.#status = 'failure';
    }
    return { ...this.#outputs(), ...this.#summary() };
  }

  #summary(): Omit<JobReport, 'outputs' | 'droppedOutputs'> {
    return {
      id: this.#plan.definition.id,
      name: this.#plan.name,
      result: this.#status,
      steps: this.#reports,
      log: this.#reports.map(({ log }) => log).join(''),
      left: readdirSync(this.#job.temp),
    };
  }

  /** GitHub hands no output on that contains a secret: the next job might print it. */
  #outputs(): Pick<JobReport, 'outputs' | 'droppedOutputs'> {
    const all = Object.entries(this.#plan.definition.outputs).map(([name, template]) => {
      return [name, interpolate(template, this.#scope())] as const;
    });
    const [secret, open] = [true, false].map((kind) => all.filter(([, value]) => this.#masks.touch(value) === kind));
    return { outputs: Object.fromEntries(open ?? []), droppedOutputs: (secret ?? []).map(([name]) => name) };
  }

  #scope(): Scope {
    return { contexts: { ...this.#plan.contexts, steps: this.#outcomes as Value }, status: this.#status };
  }

  async #step(step: StepDefinition): Promise<StepReport> {
    const name = interpolate(step.name, this.#scope());
    if (!holds(step.if, this.#scope())) return { ...NOTHING, name, phase: 'main', result: 'skipped' };
    const env = this.#interpolated(step.env);
    return step.kind === 'run' ? await this.#run(name, step, env) : await this.#use(name, step, env);
  }

  #interpolated(texts: Texts): Record<string, string> {
    const scope = this.#scope();
    return Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, interpolate(value, scope)]));
  }

  async #use(name: string, step: UsesStep, env: Record<string, string>): Promise<StepReport> {
    const [action = '', version] = step.uses.split('@');
    if (action === 'OWNER/azure-session' || step.uses === './') return await this.#signIn(name, step, env);
    if (version === undefined) throw new WorkflowError(`${step.uses} has no version.`);
    if (action === 'actions/checkout') this.#checkOut(step);
    else if (!this.#machine.setUp.includes(action)) throw new WorkflowError(`This runner does not have ${action}.`);
    return { ...NOTHING, name, phase: 'main', result: 'success' };
  }

  #checkOut(step: UsesStep): void {
    const others = Object.keys(step.with).filter((input) => input !== 'persist-credentials');
    if (others.length > 0) throw new WorkflowError(`This runner does not check out with ${others.join(', ')}.`);
    cpSync(this.#machine.repository, this.#job.workspace, { recursive: true });
  }

  async #signIn(name: string, step: UsesStep, env: Record<string, string>): Promise<StepReport> {
    if (step.uses === './' && !existsSync(join(this.#job.workspace, 'action.yml'))) {
      throw new WorkflowError("Can't find 'action.yml' in the workspace. Did the job run actions/checkout?");
    }
    const unknown = Object.keys(step.with).filter((input) => !INPUTS.has(input.toLowerCase()));
    if (unknown.length > 0) throw new WorkflowError(`The action has no input ${unknown.join(', ')}.`);
    const action = await this.#job.step({ inputs: this.#interpolated(step.with), env });
    this.#begun.push({ name, action });
    return this.#report(name, 'main', action.result);
  }

  async #run(name: string, step: RunStep, env: Record<string, string>): Promise<StepReport> {
    const script = join(this.#job.folder, `${crypto.randomUUID()}.sh`);
    writeFileSync(script, interpolate(step.script, this.#scope()));
    const folder = step.workingDirectory || this.#plan.definition.workingDirectory;
    const files = Object.fromEntries(COMMAND_FILES.map((file) => [file, `${script}-${file}`]));
    for (const file of Object.values(files)) writeFileSync(file, '');
    const [shell, ...flags] = this.#shell(step);
    const variables = { ...this.#job.env, ...env, ...files };
    const cwd = join(this.#job.workspace, interpolate(folder, this.#scope()));
    const result = await runProcess(shell, [...flags, script], variables, cwd, 120_000);
    Object.assign(this.#job.env, readFileCommands(files['GITHUB_ENV'] ?? ''));
    const added = readFileSync(files['GITHUB_PATH'] ?? '', 'utf8')
      .split('\n')
      .filter(Boolean)
      .reverse();
    this.#job.env['PATH'] = [...added, this.#job.env['PATH']].join(delimiter);
    return this.#report(name, 'main', { ...result, outputs: readFileCommands(files['GITHUB_OUTPUT'] ?? '') });
  }

  #shell(step: RunStep): readonly [command: string, ...flags: string[]] {
    if (step.shell === 'bash') return ['bash', '--noprofile', '--norc', '-eo', 'pipefail'];
    return this.#plan.definition.place === 'container' ? ['/bin/sh', '-e'] : ['bash', '-e'];
  }

  #report(
    name: string,
    phase: StepReport['phase'],
    { exitCode, log, outputs }: { exitCode: number | null; log: string; outputs: Texts },
  ): StepReport {
    for (const mask of annotations(log, 'add-mask')) this.#masks.add(mask);
    const masked = this.#masks.hide(log.replaceAll(/^::add-mask::.*\n?/gm, ''));
    return {
      name,
      phase,
      result: exitCode === 0 ? 'success' : 'failure',
      outputs,
      log: masked,
      errors: annotations(masked, 'error'),
      warnings: annotations(masked, 'warning'),
      notices: annotations(masked, 'notice'),
    };
  }
}

const NOTHING = { outputs: {}, log: '', errors: [], warnings: [], notices: [] } as const;

const COMMAND_FILES = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'];

const INPUTS: ReadonlySet<string> = new Set(
  Object.keys(readDefaults(readFileSync(join(ROOT, 'action.yml'), 'utf8'))).map((name) => name.toLowerCase()),
);

/** The texts of one workflow command, with or without properties. */
function annotations(log: string, command: string): string[] {
  return [...log.matchAll(new RegExp(`^::${command}(?: [^\\n]*?)?::(.*)$`, 'gm'))].map(([, data = '']) =>
    data.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%'),
  );
}
