import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultKind } from '../../simulator/faults.ts';
import { type ActionStep, type Job, leftBehind, type StepResult } from '../../simulator/job.ts';
import { agentPids } from '../action/processes.ts';
import { configDir, World } from '../action/world.ts';
import { preload } from './preload.ts';
import type { PreparedJob, Scenario } from './scenarios.ts';

/**
 * The fault sweep: records the requests and the file changes of a successful run, then makes each of them fail in each way,
 * and checks the state that the runner and the next step see.
 */

/** The outcome of one fault. A `violation` breaks a promise of the action. */
export type Outcome =
  | { readonly kind: 'succeeded' | 'failed' | 'killed' }
  | { readonly kind: 'violation'; readonly reason: string };

export interface SweepCase {
  readonly name: string;
  readonly run: (world: World) => Promise<Outcome>;
}

export type Tally = readonly { readonly name: string; readonly outcome: Outcome }[];

/** Runs the cases in several workers. Each has its own world, which keeps the requests of two runs apart. */
export async function sweep(cases: readonly SweepCase[], workers: number): Promise<Tally> {
  const queue = cases.values();
  const outcomes: { name: string; outcome: Outcome }[] = [];
  const worker = async (): Promise<void> => {
    await using world = await World.start();
    for (const { name, run } of queue) {
      world.simulator.clear();
      const violation = (reason: string): Outcome => ({ kind: 'violation', reason });
      const outcome = await run(world).catch((error: unknown) => violation(String(error)));
      const escaped = world.simulator.escaped.map(({ host }) => host).join();
      outcomes.push({ name, outcome: escaped === '' ? outcome : violation(`a request to ${escaped}`) });
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return outcomes;
}

export function violationsIn(tally: Tally): string[] {
  return tally.flatMap(({ name, outcome }) => (outcome.kind === 'violation' ? [`${name}: ${outcome.reason}`] : []));
}

export function tallyLine(title: string, tally: Tally): string {
  const kinds = ['succeeded', 'failed', 'killed', 'violation'] as const;
  const counts = kinds.map((kind) => `${kind} ${tally.filter(({ outcome }) => outcome.kind === kind).length}`);
  return `${title}: ${tally.length} faults, ${counts.join(', ')}`;
}

/** The requests and changes of a successful run, in order. */
export interface Recording {
  readonly requests: readonly string[];
  readonly changes: Readonly<Record<'main' | 'post' | 'logout', readonly Change[]>>;
  readonly files: readonly string[];
}

/** A change to the file system, or the start of a process. */
export interface Change {
  /** From 1. */
  readonly number: number;
  readonly call: string;
  /** Without the parts that differ between runs. */
  readonly path: string;
}

export type ChangeFault =
  | 'disk-full'
  | 'no-permission'
  | 'broken-disk'
  | 'short-write'
  | 'killed'
  | 'killed-midway'
  /** From this change on, removals do nothing without an error. */
  | 'no-effect'
  /** Throws a `TypeError`, as a bug would. */
  | 'bug'
  | 'none';

/** @param at the number of the change that fails; 0 only records the changes */
export function faultEnvironment(job: Job, at: number, how: ChangeFault): Record<string, string> {
  const settings = { log: join(job.folder, 'changes'), at, how };
  return { ...preload('faulty-fs.mjs'), FAULTY_FS: JSON.stringify(settings) };
}

export function changesIn(job: Job): Change[] {
  const lines = readFileSync(join(job.folder, 'changes'), 'utf8').trimEnd().split('\n');
  return lines.map((line, index) => {
    const [call = '', path = ''] = line.split(/ (.*)/s);
    const plain = path
      .replace(job.folder, '')
      .replace(/azure-session-[0-9a-f]{16}/, 'SESSION')
      .replace(/\.[0-9a-f]{12}\.new$/, '.new')
      .replace(/-[0-9a-f]{16}(?=\W|$)/, '-ID')
      .replace(/step-\d+-(main|post|logout)-[0-9a-f-]{36}-/, '');
    return { number: index + 1, call, path: plain };
  });
}

export async function recordRun(scenario: Scenario, world: World): Promise<Recording> {
  const { job, inputs } = await scenario.job(world);
  using _ = job;
  world.simulator.clear();
  const step = await job.step({ inputs, env: faultEnvironment(job, 0, 'none') });
  assertThat(step.result.exitCode === 0, `${scenario.name} does not sign in`, step.result);
  const requests = world.requestLines.map(withoutId);
  const main = changesIn(job);
  const files = readdirSync(configDir(step)).map(withoutId);
  await step.post();
  const post = changesIn(job)
    .slice(main.length)
    .map((change, index) => ({ ...change, number: index + 1 }));
  const other = await scenario.job(world);
  using _other = other.job;
  await other.job.step({ inputs: other.inputs });
  const logout = await other.job.logOut({ env: faultEnvironment(other.job, 0, 'none') });
  assertThat(logout.exitCode === 0, `${scenario.name} does not sign out`, logout);
  return { requests, changes: { main, post, logout: changesIn(other.job) }, files };
}

export function faultsOf({ call, path }: Change): readonly ChangeFault[] {
  if (call === 'spawn') return ['no-permission', 'killed'];
  if (call === 'writeSync') {
    return ['disk-full', 'no-permission', 'broken-disk', 'short-write', 'killed', 'killed-midway'];
  }
  if (call === 'unlinkSync' || call === 'rmdirSync') return ['no-permission', 'broken-disk', 'killed', 'no-effect'];
  // A runner command is written by one system call, which a signal does not interrupt: no `killed-midway`.
  const grows = call !== 'renameSync' && !path.endsWith('.lock');
  return grows ? ['disk-full', 'no-permission', 'broken-disk', 'killed'] : ['no-permission', 'broken-disk', 'killed'];
}

type PhaseCheck = (run: Run, env: Record<string, string>, files: readonly string[]) => Promise<Outcome>;

/** Each function runs its phase with a fault and checks the promises. */
const PHASES: Readonly<Record<'main' | 'post' | 'logout', PhaseCheck>> = {
  main: async (run, env, files) => checkSignIn(run, await run.job.step({ inputs: run.inputs, env }), files),
  post: async (run, env) => {
    const step = await run.job.step({ inputs: run.inputs });
    const post = await step.post(env);
    const isKilled = post.signal === 'SIGKILL';
    const { length } = post.errors;
    if (!isKilled) {
      assertThat(post.exitCode === 0, 'post failed the job', post);
      // At most one error for the folder and one for the variables.
      assertThat(length <= 2 && new Set(post.errors).size === length, `${length} errors in post`, post);
      assertThat(length > 0 || newFiles(run).length === 0, `no error about the remaining ${newFiles(run)}`, post);
    }
    await assertUndone(run, step);
    return length > 0 ? { kind: 'failed' } : outcomeOf(post);
  },
  // The step fails unless everything is removed. The post step removes the rest.
  logout: async (run, env) => {
    const step = await run.job.step({ inputs: run.inputs });
    const result = await run.job.logOut({ env });
    const { signal, exitCode, errors } = result;
    const remaining = [...newFiles(run), ...changedVariables(run)];
    const isComplete = exitCode === 0 && errors.length === 0 && remaining.length === 0;
    const isReported = signal === 'SIGKILL' || (exitCode === 1 && errors.length === 1);
    assertThat(isComplete || isReported, `code ${exitCode}, ${errors.length} errors, remaining: ${remaining}`, result);
    await assertUndone(run, step);
    return outcomeOf(result);
  },
};

/** A case for each fault of each change of a phase. */
export function changeCases(scenario: Scenario, phase: keyof typeof PHASES, recording: Recording): SweepCase[] {
  return recording.changes[phase].flatMap((change) =>
    faultsOf(change)
      // If nothing can be removed, main cannot undo a failed sign-in; the post step reports that.
      .filter((how) => phase !== 'main' || how !== 'no-effect')
      .map((how) => ({
        name: `${scenario.name}, ${phase}, change ${change.number} (${change.call} ${change.path}), ${how}`,
        run: async (world) => {
          const run = await prepare(scenario, world);
          using _ = run.job;
          return await PHASES[phase](run, faultEnvironment(run.job, change.number, how), recording.files);
        },
      })),
  );
}

/** The sign-in must succeed if one of these occurs once. */
const TRANSIENT: Readonly<Record<string, FaultKind>> = {
  reset: { kind: 'reset' },
  'reset in the body': { kind: 'reset', at: 'body' },
  truncated: { kind: 'truncated' },
  empty: { kind: 'empty' },
  '500': { kind: 'status', status: 500, body: 'oops' },
  '503': { kind: 'status', status: 503 },
  '429': { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
  html: { kind: 'html' },
  'switch of protocol': { kind: 'switch' },
  'unexpected JSON': { kind: 'json', body: { unexpected: [null] } },
  'a list': { kind: 'json', body: [] },
  null: { kind: 'json', body: null },
  'fields of another type': { kind: 'json', body: { value: {}, access_token: 7, authentication: {} } },
  'entries of another type': { kind: 'json', body: { value: [null], access_token: 'a\nb', nextLink: 7 } },
  'entries without an id': { kind: 'json', body: { value: [{ tenantId: 7 }], access_token: '' } },
  // Small in memory and slow to parse.
  'an endless page': { kind: 'status', status: 200, body: `{"value":[${'{},'.repeat(20 * 1024 * 1024)}{}]}` },
  'an invalid link to the next page': { kind: 'json', body: { value: [], nextLink: 7, access_token: {} } },
};
const DEFINITE: Readonly<Record<string, FaultKind>> = {
  '429 for an hour': { kind: 'status', status: 429, headers: { 'Retry-After': '3600' } },
  '403': { kind: 'status', status: 403 },
  redirect: { kind: 'status', status: 307, headers: { Location: 'https://evil.example.com/' } },
};

const ALWAYS_LIMITS = { 'timeout-seconds': '20', 'max-attempts': '2' };
const HANG_LIMITS = { 'timeout-seconds': '2' };

/** `at` is the index of the request. */
type RequestFault = Readonly<{ at: number; name: string; fault: FaultKind; times: number }>;

const ALWAYS = Number.POSITIVE_INFINITY;

/** Each request fails once, and each always fails. */
export function requestCases(scenario: Scenario, recording: Recording): SweepCase[] {
  const faults = { ...TRANSIENT, ...DEFINITE, hang: { kind: 'hang' } as const };
  return recording.requests.flatMap((request, at) =>
    Object.entries(faults).flatMap(([name, fault]) => {
      const title = `${scenario.name}, request ${at + 1} (${request}), ${name}`;
      const run = (times: number) => (world: World) =>
        requestCase(world, scenario, recording, { at, name, fault, times });
      const always = { name: `${title}, always`, run: run(ALWAYS) };
      return name === 'hang' ? [always] : [{ name: `${title}, once`, run: run(1) }, always];
    }),
  );
}

async function requestCase(
  world: World,
  scenario: Scenario,
  { requests, files }: Recording,
  { at, name, fault, times }: RequestFault,
): Promise<Outcome> {
  const run = await prepare(scenario, world);
  using _ = run.job;
  const request = requests[at] ?? '';
  const planned = world.simulator.faults.add({
    when: ({ method, host, path }) => withoutId(`${method} ${host}${path}`) === request,
    skip: requests.slice(0, at).filter((earlier) => earlier === request).length,
    times,
    fault,
  });
  const limits = { ...(times === ALWAYS && ALWAYS_LIMITS), ...(name === 'hang' && HANG_LIMITS) };
  const step = await run.job.step({ inputs: { ...run.inputs, ...limits } });
  world.simulator.faults.clear();
  const outcome = await checkSignIn(run, step, files);
  assertThat(times !== ALWAYS || outcome.kind !== 'succeeded', 'it succeeded', step.result);
  const isRetried = scenario.credential === 'reusable' || !request.endsWith('/token');
  if (name in TRANSIENT && isRetried && requests.filter((each) => each === request).length === 1) {
    const [hits, kind] = times === ALWAYS ? [2, 'failed'] : [1, 'succeeded'];
    const isExpected = planned.hits === hits && outcome.kind === kind;
    assertThat(isExpected, `${outcome.kind} after ${planned.hits} faults`, step.result);
    const [, host = ''] = /([^ /]+)\//.exec(request) ?? [];
    assertThat(kind === 'succeeded' || step.result.errors[0]?.includes(host), `no error about ${host}`, step.result);
  }
  return outcome;
}

function outcomeOf({ signal, exitCode }: StepResult): Outcome {
  if (signal === 'SIGKILL') return { kind: 'killed' };
  return { kind: exitCode === 0 ? 'succeeded' : 'failed' };
}

function assertThat(condition: boolean | undefined, otherwise: string, { log }: StepResult): void {
  if (!condition) throw new Error(`${otherwise}\n${log}`);
}

/** A job and its state before the sign-in. */
interface Run extends PreparedJob {
  readonly before: Readonly<{ env: Record<string, string>; files: readonly string[] }>;
}

async function prepare(scenario: Scenario, world: World): Promise<Run> {
  const prepared = await scenario.job(world);
  return { ...prepared, before: { env: { ...prepared.job.env }, files: filesOf(prepared.job) } };
}

/** Everything below the folders to which a step may write. */
export function filesOf({ temp, workspace, home }: Job): string[] {
  return [temp, workspace, home].flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }));
}

function newFiles({ job, before }: Run): string[] {
  return filesOf(job).filter((file) => !before.files.includes(file));
}

/** Checks the promises of a main run and of the post run after it. */
async function checkSignIn(run: Run, step: ActionStep, files: readonly string[]): Promise<Outcome> {
  const outcome = outcomeOf(step.result);
  if (outcome.kind === 'failed') assertNothingDone(run, step.result);
  if (outcome.kind === 'succeeded') assertComplete(step.result, files);
  await assertUndone(run, step);
  return outcome;
}

/** A failed sign-in has one error with a reason, and no visible effect. */
function assertNothingDone(run: Run, result: StepResult): void {
  const { exitCode, signal, errors, outputs, exported } = result;
  assertThat(exitCode === 1, `exit code ${exitCode}, signal ${signal}`, result);
  assertThat(errors.length === 1, `${errors.length} errors`, result);
  assertThat(!/bug in the action|unexpected error/.test(errors[0] ?? ''), 'an error without a reason', result);
  const remaining = [outputs, exported].flatMap(Object.keys).concat(newFiles(run));
  assertThat(remaining.length === 0, `remaining: ${remaining}`, result);
}

/** File names in a named folder contain the id of the login, and the URL of GitHub the id of the job. */
function withoutId(name: string): string {
  return name.replace(/-[0-9a-f]{16}(?=\W|$)/, '-ID').replace(/\/\S+\/idtoken\/\S+/, '/idtoken');
}

/** A sign-in that succeeded despite the fault is complete. */
function assertComplete(result: StepResult, files: readonly string[]): void {
  assertThat(result.errors.length === 0, 'an error, but the step succeeded', result);
  const folder = result.outputs['config-dir'] ?? '';
  const names = existsSync(folder) ? readdirSync(folder).map(withoutId) : [];
  const missing = files.filter((name) => !names.includes(name));
  assertThat(missing.length === 0, `missing: ${missing}`, result);
  assertThat(result.exported['AZURE_CONFIG_DIR'] === folder, 'AZURE_CONFIG_DIR is not exported', result);
}

/** Variables with neither their earlier value nor the default that a sign-out sets. */
function changedVariables({ job, before }: Run): string[] {
  const changed = Object.keys(job.env).filter((name) => (before.env[name] ?? '') !== (job.env[name] ?? ''));
  return changed.filter((name) => job.env[name] !== leftBehind(job)[name]);
}

/** Longer than the agent needs to notice that its folder is gone. */
const AGENT_EXIT_MS = 7000;

/** A post run without faults removes everything. */
async function assertUndone(run: Run, step: ActionStep): Promise<void> {
  const post = await step.post({ NODE_OPTIONS: '' });
  const both = { ...post, log: `${step.result.log}\n${post.log}` };
  const remaining = [...post.errors, ...newFiles(run), ...changedVariables(run)];
  assertThat(post.exitCode === 0 && remaining.length === 0, `remaining after post: ${remaining}`, both);
  for (const end = Date.now() + AGENT_EXIT_MS; agentPids(run.job).length > 0; await pause(100)) {
    assertThat(Date.now() < end, `remaining after post: process ${agentPids(run.job)}`, both);
  }
}
