import type { Job } from '../../simulator/job.ts';
import { type Az, STARTS, type Start, timeCommands } from '../az.ts';
import { afterUploader, cliLogin, emptyNode, floor, mainAlone, newJob } from '../contestants.ts';
import { interleave, type Summary } from '../measure/pairs.ts';
import { timeProcess } from '../measure/processes.ts';
import { METHODS, type Method, type MethodName } from '../methods.ts';
import type { Bench } from '../stage.ts';
import { BenchStep } from '../step.ts';

export const ROUND_TRIPS = [0, 20, 40, 100] as const;

/** Times are milliseconds of whole processes. */
export interface SignInRow {
  readonly method: MethodName;
  readonly keepAlive: 'true' | 'false';
  readonly roundTripMs: number;
  readonly empty: Summary;
  readonly floor: Summary;
  /** The floor with every trick. */
  readonly bareFloor: Summary;
  /** The same, and it starts an empty process; only where main starts one, at no distance. */
  readonly startingFloor: Summary | undefined;
  readonly main: Summary;
  readonly mainToFloor: Summary;
  readonly mainToBareFloor: Summary;
  readonly mainToEmpty: Summary;
  readonly logins: readonly CliLogin[];
}

/** A CLI-based login beside the same sign-in. */
export interface CliLogin {
  readonly az: string;
  readonly start: Start;
  readonly time: Summary;
  /** How many times as long as main it takes. */
  readonly toMain: Summary;
}

interface RowOptions {
  readonly method: Method;
  readonly keepAlive: 'true' | 'false';
  readonly az: readonly Az[];
}

export async function measureSignIns(bench: Bench): Promise<SignInRow[]> {
  const rows: SignInRow[] = [];
  for (const roundTripMs of ROUND_TRIPS) {
    await using distance = await bench.stage.at(roundTripMs);
    for (const row of METHODS.flatMap((method) => rowsOf(method, bench.az))) {
      using job = newJob(distance.variables, bench.az[0]);
      bench.progress(`sign-in at ${roundTripMs} ms: ${row.method.name}, keep-alive ${row.keepAlive}`);
      rows.push({ roundTripMs, ...(await measureRow(bench, job, row, roundTripMs)) });
    }
  }
  return rows;
}

/** Both versions of `az` with OIDC; elsewhere the newest will do. What the refresher costs is told by a row without. */
function rowsOf(method: Method, az: readonly Az[]): RowOptions[] {
  if (method.name !== 'oidc') return [{ method, keepAlive: 'true', az: az.slice(0, 1) }];
  return [
    { method, keepAlive: 'true', az },
    { method, keepAlive: 'false', az: [] },
  ];
}

const BARE = { FLOOR_KIND: 'bare' };
const STARTING = { ...BARE, FLOOR_STARTS: 'process' };

async function measureRow(
  bench: Bench,
  job: Job,
  { method, keepAlive, az }: RowOptions,
  roundTripMs: number,
): Promise<Omit<SignInRow, 'roundTripMs'>> {
  // Over a distance a process starts while packets travel.
  const starts = roundTripMs === 0 && method.name === 'oidc' && keepAlive === 'true';
  const step = new BenchStep(job, { ...method.inputs(bench.stage.contoso), 'keep-alive': keepAlive });
  const logins = az.flatMap((one) =>
    STARTS.map((start) => [
      `${one.version}, ${start}`,
      { rounds: bench.slowRounds, run: () => timeLogin(bench, job, { method, az: one, start }) },
    ]),
  );
  const rounds = await interleave(
    {
      empty: { run: () => timeProcess(emptyNode(job)) },
      floor: { run: () => timeProcess(floor(step, method.name)) },
      bareFloor: { run: () => timeProcess(floor(step, method.name, BARE)) },
      ...(starts ? { startingFloor: { run: () => timeProcess(floor(step, method.name, STARTING)) } } : {}),
      main: { run: () => mainAlone(step) },
      ...Object.fromEntries(logins),
    },
    bench.rounds,
  );
  return {
    method: method.name,
    keepAlive,
    empty: rounds.of('empty'),
    floor: rounds.of('floor'),
    bareFloor: rounds.of('bareFloor'),
    startingFloor: starts ? rounds.of('startingFloor') : undefined,
    main: rounds.of('main'),
    mainToFloor: rounds.ratio('main', 'floor'),
    mainToBareFloor: rounds.ratio('main', 'bareFloor'),
    mainToEmpty: rounds.ratio('main', 'empty'),
    logins: az.flatMap(({ version }) =>
      STARTS.map((start) => ({
        az: version,
        start,
        time: rounds.of(`${version}, ${start}`),
        toMain: rounds.ratio(`${version}, ${start}`, 'main'),
      })),
    ),
  };
}

async function timeLogin(
  bench: Bench,
  job: Job,
  { method, az, start }: { readonly method: Method; readonly az: Az; readonly start: Start },
): Promise<number> {
  const { commands } = await cliLogin(bench, job, method, az, start);
  const time = await timeCommands(commands);
  await afterUploader(start);
  return time;
}
