import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ActionStep, Job } from '../../simulator/job.ts';
import { refreshersOf } from '../hardening/sweep.ts';

/** Also `false` where a process has ended and nobody has asked for its end yet: its parent may have gone first. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export async function untilGone(pid: number): Promise<void> {
  await until(() => !isRunning(pid), `process ${pid} still runs`);
}

/** @throws when the condition does not come about for as long as a machine that does many things at once may need */
export async function until(condition: () => boolean, otherwise: string): Promise<void> {
  for (const end = Date.now() + 30_000; !condition(); await pause(100)) assert.ok(Date.now() < end, otherwise);
}

/** The background process of a session; 0 where it has none. */
export function agentOf({ state }: Pick<ActionStep, 'state'>): number {
  return (JSON.parse(state['session'] ?? '{}') as { agentPid?: number }).agentPid ?? -1;
}

/** A sign-out ends it, and does not wait for its end. */
export function untilNoAgent(job: Job): Promise<void> {
  return until(() => refreshersOf(job).length === 0, 'a background process still runs');
}
