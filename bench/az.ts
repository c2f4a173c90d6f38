import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { AZ_NEWEST } from '../scripts/clients/clients.ts';
import type { Job } from '../simulator/job.ts';
import { type Command, outputOf, timeProcess, type Variables } from './measure/processes.ts';

/** A real `az`, with a warm profile folder as on a runner image: commands have used it, and no account is signed in. */
export interface Az {
  readonly version: string;
  readonly command: string;
  readonly warmFolder: string;
}

/**
 * Finds every installed version of `az`: the newest one from `npm run test:clients`, and those on the PATH.
 * @param folder the parent of their warm folders
 */
export async function findAz(folder: string): Promise<Az[]> {
  // On Windows, `az` is a cmd.exe script, which `spawn` cannot start.
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

/** `new` has default settings and no files of earlier commands; `warm` has everything that makes a command faster. */
export type FolderState = 'new' | 'warm';

export const FOLDER_STATES: readonly FolderState[] = ['new', 'warm'];

/** A warm folder also has telemetry off: its uploader would still run during the next measurement. */
function environment(az: Pick<Az, 'command'>, configDir: string, env: Variables, state: FolderState): Variables {
  return {
    HOME: process.env['HOME'] ?? '',
    ...env,
    PATH: `${dirname(az.command)}${delimiter}${process.env['PATH'] ?? ''}`,
    AZURE_CONFIG_DIR: configDir,
    ...(state === 'warm' ? { AZURE_CORE_COLLECT_TELEMETRY: 'no' } : {}),
  };
}

async function versionOf(command: string, configDir: string): Promise<string> {
  const env = environment({ command }, configDir, {}, 'warm');
  const printed = await outputOf({ command, args: ['version', '--output', 'json'], env });
  return (JSON.parse(printed) as { 'azure-cli': string })['azure-cli'];
}

/** Builds the command index with commands that need no sign-in, and marks the check for a newer version as done. */
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

/** Copies a profile folder, and replaces the previous copy. */
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
  state: FolderState = 'warm',
): Command {
  return { command: az.command, args, env: environment(az, configDir, env, state) };
}

/** The commands of a CLI-based login, in order. Source: azure/login, src/Cli/AzureCliLogin.ts. */
export function loginCommands(
  az: Az,
  login: readonly string[],
  configDir: string,
  job: Job,
  state: FolderState,
): Command[] {
  return [
    ['version'],
    ['cloud', 'set', '-n', 'azurecloud'],
    ['login', ...login],
    ['account', 'set', '--subscription', 'Production'],
  ].map((args) => azCommand(az, args, configDir, job.env, state));
}

/** @returns the sum of their times, in milliseconds */
export async function timeCommands(commands: readonly Command[]): Promise<number> {
  let total = 0;
  for (const command of commands) total += await timeProcess(command);
  return total;
}
