/** Fifty concurrent sessions, as on a host with many runners: the cost of their refreshers, and that none fails. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { World } from '../action/world.ts';
import { readProc, staleMs } from './session.ts';

const SESSIONS = 50;
/** Concurrent sign-ins or sign-outs. */
const AT_ONCE = 4;
const WATCHED_MS = 60_000;
/** GitHub's real tokens live 300 s, so the refreshers have fifteen times the work. */
const LIFE_SECONDS = 20;
/** A documented limit. Resident memory includes pages shared with other Node processes. */
const MOST_RESIDENT_MB = 64;

interface Session {
  readonly job: Job;
  readonly step: ActionStep;
  readonly pid: number;
}

suite(`${SESSIONS} sessions at once`, () => {
  let world: World;
  const sessions: Session[] = [];

  before(async () => {
    world = await World.start();
    world.simulator.github.idTokenLifetimeSeconds = LIFE_SECONDS;
  });
  after(() => world[Symbol.asyncDispose]());

  test('all sign in', async () => {
    await sideBySide([...Array(SESSIONS).keys()], async () => sessions.push(await open(world)));
    assert.equal(new Set(sessions.map(({ pid }) => pid)).size, SESSIONS);
  });

  test(`renew their tokens in less than ${MOST_RESIDENT_MB} MB each, although GitHub fails every tenth request`, async () => {
    await using hurry = await World.start();
    hurry.simulator.github.idTokenLifetimeSeconds = 1;
    const aged = await open(hurry);
    // By then each refresher has renewed a token once, and has loaded all its modules.
    await pause(LIFE_SECONDS * 700);
    const errors = world.simulator.faults.add({
      path: /idtoken/,
      times: Number.POSITIVE_INFINITY,
      when: () => world.simulator.requests.length % 10 === 0,
      fault: { kind: 'status', status: 503 },
    });
    const { issued } = world.simulator.github;
    const before = issued.length;
    const longestStale = await watch(sessions);
    const renewals = issued.length - before;
    const memory = sessions.map(({ pid }) => residentMb(pid));
    assert.ok(errors.hits > 0 && renewals > 3 * SESSIONS, `${errors.hits} failures, ${renewals} renewals`);
    assert.ok(longestStale < 2000, `stale for ${longestStale} ms`);
    assert.ok(Math.max(...memory) < MOST_RESIDENT_MB);
    errors.remove();
    await assertNoLeak(aged, hurry);
  });

  test('all sign out and leave nothing', async () => {
    await sideBySide(sessions, async ({ job, step }) => {
      const post = await step.post();
      assert.deepEqual([post.exitCode, post.errors, post.warnings], [0, [], []]);
      assert.deepEqual(readdirSync(job.temp), []);
    });
    for (const end = performance.now() + 15_000; sessions.some(isRunning); await pause(100)) {
      assert.ok(performance.now() < end, `${sessions.filter(isRunning).length} refreshers still run`);
    }
  });
});

/** With tokens that live a second, this session has renewed as often as others in hours, so a leak would show. */
async function assertNoLeak(session: Session, { simulator }: World): Promise<void> {
  const resident = residentMb(session.pid);
  const renewals = simulator.github.issued.length;
  await session.step.post();
  assert.ok(renewals > SESSIONS, `${renewals} renewals`);
  assert.ok(resident < MOST_RESIDENT_MB);
}

async function open(world: World): Promise<Session> {
  const job = world.newJob();
  const step = await world.signIn({ ...world.identity, subscription: 'Production' }, { job });
  const { agentPid } = JSON.parse(step.state['session'] ?? '{}') as { agentPid: number };
  return { job, step, pid: agentPid };
}

/** @returns the longest time that a file was stale, in milliseconds */
async function watch(sessions: readonly Session[]): Promise<number> {
  let longestStale = 0;
  for (const end = performance.now() + WATCHED_MS; performance.now() < end; await pause(500)) {
    assert.deepEqual(
      sessions.filter((session) => !isRunning(session)).map(({ pid }) => pid),
      [],
      'refreshers that ended',
    );
    longestStale = Math.max(longestStale, ...sessions.map(({ step }) => staleMs(step)));
  }
  return longestStale;
}

function isRunning({ pid }: Session): boolean {
  return readProc(`/proc/${pid}/cmdline`).includes('keep-alive');
}

/** Source: proc(5), `/proc/pid/status`. */
function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`))?.[1]) / 1024;
}

async function sideBySide<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const remaining = items.values();
  const worker = async (): Promise<void> => {
    for (const item of remaining) await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
