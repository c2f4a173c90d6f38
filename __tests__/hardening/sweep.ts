import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultKind } from '../../simulator/faults.ts';
import { type ActionStep, type Job, leftBehind, type StepResult } from '../../simulator/job.ts';
import { World } from '../action/world.ts';
import { loadedIntoAction } from './loaded-into.ts';
import type { PreparedJob, Scenario } from './scenarios.ts';

/**
 * The fault sweep: counts the requests and the changes to the file system of a healthy run, then makes each of them fail
 * in turn, in each way, and looks at what the runner and the next step would see.
 */

/** What came of one fault. Everything but `lost` is as promised. */
export type Outcome =
  | { readonly kind: 'survived' | 'refused' | 'killed' }
  | { readonly kind: 'lost'; readonly why: string };

export interface SweepCase {
  readonly name: string;
  readonly run: (world: World) => Promise<Outcome>;
}

/** What came of each case, by its name. */
export type Tally = readonly { readonly name: string; readonly outcome: Outcome }[];

/** Runs the cases, a few at a time, each worker in a world of its own: the requests of two runs would mingle. */
export async function sweep(cases: readonly SweepCase[], workers: number): Promise<Tally> {
  const queue = cases.values();
  const outcomes: { name: string; outcome: Outcome }[] = [];
  const worker = async (): Promise<void> => {
    await using world = await World.start();
    for (const { name, run } of queue) {
      world.simulator.clear();
      const outcome = await run(world).catch((error: unknown): Outcome => ({ kind: 'lost', why: String(error) }));
      const escaped = world.simulator.escaped.map(({ host }) => host).join();
      outcomes.push({ name, outcome: escaped === '' ? outcome : { kind: 'lost', why: `asked ${escaped}` } });
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return outcomes;
}

/** The cases that broke a promise, and which. */
export function lostOf(tally: Tally): string[] {
  return tally.flatMap(({ name, outcome }) => (outcome.kind === 'lost' ? [`${name}: ${outcome.why}`] : []));
}

export function tallyLine(what: string, tally: Tally): string {
  const kinds = ['survived', 'refused', 'killed', 'lost'] as const;
  const counts = kinds.map((kind) => `${tally.filter(({ outcome }) => outcome.kind === kind).length} ${kind}`);
  return `${what}: ${tally.length} faults, ${counts.join(', ')}`;
}

/** What a healthy run does, in order: what there is to fail. */
export interface Healthy {
  readonly requests: readonly string[];
  /** `logout` is a sign-out before the last step. */
  readonly changes: Readonly<Record<'main' | 'post' | 'logout', readonly Change[]>>;
  readonly files: readonly string[];
}

/** One change to the file system, or a process started. */
export interface Change {
  /** From 1. */
  readonly number: number;
  readonly call: string;
  /** Without what differs from run to run. */
  readonly path: string;
}

export type ChangeFault =
  | 'disk-full'
  | 'no-permission'
  | 'broken-disk'
  | 'short-write'
  | 'killed'
  | 'killed-midway'
  /** From this change on, removals do nothing and report no error. */
  | 'no-effect'
  /** As a fault of the program itself would. */
  | 'unforeseen'
  | 'none';

/** The environment in which a change of the built action fails. */
export function faultyEnvironment(job: Job, at: number, how: ChangeFault): Record<string, string> {
  return {
    ...loadedIntoAction('faulty-fs.mjs'),
    FAULTY_FS: JSON.stringify({ log: join(job.folder, 'changes'), at, how }),
  };
}

const WELL = { NODE_OPTIONS: '' };

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

export async function healthyRun(scenario: Scenario, world: World): Promise<Healthy> {
  const { job, inputs } = await scenario.job(world);
  using _ = job;
  world.simulator.clear();
  const step = await job.step({ inputs, env: faultyEnvironment(job, 0, 'none') });
  lostIf(step.result.exitCode !== 0, `${scenario.name} does not sign in`, step.result);
  const requests = world.asked.map(withoutId);
  const main = changesIn(job);
  const files = readdirSync(step.result.outputs['config-dir'] ?? '').map(withoutId);
  await step.post();
  const post = changesIn(job).slice(main.length);
  const other = await scenario.job(world);
  using _other = other.job;
  await other.job.step({ inputs: other.inputs });
  const logout = await other.job.logOut({ env: faultyEnvironment(other.job, 0, 'none') });
  lostIf(logout.exitCode !== 0, `${scenario.name} does not sign out`, logout);
  const ofPost = post.map((change, index) => ({ ...change, number: index + 1 }));
  return { requests, changes: { main, post: ofPost, logout: changesIn(other.job) }, files };
}

/** Every fault that can strike one change. */
export function faultsOf({ call, path }: Change): readonly ChangeFault[] {
  if (call === 'spawn') return ['no-permission', 'killed'];
  if (call === 'writeSync') {
    return ['disk-full', 'no-permission', 'broken-disk', 'short-write', 'killed', 'killed-midway'];
  }
  if (call === 'unlinkSync' || call === 'rmdirSync') return ['no-permission', 'broken-disk', 'killed', 'no-effect'];
  // A command of the runner is shorter than what the system writes at once: no signal comes between its halves.
  const grows = call !== 'renameSync' && !path.endsWith('.lock');
  return grows ? ['disk-full', 'no-permission', 'broken-disk', 'killed'] : ['no-permission', 'broken-disk', 'killed'];
}

type Strike = (run: Run, faulty: Record<string, string>, files: readonly string[]) => Promise<Outcome>;

/** What a step of each kind has to do whatever fails in it. */
const STRIKES: Readonly<Record<'main' | 'post' | 'logout', Strike>> = {
  main: async (run, env, files) => judged(run, await run.job.step({ inputs: run.inputs, env }), files),
  // It has to undo all the same when it is run again.
  post: async (run, env) => {
    const step = await run.job.step({ inputs: run.inputs });
    const post = await step.post(env);
    const isKilled = post.signal === 'SIGKILL';
    lostIf(!isKilled && post.exitCode !== 0, 'post failed the job', post);
    // One for each thing that could not be undone: the folder, the variables.
    const { length } = post.errors;
    lostIf(!isKilled && (length > 2 || new Set(post.errors).size < length), `${length} errors in post`, post);
    // `Signed out.` is for what is seen to be gone.
    lostIf(
      !isKilled && length === 0 && newFiles(run).length > 0,
      `post does not say that it left ${newFiles(run)}`,
      post,
    );
    await assertUndone(run, step);
    return length > 0 ? { kind: 'refused' } : outcomeOf(post);
  },
  // Either nothing is left, or the step fails: a later one could run with it. The post step undoes the rest.
  logout: async (run, env) => {
    const step = await run.job.step({ inputs: run.inputs });
    const result = await run.job.logOut({ env });
    const { signal, exitCode, errors } = result;
    const left = [...newFiles(run), ...changedVariables(run)];
    const isWhole = exitCode === 0 && errors.length === 0 && left.length === 0;
    const isTold = signal === 'SIGKILL' || (exitCode === 1 && errors.length === 1);
    lostIf(!isWhole && !isTold, `exit code ${exitCode}, ${errors.length} errors, left ${left}`, result);
    await assertUndone(run, step);
    return outcomeOf(result);
  },
};

/** A case for each fault of each change of a step. */
export function changeCases(scenario: Scenario, phase: keyof typeof STRIKES, healthy: Healthy): SweepCase[] {
  return healthy.changes[phase].flatMap((change) =>
    faultsOf(change)
      // Where nothing can be removed, a sign-in that failed cannot be undone either: that is for the post step to say.
      .filter((how) => phase !== 'main' || how !== 'no-effect')
      .map((how) => ({
        name: `${scenario.name}, ${phase}, change ${change.number} (${change.call} ${change.path}), ${how}`,
        run: async (world) => {
          const run = await begin(scenario, world);
          using _ = run.job;
          return await STRIKES[phase](run, faultyEnvironment(run.job, change.number, how), healthy.files);
        },
      })),
  );
}

/** Must be survived when they strike once. */
const PASSING: Readonly<Record<string, FaultKind>> = {
  reset: { kind: 'reset' },
  'reset in the body': { kind: 'reset', at: 'body' },
  truncated: { kind: 'truncated' },
  empty: { kind: 'empty' },
  '500': { kind: 'status', status: 500, body: 'oops' },
  '503': { kind: 'status', status: 503 },
  '429': { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
  html: { kind: 'html' },
  'switch of protocol': { kind: 'switch' },
  'JSON of another kind': { kind: 'json', body: { unexpected: [null] } },
  'a list': { kind: 'json', body: [] },
  null: { kind: 'json', body: null },
  'fields of another type': { kind: 'json', body: { value: {}, access_token: 7, authentication: {} } },
  'entries of another type': { kind: 'json', body: { value: [null], access_token: 'a\nb', nextLink: 7 } },
  'entries without an id': { kind: 'json', body: { value: [{ tenantId: 7 }], access_token: '' } },
  // Small to store, and long to parse.
  'a page without end': { kind: 'status', status: 200, body: `{"value":[${'{},'.repeat(20 * 1024 * 1024)}{}]}` },
  'a next page that is no link': { kind: 'json', body: { value: [], nextLink: 7, access_token: {} } },
};
const OTHERS: Readonly<Record<string, FaultKind>> = {
  '429 for an hour': { kind: 'status', status: 429, headers: { 'Retry-After': '3600' } },
  '403': { kind: 'status', status: 403 },
  redirect: { kind: 'status', status: 307, headers: { Location: 'https://evil.example.com/' } },
};

const FOR_GOOD = { 'timeout-seconds': '20', 'max-attempts': '2' };
const HANGING = { 'timeout-seconds': '2' };

/** How one request fails: the name of the fault, and how often it strikes. */
interface Failure {
  readonly at: number;
  readonly what: string;
  readonly fault: FaultKind;
  readonly times: number;
}

const ALWAYS = Number.POSITIVE_INFINITY;

/** Each request fails once, and each fails for good. */
export function requestCases(scenario: Scenario, healthy: Healthy): SweepCase[] {
  const faults = { ...PASSING, ...OTHERS, hang: { kind: 'hang' } as const };
  return healthy.requests.flatMap((request, at) =>
    Object.entries(faults).flatMap(([what, fault]) => {
      const name = `${scenario.name}, request ${at + 1} (${request}), ${what}`;
      const run = (times: number) => (world: World) =>
        requestCase(world, scenario, healthy, { at, what, fault, times });
      const always = { name: `${name}, always`, run: run(ALWAYS) };
      return what === 'hang' ? [always] : [{ name: `${name}, once`, run: run(1) }, always];
    }),
  );
}

async function requestCase(
  world: World,
  scenario: Scenario,
  { requests, files }: Healthy,
  { at, what, fault, times }: Failure,
): Promise<Outcome> {
  const run = await begin(scenario, world);
  using _ = run.job;
  const request = requests[at] ?? '';
  const planned = world.simulator.faults.add({
    when: ({ method, host, path }) => withoutId(`${method} ${host}${path}`) === request,
    skip: requests.slice(0, at).filter((earlier) => earlier === request).length,
    times,
    fault,
  });
  const limits = { ...(times === ALWAYS && FOR_GOOD), ...(what === 'hang' && HANGING) };
  const step = await run.job.step({ inputs: { ...run.inputs, ...limits } });
  world.simulator.faults.clear();
  const outcome = await judged(run, step, files);
  lostIf(times === ALWAYS && outcome.kind === 'survived', 'it survived', step.result);
  // What proves who signs in may not be sent again by every method.
  const isRepeatable = scenario.proof === 'repeatable' || !request.endsWith('/token');
  if (what in PASSING && isRepeatable && requests.filter((each) => each === request).length === 1) {
    const [tries, end] = times === ALWAYS ? [2, 'refused'] : [1, 'survived'];
    lostIf(planned.hits !== tries || outcome.kind !== end, `${outcome.kind} after ${planned.hits} tries`, step.result);
    const [, host = ''] = /([^ /]+)\//.exec(request) ?? [];
    lostIf(end === 'refused' && !step.result.errors[0]?.includes(host), `${host} is not named`, step.result);
  }
  return outcome;
}

function outcomeOf({ signal, exitCode }: StepResult): Outcome {
  if (signal === 'SIGKILL') return { kind: 'killed' };
  return { kind: exitCode === 0 ? 'survived' : 'refused' };
}

function lostIf(isBroken: boolean, why: string, { log }: StepResult): void {
  if (isBroken) throw new Error(`${why}\n${log}`);
}

/** A job before its sign-in, and what it has. */
interface Run extends PreparedJob {
  readonly before: Footprint;
}

interface Footprint {
  readonly env: Readonly<Record<string, string>>;
  /** Everything below the folders that a step may write to. */
  readonly files: readonly string[];
}

async function begin(scenario: Scenario, world: World): Promise<Run> {
  const prepared = await scenario.job(world);
  return { ...prepared, before: footprint(prepared.job) };
}

function footprint({ env, temp, workspace, home }: Job): Footprint {
  const below = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return { env: { ...env }, files: [temp, workspace, home].flatMap(below) };
}

function newFiles({ job, before }: Run): string[] {
  return footprint(job).files.filter((file) => !before.files.includes(file));
}

/** What became of a main run, in which every promise held, as in the post run after it. */
async function judged(run: Run, step: ActionStep, files: readonly string[]): Promise<Outcome> {
  const outcome = outcomeOf(step.result);
  if (outcome.kind === 'refused') assertNothingDone(run, step.result);
  if (outcome.kind === 'survived') assertComplete(step.result, files);
  await assertUndone(run, step);
  return outcome;
}

/** A sign-in that failed: one error, in words, and nothing to be seen from outside. */
function assertNothingDone(run: Run, result: StepResult): void {
  const { exitCode, signal, errors, outputs, exported } = result;
  lostIf(exitCode !== 1, `exit code ${exitCode}, signal ${signal}`, result);
  lostIf(errors.length !== 1, `${errors.length} errors`, result);
  lostIf(/bug in the action|unexpected error/.test(errors[0] ?? ''), 'an error without a reason', result);
  const left = [outputs, exported].flatMap(Object.keys).concat(newFiles(run));
  lostIf(left.length > 0, `left ${left}`, result);
}

/** In a named folder, each login's files have names of their own, and GitHub an address for each job. */
function withoutId(name: string): string {
  return name.replace(/-[0-9a-f]{16}(?=\W|$)/, '-ID').replace(/\/\S+\/idtoken\/\S+/, '/idtoken');
}

/** A sign-in that succeeded in spite of the fault: all of it, not a part. */
function assertComplete(result: StepResult, files: readonly string[]): void {
  lostIf(result.errors.length > 0, 'an error, but the step succeeded', result);
  const folder = result.outputs['config-dir'] ?? '';
  const there = existsSync(folder) ? readdirSync(folder).map(withoutId) : [];
  const missing = files.filter((name) => !there.includes(name));
  lostIf(missing.length > 0, `no ${missing}`, result);
  lostIf(result.exported['AZURE_CONFIG_DIR'] !== folder, 'AZURE_CONFIG_DIR is not exported', result);
}

/** Those that are not as they were, nor what a sign-out leaves in place of nothing. */
function changedVariables({ job, before }: Run): string[] {
  const changed = Object.keys(job.env).filter((name) => (before.env[name] ?? '') !== (job.env[name] ?? ''));
  return changed.filter((name) => job.env[name] !== leftBehind(job)[name]);
}

/** Longer than the refresher needs to notice that its folder is gone. */
const REFRESHER_MS = 7000;

/** Nothing is left of a step after its post run, in which nothing fails. */
async function assertUndone(run: Run, step: ActionStep): Promise<void> {
  const post = await step.post(WELL);
  const log = `${step.result.log}\n${post.log}`;
  const left = [...post.errors, ...newFiles(run), ...changedVariables(run)];
  lostIf(post.exitCode !== 0 || left.length > 0, `left after post: ${left}`, { ...post, log });
  for (const end = Date.now() + REFRESHER_MS; refreshersOf(run.job).length > 0; await pause(100)) {
    lostIf(Date.now() > end, `left after post: process ${refreshersOf(run.job)}`, { ...post, log });
  }
}

/** Background processes of a job, where the system shows their environment. */
export function refreshersOf({ temp }: Job): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const isAgent = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/dist/agent/');
        return isAgent && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`RUNNER_TEMP=${temp}`);
      } catch {
        return false;
      }
    });
}
