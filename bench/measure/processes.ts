import { existsSync } from 'node:fs';
import { type CommandResult, runSuccessfully } from '../../simulator/job.ts';

export type Variables = Readonly<Record<string, string>>;

/** A process to be run without standard input, its output to a pipe, as the runner does. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Variables;
}

/**
 * Wall time from before the process is started to its end, in milliseconds.
 * @throws with the end of what it printed when it fails
 */
export async function timeProcess(process: Command): Promise<number> {
  return (await run(process)).milliseconds;
}

/** @throws with the end of what the process printed when it fails */
export async function outputOf(process: Command): Promise<string> {
  return (await run(process)).stdout;
}

const PYTHON = '/usr/bin/python3';

export function canMeasureMemory(): boolean {
  return process.platform === 'linux' && existsSync(PYTHON);
}

/**
 * The most memory that a process held at one time (resident set), in bytes. The kernel tells it to the parent, so that
 * nothing runs inside of the process for it. Source: getrusage(2), RUSAGE_CHILDREN.
 */
export async function peakMemory({ command, args, env }: Command): Promise<number> {
  const printed = await outputOf({ command: PYTHON, args: ['-c', REPORT_PEAK, command, ...args], env });
  return Number(printed) * 1024;
}

const REPORT_PEAK = `
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
`;

function run({ command, args, env }: Command): Promise<CommandResult> {
  return runSuccessfully(command, args, env, '.', 0);
}
