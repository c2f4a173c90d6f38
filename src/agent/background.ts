import { type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { dirname, join, parse } from 'node:path';
import type { Readable } from 'node:stream';
import type { Runner } from '../actions/runner.ts';
import { isTokenEndpoint } from '../core/credential.ts';
import { utcTime } from '../core/forms.ts';
import { expiryOf } from '../core/jwt.ts';
import { type Environment, processStart } from '../core/machine.ts';
import type { SignInRequest, TokenRequest } from '../core/request.ts';
import type { Account, Session, SignedIn } from '../core/session.ts';
import { forDirectory } from '../entra/credentials.ts';
import { programError } from '../errors/program.ts';
import type { ConfigDir } from '../profile/config-dir.ts';
import { type AgentPlan, type CommonPlan, type Duty, type KeepAlivePlan, sessionEnd, type TokenPlan } from './plan.ts';
import type { RefresherProcess } from './stop.ts';

/** A session with a process in the background: what later steps get of it, and what the process is to do. */
export interface Background {
  readonly session: Session;
  /** `undefined` when the system would not start one. */
  readonly agent: Agent | undefined;
  readonly plan: AgentPlan;
  /** For the log, once later steps have the session. */
  readonly notice: string;
}

/**
 * @param agent started already, and waiting for its plan
 * @returns `undefined` for a session that needs no process
 * @throws {SessionError} when its credential should be in a process, and there is none
 */
export async function backgroundOf(
  session: Session,
  request: SignInRequest,
  { path: folder, loginId }: ConfigDir,
  agent: Agent | undefined,
  runner: Runner,
): Promise<Background | undefined> {
  if (session.kind !== 'account') return undefined;
  const { ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN } = runner.env;
  const common = {
    folder,
    ...(loginId === '' ? {} : { sharedLogin: loginId }),
    idTokenService: { ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN },
  };
  if (request.credentialStore.kind === 'memory') return inMemory(session, request, common, agent, runner);
  const plan = request.keepAlive ? keepAlivePlan(session, common) : undefined;
  return plan && { session, agent, plan, notice: keptAliveUntil(plan) };
}

/** @returns `undefined` for a session that has no assertion to keep fresh */
function keepAlivePlan({ account, material }: SignedIn, common: CommonPlan): KeepAlivePlan | undefined {
  const { principal, tenantId } = account;
  if (material.kind !== 'assertion' || principal.kind !== 'service-principal') return undefined;
  const { source, assertion } = material;
  return { ...common, clientId: principal.clientId, tenantId, source, expiresOn: expiryOf(assertion).getTime() };
}

/** How long later steps can get tokens, as a sentence. */
function keptAliveUntil({ source, idTokenService }: KeepAlivePlan): string {
  if (source.kind === 'file') return 'The session lasts for as long as the pod renews its token.';
  const end = sessionEnd(expiryOf(idTokenService['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''), new Date());
  return `The session lasts until ${utcTime(end)}.`;
}

export const NOT_STARTED =
  'The session is not kept alive: the system did not start the process that would renew its federated token. Later steps have the tokens that are there, for about an hour, and can get new ones for some minutes.';

/**
 * A session whose credential goes to the agent alone. Later steps get the agent's endpoint in its place.
 * @throws {SessionError} when the agent does not run
 */
async function inMemory(
  session: SignedIn,
  request: SignInRequest,
  common: CommonPlan,
  agent: Agent | undefined,
  runner: Runner,
): Promise<Background> {
  const secret = randomBytes(32).toString('hex');
  runner.mask(secret);
  // Those of the machine are saved, to be given back.
  for (const variable of ['IDENTITY_HEADER', 'MSI_SECRET']) runner.mask(runner.env[variable] ?? '');
  const { account, material } = session;
  const podFile = material.kind === 'assertion' && material.source.kind === 'file' ? material.source.path : '';
  const endpoint = { port: await portOf(agent), secret };
  return {
    session: {
      ...session,
      account: ofOneTenant(account, runner),
      material: { kind: 'token-endpoint', endpoint, podFile },
    },
    agent,
    plan: { ...common, ...tokenPlan(session, request, runner.env), secret },
    notice: `The credential is in the memory of process ${agent?.refresher} alone, and the session lasts until the job ends.`,
  };
}

async function portOf(agent: Agent | undefined): Promise<number> {
  try {
    if (agent === undefined) throw new Error('The system did not start the agent.');
    return await agent.port;
  } catch (cause) {
    throw programError('agentNotStarted').causedBy(cause);
  }
}

/** The protocols name no tenant: each token is one of the account's own. */
function ofOneTenant(account: Account, runner: Runner): Account {
  const { tenantId, bareTenants } = account;
  const subscriptions = account.subscriptions.filter((subscription) => subscription.tenantId === tenantId);
  const left = account.subscriptions.length - subscriptions.length;
  if (left > 0) {
    const what = left === 1 ? 'One subscription of another tenant is' : `${left} subscriptions of other tenants are`;
    runner.warning(
      `${what} left out: with \`credential-store: memory\` later steps get tokens of the tenant ${tenantId} alone. Name another one in \`tenant-id\`, or sign in to each in a step of its own.`,
    );
  }
  const ofTenant = bareTenants && { bareTenants: bareTenants.filter((bare) => bare === tenantId) };
  return { ...account, subscriptions, ...ofTenant };
}

function tokenPlan(
  { account: { principal, tenantId, cloud }, material, managementTokens, furtherTokens }: SignedIn,
  { credential, credentialStore }: SignInRequest,
  env: Environment,
): Omit<TokenPlan, keyof CommonPlan | 'secret'> {
  const url = env['IDENTITY_ENDPOINT'];
  return {
    request: asSignedIn(forDirectory(credential as TokenRequest, cloud), material),
    credential: material,
    cloud,
    tenantId,
    clientId: principal.kind === 'user' ? '' : principal.clientId,
    objectId: principal.objectId,
    audiences: credentialStore.kind === 'memory' ? credentialStore.audiences : [],
    tokens: [...managementTokens, ...furtherTokens].filter((token) => token.tenantId === tenantId),
    ...(isTokenEndpoint(url) ? { earlier: { url, secret: env['IDENTITY_HEADER'] ?? '' } } : {}),
    runner: { pid: process.ppid, started: process.ppid > 1 ? (processStart(process.ppid) ?? '') : '' },
  };
}

/** With the audience that Entra ID took in the end, and without what is in the credential already. */
function asSignedIn(request: TokenRequest, material: SignedIn['material']): TokenRequest {
  if (request.method === 'client-certificate') return { ...request, certificate: '', certificatePassword: '' };
  if (request.method === 'password') return { ...request, password: '' };
  const isGitHub = material.kind === 'assertion' && material.source.kind === 'github';
  return request.method === 'oidc' && isGitHub ? { ...request, audience: material.source.audience } : request;
}

/** The background process, started and still without a plan. Without one it ends with the process that started it. */
interface Agent extends RefresherProcess {
  /** The port at which it listens; rejects when it ends before it does. Never settles for one that has another duty. */
  readonly port: Promise<number>;
  /** Hands the plan over. Resolves when it is on its way, also where the process has ended meanwhile. */
  begin(plan: AgentPlan): Promise<void>;
  /** Ends it, for a sign-in that fails after it has its plan. */
  end(): void;
}

/** The agent's entry in `dist/`, found from the running one: a bundler rewrites what is relative to a module. */
function entry(): string {
  return join(dirname(process.argv[1] ?? ''), '..', 'agent', 'index.js');
}

/**
 * Small rather than fast, as measured over the 150 renewals of a six-hour job (Node 24, Linux): resident 55 MB of which
 * 14 are the process's own, instead of 80 of which 31 are. Most of it is the compiled code that is not made, and what
 * each TLS connection leaves, which V8 would let lie for hours. A renewal costs 15 ms instead of 6. Ten thousand requests
 * for tokens leave 1 MB with a small young generation, and 12 MB without.
 *
 * And without the debugger that Node starts upon SIGUSR1, to which every user of the machine can connect.
 */
const NODE_OPTIONS = [
  '--jitless',
  '--expose-gc',
  '--max-old-space-size=24',
  '--max-semi-space-size=1',
  '--v8-pool-size=0',
  '--disable-sigusr1',
];

/**
 * Starts the agent while the sign-in waits for the network, so that the end of the step does not wait for the system:
 * detached, without the standard streams of the step (the runner would wait for whoever holds its pipes), found by the
 * runner's clean-up at the end of the job through RUNNER_TRACKING_ID.
 * @returns `undefined` when the system would not start it
 */
export async function startAgent(duty: Duty, env: Environment): Promise<Agent | undefined> {
  const server = duty === 'tokens' ? await listen() : undefined;
  const { args, options } = agentProcess(duty, entry(), env, server && descriptorOf(server));
  const child = spawn(process.execPath, args, options);
  const port = server === undefined ? toldPort(child.stdout) : Promise.resolve((server.address() as AddressInfo).port);
  port.catch(() => {});
  // From now on it is the agent's alone.
  server?.close();
  const { pid, stdin } = child;
  child.on('error', () => {});
  child.unref();
  if (pid === undefined || stdin === null) return undefined;
  // What happens to the process is for post to tell.
  stdin.on('error', () => {});
  return {
    refresher: pid,
    refresherStarted: processStart(pid) ?? '',
    port,
    begin: (plan) => new Promise((resolve) => stdin.end(JSON.stringify(plan), () => resolve())),
    end: () => void child.kill(),
  };
}

/**
 * A socket on loopback for the agent to take over. The sign-in has the port before the agent has even begun, which takes
 * 40 ms; whoever asks meanwhile waits in the system.
 * @returns `undefined` on Windows, where Node can take over no such socket: there the agent says its port
 */
async function listen(): Promise<Server | undefined> {
  if (process.platform === 'win32') return undefined;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Node documents how a process listens on a descriptor (`server.listen({ fd })`), but not how to get it. */
function descriptorOf(server: Server): number {
  return (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

/** The first and only word of an agent that has to listen by itself. */
function toldPort(stdout: Readable | null): Promise<number> {
  return new Promise((resolve, reject) => {
    stdout?.once('data', (word) => {
      resolve(Number(word));
      stdout.destroy();
    });
    stdout?.once('close', () => reject(new Error('The agent ended before it listened.')));
  });
}

/** How the agent is run: other users can see its arguments, and other processes of the user its environment. */
export function agentProcess(
  duty: Duty,
  script: string,
  env: Environment,
  socket?: number,
): { readonly args: readonly string[]; readonly options: SpawnOptions } {
  return {
    args: [...NODE_OPTIONS, script, duty],
    options: {
      detached: true,
      stdio:
        socket === undefined
          ? ['pipe', duty === 'tokens' ? 'pipe' : 'ignore', 'ignore']
          : ['pipe', 'ignore', 'ignore', socket],
      windowsHide: true,
      cwd: workingFolder(env),
      env: inherited(env),
    },
  };
}

/**
 * A folder that nobody will want to remove: neither the job's nor the action's, whose folder a self-hosted runner replaces.
 * Windows cannot remove a folder that a process works in; elsewhere the process would be left in one that is gone.
 */
function workingFolder(env: Environment): string {
  const { root } = parse(process.execPath);
  return process.platform === 'win32' ? env['SystemRoot'] || root : root;
}

/**
 * What the agent needs of the environment: how to reach servers, whom to trust, and what a process needs on each system.
 * No secret of the step is among it. In any case of letters, as on Windows.
 */
const NEEDED =
  /^(RUNNER_TEMP|RUNNER_TRACKING_ID|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_(FILE|DIR)|SystemRoot|windir|TEMP|TMP|LD_LIBRARY_PATH)$/i;

/** Of NODE_OPTIONS, what decides whom to trust and how to reach them; the rest may need the job's folder, or a debugger. */
const NEEDED_NODE_OPTION = /^--(use-(openssl|system|bundled)-ca|dns-result-order=\w+|openssl-(shared-)?config(=\S+)?)$/;

export function inherited(env: Environment): Record<string, string> {
  const needed = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && NEEDED.test(entry[0]),
  );
  const nodeOptions = (env['NODE_OPTIONS'] ?? '').split(/\s+/).filter((option) => NEEDED_NODE_OPTION.test(option));
  return {
    ...Object.fromEntries(needed),
    ...(nodeOptions.length === 0 ? {} : { NODE_OPTIONS: nodeOptions.join(' ') }),
  };
}
