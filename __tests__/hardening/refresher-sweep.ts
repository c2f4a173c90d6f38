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
  faultsOf,
  faultyEnvironment,
  type Outcome,
  type SweepCase,
} from './sweep.ts';

/** The fault sweep of the background refresher: its requests, and what it writes. */

const OLD = 'old.federated.token';
const PUBLIC_SOURCE: AssertionSource = { kind: 'github', audience: 'api://AzureADTokenExchange' };
const ENTRIES = 'service_principal_entries.json';
const TOKEN_FILE = 'federated-token';
/** Longer than a renewal with two failures before it takes. */
const PATIENCE_MS = 12_000;

/** A session whose assertion has just ended, so that the refresher renews it at once. */
class StaleSession {
  readonly job: Job;
  readonly folder: string;
  /** The SDKs' own file of the session; those of a pod read the kubelet's. */
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

  /** The tokens that clients would read now; throws when a file is not whole. */
  tokens(): string[] {
    const [entry] = JSON.parse(readFileSync(join(this.folder, ENTRIES), 'utf8')) as ServicePrincipalEntry[];
    const files = this.#tokenFiles.map((file) => readFileSync(file, 'utf8'));
    const tokens = [...files, entry?.client_assertion ?? ''];
    const broken = tokens.find((token) => !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token));
    if (broken !== undefined) throw new Error('a client would read a broken token');
    return tokens;
  }

  isRenewed(): boolean {
    return this.tokens().every((token) => token !== OLD);
  }

  word(): string {
    const log = join(this.folder, 'keep-alive.log');
    return existsSync(log) ? readFileSync(log, 'utf8') : '';
  }

  /** As post ends it. */
  async end(): Promise<void> {
    if (!this.ended) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    rmSync(this.folder, { recursive: true });
  }
}

/** What a renewal changes, in order. */
export async function refresherChanges(world: World): Promise<Change[]> {
  world.simulator.clear();
  const session = new StaleSession(world, (job) => faultyEnvironment(job, 0, 'none'));
  using job = session.job;
  for (const end = Date.now() + PATIENCE_MS; !session.isRenewed() && Date.now() < end; ) await pause(20);
  await session.end();
  return changesIn(job);
}

export function refresherChangeCases(changes: readonly Change[]): SweepCase[] {
  return changes.flatMap((change) =>
    faultsOf(change).map((how) => ({
      name: `refresher, change ${change.number} (${change.call} ${change.path}), ${how}`,
      run: (world) => refresherCase(world, (job) => faultyEnvironment(job, change.number, how), expectedOf(how)),
    })),
  );
}

function expectedOf(how: ChangeFault): Outcome['kind'] {
  if (how === 'killed' || how === 'killed-midway') return 'killed';
  return how === 'disk-full' ? 'refused' : 'survived';
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

/** A request fails twice in a row, or for good. */
export function refresherRequestCases(): SweepCase[] {
  return REQUEST_FAULTS.flatMap((fault) => {
    const name = `refresher, request, ${JSON.stringify(fault)}`;
    const run = (times: number, expected: Outcome['kind']) => (world: World) => {
      world.simulator.faults.add({ path: /idtoken/, times, fault });
      return refresherCase(world, () => ({}), expected);
    };
    return [
      { name: `${name}, twice`, run: run(2, 'survived') },
      { name: `${name}, always`, run: run(Number.POSITIVE_INFINITY, 'refused') },
    ];
  });
}

/** Without a renewal, it is enough to have looked on for so long. */
const LOOK_ON_MS = 3000;

async function refresherCase(
  world: World,
  env: (job: Job) => Record<string, string>,
  expected: Outcome['kind'],
): Promise<Outcome> {
  const session = new StaleSession(world, env);
  using job = session.job;
  const lost = (why: string): Outcome => ({ kind: 'lost', why });
  const patience = expected === 'refused' ? LOOK_ON_MS : PATIENCE_MS;
  for (const end = Date.now() + patience; Date.now() < end && !session.ended && !session.isRenewed(); ) await pause(5);
  const renewed = session.isRenewed();
  const outcome: Outcome = { kind: session.killed ? 'killed' : renewed ? 'survived' : 'refused' };
  const word = session.word();
  await session.end();
  if (outcome.kind !== expected) return lost(`${outcome.kind}, not ${expected}: ${word}`);
  if (/[\w-]{20,}\.[\w-]{20,}/.test(word)) return lost('a token in what post will say');
  return readdirSync(job.temp).length > 0 ? lost('something is left') : outcome;
}

/** Whether the refresher renews a session in this world, with the environment of its jobs. */
export async function renewedOnce(world: World, source = PUBLIC_SOURCE, patienceMs = PATIENCE_MS): Promise<boolean> {
  const session = new StaleSession(world, () => ({}), source);
  using _ = session.job;
  for (const end = Date.now() + patienceMs; Date.now() < end && !session.isRenewed(); ) await pause(20);
  const renewed = session.isRenewed();
  await session.end();
  return renewed;
}
