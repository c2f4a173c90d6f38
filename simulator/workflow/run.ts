import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import type { Simulator } from '../simulator.ts';
import {
  evaluateAll,
  evaluateTemplate,
  interpolate,
  isMet,
  type Scope,
  type Value,
  WorkflowError,
  withPlace,
} from './expression.ts';
import {
  EMPTY,
  inputsOf,
  interpolateAll,
  isTrue,
  type JobReport,
  type Machine,
  type Result,
  runJob,
} from './job-run.ts';
import {
  type CallJob,
  type Event,
  environmentOf,
  type JobDefinition,
  listOf,
  readWorkflow,
  type StepsJob,
  type Texts,
  textOf,
  valuesOf,
  type Workflow,
} from './workflow.ts';

export interface WorkflowRunOptions {
  readonly simulator: Simulator;
  /** A folder with the repository's files. */
  readonly repository: string;
  /** The name of a file in `.github/workflows`. */
  readonly workflow: string;
  readonly event: RunEvent;
  readonly vars?: Texts;
  /** Variables of environments, which override those of the repository. */
  readonly environments?: Readonly<Record<string, Texts>>;
  readonly secrets?: Texts;
  readonly machine?: Partial<Omit<Machine, 'simulator' | 'repository'>>;
}

export interface RunEvent {
  readonly name: string;
  readonly ref: string;
  /** `github.event`. */
  readonly payload: { readonly [name: string]: Value };
}

export interface WorkflowReport {
  readonly result: 'success' | 'failure';
  /** In the order of execution. A job of a called workflow has the id `caller/job`. A matrix job is repeated. */
  readonly jobs: readonly JobReport[];
  readonly name: string;
  /** Keys that this runner ignores, with their places. */
  readonly notes: readonly string[];
}

/**
 * Runs a workflow on this machine, for tests of workflows that sign in. `azure-session` is the built action, in child
 * processes. The simulator is GitHub's issuer and Azure. Jobs run one after the other, each with its own subject.
 * @throws {WorkflowError} if GitHub would reject the workflow before the start, or this runner does not support it
 */
export async function runWorkflow(options: WorkflowRunOptions): Promise<WorkflowReport> {
  const run = new Run(options);
  const workflow = run.read(options.workflow);
  const event = requireEvent(workflow, options.event);
  options.simulator.github.eventName = options.event.name;
  options.simulator.github.ref = options.event.ref;
  const caller: Caller = {
    prefix: '',
    label: '',
    inputs: inputsOf(event.inputs, (options.event.payload['inputs'] ?? {}) as Texts, workflow.file),
    secrets: run.isFromFork ? {} : (options.secrets ?? {}),
    granted: 'all',
  };
  await run.workflow(workflow, caller);
  const result = run.failed ? 'failure' : 'success';
  return { name: workflow.name, result, jobs: run.reports, notes: [...run.notes] };
}

function requireEvent({ events, file }: Workflow, { name, ref }: RunEvent): Event {
  const event = events.find((candidate) => candidate.name === name);
  if (event === undefined || name === 'workflow_call') throw new WorkflowError(`${file} does not run on ${name}.`);
  const branches = listOf(event.branches);
  const branch = ref.replace('refs/heads/', '');
  if (name === 'push' && branches.length > 0 && !branches.some((one) => matchesGlob(branch, one))) {
    throw new WorkflowError(`${file} does not run on ${name} to ${branch}.`);
  }
  return event;
}

/** The job that calls a workflow, or the event that starts it. */
interface Caller {
  readonly prefix: string;
  /** The prefix of the names of jobs. */
  readonly label: string;
  readonly inputs: { readonly [name: string]: Value };
  readonly secrets: Texts;
  readonly granted: Texts | 'all';
}

/** The context `needs`. */
type Needs = Record<string, { readonly result: Result; readonly outputs: Texts }>;

/** Without a key `permissions`. */
const DEFAULT_PERMISSIONS: Texts = { contents: 'read', packages: 'read' };

/** Properties of the context `github` that are also variables. */
const VARIABLES = [
  ...['actor', 'event_name', 'job', 'ref', 'repository', 'run_attempt', 'run_id', 'run_number', 'server_url'],
  ...['sha', 'workflow'],
];

class Run {
  readonly reports: JobReport[] = [];
  readonly notes = new Set<string>();
  failed = false;
  readonly #options: WorkflowRunOptions;
  readonly #machine: Machine;
  readonly #sha = randomBytes(20).toString('hex');
  readonly #token = `ghs_${randomBytes(18).toString('hex')}`;

  constructor(options: WorkflowRunOptions) {
    this.#options = options;
    const { simulator, repository, machine = {} } = options;
    this.#machine = { simulator, repository, path: [], variables: {}, setUp: [], unknown: 'fail', ...machine };
  }

  read(file: string): Workflow {
    const workflow = readWorkflow(join(this.#options.repository, '.github', 'workflows', file));
    for (const note of workflow.notes) this.notes.add(note);
    return workflow;
  }

  /** A pull request from another repository gets no ID token, no secrets and no variables. */
  get isFromFork(): boolean {
    const { name, payload } = this.#options.event;
    const from = evaluateTemplate('${{ event.pull_request.head.repo.full_name }}', {
      contexts: { event: payload },
      status: 'success',
    });
    return name === 'pull_request' && from !== this.#options.simulator.github.repository;
  }

  /** @returns the results of all jobs */
  async workflow(workflow: Workflow, caller: Caller): Promise<Needs> {
    const done: Needs = {};
    let waiting = [...workflow.jobs];
    while (waiting.length > 0) {
      const ready = waiting.filter(({ needs }) => listOf(needs).every((id) => id in done));
      if (ready.length === 0) throw new WorkflowError(`${workflow.file}: jobs need jobs that do not exist.`);
      for (const job of ready) {
        done[job.id] = await this.#job(workflow, job, caller, done).catch((error: unknown) => {
          throw withPlace(error, job.place);
        });
      }
      waiting = waiting.filter((job) => !ready.includes(job));
    }
    return done;
  }

  async #job(workflow: Workflow, job: JobDefinition, caller: Caller, done: Needs): Promise<Needs[string]> {
    const needs = Object.fromEntries(listOf(job.needs).map((id) => [id, done[id]])) as Needs;
    const contexts = {
      github: this.#github(workflow, job),
      vars: this.#varsIn({}),
      inputs: caller.inputs,
      needs: needs as Value,
    };
    const status = statusOf(Object.values(needs).map(({ result }) => result));
    const id = caller.prefix + job.id;
    if (!isMet(job.if, { contexts, status }))
      return this.#notRun(id, caller.label + textOf(job.name, job.id), 'skipped');
    const idToken = this.#idToken(workflow, job, caller);
    let outcome: Needs[string] = { result: 'success', outputs: {} };
    let stopped = false;
    const all = combinations(job, { contexts, status: 'success' });
    const failFast = job.strategy?.['fail-fast'] ?? true;
    for (const [at, matrix] of all.entries()) {
      const strategy = { 'job-index': at, 'job-total': all.length, 'fail-fast': failFast };
      const scope: Scope = { contexts: { ...contexts, matrix, strategy }, status: 'success' };
      const name = caller.label + interpolate(nameOf(job, matrix), scope);
      if (stopped) {
        this.#notRun(id, name, 'cancelled');
        continue;
      }
      const run =
        job.uses !== undefined
          ? await this.#call({ ...job, name }, id, scope, caller, this.#permissions(workflow, job, caller))
          : await this.#steps(workflow, { ...job, name }, id, scope, { caller, idToken });
      const fails = run.result === 'failure';
      if (fails) this.failed ||= caller.prefix === '';
      stopped ||= fails && failFast;
      const result = fails || outcome.result === 'failure' ? 'failure' : run.result;
      outcome = { outputs: { ...outcome.outputs, ...run.outputs }, result };
    }
    return outcome;
  }

  #notRun(id: string, name: string, result: 'skipped' | 'cancelled'): Needs[string] {
    this.reports.push({ ...EMPTY, id, name, result, steps: [], droppedOutputs: [], left: [] });
    return { result, outputs: {} };
  }

  #permissions(workflow: Workflow, job: JobDefinition, { granted }: Caller): Texts {
    const inherited = granted === 'all' ? DEFAULT_PERMISSIONS : granted;
    const own = job.permissions ?? workflow.permissions ?? inherited;
    if (typeof own === 'object') return own;
    return own === 'write-all' ? { contents: 'write', 'id-token': 'write' } : { contents: 'read' };
  }

  #idToken(workflow: Workflow, job: JobDefinition, caller: Caller): 'granted' | 'none' {
    const isRequested = this.#permissions(workflow, job, caller)['id-token'] === 'write';
    if (isRequested && caller.granted !== 'all' && caller.granted['id-token'] !== 'write') {
      throw new WorkflowError(
        `${workflow.file}: the job ${job.id} is requesting 'id-token: write', but is only allowed 'id-token: none'.`,
      );
    }
    return isRequested && !this.isFromFork ? 'granted' : 'none';
  }

  /** @param environment the variables of the job's environment */
  #varsIn(environment: Texts): Texts {
    return this.isFromFork ? {} : { ...this.#options.vars, ...environment };
  }

  async #steps(
    workflow: Workflow,
    job: StepsJob,
    id: string,
    scope: Scope,
    { caller, idToken }: { caller: Caller; idToken: 'granted' | 'none' },
  ): Promise<Needs[string]> {
    const environment = this.#options.environments?.[interpolate(environmentOf(job), scope)] ?? {};
    const secrets = { GITHUB_TOKEN: this.#token, ...caller.secrets };
    const contexts = {
      ...scope.contexts,
      vars: this.#varsIn(environment),
      secrets,
    };
    const inJob: Scope = { contexts, status: 'success' };
    const env = interpolateAll({ ...workflow.env, ...job.env }, inJob);
    const report = await runJob(
      {
        definition: job,
        name: textOf(job.name, job.id),
        defaults: { ...workflow.defaults?.run, ...job.defaults?.run },
        contexts,
        secrets,
        idToken,
        env: { ...this.#variables(workflow, job), ...env },
      },
      this.#machine,
    );
    const tolerated = report.result === 'failure' && isTrue(job['continue-on-error'], scope);
    this.reports.push({ ...report, id, tolerated });
    return tolerated ? { ...report, result: 'success' } : report;
  }

  async #call(job: CallJob, id: string, scope: Scope, caller: Caller, granted: Texts): Promise<Needs[string]> {
    const [, file] = /^\.\/\.github\/workflows\/([^/]+)$/.exec(job.uses) ?? [];
    if (file === undefined) {
      const missing = `This runner does not have ${job.uses}.`;
      if (this.#machine.unknown === 'fail') throw new WorkflowError(missing);
      this.notes.add(`${job.place}: ${job.uses}`);
      return this.#notRun(id, textOf(job.name, job.id), 'skipped');
    }
    const called = this.read(file);
    const secretScope: Scope = { ...scope, contexts: { ...scope.contexts, secrets: caller.secrets } };
    const secrets = job.secrets === 'inherit' ? caller.secrets : interpolateAll(job.secrets, secretScope);
    const call = called.events.find(({ name }) => name === 'workflow_call');
    if (call === undefined) throw new WorkflowError(`${called.file} does not run on workflow_call.`);
    const inputs = inputsOf(call.inputs, interpolateAll(job.with, scope), called.file);
    const jobs = await this.workflow(called, {
      prefix: `${id}/`,
      label: `${textOf(job.name, job.id)} / `,
      inputs,
      secrets,
      granted,
    });
    const outputs = interpolateAll(valuesOf(call.outputs), {
      contexts: { jobs: jobs as Value, inputs },
      status: 'success',
    });
    const failed = Object.values(jobs).some(({ result }) => result === 'failure');
    return { result: failed ? 'failure' : 'success', outputs };
  }

  #github({ name }: Workflow, job: JobDefinition): { readonly [name: string]: Value } {
    const { event, simulator } = this.#options;
    return {
      actor: 'octocat',
      api_url: 'https://api.github.com',
      base_ref: event.name.startsWith('pull_request') ? 'main' : '',
      event: event.payload,
      event_name: event.name,
      ref: event.ref,
      ref_name: event.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
      head_ref: event.name.startsWith('pull_request') ? 'change' : '',
      job: job.id,
      ref_type: event.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
      repository: simulator.github.repository,
      repository_owner: simulator.github.owner,
      run_attempt: '1',
      run_id: '1',
      run_number: '1',
      server_url: 'https://github.com',
      sha: this.#sha,
      token: this.#token,
      workflow: name,
    };
  }

  #variables(workflow: Workflow, job: StepsJob): Texts {
    const { event, simulator } = this.#options;
    const payload = join(simulator.folder, 'event.json');
    writeFileSync(payload, JSON.stringify(event.payload));
    const github = this.#github(workflow, job);
    return {
      ...Object.fromEntries(VARIABLES.map((name) => [`GITHUB_${name.toUpperCase()}`, String(github[name])])),
      GITHUB_EVENT_PATH: payload,
      GITHUB_WORKFLOW_REF: `${simulator.github.repository}/.github/workflows/${workflow.file}@${event.ref}`,
    };
  }
}

function statusOf(results: readonly Result[]): Scope['status'] {
  if (results.includes('failure')) return 'failure';
  return results.every((result) => result === 'success') ? 'success' : 'skipped';
}

/**
 * One `matrix` context for each run of the job; a job without a matrix runs once.
 * Source: GitHub Docs, "Running variations of jobs in a workflow".
 */
function combinations({ id, strategy }: JobDefinition, scope: Scope): Combination[] {
  const matrix = evaluateAll(strategy?.matrix ?? {}, scope) as Readonly<Record<string, Value>>;
  const { include = [], exclude = [], ...axes } = matrix;
  let product: Combination[] = [{}];
  for (const [axis, values] of Object.entries(axes)) {
    if (!Array.isArray(values) || values.length === 0) {
      throw new WorkflowError(`The matrix of the job ${id} has no values for ${axis}.`);
    }
    product = product.flatMap((one) => (values as readonly Value[]).map((value) => ({ ...one, [axis]: value })));
  }
  const agree = (one: Combination, names: readonly string[], other: Combination): boolean =>
    names.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
  const excluded = exclude as readonly Combination[];
  const original = product.filter((one) => !excluded.some((other) => agree(one, Object.keys(other), other)));
  const isOnlyInclude = Object.keys(axes).length === 0 && Array.isArray(include) && include.length > 0;
  const result = isOnlyInclude ? [] : [...original];
  for (const more of include as readonly Combination[]) {
    const shared = Object.keys(more).filter((name) => name in axes);
    const fitting = isOnlyInclude ? [] : [...original.keys()].filter((at) => agree(original[at] ?? {}, shared, more));
    for (const at of fitting) result[at] = { ...result[at], ...more };
    if (fitting.length === 0) result.push(more);
  }
  if (result.length > 256)
    throw new WorkflowError(`The matrix of the job ${id} has ${result.length} jobs, more than 256.`);
  return result;
}

type Combination = { readonly [name: string]: Value };

/** GitHub adds the values of the matrix unless the job has a name. */
function nameOf({ id, name }: JobDefinition, matrix: Combination): string {
  const values = Object.values(matrix).map((value) =>
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  );
  return textOf(name, values.length === 0 ? id : `${id} (${values.join(', ')})`);
}
