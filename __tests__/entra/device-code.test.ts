import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pollUntilConfirmed, readDeviceCode } from '../../src/entra/device-code.ts';
import { EntraError, readEntraError } from '../../src/entra/token-response.ts';
import { TransientFailure } from '../../src/http/retry.ts';

const [PENDING, SLOW] = ['authorization_pending', 'slow_down'];

for (const [what, responses, outcome, expected] of [
  ['slows down by five seconds for each slow_down', [SLOW, PENDING, SLOW, 'ok'], 'ok', [5, 15, 25, 40]],
  ['ends before a request that would exceed the deadline', [SLOW, SLOW, SLOW, SLOW, 'ok'], SLOW, [5, 15, 30, 50]],
  ['ends with the last error if the deadline aborts it', [PENDING, 'aborted'], PENDING, [5, 10]],
] as const) {
  test(`polling ${what}`, async () => {
    const at: number[] = [];
    let now = 0;
    const pause = async (ms: number): Promise<void> => {
      now += ms;
    };
    const clock = { remainingMs: () => 60_000 - now, pause };
    const polling = pollUntilConfirmed(5, clock, async () => {
      const error = responses[at.push(now / 1000) - 1] ?? '';
      if (error === 'ok') return { error };
      if (error === 'aborted') now = 60_000;
      throw new EntraError(readEntraError(400, {}, JSON.stringify({ error })) ?? assert.fail());
    });
    const { error } = await polling.catch((failure) => (failure as EntraError).response);
    assert.deepEqual([error, at], [outcome, expected]);
  });
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
  for (const body of [{ device_code: 'D' }, { user_code: 'ABC' }]) {
    assert.throws(() => read(body), TransientFailure);
  }
  assert.throws(() => read({ error: 'invalid_client', error_description: 'AADSTS7000218: x' }, 401), EntraError);
});
