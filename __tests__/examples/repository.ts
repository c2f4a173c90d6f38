import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../simulator/job.ts';
import type { SimulatorOptions } from '../../simulator/simulator.ts';
import {
  type RunEvent,
  runWorkflow,
  type WorkflowReport,
  type WorkflowRunOptions,
} from '../../simulator/workflow/run.ts';
import { World } from '../action/world.ts';
import { readSightings, type Sighting } from './stand-in.ts';

export const EXAMPLES = join(ROOT, 'examples');

export function readExample(file: string): string {
  return readFileSync(join(EXAMPLES, file), 'utf8');
}

export const PUSH: RunEvent = { name: 'push', ref: 'refs/heads/main', payload: {} };
export const BY_HAND: RunEvent = { name: 'workflow_dispatch', ref: 'refs/heads/main', payload: {} };

/** @param from the repository of the branch */
export function pullRequest(from: string): RunEvent {
  const payload = { pull_request: { number: 7, head: { ref: 'change', repo: { full_name: from } } } };
  return { name: 'pull_request', ref: 'refs/pull/7/merge', payload };
}

export type RunOptions = Partial<Omit<WorkflowRunOptions, 'simulator' | 'repository' | 'workflow' | 'event'>>;

/**
 * A user's repository with its own simulated Azure: the examples in `.github/workflows`, the files for their steps, and
 * stand-ins for `az` and `terraform`.
 */
export class Repository {
  readonly world: World;
  readonly folder = mkdtempSync(join(tmpdir(), 'azure-session-repository-'));
  readonly commands = mkdtempSync(join(tmpdir(), 'azure-session-commands-'));
  readonly #records = join(this.commands, 'records');

  private constructor(world: World) {
    this.world = world;
    cpSync(EXAMPLES, join(this.folder, '.github', 'workflows'), { recursive: true });
    mkdirSync(join(this.folder, 'infrastructure'));
    for (const file of ['main.bicep', 'infrastructure/main.tf']) writeFileSync(join(this.folder, file), '');
    for (const name of ['az', 'terraform']) this.command(name, this.standIn(name));
  }

  static async open(simulator?: SimulatorOptions): Promise<Repository> {
    return new Repository(await World.start(simulator));
  }

  standIn(name: string): string {
    const script = join(import.meta.dirname, 'stand-in.ts');
    return `NODE_USE_ENV_PROXY=1 exec "${process.execPath}" "${script}" "${this.#records}" ${name} "$@"`;
  }

  /** Adds a command in front of those of the machine. Its PATH may contain no other command. */
  command(name: string, script: string): void {
    const file = join(this.commands, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /** @throws {Error} unless the example contains the text */
  edit(workflow: string, from: string, to: string): void {
    const file = join(this.folder, '.github', 'workflows', workflow);
    const text = readFileSync(file, 'utf8');
    if (!text.includes(from)) throw new Error(`${workflow} has no ${from}`);
    writeFileSync(file, text.replaceAll(from, to));
  }

  write(workflow: string, text: string): void {
    writeFileSync(join(this.folder, '.github', 'workflows', workflow), text);
  }

  /** Lets the application trust another subject of this repository. */
  trust(subject: string): void {
    const { application } = this.world.contoso;
    const [credential] = application.federatedCredentials;
    if (credential === undefined) throw new Error('No federated credential to copy');
    const { subjectPrefix } = this.world.simulator.github;
    application.federatedCredentials.push({ ...credential, name: subject, subject: `${subjectPrefix}:${subject}` });
  }

  get variables(): Record<string, string> {
    const { application, tenant, subscriptions } = this.world.contoso;
    const AZURE_SUBSCRIPTION_ID = subscriptions[0].id;
    return { AZURE_CLIENT_ID: application.clientId, AZURE_TENANT_ID: tenant.id, AZURE_SUBSCRIPTION_ID };
  }

  async run(workflow: string, event: RunEvent, options: RunOptions = {}): Promise<WorkflowReport> {
    rmSync(this.#records, { force: true });
    this.world.simulator.clear();
    return await runWorkflow({
      simulator: this.world.simulator,
      repository: this.folder,
      workflow,
      event,
      vars: this.variables,
      ...options,
      machine: { path: [this.commands], ...options.machine },
    });
  }

  /** The calls of az and terraform in the last run. */
  get sightings(): Sighting[] {
    return readSightings(this.#records);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const folder of [this.folder, this.commands]) rmSync(folder, { recursive: true, force: true });
    await this.world[Symbol.asyncDispose]();
  }
}
