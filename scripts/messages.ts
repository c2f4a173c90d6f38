import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '../simulator/simulator.ts';
import { reportFailure } from '../src/actions/report.ts';
import type { Runner } from '../src/actions/runner.ts';
import { type UnusableCertificate, unusable } from '../src/certificate/identity.ts';
import { KNOWN_CLOUDS } from '../src/core/clouds.ts';
import { SessionError } from '../src/core/session-error.ts';
import { readTokenFile } from '../src/entra/federated.ts';
import { assertAssertionMayBeSent, assertMayBeAsked, assertTokenMayBeSent } from '../src/entra/private-cloud.ts';
import { finalOnceSent, readUserAnswer } from '../src/entra/user-grant.ts';
import { CERTIFICATE_FILE, certificateError, clientCertificateInput } from '../src/errors/certificate.ts';
import { configDirError, sharedProfileError } from '../src/errors/config-dir.ts';
import { fileError } from '../src/errors/files.ts';
import { inputError as errorOf } from '../src/errors/inputs.ts';
import { managedIdentityError } from '../src/errors/managed-identity.ts';
import { powerShellError } from '../src/errors/powershell.ts';
import { cloudError } from '../src/errors/private-cloud.ts';
import { managementCertificateError, SETTINGS_FILE, settingsError } from '../src/errors/publish-settings.ts';
import { leftBehind, noSession, unreadableRecord } from '../src/errors/sign-out.ts';
import { connectPowerShell } from '../src/exports/powershell/connect.ts';
import { httpClient } from '../src/http/http.ts';
import { type RetryPolicy, startDeadline, TransientFailure, withRetry } from '../src/http/retry.ts';
import { proxyFor } from '../src/http/tcp.ts';
import { parseInputs } from '../src/inputs/parse.ts';
import { INPUTS, type InputSpec } from '../src/inputs/table.ts';
import { chooseConfigDir } from '../src/profile/config-dir.ts';
import { ProfileFolder } from '../src/profile/folder.ts';

/**
 * Messages that no table holds, for the troubleshooting page. The code itself is made to give them, each the way it would
 * in a job, so that the page cannot say what the code does not. Where a message has the user's values stand words in
 * capitals.
 */
export interface Chapter {
  readonly title: string;
  readonly introduction: string;
  readonly errors: readonly SessionError[];
}

const AT = new Date('2026-01-01T00:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'azure-session-messages-'));

/** The error of something that must fail. */
async function refusal(attempt: () => unknown): Promise<SessionError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof SessionError) return error;
    throw error;
  }
  throw new Error(`This did not fail: ${attempt}`);
}

// The inputs

const DEFAULTS: Readonly<Record<string, InputSpec>> = INPUTS;
const APPLICATION = { 'client-id': '11111111-1111-4111-8111-111111111111', 'tenant-id': 'contoso.com' };

function inputError(inputs: Readonly<Record<string, string>>): SessionError {
  const input = (name: string): string => inputs[name] ?? DEFAULTS[name]?.default ?? '';
  const parsed = parseInputs({ input, env: {}, platform: 'linux', mask: () => undefined });
  if (parsed.kind === 'accepted') throw new Error(`These inputs are fine: ${JSON.stringify(inputs)}`);
  return errorOf(parsed.errors);
}

/** `creds` as it arrives where something on its way changed it, or something else was given. */
const ODD_CREDS = {
  certificate: `{"clientId":"ID","tenantId":"ID","clientSecret":"certificate.pem"}`,
  variable: '$AZURE_CREDENTIALS',
  base64: 'eyJjbGllbnRJZCI6ICJJRCJ9',
  quotedTwice: '"{}"',
  list: '[]',
  fileName: 'credentials.json',
  commaTooMany: '{"clientId":"ID",}',
  cutOff: '{"clientId":"ID"',
};

function inputErrors(): SessionError[] {
  return [
    inputError({}),
    inputError({ mode: 'MODE', 'keep-alive': 'VALUE' }),
    inputError({ ...APPLICATION, 'client-secret': 'SECRET', 'client-certificate': 'certificate.pem' }),
    inputError({ 'client-id': APPLICATION['client-id'] }),
    inputError({ ...APPLICATION, 'federated-token-file': '/token' }),
    inputError({ ...APPLICATION, 'list-subscriptions': 'false' }),
    inputError({ ...APPLICATION, 'list-subscriptions': 'false', subscription: 'Production' }),
    inputError({ ...APPLICATION, environment: 'AzureStack' }),
    inputError({ ...APPLICATION, subscription: 'Production', 'subscription-id': 'Development' }),
    inputError({ 'publish-settings': '<PublishData/>' }),
    inputError({ ...APPLICATION, 'client-secret': 'certificate.pem' }),
    inputError({ ...APPLICATION, 'resource-manager-url': 'https://management.core.windows.net/' }),
    ...Object.values(ODD_CREDS).map((creds) => inputError({ creds })),
  ];
}

// The network

const LOG = { log: () => {} };

async function networkErrors(): Promise<SessionError[]> {
  const deadline = startDeadline(300);
  return [
    await failedRequest({ ...LOG, maxAttempts: 2, deadline }),
    await failedRequest({ ...LOG, maxAttempts: 5, deadline: { ...deadline, remainingMs: () => 0 } }),
    await untrusted(),
    await refusal(() => proxyFor(new URL('https://login.microsoftonline.com'), { HTTPS_PROXY: 'socks5://proxy' })),
    await refusedByProxy(403),
    await refusedByProxy(407),
  ];
}

function failedRequest(policy: RetryPolicy): Promise<SessionError> {
  return refusal(() =>
    withRetry('The token request to Entra ID', policy, () => {
      throw new TransientFailure('HOST answered HTTP 503');
    }),
  );
}

async function untrusted(): Promise<SessionError> {
  await using simulator = await startSimulator();
  return await get({ HTTPS_PROXY: simulator.proxyUrl });
}

/** A proxy that answers every CONNECT like this. */
async function refusedByProxy(status: number): Promise<SessionError> {
  const proxy = createServer().on('connect', (_request, socket) => {
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    return await get({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
  } finally {
    proxy.close();
  }
}

async function get(env: Readonly<Record<string, string>>): Promise<SessionError> {
  const http = httpClient(env, startDeadline(30));
  try {
    return await refusal(() => http.send({ method: 'GET', url: 'https://login.microsoftonline.com/' }));
  } finally {
    http.close();
  }
}

// Certificates

/** By the codes of the system. */
const FILE_CODES = ['ENOENT', 'EACCES', 'EIO', 'EISDIR', 'EFTYPE', 'EFBIG'];

function fileErrors(file: Parameters<typeof fileError>[1]): SessionError[] {
  return FILE_CODES.map((code) => fileError(Object.assign(new Error(), { code }), file));
}

/** One of each; the compiler sees to it that none is missing. */
const UNUSABLE: Readonly<Record<UnusableCertificate['reason'], UnusableCertificate>> = {
  notACertificate: unusable('notACertificate'),
  notACertificateFile: unusable('notACertificateFile'),
  noCertificate: unusable('noCertificate'),
  noPrivateKey: unusable('noPrivateKey'),
  damaged: unusable('damaged', 'certificate'),
  foreignKeyFormat: unusable('foreignKeyFormat'),
  unsupportedEncryption: unusable('unsupportedEncryption'),
  costlyEncryption: unusable('costlyEncryption'),
  passwordRefused: unusable('passwordRefused'),
  keyOfAnotherCertificate: unusable('keyOfAnotherCertificate'),
  severalIdentities: unusable('severalIdentities', 2),
  notRsa: unusable('notRsa', 'ec'),
  shortKey: unusable('shortKey', 1024),
  longKey: unusable('longKey', 32768),
  expired: unusable('expired', AT, AT),
  notYetValid: unusable('notYetValid', AT, AT),
};

function certificateErrors(): SessionError[] {
  const input = clientCertificateInput('CLIENT_ID', 'given');
  return [
    ...fileErrors(CERTIFICATE_FILE),
    ...Object.values(UNUSABLE).map((reason) => certificateError(reason, input)),
    certificateError(UNUSABLE.passwordRefused, clientCertificateInput('CLIENT_ID', 'empty')),
  ];
}

// Publish settings

function publishSettingsErrors(): SessionError[] {
  const position = { number: 1, of: 1 };
  const { notACertificateFile, foreignKeyFormat, ...ofPfx } = UNUSABLE;
  return [
    ...fileErrors(SETTINGS_FILE),
    settingsError('neitherPathNorText'),
    settingsError('empty'),
    settingsError('tooLarge'),
    settingsError('unknownEncoding'),
    settingsError('malformed'),
    settingsError('documentType'),
    settingsError('webAppPublishProfile'),
    settingsError('otherDocument'),
    settingsError('noSubscription'),
    settingsError('tooManySubscriptions', 250),
    settingsError('noSubscriptionId', position),
    settingsError('contradictorySubscription', position),
    settingsError('noEndpoint', position),
    settingsError('insecureEndpoint', position),
    settingsError('unknownEndpoint', position, ['https://management.core.windows.net']),
    settingsError('severalClouds', ['CLOUD', 'OTHER_CLOUD']),
    settingsError('otherCloud', 'CLOUD', 'OTHER_CLOUD'),
    settingsError('noCertificate', position),
    ...Object.values(ofPfx).map((reason) => managementCertificateError(reason, position)),
  ];
}

// Managed and workload identity

function managedIdentityErrors(): SessionError[] {
  const user = { kind: 'user-assigned', clientId: 'CLIENT_ID' } as const;
  const unusable = [
    'unable_to_create_cloud_shell',
    'user_assigned_managed_identity_not_confirmed',
    'unable_to_read_secret_file',
    'platform_not_supported',
  ];
  const errors = [
    managedIdentityError('none', 'HOST', 'REASON', { RUNNER_ENVIRONMENT: 'self-hosted' }),
    managedIdentityError('notAssigned', { kind: 'system-assigned' }, 'WORDS', {}),
    managedIdentityError('notAssigned', user, 'WORDS', {}),
    managedIdentityError('several', 'WORDS'),
    managedIdentityError('refused', 'HOST', 400, 'WORDS'),
    managedIdentityError('malformedEndpoint', 'VARIABLE'),
  ];
  return [...errors, ...unusable.map((code) => managedIdentityError('unusable', code))];
}

async function workloadIdentityErrors(): Promise<SessionError[]> {
  const ended = Buffer.from(JSON.stringify({ exp: AT.getTime() / 1000 - 1 })).toString('base64url');
  const contents = ['', 'no token', `e30.${ended}.c2ln`];
  const files = contents.map((content, at) => {
    const file = join(folder, `TOKEN_FILE_${at}`);
    writeFileSync(file, content);
    return file;
  });
  const paths = [join(folder, 'TOKEN_FILE'), ...files];
  return Promise.all(paths.map((path) => refusal(() => readTokenFile(path, AT))));
}

// Users

async function userErrors(): Promise<SessionError[]> {
  const lost = new TransientFailure('HOST did not answer', { reached: 'perhaps-the-server' });
  return [
    await refusal(() => finalOnceSent(lost)),
    await refusal(() => readUserAnswer({ access_token: 'e30.e30.e30' }, 'SCOPE', 'organizations', 'password')),
  ];
}

// Private clouds

async function cloudErrors(): Promise<SessionError[]> {
  const stack = { ...KNOWN_CLOUDS.AzureCloud, directory: 'adfs' } as const;
  return [
    cloudError('undescribed', 'RESOURCE_MANAGER_URL', ['2022-09-01: HTTP 404']),
    cloudError('unusable', 'RESOURCE_MANAGER_URL', 'REASON'),
    cloudError('otherClouds', 'RESOURCE_MANAGER_URL', ['https://OTHER_HOST']),
    await refusal(() => assertMayBeAsked({ method: 'oidc', clientId: '', tenantId: '' }, stack)),
    await refusal(() => assertMayBeAsked({ method: 'oidc', clientId: '', tenantId: '' }, PRIVATE_CLOUD)),
    await refusal(() => assertAssertionMayBeSent(PUBLIC_TOKEN, PRIVATE_CLOUD)),
    await refusal(() => assertTokenMayBeSent(PUBLIC_TOKEN, PRIVATE_CLOUD)),
  ];
}

const PRIVATE_CLOUD = {
  ...KNOWN_CLOUDS.AzureCloud,
  authority: 'https://TOKEN_ISSUER',
  resourceManager: 'https://RESOURCE_MANAGER',
  metadataHost: 'RESOURCE_MANAGER',
};
const PUBLIC_TOKEN = `e30.${Buffer.from('{"aud":"api://AzureADTokenExchange"}').toString('base64url')}.e30`;

// The profile folder

const ABOVE = { path: 'FOLDER_ABOVE', kind: 'folder', owner: 1000, group: 50, mode: 0o777 } as const;

async function folderErrors(): Promise<SessionError[]> {
  return [
    configDirError('link', 'FOLDER'),
    configDirError('noFolder', 'FOLDER'),
    configDirError('ofAnotherUser', 'FOLDER', 1000, 1001),
    configDirError('openToEverybody', 'FOLDER'),
    ...(['owner', 'group', 'everybody'] as const).map((who) =>
      configDirError('exchangeable', 'FOLDER', { ...ABOVE, who }, 1001),
    ),
    sharedProfileError('otherCloud', 'OTHER_CLOUD', 'CLOUD'),
    sharedProfileError('encrypted'),
    await refusal(() => ProfileFolder.create(join(folder, 'absent', 'FOLDER'))),
    await refusal(() => chooseConfigDir({ kind: 'private' }, runnerWithout)),
  ];
}

// Azure PowerShell

async function powerShellErrors(): Promise<SessionError[]> {
  const cloud = KNOWN_CLOUDS.AzureCloud;
  const session = {
    account: {
      principal: { kind: 'service-principal', clientId: 'CLIENT_ID', objectId: '' },
      tenantId: 'TENANT_ID',
      cloud,
      subscriptions: [],
      selected: { kind: 'tenant-level' },
    },
    material: { kind: 'managed-identity' },
    token: { token: '', expiresOn: AT, scope: '' },
    pfx: undefined,
    contextName: 'CONTEXT',
  } as const;
  const { PATH = '' } = process.env;
  process.env['PATH'] = folder;
  const missing = await refusal(() => connectPowerShell(session, process, startDeadline(30)));
  process.env['PATH'] = PATH;
  const others = [
    { kind: 'no-module' },
    { kind: 'refused', message: 'WORDS' },
    { kind: 'broken', end: 'exit code 1', message: 'WORDS' },
  ] as const;
  return [missing, ...others.map((failure) => powerShellError(failure, 300))];
}

// The action itself

const runnerWithout: Runner = {
  env: {},
  platform: 'linux',
  input: () => '',
  mask: () => {},
  isDebug: false,
  debug: () => {},
  info: () => {},
  notice: () => {},
  warning: () => {},
  error: () => {},
  publish: () => {},
  saveState: () => {},
  state: () => '',
  appendSummary: () => {},
  fail: () => {},
};

/** `reportFailure` words it, and tells it to the runner alone. */
async function faultOfTheAction(): Promise<SessionError> {
  const told: string[] = [];
  const runner: Runner = { ...runnerWithout, error: (_, message) => void told.push(message) };
  await reportFailure(new TypeError('unexpected'), runner, 'no-summary');
  const [message = '', why = '', , ...next] = (told[0] ?? '').split('\n');
  return new SessionError(message, { why, next });
}

/** Values of this run, and the words that stand for them. The path of the folder may have blanks. */
const PLACEHOLDERS: readonly (readonly [string | RegExp, string])[] = [
  [folder, ''],
  [/\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC|T\d\d:\d\d:\d\d\.\d{3}Z)/g, 'TIME'],
  [/Node's check ended with [A-Z_]+/g, "Node's check ended with CODE"],
  [/(?:\S*[\\/])?(FOLDER|TOKEN_FILE)(?:_\d)?(?=[ .])/g, '$1'],
];

function withPlaceholders(error: SessionError): SessionError {
  const replace = (text: string): string =>
    PLACEHOLDERS.reduce((changed, [pattern, word]) => changed.replaceAll(pattern, word), text);
  return new SessionError(replace(error.message), {
    why: replace(error.why),
    next: error.next.map((step) => ({ ...step, say: replace(step.say) })),
  });
}

function chapter(title: string, introduction: string, errors: readonly SessionError[]): Chapter {
  return { title, introduction, errors: errors.map(withPlaceholders) };
}

export const CHAPTERS: readonly Chapter[] = [
  chapter(
    'The inputs',
    'One message lists all errors of the inputs, before the action contacts anything. These are the most frequent ones.',
    inputErrors(),
  ),
  chapter('The client certificate', 'The action checks the certificate before it sends anything.', certificateErrors()),
  chapter('Publish settings', 'No message quotes the file: anything in it may be a key.', publishSettingsErrors()),
  chapter(
    'Managed identity',
    'The words of the identity endpoint, where it gave any, are in the message.',
    managedIdentityErrors(),
  ),
  chapter('Workload identity', 'About the file with the token of the pod.', await workloadIdentityErrors()),
  chapter('User name and password', 'In addition to the codes of Entra ID above.', await userErrors()),
  chapter('Private clouds and Azure Stack Hub', 'About `resource-manager-url`.', await cloudErrors()),
  chapter(
    'The network',
    'The action retries a transient failure before it reports an error: `max-attempts` times, within `timeout-seconds`.',
    await networkErrors(),
  ),
  chapter('The profile folder', 'About `config-dir`, and the place where a new folder goes.', await folderErrors()),
  chapter(
    'Signing out earlier',
    'Messages of `OWNER/azure-session/logout`, in addition to those about the profile folder.',
    [noSession('FOLDER'), leftBehind([unreadableRecord('FOLDER/signed-in.json')])],
  ),
  chapter('Azure PowerShell', 'Only with `enable-AzPSSession: true`.', await powerShellErrors()),
  chapter('Everything else', 'An error that no part of the action expected.', [await faultOfTheAction()]),
];

rmSync(folder, { recursive: true });
