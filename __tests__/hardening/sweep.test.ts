import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { World } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { renewalChangeCases, renewalChanges, renewalRequestCases } from './keep-alive-sweep.ts';
import { SCENARIOS } from './scenarios.ts';
import { changeCases, recordRun, requestCases, type SweepCase, sweep, tallyLine, violationsIn } from './sweep.ts';

/** A part of the fault sweep. `npm run sweep` runs all of it. */

const WORKERS = 2;

/** Each test runs hundreds of sign-ins. */
const LONG = { timeout: 400_000 };

function every<T>(nth: number, items: readonly T[]): T[] {
  return items.filter((_, at) => at % nth === 0);
}

async function record(name: string) {
  const scenario = SCENARIOS.find((each) => each.name === name) ?? assert.fail(name);
  await using world = await World.start();
  return { scenario, recording: await recordRun(scenario, world) };
}

async function assertNoViolation(title: string, cases: readonly SweepCase[]): Promise<void> {
  assert.ok(cases.length > 5, 'too few cases');
  const tally = await sweep(cases, WORKERS);
  console.log(tallyLine(title, tally));
  assert.deepEqual(violationsIn(tally), []);
}

/** On Windows, a killed process looks like a failed one. */
suite('a complete session or none after', { concurrency: true, skip: NEEDS.signals, ...LONG }, () => {
  test('a disk fault in a sign-in or its post step', LONG, async () => {
    const { scenario, recording } = await record('oidc');
    assert.ok(recording.changes.main.length > 40);
    const changes = changeCases(scenario, 'main', recording);
    // The changes that publish the session are the most likely to leave a part of it.
    const publishing = changes.filter(({ name }) => /(appendFileSync|spawn).*(disk-full|killed)/.test(name));
    const post = every(3, changeCases(scenario, 'post', recording));
    await assertNoViolation('oidc', [...publishing, ...every(24, changes), ...post]);
  });

  test('a disk fault in a sign-in to a named folder', LONG, async () => {
    const { scenario, recording } = await record('named folder');
    const cases = [...changeCases(scenario, 'main', recording), ...changeCases(scenario, 'post', recording)];
    // A process that cannot remove its lock must not wait for that lock, which would take a minute.
    const lockCases = cases.filter(({ name }) => /unlinkSync \S+\/azure-session\.lock\)/.test(name));
    assert.ok(lockCases.length > 4);
    await assertNoViolation('named folder', [...lockCases, ...every(40, cases)]);
  });

  test('a disk fault in the logout action', LONG, async () => {
    const cases: SweepCase[] = [];
    for (const name of ['oidc', 'named folder', 'memory']) {
      const { scenario, recording } = await record(name);
      cases.push(...changeCases(scenario, 'logout', recording));
    }
    await assertNoViolation('logout', every(16, cases));
  });

  test('a disk or request fault in the agent', LONG, async () => {
    await using world = await World.start();
    const cases = [...renewalRequestCases(), ...renewalChangeCases(await renewalChanges(world))];
    await assertNoViolation('keep-alive', every(5, cases));
  });
});

suite('an invalid response is retried, and then an error that names the host:', { concurrency: true, ...LONG }, () => {
  for (const [name, nth] of [
    ['oidc', 2],
    ['password, every tenant', 3],
    ['managed-identity', 3],
    ['private cloud', 4],
    ['one subscription', 3],
  ] as const) {
    test(name, LONG, async () => {
      const { scenario, recording } = await record(name);
      await assertNoViolation(name, every(nth, requestCases(scenario, recording)));
    });
  }
});
