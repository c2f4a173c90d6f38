import type { Job } from '../../simulator/job.ts';
import { type Az, FOLDER_STATES, type FolderState, timeCommands } from '../az.ts';
import { afterUploader, cliLogin, emptyNode, floor, newJob, timeMain } from '../contestants.ts';
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
  /** The floor with all optimizations. */
  readonly bareFloor: Summary;
  /**
   * The bare floor that also starts an empty process. Only without network delay, and only if main starts a process.
   */
  readonly floorWithProcess: Summary | undefined;
  readonly main: Summary;
  readonly mainToFloor: Summary;
  readonly mainToBareFloor: Summary;
  readonly mainToEmpty: Summary;
  readonly logins: readonly CliLogin[];
}

/** A CLI-based login, compared with the same sign-in. */
export interface CliLogin {
  readonly az: string;
  readonly state: FolderState;
  readonly time: Summary;
  /** Its time as a multiple of main's. */
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
    await using network = await bench.stage.withDelay(roundTripMs);
    for (const row of METHODS.flatMap((method) => rowsOf(method, bench.az))) {
      using job = newJob(network.variables, bench.az[0]);
      bench.progress(`sign-in at ${roundTripMs} ms: ${row.method.name}, keep-alive ${row.keepAlive}`);
      rows.push({ roundTripMs, ...(await measureRow(bench, job, row, roundTripMs)) });
    }
  }
  return rows;
}

/**
 * With OIDC, both versions of `az`; otherwise only the newest. A second OIDC row, without `keep-alive`, shows the cost
 * of the background process.
 */
function rowsOf(method: Method, az: readonly Az[]): RowOptions[] {
  if (method.name !== 'oidc') return [{ method, keepAlive: 'true', az: az.slice(0, 1) }];
  return [
    { method, keepAlive: 'true', az },
    { method, keepAlive: 'false', az: [] },
  ];
}

const BARE = { FLOOR_KIND: 'bare' };
const BARE_WITH_PROCESS = { ...BARE, FLOOR_STARTS: 'process' };

async function measureRow(
  bench: Bench,
  job: Job,
  { method, keepAlive, az }: RowOptions,
  roundTripMs: number,
): Promise<Omit<SignInRow, 'roundTripMs'>> {
  // With network delay, a process starts during the wait for the network.
  const starts = roundTripMs === 0 && method.name === 'oidc' && keepAlive === 'true';
  const step = new BenchStep(job, { ...method.inputs(bench.stage.contoso), 'keep-alive': keepAlive });
  const logins = az.flatMap((one) =>
    FOLDER_STATES.map((state) => [
      `${one.version}, ${state}`,
      { rounds: bench.slowRounds, run: () => timeLogin(bench, job, { method, az: one, state }) },
    ]),
  );
  const rounds = await interleave(
    {
      empty: { run: () => timeProcess(emptyNode(job)) },
      floor: { run: () => timeProcess(floor(step, method.name)) },
      bareFloor: { run: () => timeProcess(floor(step, method.name, BARE)) },
      ...(starts ? { floorWithProcess: { run: () => timeProcess(floor(step, method.name, BARE_WITH_PROCESS)) } } : {}),
      main: { run: () => timeMain(step) },
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
    floorWithProcess: starts ? rounds.of('floorWithProcess') : undefined,
    main: rounds.of('main'),
    mainToFloor: rounds.ratio('main', 'floor'),
    mainToBareFloor: rounds.ratio('main', 'bareFloor'),
    mainToEmpty: rounds.ratio('main', 'empty'),
    logins: az.flatMap(({ version }) =>
      FOLDER_STATES.map((state) => ({
        az: version,
        state,
        time: rounds.of(`${version}, ${state}`),
        toMain: rounds.ratio(`${version}, ${state}`, 'main'),
      })),
    ),
  };
}

async function timeLogin(
  bench: Bench,
  job: Job,
  { method, az, state }: { readonly method: Method; readonly az: Az; readonly state: FolderState },
): Promise<number> {
  const { commands } = await cliLogin(bench, job, method, az, state);
  const time = await timeCommands(commands);
  await afterUploader(state);
  return time;
}
