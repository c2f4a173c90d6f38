import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pollUntilConfirmed, readDeviceCode } from '../../src/entra/device-code.ts';
import { EntraError, readEntraError } from '../../src/entra/token-response.ts';
import { TransientFailure } from '../../src/http/retry.ts';

function refused(error: string): EntraError {
  const refusal = readEntraError(400, {}, JSON.stringify({ error, error_description: 'words' }));
  return new EntraError(refusal ?? assert.fail());
}

/** Answers in turn, by a clock that passes at once; `ok` are the tokens, and the last answer comes again and again. */
async function polling(seconds: number, answers: readonly string[]): Promise<{ end: string; at: number[] }> {
  let now = 0;
  const at: number[] = [];
  const clock = {
    remainingMs: () => Math.max(0, seconds * 1000 - now),
    pause: async (ms: number) => {
      now = Math.min(seconds * 1000, now + ms);
    },
  };
  const done = pollUntilConfirmed(5, clock, async () => {
    const answer = answers[Math.min(at.push(now / 1000), answers.length) - 1] ?? '';
    if (answer === 'ok') return {};
    if (answer === 'cut off') {
      now = seconds * 1000;
      throw new Error(answer);
    }
    throw refused(answer);
  });
  const end = await done.then(
    () => 'ok',
    (error: unknown) => (error instanceof EntraError ? error.response.error : String(error)),
  );
  return { end, at };
}

const [PENDING, SLOW] = ['authorization_pending', 'slow_down'];
const ENDS = ['authorization_declined', 'expired_token', 'bad_verification_code', 'access_denied', 'invalid_grant'];

for (const [what, seconds, answers, end, at] of [
  ['is asked every interval, for the first time after one', 900, [PENDING, PENDING, 'ok'], 'ok', [5, 10, 15]],
  ['finds it too fast: five seconds more for good', 900, [SLOW, PENDING, SLOW, 'ok'], 'ok', [5, 15, 25, 40]],
  ['is not asked what the deadline would cut off', 18, [PENDING], PENDING, [5, 10, 15]],
  ['is cut off by the deadline: what was waited for is told', 18, [PENDING, 'cut off'], PENDING, [5, 10]],
  ...ENDS.map((word) => [`says ${word}: the end at once`, 900, [PENDING, word], word, [5, 10]] as const),
] as const) {
  test(`a server that ${what}`, async () => assert.deepEqual(await polling(seconds, answers), { end, at }));
}

test('the start of a device flow is read strictly, its message in one line', () => {
  const answer = (body: unknown, status = 200) =>
    readDeviceCode({ host: 'login.example', status, headers: {}, requestId: 'id', body: JSON.stringify(body) });
  const codes = { device_code: 'D', user_code: 'ABC' };
  assert.deepEqual(answer({ ...codes, interval: 7, message: 'Open it.\n::error::no' }), {
    deviceCode: 'D',
    message: 'Open it. ::error::no',
    intervalSeconds: 7,
  });
  const plain = answer({ ...codes, verification_uri: 'https://login.microsoft.com/device' });
  assert.equal(plain.intervalSeconds, 5);
  assert.match(plain.message, /https:\/\/login\.microsoft\.com\/device and enter the code ABC/);
  for (const body of [{}, { device_code: 'D' }, { user_code: 'ABC' }, 'text']) {
    assert.throws(() => answer(body), TransientFailure);
  }
  assert.throws(() => answer({ error: 'invalid_client', error_description: 'AADSTS7000218: x' }, 401), EntraError);
});
