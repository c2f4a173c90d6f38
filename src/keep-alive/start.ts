import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Environment } from '../runner/runner.ts';
import { type KeepAlivePlan, PLAN_VARIABLE } from './plan.ts';

/** The refresher's entry in `dist/`, found from the running one: a bundler rewrites what is relative to a module. */
function entry(): string {
  return join(dirname(process.argv[1] ?? ''), '..', 'keep-alive', 'index.js');
}

/**
 * Node's memory, in megabytes: the refresher holds a token or two. Without the limits V8 would let garbage grow for hours
 * before it looks.
 */
const NODE_OPTIONS = ['--max-old-space-size=24', '--max-semi-space-size=1', '--single-threaded-gc'];

/**
 * Starts the refresher: detached, without standard streams (the runner would wait for whoever holds its pipes), found by
 * the runner's clean-up at the end of the job through RUNNER_TRACKING_ID. Nothing waits for it.
 * @returns its process id; `undefined` when the system would not start it
 */
export function startRefresher(plan: KeepAlivePlan, env: Environment): number | undefined {
  const child = spawn(process.execPath, [...NODE_OPTIONS, entry()], {
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
    // A folder of the job as working directory could not be removed on Windows.
    cwd: dirname(entry()),
    env: { ...inherited(env), [PLAN_VARIABLE]: JSON.stringify(plan) },
  });
  child.on('error', () => {});
  child.unref();
  return child.pid;
}

/**
 * What the refresher needs of the environment: the way to GitHub and what a process needs on each system. The step's own
 * secrets, which are in `INPUT_…`, are not among it.
 */
const NEEDED =
  /^(ACTIONS_ID_TOKEN_REQUEST_(URL|TOKEN)|RUNNER_TRACKING_ID|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_(FILE|DIR)|SystemRoot|windir|TEMP|TMP|PATH|HOME|LANG)$/i;

export function inherited(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && NEEDED.test(entry[0])),
  );
}
