/** What `token-scopes` asks for at the same time, and what fails. What it gives is in `sessions.test.ts`. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { assertRefused, openWorld } from './world.ts';

const world = await openWorld();
afterEach(() => world.simulator.clear());

const VAULT = 'https://vault.azure.net';

function withScopes(...scopes: string[]): Record<string, string> {
  return { ...world.secret, subscription: 'Production', 'token-scopes': scopes.join('\n') };
}

test('the requests run at the same time, also that for the subscriptions: none waits for the answer of another', async () => {
  const fault = { kind: 'hang' } as const;
  world.simulator.faults.add({ path: /oauth2/, skip: 1, times: 3, fault });
  world.simulator.faults.add({ path: '/subscriptions', fault });
  const scopes = withScopes(VAULT, 'https://graph.microsoft.com/', 'https://storage.azure.com/.default');
  assertRefused(
    await world.signIn({ ...scopes, 'timeout-seconds': '4' }),
    world.job,
    /did not finish within 4 seconds/,
  );
  const faults = world.simulator.requests.map((request) => request.fault);
  assert.deepEqual(faults, [undefined, 'hang', 'hang', 'hang', 'hang']);
});

test('a refused scope fails the whole sign-in, with its remedy', async () => {
  const step = await world.signIn(withScopes(VAULT, 'https://nobody.example.com'));
  assertRefused(step, world.job, /AADSTS500011[\s\S]*nobody\.example\.com[\s\S]*Check `token-scopes`/);
});

test("of two failures the one that is the account's is told, once", async () => {
  const { faults } = world.simulator;
  faults.add({ path: /oauth2/, skip: 1, times: 100, fault: { kind: 'status', status: 503 } });
  faults.add({ path: '/subscriptions', times: 100, fault: { kind: 'delay', milliseconds: 300 } });
  const step = await world.signIn({ ...withScopes(VAULT), subscription: 'Nowhere', 'max-attempts': '2' });
  assertRefused(step, world.job, /Nowhere/);
});
