import type { Runner } from '../actions/runner.ts';
import type { ExportRequest, Method, SignInRequest } from '../core/request.ts';
import type { Diagnostic } from '../errors/inputs.ts';
import { readCloud } from './cloud.ts';
import { chooseMethod, readCredential } from './credential.ts';
import { readCreds } from './creds.ts';
import { combine, InputReader, isReported, type Reported } from './reader.ts';
import {
  readConfigDir,
  readCredentialStore,
  readExports,
  readLogout,
  readMode,
  readSubscription,
  readTimeout,
  readTokenScopes,
} from './session.ts';

type ParsedInputs =
  | { readonly kind: 'accepted'; readonly request: SignInRequest; readonly warnings: readonly Diagnostic[] }
  | { readonly kind: 'refused'; readonly errors: readonly Diagnostic[]; readonly warnings: readonly Diagnostic[] };

/**
 * The inputs as one checked request, or all their errors, whose texts `errors/inputs.ts` has. Contacts nothing, reads no
 * file, never throws. No text quotes a value that may be secret; mask `secretsIn` first all the same.
 *
 * Beside the inputs it reads GITHUB_WORKSPACE and HOME or USERPROFILE for paths, the pod's variables for
 * `workload-identity`, AZURE_LOGIN_POST_CLEANUP for `logout`, and GITHUB_EVENT_NAME and GITHUB_ACTOR for advice.
 */
export function parseInputs(runner: Pick<Runner, 'input' | 'env' | 'platform'>): ParsedInputs {
  const inputs = new InputReader(runner);
  const request = readRequest(inputs);
  const { errors, warnings } = inputs;
  return isReported(request) || errors.length > 0
    ? { kind: 'refused', errors, warnings }
    : { kind: 'accepted', request, warnings };
}

/** Every part is read, even after an error, so that all errors are found in one run. */
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
    credentialStore: readCredentialStore(inputs, method),
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

const USES_CLIENT_ID: ReadonlySet<Method> = new Set([
  'oidc',
  'client-secret',
  'client-certificate',
  'managed-identity',
  'workload-identity',
]);

/**
 * Options that do not belong to the method. One that is part of a credential, or that could not be done, is an error;
 * one that only tunes something is a warning, so that a workflow may pass the same options to every method.
 */
function checkUnused(inputs: InputReader, method: Method, exports: ExportRequest): void {
  if (inputs.given('client-certificate-password') && method !== 'client-certificate') {
    if (inputs.given('client-certificate')) inputs.error('passwordUnused', method);
    else inputs.error('passwordOfNothing', inputs.env);
  }
  if (inputs.flag('enable-AzPSSession') && method === 'publish-settings') inputs.error('powershellOfSettings');
  if (inputs.given('client-id') && !USES_CLIENT_ID.has(method)) inputs.warning('noEffect', 'client-id', method);
  if (inputs.given('tenant-id') && method === 'publish-settings') inputs.warning('noEffect', 'tenant-id', method);
  if (inputs.given('audience') && method !== 'oidc') inputs.warning('noEffect', 'audience', method);
  if (inputs.flag('send-certificate-chain') && method !== 'client-certificate') {
    inputs.warning('noEffect', 'send-certificate-chain', method);
  }
  if (inputs.flag('delete-publish-settings')) {
    if (method !== 'publish-settings') inputs.warning('noEffect', 'delete-publish-settings', method);
    else if (inputs.text('publish-settings').includes('<')) inputs.warning('nothingToDelete');
  }
  if (inputs.flag('export-secrets')) {
    if (exports.families === 'none') inputs.warning('secretsNotExported');
    else if (method !== 'client-secret') inputs.warning('noEffect', 'export-secrets', method);
  }
  if (method === 'publish-settings' && exports.families.includes('terraform')) {
    inputs.warning('noEffect', 'export-env: terraform', method);
  }
  if (inputs.choice('mode') === 'asm' && !inputs.flag('list-subscriptions')) inputs.warning('listInClassicMode');
}
