import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, beforeEach } from 'node:test';
import { type ActionStep, Job, leftBehind, type StepOptions, type StepResult } from '../../simulator/job.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Contoso, type ContosoOptions, contoso } from '../../simulator/world.ts';

/** One simulated Azure, a default tenant in it, and a job that reaches both through the simulator's proxy. */
export class World {
  readonly simulator: Simulator;
  readonly contoso: Contoso;
  readonly job: Job;
  readonly #jobs: Job[] = [];

  private constructor(simulator: Simulator, tenant: Contoso) {
    this.simulator = simulator;
    this.contoso = tenant;
    this.job = this.newJob();
  }

  static async start(options?: Parameters<typeof startSimulator>[0], tenant?: ContosoOptions): Promise<World> {
    const simulator = await startSimulator(options);
    return new World(simulator, await contoso(simulator, tenant));
  }

  /** Another job of the same world, which takes its folders along when it ends. */
  newJob(env: Record<string, string> = {}): Job {
    const job = new Job({ ...this.simulator.environment, ...this.simulator.github.variables, ...env });
    this.#jobs.push(job);
    return job;
  }

  get identity(): Record<string, string> {
    return { 'client-id': this.contoso.application.clientId, 'tenant-id': this.contoso.tenant.id };
  }

  get secret(): Record<string, string> {
    return { ...this.identity, 'client-secret': this.contoso.clientSecret };
  }

  get user(): Record<string, string> {
    return { username: this.contoso.user.userPrincipalName, password: this.contoso.password };
  }

  get certificate(): Record<string, string> {
    const { privateKey, certificate } = this.contoso.certificate;
    return { ...this.identity, 'client-certificate': `${privateKey}\n${certificate}` };
  }

  /** A sign-in that must succeed; in another job where one is named. */
  async signedIn(
    inputs: Record<string, string>,
    { job = this.job, ...options }: Omit<StepOptions, 'inputs'> & { readonly job?: Job } = {},
  ): Promise<ActionStep> {
    const step = await job.step({ ...options, inputs });
    assert.equal(step.result.exitCode, 0, step.result.log);
    return step;
  }

  /** A sign-in that must be refused, in a job of its own unless one is named. */
  async refused(
    inputs: Record<string, string>,
    message: RegExp,
    { env = {}, job = this.newJob(env), asked }: Refused = {},
  ): Promise<StepResult> {
    const earlier = this.simulator.requests.length;
    const step = await job.step({ inputs });
    assertRefused(step, job, message);
    if (asked !== undefined) assert.equal(this.asked.length - earlier, asked, `requests\n${this.asked.join('\n')}`);
    const secrets = ['client-secret', 'password'].flatMap((name) => inputs[name] ?? []);
    const telling = secrets.filter((secret) => secret.length > 8);
    assert.deepEqual(findSecrets(telling, { shown: shownBy(step.result) }), []);
    return step.result;
  }

  /** What was asked, as `METHOD host/path`, in order. */
  get asked(): string[] {
    return this.simulator.requests.map(({ method, host, path }) => `${method} ${host}${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const job of this.#jobs) job[Symbol.dispose]();
    await this.simulator.close();
  }
}

interface Refused {
  readonly env?: Record<string, string>;
  readonly job?: Job;
  /** How many requests were made. */
  readonly asked?: number;
}

/** The world of all tests of a file, which ends with them. What a test changes in it is undone after the test. */
export async function openWorld(...options: Parameters<typeof World.start>): Promise<World> {
  const world = await World.start(...options);
  const { directory, github, deviceLogin, resourceManager } = world.simulator;
  let remembered = new Map<object, object>();
  beforeEach(() => {
    remembered = remember(directory);
    for (const settings of [github, deviceLogin, resourceManager]) remembered.set(settings, { ...settings });
  });
  afterEach(() => {
    world.simulator.clear();
    for (const [thing, was] of remembered) {
      if (Array.isArray(thing)) thing.splice(0, Number.POSITIVE_INFINITY, ...(was as unknown[]));
      else Object.assign(thing, was);
    }
  });
  after(() => world[Symbol.asyncDispose]());
  return world;
}

/** What an object holds, and each object in it: whoever has one of them has it again when it is put back. */
function remember(thing: unknown, found = new Map<object, object>()): Map<object, object> {
  if (typeof thing !== 'object' || thing === null || thing instanceof Date || found.has(thing)) return found;
  found.set(thing, Array.isArray(thing) ? [...thing] : { ...thing });
  for (const part of Object.values(thing)) remember(part, found);
  return found;
}

/** What the runner shows, but for the lines that name masks. */
export function shownBy({ log, summary }: Pick<StepResult, 'log' | 'summary'>): string {
  return `${log.replaceAll(/^::add-mask::.*$/gm, '')}\n${summary}`;
}

/** The step failed as a user should see it: one annotation that matches, nothing exported, nothing on disk. */
export function assertRefused(step: ActionStep, job: Job, message: RegExp): void {
  const { result } = step;
  assert.equal(result.exitCode, 1, result.log);
  assert.equal(result.errors.length, 1, result.log);
  assert.match(result.errors[0] ?? '', message);
  assert.deepEqual(result.outputs, {});
  assert.deepEqual(result.exported, {});
  assert.deepEqual(readdirSync(job.temp), []);
}

/** Post left nothing: no file, and every variable that main exported is as it was, or blank. */
export async function assertSignedOut(step: ActionStep, job: Job, before: Record<string, string>): Promise<void> {
  const post = await step.post();
  assert.equal(post.exitCode, 0, post.log);
  assert.deepEqual(post.errors, []);
  assert.deepEqual(readdirSync(job.temp), []);
  for (const name of Object.keys(step.result.exported)) {
    assert.equal(job.env[name], before[name] ?? leftBehind(job)[name] ?? '', name);
  }
}

export function readJson<T>(folder: string, name: string): T {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
}

/** Nobody but the user may read a file, or a folder and what is in it. Windows has access lists, and no modes. */
export function assertPrivate(path: string): void {
  if (process.platform === 'win32') return;
  const found = lstatSync(path);
  assert.equal((found.mode & 0o7777).toString(8), found.isDirectory() ? '700' : '600', path);
  if (found.isDirectory()) for (const name of readdirSync(path)) assertPrivate(join(path, name));
}

/** Whether a text, or any file below a folder, holds one of the secrets. */
export function findSecrets(secrets: readonly string[], texts: Record<string, string>): string[] {
  return Object.entries(texts).flatMap(([where, text]) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${where} holds ${secret.slice(0, 4)}…`),
  );
}
