import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join, parse } from 'node:path';
import type { Readable } from 'node:stream';
import { type Environment, processStart } from '../core/machine.ts';
import type { Session } from '../core/session.ts';
import type { AgentPlan, Duty } from './plan.ts';
import type { RefresherProcess } from './stop.ts';

/** The background process, started and still without a plan. Without one it ends with the process that started it. */
export interface Agent extends RefresherProcess {
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
  const socket = duty === 'tokens' ? await listen() : undefined;
  const { args, options } = agentProcess(duty, entry(), env, socket?.fd);
  const child = spawn(process.execPath, args, options);
  socket?.close();
  const { pid, stdin } = child;
  child.on('error', () => {});
  child.unref();
  if (pid === undefined || stdin === null) return undefined;
  // What happens to the process is for post to tell.
  stdin.on('error', () => {});
  const port = socket?.port ?? portOf(child.stdout);
  port.catch(() => {});
  return {
    refresher: pid,
    refresherStarted: processStart(pid) ?? '',
    port,
    begin: (plan) => new Promise((resolve) => stdin.end(JSON.stringify(plan), () => resolve())),
    end: () => void child.kill(),
  };
}

/** A socket that already listens, on loopback, for the agent to take over. */
interface ListeningSocket {
  readonly fd: number;
  readonly port: Promise<number>;
  /** Leaves it to the agent alone. */
  close(): void;
}

/**
 * The sign-in has the port before the agent has even begun, which takes 40 ms; whoever asks meanwhile waits in the system.
 * @returns `undefined` on Windows, where Node can take over no such socket: there the agent says its port
 */
async function listen(): Promise<ListeningSocket | undefined> {
  if (process.platform === 'win32') return undefined;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // Node documents how a process listens on a descriptor (`server.listen({ fd })`), but not how to get it.
  const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
  return { fd, port: Promise.resolve(port), close: () => void server.close() };
}

/** The first and only word of an agent that has to listen by itself. */
function portOf(stdout: Readable | null): Promise<number> {
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
