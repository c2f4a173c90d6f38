import type { Runner } from '../actions/runner.ts';
import { comparable, isGuid, isUri, subscriptionIdIn } from '../core/forms.ts';
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
  | { readonly kind: 'refused'; readonly errors: readonly Diagnostic[]; readonly warnings: readonly Diagnostic[] };

/**
 * The inputs as one checked request, or all their errors, whose texts `errors/inputs.ts` has. Contacts nothing, reads no
 * file, never throws. Whatever may be a secret is masked before it is looked at, and no text quotes it all the same.
 *
 * Every part is read, even after an error, so that all errors are found in one run.
 *
 * Beside the inputs it reads GITHUB_WORKSPACE and HOME or USERPROFILE for paths, the pod's variables for
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
    ? { kind: 'refused', errors, warnings }
    : { kind: 'accepted', request: { credential, ...parts }, warnings };
}

/** What classic Service Management accepts: management certificates and the tokens of users. */
const CLASSIC_METHODS: ReadonlySet<Method> = new Set(['publish-settings', 'password', 'device-code']);

function readMode(inputs: InputReader, method: Method | undefined): CommandMode {
  const mode = inputs.choice('mode');
  if (mode === 'arm' && method === 'publish-settings') inputs.error('settingsNeedAsm');
  if (mode === 'asm' && method !== undefined && !CLASSIC_METHODS.has(method)) inputs.error('asmUnfit', method);
  return mode;
}

/** The subscription of the inputs, else the one in `creds`, and how much of the list is wanted. */
function readSubscription(inputs: InputReader, creds: Creds, method: Method | undefined): SubscriptionRequest {
  const subscription = subscriptionIdIn(inputs.text('subscription'));
  const subscriptionId = subscriptionIdIn(inputs.text('subscription-id'));
  const differ = comparable(subscription) !== comparable(subscriptionId);
  if (subscription !== '' && subscriptionId !== '' && differ) inputs.error('twoSubscriptions');
  const wanted = subscription || subscriptionId || subscriptionIdIn(creds.subscriptionId);
  const whenNone = inputs.flag('allow-no-subscriptions') ? 'tenant-level-account' : 'refuse';
  const asksResourceManager = inputs.choice('mode') === 'arm' && method !== 'publish-settings';
  const namedOnly = !inputs.flag('list-subscriptions') && asksResourceManager;
  if (namedOnly && wanted === '' && whenNone === 'refuse') inputs.error('unlistedUnknown');
  if (namedOnly && wanted !== '' && !isGuid(wanted)) inputs.error('unlistedName');
  return { ...(wanted === '' ? {} : { wanted }), scope: namedOnly ? 'named-only' : 'all', whenNone };
}

function readExports(inputs: InputReader): ExportRequest {
  const chosen = inputs.list('export-env');
  const families = chosen.filter((family) => family !== 'none');
  const none = families.length < chosen.length;
  if (none && families.length > 0) inputs.error('noneAndFamily');
  return { families: none ? 'none' : families, secrets: inputs.flag('export-secrets') ? 'export' : 'withhold' };
}

/** What `token-audiences` has words for. */
const AUDIENCE_WORDS = ['arm', 'graph', 'keyvault', 'storage'];

/** A restriction that would not hold is an error, and so is an option that would take the credential out of the memory. */
function readCredentialStore(inputs: InputReader, method: Method | undefined): CredentialStoreRequest {
  const audiences = inputs.lines('token-audiences');
  if (inputs.choice('credential-store') === 'folder') {
    if (audiences.length > 0) inputs.error('audiencesOfFolder');
    return { kind: 'folder' };
  }
  audiences.forEach((line, at) => {
    if (!AUDIENCE_WORDS.includes(line.toLowerCase()) && !isScope(line)) inputs.error('audienceForm', line, at + 1);
  });
  if (method === 'managed-identity') inputs.error('memoryConflict', 'a managed identity');
  else if (method === 'publish-settings') inputs.error('memoryConflict', 'publish settings');
  else if (inputs.choice('mode') === 'asm') inputs.error('memoryConflict', '`mode: asm`');
  if (inputs.flag('export-secrets')) inputs.error('memoryConflict', '`export-secrets: true`');
  if (!readLogout(inputs)) inputs.error('memoryConflict', '`logout: false`');
  if (inputs.list('export-env').includes('none')) inputs.error('memoryConflict', '`export-env: none`');
  return { kind: 'memory', audiences };
}

const DEFAULT = '/.default';

/** Resources and scopes as written. Of two that mean the same, a resource and its `/.default`, the first is kept. */
function readTokenScopes(inputs: InputReader, method: Method | undefined): readonly string[] {
  const lines = inputs.lines('token-scopes');
  if (lines.length > 0 && method === 'publish-settings') inputs.error('scopesOfSettings');
  const scopes = new Map<string, string>();
  lines.forEach((line, at) => {
    if (!isScope(line)) inputs.error('scopeForm', line, at + 1);
    const scope = line.endsWith(DEFAULT) ? line : `${line}${DEFAULT}`;
    if (!scopes.has(scope)) scopes.set(scope, line);
  });
  return [...scopes.values()];
}

/** A resource is a URI or the id of an application; a query, a fragment or a misplaced `/.default` belongs to neither. */
function isScope(line: string): boolean {
  const resource = line.endsWith(DEFAULT) ? line.slice(0, -DEFAULT.length) : line;
  return (
    isGuid(resource) ||
    (isUri(resource) && !/[?#,;]|\/\.default/i.test(resource) && !/^https?:(?!\/\/[^/])/i.test(resource))
  );
}

/** azure/login's switch for its post step, whose `post-if` compares as expressions do: without regard to letter case. */
function readLogout(inputs: InputReader): boolean {
  return inputs.flag('logout') && inputs.env['AZURE_LOGIN_POST_CLEANUP']?.toLowerCase() !== 'false';
}

/** How long Entra keeps a device code valid, in seconds: the time a person has to enter it. */
const DEVICE_CODE_SECONDS = 900;

/**
 * The runner fills in the default, so a value that equals it counts as not given. Asking for just that many seconds for
 * a device code cannot be told apart; it waits the full time.
 */
function readTimeout(inputs: InputReader, method: Method | undefined): number {
  const seconds = inputs.integer('timeout-seconds');
  const isDefault = seconds === Number(defaultOf('timeout-seconds'));
  return isDefault && method === 'device-code' ? DEVICE_CODE_SECONDS : seconds;
}

/**
 * Options that do not belong to the method. One that is part of a credential, or that could not be done, is an error; one
 * that only tunes something, so that a workflow may pass it to every method, is a warning.
 */
function checkUnused(inputs: InputReader, method: Method, { families }: ExportRequest): void {
  const ofSettings = method === 'publish-settings';
  if (inputs.given('client-certificate-password') && method !== 'client-certificate') {
    if (inputs.given('client-certificate')) inputs.error('passwordUnused', method);
    else inputs.error('passwordOfNothing', inputs.env);
  }
  if (inputs.flag('enable-AzPSSession') && ofSettings) inputs.error('powershellOfSettings');
  const deletes = inputs.flag('delete-publish-settings');
  const text = 'the text of publish settings: there is no file to delete';
  const unused: readonly (readonly [option: string, isUnused: boolean, beside?: string])[] = [
    ['client-id', inputs.given('client-id') && (ofSettings || method === 'password' || method === 'device-code')],
    ['audience', inputs.given('audience') && method !== 'oidc'],
    ['send-certificate-chain', inputs.flag('send-certificate-chain') && method !== 'client-certificate'],
    ['delete-publish-settings', deletes && !ofSettings],
    ['tenant-id', inputs.given('tenant-id') && ofSettings],
    ['delete-publish-settings', deletes && ofSettings && inputs.text(method).includes('<'), text],
    ['export-secrets', inputs.flag('export-secrets') && families !== 'none' && method !== 'client-secret'],
    ['export-env: terraform', ofSettings && families.includes('terraform')],
    ['list-subscriptions', inputs.choice('mode') === 'asm' && !inputs.flag('list-subscriptions'), '`mode: asm`'],
  ];
  for (const [option, isUnused, beside = method] of unused) if (isUnused) inputs.warning('noEffect', option, beside);
  if (inputs.flag('export-secrets') && families === 'none') inputs.warning('secretsNotExported');
}
