import { tokenIssuer } from '../core/clouds.ts';
import type { Credential, UserGrant } from '../core/credential.ts';
import { quotable } from '../core/foreign-text.ts';
import { asObject, type JsonObject, stringField } from '../core/json.ts';
import type { DeviceCodeRequest } from '../core/request.ts';
import { type HttpResponse, parseAnswer } from '../http/exchange.ts';
import { pause, withRetry } from '../http/retry.ts';
import type { SignInContext } from './sign-in-context.ts';
import { EntraError, readTokenAnswer } from './token-answer.ts';
import { formOf, requestUserToken, userCredential, withIdentityScopes } from './user-grant.ts';

const GRANT_TYPE: UserGrant['source'] = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * A person who signs in with a browser elsewhere, by a code that the log shows.
 * Source: RFC 8628; Microsoft identity platform, "OAuth 2.0 device authorization grant".
 */
export function deviceCodeCredential(request: DeviceCodeRequest, context: SignInContext): Credential {
  return userCredential(request, GRANT_TYPE, context, (scope) => signIn(request.tenantId, scope, context));
}

async function signIn(tenantId: string, scope: string, context: SignInContext): Promise<JsonObject> {
  const { announce, cloud, http, mask, retry } = context;
  const { deviceCodeEndpoint } = tokenIssuer(cloud, tenantId);
  const code = await withRetry('The request for a device code to Entra ID', retry, async () =>
    readDeviceCode(await http.send(formOf(deviceCodeEndpoint, { scope: withIdentityScopes(scope) }))),
  );
  // The user code is for everybody to read; the device code is what the tokens are given for.
  mask(code.deviceCode);
  announce(code.message);
  const clock = {
    remainingMs: () => retry.deadline.remainingMs(),
    pause: (ms: number) => pause(ms, retry.deadline.signal),
  };
  const fields = { grant_type: GRANT_TYPE, device_code: code.deviceCode };
  return pollUntilConfirmed(code.intervalSeconds, clock, (interval) =>
    // A connection that fails is tried again no sooner than the server wants to be asked at all.
    withRetry('The question whether the device code is confirmed', { ...retry, shortestWaitMs: interval * 1000 }, () =>
      requestUserToken(tenantId, fields, context),
    ),
  );
}

const LONGEST_MESSAGE = 600;
/** Where the server names no interval. Source: RFC 8628, 3.2. */
const DEFAULT_INTERVAL_SECONDS = 5;

/**
 * @returns `message`: the server's own words for the user, with the page and the code to enter there
 * @throws {TransientFailure} when the answer is no answer
 * @throws {EntraError}
 */
export function readDeviceCode(response: HttpResponse) {
  if (response.status !== 200) readTokenAnswer(response);
  return parseAnswer(response, 'a device code', (answer) => {
    const body = asObject(answer);
    const [deviceCode, userCode] = [stringField(body, 'device_code'), stringField(body, 'user_code')];
    if (deviceCode === '' || userCode === '') return undefined;
    const page = stringField(body, 'verification_uri') || 'https://microsoft.com/devicelogin';
    const message = `To sign in, use a web browser to open the page ${page} and enter the code ${userCode} to authenticate.`;
    const interval = Number(body?.['interval']);
    return {
      deviceCode,
      message: quotable(stringField(body, 'message') || message, LONGEST_MESSAGE),
      intervalSeconds: interval > 0 ? interval : DEFAULT_INTERVAL_SECONDS,
    };
  });
}

/** What `slow_down` adds to the interval, for good. Source: RFC 8628, 3.5. */
const SLOW_DOWN_SECONDS = 5;

/**
 * Asks until the person has confirmed the code. The server ends it: it knows when the code expires.
 * @param intervalSeconds least time between two questions, also before the first
 * @param clock until the sign-in must have ended; its `pause` ends early when there is no time left
 * @param ask one question; gets the interval that holds now, in seconds
 * @returns the answer with the tokens
 * @throws {EntraError} when the person declined, the code expired or is unknown; and the last "not yet" when there is
 *   no time for another question
 */
export async function pollUntilConfirmed(
  intervalSeconds: number,
  clock: { remainingMs(): number; pause(ms: number): Promise<void> },
  ask: (intervalSeconds: number) => Promise<JsonObject>,
): Promise<JsonObject> {
  let interval = intervalSeconds;
  let notYet: EntraError | undefined;
  for (;;) {
    await clock.pause(interval * 1000);
    try {
      return await ask(interval);
    } catch (error) {
      const word = error instanceof EntraError ? error.answer.error : '';
      const waits = word === 'slow_down' || word === 'authorization_pending';
      // The deadline may end a question as well as a pause; what was waited for is the person in both.
      if (!waits) throw clock.remainingMs() <= 0 ? (notYet ?? error) : error;
      if (error instanceof EntraError) notYet = error;
      if (word === 'slow_down') interval += SLOW_DOWN_SECONDS;
      if (interval * 1000 >= clock.remainingMs()) throw error;
    }
  }
}
