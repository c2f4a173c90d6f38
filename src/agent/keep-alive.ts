import { utcTime } from '../core/forms.ts';
import { expiryOf } from '../core/jwt.ts';
import { SessionError } from '../core/session-error.ts';
import { loginFiles, sessionExists } from '../profile/saved-session.ts';
import { type FreshAssertion, publish, SourceFailure, sourceOf } from './assertions.ts';
import { leaveForPost, releaseMemory } from './housekeeping.ts';
import { failureWaitMs, type KeepAlivePlan, POLL_MS, refreshAfterMs, sessionEnd } from './plan.ts';

/** A pod renews its file for as long as it runs; only GitHub's request token expires. */
const NEVER = new Date(8.64e15);

export async function keepAlive(plan: KeepAlivePlan): Promise<void> {
  const { source, idTokenService } = plan;
  const requestToken = idTokenService['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
  const end = source.kind === 'file' ? NEVER : sessionEnd(expiryOf(requestToken), new Date());
  await refresh(plan, end, {
    fetch: sourceOf(source, { ...process.env, ...idTokenService }),
    publish: (assertion) => publish(plan, assertion),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => new Date(),
    random: Math.random,
    // In the next turn of the event loop, when the connection has released its buffers.
    rest: () => setImmediate(releaseMemory),
  });
}

export interface KeepAlivePorts {
  /** @throws {SourceFailure} when there is no fresh assertion */
  readonly fetch: () => Promise<FreshAssertion>;
  /**
   * Writes an assertion to the files that clients read.
   * @throws {SessionError} when a file cannot be written
   */
  readonly publish: (assertion: string) => Promise<'published' | 'session-over'>;
  readonly pause: (ms: number) => Promise<void>;
  readonly now: () => Date;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Called before the idle minutes between two renewals. */
  readonly rest: () => void;
}

/**
 * Renews the assertion of a session until the session ends: its folder is gone, or GitHub's request token has expired.
 * A refusal does not end it: a gateway or an outage of GitHub can cause refusals for minutes. While the session has no
 * usable assertion, the log file for post gives the reason.
 */
export async function refresh(plan: KeepAlivePlan, end: Date, ports: KeepAlivePorts): Promise<void> {
  const report = reporter(plan);
  const outcome = await refreshUntilOver(plan, end, ports, report);
  if (outcome !== 'session-over') report(outcome);
}

/** @returns `session-over`, or why the agent stops before the end of the session */
async function refreshUntilOver(
  plan: KeepAlivePlan,
  end: Date,
  ports: KeepAlivePorts,
  report: (reason: string) => void,
): Promise<string> {
  let usableUntil = plan.expiresOn;
  let failures = 0;
  let wait = refreshAfterMs(plan.expiresOn - ports.now().getTime(), ports.random());
  for (;;) {
    await waitWhileAlive(wait, plan, ports);
    if (!sessionExists(plan)) return 'session-over';
    if (ports.now() >= end) return 'GitHub issues tokens to a job for only about six hours';
    const outcome = await renew(plan, ports);
    if (outcome === 'session-over') return outcome;
    if (outcome instanceof SourceFailure) {
      failures++;
      if (ports.now().getTime() >= usableUntil) {
        report(`there was no fresh token after ${utcTime(new Date(usableUntil))}: ${outcome.message}`);
      }
      wait = failureWaitMs(failures, outcome.retryAfterMs, ports.random());
    } else {
      failures = 0;
      usableUntil = ports.now().getTime() + outcome.usableMs;
      report('');
      wait = refreshAfterMs(outcome.usableMs, ports.random());
    }
    ports.rest();
  }
}

async function renew(
  plan: KeepAlivePlan,
  ports: KeepAlivePorts,
): Promise<FreshAssertion | SourceFailure | 'session-over'> {
  try {
    const fresh = await ports.fetch();
    if (!sessionExists(plan)) return 'session-over';
    const published = await ports.publish(fresh.assertion);
    return published === 'published' ? fresh : published;
  } catch (error) {
    if (error instanceof SourceFailure) return error;
    const reason = error instanceof SessionError ? error.message : 'an unexpected error';
    return new SourceFailure(reason);
  }
}

/** Waits in short steps, to notice the end of the session within seconds. */
async function waitWhileAlive(ms: number, plan: KeepAlivePlan, ports: KeepAlivePorts): Promise<void> {
  for (let left = ms; left > 0 && sessionExists(plan); ) {
    const step = Math.min(left, POLL_MS);
    const before = ports.now().getTime();
    await ports.pause(step);
    // More time passes while the machine sleeps; a clock that is set back must not prolong the wait.
    left -= Math.max(step, ports.now().getTime() - before);
  }
}

/** Writes the warning that post shows; an empty reason removes it. */
function reporter(plan: KeepAlivePlan): (reason: string) => void {
  const { name } = loginFiles(plan.folder, plan.sharedLogin).keepAliveLog;
  let written = '';
  return (reason) => {
    const text = reason && `The session was not kept alive to the end of the job: ${reason.replace(/\.$/, '')}.\n`;
    if (text !== '' || written !== '') leaveForPost(plan, name, text);
    written = text;
  };
}
