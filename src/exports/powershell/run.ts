import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { exec } from '@actions/exec';
import { quotable } from '../../core/foreign-text.ts';
import type { Environment } from '../../core/machine.ts';
import { modulePath } from './module-path.ts';
import { EXIT, MESSAGE_MARK, PROCESS_MARK, REQUEST_VARIABLE } from './scripts.ts';

/** How a script ended. Nothing that PowerShell printed is in it but a message of its own, whose secrets are taken out. */
export type Outcome =
  | { readonly kind: 'done' }
  /** There is no `pwsh` on the path, or it cannot be started. */
  | { readonly kind: 'no-powershell'; readonly code: string }
  | { readonly kind: 'no-module' }
  | { readonly kind: 'refused'; readonly message: string }
  /** It ended by itself, but not as the script would have. */
  | { readonly kind: 'broken'; readonly end: string; readonly message: string }
  | { readonly kind: 'out-of-time' };

/** What running PowerShell takes from outside. */
interface PowerShellHost {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  /** Ends the process when it aborts. */
  readonly signal: AbortSignal;
}

const OPTIONS = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command'];

/** What is kept of each stream, in characters. */
const MOST_OUTPUT = 64 * 1024;

/**
 * Runs a script in `pwsh`.
 * @param request what the script works on: it reaches PowerShell by the environment of the process
 */
export async function runPowerShell(script: string, request: object, host: PowerShellHost): Promise<Outcome> {
  const started = new StartedPowerShell();
  const outOfTime = new Promise<Outcome>((resolve) => {
    const end = (): void => resolve({ kind: 'out-of-time' });
    if (host.signal.aborted) end();
    else host.signal.addEventListener('abort', end, { once: true });
  });
  const letGo = endTogether(started);
  try {
    const outcome = await Promise.race([ended(script, request, host, started), outOfTime]);
    if (outcome.kind === 'out-of-time') started.kill();
    return outcome;
  } finally {
    letGo();
  }
}

async function ended(
  script: string,
  request: object,
  host: PowerShellHost,
  started: StartedPowerShell,
): Promise<Outcome> {
  try {
    const code = await exec('pwsh', [...OPTIONS, script], {
      // Nothing goes to the log: neither the command nor what PowerShell prints.
      silent: true,
      ignoreReturnCode: true,
      // On Windows the working folder is searched before the path; this one holds our own files alone.
      cwd: dirname(process.argv[1] ?? '.'),
      env: childEnvironment(host, JSON.stringify(request)),
      listeners: { stdout: (data) => started.read('stdout', data), stderr: (data) => started.read('stderr', data) },
    });
    return outcomeOf({ code, ...started.printed });
  } catch (error) {
    return { kind: 'no-powershell', code: codeOf(error) };
  }
}

/** `@actions/exec` says by words alone why it cannot start a program. */
function codeOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('Unable to locate')) return 'ENOENT';
  return /\bE[A-Z]{3,}\b/.exec(message)?.[0] ?? 'unknown error';
}

/**
 * What is known of a PowerShell that runs. `@actions/exec` tells nobody which process it started, so a script says its
 * process id first, by which it can be ended.
 */
class StartedPowerShell {
  readonly printed = { stdout: '', stderr: '' };

  read(stream: 'stdout' | 'stderr', data: Buffer): void {
    this.printed[stream] = (this.printed[stream] + data.toString('utf8')).slice(0, MOST_OUTPUT);
  }

  kill(): void {
    const pid = Number(new RegExp(`^${PROCESS_MARK}(\\d+)\\r?\\n`).exec(this.printed.stdout)?.[1] ?? 0);
    if (pid <= 1) return;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A cancelled job ends this process alone. PowerShell would go on, and connect after post had taken the context back.
 * On Windows the runner's Ctrl+C arrives as SIGINT, and whatever signal is sent ends a process at once.
 * @returns what lets go of the signals
 */
function endTogether(started: StartedPowerShell): () => void {
  const end = (signal: NodeJS.Signals): void => {
    started.kill();
    process.kill(process.pid, signal);
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}

function outcomeOf({ code, stdout, stderr }: Ended): Outcome {
  if (code === 0) return { kind: 'done' };
  if (code === EXIT.noModule) return { kind: 'no-module' };
  const line = stdout.split(/\r?\n/).findLast((text) => text.startsWith(MESSAGE_MARK));
  if (code === EXIT.refused && line !== undefined) {
    const message = Buffer.from(line.slice(MESSAGE_MARK.length), 'base64').toString('utf8');
    return { kind: 'refused', message: quotable(stripVTControlCharacters(message), LONGEST_MESSAGE) };
  }
  const end = code === null ? 'a signal' : `exit code ${code}`;
  return { kind: 'broken', end, message: quotable(stripVTControlCharacters(stderr), LONGEST_MESSAGE) };
}

const LONGEST_MESSAGE = 2000;

/**
 * The step's own inputs, and the files by which it talks to the runner, are not for others. In any case of letters:
 * Windows takes no notice of it in names of variables.
 */
const PRIVATE = /^(INPUT_.*|STATE_.*|GITHUB_(ENV|OUTPUT|STATE|PATH|STEP_SUMMARY)|PSModulePath)$/i;

export function childEnvironment(
  { env, platform }: Pick<PowerShellHost, 'env' | 'platform'>,
  request: string,
): Record<string, string> {
  const inherited = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !PRIVATE.test(entry[0]),
  );
  const modules = modulePath(env, platform);
  return {
    ...Object.fromEntries(inherited),
    ...(modules === '' ? {} : { PSModulePath: modules }),
    [REQUEST_VARIABLE]: request,
  };
}
