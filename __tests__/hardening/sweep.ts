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
  readonly mainChanges: readonly Change[];
  readonly postChanges: readonly Change[];
  /** Of a sign-out before the last step. */
  readonly logoutChanges: readonly Change[];
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
  if (step.result.exitCode !== 0) throw new Error(`${scenario.name} does not sign in:\n${step.result.log}`);
  const requests = world.asked;
  const mainChanges = changesIn(job);
  const files = readdirSync(step.result.outputs['config-dir'] ?? '').map(withoutId);
  await step.post();
  const postChanges = changesIn(job).slice(mainChanges.length);
  return {
    requests,
    mainChanges,
    postChanges: postChanges.map((change, index) => ({ ...change, number: index + 1 })),
    logoutChanges: await healthyLogout(scenario, world),
    files,
  };
}

async function healthyLogout(scenario: Scenario, world: World): Promise<Change[]> {
  const { job, inputs } = await scenario.job(world);
  using _ = job;
  await job.step({ inputs });
  const { exitCode, log } = await job.logOut({ env: faultyEnvironment(job, 0, 'none') });
  if (exitCode !== 0) throw new Error(`${scenario.name} does not sign out:\n${log}`);
  return changesIn(job);
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

/** A case for each fault of each change; `strike` runs the job with the fault in an environment. */
function changeCases(
  scenario: Scenario,
  phase: string,
  changes: readonly Change[],
  strike: (run: Run, faulty: Record<string, string>) => Promise<Outcome>,
): SweepCase[] {
  return changes.flatMap((change) =>
    faultsOf(change).map((how) => ({
      name: `${scenario.name}, ${phase}, change ${change.number} (${change.call} ${change.path}), ${how}`,
      run: async (world) => {
        const run = await begin(scenario, world);
        using _ = run.job;
        return await strike(run, faultyEnvironment(run.job, change.number, how));
      },
    })),
  );
}

/** Where nothing can be removed, a sign-in that failed cannot be undone either: that is for the post step to say. */
export function mainChangeCases(scenario: Scenario, { mainChanges, files }: Healthy): SweepCase[] {
  const cases = changeCases(scenario, 'main', mainChanges, async (run, env) => {
    const step = await run.job.step({ inputs: run.inputs, env });
    return (await brokenPromise(run, step, files)) ?? outcomeOf(step.result);
  });
  return cases.filter(({ name }) => !name.endsWith('no-effect'));
}

/** The post step has to undo all the same when it is run again. */
export function postChangeCases(scenario: Scenario, { postChanges }: Healthy): SweepCase[] {
  return changeCases(scenario, 'post', postChanges, async (run, env) => {
    const step = await run.job.step({ inputs: run.inputs });
    const post = await step.post(env);
    const broken = brokenPromiseOfPost(post) ?? leftInSilence(run, post) ?? (await whatIsLeft(run, step));
    return broken ?? outcomeOfPost(post);
  });
}

/** Either nothing is left, or the step fails: a later one could run with it. The post step undoes the rest. */
export function logoutChangeCases(scenario: Scenario, { logoutChanges }: Healthy): SweepCase[] {
  return changeCases(scenario, 'logout', logoutChanges, async (run, env) => {
    const step = await run.job.step({ inputs: run.inputs });
    const result = await run.job.logOut({ env });
    return brokenPromiseOfLogout(run, result) ?? (await whatIsLeft(run, step)) ?? outcomeOf(result);
  });
}

function brokenPromiseOfLogout(run: Run, { signal, exitCode, errors, log }: StepResult): Outcome | undefined {
  if (signal === 'SIGKILL' || (exitCode === 1 && errors.length === 1)) return undefined;
  const left = [...newFiles(run), ...changedVariables(run)];
  if (exitCode === 0 && errors.length === 0 && left.length === 0) return undefined;
  return { kind: 'lost', why: `exit code ${exitCode}, ${errors.length} errors, left ${left.join()}\n${log}` };
}

function outcomeOfPost(post: StepResult): Outcome {
  return post.errors.length > 0 ? { kind: 'refused' } : outcomeOf(post);
}

function brokenPromiseOfPost(post: StepResult): Outcome | undefined {
  if (post.signal === 'SIGKILL') return undefined;
  if (post.exitCode !== 0) return { kind: 'lost', why: `post failed the job\n${post.log}` };
  // One for each thing that could not be undone: the folder, the variables.
  if (post.errors.length > 2 || new Set(post.errors).size < post.errors.length) {
    return { kind: 'lost', why: `${post.errors.length} errors in post\n${post.log}` };
  }
  return undefined;
}

/** `Signed out.` is for what is seen to be gone. */
function leftInSilence(run: Run, post: StepResult): Outcome | undefined {
  const left = newFiles(run);
  if (post.signal === 'SIGKILL' || post.errors.length > 0 || left.length === 0) return undefined;
  return { kind: 'lost', why: `post does not say that it left ${left.join()}\n${post.log}` };
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
};
const OTHERS: Readonly<Record<string, FaultKind>> = {
  '429 for an hour': { kind: 'status', status: 429, headers: { 'Retry-After': '3600' } },
  '403': { kind: 'status', status: 403 },
  redirect: { kind: 'status', status: 307, headers: { Location: 'https://evil.example.com/' } },
};

const FOR_GOOD = { 'timeout-seconds': '2', 'max-attempts': '2' };

/** Each request fails once, and each fails for good. */
export function requestCases(scenario: Scenario, { requests, files }: Healthy): SweepCase[] {
  const { name, proof } = scenario;
  const always = proof === 'not-needed' ? undefined : 'refused';
  const faults = { ...PASSING, ...OTHERS, hang: { kind: 'hang' } as const };
  return requests.flatMap((request, skip) =>
    Object.entries(faults).flatMap(([what, fault]) => {
      const title = `${name}, request ${skip + 1} (${request.split('?')[0]}), ${what}`;
      const once = what in PASSING && proof === 'repeatable' ? 'survived' : undefined;
      const run =
        (times: number, inputs: Record<string, string>, expected: Outcome['kind'] | undefined) => (world: World) =>
          requestCase(world, scenario, files, { skip, times, fault }, inputs, expected);
      const forGood = { name: `${title}, always`, run: run(Number.POSITIVE_INFINITY, FOR_GOOD, always) };
      return what === 'hang' ? [forGood] : [{ name: `${title}, once`, run: run(1, {}, once) }, forGood];
    }),
  );
}

async function requestCase(
  world: World,
  scenario: Scenario,
  files: readonly string[],
  plan: { skip: number; times: number; fault: FaultKind },
  inputs: Record<string, string>,
  expected: Outcome['kind'] | undefined,
): Promise<Outcome> {
  const run = await begin(scenario, world);
  using _ = run.job;
  world.simulator.faults.add({ when: () => true, ...plan });
  const step = await run.job.step({ inputs: { ...run.inputs, ...inputs } });
  world.simulator.faults.clear();
  const outcome = (await brokenPromise(run, step, files)) ?? outcomeOf(step.result);
  if (expected !== undefined && outcome.kind !== 'lost' && outcome.kind !== expected) {
    return { kind: 'lost', why: `${outcome.kind}, not ${expected}\n${step.result.log}` };
  }
  return outcome;
}

function outcomeOf({ signal, exitCode }: StepResult): Outcome {
  if (signal === 'SIGKILL') return { kind: 'killed' };
  return { kind: exitCode === 0 ? 'survived' : 'refused' };
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

/** The first promise that a main run and the post run after it broke. */
async function brokenPromise(run: Run, step: ActionStep, files: readonly string[]): Promise<Outcome | undefined> {
  const { result } = step;
  const { kind } = outcomeOf(result);
  const why = kind === 'refused' ? halfDone(run, result) : kind === 'survived' ? incomplete(result, files) : '';
  return why === '' ? whatIsLeft(run, step) : { kind: 'lost', why: `${why}\n${result.log}` };
}

/** A sign-in that failed: one error, in words, and nothing to be seen from outside. */
function halfDone(run: Run, result: StepResult): string {
  const [error = ''] = result.errors;
  if (result.exitCode !== 1) return `exit code ${result.exitCode}, signal ${result.signal}`;
  if (result.errors.length !== 1) return `${result.errors.length} errors`;
  if (/fault of the action|does not know/.test(error)) return 'an error without a reason';
  if (Object.keys(result.outputs).length > 0) return 'outputs of a sign-in that failed';
  if (Object.keys(result.exported).length > 0) return 'variables of a sign-in that failed';
  const left = newFiles(run);
  return left.length > 0 ? `left ${left.join()}` : '';
}

/** In a named folder, each login's files have names of their own. */
function withoutId(name: string): string {
  return name.replace(/-[0-9a-f]{16}(?=\W|$)/, '-ID');
}

/** A sign-in that succeeded in spite of the fault: all of it, not a part. */
function incomplete(result: StepResult, files: readonly string[]): string {
  if (result.errors.length > 0) return 'an error, but the step succeeded';
  const folder = result.outputs['config-dir'] ?? '';
  if (!existsSync(folder)) return 'no folder';
  const there = readdirSync(folder).map(withoutId);
  const missing = files.filter((name) => !there.includes(name));
  if (missing.length > 0) return `no ${missing.join()}`;
  return result.exported['AZURE_CONFIG_DIR'] === folder ? '' : 'AZURE_CONFIG_DIR is not exported';
}

/** Those that are not as they were, nor what a sign-out leaves in place of nothing. */
function changedVariables({ job, before }: Run): string[] {
  const changed = Object.keys(job.env).filter((name) => (before.env[name] ?? '') !== (job.env[name] ?? ''));
  return changed.filter((name) => job.env[name] !== leftBehind(job)[name]);
}

/** Longer than the refresher needs to notice that its folder is gone. */
const REFRESHER_MS = 7000;

/** What is left of a step after its post run, in which nothing fails. */
async function whatIsLeft(run: Run, step: ActionStep): Promise<Outcome | undefined> {
  const { job } = run;
  const post = await step.post(WELL);
  const lost = (why: string): Outcome => ({ kind: 'lost', why: `after post: ${why}\n${step.result.log}\n${post.log}` });
  if (post.exitCode !== 0 || post.errors.length > 0) return lost('post failed');
  const left = newFiles(run);
  if (left.length > 0) return lost(left.join());
  const wrong = changedVariables(run);
  if (wrong.length > 0) return lost(wrong.join());
  for (const end = Date.now() + REFRESHER_MS; refreshersOf(job).length > 0; await pause(100)) {
    if (Date.now() > end) return lost(`process ${refreshersOf(job).join()}`);
  }
  return undefined;
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
