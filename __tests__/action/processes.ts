import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ActionStep, Job } from '../../simulator/job.ts';

/** A zombie, whose parent has not collected its exit code, does not count as running. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export function waitForExit(pid: number): Promise<void> {
  return waitUntil(() => !isRunning(pid), `process ${pid} still runs`);
}

export function killAgent(step: ActionStep): Promise<void> {
  signalAgent(step, 'SIGKILL');
  return waitForExit(agentPid(step));
}

/** @throws {AssertionError} without an agent: a signal to the id 0 or -1 would end every process of this machine's user */
export function signalAgent(step: ActionStep, signal: NodeJS.Signals): void {
  const pid = agentPid(step);
  assert.ok(pid > 1, 'the session has no agent');
  process.kill(pid, signal);
}

/** @throws {AssertionError} after 30 s, which a busy machine may need */
export async function waitUntil(condition: () => boolean, message: string): Promise<void> {
  for (const end = Date.now() + 30_000; !condition(); await pause(100)) assert.ok(Date.now() < end, message);
}

/** The process id of the session's agent; 0 if the session has none, or if there is no session. */
export function agentPid({ state }: Pick<ActionStep, 'state'>): number {
  return (JSON.parse(state['session'] ?? '{}') as { agentPid?: number }).agentPid ?? 0;
}

/** The agents of a job. Always empty except on Linux, where the environment of a process is readable. */
export function agentPids({ temp }: Job): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const isAgent = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/dist/agent/');
        return isAgent && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`RUNNER_TEMP=${temp}`);
      } catch {
        return false;
      }
    });
}

/** A sign-out ends the agent without waiting for its exit. */
export function waitForNoAgent(job: Job): Promise<void> {
  return waitUntil(() => agentPids(job).length === 0, 'an agent still runs');
}
