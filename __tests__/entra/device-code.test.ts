import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pollUntilConfirmed, readDeviceCode } from '../../src/entra/device-code.ts';
import { EntraError, readEntraError } from '../../src/entra/token-response.ts';
import { TransientFailure } from '../../src/http/retry.ts';

/**
 * Polls with a simulated clock.
 * @param responses in order, the last one repeatedly: an OAuth error, `ok` for tokens, `aborted` for the end of the deadline
 */
async function poll(deadline: number, responses: readonly string[]): Promise<{ outcome: string; at: number[] }> {
  let now = 0;
  const at: number[] = [];
  const clock = {
    remainingMs: () => Math.max(0, deadline * 1000 - now),
    pause: async (ms: number) => {
      now = Math.min(deadline * 1000, now + ms);
    },
  };
  const polling = pollUntilConfirmed(5, clock, async () => {
    const error = responses[Math.min(at.push(now / 1000), responses.length) - 1] ?? '';
    if (error === 'ok') return {};
    if (error !== 'aborted') {
      throw new EntraError(readEntraError(400, {}, JSON.stringify({ error })) ?? assert.fail());
    }
    now = deadline * 1000;
    throw new Error(error);
  });
  const outcome = await polling.then(
    () => 'ok',
    (error: unknown) => (error instanceof EntraError ? error.response.error : String(error)),
  );
  return { outcome, at };
}

const [PENDING, SLOW] = ['authorization_pending', 'slow_down'];
const FINAL = ['authorization_declined', 'expired_token', 'bad_verification_code', 'access_denied', 'invalid_grant'];

for (const [what, deadline, responses, outcome, at] of [
  ['begins after one interval, and continues with each', 900, [PENDING, PENDING, 'ok'], 'ok', [5, 10, 15]],
  ['slows down by five seconds for each slow_down', 900, [SLOW, PENDING, SLOW, 'ok'], 'ok', [5, 15, 25, 40]],
  ['ends before a request that would exceed the deadline', 18, [PENDING], PENDING, [5, 10, 15]],
  ['ends with the last error if the deadline aborts it', 18, [PENDING, 'aborted'], PENDING, [5, 10]],
  ...FINAL.map((error) => [`ends at once with ${error}`, 900, [PENDING, error], error, [5, 10]] as const),
] as const) {
  test(`polling ${what}`, async () => assert.deepEqual(await poll(deadline, responses), { outcome, at }));
}

test('a device code response needs both codes, and its message is on one line', () => {
  const read = (body: unknown, status = 200) =>
    readDeviceCode({ host: 'login.example', status, headers: {}, requestId: 'id', body: JSON.stringify(body) });
  const codes = { device_code: 'D', user_code: 'ABC' };
  assert.deepEqual(read({ ...codes, interval: 7, message: 'Open it.\n::error::no' }), {
    deviceCode: 'D',
    message: 'Open it. ::error::no',
    intervalSeconds: 7,
  });
  const { intervalSeconds, message } = read({ ...codes, verification_uri: 'https://login.microsoft.com/device' });
  assert.equal(intervalSeconds, 5);
  assert.match(message, /https:\/\/login\.microsoft\.com\/device and enter the code ABC/);
  for (const body of [{}, { device_code: 'D' }, { user_code: 'ABC' }, 'text']) {
    assert.throws(() => read(body), TransientFailure);
  }
  assert.throws(() => read({ error: 'invalid_client', error_description: 'AADSTS7000218: x' }, 401), EntraError);
});
