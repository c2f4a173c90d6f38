import path from 'node:path';
import type { Runner } from '../actions/runner.ts';
import { comparable, isGuid, isUri, subscriptionIdIn } from '../core/forms.ts';
import type {
  CommandMode,
  ConfigDirRequest,
  CredentialStoreRequest,
  ExportRequest,
  Method,
  SubscriptionRequest,
} from '../core/request.ts';
import type { Creds } from './creds.ts';
import { InputReader, isReported, type Reported } from './reader.ts';
import { defaultOf } from './table.ts';

/** What classic Service Management accepts: management certificates and the tokens of users. */
const CLASSIC_METHODS: ReadonlySet<Method> = new Set(['publish-settings', 'password', 'device-code']);

/** The command mode, checked against the method. */
export function readMode(inputs: InputReader, method: Method | Reported): CommandMode | Reported {
  const mode = inputs.choice('mode');
  if (mode === 'arm' && method === 'publish-settings') return inputs.error('settingsNeedAsm');
  if (mode === 'asm' && !isReported(method) && !CLASSIC_METHODS.has(method)) return inputs.error('asmUnfit', method);
  return mode;
}

/** The subscription of the inputs, else the one in `creds`, and how much of the list is wanted. */
export function readSubscription(inputs: InputReader, creds: Creds, method: Method | Reported): SubscriptionRequest {
  const wanted = readWanted(inputs) || (creds.kind === 'read' ? subscriptionIdIn(creds.principal.subscriptionId) : '');
  const whenNone = inputs.flag('allow-no-subscriptions') ? 'tenant-level-account' : 'refuse';
  const asksResourceManager = inputs.choice('mode') === 'arm' && method !== 'publish-settings';
  const namedOnly = !inputs.flag('list-subscriptions') && asksResourceManager;
  if (namedOnly && wanted === '' && whenNone === 'refuse') inputs.error('unlistedUnknown');
  if (namedOnly && wanted !== '' && !isGuid(wanted)) inputs.error('unlistedName');
  return { ...(wanted === '' ? {} : { wanted }), scope: namedOnly ? 'named-only' : 'all', whenNone };
}

function readWanted(inputs: InputReader): string {
  const subscription = subscriptionIdIn(inputs.text('subscription'));
  const subscriptionId = subscriptionIdIn(inputs.text('subscription-id'));
  const differ = comparable(subscription) !== comparable(subscriptionId);
  if (subscription !== '' && subscriptionId !== '' && differ) inputs.error('twoSubscriptions');
  return subscription || subscriptionId;
}

export function readConfigDir(inputs: InputReader): ConfigDirRequest | Reported {
  if (!inputs.given('config-dir')) return { kind: 'private' };
  const given = inputs.value('config-dir');
  if (isReported(given)) return given;
  const folder = readPath(inputs, '`config-dir`', given);
  if (isReported(folder)) return folder;
  // On Windows each drive and each share has a root.
  if (pathRules(inputs).dirname(folder) === folder) return inputs.error('configDirIsRoot');
  const unusable = unusableName(folder, inputs.platform);
  return unusable === '' ? { kind: 'named', path: folder } : inputs.error('unusableName', unusable);
}

/**
 * The same input alone, for the action that signs out.
 * @throws {SessionError} when it names no folder
 */
export async function configDirOf(runner: Pick<Runner, 'input' | 'env' | 'platform'>): Promise<ConfigDirRequest> {
  const inputs = new InputReader(runner);
  const configDir = readConfigDir(inputs);
  if (!isReported(configDir)) return configDir;
  const { inputError } = await import('../errors/inputs.ts');
  throw inputError(inputs.errors);
}

/**
 * An absolute path, as a shell in the workspace would understand it: `~` is the home folder, everything else that is
 * relative is below the workspace. Nothing is looked up on disk. Variables are not expanded, and a path that begins with
 * one is an error: the folder of that name is never what was meant.
 *
 * The home folder has another variable on Windows, where Git's shell may have set HOME to a path of its own kind.
 * @param name what a message calls the path, at the beginning of a sentence
 */
export function readPath(inputs: InputReader, name: string, given: string): string | Reported {
  const windows = inputs.platform === 'win32';
  const workspace = inputs.env['GITHUB_WORKSPACE'] ?? '';
  if (/\p{Cc}/u.test(given)) return inputs.error('path', name, 'control');
  if (/^\$\w|^\$\{|^%\w+%/.test(given)) return inputs.error('path', name, 'variable');
  if (windows && /^[a-z]:(?![\\/])/i.test(given)) return inputs.error('path', name, 'drive');
  if (given.startsWith('~')) {
    const home = (windows ? inputs.env['USERPROFILE'] : inputs.env['HOME']) ?? '';
    const [first = '', ...rest] = given.split(windows ? /[\\/]/ : /\//);
    if (first !== '~') return inputs.error('path', name, 'otherHome');
    if (home === '') return inputs.error('path', name, 'noHome');
    return pathRules(inputs).resolve(home, `./${rest.join('/')}`);
  }
  // On Windows only a drive or a share says all, which `isAbsolute` does not ask for.
  const standsAlone = windows ? /^(?:[a-z]:[\\/]|[\\/]{2})/i.test(given) : path.posix.isAbsolute(given);
  if (workspace === '' && !standsAlone) return inputs.error('path', name, 'noWorkspace');
  return pathRules(inputs).resolve(workspace, given);
}

/** Devices have these names in every folder, with any extension. Source: Microsoft Learn, "Naming Files, Paths, and Namespaces". */
const DEVICE = /^(con|prn|aux|nul|(com|lpt)[1-9¹²³]|conin\$|conout\$) *(\.|$)/i;

/**
 * The first name in an absolute path that other programs cannot open: Node makes files of such names on Windows, where
 * everything else takes them for a device, a stream of a file, or another name. `\\.\pipe` is a device too.
 * @returns `''` when there is none
 */
export function unusableName(absolute: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return '';
  const device = /^\\\\[.?]\\(?![a-z]:\\|UNC\\|Volume\{)[^\\]*/i.exec(absolute);
  if (device !== null) return device[0];
  const names = absolute.slice(path.win32.parse(absolute).root.length).split(/[\\/]/);
  return names.find((name) => DEVICE.test(name) || /[<>:"|?*]|[. ]$/.test(name)) ?? '';
}

function pathRules({ platform }: InputReader): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}

export function readExports(inputs: InputReader): ExportRequest {
  const chosen = inputs.list('export-env');
  const families = chosen.filter((family) => family !== 'none');
  const none = families.length < chosen.length;
  if (none && families.length > 0) inputs.error('noneAndFamily');
  return { families: none ? 'none' : families, secrets: inputs.flag('export-secrets') ? 'export' : 'withhold' };
}

/** What `token-audiences` has words for. */
const AUDIENCE_WORDS = ['arm', 'graph', 'keyvault', 'storage'];

/** A restriction that would not hold is an error, and so is an option that would take the credential out of the memory. */
export function readCredentialStore(inputs: InputReader, method: Method | Reported): CredentialStoreRequest | Reported {
  const store = inputs.choice('credential-store');
  const audiences = inputs.lines('token-audiences');
  if (isReported(store)) return store;
  if (store === 'folder') return audiences.length > 0 ? inputs.error('audiencesOfFolder') : { kind: 'folder' };
  audiences.forEach((line, at) => {
    if (!AUDIENCE_WORDS.includes(line.toLowerCase()) && !isScope(line)) inputs.error('audienceForm', line, at + 1);
  });
  const unfit = method === 'managed-identity' || method === 'publish-settings';
  if (unfit) inputs.error('memoryUnfit', method);
  else if (inputs.choice('mode') === 'asm') inputs.error('memoryConflict', 'mode: asm');
  if (inputs.flag('export-secrets')) inputs.error('memoryConflict', 'export-secrets: true');
  if (!readLogout(inputs)) inputs.error('memoryConflict', 'logout: false');
  if (inputs.list('export-env').includes('none')) inputs.error('memoryConflict', 'export-env: none');
  return { kind: 'memory', audiences };
}

const DEFAULT = '/.default';

/** Resources and scopes as written. Of two that mean the same, a resource and its `/.default`, the first is kept. */
export function readTokenScopes(inputs: InputReader, method: Method | Reported): readonly string[] {
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
export function readLogout(inputs: InputReader): boolean {
  return inputs.flag('logout') && inputs.env['AZURE_LOGIN_POST_CLEANUP']?.toLowerCase() !== 'false';
}

/** How long Entra keeps a device code valid, in seconds: the time a person has to enter it. */
const DEVICE_CODE_SECONDS = 900;

/**
 * The runner fills in the default, so a value that equals it counts as not given. Asking for just that many seconds for
 * a device code cannot be told apart; it waits the full time.
 */
export function readTimeout(inputs: InputReader, method: Method | Reported): number {
  const seconds = inputs.integer('timeout-seconds');
  const isDefault = seconds === Number(defaultOf('timeout-seconds'));
  return isDefault && method === 'device-code' ? DEVICE_CODE_SECONDS : seconds;
}
