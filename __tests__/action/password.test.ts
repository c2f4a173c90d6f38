import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { afterRequest, type Behaviour, passingOn, startPeer, tunnelling } from '../hardening/stalling-peers.ts';
import { assertRefused, openWorld } from './world.ts';

/** Each wrong password counts towards the lock of the account, so nothing that Entra ID may have seen is sent again. */

const world = await openWorld();
afterEach(() => {
  world.simulator.clear();
  world.contoso.tenant.federatedDomains.length = 0;
  Object.assign(world.contoso.user, VALID);
});

const VALID = { enabled: true, multifactor: 'none', failedSignIns: 0, passwordState: 'valid' } as const;

const TOKEN = /\/oauth2\/v2\.0\/token$/;

function posts(): number {
  return world.asked.filter((line) => line.startsWith('POST ') && TOKEN.test(line)).length;
}

function signIn(job: Job, inputs: Record<string, string> = {}): Promise<ActionStep> {
  const { user, password } = world.contoso;
  const account = { username: user.userPrincipalName, password, subscription: 'Production' };
  return job.step({ inputs: { ...account, ...inputs } });
}

suite('a refusal is told with its remedy, after one try:', () => {
  type Change = Partial<typeof world.contoso.user>;
  const rows: readonly [what: string, code: string, message: RegExp, user: Change, inputs?: Record<string, string>][] =
    [
      ['a wrong password', '50126', /password is wrong/, {}, { password: 'no' }],
      ['an unknown user', '50034', /does not know/, {}, { username: 'x@contoso.com' }],
      ['a locked account', '50053', /locked/, { failedSignIns: 10 }],
      ['an expired password', '50055', /expired/, { passwordState: 'expired' }],
      ['a disabled user', '50057', /disabled/, { enabled: false }],
      ['a second factor', '50076', /auth-type: oidc/, { multifactor: 'required' }],
      ['a second factor that is not set up', '50079', /auth-type: oidc/, { multifactor: 'unregistered' }],
    ];
  for (const [what, code, message, change, inputs] of rows) {
    test(what, async () => {
      Object.assign(world.contoso.user, change);
      using job = world.newJob();
      const step = await signIn(job, inputs);
      assertRefused(step, job, new RegExp(`AADSTS${code}\\b`));
      assert.match(step.result.errors[0] ?? '', message);
      assert.doesNotMatch(step.result.errors[0] ?? '', new RegExp(world.contoso.password));
      assert.equal(world.asked.length, 1);
    });
  }

  test('a federated user, whose password Entra ID does not know', async () => {
    world.contoso.tenant.federatedDomains.push('contoso.com');
    using job = world.newJob();
    assertRefused(await signIn(job), job, /AADSTS50126[\s\S]*federated account[\s\S]*auth-type: oidc/);
    assert.equal(world.asked.length, 1);
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
    await using proxy = await startPeer((socket) => {
      // Both hosts are connected to ahead; what fails is what comes after.
      if (failures++ < 4) return failing(socket);
      return passingOn(world.simulator.proxyPort)(socket);
    });
    const url = `http://127.0.0.1:${proxy.port}`;
    await using step = await signIn(world.newJob({ HTTPS_PROXY: url, https_proxy: url }));
    assert.equal(step.result.exitCode, 0, step.result.log);
    assert.ok(failures > 4);
    assert.equal(posts(), 1);
  });
}

test('an answer that says "not now" lets the password be sent again; a connection that breaks does not', async () => {
  using job = world.newJob();
  world.simulator.faults.add({ path: TOKEN, fault: { kind: 'status', status: 503 } });
  const survived = await signIn(job);
  assert.match(survived.result.log, /HTTP 503/);
  assert.equal(posts(), 2);
  await survived.post();
  world.simulator.clear();
  world.simulator.faults.add({ path: TOKEN, fault: { kind: 'reset' } });
  assertRefused(await signIn(job), job, /was not answered[\s\S]*not sent again/);
  assert.equal(posts(), 1);
});

test('a gateway that had no answer of Entra ID, or none in time, says nothing of the password', async () => {
  for (const status of [502, 504]) {
    world.simulator.clear();
    world.simulator.faults.add({ path: TOKEN, fault: { kind: 'status', status } });
    const job = world.newJob();
    const step = await signIn(job);
    assertRefused(step, job, new RegExp(`was not answered[\\s\\S]*HTTP ${status}[\\s\\S]*not sent again`));
    assert.equal(posts(), 1);
  }
});
