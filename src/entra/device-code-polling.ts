import type { JsonObject } from '../core/json.ts';
import { EntraRefused } from './token-answer.ts';

/** The time, as far as waiting for a person needs it. */
interface PollingClock {
  /** Milliseconds until the sign-in must have ended. */
  remainingMs(): number;
  /** Ends early when there is no time left. */
  pause(ms: number): Promise<void>;
}

/** What `slow_down` adds to the interval, for good. Source: RFC 8628, 3.5. */
const SLOW_DOWN_SECONDS = 5;

/**
 * Asks until the person has confirmed the code. The server ends it: it knows when the code expires.
 *
 * @param intervalSeconds least time between two questions, also before the first
 * @param ask one question; gets the interval that holds now, in seconds
 * @returns the answer with the tokens
 * @throws {EntraRefused} when the person declined, the code expired or is unknown; and the last "not yet" when there is
 *   no time for another question
 */
export async function pollUntilConfirmed(
  intervalSeconds: number,
  clock: PollingClock,
  ask: (intervalSeconds: number) => Promise<JsonObject>,
): Promise<JsonObject> {
  let interval = intervalSeconds;
  let notYet: EntraRefused | undefined;
  for (;;) {
    await clock.pause(interval * 1000);
    try {
      return await ask(interval);
    } catch (error) {
      const word = error instanceof EntraRefused ? error.refusal.error : '';
      const waits = word === 'slow_down' || word === 'authorization_pending';
      // The deadline may end a question as well as a pause; what was waited for is the person in both.
      if (!waits) throw clock.remainingMs() <= 0 ? (notYet ?? error) : error;
      if (error instanceof EntraRefused) notYet = error;
      if (word === 'slow_down') interval += SLOW_DOWN_SECONDS;
      if (interval * 1000 >= clock.remainingMs()) throw error;
    }
  }
}
