import { basename } from 'node:path';
import { type Scalar, type Value, WorkflowError } from './expression.ts';
import { readBySchema, stepPlace } from './schema.ts';

/**
 * The content of a workflow file. Keys have GitHub's names, and texts may contain expressions. Keys that this runner
 * does not use are not in these types.
 * Source: GitHub Docs, "Workflow syntax for GitHub Actions".
 */
export interface Workflow {
  /** Without its folder. */
  readonly file: string;
  readonly name: string;
  readonly events: readonly Event[];
  readonly permissions?: Permissions;
  readonly env?: Scalars;
  readonly defaults?: Defaults;
  readonly jobs: readonly JobDefinition[];
  /** Keys that this runner ignores, with their places. */
  readonly notes: readonly string[];
}

export interface Event {
  readonly name: string;
  /** Patterns. Default: any ref. */
  readonly branches?: OneOrMore;
  /** Of `workflow_call` and `workflow_dispatch`. */
  readonly inputs?: Inputs;
  readonly outputs?: Outputs;
}

export interface CompositeAction {
  readonly inputs?: Inputs;
  readonly outputs?: Outputs;
  readonly steps: readonly StepDefinition[];
}

export type JobDefinition = StepsJob | CallJob;

interface AnyJob {
  readonly id: string;
  /** For messages. */
  readonly place: string;
  readonly name?: Scalar;
  readonly needs?: OneOrMore;
  readonly if?: Scalar;
  readonly permissions?: Permissions;
  /** The matrix has axes with their values, `include` and `exclude`, or is one expression. */
  readonly strategy?: { readonly matrix?: Value; readonly 'fail-fast'?: boolean };
  readonly 'continue-on-error'?: Scalar;
}

export interface StepsJob extends AnyJob {
  readonly uses?: undefined;
  readonly environment?: string | { readonly name: string };
  readonly outputs?: Scalars;
  readonly env?: Scalars;
  readonly defaults?: Defaults;
  readonly container?: string | object;
  readonly steps: readonly StepDefinition[];
}

/** A job that calls another workflow. */
export interface CallJob extends AnyJob {
  readonly uses: string;
  readonly with?: Scalars;
  readonly secrets?: 'inherit' | Scalars;
}

export type StepDefinition = RunStep | UsesStep;

interface AnyStep {
  /** Default: an id of this runner. */
  readonly id: string;
  readonly place: string;
  readonly name?: Scalar;
  readonly if?: Scalar;
  readonly env?: Scalars;
  readonly 'continue-on-error'?: Scalar;
}

export interface RunStep extends AnyStep, RunDefaults {
  readonly uses?: undefined;
  readonly run: Scalar;
}

export interface UsesStep extends AnyStep {
  readonly uses: string;
  readonly with?: Scalars;
}

/** Defaults of steps with `run`. */
export interface RunDefaults {
  readonly shell?: string;
  readonly 'working-directory'?: string;
}

type Defaults = { readonly run?: RunDefaults };
export type Scalars = Readonly<Record<string, Scalar>>;
export type Texts = Readonly<Record<string, string>>;
/** By scope, such as `id-token: write`, or for all scopes. */
export type Permissions = Texts | 'write-all' | 'read-all';
type OneOrMore = string | readonly string[];
export type Inputs = Readonly<Record<string, Input | null>> | null;
export type Outputs = Readonly<Record<string, { readonly value?: Scalar }>> | null;

interface Input {
  readonly type?: string;
  readonly required?: boolean;
  readonly default?: Scalar;
}

/** A file that is valid by the schema. */
interface WorkflowFile extends Pick<Workflow, 'permissions' | 'env' | 'defaults'> {
  readonly name?: Scalar;
  readonly on: OneOrMore | Readonly<Record<string, Omit<Event, 'name'> | null>>;
  readonly jobs: Readonly<Record<string, JobDefinition>>;
}

interface ActionFile extends Pick<CompositeAction, 'inputs' | 'outputs'> {
  readonly runs:
    | { readonly using: 'composite'; readonly steps: readonly StepDefinition[] }
    | { readonly using: 'node24' };
}

/** @throws {WorkflowError} with the place, if GitHub would reject the workflow, or this runner does not support it */
export function readWorkflow(path: string): Workflow {
  const file = basename(path);
  const { on, ...workflow } = readBySchema(path, file, 'workflow') as WorkflowFile;
  const events = isOneOrMore(on)
    ? listOf(on).map((name) => ({ name }))
    : Object.entries(on).map(([name, filter]) => ({ name, ...filter }));
  const jobs = Object.entries(workflow.jobs).map(([id, job]) => locateJob(job, id, `${file}: job ${id}`));
  const notes = [
    ...events.flatMap((event) => ignored(`${file}: on: ${event.name}`, event)),
    ...jobs.flatMap(ignoredInJob),
  ];
  return { ...workflow, file, name: textOf(workflow.name, `.github/workflows/${file}`), events, jobs, notes };
}

/** @returns the value of `using`, if the action is not composite */
export function readAction(path: string, name: string): CompositeAction | string {
  const file = `${name}/${basename(path)}`;
  const { runs, ...action } = readBySchema(path, file, 'action') as ActionFile;
  if (runs.using !== 'composite') return runs.using;
  return { ...action, steps: locateSteps(runs.steps, file) };
}

function locateJob(job: JobDefinition, id: string, place: string): JobDefinition {
  return job.uses === undefined ? { ...job, id, place, steps: locateSteps(job.steps, place) } : { ...job, id, place };
}

function locateSteps(steps: readonly StepDefinition[], holder: string): StepDefinition[] {
  return steps.map((step, at) => {
    const place = `${holder}: ${stepPlace(at, step)}`;
    if (step.uses === undefined && step.run === undefined) {
      throw new WorkflowError(`${place}: this runner supports only steps with run or uses.`);
    }
    return { ...step, id: step.id ?? `__${at}`, place };
  });
}

/**
 * Keys that this runner ignores although they have an effect. `concurrency`, time-outs and the machine have none on a
 * single run.
 */
const IGNORED = [
  ...['branches-ignore', 'tags', 'tags-ignore', 'paths', 'paths-ignore', 'types', 'workflows'],
  ...['services', 'snapshot', 'credentials', 'ports', 'volumes', 'options', 'background'],
];

function ignored(place: string, holder: object): string[] {
  return Object.keys(holder).flatMap((key) => (IGNORED.includes(key) ? [`${place}: ${key}`] : []));
}

function ignoredInJob(job: JobDefinition): string[] {
  const keys = ignored(job.place, job);
  if (job.uses !== undefined) return keys;
  const container = typeof job.container === 'object' ? ignored(`${job.place}: container`, job.container) : [];
  return [...keys, ...container, ...job.steps.flatMap((step) => ignored(step.place, step))];
}

/** @returns `''` for a job without an environment */
export function environmentOf({ environment = '' }: StepsJob): string {
  return typeof environment === 'object' ? environment.name : environment;
}

/** The name of a step in GitHub's log. */
export function nameOfStep(step: StepDefinition): string {
  return textOf(step.name, step.uses ?? textOf(step.run).trim().split('\n')[0]);
}

export function valuesOf(outputs: Outputs = {}): Scalars {
  return Object.fromEntries(Object.entries(outputs ?? {}).map(([name, { value = '' }]) => [name, value]));
}

export function listOf(values: OneOrMore = []): readonly string[] {
  return typeof values === 'string' ? [values] : values;
}

function isOneOrMore(value: unknown): value is OneOrMore {
  return typeof value === 'string' || Array.isArray(value);
}

export function textOf(scalar: Scalar | undefined, absent = ''): string {
  return scalar === undefined ? absent : String(scalar ?? '');
}
