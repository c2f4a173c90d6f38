import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Simulator } from '../simulator.ts';
import { evaluateTemplate, holds, interpolate, type Scope, type Value, WorkflowError } from './expression.ts';
import { type JobReport, type Machine, type Result, runJob } from './job-run.ts';
import {
  type CallJob,
  type Event,
  type JobDefinition,
  type Permissions,
  readWorkflow,
  type StepsJob,
  type Texts,
  type Workflow,
} from './workflow.ts';

export interface WorkflowRunOptions {
  readonly simulator: Simulator;
  /** A folder with the repository's files, its workflows in `.github/workflows`. */
  readonly repository: string;
  /** Name of the file in `.github/workflows`. */
  readonly workflow: string;
  readonly event: RunEvent;
  readonly vars?: Texts;
  /** Variables of environments, before those of the repository. */
  readonly environments?: Readonly<Record<string, Texts>>;
  readonly secrets?: Texts;
  readonly machine?: Partial<Omit<Machine, 'simulator' | 'repository'>>;
}

/** What started the run. */
export interface RunEvent {
  readonly name: string;
  readonly ref: string;
  /** `github.event`. */
  readonly payload: { readonly [name: string]: Value };
}

export interface WorkflowReport {
  readonly result: 'success' | 'failure';
  /** In the order they ran; a job of a called workflow has the id `caller/job`, one of a matrix comes several times. */
  readonly jobs: readonly JobReport[];
}

/**
 * Runs a workflow on this machine: a small part of GitHub Actions, for tests of workflows that sign in. `azure-session`
 * is the built action, in processes of its own; GitHub's issuer and Azure are the simulator; jobs run one after the
 * other, each with the ID token's subject that it would have.
 * @throws WorkflowError for what GitHub would refuse before it starts, and for what this runner does not know
 */
export async function runWorkflow(options: WorkflowRunOptions): Promise<WorkflowReport> {
  const run = new Run(options);
  const workflow = run.read(options.workflow);
  requireEvent(workflow, options.event);
  options.simulator.github.eventName = options.event.name;
  options.simulator.github.ref = options.event.ref;
  const caller: Caller = {
    prefix: '',
    inputs: {},
    secrets: run.isFromFork ? {} : (options.secrets ?? {}),
    granted: 'anything',
  };
  await run.workflow(workflow, caller);
  return { result: run.reports.some(({ result }) => result === 'failure') ? 'failure' : 'success', jobs: run.reports };
}

function requireEvent({ events, file }: Workflow, { name, ref }: RunEvent): void {
  const event = events.find((candidate) => candidate.kind === 'other' && candidate.name === name);
  if (event?.kind !== 'other') throw new WorkflowError(`${file} does not run on ${name}.`);
  const branch = ref.replace('refs/heads/', '');
  if (event.branches.length > 0 && !event.branches.includes(branch)) {
    throw new WorkflowError(`${file} does not run on ${name} to ${branch}.`);
  }
}

/** What a workflow gets from whoever started it. */
interface Caller {
  readonly prefix: string;
  readonly inputs: Texts;
  readonly secrets: Texts;
  readonly granted: Permissions | 'anything';
}

/** How the jobs went that other jobs need. */
type Needs = Record<string, { readonly result: Result; readonly outputs: Texts }>;

/** What a job has where nobody asks for permissions. */
const DEFAULT_PERMISSIONS: Permissions = { contents: 'read', packages: 'read' };

class Run {
  readonly reports: JobReport[] = [];
  readonly #options: WorkflowRunOptions;
  readonly #machine: Machine;
  readonly #sha = randomBytes(20).toString('hex');

  constructor(options: WorkflowRunOptions) {
    this.#options = options;
    const { simulator, repository, machine = {} } = options;
    this.#machine = { simulator, repository, path: [], variables: {}, setUp: [], ...machine };
  }

  read(file: string): Workflow {
    return readWorkflow(join(this.#options.repository, '.github', 'workflows', file));
  }

  /** GitHub gives the run of a pull request from another repository no ID token, and no secrets. */
  get isFromFork(): boolean {
    const { name, payload } = this.#options.event;
    const from = evaluateTemplate('${{ event.pull_request.head.repo.full_name }}', {
      contexts: { event: payload },
      status: 'success',
    });
    return name === 'pull_request' && from !== this.#options.simulator.github.repository;
  }

  /** @returns what the jobs that were needed, or are there to be needed, gave */
  async workflow(workflow: Workflow, caller: Caller): Promise<Needs> {
    const done: Needs = {};
    let waiting = [...workflow.jobs];
    while (waiting.length > 0) {
      const ready = waiting.filter(({ needs }) => needs.every((id) => id in done));
      if (ready.length === 0) throw new WorkflowError(`${workflow.file}: jobs need jobs that are not there.`);
      for (const job of ready) done[job.id] = await this.#job(workflow, job, caller, done);
      waiting = waiting.filter((job) => !ready.includes(job));
    }
    return done;
  }

  async #job(workflow: Workflow, job: JobDefinition, caller: Caller, done: Needs): Promise<Needs[string]> {
    const needs = Object.fromEntries(job.needs.map((id) => [id, done[id]])) as Needs;
    const contexts = {
      github: this.#github(workflow),
      vars: this.#options.vars ?? {},
      inputs: caller.inputs,
      needs: needs as Value,
    };
    const status = statusOf(Object.values(needs).map(({ result }) => result));
    const id = caller.prefix + job.id;
    if (!holds(job.if, { contexts, status })) return this.#without(id, job.name ?? job.id, 'skipped');
    const idToken = this.#idToken(workflow, job, caller);
    let outcome: Needs[string] = { result: 'success', outputs: {} };
    for (const matrix of combinations(job, { contexts, status: 'success' })) {
      if (outcome.result === 'failure' && job.matrix.whenOneFails === 'cancel-the-rest') {
        this.#without(id, job.id, 'cancelled');
        continue;
      }
      const scope: Scope = { contexts: { ...contexts, matrix }, status: 'success' };
      const one =
        job.kind === 'call'
          ? await this.#call(job, id, scope, caller, this.#permissions(workflow, job, caller))
          : await this.#steps(workflow, job, id, scope, { caller, idToken });
      outcome = { outputs: one.outputs, result: outcome.result === 'failure' ? 'failure' : one.result };
    }
    return outcome;
  }

  #without(id: string, name: string, result: 'skipped' | 'cancelled'): Needs[string] {
    this.reports.push({ id, name, result, steps: [], outputs: {}, droppedOutputs: [], log: '', left: [] });
    return { result, outputs: {} };
  }

  #permissions(workflow: Workflow, job: JobDefinition, { granted }: Caller): Permissions {
    const inherited = granted === 'anything' ? DEFAULT_PERMISSIONS : granted;
    return job.permissions ?? workflow.permissions ?? inherited;
  }

  #idToken(workflow: Workflow, job: JobDefinition, caller: Caller): 'granted' | 'none' {
    const wanted = this.#permissions(workflow, job, caller)['id-token'] === 'write';
    if (wanted && caller.granted !== 'anything' && caller.granted['id-token'] !== 'write') {
      throw new WorkflowError(
        `${workflow.file}: the job ${job.id} is requesting 'id-token: write', but is only allowed 'id-token: none'.`,
      );
    }
    return wanted && !this.isFromFork ? 'granted' : 'none';
  }

  async #steps(
    workflow: Workflow,
    job: StepsJob,
    id: string,
    scope: Scope,
    { caller, idToken }: { caller: Caller; idToken: 'granted' | 'none' },
  ): Promise<Needs[string]> {
    const environment = this.#options.environments?.[interpolate(job.environment, scope)] ?? {};
    const contexts = {
      ...scope.contexts,
      vars: { ...this.#options.vars, ...environment },
      secrets: caller.secrets,
    };
    const inJob: Scope = { contexts, status: 'success' };
    const own = Object.entries({ ...workflow.env, ...job.env });
    const env = Object.fromEntries(own.map(([name, value]) => [name, interpolate(value, inJob)]));
    const report = await runJob(
      {
        definition: job,
        name: interpolate(job.name ?? job.id, inJob),
        contexts,
        secrets: caller.secrets,
        idToken,
        env: { ...this.#variables(workflow, job), ...env },
      },
      this.#machine,
    );
    this.reports.push({ ...report, id });
    return report;
  }

  async #call(job: CallJob, id: string, scope: Scope, caller: Caller, granted: Permissions): Promise<Needs[string]> {
    const [, file] = /^\.\/\.github\/workflows\/([^/]+)$/.exec(job.uses) ?? [];
    if (file === undefined) throw new WorkflowError(`This runner does not have ${job.uses}.`);
    const called = this.read(file);
    const secretScope: Scope = { ...scope, contexts: { ...scope.contexts, secrets: caller.secrets } };
    const secrets = job.secrets === 'inherit' ? caller.secrets : interpolated(job.secrets, secretScope);
    const call = called.events.find((event) => event.kind === 'workflow_call');
    if (call?.kind !== 'workflow_call') throw new WorkflowError(`${called.file} is not there to be called.`);
    const inputs = inputsOf(call, interpolated(job.with, scope), called.file);
    const first = this.reports.length;
    const jobs = await this.workflow(called, { prefix: `${id}/`, inputs, secrets, granted });
    const outputs = interpolated(call.outputs, { contexts: { jobs: jobs as Value }, status: 'success' });
    const results = this.reports.slice(first).map(({ result }) => result);
    return { result: results.includes('failure') ? 'failure' : 'success', outputs };
  }

  #github({ name }: Workflow): { readonly [name: string]: Value } {
    const { event, simulator } = this.#options;
    return {
      actor: 'octocat',
      event: event.payload,
      event_name: event.name,
      ref: event.ref,
      ref_name: event.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
      repository: simulator.github.repository,
      repository_owner: simulator.github.owner,
      sha: this.#sha,
      workflow: name,
    };
  }

  #variables(workflow: Workflow, job: StepsJob): Texts {
    const { event, simulator } = this.#options;
    const payload = join(simulator.folder, 'event.json');
    writeFileSync(payload, JSON.stringify(event.payload));
    return {
      GITHUB_ACTOR: 'octocat',
      GITHUB_EVENT_NAME: event.name,
      GITHUB_EVENT_PATH: payload,
      GITHUB_JOB: job.id,
      GITHUB_REF: event.ref,
      GITHUB_REPOSITORY: simulator.github.repository,
      GITHUB_SHA: this.#sha,
      GITHUB_WORKFLOW: workflow.name,
      GITHUB_WORKFLOW_REF: `${simulator.github.repository}/.github/workflows/${basename(workflow.file)}@${event.ref}`,
    };
  }
}

function statusOf(results: readonly Result[]): Scope['status'] {
  if (results.includes('failure')) return 'failure';
  return results.every((result) => result === 'success') ? 'success' : 'skipped';
}

/** One `matrix` context for each run of the job; a job without a matrix runs once. */
function combinations({ id, matrix }: JobDefinition, scope: Scope): { readonly [name: string]: Value }[] {
  let all: { readonly [name: string]: Value }[] = [{}];
  for (const [axis, given] of Object.entries(matrix.axes)) {
    const values =
      typeof given === 'string' ? evaluateTemplate(given, scope) : given.map((value) => evaluateTemplate(value, scope));
    if (!Array.isArray(values) || values.length === 0) {
      throw new WorkflowError(`The matrix of the job ${id} has no values for ${axis}.`);
    }
    all = all.flatMap((one) => (values as readonly Value[]).map((value) => ({ ...one, [axis]: value })));
  }
  if (all.length > 256) throw new WorkflowError(`The matrix of the job ${id} has ${all.length} jobs, more than 256.`);
  return all;
}

function inputsOf(call: Event & { kind: 'workflow_call' }, given: Texts, file: string): Texts {
  const unknown = Object.keys(given).filter((name) => !call.inputs.some((input) => input.name === name));
  const missing = call.inputs.filter(({ name, required }) => required && !(name in given)).map(({ name }) => name);
  if (unknown.length > 0) throw new WorkflowError(`${file} has no input ${unknown.join(', ')}.`);
  if (missing.length > 0) throw new WorkflowError(`${file} needs the input ${missing.join(', ')}.`);
  return Object.fromEntries(call.inputs.map((input) => [input.name, given[input.name] ?? input.default]));
}

function interpolated(texts: Texts, scope: Scope): Texts {
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, interpolate(value, scope)]));
}
