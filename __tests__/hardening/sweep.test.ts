import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { World } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { refresherChangeCases, refresherChanges, refresherRequestCases } from './refresher-sweep.ts';
import { SCENARIOS } from './scenarios.ts';
import {
  type Healthy,
  healthyRun,
  logoutChangeCases,
  lostOf,
  mainChangeCases,
  postChangeCases,
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

/** Where the sign-in becomes visible: what fails there is the likeliest to be half done. */
function publishing(cases: readonly SweepCase[]): SweepCase[] {
  return cases.filter(({ name }) => /appendFileSync|spawn/.test(name) && /disk-full|killed/.test(name));
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
  test(
    'a sign-in: each request and each change to the disk may fail, and so may those of its post step',
    LONG,
    async () => {
      const { scenario, healthy } = await plan('oidc');
      assert.equal(healthy.requests.length, 3);
      assert.ok(healthy.mainChanges.length > 40);
      const changes = mainChangeCases(scenario, healthy);
      const requests = requestCases(scenario, healthy).filter(({ name }) => name.endsWith('always'));
      await assertNothingLost('oidc', [
        ...every(5, requests),
        ...publishing(changes),
        ...every(24, changes),
        ...every(3, postChangeCases(scenario, healthy)),
      ]);
    },
  );

  test('a sign-in to a named folder', LONG, async () => {
    const { scenario, healthy } = await plan('named folder');
    const cases = [...mainChangeCases(scenario, healthy), ...postChangeCases(scenario, healthy)];
    await assertNothingLost('named folder', every(40, cases));
  });

  test('a sign-out before the last step', LONG, async () => {
    const cases: SweepCase[] = [];
    for (const name of ['oidc', 'named folder', 'memory']) {
      const { scenario, healthy } = await plan(name);
      cases.push(...logoutChangeCases(scenario, healthy));
    }
    await assertNothingLost('logout', every(16, cases));
  });

  test('the refresher', LONG, async () => {
    await using world = await World.start();
    const cases = [...refresherRequestCases(), ...refresherChangeCases(await refresherChanges(world))];
    await assertNothingLost('refresher', every(5, cases));
  });
});
