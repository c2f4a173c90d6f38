import type { Runner } from '../runner/runner.ts';
import type { SessionError } from '../session-error.ts';
import { readCloud } from './cloud.ts';
import { readConfigDir } from './config-dir.ts';
import type { InputContext } from './context.ts';
import { readCredential } from './credential-request.ts';
import { readCreds } from './creds.ts';
import { readExports } from './exports.ts';
import { chooseMethod } from './method.ts';
import { readMode } from './mode.ts';
import { Findings, inputError } from './problems.ts';
import { InputReader } from './reader.ts';
import type { Method, SignInRequest } from './request.ts';
import { readSubscription } from './subscription.ts';
import { defaultOf } from './table.ts';
import { readTokenScopes } from './token-scopes.ts';
import { checkUnused } from './unused.ts';

export type ParsedInputs =
  | { readonly kind: 'accepted'; readonly request: SignInRequest; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly error: SessionError; readonly warnings: readonly string[] };

/**
 * The inputs as one checked request, or all their problems as one error. Contacts nothing, reads no file, never throws.
 * No message quotes a value that may be secret; mask `secretsIn` first all the same.
 *
 * Beside the inputs it reads GITHUB_WORKSPACE and HOME or USERPROFILE for paths, the pod's variables for
 * `workload-identity`, AZURE_LOGIN_POST_CLEANUP for `logout`, and GITHUB_EVENT_NAME and GITHUB_ACTOR for advice.
 */
export function parseInputs(runner: Pick<Runner, 'input' | 'env' | 'platform'>): ParsedInputs {
  const findings = new Findings();
  const inputs = new InputReader(runner, findings);
  const request = readRequest({ inputs, findings, env: runner.env, platform: runner.platform });
  const { problems, steps, warnings } = findings;
  return request === undefined || problems.length > 0
    ? { kind: 'refused', error: inputError(problems, steps), warnings }
    : { kind: 'accepted', request, warnings };
}

/** Every part is read, even after a problem, so that all problems are found in one run. */
function readRequest(context: InputContext): SignInRequest | undefined {
  const { inputs } = context;
  const creds = readCreds(context);
  const cloud = readCloud(context, creds);
  const method = chooseMethod(context, creds);
  const credential = readCredential(context, method, creds, cloud);
  const mode = readMode(context, method);
  const subscription = readSubscription(context, creds, method);
  const configDir = readConfigDir(context);
  const exports = readExports(context);
  const tokenScopes = readTokenScopes(context, method);
  const jobSummary = inputs.choice('job-summary');
  if (method !== undefined) checkUnused(context, method, mode, exports);
  if (!credential || !cloud || !mode || !configDir || !jobSummary) return undefined;
  return {
    credential,
    cloud,
    subscription,
    mode,
    configDir,
    exports,
    tokenScopes,
    jobSummary,
    keepAlive: inputs.flag('keep-alive'),
    powershell: inputs.flag('enable-AzPSSession'),
    logout: readLogout(context),
    timeoutSeconds: readTimeout(context, credential.method),
    maxAttempts: inputs.integer('max-attempts'),
    maskIds: inputs.flag('mask-ids'),
  };
}

/** azure/login's switch for its post step, whose `post-if` compares as expressions do: without regard to letter case. */
function readLogout({ inputs, env }: InputContext): boolean {
  return inputs.flag('logout') && env['AZURE_LOGIN_POST_CLEANUP']?.toLowerCase() !== 'false';
}

/** How long Entra keeps a device code valid, in seconds: the time a person has to enter it. */
const DEVICE_CODE_SECONDS = 900;

/**
 * The runner fills in the default, so a value that equals it counts as not given. Asking for just that many seconds for
 * a device code cannot be told apart; it waits the full time.
 */
function readTimeout({ inputs }: InputContext, method: Method): number {
  const seconds = inputs.integer('timeout-seconds');
  const isDefault = seconds === Number(defaultOf('timeout-seconds'));
  return isDefault && method === 'device-code' ? DEVICE_CODE_SECONDS : seconds;
}
