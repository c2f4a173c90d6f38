/** The fault sweep of the agent that renews assertions: its requests and its file changes. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultKind } from '../../simulator/faults.ts';
import { type Job, ROOT } from '../../simulator/job.ts';
import { agentProcess } from '../../src/agent/background.ts';
import type { KeepAlivePlan } from '../../src/agent/plan.ts';
import type { AssertionSource } from '../../src/core/credential.ts';
import type { ServicePrincipalEntry } from '../../src/profile/az-profile.ts';
import { readIfExists, readJson, type World } from '../action/world.ts';
import {
  type Change,
  type ChangeFault,
  changesIn,
  faultEnvironment,
  faultsOf,
  type Outcome,
  type SweepCase,
} from './sweep.ts';

const OLD = 'old.federated.token';
const PUBLIC_SOURCE: AssertionSource = { kind: 'github', audience: 'api://AzureADTokenExchange' };
const ENTRIES = 'service_principal_entries.json';
/** Longer than a renewal after two failures takes. */
const RENEWAL_MS = 12_000;

type Fault = readonly [at: number, how: ChangeFault];

/** A session whose assertion has expired, so that the agent renews it at once. */
class ExpiredSession {
  readonly job: Job;
  readonly agent: ChildProcess;
  readonly #folder: string;
  /** Empty for a pod, where the SDKs read the file of the kubelet. */
  readonly #tokenFiles: readonly string[];

  constructor(world: World, source = PUBLIC_SOURCE, fault?: Fault) {
    this.job = world.newJob();
    this.#folder = join(this.job.temp, 'azure-session-0123456789abcdef');
    mkdirSync(this.#folder);
    writeFileSync(join(this.#folder, 'azure-session.json'), '{"version":1}');
    const { clientId } = world.contoso.application;
    const tenantId = world.contoso.tenant.id;
    this.#tokenFiles = source.kind === 'github' ? [join(this.#folder, 'federated-token')] : [];
    for (const file of this.#tokenFiles) writeFileSync(file, OLD);
    const entry: ServicePrincipalEntry = { client_id: clientId, tenant: tenantId, client_assertion: OLD };
    writeFileSync(join(this.#folder, ENTRIES), JSON.stringify([entry]));
    const { ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN } = this.job.env;
    const idTokenService = { ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN };
    const ids = { clientId, tenantId };
    const plan: KeepAlivePlan = { folder: this.#folder, idTokenService, ...ids, source, expiresOn: Date.now() };
    const { args, options } = agentProcess('keep-alive', join(ROOT, 'dist', 'agent', 'index.js'), this.job.env);
    const env = { ...options.env, ...(fault && faultEnvironment(this.job, ...fault)) };
    this.agent = spawn(process.execPath, args, { ...options, env });
    this.agent.stdin?.end(JSON.stringify(plan));
  }

  get #ended(): boolean {
    return this.agent.exitCode !== null || this.agent.signalCode !== null;
  }

  /** Waits until every token that clients read is new or the agent exits. @throws for a token that is not complete */
  async waitForRenewal(timeoutMs: number): Promise<boolean> {
    const isRenewed = (): boolean => {
      const [entry] = readJson<ServicePrincipalEntry[]>(this.#folder, ENTRIES);
      const tokens = [...this.#tokenFiles.map((file) => readFileSync(file, 'utf8')), entry?.client_assertion ?? ''];
      for (const token of tokens) assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/, 'a client reads an incomplete token');
      return tokens.every((token) => token !== OLD);
    };
    for (const end = Date.now() + timeoutMs; Date.now() < end && !this.#ended && !isRenewed(); ) await pause(5);
    return isRenewed();
  }

  /** Ends the agent as post does. @returns its log for post */
  async end(): Promise<string> {
    const log = readIfExists(join(this.#folder, 'keep-alive.log'));
    if (!this.#ended) {
      this.agent.kill('SIGTERM');
      await once(this.agent, 'exit');
    }
    rmSync(this.#folder, { recursive: true });
    return log;
  }
}

/** The file changes of a renewal, in order. */
export async function renewalChanges(world: World): Promise<Change[]> {
  world.simulator.clear();
  const session = new ExpiredSession(world, PUBLIC_SOURCE, [0, 'none']);
  using job = session.job;
  await session.waitForRenewal(RENEWAL_MS);
  await session.end();
  return changesIn(job);
}

export function renewalChangeCases(changes: readonly Change[]): SweepCase[] {
  return changes.flatMap((change) =>
    faultsOf(change).map((how) => ({
      name: `keep-alive, change ${change.number} (${change.call} ${change.path}), ${how}`,
      run: (world) => renewalCase(world, expectedOf(how), [change.number, how]),
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
      return renewalCase(world, expected);
    };
    return [
      { name: `${name}, twice`, run: run(2, 'succeeded') },
      { name: `${name}, always`, run: run(Number.POSITIVE_INFINITY, 'failed') },
    ];
  });
}

/** How long to watch an agent that cannot renew. */
const WATCH_MS = 3000;

async function renewalCase(world: World, expected: Outcome['kind'], fault?: Fault): Promise<Outcome> {
  const session = new ExpiredSession(world, PUBLIC_SOURCE, fault);
  using job = session.job;
  const isRenewed = await session.waitForRenewal(expected === 'failed' ? WATCH_MS : RENEWAL_MS);
  const kind = session.agent.signalCode === 'SIGKILL' ? 'killed' : isRenewed ? 'succeeded' : 'failed';
  const log = await session.end();
  assert.equal(kind, expected, log);
  assert.doesNotMatch(log, /[\w-]{20,}\.[\w-]{20,}/, 'a token in the log for post');
  assert.deepEqual(readdirSync(job.temp), []);
  return { kind };
}

/** Whether the agent renews a session in this world in time. */
export async function isRenewed(world: World, source = PUBLIC_SOURCE, timeoutMs = RENEWAL_MS): Promise<boolean> {
  const session = new ExpiredSession(world, source);
  using _ = session.job;
  const renewed = await session.waitForRenewal(timeoutMs);
  await session.end();
  return renewed;
}
