import { arch, cpus, platform, release } from 'node:os';
import type { Part } from './options.ts';
import { measureFirstCommands } from './parts/first-command.ts';
import { measureJobs } from './parts/job.ts';
import { measureMemory } from './parts/memory.ts';
import { measureProfiles } from './parts/profile.ts';
import { measureSignIns } from './parts/sign-in.ts';
import { measureSignOuts } from './parts/sign-out.ts';
import { measureSubscriptions } from './parts/subscriptions.ts';
import { measureTraffic } from './parts/traffic.ts';
import type { Bench, Route } from './stage.ts';

/** All measurements of a run. Parts that did not run are empty. */
export type Results = Awaited<ReturnType<typeof measure>>;

export interface Conditions {
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly system: string;
  readonly node: string;
  readonly az: readonly string[];
  readonly route: Route;
  readonly rounds: number;
  readonly slowRounds: number;
}

/** Runs the parts sequentially, so that no two timed processes run at the same time. */
export async function measure(bench: Bench, parts: readonly Part[]) {
  const has = (part: Part): boolean => parts.includes(part);
  return {
    conditions: conditions(bench),
    signIns: has('sign-in') ? await measureSignIns(bench) : [],
    profiles: has('profile') ? await measureProfiles(bench) : [],
    signOuts: has('sign-out') ? await measureSignOuts(bench) : [],
    firstCommands: has('first-command') ? await measureFirstCommands(bench) : [],
    jobs: has('job') ? await measureJobs(bench) : [],
    subscriptions: has('subscriptions') ? await measureSubscriptions(bench) : [],
    traffic: has('traffic') ? await measureTraffic(bench) : [],
    memory: has('memory') ? await measureMemory(bench) : [],
  };
}

function conditions({ stage, az, rounds, slowRounds }: Bench): Conditions {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? '',
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version.slice(1),
    az: az.map(({ version }) => version),
    route: stage.route,
    rounds,
    slowRounds,
  };
}
