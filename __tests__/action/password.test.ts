import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { afterRequest, type Behaviour, passingOn, startPeer, tunnelling } from '../hardening/stalling-peers.ts';
import { openWorld } from './world.ts';

/** Each wrong password counts towards the lock of the account, so nothing that Entra ID may have seen is sent again. */

const world = await openWorld();
const { contoso, simulator } = world;
const TOKEN = /\/oauth2\/v2\.0\/token$/;
const ACCOUNT = { ...world.user, subscription: 'Production' };

function posts(): number {
  return world.asked.filter((line) => line.startsWith('POST ') && TOKEN.test(line)).length;
}

suite('a refusal is told with its remedy, after one try:', () => {
  type Change = Partial<typeof contoso.user>;
  const rows: readonly [what: string, message: RegExp, user: Change, inputs?: Record<string, string>][] = [
    ['a wrong password', /AADSTS50126\b[\s\S]*password is wrong/, {}, { password: 'not the right one' }],
    ['an unknown user', /AADSTS50034\b[\s\S]*does not exist/, {}, { username: 'x@contoso.com' }],
    ['a locked account', /AADSTS50053\b[\s\S]*locked/, { failedSignIns: 10 }],
    ['an expired password', /AADSTS50055\b[\s\S]*expired/, { passwordState: 'expired' }],
    ['a disabled user', /AADSTS50057\b[\s\S]*disabled/, { enabled: false }],
    ['a second factor', /AADSTS50076\b[\s\S]*auth-type: oidc/, { multifactor: 'required' }],
    ['a second factor that is not set up', /AADSTS50079\b[\s\S]*auth-type: oidc/, { multifactor: 'unregistered' }],
  ];
  for (const [what, message, change, inputs] of rows) {
    test(what, async () => {
      Object.assign(contoso.user, change);
      await world.refused({ ...ACCOUNT, ...inputs }, message, { asked: 1 });
    });
  }

  test('a federated user, whose password Entra ID does not know', async () => {
    contoso.tenant.federatedDomains.push('contoso.com');
    await world.refused(ACCOUNT, /AADSTS50126[\s\S]*federated account[\s\S]*auth-type: oidc/, { asked: 1 });
  });
});

const FAILURES: Readonly<Record<string, Behaviour>> = {
  'the TLS handshake is cut off': tunnelling(afterRequest((socket) => socket.resetAndDestroy())),
  'the proxy closes at once': (socket) => socket.destroy(),
  'the proxy has no way there': afterRequest((socket) => socket.end('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n')),
};

for (const [name, failing] of Object.entries(FAILURES)) {
  test(`${name} before anything is sent: it is tried again`, async () => {
    let failures = 0;
    // Both hosts are connected to ahead; what fails is what comes after.
    await using proxy = await startPeer((socket) =>
      (failures++ < 4 ? failing : passingOn(simulator.proxyPort))(socket),
    );
    const url = `http://127.0.0.1:${proxy.port}`;
    await using _ = await world.signedIn(ACCOUNT, { job: world.newJob({ HTTPS_PROXY: url, https_proxy: url }) });
    assert.ok(failures > 4);
    assert.equal(posts(), 1);
  });
}

test('an answer that says "not now" lets the password be sent again; a connection that breaks does not', async () => {
  simulator.faults.add({ path: TOKEN, fault: { kind: 'status', status: 503 } });
  const survived = await world.signedIn(ACCOUNT);
  assert.match(survived.result.log, /HTTP 503/);
  assert.equal(posts(), 2);
  await survived.post();
  for (const [fault, told] of [
    [{ kind: 'reset' }, 'did not respond[\\s\\S]*does not send the password again'],
    // A gateway that had no answer of Entra ID, or none in time, says nothing of the password.
    [{ kind: 'status', status: 502 }, 'did not respond[\\s\\S]*HTTP 502[\\s\\S]*does not send the password again'],
    [{ kind: 'status', status: 504 }, 'did not respond[\\s\\S]*HTTP 504[\\s\\S]*does not send the password again'],
  ] as const) {
    simulator.faults.add({ path: TOKEN, fault });
    await world.refused(ACCOUNT, new RegExp(told), { asked: 1 });
  }
});
