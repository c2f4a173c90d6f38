import type { Summary } from '../measure/pairs.ts';
import type { MethodName } from '../methods.ts';
import type { SignInRow } from '../parts/sign-in.ts';
import type { Results } from '../results.ts';
import { megabytes, times } from './text.ts';

/** A performance goal and its measurement. */
export interface Goal {
  readonly goal: string;
  readonly measured: string;
  readonly verdict: 'met' | 'not met' | 'not measured';
}

/** The most that main may take, as a multiple of a floor. */
export const FLOOR_GOALS: readonly {
  readonly method: MethodName;
  readonly roundTripMs: number;
  readonly floor: 'floor' | 'bare floor';
  readonly most: number;
}[] = [
  { method: 'oidc', roundTripMs: 0, floor: 'bare floor', most: 1.38 },
  { method: 'oidc', roundTripMs: 40, floor: 'floor', most: 1 },
  { method: 'client-certificate', roundTripMs: 40, floor: 'floor', most: 1 },
];

/** The minimum speed-up over a CLI-based login with OpenID Connect, for a job that pins an old `az`. */
const LOGIN_AZ = '2.45.0';
const LOGIN_GOALS = [
  { roundTripMs: 0, least: 28 },
  { roundTripMs: 40, least: 11 },
] as const;

const POST_MOST = 1.17;
const KEEP_ALIVE_MOST_MS = 2;
const PAGES_MOST = 1.5;
const PEAK_MOST = 100e6;

/** Medians of two equally fast processes differ by up to this ratio. */
const EQUAL_RATIO = 1.02;

export function goals(results: Results): Goal[] {
  return [
    ...floorGoals(results),
    keepAliveGoal(results),
    ...loginGoals(results),
    ...postGoals(results),
    ...laterGoals(results),
  ];
}

/** The row of a method, by default with the default `keep-alive`. */
export function signInRow(
  results: Results,
  method: MethodName,
  roundTripMs: number,
  keepAlive: SignInRow['keepAlive'] = 'true',
): SignInRow | undefined {
  return results.signIns.find(
    (row) => row.method === method && row.roundTripMs === roundTripMs && row.keepAlive === keepAlive,
  );
}

function floorGoals(results: Results): Goal[] {
  return FLOOR_GOALS.map(({ method, roundTripMs, floor, most }) => {
    const row = signInRow(results, method, roundTripMs);
    const ratio = ratioTo(floor, row);
    const without = ratioTo(floor, signInRow(results, method, roundTripMs, 'false'));
    return {
      goal: `main, ${method}, ${roundTripMs} ms: at most ${most.toFixed(2)} times the ${floor}`,
      measured: `${ratio === undefined ? '' : times(ratio)}${without === undefined ? '' : `; \`keep-alive: false\`: ${times(without)}`}`,
      verdict: verdict(ratio === undefined ? undefined : atMost(ratio, most)),
    };
  });
}

function ratioTo(floor: 'floor' | 'bare floor', row: SignInRow | undefined): Summary | undefined {
  return floor === 'floor' ? row?.mainToFloor : row?.mainToBareFloor;
}

/** The cost of starting an empty process in the bare floor, as main starts the background process, in milliseconds. */
export function processStartCost(row: SignInRow | undefined): number | undefined {
  return row?.floorWithProcess && row.floorWithProcess.median - row.bareFloor.median;
}

function keepAliveGoal(results: Results): Goal {
  const [kept, without] = (['true', 'false'] as const).map((keepAlive) => signInRow(results, 'oidc', 0, keepAlive));
  const share = kept === undefined || without === undefined ? undefined : kept.main.median - without.main.median;
  const cost = processStartCost(kept);
  const floorCost = cost === undefined ? '' : `; starting an empty process in the bare floor: ${cost.toFixed(1)} ms`;
  return {
    goal: `\`keep-alive\`: at most ${KEEP_ALIVE_MOST_MS} ms of main`,
    measured: share === undefined ? '' : `${share.toFixed(1)} ms${floorCost}`,
    verdict: verdict(share === undefined ? undefined : share <= KEEP_ALIVE_MOST_MS),
  };
}

function loginGoals(results: Results): Goal[] {
  return LOGIN_GOALS.flatMap(({ roundTripMs, least }) => {
    const goal = `main, oidc, ${roundTripMs} ms: at least ${least} times as fast as a CLI-based login in a new folder`;
    const logins =
      signInRow(results, 'oidc', roundTripMs)?.logins.filter(({ az, state }) => az === LOGIN_AZ && state === 'new') ??
      [];
    if (logins.length === 0) return [{ goal, measured: '', verdict: verdict(undefined) }];
    const bare = signInRow(results, 'oidc', roundTripMs)?.bareFloor.median ?? Number.NaN;
    return logins.map(({ az, time, toMain }) => ({
      goal: `${goal}, az ${az}`,
      measured: `${times(toMain, 1)}; the bare floor: ${(time.median / bare).toFixed(1)}`,
      verdict: verdict(toMain.median >= least),
    }));
  });
}

function postGoals({ signOuts }: Results): Goal[] {
  return [
    {
      goal: `post: at most ${POST_MOST} times an empty Node process`,
      measured: signOuts
        .map(({ method, postToEmpty }) => `${postToEmpty.median.toFixed(2)} after ${method}`)
        .join('; '),
      verdict: verdict(
        signOuts.length === 0 ? undefined : signOuts.every(({ postToEmpty }) => atMost(postToEmpty, POST_MOST)),
      ),
    },
  ];
}

function laterGoals({ firstCommands, subscriptions }: Results): Goal[] {
  const most = subscriptions.find((row) => row.subscriptions === 10_000);
  return [
    {
      goal: 'the first `az` of a later step: no slower than after `az login` in a warm folder',
      measured: firstCommands
        .map(
          ({ az, roundTripMs, mainToLogin }) => `${mainToLogin.median.toFixed(2)} with az ${az} at ${roundTripMs} ms`,
        )
        .join('; '),
      verdict: verdict(
        firstCommands.length === 0 ? undefined : firstCommands.every((row) => atMost(row.mainToLogin, EQUAL_RATIO)),
      ),
    },
    {
      goal: `10,000 subscriptions: at most ${PAGES_MOST} times fetching and parsing the pages alone`,
      measured: most === undefined ? '' : times(most.mainToPages),
      verdict: verdict(most === undefined ? undefined : atMost(most.mainToPages, PAGES_MOST)),
    },
    {
      goal: `10,000 subscriptions: main uses at most ${megabytes(PEAK_MOST)} of memory`,
      measured: most === undefined ? '' : megabytes(most.peakMemory),
      verdict: verdict(most === undefined || most.peakMemory === 0 ? undefined : most.peakMemory <= PEAK_MOST),
    },
  ];
}

/** Compares the value that the page shows, with two decimals. */
function atMost({ median }: Summary, most: number): boolean {
  return Number(median.toFixed(2)) <= most;
}

function verdict(met: boolean | undefined): Goal['verdict'] {
  if (met === undefined) return 'not measured';
  return met ? 'met' : 'not met';
}
