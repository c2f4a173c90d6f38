import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { SessionError } from '../../src/core/session-error.ts';
import { deviceCodeCredential, pollUntilConfirmed, readDeviceCode } from '../../src/entra/device-code.ts';
import { EntraRefused } from '../../src/entra/token-answer.ts';
import { readEntraRefusal } from '../../src/errors/entra-answer.ts';
import { TransientFailure } from '../../src/http/retry.ts';
import { claims, ENTRA, rejection, SCOPE, Session } from './session.ts';

function refused(error: string): EntraRefused {
  const refusal = readEntraRefusal(400, {}, JSON.stringify({ error, error_description: 'words' }));
  assert.ok(refusal);
  return new EntraRefused(refusal);
}

/** A clock that passes at once, and answers in turn: a word is a refusal, an object the tokens. */
function polling(seconds: number, answers: (string | Record<string, string>)[]) {
  let now = 0;
  const asked: { at: number; interval: number }[] = [];
  const clock = {
    remainingMs: () => Math.max(0, seconds * 1000 - now),
    pause: async (ms: number) => {
      now = Math.min(seconds * 1000, now + ms);
    },
  };
  const ask = async (interval: number) => {
    asked.push({ at: now / 1000, interval });
    const answer = answers[asked.length - 1] ?? 'authorization_pending';
    if (typeof answer === 'string') throw refused(answer);
    return answer;
  };
  return { asked, done: pollUntilConfirmed(5, clock, ask) };
}

test('the server is asked every interval, for the first time after one', async () => {
  const { asked, done } = polling(900, ['authorization_pending', 'authorization_pending', { access_token: 't' }]);
  assert.deepEqual(await done, { access_token: 't' });
  assert.deepEqual(
    asked.map(({ at }) => at),
    [5, 10, 15],
  );
});

test('slow_down adds five seconds for good, each time', async () => {
  const answers = ['slow_down', 'authorization_pending', 'slow_down', 'authorization_pending', { access_token: 't' }];
  const { asked, done } = polling(900, answers);
  await done;
  assert.deepEqual(
    asked.map(({ at }) => at),
    [5, 15, 25, 40, 55],
  );
  assert.equal(asked[4]?.interval, 15);
});

test('every other refusal ends it at once', async () => {
  for (const word of [
    'authorization_declined',
    'expired_token',
    'bad_verification_code',
    'access_denied',
    'invalid_grant',
  ]) {
    const { asked, done } = polling(900, ['authorization_pending', word]);
    const error = await rejection(done);
    assert.ok(error instanceof EntraRefused);
    assert.equal(error.refusal.error, word);
    assert.equal(asked.length, 2);
  }
});

test('no question is waited for that the deadline would cut off', async () => {
  const { asked, done } = polling(18, []);
  const error = await rejection(done);
  assert.ok(error instanceof EntraRefused);
  assert.equal(error.refusal.error, 'authorization_pending');
  assert.deepEqual(
    asked.map(({ at }) => at),
    [5, 10, 15],
  );
});

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
  assert.throws(() => answer({ error: 'invalid_client', error_description: 'AADSTS7000218: x' }, 401), EntraRefused);
});

let session: Session;
before(async () => {
  session = await Session.start();
});
beforeEach(() => {
  session.simulator.clear();
  Object.assign(session.simulator.deviceLogin, { intervalSeconds: 0.2, lifetimeSeconds: 900, automatic: undefined });
});
after(() => session[Symbol.asyncDispose]());

const REQUEST = { method: 'device-code', tenantId: 'organizations' } as const;
const START = `POST ${ENTRA}/organizations/oauth2/v2.0/devicecode`;
const POLL = `POST ${ENTRA}/organizations/oauth2/v2.0/token`;

test('a person signs in with the code that was shown; the device code is hidden, the user code is not', async () => {
  const userPrincipalName = session.contoso.user.userPrincipalName;
  session.simulator.deviceLogin.automatic = { userPrincipalName, afterPolls: 2 };
  const context = session.context();
  const credential = deviceCodeCredential(REQUEST, context);
  const token = await credential.getToken(SCOPE);
  assert.deepEqual(session.asked, [START, POLL, POLL, POLL]);
  assert.equal(claims(token.token)['oid'], session.contoso.user.objectId);
  const flow = session.simulator.deviceLogin.flows.at(-1);
  assert.ok(flow);
  assert.equal(context.announcements.length, 1);
  assert.match(context.announcements[0] ?? '', new RegExp(flow.userCode));
  assert.ok(context.masks.includes(flow.deviceCode));
  assert.ok(!context.masks.includes(flow.userCode));
  const handover = credential.handover();
  assert.ok(handover.kind === 'user');
  assert.equal(handover.grant.source, 'urn:ietf:params:oauth:grant-type:device_code');
  assert.equal(handover.grant.homeTenantId, session.contoso.tenant.id);
});

test('a person who declines, and a code that expired, are told apart', async () => {
  for (const [end, says] of [
    ['decline', /declined in the browser/],
    ['expire', /expired before anybody entered it and confirmed it/],
  ] as const) {
    const context = session.context();
    const done = rejection(deviceCodeCredential(REQUEST, context).getToken(SCOPE));
    while (context.announcements.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    session.simulator.deviceLogin[end](session.simulator.deviceLogin.flows.at(-1)?.userCode ?? '');
    const error = await done;
    assert.ok(error instanceof SessionError);
    assert.match(error.report, says);
  }
});

test('nobody comes: it ends with the deadline, and says what was waited for', async () => {
  const error = await rejection(deviceCodeCredential(REQUEST, session.context({ seconds: 1 })).getToken(SCOPE));
  assert.ok(error instanceof SessionError);
  assert.match(error.report, /Nobody .*confirmed the device code/);
  assert.match(error.report, /timeout-seconds/);
});

test('a question whose connection breaks is asked again, no sooner than the interval', async () => {
  const userPrincipalName = session.contoso.user.userPrincipalName;
  session.simulator.deviceLogin.automatic = { userPrincipalName, afterPolls: 0 };
  session.simulator.deviceLogin.intervalSeconds = 0.6;
  session.simulator.faults.add({ path: /\/token$/, fault: { kind: 'reset' } });
  await deviceCodeCredential(REQUEST, session.context()).getToken(SCOPE);
  const polls = session.simulator.requestsTo(ENTRA, /\/token$/);
  assert.equal(polls.length, 2);
  const gap = (polls[1]?.time.getTime() ?? 0) - (polls[0]?.time.getTime() ?? 0);
  assert.ok(gap >= 580, `${gap} ms between them`);
});

test('a start that is refused is told with its remedy, after one try', async () => {
  const error = await rejection(
    deviceCodeCredential({ ...REQUEST, tenantId: 'nowhere.example' }, session.context()).getToken(SCOPE),
  );
  assert.ok(error instanceof SessionError);
  assert.match(error.message, /AADSTS90002/);
  assert.equal(session.asked.length, 1);
});
