import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { AZ_NEWEST } from '../scripts/clients/clients.ts';
import type { Job } from '../simulator/job.ts';
import { type Command, outputOf, timeProcess, type Variables } from './measure/processes.ts';

/** A real `az`, with a folder as a runner image leaves it: warm, and nobody signed in. */
export interface Az {
  readonly version: string;
  readonly command: string;
  readonly warmFolder: string;
}

/**
 * Every version of `az` that is here: the newest that `npm run test:clients` installed, and what is on the PATH.
 * @param folder where their warm folders go
 */
export async function findAz(folder: string): Promise<Az[]> {
  // On Windows `az` is a script of cmd.exe, which no process can be started from.
  if (process.platform === 'win32') return [];
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'az'));
  const found = new Map<string, Az>();
  for (const command of [AZ_NEWEST, ...onPath]) {
    if (!existsSync(command)) continue;
    const version = await versionOf(command, join(folder, 'version'));
    if (!found.has(version)) found.set(version, await warm({ command, version, warmFolder: join(folder, version) }));
  }
  return [...found.values()];
}

/** What a command finds: nothing of an earlier one and every setting as it comes, or all that makes it faster. */
export type Start = 'new' | 'warm';

export const STARTS: readonly Start[] = ['new', 'warm'];

/** A warm one has no telemetry either: its uploader would run on beside what is measured next. */
function environment(az: Pick<Az, 'command'>, configDir: string, env: Variables, start: Start): Variables {
  return {
    HOME: process.env['HOME'] ?? '',
    ...env,
    PATH: `${dirname(az.command)}${delimiter}${process.env['PATH'] ?? ''}`,
    AZURE_CONFIG_DIR: configDir,
    ...(start === 'warm' ? { AZURE_CORE_COLLECT_TELEMETRY: 'no' } : {}),
  };
}

async function versionOf(command: string, configDir: string): Promise<string> {
  const env = environment({ command }, configDir, {}, 'warm');
  const printed = await outputOf({ command, args: ['version', '--output', 'json'], env });
  return (JSON.parse(printed) as { 'azure-cli': string })['azure-cli'];
}

/** Commands that need nobody's sign-in build the index; the check for a newer version counts as done. */
async function warm(az: Az): Promise<Az> {
  mkdirSync(az.warmFolder, { recursive: true });
  const checked = { versions: { core: { local: az.version } } };
  writeFileSync(join(az.warmFolder, 'versionCheck.json'), JSON.stringify(checked));
  for (const args of [
    ['cloud', 'list'],
    ['group', 'list', '--help'],
  ]) {
    await outputOf({ command: az.command, args, env: environment(az, az.warmFolder, {}, 'warm') });
  }
  return az;
}

/** A copy of a folder of `az`, in the place of the copy before it. */
export function copyFolder(from: string, to: string): string {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  return to;
}

export function azCommand(
  az: Az,
  args: readonly string[],
  configDir: string,
  env: Variables,
  start: Start = 'warm',
): Command {
  return { command: az.command, args, env: environment(az, configDir, env, start) };
}

/**
 * What a CLI-based login runs, one after the other. Source: azure/login, src/Cli/AzureCliLogin.ts.
 * @param configDir a folder as `start` says
 */
export function loginCommands(az: Az, login: readonly string[], configDir: string, job: Job, start: Start): Command[] {
  return [
    ['version'],
    ['cloud', 'set', '-n', 'azurecloud'],
    ['login', ...login],
    ['account', 'set', '--subscription', 'Production'],
  ].map((args) => azCommand(az, args, configDir, job.env, start));
}

/** @returns milliseconds of all of them together, without what lies between */
export async function timeCommands(commands: readonly Command[]): Promise<number> {
  let total = 0;
  for (const command of commands) total += await timeProcess(command);
  return total;
}
