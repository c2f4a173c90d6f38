import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultKind } from '../../simulator/faults.ts';
import { type Job, ROOT } from '../../simulator/job.ts';
import { agentProcess } from '../../src/agent/background.ts';
import type { KeepAlivePlan } from '../../src/agent/plan.ts';
import type { AssertionSource } from '../../src/core/credential.ts';
import type { ServicePrincipalEntry } from '../../src/profile/az-profile.ts';
import type { World } from '../action/world.ts';
import {
  type Change,
  type ChangeFault,
  changesIn,
  faultEnvironment,
  faultsOf,
  type Outcome,
  type SweepCase,
} from './sweep.ts';

/** The fault sweep of the agent that renews assertions: its requests and its file changes. */

const OLD = 'old.federated.token';
const PUBLIC_SOURCE: AssertionSource = { kind: 'github', audience: 'api://AzureADTokenExchange' };
const ENTRIES = 'service_principal_entries.json';
const TOKEN_FILE = 'federated-token';
/** Longer than a renewal after two failures takes. */
const RENEWAL_MS = 12_000;

/** A session whose assertion has expired, so that the agent renews it at once. */
class ExpiredSession {
  readonly job: Job;
  readonly folder: string;
  /** Empty for a pod, where the SDKs read the file of the kubelet. */
  readonly #tokenFiles: readonly string[];
  readonly #process: ChildProcess;
  #exit: { readonly signal: NodeJS.Signals | null } | undefined;

  constructor(world: World, env: (job: Job) => Record<string, string>, source: AssertionSource = PUBLIC_SOURCE) {
    this.job = world.newJob();
    this.folder = join(this.job.temp, 'azure-session-0123456789abcdef');
    mkdirSync(this.folder);
    const { clientId } = world.contoso.application;
    const tenantId = world.contoso.tenant.id;
    this.#tokenFiles = source.kind === 'github' ? [join(this.folder, TOKEN_FILE)] : [];
    for (const file of this.#tokenFiles) writeFileSync(file, OLD);
    const entry: ServicePrincipalEntry = { client_id: clientId, tenant: tenantId, client_assertion: OLD };
    writeFileSync(join(this.folder, ENTRIES), JSON.stringify([entry]));
    const { ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN } = this.job.env;
    const plan: KeepAlivePlan = {
      folder: this.folder,
      idTokenService: { ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN },
      clientId,
      tenantId,
      source,
      expiresOn: Date.now(),
    };
    const script = join(ROOT, 'dist', 'agent', 'index.js');
    const { args, options } = agentProcess('keep-alive', script, this.job.env);
    this.#process = spawn(process.execPath, args, { ...options, env: { ...options.env, ...env(this.job) } });
    this.#process.stdin?.end(JSON.stringify(plan));
    this.#process.once('exit', (_, signal) => {
      this.#exit = { signal };
    });
  }

  get ended(): boolean {
    return this.#exit !== undefined;
  }

  get killed(): boolean {
    return this.#exit?.signal === 'SIGKILL';
  }

  /** The tokens that clients read. @throws for a file that is not complete */
  tokens(): string[] {
    const [entry] = JSON.parse(readFileSync(join(this.folder, ENTRIES), 'utf8')) as ServicePrincipalEntry[];
    const files = this.#tokenFiles.map((file) => readFileSync(file, 'utf8'));
    const tokens = [...files, entry?.client_assertion ?? ''];
    const broken = tokens.find((token) => !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token));
    if (broken !== undefined) throw new Error('a client reads an incomplete token');
    return tokens;
  }

  /** Waits until every token is new or the agent exits. */
  async waitForRenewal(timeoutMs: number): Promise<boolean> {
    const isRenewed = (): boolean => this.tokens().every((token) => token !== OLD);
    for (const end = Date.now() + timeoutMs; Date.now() < end && !this.ended && !isRenewed(); ) await pause(5);
    return isRenewed();
  }

  log(): string {
    const log = join(this.folder, 'keep-alive.log');
    return existsSync(log) ? readFileSync(log, 'utf8') : '';
  }

  /** Ends the agent as post does. */
  async end(): Promise<void> {
    if (!this.ended) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    rmSync(this.folder, { recursive: true });
  }
}

/** The file changes of a renewal, in order. */
export async function renewalChanges(world: World): Promise<Change[]> {
  world.simulator.clear();
  const session = new ExpiredSession(world, (job) => faultEnvironment(job, 0, 'none'));
  using job = session.job;
  await session.waitForRenewal(RENEWAL_MS);
  await session.end();
  return changesIn(job);
}

export function renewalChangeCases(changes: readonly Change[]): SweepCase[] {
  return changes.flatMap((change) =>
    faultsOf(change).map((how) => ({
      name: `keep-alive, change ${change.number} (${change.call} ${change.path}), ${how}`,
      run: (world) => renewalCase(world, (job) => faultEnvironment(job, change.number, how), expectedOf(how)),
    })),
  );
}

function expectedOf(how: ChangeFault): Outcome['kind'] {
  if (how === 'killed' || how === 'killed-midway') return 'killed';
  return how === 'disk-full' ? 'failed' : 'succeeded';
}

const REQUEST_FAULTS: readonly FaultKind[] = [
  { kind: 'reset' },
  { kind: 'reset', at: 'body' },
  { kind: 'truncated' },
  { kind: 'empty' },
  { kind: 'html' },
  { kind: 'json', body: { value: 'x\r\ny' } },
  { kind: 'json', body: [] },
  { kind: 'json', body: null },
  { kind: 'switch' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
  { kind: 'status', status: 403 },
];

/** A request fails twice in a row, or always. */
export function renewalRequestCases(): SweepCase[] {
  return REQUEST_FAULTS.flatMap((fault) => {
    const name = `keep-alive, request, ${JSON.stringify(fault)}`;
    const run = (times: number, expected: Outcome['kind']) => (world: World) => {
      world.simulator.faults.add({ path: /idtoken/, times, fault });
      return renewalCase(world, () => ({}), expected);
    };
    return [
      { name: `${name}, twice`, run: run(2, 'succeeded') },
      { name: `${name}, always`, run: run(Number.POSITIVE_INFINITY, 'failed') },
    ];
  });
}

/** How long to watch an agent that cannot renew. */
const WATCH_MS = 3000;

async function renewalCase(
  world: World,
  env: (job: Job) => Record<string, string>,
  expected: Outcome['kind'],
): Promise<Outcome> {
  const session = new ExpiredSession(world, env);
  using job = session.job;
  const violation = (reason: string): Outcome => ({ kind: 'violation', reason });
  const renewed = await session.waitForRenewal(expected === 'failed' ? WATCH_MS : RENEWAL_MS);
  const outcome: Outcome = { kind: session.killed ? 'killed' : renewed ? 'succeeded' : 'failed' };
  const log = session.log();
  await session.end();
  if (outcome.kind !== expected) return violation(`${outcome.kind}, not ${expected}: ${log}`);
  if (/[\w-]{20,}\.[\w-]{20,}/.test(log)) return violation('a token in the log for post');
  return readdirSync(job.temp).length > 0 ? violation('a file remains') : outcome;
}

/** Whether the agent renews a session in this world in time. */
export async function isRenewed(world: World, source = PUBLIC_SOURCE, timeoutMs = RENEWAL_MS): Promise<boolean> {
  const session = new ExpiredSession(world, () => ({}), source);
  using _ = session.job;
  const renewed = await session.waitForRenewal(timeoutMs);
  await session.end();
  return renewed;
}
