import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { World } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { refresherChangeCases, refresherChanges, refresherRequestCases } from './refresher-sweep.ts';
import { SCENARIOS } from './scenarios.ts';
import {
  changeCases,
  type Healthy,
  healthyRun,
  lostOf,
  requestCases,
  type SweepCase,
  sweep,
  tallyLine,
} from './sweep.ts';

/** A part of the fault sweep; `npm run sweep` runs all of it. */

const WORKERS = 2;

/** A test of this file is hundreds of sign-ins; the usual limit is for one. */
const LONG = { timeout: 400_000 };

function every<T>(nth: number, items: readonly T[]): T[] {
  return items.filter((_, at) => at % nth === 0);
}

async function plan(name: string): Promise<{ scenario: (typeof SCENARIOS)[number]; healthy: Healthy }> {
  const scenario = SCENARIOS.find((each) => each.name === name);
  assert.ok(scenario);
  await using world = await World.start();
  return { scenario, healthy: await healthyRun(scenario, world) };
}

async function assertNothingLost(what: string, cases: readonly SweepCase[]): Promise<void> {
  assert.ok(cases.length > 5, 'nothing to sweep');
  const tally = await sweep(cases, WORKERS);
  console.log(tallyLine(what, tally));
  assert.deepEqual(lostOf(tally), []);
}

/** Whoever is killed on Windows cannot be told from one who failed. */
suite('zero lost', { concurrency: true, skip: NEEDS.signals, ...LONG }, () => {
  test('a sign-in: each change to the disk may fail, and so may those of its post step', LONG, async () => {
    const { scenario, healthy } = await plan('oidc');
    assert.ok(healthy.changes.main.length > 40);
    const changes = changeCases(scenario, 'main', healthy);
    // Where the sign-in becomes visible: what fails there is the likeliest to be half done.
    const publishing = changes.filter(({ name }) => /(appendFileSync|spawn).*(disk-full|killed)/.test(name));
    const post = every(3, changeCases(scenario, 'post', healthy));
    await assertNothingLost('oidc', [...publishing, ...every(24, changes), ...post]);
  });

  test('a sign-in to a named folder', LONG, async () => {
    const { scenario, healthy } = await plan('named folder');
    const cases = [...changeCases(scenario, 'main', healthy), ...changeCases(scenario, 'post', healthy)];
    // Who cannot remove its lock must not wait for itself: that would take a minute.
    const ofLock = cases.filter(({ name }) => /unlinkSync \S+\/azure-session\.lock\)/.test(name));
    assert.ok(ofLock.length > 4);
    await assertNothingLost('named folder', [...ofLock, ...every(40, cases)]);
  });

  test('a sign-out before the last step', LONG, async () => {
    const cases: SweepCase[] = [];
    for (const name of ['oidc', 'named folder', 'memory']) {
      const { scenario, healthy } = await plan(name);
      cases.push(...changeCases(scenario, 'logout', healthy));
    }
    await assertNothingLost('logout', every(16, cases));
  });

  test('the refresher', LONG, async () => {
    await using world = await World.start();
    const cases = [...refresherRequestCases(), ...refresherChangeCases(await refresherChanges(world))];
    await assertNothingLost('refresher', every(5, cases));
  });
});

suite('an answer is what was asked for, or it is asked for again, and then named:', {
  concurrency: true,
  ...LONG,
}, () => {
  for (const [name, nth] of [
    ['oidc', 2],
    ['password, every tenant', 3],
    ['managed-identity', 3],
    ['private cloud', 4],
    ['one subscription', 3],
  ] as const) {
    test(name, LONG, async () => {
      const { scenario, healthy } = await plan(name);
      await assertNothingLost(name, every(nth, requestCases(scenario, healthy)));
    });
  }
});
