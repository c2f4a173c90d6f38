import type { Runner } from '../../actions/runner.ts';
import { DISCONNECT, type DisconnectRequest, type Outcome, runPowerShell } from './run.ts';

/** How long PowerShell may take, in milliseconds: it loads its modules first. */
const TIME_MS = 60_000;

/**
 * Takes back what connecting left: the context of this name, the account's secret and tokens. Never throws.
 * @returns why that failed; `''` when nothing is left, as it is where PowerShell is missing
 */
export async function disconnectPowerShell(
  contextName: string,
  { env, platform }: Pick<Runner, 'env' | 'platform'>,
): Promise<string> {
  const request: DisconnectRequest = { contextName };
  const signal = AbortSignal.timeout(TIME_MS);
  return failureOf(await runPowerShell(DISCONNECT, request, { env, platform, signal }));
}

function failureOf(outcome: Outcome): string {
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
      return `PowerShell took more than ${TIME_MS / 1000} seconds`;
  }
}
