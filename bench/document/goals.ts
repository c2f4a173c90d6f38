import type { Summary } from '../measure/pairs.ts';
import type { MethodName } from '../methods.ts';
import type { SignInRow } from '../parts/sign-in.ts';
import type { Results } from '../results.ts';
import { times } from './text.ts';

/** What was set out to be reached, beside what was measured. */
export interface Goal {
  readonly goal: string;
  readonly measured: string;
  readonly verdict: 'met' | 'not met' | 'not measured';
}

/** The most that main may take, as a multiple of the floor. */
export const FLOOR_GOALS: readonly {
  readonly method: MethodName;
  readonly roundTripMs: number;
  readonly most: number;
}[] = [
  { method: 'oidc', roundTripMs: 0, most: 1.35 },
  { method: 'oidc', roundTripMs: 40, most: 1.08 },
  { method: 'client-certificate', roundTripMs: 40, most: 1.15 },
];

/** How many times as fast as a CLI-based login main is to be, with OpenID Connect. */
const LOGIN_GOALS = [
  { roundTripMs: 0, least: 20 },
  { roundTripMs: 40, least: 9 },
] as const;

const POST_MOST = 1.4;
const PAGES_MOST = 1.5;

/** Two medians of the same thing differ by as much. */
const AS_FAST = 1.02;

export function goals(results: Results): Goal[] {
  return [...floorGoals(results), ...loginGoals(results), ...postGoals(results), ...laterGoals(results)];
}

/** The row of a method as users have it by default. */
export function signInRow(results: Results, method: MethodName, roundTripMs: number): SignInRow | undefined {
  return results.signIns.find(
    (row) => row.method === method && row.roundTripMs === roundTripMs && row.keepAlive === 'true',
  );
}

function floorGoals(results: Results): Goal[] {
  return FLOOR_GOALS.map(({ method, roundTripMs, most }) => {
    const ratio = signInRow(results, method, roundTripMs)?.mainToFloor;
    return {
      goal: `main, ${method}, ${roundTripMs} ms: at most ${most.toFixed(2)} times the floor`,
      measured: ratio === undefined ? '' : times(ratio),
      verdict: verdict(ratio === undefined ? undefined : atMost(ratio, most)),
    };
  });
}

function loginGoals(results: Results): Goal[] {
  return LOGIN_GOALS.flatMap(({ roundTripMs, least }) => {
    const goal = `main, oidc, ${roundTripMs} ms: at least ${least} times as fast as a CLI-based login in a new folder`;
    const logins = signInRow(results, 'oidc', roundTripMs)?.logins.filter(({ start }) => start === 'new') ?? [];
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
      goal: `post: at most ${POST_MOST.toFixed(1)} times an empty Node process`,
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
        firstCommands.length === 0 ? undefined : firstCommands.every((row) => atMost(row.mainToLogin, AS_FAST)),
      ),
    },
    {
      goal: `10,000 subscriptions: at most ${PAGES_MOST} times fetching and parsing the pages alone`,
      measured: most === undefined ? '' : times(most.mainToPages),
      verdict: verdict(most === undefined ? undefined : atMost(most.mainToPages, PAGES_MOST)),
    },
  ];
}

/** As it is shown, to two decimals. */
function atMost({ median }: Summary, most: number): boolean {
  return Number(median.toFixed(2)) <= most;
}

function verdict(met: boolean | undefined): Goal['verdict'] {
  if (met === undefined) return 'not measured';
  return met ? 'met' : 'not met';
}
