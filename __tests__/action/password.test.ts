import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { afterRequest, type Behaviour, passingOn, startPeer, tunnelling } from '../hardening/stalling-peers.ts';
import { assertRefused, World } from './world.ts';

/** Each wrong password counts towards the lock of the account, so nothing that Entra ID may have seen is sent again. */

let world: World;
before(async () => {
  world = await World.start();
});
after(() => world[Symbol.asyncDispose]());
afterEach(() => world.simulator.clear());

const TOKEN = /\/oauth2\/v2\.0\/token$/;

function posts(): number {
  return world.asked.filter((line) => line.startsWith('POST ') && TOKEN.test(line)).length;
}

function signIn(job: Job): Promise<ActionStep> {
  const { user, password } = world.contoso;
  return job.step({ inputs: { username: user.userPrincipalName, password, subscription: 'Production' } });
}

const FAILURES: Readonly<Record<string, Behaviour>> = {
  'the TLS handshake is cut off': tunnelling(afterRequest((socket) => socket.resetAndDestroy())),
  'the proxy closes at once': (socket) => socket.destroy(),
  'the proxy has no way there': afterRequest((socket) => socket.end('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n')),
};

for (const [name, failing] of Object.entries(FAILURES)) {
  test(`${name} before anything is sent: it is tried again`, async () => {
    let failures = 0;
    const proxy = await startPeer((socket) => {
      // Both hosts are connected to ahead; what fails is what comes after.
      if (failures++ < 4) return failing(socket);
      return passingOn(world.simulator.proxyPort)(socket);
    });
    try {
      const url = `http://127.0.0.1:${proxy.port}`;
      const step = await signIn(world.newJob({ HTTPS_PROXY: url, https_proxy: url }));
      assert.equal(step.result.exitCode, 0, step.result.log);
      assert.ok(failures > 4);
      assert.equal(posts(), 1);
      await step.post();
    } finally {
      await proxy.close();
    }
  });
}

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
