import { type SpawnOptions, spawn } from 'node:child_process';
import { dirname, join, parse } from 'node:path';
import { type Environment, processStart } from '../core/machine.ts';
import { type KeepAlivePlan, PLAN_VARIABLE } from './plan.ts';
import type { RefresherProcess } from './stop.ts';

/** The refresher's entry in `dist/`, found from the running one: a bundler rewrites what is relative to a module. */
function entry(): string {
  return join(dirname(process.argv[1] ?? ''), '..', 'agent', 'index.js');
}

/**
 * Small rather than fast, as measured over the 150 renewals of a six-hour job (Node 24, Linux): resident 55 MB of which
 * 14 are the process's own, instead of 80 of which 31 are. Most of it is the compiled code that is not made, and what
 * each TLS connection leaves, which V8 would let lie for hours. A renewal costs 15 ms instead of 6.
 *
 * And without the debugger that Node starts upon SIGUSR1, to which every user of the machine can connect.
 */
const NODE_OPTIONS = ['--jitless', '--expose-gc', '--max-old-space-size=24', '--v8-pool-size=0', '--disable-sigusr1'];

/**
 * Starts the refresher: detached, without standard streams (the runner would wait for whoever holds its pipes), found by
 * the runner's clean-up at the end of the job through RUNNER_TRACKING_ID. Nothing waits for it.
 * @returns `undefined` when the system would not start it
 */
export function startRefresher(plan: KeepAlivePlan, env: Environment): RefresherProcess | undefined {
  const { args, options } = refresherProcess(plan, entry(), env);
  const child = spawn(process.execPath, args, options);
  child.on('error', () => {});
  child.unref();
  if (child.pid === undefined) return undefined;
  return { refresher: child.pid, refresherStarted: processStart(child.pid) ?? '' };
}

/** How the refresher is run: nothing of the session is in its arguments, which every user of the machine can see. */
export function refresherProcess(
  plan: KeepAlivePlan,
  script: string,
  env: Environment,
): { readonly args: readonly string[]; readonly options: SpawnOptions } {
  return {
    args: [...NODE_OPTIONS, script],
    options: {
      detached: true,
      stdio: 'ignore',
      windowsHide: true,
      cwd: workingFolder(env),
      env: { ...inherited(env), [PLAN_VARIABLE]: JSON.stringify(plan) },
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
 * What the refresher needs of the environment: the way to GitHub and what a process needs on each system. The step's own
 * secrets, which are in `INPUT_…`, are not among it. In any case of letters, as on Windows, which writes
 * `Path`.
 */
const NEEDED =
  /^(ACTIONS_ID_TOKEN_REQUEST_(URL|TOKEN)|RUNNER_TRACKING_ID|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_(FILE|DIR)|SystemRoot|windir|TEMP|TMP|PATH|LD_LIBRARY_PATH|HOME|LANG)$/i;

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
