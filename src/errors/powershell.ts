import { type ErrorText, errorOf, type SessionError } from '../core/session-error.ts';
import { notFinished } from './network.ts';

/** How a script failed. `message` comes from PowerShell, with the secrets removed. */
export type PowerShellFailure =
  /** `pwsh` is not on the PATH, or cannot be started. */
  | { readonly kind: 'no-powershell'; readonly code: string }
  | { readonly kind: 'no-module' }
  | { readonly kind: 'error'; readonly message: string }
  /** PowerShell ended before the script did. */
  | { readonly kind: 'crashed'; readonly end: string; readonly message: string }
  | { readonly kind: 'timed-out' };

/** @param seconds the timeout of the whole sign-in */
export function powerShellError(failure: PowerShellFailure, seconds: number): SessionError {
  return errorOf([...textOf(failure, seconds), 'If no step needs it, remove `enable-AzPSSession`.']);
}

function textOf(failure: PowerShellFailure, seconds: number): ErrorText {
  switch (failure.kind) {
    case 'no-powershell':
      return [
        'Azure PowerShell cannot be connected: PowerShell is missing.',
        failure.code === 'ENOENT'
          ? 'There is no `pwsh` on the PATH of the runner.'
          : `\`pwsh\` cannot be started (${failure.code}).`,
        'Install PowerShell 7 on the runner. GitHub-hosted runners include it.',
      ];
    case 'no-module':
      return [
        'Azure PowerShell cannot be connected: the module Az.Accounts is missing.',
        'It is neither on the module path of PowerShell nor in the folder where GitHub-hosted runners have it.',
        'Install it in a step before this one:',
        '| - shell: pwsh\n  run: Install-Module -Name Az.Accounts -Scope CurrentUser -Force',
      ];
    case 'error':
      return [
        'Azure PowerShell could not connect.',
        `Connect-AzAccount says: ${failure.message}`,
        'The sign-in itself succeeded. Check the version of Az.Accounts on the runner, and the proxy and the certificates that PowerShell uses.',
      ];
    case 'crashed':
      return [
        `Azure PowerShell could not connect: PowerShell ended with ${failure.end}.`,
        failure.message === '' ? '' : `PowerShell says: ${failure.message}`,
        'Run `pwsh -NoProfile -Command Import-Module Az.Accounts` on the runner to see what is wrong.',
      ];
    case 'timed-out':
      return [
        notFinished(seconds),
        'Connect-AzAccount was still in progress.',
        'Raise `timeout-seconds`: PowerShell takes many seconds to load its modules.',
      ];
  }
}
