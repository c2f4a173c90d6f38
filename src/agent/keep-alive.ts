import { expiryOf } from '../core/jwt.ts';
import { SessionError } from '../core/session-error.ts';
import { isSessionThere, loginFiles } from '../profile/saved-session.ts';
import { type FreshAssertion, publish, SourceFailure, sourceOf } from './assertions.ts';
import { leaveForPost } from './for-post.ts';
import { failureWaitMs, type KeepAlivePlan, refreshAfterMs, sessionEnd } from './plan.ts';

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
    // After this turn, when the connection has released its buffers.
    rest: () => setImmediate(() => globalThis.gc?.()),
  });
}

/** What the refresher takes from outside. */
export interface RefresherPorts {
  /** @throws {SourceFailure} when there is no fresh assertion now */
  readonly fetch: () => Promise<FreshAssertion>;
  /**
   * Puts an assertion where clients read it.
   * @throws {SessionError} when it cannot be written
   */
  readonly publish: (assertion: string) => Promise<'published' | 'session-over'>;
  readonly pause: (ms: number) => Promise<void>;
  readonly now: () => Date;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Gives memory back: nothing happens for minutes now. */
  readonly rest: () => void;
}

/** Definite refusals in a row before GitHub is taken at its word: one may come from a gateway before it. */
const MOST_REFUSALS = 5;
/** How often to look for the session's folder between renewals, in milliseconds. */
const LOOK_MS = 5000;

/**
 * Keeps the assertion of a session fresh until the session is over: its folder gone, GitHub's request token at its end,
 * or GitHub refusing for good. The log file says so while a living session has no assertion that can be used.
 */
export async function refresh(plan: KeepAlivePlan, end: Date, ports: RefresherPorts): Promise<void> {
  const say = wordFor(plan);
  const over = await refreshUntilOver(plan, end, ports, say);
  if (over !== 'session-over') say(over);
}

/** @returns why there is nothing left to do */
async function refreshUntilOver(
  plan: KeepAlivePlan,
  end: Date,
  ports: RefresherPorts,
  say: (why: string) => void,
): Promise<string> {
  let usableUntil = plan.expiresOn;
  let failures = 0;
  let refusals = 0;
  let wait = refreshAfterMs(plan.expiresOn - ports.now().getTime(), ports.random());
  for (;;) {
    await waitWhileAlive(wait, plan, ports);
    if (!isSessionThere(plan)) return 'session-over';
    if (ports.now() >= end) return 'GitHub gives tokens to a job for about six hours, and they are over';
    const outcome = await renew(plan, ports);
    if (outcome === 'session-over') return outcome;
    if (outcome instanceof SourceFailure) {
      failures++;
      refusals = outcome.outlook === 'final' ? refusals + 1 : 0;
      const stale = ports.now().getTime() >= usableUntil;
      // While the last one can be used, nothing is lost by asking on.
      if (refusals >= MOST_REFUSALS && stale) return `it gave up: ${outcome.message}`;
      if (stale) say(`there was no fresh token after ${timeOf(usableUntil)} UTC: ${outcome.message}`);
      wait = failureWaitMs(failures, outcome.retryAfterMs, ports.random());
    } else {
      failures = refusals = 0;
      usableUntil = ports.now().getTime() + outcome.usableMs;
      say('');
      wait = refreshAfterMs(outcome.usableMs, ports.random());
    }
    ports.rest();
  }
}

async function renew(
  plan: KeepAlivePlan,
  ports: RefresherPorts,
): Promise<FreshAssertion | SourceFailure | 'session-over'> {
  try {
    const fresh = await ports.fetch();
    if (!isSessionThere(plan)) return 'session-over';
    const published = await ports.publish(fresh.assertion);
    return published === 'published' ? fresh : published;
  } catch (error) {
    if (error instanceof SourceFailure) return error;
    const reason = error instanceof SessionError ? error.message : 'an unexpected error';
    return new SourceFailure(reason, 'passing');
  }
}

/** Sleeps in short pieces, so that a session that ended is noticed within seconds. */
async function waitWhileAlive(ms: number, plan: KeepAlivePlan, ports: RefresherPorts): Promise<void> {
  for (let left = ms; left > 0 && isSessionThere(plan); ) {
    const piece = Math.min(left, LOOK_MS);
    const before = ports.now().getTime();
    await ports.pause(piece);
    // More has passed where the machine slept; a clock that was put back must not make the wait longer.
    left -= Math.max(piece, ports.now().getTime() - before);
  }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

/** What post should tell the user; `''` when there is nothing to tell any more. */
function wordFor(plan: KeepAlivePlan): (why: string) => void {
  const { name } = loginFiles(plan.folder, plan.sharedLogin).keepAliveLog;
  let said = '';
  return (why) => {
    const word = why && `The session was not kept alive to the end of the job: ${why.replace(/\.$/, '')}.\n`;
    if (word !== '' || said !== '') leaveForPost(plan, name, word);
    said = word;
  };
}
