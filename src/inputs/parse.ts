import type { Runner } from '../actions/runner.ts';
import { resourceOf, scopeOf } from '../core/credential.ts';
import { isGuid, isUri, normalizeName, subscriptionIdIn } from '../core/forms.ts';
import type {
  CommandMode,
  CredentialStoreRequest,
  ExportRequest,
  Method,
  SignInRequest,
  SubscriptionRequest,
} from '../core/request.ts';
import type { Diagnostic } from '../errors/inputs.ts';
import { readCloud } from './cloud.ts';
import { readConfigDir } from './config-dir.ts';
import { type Creds, chooseMethod, readCredential, readCreds } from './credential.ts';
import { InputReader } from './reader.ts';
import { secretsIn } from './secrets.ts';
import { defaultOf } from './table.ts';

type ParsedInputs =
  | { readonly kind: 'accepted'; readonly request: SignInRequest; readonly warnings: readonly Diagnostic[] }
  | { readonly kind: 'rejected'; readonly errors: readonly Diagnostic[]; readonly warnings: readonly Diagnostic[] };

/**
 * Parses the inputs into one checked request, or reports all their errors, whose texts are in `errors/inputs.ts`. Sends
 * no requests, reads no files and never throws. Anything that may be a secret is masked before it is parsed, and is not
 * quoted in any text.
 *
 * Parsing continues after an error, so that one run reports all errors.
 *
 * Besides the inputs it reads GITHUB_WORKSPACE and HOME or USERPROFILE for paths, the pod's variables for
 * `workload-identity`, AZURE_LOGIN_POST_CLEANUP for `logout`, and GITHUB_EVENT_NAME and GITHUB_ACTOR for advice.
 */
export function parseInputs(runner: Pick<Runner, 'input' | 'env' | 'platform' | 'mask'>): ParsedInputs {
  for (const secret of secretsIn(runner)) runner.mask(secret);
  const inputs = new InputReader(runner);
  const creds = readCreds(inputs);
  const cloud = readCloud(inputs, creds);
  const method = chooseMethod(inputs, creds);
  const credential = readCredential(inputs, method, creds, cloud);
  const parts = {
    cloud,
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
  if (method !== undefined) checkUnused(inputs, method, parts.exports);
  const { errors, warnings } = inputs;
  return credential === undefined || errors.length > 0
    ? { kind: 'rejected', errors, warnings }
    : { kind: 'accepted', request: { credential, ...parts }, warnings };
}

/** Classic Service Management accepts only management certificates and the tokens of users. */
const CLASSIC_METHODS: ReadonlySet<Method> = new Set(['publish-settings', 'password', 'device-code']);

function readMode(inputs: InputReader, method: Method | undefined): CommandMode {
  const mode = inputs.choice('mode');
  if (mode === 'arm' && method === 'publish-settings') inputs.error('settingsNeedAsm');
  if (mode === 'asm' && method !== undefined && !CLASSIC_METHODS.has(method)) inputs.error('asmUnsupported', method);
  return mode;
}

/** The subscription in the inputs takes precedence over the one in `creds`. */
function readSubscription(inputs: InputReader, creds: Creds, method: Method | undefined): SubscriptionRequest {
  const subscription = subscriptionIdIn(inputs.text('subscription'));
  const subscriptionId = subscriptionIdIn(inputs.text('subscription-id'));
  const differ = normalizeName(subscription) !== normalizeName(subscriptionId);
  if (subscription !== '' && subscriptionId !== '' && differ) inputs.error('twoSubscriptions');
  const idOrName = subscription || subscriptionId || subscriptionIdIn(creds.subscriptionId);
  const whenNone = inputs.flag('allow-no-subscriptions') ? 'tenant-level-account' : 'refuse';
  const usesResourceManager = inputs.choice('mode') === 'arm' && method !== 'publish-settings';
  const namedOnly = !inputs.flag('list-subscriptions') && usesResourceManager;
  if (namedOnly && idOrName === '' && whenNone === 'refuse') inputs.error('unlistedWithoutId');
  if (namedOnly && idOrName !== '' && !isGuid(idOrName)) inputs.error('unlistedByName');
  return { ...(idOrName === '' ? {} : { idOrName }), scope: namedOnly ? 'named-only' : 'all', whenNone };
}

function readExports(inputs: InputReader): ExportRequest {
  const values = inputs.list('export-env');
  const families = values.filter((value) => value !== 'none');
  if (families.length < values.length && families.length > 0) inputs.error('noneAndFamily');
  return { families, secrets: inputs.flag('export-secrets') ? 'export' : 'withhold' };
}

/** The short names that `token-audiences` accepts. */
const AUDIENCE_NAMES = ['arm', 'graph', 'keyvault', 'storage'];

/** An ineffective restriction is an error, and so is an option that would write the credential outside the memory. */
function readCredentialStore(inputs: InputReader, method: Method | undefined): CredentialStoreRequest {
  const audiences = inputs.lines('token-audiences');
  if (inputs.choice('credential-store') === 'folder') {
    if (audiences.length > 0) inputs.error('audiencesWithoutMemory');
    return { kind: 'folder' };
  }
  audiences.forEach((line, index) => {
    if (!AUDIENCE_NAMES.includes(line.toLowerCase()) && !isScope(line)) inputs.error('audienceForm', line, index + 1);
  });
  if (method === 'managed-identity') inputs.error('memoryConflict', 'a managed identity');
  else if (method === 'publish-settings') inputs.error('memoryConflict', 'publish settings');
  else if (inputs.choice('mode') === 'asm') inputs.error('memoryConflict', '`mode: asm`');
  if (inputs.flag('export-secrets')) inputs.error('memoryConflict', '`export-secrets: true`');
  if (!readLogout(inputs)) inputs.error('memoryConflict', '`logout: false`');
  if (inputs.list('export-env').includes('none')) inputs.error('memoryConflict', '`export-env: none`');
  return { kind: 'memory', audiences };
}

/** The resources and scopes as written. Of a resource and its `/.default` scope, only the first is kept. */
function readTokenScopes(inputs: InputReader, method: Method | undefined): readonly string[] {
  const lines = inputs.lines('token-scopes');
  if (lines.length > 0 && method === 'publish-settings') inputs.error('scopesWithSettings');
  const scopes = new Map<string, string>();
  lines.forEach((line, index) => {
    if (!isScope(line)) inputs.error('scopeForm', line, index + 1);
    if (!scopes.has(scopeOf(line))) scopes.set(scopeOf(line), line);
  });
  return [...scopes.values()];
}

/** A resource is a URI or an application id, without a query, a fragment or a misplaced `/.default`. */
function isScope(line: string): boolean {
  const resource = resourceOf(line);
  return (
    isGuid(resource) ||
    (isUri(resource) && !/[?#,;]|\/\.default/i.test(resource) && !/^https?:(?!\/\/[^/])/i.test(resource))
  );
}

/** AZURE_LOGIN_POST_CLEANUP is azure/login's switch, whose `post-if` expression ignores the letter case. */
function readLogout(inputs: InputReader): boolean {
  return inputs.flag('logout') && inputs.env['AZURE_LOGIN_POST_CLEANUP']?.toLowerCase() !== 'false';
}

/** How long a device code of Entra ID is valid, in seconds. */
const DEVICE_CODE_SECONDS = 900;

/**
 * The runner fills in the default, so the default value counts as unset. A device code then uses its full validity,
 * even if the workflow sets exactly that value.
 */
function readTimeout(inputs: InputReader, method: Method | undefined): number {
  const seconds = inputs.integer('timeout-seconds');
  const isDefault = seconds === Number(defaultOf('timeout-seconds'));
  return isDefault && method === 'device-code' ? DEVICE_CODE_SECONDS : seconds;
}

/**
 * Reports options that the method does not use. An option that is part of a credential or cannot take effect is an
 * error. An option that only tunes something, which a workflow may pass to every method, is a warning.
 */
function checkUnused(inputs: InputReader, method: Method, { families }: ExportRequest): void {
  const withSettings = method === 'publish-settings';
  if (inputs.isSet('client-certificate-password') && method !== 'client-certificate') {
    if (inputs.isSet('client-certificate')) inputs.error('passwordUnused', method);
    else inputs.error('passwordWithoutCertificate', inputs.env);
  }
  if (inputs.flag('enable-AzPSSession') && withSettings) inputs.error('powershellWithSettings');
  const isXml = withSettings && inputs.text(method).includes('<');
  const deletes = inputs.flag('delete-publish-settings');
  const noFile = 'the text of publish settings: there is no file to delete';
  const unused: readonly (readonly [option: string, isUnused: boolean, reason?: string])[] = [
    ['client-id', inputs.isSet('client-id') && (withSettings || method === 'password' || method === 'device-code')],
    ['audience', inputs.isSet('audience') && method !== 'oidc'],
    ['send-certificate-chain', inputs.flag('send-certificate-chain') && method !== 'client-certificate'],
    ['delete-publish-settings', deletes && (isXml || !withSettings), isXml ? noFile : method],
    ['tenant-id', inputs.isSet('tenant-id') && withSettings],
    ['export-secrets', inputs.flag('export-secrets') && families.length > 0 && method !== 'client-secret'],
    ['export-env: terraform', withSettings && families.includes('terraform')],
    ['list-subscriptions', inputs.choice('mode') === 'asm' && !inputs.flag('list-subscriptions'), '`mode: asm`'],
  ];
  for (const [option, isUnused, reason = method] of unused) if (isUnused) inputs.warning('noEffect', option, reason);
  if (inputs.flag('export-secrets') && families.length === 0) inputs.warning('secretsNotExported');
}
