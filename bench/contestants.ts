/** The processes that are compared. */
import { rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Job, ROOT } from '../simulator/job.ts';
import { type Az, azCommand, copyFolder, loginCommands, type Start } from './az.ts';
import type { Command, Variables } from './measure/processes.ts';
import type { Method } from './methods.ts';
import type { Bench } from './stage.ts';
import type { BenchStep } from './step.ts';

/** A job on an image whose `az`, if there is one, has left its warm folder in the home folder, or nothing. */
export function newJob(variables: Variables, az: Az | undefined, start: Start = 'warm'): Job {
  if (az === undefined) return new Job(variables);
  const job = new Job({ ...variables, PATH: `${dirname(az.command)}${delimiter}${process.env['PATH'] ?? ''}` });
  if (start === 'warm') copyFolder(az.warmFolder, join(job.home, '.azure'));
  return job;
}

/** A Node process that does nothing, with the same environment. */
export function emptyNode(job: Job): Command {
  const script = join(job.folder, 'empty.mjs');
  writeFileSync(script, '');
  return { command: process.execPath, args: [script], env: job.env };
}

/** @param way a method's name, or `pages` with FLOOR_TOKEN; FLOOR_KIND `bare` is the one with every trick */
export function floor(step: BenchStep, way: string, variables: Variables = {}): Command {
  const { command, env } = step.mainCommand();
  return {
    command,
    args: [join(ROOT, 'bench', 'floor.mjs')],
    env: { ...env, FLOOR_METHOD: way, ...variables },
  };
}

/** Signs out as well, outside of the measured time: no folder stays, and no refresher. @returns milliseconds of main */
export async function mainAlone(step: BenchStep): Promise<number> {
  const milliseconds = await step.main();
  await step.post();
  return milliseconds;
}

/** A CLI-based login in a new copy of the warm folder, or in a folder that is not there yet. */
export async function cliLogin(
  bench: Bench,
  job: Job,
  method: Method,
  az: Az,
  start: Start = 'warm',
): Promise<CliFolder> {
  const { simulator, contoso } = bench.stage;
  const configDir = join(job.folder, `az-${az.version}`);
  if (start === 'warm') copyFolder(az.warmFolder, configDir);
  else rmSync(configDir, { recursive: true, force: true });
  const login = await method.loginArguments({ simulator, contoso, job, az });
  return { configDir, commands: loginCommands(az, login, configDir, job, start) };
}

export interface CliFolder {
  readonly configDir: string;
  /** To be run in this order. */
  readonly commands: readonly Command[];
}

/** The first command of a later step. */
export function groupList(az: Az, configDir: string, env: Variables, start: Start = 'warm'): Command {
  return azCommand(az, ['group', 'list', '--output', 'json'], configDir, env, start);
}

/** The uploader of telemetry, which a new `az` leaves behind, has ended by then. */
const UPLOADER_MS = 2000;

export async function afterUploader(start: Start): Promise<void> {
  if (start === 'new') await setTimeout(UPLOADER_MS);
}
