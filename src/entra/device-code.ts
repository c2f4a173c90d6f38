import { issuerName, tokenIssuer } from '../core/clouds.ts';
import type { Credential, UserGrant } from '../core/credential.ts';
import { asObject, type JsonObject, stringField } from '../core/json.ts';
import type { DeviceCodeRequest } from '../core/request.ts';
import { sanitize } from '../core/sanitize.ts';
import { type HttpResponse, parseResponse } from '../http/exchange.ts';
import { pause, withRetry } from '../http/retry.ts';
import type { SignInContext } from './sign-in-context.ts';
import { EntraError, readTokenResponse } from './token-response.ts';
import { formRequest, requestUserToken, userCredential, withIdentityScopes } from './user-grant.ts';

const GRANT_TYPE: UserGrant['source'] = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * Signs in a user who enters the code from the log in a browser on any device.
 * Source: RFC 8628; Microsoft identity platform, "OAuth 2.0 device authorization grant".
 */
export function deviceCodeCredential(request: DeviceCodeRequest, context: SignInContext): Credential {
  return userCredential(request, GRANT_TYPE, context, (scope) => signIn(request.tenantId, scope, context));
}

async function signIn(tenantId: string, scope: string, context: SignInContext): Promise<JsonObject> {
  const { announce, cloud, http, mask, retry } = context;
  const { deviceCodeEndpoint } = tokenIssuer(cloud, tenantId);
  const code = await withRetry(`The request for a device code to ${issuerName(cloud)}`, retry, async () =>
    readDeviceCode(await http.send(formRequest(deviceCodeEndpoint, { scope: withIdentityScopes(scope) }))),
  );
  // The user code in the message is public. The device code is a secret: the tokens are issued for it.
  mask(code.deviceCode);
  announce(code.message);
  const clock = {
    remainingMs: () => retry.deadline.remainingMs(),
    pause: (ms: number) => pause(ms, retry.deadline.signal),
  };
  const fields = { grant_type: GRANT_TYPE, device_code: code.deviceCode };
  return pollUntilConfirmed(code.intervalSeconds, clock, (interval) =>
    // A retry after a failed connection must also respect the polling interval.
    withRetry(`The check of the device code at ${issuerName(cloud)}`, { ...retry, minWaitMs: interval * 1000 }, () =>
      requestUserToken(tenantId, fields, context),
    ),
  );
}

const MAX_MESSAGE_LENGTH = 600;
/** Applies when the response has no interval. Source: RFC 8628, 3.2. */
const DEFAULT_INTERVAL_SECONDS = 5;

/**
 * @returns `message`: the server's instructions for the user, with the URL and the code to enter
 * @throws {TransientFailure} when the response has an unexpected format
 * @throws {EntraError}
 */
export function readDeviceCode(response: HttpResponse) {
  if (response.status !== 200) readTokenResponse(response);
  return parseResponse(response, 'a device code', (json) => {
    const body = asObject(json);
    const [deviceCode, userCode] = [stringField(body, 'device_code'), stringField(body, 'user_code')];
    if (deviceCode === '' || userCode === '') return undefined;
    const page = stringField(body, 'verification_uri') || 'https://microsoft.com/devicelogin';
    const message = `To sign in, use a web browser to open the page ${page} and enter the code ${userCode} to authenticate.`;
    const interval = Number(body?.['interval']);
    return {
      deviceCode,
      message: sanitize(stringField(body, 'message') || message, MAX_MESSAGE_LENGTH),
      intervalSeconds: interval > 0 ? interval : DEFAULT_INTERVAL_SECONDS,
    };
  });
}

/** Each `slow_down` increases the interval permanently. Source: RFC 8628, 3.5. */
const SLOW_DOWN_SECONDS = 5;

/**
 * Polls until the user confirms the code. The server reports when the code expires.
 * @param intervalSeconds minimum time before each poll, including the first
 * @param clock time until the deadline; its `pause` ends early at the deadline
 * @param poll sends one request; receives the current interval, in seconds
 * @returns the token response
 * @throws {EntraError} when the user declined, or the code expired or is unknown; the last `authorization_pending` or
 *   `slow_down` when no time remains for another poll
 */
export async function pollUntilConfirmed(
  intervalSeconds: number,
  clock: { remainingMs(): number; pause(ms: number): Promise<void> },
  poll: (intervalSeconds: number) => Promise<JsonObject>,
): Promise<JsonObject> {
  let interval = intervalSeconds;
  let lastPending: EntraError | undefined;
  for (;;) {
    await clock.pause(interval * 1000);
    try {
      return await poll(interval);
    } catch (error) {
      const code = error instanceof EntraError ? error.response.error : '';
      const isPending = code === 'slow_down' || code === 'authorization_pending';
      // The deadline may also abort a request. The reason is still that the user has not confirmed the code.
      if (!isPending) throw clock.remainingMs() <= 0 ? (lastPending ?? error) : error;
      if (error instanceof EntraError) lastPending = error;
      if (code === 'slow_down') interval += SLOW_DOWN_SECONDS;
      if (interval * 1000 >= clock.remainingMs()) throw error;
    }
  }
}
