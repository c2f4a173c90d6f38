import { existsSync } from 'node:fs';
import { type CommandResult, runSuccessfully } from '../../simulator/job.ts';

export type Variables = Readonly<Record<string, string>>;

/** A process to run as the runner does: without standard input, and with its output to a pipe. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Variables;
}

/**
 * @returns wall time from before the start of the process to its end, in milliseconds
 * @throws an error with the end of its output when it fails
 */
export async function timeProcess(process: Command): Promise<number> {
  return (await run(process)).milliseconds;
}

/** @throws an error with the end of its output when the process fails */
export async function outputOf(process: Command): Promise<string> {
  return (await run(process)).stdout;
}

const PYTHON = '/usr/bin/python3';

export function canMeasureMemory(): boolean {
  return process.platform === 'linux' && existsSync(PYTHON);
}

/**
 * Peak resident set size of a process, in bytes. The kernel reports it to the parent, so no code for it runs in the
 * process. Source: getrusage(2), RUSAGE_CHILDREN.
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
