import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { afterRequest, type Behavior, forwardTo, startPeer, tunnel } from '../hardening/stalling-peers.ts';
import { openWorld } from './world.ts';

/** Each wrong password counts towards a lock of the account, so the action never sends a password twice that Entra ID may have seen. */

const world = await openWorld();
const { contoso, simulator } = world;
const TOKEN = /\/oauth2\/v2\.0\/token$/;
const ACCOUNT = { ...world.user, subscription: 'Production' };

function posts(): number {
  return world.requestLines.filter((line) => line.startsWith('POST ') && TOKEN.test(line)).length;
}

suite('the error has the next steps, after one request:', () => {
  type Change = Partial<typeof contoso.user>;
  const rows: readonly [title: string, message: RegExp, user: Change, inputs?: Record<string, string>][] = [
    ['a wrong password', /AADSTS50126\b[\s\S]*password is wrong/, {}, { password: 'not the right one' }],
    ['an unknown user', /AADSTS50034\b[\s\S]*does not exist in the tenant/, {}, { username: 'x@contoso.com' }],
    ['a locked account', /AADSTS50053\b[\s\S]*locked/, { failedSignIns: 10 }],
    ['an expired password', /AADSTS50055\b[\s\S]*expired/, { passwordState: 'expired' }],
    ['a disabled user', /AADSTS50057\b[\s\S]*disabled/, { enabled: false }],
    ['a second factor', /AADSTS50076\b[\s\S]*auth-type: oidc/, { multifactor: 'required' }],
    ['a second factor that is not set up', /AADSTS50079\b[\s\S]*auth-type: oidc/, { multifactor: 'unregistered' }],
  ];
  for (const [title, message, change, inputs] of rows) {
    test(title, async () => {
      Object.assign(contoso.user, change);
      await world.rejects({ ...ACCOUNT, ...inputs }, message, { requests: 1 });
    });
  }

  test('a federated user, whose password Entra ID does not know', async () => {
    contoso.tenant.federatedDomains.push('contoso.com');
    await world.rejects(ACCOUNT, /AADSTS50126[\s\S]*federated account[\s\S]*auth-type: oidc/, { requests: 1 });
  });
});

const FAILURES: Readonly<Record<string, Behavior>> = {
  'the TLS handshake is cut off': tunnel(afterRequest((socket) => socket.resetAndDestroy())),
  'the proxy closes at once': (socket) => socket.destroy(),
  'the proxy responds with 503': afterRequest((socket) => socket.end('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n')),
};

for (const [name, failing] of Object.entries(FAILURES)) {
  test(`${name}: the request was not sent, and is retried`, async () => {
    let failures = 0;
    // Enough failures for the two preconnects and two attempts.
    const behavior: Behavior = (socket) => (failures++ < 4 ? failing : forwardTo(simulator.proxyPort))(socket);
    await using proxy = await startPeer(behavior);
    const url = `http://127.0.0.1:${proxy.port}`;
    await using _ = await world.signIn(ACCOUNT, { job: world.newJob({ HTTPS_PROXY: url, https_proxy: url }) });
    assert.ok(failures > 4);
    assert.equal(posts(), 1);
  });
}

test('the password is sent again after HTTP 503, but not after a broken connection or a gateway error', async () => {
  simulator.faults.add({ path: TOKEN, fault: { kind: 'status', status: 503 } });
  const step = await world.signIn(ACCOUNT);
  assert.match(step.result.log, /HTTP 503/);
  assert.equal(posts(), 2);
  await step.post();
  for (const [fault, message] of [
    [{ kind: 'reset' }, 'did not respond[\\s\\S]*does not send the password again'],
    // After a gateway error, Entra ID may have received the password.
    [{ kind: 'status', status: 502 }, 'did not respond[\\s\\S]*HTTP 502[\\s\\S]*does not send the password again'],
    [{ kind: 'status', status: 504 }, 'did not respond[\\s\\S]*HTTP 504[\\s\\S]*does not send the password again'],
  ] as const) {
    simulator.faults.add({ path: TOKEN, fault });
    await world.rejects(ACCOUNT, new RegExp(message), { requests: 1 });
  }
});
