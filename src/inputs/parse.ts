import type { Runner } from '../runner/runner.ts';
import { readCloud } from './cloud.ts';
import { readCredential } from './credential.ts';
import { readCreds } from './creds.ts';
import { checkUnused, chooseMethod } from './method.ts';
import type { Finding } from './mistakes.ts';
import { combine, InputReader, isReported, type Reported } from './reader.ts';
import type { SignInRequest } from './request.ts';
import {
  readConfigDir,
  readExports,
  readLogout,
  readMode,
  readSubscription,
  readTimeout,
  readTokenScopes,
} from './session.ts';

export type ParsedInputs =
  | { readonly kind: 'accepted'; readonly request: SignInRequest; readonly warnings: readonly Finding[] }
  | { readonly kind: 'refused'; readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/**
 * The inputs as one checked request, or all their problems, whose texts `mistakes.ts` has. Contacts nothing, reads no
 * file, never throws. No text quotes a value that may be secret; mask `secretsIn` first all the same.
 *
 * Beside the inputs it reads GITHUB_WORKSPACE and HOME or USERPROFILE for paths, the pod's variables for
 * `workload-identity`, AZURE_LOGIN_POST_CLEANUP for `logout`, and GITHUB_EVENT_NAME and GITHUB_ACTOR for advice.
 */
export function parseInputs(runner: Pick<Runner, 'input' | 'env' | 'platform'>): ParsedInputs {
  const inputs = new InputReader(runner);
  const request = readRequest(inputs);
  const { problems, warnings } = inputs;
  return isReported(request) || problems.length > 0
    ? { kind: 'refused', problems, warnings }
    : { kind: 'accepted', request, warnings };
}

/** Every part is read, even after a problem, so that all problems are found in one run. */
function readRequest(inputs: InputReader): SignInRequest | Reported {
  const creds = readCreds(inputs);
  const cloud = readCloud(inputs, creds);
  const method = chooseMethod(inputs, creds);
  const parts = {
    cloud,
    credential: readCredential(inputs, method, creds, cloud),
    mode: readMode(inputs, method),
    subscription: readSubscription(inputs, creds, method),
    configDir: readConfigDir(inputs),
    exports: readExports(inputs),
    tokenScopes: readTokenScopes(inputs, method),
    jobSummary: inputs.choice('job-summary'),
    keepAlive: inputs.flag('keep-alive'),
    powershell: inputs.flag('enable-AzPSSession'),
    logout: readLogout(inputs),
    timeoutSeconds: readTimeout(inputs, method),
    maxAttempts: inputs.integer('max-attempts'),
    maskIds: inputs.flag('mask-ids'),
  };
  if (!isReported(method)) checkUnused(inputs, method, parts.exports);
  return combine(parts, (request) => request);
}
