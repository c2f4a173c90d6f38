import { type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { delimiter, dirname, join, parse, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Runner } from '../actions/runner.ts';
import { isTokenEndpoint } from '../core/credential.ts';
import { utcTime } from '../core/forms.ts';
import { expiryOf } from '../core/jwt.ts';
import { activeLogins } from '../core/logins.ts';
import { type Environment, processStart } from '../core/machine.ts';
import type { SignInRequest, TokenRequest } from '../core/request.ts';
import type { Account, Session, SignedIn } from '../core/session.ts';
import { normalizeTenant } from '../entra/credentials.ts';
import { programError } from '../errors/program.ts';
import type { ConfigDir } from '../profile/config-dir.ts';
import type { SavedSession } from '../profile/saved-session.ts';
import { type AgentPlan, type CommonPlan, type Duty, type KeepAlivePlan, sessionEnd, type TokenPlan } from './plan.ts';

/** A session with a background process. */
export interface Background {
  /** The session as later steps get it. */
  readonly session: Session;
  /** `undefined` when the system did not start it, or it has exited. */
  readonly agent: Agent | undefined;
  readonly plan: AgentPlan;
  /** A line for the log, once the session is published. */
  readonly notice: string;
}

/**
 * @param started waits for its plan
 * @returns `undefined` for a session that needs no process
 * @throws {SessionError} for a memory session without a process
 */
export async function backgroundOf(
  session: Session,
  request: SignInRequest,
  { path: folder, loginId }: ConfigDir,
  started: Agent | undefined,
  runner: Runner,
): Promise<Background | undefined> {
  if (session.kind !== 'account') return undefined;
  const agent = started?.isRunning() ? started : undefined;
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

/** @returns `undefined` for a session without an assertion */
function keepAlivePlan({ account, material }: SignedIn, common: CommonPlan): KeepAlivePlan | undefined {
  const { principal, tenantId } = account;
  if (material.kind !== 'assertion' || principal.kind !== 'service-principal') return undefined;
  const { source, assertion } = material;
  return { ...common, clientId: principal.clientId, tenantId, source, expiresOn: expiryOf(assertion).getTime() };
}

function keptAliveUntil({ source, idTokenService }: KeepAlivePlan): string {
  if (source.kind === 'file') return 'The session lasts for as long as the pod renews its token.';
  const end = sessionEnd(expiryOf(idTokenService['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''), new Date());
  return `The session lasts until ${utcTime(end)}.`;
}

export const NOT_STARTED =
  'The session is not kept alive: the system did not start the process that would renew its federated token. Later steps can use the existing tokens for about an hour, and get new ones for a few minutes.';

/**
 * Moves the credential of a session into the agent. Later steps get the agent's endpoint instead.
 * @throws {SessionError} when the agent is not running
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
  // The machine's own values go into the saved state, to be restored.
  for (const variable of ['IDENTITY_HEADER', 'MSI_SECRET']) runner.mask(runner.env[variable] ?? '');
  const { account, material } = session;
  const podFile = material.kind === 'assertion' && material.source.kind === 'file' ? material.source.path : '';
  const endpoint = { port: await portOf(agent), secret };
  return {
    session: {
      ...session,
      account: withoutOtherTenants(account, runner),
      material: { kind: 'token-endpoint', endpoint, podFile },
    },
    agent,
    plan: { ...common, ...tokenPlan(session, request, runner.env), secret },
    notice: `The credential is only in the memory of process ${agent?.agentPid}, and the session lasts until the job ends.`,
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

/** The managed-identity protocols have no tenant parameter, so every token is for the account's own tenant. */
function withoutOtherTenants(account: Account, runner: Runner): Account {
  const { tenantId, tenantsWithoutSubscription } = account;
  const subscriptions = account.subscriptions.filter((subscription) => subscription.tenantId === tenantId);
  const omitted = account.subscriptions.length - subscriptions.length;
  if (omitted > 0) {
    const what =
      omitted === 1 ? 'One subscription of another tenant is' : `${omitted} subscriptions of other tenants are`;
    runner.warning(
      `${what} left out: with \`credential-store: memory\` later steps get tokens only for the tenant ${tenantId}. Set \`tenant-id\` to another tenant, or sign in to each tenant in a separate step.`,
    );
  }
  const ownTenant = tenantsWithoutSubscription && {
    tenantsWithoutSubscription: tenantsWithoutSubscription.filter((id) => id === tenantId),
  };
  return { ...account, subscriptions, ...ownTenant };
}

function tokenPlan(
  { account: { principal, tenantId, cloud }, material, managementTokens, additionalTokens }: SignedIn,
  { credential, credentialStore }: SignInRequest,
  env: Environment,
): Omit<TokenPlan, keyof CommonPlan | 'secret'> {
  return {
    request: effectiveRequest(normalizeTenant(credential as TokenRequest, cloud), material),
    credential: material,
    cloud,
    tenantId,
    clientId: principal.kind === 'user' ? '' : principal.clientId,
    objectId: principal.objectId,
    audiences: credentialStore.kind === 'memory' ? credentialStore.audiences : [],
    tokens: [...managementTokens, ...additionalTokens].filter((token) => token.tenantId === tenantId),
    earlier: earlierEndpoints(env),
    runner: {
      pid: process.ppid,
      started: process.ppid > 1 ? (processStart(process.ppid) ?? '') : '',
      step: process.pid,
    },
  };
}

/** The current endpoint, then those that it and earlier ones replaced: a login in between may end first. */
function earlierEndpoints(env: Environment): TokenPlan['earlier'] {
  const replaced = activeLogins(env).map(({ variables: { IDENTITY_ENDPOINT, IDENTITY_HEADER } }) => {
    return { url: IDENTITY_ENDPOINT?.before ?? '', secret: IDENTITY_HEADER?.before ?? '' };
  });
  const current = { url: env['IDENTITY_ENDPOINT'] ?? '', secret: env['IDENTITY_HEADER'] ?? '' };
  return [current, ...replaced.reverse()].filter(({ url }) => isTokenEndpoint(url));
}

/** The request with the audience that Entra ID accepted, and without the secrets that the credential repeats. */
function effectiveRequest(request: TokenRequest, material: SignedIn['material']): TokenRequest {
  if (request.method === 'client-certificate') return { ...request, certificate: '', certificatePassword: '' };
  if (request.method === 'password') return { ...request, password: '' };
  const isGitHub = material.kind === 'assertion' && material.source.kind === 'github';
  return request.method === 'oidc' && isGitHub ? { ...request, audience: material.source.audience } : request;
}

/** The background process. Until it has its plan, it ends with the process that started it. */
interface Agent extends Pick<SavedSession, 'agentPid' | 'agentStarted'> {
  /** Whether it has not exited, as after a variable that Node rejects. */
  isRunning(): boolean;
  /** The port it listens on; rejects when it exits first, and never settles for the duty `keep-alive`. */
  readonly port: Promise<number>;
  /** Sends the plan. Resolves once it is written, even if the process has exited. */
  begin(plan: AgentPlan): Promise<void>;
  /** For a sign-in that fails after `begin`. */
  end(): void;
}

/** The agent's entry in `dist/`, relative to the running entry: bundlers rewrite paths relative to a module. */
function entry(): string {
  return join(dirname(process.argv[1] ?? ''), '..', 'agent', 'index.js');
}

/**
 * Small rather than fast. Over the 150 renewals of a six-hour job (Node 24, Linux) the process stays at 55 MB resident,
 * 14 of them its own, instead of 80 and 31: no compiled code, and no garbage of old TLS connections. A renewal takes 15
 * ms instead of 6. With the small young generation ten thousand token requests leave 1 MB of garbage, without it 12 MB.
 *
 * `--disable-sigusr1`: every user of the machine could connect to the debugger that Node starts on that signal.
 */
const NODE_OPTIONS = [
  '--jitless',
  '--expose-gc',
  // Needed only to renew the assertion in a shared folder with thousands of subscriptions.
  '--max-old-space-size=256',
  '--max-semi-space-size=1',
  '--v8-pool-size=0',
  '--disable-sigusr1',
];

/**
 * Starts the agent while the sign-in waits for the network: detached, and without the step's standard streams, whose
 * pipes the runner would wait for. The runner's clean-up at the end of the job finds it by RUNNER_TRACKING_ID.
 * @returns `undefined` when the system did not start it
 */
export async function startAgent(duty: Duty, env: Environment): Promise<Agent | undefined> {
  const server = duty === 'tokens' ? await listen() : undefined;
  const { args, options } = agentProcess(duty, entry(), env, server && descriptorOf(server));
  const child = spawn(process.execPath, args, options);
  const port =
    server === undefined ? printedPort(child.stdout) : Promise.resolve((server.address() as AddressInfo).port);
  port.catch(() => {});
  // The agent has its own copy of the descriptor.
  server?.close();
  const { pid, stdin } = child;
  child.on('error', () => {});
  child.unref();
  if (pid === undefined || stdin === null) return undefined;
  // The post step reports an agent that was killed.
  stdin.on('error', () => {});
  return {
    agentPid: pid,
    agentStarted: processStart(pid) ?? '',
    isRunning: () => child.exitCode === null && child.signalCode === null,
    port,
    begin: (plan) => new Promise((resolve) => stdin.end(JSON.stringify(plan), () => resolve())),
    end: () => void child.kill(),
  };
}

/**
 * A listening socket on loopback for the agent to inherit. The sign-in knows the port 40 ms before the agent has
 * started, and the system queues early connections.
 * @returns `undefined` on Windows, where Node cannot listen on an inherited socket: there the agent prints its own port
 */
async function listen(): Promise<Server | undefined> {
  if (process.platform === 'win32') return undefined;
  const server = createServer().listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return server;
}

/** Node documents how to listen on a descriptor (`server.listen({ fd })`), but not how to get one. */
function descriptorOf(server: Server): number {
  return (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

/** The port is the only output of an agent that opens its own socket. */
function printedPort(stdout: Readable | null): Promise<number> {
  return new Promise((resolve, reject) => {
    stdout?.once('data', (port) => {
      resolve(Number(port));
      stdout.destroy();
    });
    stdout?.once('close', () => reject(new Error('The agent ended before it listened.')));
  });
}

/** Other users can see the arguments, and the user's processes the environment: neither has a secret of the step. */
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
 * A folder that nothing removes, unlike the job's and the action's: Windows cannot remove the working folder of a
 * process, and elsewhere the process would be left without one.
 */
function workingFolder(env: Environment): string {
  const { root } = parse(process.execPath);
  return process.platform === 'win32' ? env['SystemRoot'] || root : root;
}

/**
 * The variables that the agent inherits: proxies, trusted authorities, the settings of OpenSSL, and what a process needs
 * on each system. None holds a secret of the step. Windows ignores the letter case of names.
 */
const NEEDED =
  /^(RUNNER_TEMP|RUNNER_TRACKING_ID|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_(FILE|DIR)|OPENSSL_(CONF|MODULES)|SystemRoot|windir|TEMP|TMP|LD_LIBRARY_PATH)$/i;

/** Paths, which may be relative to the working folder of the step. */
const PATH = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|OPENSSL_(CONF|MODULES))$/i;
const LIST_OF_PATHS = /^(SSL_CERT_DIR|LD_LIBRARY_PATH)$/i;

/** NODE_OPTIONS about TLS and name resolution. Other options may need the job's folder, or open a debugger. */
const NEEDED_NODE_OPTIONS =
  /(?<!\S)--(use-(openssl|system|bundled)-ca|openssl-shared-config|tls-m(in|ax)-v[\d.]+|(dns-result-order|openssl-config|tls-cipher-list)[= ]+("[^"]*"|[^\s"-][^\s"]*))(?!\S)/g;

export function inherited(env: Environment): Record<string, string> {
  const needed = Object.entries(env)
    .filter((entry): entry is [string, string] => entry[1] !== undefined && NEEDED.test(entry[0]))
    .map(([name, value]) => [name, value && absolute(name, value)]);
  const nodeOptions = (env['NODE_OPTIONS'] ?? '').match(NEEDED_NODE_OPTIONS);
  return { ...Object.fromEntries(needed), ...(nodeOptions && { NODE_OPTIONS: nodeOptions.join(' ') }) };
}

function absolute(name: string, value: string): string {
  if (PATH.test(name)) return resolve(value);
  if (!LIST_OF_PATHS.test(name)) return value;
  return value
    .split(delimiter)
    .map((path) => resolve(path))
    .join(delimiter);
}
