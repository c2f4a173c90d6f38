import { text } from 'node:stream/consumers';
import { type KeepAlivePlan, sessionEnd } from './agent/plan.ts';
import { publish } from './agent/publish.ts';
import { refresh } from './agent/refresher.ts';
import { sourceOf } from './agent/sources.ts';
import { expiryOf } from './core/jwt.ts';

/** A pod renews its file for as long as it runs; only GitHub's tokens end with the job's request token. */
const LATEST = new Date(8.64e15);

/** An error of a connection that nobody uses any more is no reason to end the session. */
process.on('uncaughtException', () => {});

/**
 * The agent's entry: a process of its own that outlives the step which started it. A sign-in that fails, or is killed,
 * closes its standard input without a whole plan.
 */
void main();

async function main(): Promise<void> {
  const plan = parsed(await text(process.stdin));
  if (plan !== undefined) await keepAlive(plan);
}

function parsed(json: string): KeepAlivePlan | undefined {
  try {
    return JSON.parse(json) as KeepAlivePlan;
  } catch {
    return undefined;
  }
}

async function keepAlive(plan: KeepAlivePlan): Promise<void> {
  const { source, idTokenService } = plan;
  const requestToken = idTokenService['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
  const end = source.kind === 'file' ? LATEST : sessionEnd(expiryOf(requestToken), new Date());
  await refresh(plan, end, {
    fetch: sourceOf(source, { ...process.env, ...idTokenService }),
    publish: (assertion) => publish(plan, assertion),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => new Date(),
    random: Math.random,
    // In a moment, when the connection has let go of what it held.
    rest: () => setImmediate(() => globalThis.gc?.()),
  });
}
