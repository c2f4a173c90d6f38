import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, beforeEach } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import { type ActionStep, Job, leftBehind, type StepOptions, type StepResult } from '../../simulator/job.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Contoso, type ContosoOptions, contoso } from '../../simulator/world.ts';

export type Variables = Record<string, string>;

/** A simulated Azure with a default tenant, and a job that connects to it through the simulator's proxy. */
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

  /** The folders of the job are removed with the world, or earlier with `using`. */
  newJob(env: Variables = {}): Job {
    const job = new Job({ ...this.simulator.environment, ...this.simulator.github.variables, ...env });
    this.#jobs.push(job);
    return job;
  }

  get identity(): Variables {
    return { 'client-id': this.contoso.application.clientId, 'tenant-id': this.contoso.tenant.id };
  }

  get secret(): Variables {
    return { ...this.identity, 'client-secret': this.contoso.clientSecret };
  }

  creds(fields: Variables = {}): Variables {
    const { application, tenant, clientSecret } = this.contoso;
    const principal = { clientId: application.clientId, tenantId: tenant.id, clientSecret };
    return { creds: JSON.stringify({ ...principal, ...fields }) };
  }

  get user(): Variables {
    return { username: this.contoso.user.userPrincipalName, password: this.contoso.password };
  }

  get certificate(): Variables {
    const { privateKey, certificate } = this.contoso.certificate;
    return { ...this.identity, 'client-certificate': `${privateKey}\n${certificate}` };
  }

  /** Asserts that the sign-in succeeds. */
  async signIn(
    inputs: Variables,
    { job = this.job, ...options }: Omit<StepOptions, 'inputs'> & { readonly job?: Job } = {},
  ): Promise<ActionStep> {
    const step = await job.step({ ...options, inputs });
    assert.equal(step.result.exitCode, 0, step.result.log);
    return step;
  }

  /**
   * Asserts that the sign-in fails with this message, by default in a job of its own.
   * @param requests how many requests the action sends
   */
  async rejects(
    inputs: Variables,
    message: RegExp,
    { env = {}, job = this.newJob(env), requests }: { env?: Variables; job?: Job; requests?: number } = {},
  ): Promise<StepResult> {
    const earlier = this.requestLines.length;
    const step = await job.step({ inputs });
    assertFailed(step, job, message);
    if (requests !== undefined)
      assert.equal(this.requestLines.length - earlier, requests, this.requestLines.join('\n'));
    const secrets = ['client-secret', 'password'].flatMap((name) => inputs[name] ?? []);
    const recognizable = secrets.filter((secret) => secret.length > 8);
    assert.deepEqual(findSecrets(recognizable, { shown: visibleText(step.result) }), []);
    return step.result;
  }

  /** The requests so far, as `METHOD host/path`, in order. */
  get requestLines(): string[] {
    return this.simulator.requests.map(({ method, host, path }) => `${method} ${host}${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const job of this.#jobs) job[Symbol.dispose]();
    await this.simulator.close();
  }
}

/** The world that the tests of a file share. Changes that a test makes to it are undone after the test. */
export async function openWorld(...options: Parameters<typeof World.start>): Promise<World> {
  const world = await World.start(...options);
  const { directory, github, deviceLogin, resourceManager } = world.simulator;
  let copies = new Map<object, object>();
  beforeEach(() => {
    copies = copyObjects(directory);
    for (const settings of [github, deviceLogin, resourceManager]) copies.set(settings, { ...settings });
  });
  afterEach(() => {
    world.simulator.clear();
    for (const [original, copy] of copies) {
      if (Array.isArray(original)) original.splice(0, Number.POSITIVE_INFINITY, ...(copy as unknown[]));
      else Object.assign(original, copy);
    }
  });
  after(() => world[Symbol.asyncDispose]());
  return world;
}

/** A shallow copy of an object and of each object in it. Restoring them in place keeps existing references valid. */
function copyObjects(value: unknown, copies = new Map<object, object>()): Map<object, object> {
  if (typeof value !== 'object' || value === null || value instanceof Date || copies.has(value)) return copies;
  copies.set(value, Array.isArray(value) ? [...value] : { ...value });
  for (const part of Object.values(value)) copyObjects(part, copies);
  return copies;
}

/** The log without the lines that register masks, and the summary. */
export function visibleText({ log, summary }: Pick<StepResult, 'log' | 'summary'>): string {
  return `${log.replaceAll(/^::add-mask::.*$/gm, '')}\n${summary}`;
}

/** The step failed with one annotation, exported nothing and left no file. */
export function assertFailed(step: ActionStep, job: Job, message: RegExp): void {
  const { exitCode, errors, outputs, exported, log } = step.result;
  assert.deepEqual([exitCode, errors.length, outputs, exported], [1, 1, {}, {}], log);
  assert.match(errors[0] ?? '', message);
  assert.deepEqual(readdirSync(job.temp), []);
}

/** Post succeeds, leaves no file, and restores or blanks every variable that main exported. */
export async function assertSignedOut(step: ActionStep, job: Job, before: Variables = {}): Promise<void> {
  const post = await step.post();
  assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
  assert.deepEqual(readdirSync(job.temp), []);
  for (const name of Object.keys(step.result.exported)) {
    assert.equal(job.env[name], before[name] ?? leftBehind(job)[name] ?? '', name);
  }
}

/**
 * Every variable has its earlier value. A variable that did not exist is blank or has the default that clients accept.
 * @param lost variables whose value was a secret, which may be blank
 */
export function assertRestored(job: Job, before: Readonly<Variables>, ...lost: readonly string[]): void {
  for (const [name, value] of Object.entries(job.env)) {
    const allowed = before[name] === undefined ? ['', leftBehind(job)[name]] : [before[name]];
    assert.ok(allowed.includes(value) || (value === '' && lost.includes(name)), `${name}: ${value}`);
  }
}

export function withoutLogins({ AZURE_SESSION_LOGINS: _, ...others }: Variables): Variables {
  return others;
}

export function configDir({ result }: ActionStep): string {
  return result.outputs['config-dir'] ?? assert.fail(result.log);
}

export function readJson<T>(folder: string, name: string): T {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
}

/** Every file below the folders, by its path. A file that is removed while it is read counts as empty. */
export function filesBelow(...folders: readonly string[]): Variables {
  const entries = folders.flatMap((path) => readdirSync(path, { recursive: true, withFileTypes: true }));
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [path, readIfExists(path)]));
}

export function readIfExists(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Asserts modes 0600 and 0700 for a path and everything below it. Windows has access lists instead of modes. */
export function assertPrivate(path: string): void {
  if (process.platform === 'win32') return;
  const stats = lstatSync(path);
  assert.equal((stats.mode & 0o7777).toString(8), stats.isDirectory() ? '700' : '600', path);
  if (stats.isDirectory()) for (const name of readdirSync(path)) assertPrivate(join(path, name));
}

/** The texts that contain one of the secrets, each with the beginning of the secret. */
export function findSecrets(secrets: readonly string[], texts: Readonly<Record<string, string>>): string[] {
  return Object.entries(texts).flatMap(([where, text]) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${where} holds ${secret.slice(0, 4)}…`),
  );
}

/** A management certificate as publish settings contain it: a PFX without a password, in base64. */
export async function managementCertificate(): Promise<string> {
  return createPfx(await createCertificate({ commonName: 'management' }), '').toString('base64');
}
