import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { type Value, WorkflowError } from './expression.ts';

/** A workflow as its file says it. Texts may hold expressions. */
export interface Workflow {
  /** Its name without a folder. */
  readonly file: string;
  readonly name: string;
  readonly events: readonly Event[];
  readonly permissions: Permissions | undefined;
  readonly env: Texts;
  readonly jobs: readonly JobDefinition[];
  /** What this runner leaves undone, with its place. */
  readonly notes: readonly string[];
}

export interface Event {
  readonly name: string;
  /** Patterns; none: any ref. */
  readonly branches: readonly string[];
  /** Of `workflow_call` and `workflow_dispatch`. */
  readonly inputs: readonly Input[];
  readonly outputs: Texts;
}

export interface Input {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: string;
}

/** A composite action of the repository. */
export interface CompositeAction {
  readonly inputs: readonly Input[];
  readonly outputs: Texts;
  readonly steps: readonly StepDefinition[];
}

export type JobDefinition = StepsJob | CallJob;

interface AnyJob {
  readonly id: string;
  /** Where it is, for messages. */
  readonly place: string;
  readonly name: string | undefined;
  readonly needs: readonly string[];
  readonly if: string | undefined;
  readonly permissions: Permissions | undefined;
  readonly matrix: Matrix;
  readonly continueOnError: string;
}

export interface StepsJob extends AnyJob {
  readonly kind: 'steps';
  /** `''` for a job that names none. */
  readonly environment: string;
  readonly outputs: Texts;
  readonly env: Texts;
  readonly defaults: RunDefaults;
  readonly host: 'machine' | 'container';
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

/** What steps with `run` do when they do not say it themselves. */
export interface RunDefaults {
  readonly shell: string;
  readonly workingDirectory: string;
}

interface AnyStep {
  readonly place: string;
  readonly continueOnError: string;
  readonly name: string;
  readonly id: string;
  readonly if: string | undefined;
  readonly env: Texts;
}

export interface RunStep extends AnyStep {
  readonly kind: 'run';
  readonly script: string;
  readonly shell: string;
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
  /** As the file has it: axes with their values, `include` and `exclude`, or one expression. */
  readonly definition: Value;
  readonly whenOneFails: 'cancel-the-rest' | 'go-on';
}

/**
 * Reads a workflow. What this runner does not do it does not overlook either.
 * Source: GitHub Docs, "Workflow syntax for GitHub Actions".
 * @throws WorkflowError for any key that it does not know, with its place
 */
export function readWorkflow(file: string): Workflow {
  const notes: string[] = [];
  const name = basename(file);
  const workflow = new Mapping(read(file), new Place(name, notes), WORKFLOW_KEYS);
  const defaults = readDefaults(workflow, { shell: '', workingDirectory: '' });
  return {
    file: name,
    name: workflow.text('name', `.github/workflows/${name}`),
    events: readEvents(workflow.at('on'), workflow.place('on')),
    permissions: readPermissions(workflow),
    env: workflow.texts('env'),
    jobs: Object.entries(mapping(workflow.at('jobs'), workflow.place('jobs'))).map(([id, job]) =>
      readJob(id, job, workflow.place(`job ${id}`), defaults),
    ),
    notes,
  };
}

/**
 * Reads the file of an action.
 * @returns what it runs with, where it is none of steps
 */
export function readAction(file: string, name: string): CompositeAction | string {
  const place = new Place(`${name}/${basename(file)}`, []);
  const action = mapping(read(file), place);
  const runs = mapping(action['runs'], place.at('runs'));
  if (runs['using'] !== 'composite') return String(runs['using']);
  return {
    inputs: readInputs(action['inputs'], place.at('inputs')),
    outputs: readOutputs(action['outputs'], place.at('outputs')),
    steps: array(runs['steps'], place.at('steps')).map((step, at) => readStep(step, at, place)),
  };
}

function read(file: string): unknown {
  if (!existsSync(file)) throw new WorkflowError(`${basename(file)} is not there.`);
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw error instanceof Error ? new WorkflowError(`${basename(file)}: ${error.message}`) : error;
  }
}

/** `concurrency` and time-outs have no effect on one run alone, nor has where it runs. */
const WORKFLOW_KEYS = ['name', 'run-name', 'on', 'permissions', 'env', 'defaults', 'concurrency', 'jobs'];
const JOB_KEYS = ['name', 'needs', 'if', 'permissions', 'strategy', 'concurrency', 'continue-on-error'];
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
const STEP_KEYS = ['name', 'id', 'if', 'env', 'timeout-minutes', 'continue-on-error'];
const FILTERS = ['branches-ignore', 'tags', 'tags-ignore', 'paths', 'paths-ignore', 'types', 'workflows'];

function readEvents(on: unknown, place: Place): Event[] {
  const names = typeof on === 'string' ? [on] : on;
  const events = Array.isArray(names) ? Object.fromEntries(list(names, place).map((name) => [name, null])) : names;
  return Object.entries(mapping(events, place)).map(([name, filter]) => {
    if (name === 'schedule') return { name, branches: [], inputs: [], outputs: {} };
    const event = new Mapping(filter ?? {}, place.at(name), ['branches', 'inputs', 'outputs', 'secrets'], FILTERS);
    return {
      name,
      branches: texts(event.at('branches'), event.place('branches')),
      inputs: readInputs(event.at('inputs'), event.place('inputs')),
      outputs: readOutputs(event.at('outputs'), event.place('outputs')),
    };
  });
}

function readInputs(inputs: unknown, place: Place): Input[] {
  return Object.entries(mapping(inputs ?? {}, place)).map(([name, value]) => {
    const keys = ['description', 'required', 'type', 'default', 'options', 'deprecationMessage'];
    const input = new Mapping(value ?? {}, place.at(name), keys);
    const type = input.text('type', 'string');
    return {
      name,
      type,
      required: input.at('required') === true,
      default: input.text('default', type === 'boolean' ? 'false' : ''),
    };
  });
}

function readOutputs(outputs: unknown, place: Place): Texts {
  const all = Object.entries(mapping(outputs ?? {}, place));
  return Object.fromEntries(
    all.map(([name, value]) => [name, new Mapping(value, place.at(name), ['description', 'value']).text('value', '')]),
  );
}

function readDefaults(holder: Mapping, before: RunDefaults): RunDefaults {
  const defaults = new Mapping(holder.at('defaults') ?? {}, holder.place('defaults'), ['run']);
  const run = new Mapping(defaults.at('run') ?? {}, defaults.place('run'), ['shell', 'working-directory']);
  return {
    shell: run.text('shell', before.shell),
    workingDirectory: run.text('working-directory', before.workingDirectory),
  };
}

function readJob(id: string, value: unknown, place: Place, defaults: RunDefaults): JobDefinition {
  const calls = 'uses' in mapping(value, place);
  const own = calls ? CALL_JOB_KEYS : STEPS_JOB_KEYS;
  const job = new Mapping(value, place, [...JOB_KEYS, ...own], calls ? [] : ['services']);
  const common: AnyJob = {
    id,
    place: place.text,
    name: job.optional('name'),
    needs: texts(job.at('needs'), job.place('needs')),
    if: job.optional('if'),
    permissions: readPermissions(job),
    matrix: readMatrix(job),
    continueOnError: job.text('continue-on-error', 'false'),
  };
  return calls ? readCallJob(common, job) : readStepsJob(common, job, defaults);
}

function readCallJob(common: AnyJob, job: Mapping): CallJob {
  const secrets = job.at('secrets') === 'inherit' ? 'inherit' : job.texts('secrets');
  return { ...common, kind: 'call', uses: job.text('uses', ''), with: job.texts('with'), secrets };
}

function readStepsJob(common: AnyJob, job: Mapping, defaults: RunDefaults): StepsJob {
  const environment = job.at('environment');
  const container = job.at('container');
  if (typeof container === 'object') {
    const others = ['credentials', 'env', 'ports', 'volumes', 'options'];
    new Mapping(container, job.place('container'), ['image'], others).text('image', '');
  }
  return {
    ...common,
    kind: 'steps',
    environment:
      typeof environment === 'object'
        ? new Mapping(environment, job.place('environment'), ['name', 'url']).text('name', '')
        : job.text('environment', ''),
    outputs: job.texts('outputs'),
    env: job.texts('env'),
    defaults: readDefaults(job, defaults),
    host: container === undefined ? 'machine' : 'container',
    steps: array(job.at('steps'), job.place('steps')).map((step, at) => readStep(step, at, job.place())),
  };
}

function readMatrix(job: Mapping): Matrix {
  const strategy = new Mapping(job.at('strategy') ?? {}, job.place('strategy'), [
    'matrix',
    'fail-fast',
    'max-parallel',
  ]);
  const whenOneFails = strategy.at('fail-fast') === false ? 'go-on' : 'cancel-the-rest';
  return { definition: (strategy.at('matrix') ?? {}) as Value, whenOneFails };
}

function readStep(value: unknown, at: number, holder: Place): StepDefinition {
  const { name: given, id, uses: action, run } = mapping(value, holder.at(`step ${at + 1}`));
  const named = given ?? id ?? action;
  const place = holder.at(`step ${at + 1}${named === undefined ? '' : ` (${String(named)})`}`);
  const own = run === undefined ? ['uses', 'with'] : ['run', 'shell', 'working-directory'];
  const step = new Mapping(value, place, [...STEP_KEYS, ...own]);
  const common = {
    place: place.text,
    if: step.optional('if'),
    env: step.texts('env'),
    id: step.text('id', `__${at}`),
    continueOnError: step.text('continue-on-error', 'false'),
  };
  if (run === undefined) {
    const uses = step.text('uses', '');
    return { ...common, kind: 'uses', name: step.text('name', uses), uses, with: step.texts('with') };
  }
  const script = step.text('run', '');
  return {
    ...common,
    kind: 'run',
    name: step.text('name', script.trim().split('\n')[0] ?? ''),
    script,
    shell: step.text('shell', ''),
    workingDirectory: step.text('working-directory', ''),
  };
}

/** Absent is not empty: without the key, GitHub's default holds, which has no `id-token`. */
function readPermissions(holder: Mapping): Permissions | undefined {
  const value = holder.at('permissions');
  if (value === undefined) return undefined;
  if (value === 'write-all') return { contents: 'write', 'id-token': 'write' };
  if (value === 'read-all') return { contents: 'read' };
  return holder.texts('permissions');
}

/** Where something is in a file, for messages. */
class Place {
  readonly text: string;
  readonly notes: string[];

  constructor(text: string, notes: string[]) {
    this.text = text;
    this.notes = notes;
  }

  at(part: string): Place {
    return new Place(`${this.text}: ${part}`, this.notes);
  }
}

/** A mapping of the file that says where it is, notes what is left undone, and refuses keys that nobody would read. */
class Mapping {
  readonly all: Readonly<Record<string, unknown>>;
  readonly #place: Place;

  constructor(value: unknown, place: Place, known: readonly string[], undone: readonly string[] = []) {
    this.all = mapping(value, place);
    this.#place = place;
    for (const key of Object.keys(this.all)) {
      if (undone.includes(key)) place.notes.push(`${place.text}: ${key}`);
      else if (!known.includes(key)) throw new WorkflowError(`${place.text}: ${key} is not known to this runner.`);
    }
  }

  at(key: string): unknown {
    return this.all[key];
  }

  place(key?: string): Place {
    return key === undefined ? this.#place : this.#place.at(key);
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

function mapping(value: unknown, place: Place): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WorkflowError(`${place.text} must be a mapping.`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function array(value: unknown, place: Place): readonly unknown[] {
  if (!Array.isArray(value)) throw new WorkflowError(`${place.text} must be a list.`);
  return value;
}

function list(value: unknown, place: Place): string[] {
  return array(value, place).map((item, at) => scalar(item, place.at(`item ${at + 1}`)));
}

/** One text, or a list of them, or nothing. */
function texts(value: unknown, place: Place): string[] {
  return typeof value === 'string' ? [value] : list(value ?? [], place);
}

function scalar(value: unknown, place: Place): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new WorkflowError(`${place.text} must be a text, a number or a boolean.`);
}
