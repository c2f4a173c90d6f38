import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { emptyNode, floor, newJob } from '../contestants.ts';
import { type Summary, summary } from '../measure/pairs.ts';
import { type Command, timeProcess } from '../measure/processes.ts';
import { methodNamed } from '../methods.ts';
import type { Bench } from '../stage.ts';
import { BenchStep } from '../step.ts';

/** Activities of a process, according to V8's profiler. */
export const ACTIVITIES = [
  'compiling dist',
  'compiling Node’s own modules',
  'running dist',
  'running Node’s own modules',
  'collecting garbage',
  'native code',
  'waiting',
] as const;

type Activity = (typeof ACTIVITIES)[number];

const ROUNDS = 7;
const INTERVAL_US = 50;

/**
 * Profiles a sign-in with OpenID Connect, its sign-out, the bare floor and an empty process, in milliseconds. The
 * profiler slows them down.
 */
export async function measureProfiles(bench: Bench) {
  const rows = [];
  for (const roundTripMs of [0, 40]) {
    bench.progress(`profile at ${roundTripMs} ms`);
    await using network = await bench.stage.withDelay(roundTripMs);
    using job = newJob(network.variables, bench.az[0]);
    const step = new BenchStep(job, { ...methodNamed('oidc').inputs(bench.stage.contoso), 'keep-alive': 'false' });
    const folder = mkdtempSync(join(job.folder, 'profiles-'));
    const contestants = {
      'empty Node': () => profiled(emptyNode(job), folder),
      'bare floor': () => profiled(floor(step, 'oidc', { FLOOR_KIND: 'bare' }), folder),
      main: async () => {
        const profile = await profiled(step.mainCommand(), folder);
        await step.post();
        return profile;
      },
      ...(roundTripMs === 0
        ? {
            post: async () => {
              await step.main();
              return profiled(step.postCommand(), folder);
            },
          }
        : {}),
    };
    for (const [label, run] of Object.entries(contestants)) {
      rows.push({ label, roundTripMs, activities: await byActivity(run) });
    }
  }
  return rows;
}

async function byActivity(run: () => Promise<Profile>): Promise<Record<Activity, Summary>> {
  const profiles: Profile[] = [];
  for (let round = 0; round < ROUNDS; round++) profiles.push(await run());
  return Object.fromEntries(
    ACTIVITIES.map((activity) => [activity, summary(profiles.map((profile) => profile[activity]))]),
  ) as Record<Activity, Summary>;
}

type Profile = Readonly<Record<Activity, number>>;

async function profiled({ command, args, env }: Command, folder: string): Promise<Profile> {
  const own = join(folder, 'one');
  mkdirSync(own);
  const options = ['--cpu-prof', `--cpu-prof-dir=${own}`, `--cpu-prof-interval=${INTERVAL_US}`];
  await timeProcess({ command, args: [...options, ...args], env });
  const [file = ''] = readdirSync(own);
  const profile = readProfile(readFileSync(join(own, file), 'utf8'));
  rmSync(own, { recursive: true });
  return profile;
}

/** Source: Chrome DevTools Protocol, `Profiler.Profile`. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

function readProfile(text: string): Profile {
  const { nodes, samples, timeDeltas } = JSON.parse(text) as CpuProfile;
  const activities = new Map(nodes.map(({ id, callFrame }) => [id, activityOf(callFrame)]));
  const spent = Object.fromEntries(ACTIVITIES.map((activity) => [activity, 0])) as Record<Activity, number>;
  for (const [at, id] of samples.entries()) {
    spent[activities.get(id) ?? 'native code'] += (timeDeltas[at] ?? 0) / 1000;
  }
  return spent;
}

const BY_NAME: Readonly<Record<string, Activity>> = {
  '(idle)': 'waiting',
  '(garbage collector)': 'collecting garbage',
  '(program)': 'native code',
  '(root)': 'native code',
  wrapSafe: 'compiling dist',
  // The floors and the empty process are ES modules.
  compileSourceTextModule: 'compiling dist',
  compileForInternalLoader: 'compiling Node’s own modules',
};

function activityOf({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): Activity {
  return BY_NAME[functionName] ?? (url.startsWith('file:') ? 'running dist' : 'running Node’s own modules');
}
