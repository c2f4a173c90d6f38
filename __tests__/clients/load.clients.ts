/** Fifty sessions at once on one machine, as many runners share a host: what their refreshers cost, and that none is lost. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { World } from '../action/world.ts';
import { readProc, staleMs } from './session.ts';

const SESSIONS = 50;
/** Sessions that sign in or out at the same time. */
const AT_ONCE = 4;
const WATCHED_MS = 60_000;
/** GitHub's tokens live 300 s: the refreshers have fifteen times the work. */
const LIFE_SECONDS = 20;
/** A promise: what one session may hold on a runner, resident, with all that it shares with other Node processes. */
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

  test('sign in', async () => {
    await sideBySide([...Array(SESSIONS).keys()], async () => sessions.push(await open(world)));
    assert.equal(new Set(sessions.map(({ pid }) => pid)).size, SESSIONS);
  });

  test('stay fresh, each in little memory, though every tenth answer of GitHub is an error', async () => {
    await using hurry = await World.start();
    hurry.simulator.github.idTokenLifetimeSeconds = 1;
    const aged = await open(hurry);
    // Until each has renewed its first token, and with it has loaded all it needs.
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
    await assertSmallWithAge(aged, hurry);
  });

  test('are all signed out, and nothing is left', async () => {
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

/** Whose tokens live a second has renewed them by now as often as another one in hours: what leaks would show. */
async function assertSmallWithAge(session: Session, { simulator }: World): Promise<void> {
  const resident = residentMb(session.pid);
  const renewals = simulator.github.issued.length;
  await session.step.post();
  assert.ok(renewals > SESSIONS, `${renewals} renewals`);
  assert.ok(resident < MOST_RESIDENT_MB);
}

async function open(world: World): Promise<Session> {
  const job = world.newJob();
  const step = await world.signedIn({ ...world.identity, subscription: 'Production' }, { job });
  const { agentPid } = JSON.parse(step.state['session'] ?? '{}') as { agentPid: number };
  return { job, step, pid: agentPid };
}

/** @returns how long a file was stale, in milliseconds, at most */
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

/** Of a refresher, in megabytes. Source: proc(5), `/proc/pid/status`. */
function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`))?.[1]) / 1024;
}

async function sideBySide<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
