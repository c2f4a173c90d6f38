import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { WorkflowError } from './expression.ts';

/** A workflow as its file says it. Texts may hold expressions. */
export interface Workflow {
  readonly file: string;
  readonly name: string;
  readonly events: readonly Event[];
  readonly permissions: Permissions | undefined;
  readonly env: Texts;
  readonly jobs: readonly JobDefinition[];
}

export type Event =
  | { readonly kind: 'workflow_call'; readonly inputs: readonly CallInput[]; readonly outputs: Texts }
  /** Without branches: any ref. */
  | { readonly kind: 'other'; readonly name: string; readonly branches: readonly string[] };

export interface CallInput {
  readonly name: string;
  readonly required: boolean;
  readonly default: string;
}

export type JobDefinition = StepsJob | CallJob;

interface AnyJob {
  readonly id: string;
  readonly name: string | undefined;
  readonly needs: readonly string[];
  readonly if: string | undefined;
  readonly permissions: Permissions | undefined;
  readonly matrix: Matrix;
}

export interface StepsJob extends AnyJob {
  readonly kind: 'steps';
  /** `''` for a job that names none. */
  readonly environment: string;
  readonly outputs: Texts;
  readonly env: Texts;
  readonly workingDirectory: string;
  readonly place: 'machine' | 'container';
  readonly steps: readonly StepDefinition[];
}

/** A job that is another workflow. */
export interface CallJob extends AnyJob {
  readonly kind: 'call';
  readonly uses: string;
  readonly with: Texts;
  readonly secrets: 'inherit' | Texts;
}

export type StepDefinition = RunStep | UsesStep;

interface AnyStep {
  readonly name: string;
  readonly id: string;
  readonly if: string | undefined;
  readonly env: Texts;
}

export interface RunStep extends AnyStep {
  readonly kind: 'run';
  readonly script: string;
  readonly shell: 'default' | 'bash';
  readonly workingDirectory: string;
}

export interface UsesStep extends AnyStep {
  readonly kind: 'uses';
  readonly uses: string;
  readonly with: Texts;
}

export type Texts = Readonly<Record<string, string>>;
export type Permissions = Readonly<Record<string, string>>;

export interface Matrix {
  /** Each axis with its values, or the one expression that gives them. */
  readonly axes: Readonly<Record<string, string | readonly string[]>>;
  readonly whenOneFails: 'cancel-the-rest' | 'go-on';
}

/**
 * Reads a workflow. What this runner does not do it does not overlook either.
 * Source: GitHub Docs, "Workflow syntax for GitHub Actions".
 * @throws WorkflowError for any key that it does not know, with its place
 */
export function readWorkflow(file: string): Workflow {
  const workflow = new Mapping(parse(readFileSync(file, 'utf8')), file, WORKFLOW_KEYS);
  return {
    file,
    name: workflow.text('name', file),
    events: readEvents(workflow.at('on'), workflow.place('on')),
    permissions: readPermissions(workflow),
    env: workflow.texts('env'),
    jobs: Object.entries(mapping(workflow.at('jobs'), workflow.place('jobs'))).map(([id, job]) =>
      readJob(id, job, workflow.place(`jobs.${id}`)),
    ),
  };
}

/** `concurrency` and time-outs have no effect on one run alone, nor has where it runs. */
const WORKFLOW_KEYS = ['name', 'on', 'permissions', 'env', 'concurrency', 'jobs'];
const JOB_KEYS = ['name', 'needs', 'if', 'permissions', 'strategy', 'concurrency'];
const STEPS_JOB_KEYS = [
  'runs-on',
  'timeout-minutes',
  'environment',
  'outputs',
  'env',
  'defaults',
  'container',
  'steps',
];
const CALL_JOB_KEYS = ['uses', 'with', 'secrets'];
const STEP_KEYS = ['name', 'id', 'if', 'env', 'timeout-minutes'];

function readEvents(on: unknown, place: string): Event[] {
  const events = typeof on === 'string' ? { [on]: null } : mapping(on, place);
  return Object.entries(events).map(([name, filter]) => {
    const here = `${place}.${name}`;
    if (name === 'workflow_call') return readCall(filter, here);
    if (name === 'schedule') return { kind: 'other', name, branches: [] };
    const { branches = [] } = new Mapping(filter ?? {}, here, ['branches']).all as { branches?: unknown };
    return { kind: 'other', name, branches: list(branches, `${here}.branches`) };
  });
}

function readCall(filter: unknown, place: string): Event {
  const call = new Mapping(filter ?? {}, place, ['inputs', 'outputs']);
  const inputs = Object.entries(mapping(call.at('inputs') ?? {}, call.place('inputs'))).map(([name, value]) => {
    const input = new Mapping(value, call.place(`inputs.${name}`), ['description', 'required', 'type', 'default']);
    return { name, required: input.at('required') === true, default: input.text('default', '') };
  });
  const outputs = Object.entries(mapping(call.at('outputs') ?? {}, call.place('outputs'))).map(([name, value]) => [
    name,
    new Mapping(value, call.place(`outputs.${name}`), ['description', 'value']).text('value', ''),
  ]);
  return { kind: 'workflow_call', inputs, outputs: Object.fromEntries(outputs) };
}

function readJob(id: string, value: unknown, place: string): JobDefinition {
  const calls = 'uses' in mapping(value, place);
  const job = new Mapping(value, place, [...JOB_KEYS, ...(calls ? CALL_JOB_KEYS : STEPS_JOB_KEYS)]);
  const needs = job.at('needs') ?? [];
  const common: AnyJob = {
    id,
    name: job.optional('name'),
    needs: typeof needs === 'string' ? [needs] : list(needs, job.place('needs')),
    if: job.optional('if'),
    permissions: readPermissions(job),
    matrix: readMatrix(job),
  };
  return calls ? readCallJob(common, job) : readStepsJob(common, job);
}

function readCallJob(common: AnyJob, job: Mapping): CallJob {
  const secrets = job.at('secrets') === 'inherit' ? 'inherit' : job.texts('secrets');
  return { ...common, kind: 'call', uses: job.text('uses', ''), with: job.texts('with'), secrets };
}

function readStepsJob(common: AnyJob, job: Mapping): StepsJob {
  const environment = job.at('environment');
  const defaults = new Mapping(job.at('defaults') ?? {}, job.place('defaults'), ['run']);
  const run = new Mapping(defaults.at('run') ?? {}, defaults.place('run'), ['working-directory']);
  if (job.at('container') !== undefined) job.text('container', '');
  return {
    ...common,
    kind: 'steps',
    environment:
      typeof environment === 'object'
        ? new Mapping(environment, job.place('environment'), ['name', 'url']).text('name', '')
        : job.text('environment', ''),
    outputs: job.texts('outputs'),
    env: job.texts('env'),
    workingDirectory: run.text('working-directory', ''),
    place: job.at('container') === undefined ? 'machine' : 'container',
    steps: array(job.at('steps'), job.place('steps')).map((step, at) => readStep(step, at, job.place(`steps[${at}]`))),
  };
}

function readMatrix(job: Mapping): Matrix {
  const strategy = new Mapping(job.at('strategy') ?? {}, job.place('strategy'), [
    'matrix',
    'fail-fast',
    'max-parallel',
  ]);
  const place = strategy.place('matrix');
  const axes = Object.entries(mapping(strategy.at('matrix') ?? {}, place)).map(([axis, values]) => {
    if (axis === 'include' || axis === 'exclude') throw new WorkflowError(`${place}.${axis} is not known here.`);
    return [axis, typeof values === 'string' ? values : list(values, `${place}.${axis}`)] as const;
  });
  const whenOneFails = strategy.at('fail-fast') === false ? 'go-on' : 'cancel-the-rest';
  return { axes: Object.fromEntries(axes), whenOneFails };
}

function readStep(value: unknown, at: number, place: string): StepDefinition {
  const runs = 'run' in mapping(value, place);
  const own = runs ? ['run', 'shell', 'working-directory'] : ['uses', 'with'];
  const step = new Mapping(value, place, [...STEP_KEYS, ...own]);
  const common = { if: step.optional('if'), env: step.texts('env'), id: step.text('id', `__${at}`) };
  if (!runs) {
    const uses = step.text('uses', '');
    return { ...common, kind: 'uses', name: step.text('name', uses), uses, with: step.texts('with') };
  }
  const script = step.text('run', '');
  const shell = step.text('shell', 'default');
  if (shell !== 'default' && shell !== 'bash') throw new WorkflowError(`${place}: the shell ${shell} is not known.`);
  return {
    ...common,
    kind: 'run',
    name: step.text('name', script),
    script,
    shell,
    workingDirectory: step.text('working-directory', ''),
  };
}

/** Absent is not empty: without the key, GitHub's default holds, which has no `id-token`. */
function readPermissions(holder: Mapping): Permissions | undefined {
  const value = holder.at('permissions');
  if (value === undefined) return undefined;
  if (typeof value === 'string') throw new WorkflowError(`${holder.place('permissions')}: name each permission.`);
  return holder.texts('permissions');
}

/** A mapping of the file that says where it is, and refuses keys that nobody would read. */
class Mapping {
  readonly all: Readonly<Record<string, unknown>>;
  readonly #place: string;

  constructor(value: unknown, place: string, known: readonly string[]) {
    this.all = mapping(value, place);
    this.#place = place;
    for (const key of Object.keys(this.all)) {
      if (!known.includes(key)) throw new WorkflowError(`${place}.${key} is not known to this runner.`);
    }
  }

  at(key: string): unknown {
    return this.all[key];
  }

  place(key: string): string {
    return `${this.#place}: ${key}`;
  }

  optional(key: string): string | undefined {
    const value = this.all[key];
    return value === undefined ? undefined : scalar(value, this.place(key));
  }

  text(key: string, absent: string): string {
    return this.optional(key) ?? absent;
  }

  texts(key: string): Texts {
    const entries = Object.entries(mapping(this.all[key] ?? {}, this.place(key)));
    return Object.fromEntries(entries.map(([name, value]) => [name, scalar(value, this.place(`${key}.${name}`))]));
  }
}

function mapping(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WorkflowError(`${place} must be a mapping.`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function array(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new WorkflowError(`${place} must be a list.`);
  return value;
}

function list(value: unknown, place: string): string[] {
  return array(value, place).map((item, at) => scalar(item, `${place}[${at}]`));
}

function scalar(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new WorkflowError(`${place} must be a text, a number or a boolean.`);
}
