/** The processes that the benchmark compares. */
import { rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Job, ROOT } from '../simulator/job.ts';
import { type Az, azCommand, copyFolder, type FolderState, loginCommands } from './az.ts';
import type { Command, Variables } from './measure/processes.ts';
import type { Method } from './methods.ts';
import type { Bench } from './stage.ts';
import type { BenchStep } from './step.ts';

/** A job on a runner image. With an `az` and a warm folder, the home folder contains the profile. */
export function newJob(variables: Variables, az: Az | undefined, state: FolderState = 'warm'): Job {
  if (az === undefined) return new Job(variables);
  const job = new Job({ ...variables, PATH: `${dirname(az.command)}${delimiter}${process.env['PATH'] ?? ''}` });
  if (state === 'warm') copyFolder(az.warmFolder, join(job.home, '.azure'));
  return job;
}

/** A Node process that does nothing, with the same environment. */
export function emptyNode(job: Job): Command {
  const script = join(job.folder, 'empty.mjs');
  writeFileSync(script, '');
  return { command: process.execPath, args: [script], env: job.env };
}

/**
 * @param method a method's name, or `pages` with the variable FLOOR_TOKEN
 * @param variables FLOOR_KIND `bare` selects the bare floor
 */
export function floor(step: BenchStep, method: string, variables: Variables = {}): Command {
  const { command, env } = step.mainCommand();
  return {
    command,
    args: [join(ROOT, 'bench', 'floor.mjs')],
    env: { ...env, FLOOR_METHOD: method, ...variables },
  };
}

/**
 * Also signs out, outside the measured time, so that no folder and no background process remains.
 * @returns milliseconds
 */
export async function timeMain(step: BenchStep): Promise<number> {
  const milliseconds = await step.main();
  await step.post();
  return milliseconds;
}

/** A CLI-based login in a new copy of the warm folder, or in a folder that does not exist yet. */
export async function cliLogin(
  bench: Bench,
  job: Job,
  method: Method,
  az: Az,
  state: FolderState = 'warm',
): Promise<CliFolder> {
  const { simulator, contoso } = bench.stage;
  const configDir = join(job.folder, `az-${az.version}`);
  if (state === 'warm') copyFolder(az.warmFolder, configDir);
  else rmSync(configDir, { recursive: true, force: true });
  const login = await method.loginArguments({ simulator, contoso, job, az });
  return { configDir, commands: loginCommands(az, login, configDir, job, state) };
}

export interface CliFolder {
  readonly configDir: string;
  /** In the order to run them. */
  readonly commands: readonly Command[];
}

/** The first command of a later step. */
export function groupList(az: Az, configDir: string, env: Variables, state: FolderState = 'warm'): Command {
  return azCommand(az, ['group', 'list', '--output', 'json'], configDir, env, state);
}

/** By then, the telemetry uploader of an `az` in a new folder has ended. */
const UPLOADER_MS = 2000;

export async function afterUploader(state: FolderState): Promise<void> {
  if (state === 'new') await setTimeout(UPLOADER_MS);
}
