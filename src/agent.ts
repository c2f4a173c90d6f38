import { PLAN_VARIABLE, parsePlan, sessionEnd } from './agent/plan.ts';
import { publish } from './agent/publish.ts';
import { refresh } from './agent/refresher.ts';
import { sourceOf } from './agent/sources.ts';
import { expiryOf } from './core/jwt.ts';

/** A pod renews its file for as long as it runs; only GitHub's tokens end with the job's request token. */
const LATEST = new Date(8.64e15);

/** An error of a connection that nobody uses any more is no reason to end the session. */
process.on('uncaughtException', () => {});

/** The refresher's entry: a process of its own, without standard streams, that outlives the step which started it. */
const plan = parsePlan(process.env[PLAN_VARIABLE] ?? '');
if (plan !== undefined) {
  const now = new Date();
  const end =
    plan.source.kind === 'file'
      ? LATEST
      : sessionEnd(expiryOf(process.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''), now);
  await refresh(plan, end, {
    fetch: sourceOf(plan.source, process.env),
    publish: (assertion) => publish(plan, assertion),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => new Date(),
    random: Math.random,
    // In a moment, when the connection has let go of what it held.
    rest: () => setImmediate(() => globalThis.gc?.()),
  });
}
