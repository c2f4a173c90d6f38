import { basename } from 'node:path';
import { type Scalar, type Value, WorkflowError } from './expression.ts';
import { readBySchema, stepPlace } from './schema.ts';

/**
 * A workflow as its file says it: keys have GitHub's names and values, of which those that are texts may hold
 * expressions. Keys that this runner does not look at are there too, but not in these types.
 * Source: GitHub Docs, "Workflow syntax for GitHub Actions".
 */
export interface Workflow {
  /** Its name without a folder. */
  readonly file: string;
  readonly name: string;
  readonly events: readonly Event[];
  readonly permissions?: Permissions;
  readonly env?: Scalars;
  readonly defaults?: Defaults;
  readonly jobs: readonly JobDefinition[];
  /** What this runner leaves undone, with its place. */
  readonly notes: readonly string[];
}

export interface Event {
  readonly name: string;
  /** Patterns; none: any ref. */
  readonly branches?: OneOrMore;
  /** Of `workflow_call` and `workflow_dispatch`. */
  readonly inputs?: Inputs;
  readonly outputs?: Outputs;
}

/** A composite action of the repository. */
export interface CompositeAction {
  readonly inputs?: Inputs;
  readonly outputs?: Outputs;
  readonly steps: readonly StepDefinition[];
}

export type JobDefinition = StepsJob | CallJob;

interface AnyJob {
  readonly id: string;
  /** Where it is, for messages. */
  readonly place: string;
  readonly name?: Scalar;
  readonly needs?: OneOrMore;
  readonly if?: Scalar;
  readonly permissions?: Permissions;
  /** The matrix: axes with their values, `include` and `exclude`, or one expression. */
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

/** A job that is another workflow. */
export interface CallJob extends AnyJob {
  readonly uses: string;
  readonly with?: Scalars;
  readonly secrets?: 'inherit' | Scalars;
}

export type StepDefinition = RunStep | UsesStep;

interface AnyStep {
  /** One of the runner's own where the file gives none. */
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

/** What steps with `run` do when they do not say it themselves. */
export interface RunDefaults {
  readonly shell?: string;
  readonly 'working-directory'?: string;
}

export type Defaults = { readonly run?: RunDefaults };
export type Scalars = Readonly<Record<string, Scalar>>;
export type Texts = Readonly<Record<string, string>>;
/** By scope, as `id-token: write`; or for all of them. */
export type Permissions = Texts | 'write-all' | 'read-all';
export type OneOrMore = string | readonly string[];
export type Inputs = Readonly<Record<string, Input | null>> | null;
export type Outputs = Readonly<Record<string, { readonly value?: Scalar }>> | null;

export interface Input {
  readonly type?: string;
  readonly required?: boolean;
  readonly default?: Scalar;
}

/** A file that the schema has accepted. */
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

/** @throws WorkflowError for what GitHub would errors, and for what this runner does not know, with its place */
export function readWorkflow(path: string): Workflow {
  const file = basename(path);
  const { on, ...workflow } = readBySchema(path, file, 'workflow') as WorkflowFile;
  const events = isOneOrMore(on)
    ? listOf(on).map((name) => ({ name }))
    : Object.entries(on).map(([name, filter]) => ({ name, ...filter }));
  const jobs = Object.entries(workflow.jobs).map(([id, job]) => locateJob(job, id, `${file}: job ${id}`));
  const notes = [
    ...events.flatMap((event) => undone(`${file}: on: ${event.name}`, event)),
    ...jobs.flatMap(undoneInJob),
  ];
  return { ...workflow, file, name: textOf(workflow.name, `.github/workflows/${file}`), events, jobs, notes };
}

/**
 * Reads the file of an action.
 * @returns what it runs with, where it is none of steps
 */
export function readAction(path: string, name: string): CompositeAction | string {
  const file = `${name}/${basename(path)}`;
  const { runs, ...action } = readBySchema(path, file, 'action') as ActionFile;
  if (runs.using !== 'composite') return runs.using;
  return { ...action, steps: locateSteps(runs.steps, file) };
}

function locateJob(job: JobDefinition, id: string, place: string): JobDefinition {
  return job.uses === undefined ? { ...job, id, place, steps: locateSteps(job.steps, place) } : { ...job, id, place };
}

/** GitHub knows more kinds of steps than two, which run beside one another. */
function locateSteps(steps: readonly StepDefinition[], holder: string): StepDefinition[] {
  return steps.map((step, at) => {
    const place = `${holder}: ${stepPlace(at, step)}`;
    if (step.uses === undefined && step.run === undefined) {
      throw new WorkflowError(`${place}: this runner knows no steps but those with run or uses.`);
    }
    return { ...step, id: step.id ?? `__${at}`, place };
  });
}

/**
 * Keys without which the same would be done here as on GitHub are left out: `concurrency` and time-outs have no effect on
 * one run alone, nor has where it runs.
 */
const UNDONE = [
  ...['branches-ignore', 'tags', 'tags-ignore', 'paths', 'paths-ignore', 'types', 'workflows'],
  ...['services', 'snapshot', 'credentials', 'ports', 'volumes', 'options', 'background'],
];

function undone(place: string, holder: object): string[] {
  return Object.keys(holder).flatMap((key) => (UNDONE.includes(key) ? [`${place}: ${key}`] : []));
}

function undoneInJob(job: JobDefinition): string[] {
  const own = undone(job.place, job);
  if (job.uses !== undefined) return own;
  const container = typeof job.container === 'object' ? undone(`${job.place}: container`, job.container) : [];
  return [...own, ...container, ...job.steps.flatMap((step) => undone(step.place, step))];
}

/** Empty for a job that names none. */
export function environmentOf({ environment = '' }: StepsJob): string {
  return typeof environment === 'object' ? environment.name : environment;
}

/** What GitHub shows a step as. */
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
