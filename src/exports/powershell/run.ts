import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { exec } from '@actions/exec';
import { listFolder } from '../../core/files.ts';
import { ignoreErrors } from '../../core/ignore-errors.ts';
import type { Environment } from '../../core/machine.ts';
import { sanitize } from '../../core/sanitize.ts';
import type { PowerShellFailure } from '../../errors/powershell.ts';

/** How a script ended. Of PowerShell's output it contains at most an error message, with the secrets removed. */
type Outcome = { readonly kind: 'done' } | PowerShellFailure;

interface PowerShellHost {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  /** Aborting it ends the process. */
  readonly signal: AbortSignal;
}

const OPTIONS = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command'];

/** Limit for each stream, in characters. */
const MAX_OUTPUT = 64 * 1024;

/**
 * Runs a script in `pwsh`.
 * @param request the input of the script, passed in the environment of the process
 */
export async function runPowerShell(script: string, request: object, host: PowerShellHost): Promise<Outcome> {
  const output = { stdout: '', stderr: '' };
  const append = (stream: keyof typeof output, data: Buffer): void => {
    output[stream] = (output[stream] + data.toString('utf8')).slice(0, MAX_OUTPUT);
  };
  // Cancelling a job ends only this process. PowerShell would continue, and could connect after post removed the
  // context. On Windows the runner's Ctrl+C arrives as SIGINT, and sending any signal ends a process at once.
  const cancel = (signal: NodeJS.Signals): void => {
    kill(output.stdout);
    process.kill(process.pid, signal);
  };
  for (const signal of CANCELLATIONS) process.once(signal, cancel);
  const exitCode = exec('pwsh', [...OPTIONS, script], {
    // Neither the command nor its output goes to the log.
    silent: true,
    ignoreReturnCode: true,
    // Windows searches the working folder before the PATH. This folder contains only files of the action.
    cwd: dirname(process.argv[1] ?? '.'),
    env: childEnvironment(host, JSON.stringify(request)),
    listeners: { stdout: (data) => append('stdout', data), stderr: (data) => append('stderr', data) },
  });
  try {
    const code = await Promise.race([exitCode, aborted(host.signal)]);
    if (code !== 'aborted') return outcomeOf(code, output);
    kill(output.stdout);
    return { kind: 'timed-out' };
  } catch (error) {
    return { kind: 'no-powershell', code: startErrorCode(error) };
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

/** `@actions/exec` does not expose the process id, so the first line that each script prints is its own. */
function kill(stdout: string): void {
  const pid = Number(new RegExp(`^${PROCESS_PREFIX}(\\d+)\\r?\\n`).exec(stdout)?.[1] ?? 0);
  // Fails if the process has already ended.
  if (pid > 1) ignoreErrors(() => process.kill(pid, 'SIGKILL'));
}

/** `@actions/exec` gives the reason why it cannot start a program only in the message. */
function startErrorCode(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('Unable to locate')) return 'ENOENT';
  return /\bE[A-Z]{3,}\b/.exec(message)?.[0] ?? 'unknown error';
}

/** @param code `null` if a signal ended the process */
function outcomeOf(code: number | null, { stdout, stderr }: { stdout: string; stderr: string }): Outcome {
  if (code === 0) return { kind: 'done' };
  if (code === EXIT.noModule) return { kind: 'no-module' };
  const line = stdout.split(/\r?\n/).findLast((text) => text.startsWith(MESSAGE_PREFIX));
  if (code === EXIT.error && line !== undefined) {
    const message = Buffer.from(line.slice(MESSAGE_PREFIX.length), 'base64').toString('utf8');
    return { kind: 'error', message: printable(message) };
  }
  return { kind: 'crashed', end: code === null ? 'a signal' : `exit code ${code}`, message: printable(stderr) };
}

function printable(message: string): string {
  return sanitize(stripVTControlCharacters(message), MAX_MESSAGE);
}

/** In characters. */
const MAX_MESSAGE = 2000;

/**
 * PowerShell must not get the step's inputs, its state or the paths of the runner's files. `PSModulePath` is set
 * separately. The names of variables are case-insensitive on Windows.
 */
const EXCLUDED = /^(INPUT_.*|STATE_.*|GITHUB_(ENV|OUTPUT|STATE|PATH|STEP_SUMMARY)|PSModulePath)$/i;

export function childEnvironment(
  { env, platform }: Pick<PowerShellHost, 'env' | 'platform'>,
  request: string,
): Record<string, string> {
  const inherited = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !EXCLUDED.test(entry[0]),
  );
  const modules = modulePath(env['PSModulePath'] ?? '', platform);
  return {
    ...Object.fromEntries(inherited),
    ...(modules === '' ? {} : { PSModulePath: modules }),
    [REQUEST_VARIABLE]: request,
  };
}

/**
 * The folders in which GitHub's runner images keep one folder per version of the Az modules. They are not on
 * PowerShell's default module path. The macOS images have no Az modules.
 */
const MODULE_PARENTS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: '/usr/share',
  win32: 'C:\\Modules',
};

/**
 * The module path for PowerShell: the image's Az modules, the newest version first, then the existing path.
 *
 * azure/login adds their parent folder, which PowerShell then searches recursively: on Linux all of `/usr/share`.
 * @param parent the folder that contains `az_12.5.0` and other versions
 * @returns the value of `PSModulePath`; `''` keeps PowerShell's default
 * Source: actions/runner-images, `Install-PowerShellAzModules.ps1`; azure/login, `AzPSUtils.ts`.
 */
export function modulePath(
  existing: string,
  platform: NodeJS.Platform,
  parent = MODULE_PARENTS[platform] ?? '',
): string {
  const versions = listFolder(parent)
    .filter((name) => /^az_\d+(\.\d+)*$/i.test(name))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
    .map((name) => join(parent, name));
  return [...versions, existing].filter((folder) => folder !== '').join(platform === 'win32' ? ';' : ':');
}

/**
 * The scripts that PowerShell runs. They are constant: their input, which includes secrets, is passed in the
 * environment of the process. They contain no double quotes, which Windows would have to escape in an argument.
 *
 * As in azure/login, the newest Az.Accounts on the module path is imported by its path.
 */

/** The variable with the input of a script, as JSON. */
export const REQUEST_VARIABLE = 'AZURE_SESSION_POWERSHELL';

/** Exit codes that PowerShell itself does not use. */
const EXIT = { noModule: 20, error: 21 } as const;

/** Starts the line with the error message: base64 of UTF-8, because the console's encoding is unknown. */
const MESSAGE_PREFIX = 'azure-session:';

/** Starts the first line of the output, with the process id. */
const PROCESS_PREFIX = 'azure-session-process:';

function script(...statements: readonly string[]): string {
  return `[System.Console]::Out.WriteLine('${PROCESS_PREFIX}' + $PID)
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
  [System.Console]::Out.WriteLine('${MESSAGE_PREFIX}' + [System.Convert]::ToBase64String($message))
  exit ${EXIT.error}
}
`;
}

/** The input of `CONNECT`. */
export interface ConnectRequest {
  /** Resource Manager of a cloud that Azure PowerShell does not know by name; `''` for a cloud that it knows. */
  readonly armEndpoint: string;
  /** Parameters of `Connect-AzAccount`, by name. */
  readonly parameters: Readonly<Record<string, string | true>>;
  /** Parameters that are secure strings. */
  readonly secure: Readonly<Record<string, string>>;
  /** For the parameter `Credential`. */
  readonly credential?: { readonly user: string; readonly password: string };
}

/** By default PowerShell saves the context for later processes. Source: Azure PowerShell, `Connect-AzAccount`. */
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

/**
 * Signs out the account of this session's context, which also removes the account's other contexts and its stored
 * secret. Contexts of other accounts, which a self-hosted runner may have, stay. If none remain, the token cache and
 * the key store are cleared too, which azure/login always does. A second run does nothing.
 * Source: Azure PowerShell, `DisconnectAzureRmAccount.cs`, `ClearAzureRmContext.cs`.
 */
export const DISCONNECT = script(
  '$contexts = @(Get-AzContext -ListAvailable | Where-Object { $_.Name -eq $request.contextName })',
  'foreach ($context in $contexts) { Disconnect-AzAccount -AzureContext $context -Scope CurrentUser | Out-Null }',
  'if (@(Get-AzContext -ListAvailable).Count -eq 0) { Clear-AzContext -Scope CurrentUser -Force | Out-Null }',
);

/** Timeout in milliseconds. Most of the time goes to loading the modules. */
const DISCONNECT_MS = 60_000;

/**
 * Removes the context of this name and the account's secret and tokens. Never throws.
 * @returns the reason for a failure; `''` on success, and where PowerShell is missing
 */
export async function disconnectPowerShell(
  contextName: string,
  { env, platform }: Pick<PowerShellHost, 'env' | 'platform'>,
): Promise<string> {
  const host = { env, platform, signal: AbortSignal.timeout(DISCONNECT_MS) };
  const outcome = await runPowerShell(DISCONNECT, { contextName }, host);
  switch (outcome.kind) {
    case 'done':
    case 'no-powershell':
    case 'no-module':
      return '';
    case 'error':
      return outcome.message;
    case 'crashed':
      return `PowerShell ended with ${outcome.end}`;
    case 'timed-out':
      return `PowerShell took more than ${DISCONNECT_MS / 1000} seconds`;
  }
}
