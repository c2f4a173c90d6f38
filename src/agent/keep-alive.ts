import { expiryOf } from '../core/jwt.ts';
import { type KeepAlivePlan, sessionEnd } from './plan.ts';
import { publish } from './publish.ts';
import { refresh } from './refresher.ts';
import { sourceOf } from './sources.ts';

/** A pod renews its file for as long as it runs; only GitHub's tokens end with the job's request token. */
const LATEST = new Date(8.64e15);

export async function keepAlive(plan: KeepAlivePlan): Promise<void> {
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
