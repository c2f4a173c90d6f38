import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { exec } from '@actions/exec';
import { namesIn } from '../../core/files.ts';
import { quotable } from '../../core/foreign-text.ts';
import type { Environment } from '../../core/machine.ts';
import type { PowerShellFailure } from '../../errors/powershell.ts';

/** How a script ended. Nothing that PowerShell printed is in it but a message of its own, whose secrets are taken out. */
type Outcome = { readonly kind: 'done' } | PowerShellFailure;

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
  const printed = { stdout: '', stderr: '' };
  const keep = (stream: keyof typeof printed, data: Buffer): void => {
    printed[stream] = (printed[stream] + data.toString('utf8')).slice(0, MOST_OUTPUT);
  };
  // A cancelled job ends this process alone. PowerShell would go on, and connect after post had taken the context back.
  // On Windows the runner's Ctrl+C arrives as SIGINT, and whatever signal is sent ends a process at once.
  const cancel = (signal: NodeJS.Signals): void => {
    kill(printed.stdout);
    process.kill(process.pid, signal);
  };
  for (const signal of CANCELLATIONS) process.once(signal, cancel);
  const ended = exec('pwsh', [...OPTIONS, script], {
    // Nothing goes to the log: neither the command nor what PowerShell prints.
    silent: true,
    ignoreReturnCode: true,
    // On Windows the working folder is searched before the path; this one holds our own files alone.
    cwd: dirname(process.argv[1] ?? '.'),
    env: childEnvironment(host, JSON.stringify(request)),
    listeners: { stdout: (data) => keep('stdout', data), stderr: (data) => keep('stderr', data) },
  });
  try {
    const code = await Promise.race([ended, aborted(host.signal)]);
    if (code !== 'aborted') return outcomeOf(code, printed);
    kill(printed.stdout);
    return { kind: 'out-of-time' };
  } catch (error) {
    return { kind: 'no-powershell', code: codeOf(error) };
  } finally {
    for (const signal of CANCELLATIONS) process.off(signal, cancel);
  }
}

const CANCELLATIONS = ['SIGINT', 'SIGTERM'] as const;

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}

/** `@actions/exec` tells nobody which process it started, so a script says its process id first, by which it can be ended. */
function kill(stdout: string): void {
  const pid = Number(new RegExp(`^${PROCESS_MARK}(\\d+)\\r?\\n`).exec(stdout)?.[1] ?? 0);
  if (pid <= 1) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** `@actions/exec` says by words alone why it cannot start a program. */
function codeOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('Unable to locate')) return 'ENOENT';
  return /\bE[A-Z]{3,}\b/.exec(message)?.[0] ?? 'unknown error';
}

/** @param code `null` after a signal */
function outcomeOf(code: number | null, { stdout, stderr }: { stdout: string; stderr: string }): Outcome {
  if (code === 0) return { kind: 'done' };
  if (code === EXIT.noModule) return { kind: 'no-module' };
  const line = stdout.split(/\r?\n/).findLast((text) => text.startsWith(MESSAGE_MARK));
  if (code === EXIT.refused && line !== undefined) {
    return { kind: 'refused', message: shown(Buffer.from(line.slice(MESSAGE_MARK.length), 'base64').toString('utf8')) };
  }
  return { kind: 'broken', end: code === null ? 'a signal' : `exit code ${code}`, message: shown(stderr) };
}

function shown(message: string): string {
  return quotable(stripVTControlCharacters(message), LONGEST_MESSAGE);
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
  const modules = modulePath(env['PSModulePath'] ?? '', platform);
  return {
    ...Object.fromEntries(inherited),
    ...(modules === '' ? {} : { PSModulePath: modules }),
    [REQUEST_VARIABLE]: request,
  };
}

/**
 * Where GitHub's runner images keep the Az modules, a folder a version; PowerShell itself does not look there. Those of
 * macOS have none.
 */
const PARENTS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: '/usr/share', win32: 'C:\\Modules' };

/**
 * The module path for PowerShell: that of the image's Az modules, the newest version first, before the one it has.
 *
 * azure/login puts the folder above them there, which PowerShell then searches to its bottom: on Linux all of
 * `/usr/share`.
 * @param parent holds the folders `az_12.5.0` and the like
 * @returns the value of `PSModulePath`; `''` leaves PowerShell its own
 * Source: actions/runner-images, `Install-PowerShellAzModules.ps1`; azure/login, `AzPSUtils.ts`.
 */
export function modulePath(existing: string, platform: NodeJS.Platform, parent = PARENTS[platform] ?? ''): string {
  const found = namesIn(parent)
    .filter((name) => /^az_\d+(\.\d+)*$/i.test(name))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
    .map((name) => join(parent, name));
  // Windows parts the folders by semicolons, as there are colons in them.
  return [...found, existing].filter((folder) => folder !== '').join(platform === 'win32' ? ';' : ':');
}

/**
 * The scripts that PowerShell runs. They are the same for everybody: what differs, secrets above all, comes through the
 * environment of the one process. They hold no double quote, which Windows would have to escape in an argument.
 *
 * The newest Az.Accounts is imported by its path, as azure/login does, wherever on the module path it is.
 */

/** The variable with what a script is to work on, as JSON. */
export const REQUEST_VARIABLE = 'AZURE_SESSION_POWERSHELL';

/** Exit codes that PowerShell itself does not use. */
const EXIT = { noModule: 20, refused: 21 } as const;

/** Begins the line with the message of what went wrong: base64 of UTF-8, since a console may have any encoding. */
const MESSAGE_MARK = 'azure-session:';

/** Begins the first line of output, with the id of the process. */
const PROCESS_MARK = 'azure-session-process:';

function script(...statements: readonly string[]): string {
  return `[System.Console]::Out.WriteLine('${PROCESS_MARK}' + $PID)
$ErrorActionPreference = 'Stop'
$WarningPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'
try {
  $module = Get-Module -Name Az.Accounts -ListAvailable | Sort-Object -Property Version -Descending | Select-Object -First 1
  if ($null -eq $module) { exit ${EXIT.noModule} }
  Import-Module -Name $module.Path
  $request = ConvertFrom-Json -InputObject $env:${REQUEST_VARIABLE}
${statements.map((statement) => `  ${statement}`).join('\n')}
}
catch {
  $message = [System.Text.Encoding]::UTF8.GetBytes($_.Exception.Message)
  [System.Console]::Out.WriteLine('${MESSAGE_MARK}' + [System.Convert]::ToBase64String($message))
  exit ${EXIT.refused}
}
`;
}

/** What `CONNECT` works on. */
export interface ConnectRequest {
  /** Resource Manager of a cloud that Azure PowerShell does not know by the name in `parameters`; `''` for the others. */
  readonly armEndpoint: string;
  /** Of `Connect-AzAccount`, by name. */
  readonly parameters: Readonly<Record<string, string | true>>;
  /** Parameters that are secure strings. */
  readonly secure: Readonly<Record<string, string>>;
  /** Becomes the parameter `Credential`. */
  readonly credential?: { readonly user: string; readonly password: string };
}

/** Source: Azure PowerShell, `Connect-AzAccount`; the context is kept for later processes, as is the default. */
export const CONNECT = script(
  '$connect = @{}',
  'foreach ($property in $request.parameters.PSObject.Properties) { $connect[$property.Name] = $property.Value }',
  'foreach ($property in $request.secure.PSObject.Properties) {',
  '  $connect[$property.Name] = ConvertTo-SecureString -String $property.Value -AsPlainText -Force',
  '}',
  'if ($request.credential) {',
  '  $password = ConvertTo-SecureString -String $request.credential.password -AsPlainText -Force',
  '  $connect.Credential = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList $request.credential.user, $password',
  '}',
  'if ($request.armEndpoint) {',
  '  Add-AzEnvironment -Name $connect.Environment -ARMEndpoint $request.armEndpoint | Out-Null',
  '}',
  'Connect-AzAccount @connect | Out-Null',
);

/** What `DISCONNECT` works on. */
export interface DisconnectRequest {
  readonly contextName: string;
}

/**
 * Signs the account of our context out, which takes its other contexts and its stored secret with it. A runner of the
 * user's own may have contexts of other accounts: they stay. Where nothing else is left, the token cache and the key
 * store are emptied too, as azure/login does always. Done twice, the second time finds nothing.
 * Source: Azure PowerShell, `DisconnectAzureRmAccount.cs`, `ClearAzureRmContext.cs`.
 */
export const DISCONNECT = script(
  '$contexts = @(Get-AzContext -ListAvailable | Where-Object { $_.Name -eq $request.contextName })',
  'foreach ($context in $contexts) { Disconnect-AzAccount -AzureContext $context -Scope CurrentUser | Out-Null }',
  'if (@(Get-AzContext -ListAvailable).Count -eq 0) { Clear-AzContext -Scope CurrentUser -Force | Out-Null }',
);

/** How long PowerShell may take for it, in milliseconds: it loads its modules first. */
const DISCONNECT_MS = 60_000;

/**
 * Takes back what connecting left: the context of this name, the account's secret and tokens. Never throws.
 * @returns why that failed; `''` when nothing is left, as it is where PowerShell is missing
 */
export async function disconnectPowerShell(
  contextName: string,
  { env, platform }: Pick<PowerShellHost, 'env' | 'platform'>,
): Promise<string> {
  const request: DisconnectRequest = { contextName };
  const outcome = await runPowerShell(DISCONNECT, request, {
    env,
    platform,
    signal: AbortSignal.timeout(DISCONNECT_MS),
  });
  switch (outcome.kind) {
    case 'done':
    case 'no-powershell':
    case 'no-module':
      return '';
    case 'refused':
      return outcome.message;
    case 'broken':
      return `PowerShell ended with ${outcome.end}`;
    case 'out-of-time':
      return `PowerShell took more than ${DISCONNECT_MS / 1000} seconds`;
  }
}
