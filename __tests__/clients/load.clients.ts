/** Fifty concurrent sessions, as on a host with many runners: the cost of their refreshers, and that none fails. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { agentPid } from '../action/processes.ts';
import { World } from '../action/world.ts';
import { commandLine, readProc, staleMs } from './session.ts';

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
    assert.equal(new Set(sessions.map(({ step }) => agentPid(step))).size, SESSIONS);
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
    assert.ok(errors.hits > 0 && renewals > 3 * SESSIONS, `${errors.hits} failures, ${renewals} renewals`);
    assert.ok(longestStale < 2000, `stale for ${longestStale} ms`);
    assert.ok(Math.max(...sessions.map(residentMb)) < MOST_RESIDENT_MB);
    errors.remove();
    // With tokens that live a second, this session has renewed as often as others in hours, so a leak would show.
    const agedRenewals = hurry.simulator.github.issued.length;
    assert.ok(agedRenewals > SESSIONS, `${agedRenewals} renewals`);
    assert.ok(residentMb(aged) < MOST_RESIDENT_MB);
    await aged.step.post();
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

async function open(world: World): Promise<Session> {
  const job = world.newJob();
  return { job, step: await world.signIn({ ...world.identity, subscription: 'Production' }, { job }) };
}

/** @returns the longest time that a file was stale, in milliseconds */
async function watch(sessions: readonly Session[]): Promise<number> {
  let longestStale = 0;
  for (const end = performance.now() + WATCHED_MS; performance.now() < end; await pause(500)) {
    const ended = sessions.filter((session) => !isRunning(session));
    assert.equal(ended.length, 0, `${ended.length} refreshers ended`);
    longestStale = Math.max(longestStale, ...sessions.map(({ step }) => staleMs(step)));
  }
  return longestStale;
}

function isRunning({ step }: Session): boolean {
  return commandLine(agentPid(step)).includes('keep-alive');
}

/** Source: proc(5), `/proc/pid/status`. */
function residentMb({ step }: Session): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readProc(`/proc/${agentPid(step)}/status`))?.[1]) / 1024;
}

async function sideBySide<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) await Promise.all(items.slice(at, at + AT_ONCE).map(act));
}
