import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { Environment } from '../../runner/runner.ts';
import { modulePath } from './module-path.ts';
import { EXIT, MESSAGE_MARK, REQUEST_VARIABLE } from './scripts.ts';

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
export interface PowerShellHost {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  /** Ends the process when it aborts. */
  readonly signal: AbortSignal;
}

const OPTIONS = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command'];

/** What is kept of each stream, in characters. */
const MOST_OUTPUT = 64 * 1024;

/**
 * Runs a script in `pwsh`. `@actions/exec` cannot end what it started, so a PowerShell that hangs would hang the job.
 * @param request what the script works on: it reaches PowerShell by the environment of the process
 * @param secrets what must not be in the message of the outcome
 */
export async function runPowerShell(
  script: string,
  request: object,
  secrets: readonly string[],
  host: PowerShellHost,
): Promise<Outcome> {
  const child = spawn('pwsh', [...OPTIONS, script], {
    // On Windows the working folder is searched before the path; this one holds our own files alone.
    cwd: dirname(process.argv[1] ?? '.'),
    env: childEnvironment(host, JSON.stringify(request)),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: host.signal,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  const letGo = endTogether(child);
  try {
    const end = await ended(child);
    return host.signal.aborted ? { kind: 'out-of-time' } : outcomeOf(end, secrets);
  } catch (error) {
    if (host.signal.aborted) return { kind: 'out-of-time' };
    return { kind: 'no-powershell', code: (error as NodeJS.ErrnoException).code ?? 'unknown error' };
  } finally {
    letGo();
  }
}

type PowerShell = ChildProcessByStdio<null, Readable, Readable>;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function ended(child: PowerShell): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] = (printed[stream] + text).slice(0, MOST_OUTPUT);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...printed }));
  });
}

/**
 * A cancelled job ends this process alone. PowerShell would go on, and connect after post had taken the context back.
 * On Windows the runner's Ctrl+C arrives as SIGINT, and whatever signal is sent ends a process at once.
 * @returns what lets go of the child, also of its streams, which a grandchild may hold open
 */
function endTogether(child: PowerShell): () => void {
  const end = (signal: NodeJS.Signals): void => {
    child.kill('SIGKILL');
    process.kill(process.pid, signal);
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
    child.stdout.destroy();
    child.stderr.destroy();
  };
}

function outcomeOf({ code, signal, stdout, stderr }: Ended, secrets: readonly string[]): Outcome {
  if (code === 0) return { kind: 'done' };
  if (code === EXIT.noModule) return { kind: 'no-module' };
  const line = stdout.split(/\r?\n/).findLast((text) => text.startsWith(MESSAGE_MARK));
  if (code === EXIT.refused && line !== undefined) {
    const message = Buffer.from(line.slice(MESSAGE_MARK.length), 'base64').toString('utf8');
    return { kind: 'refused', message: quotable(message, secrets) };
  }
  const end = code === null ? `signal ${signal}` : `exit code ${code}`;
  return { kind: 'broken', end, message: quotable(stderr, secrets) };
}

const LONGEST_MESSAGE = 2000;

/** A message of PowerShell's, without the secrets that it was given and without colours. */
function quotable(message: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((secret) => secret !== '')
    .sort((one, other) => other.length - one.length)
    .reduce((text, secret) => text.replaceAll(secret, '***'), message);
  return stripVTControlCharacters(hidden)
    .replaceAll(/(?!\n)\p{Cc}/gu, '')
    .trim()
    .slice(0, LONGEST_MESSAGE);
}

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
