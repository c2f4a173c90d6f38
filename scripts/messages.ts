import { type UnusableCertificate, unusable } from '../src/certificate/identity.ts';
import { SessionError } from '../src/core/session-error.ts';
import { CERTIFICATE_FILE, certificateError, clientCertificateInput } from '../src/errors/certificate.ts';
import { configDirError, sharedProfileError } from '../src/errors/config-dir.ts';
import { fileError, tokenFile, tokenFileError } from '../src/errors/files.ts';
import { inputError as errorOf } from '../src/errors/inputs.ts';
import { managedIdentityError } from '../src/errors/managed-identity.ts';
import { networkError } from '../src/errors/network.ts';
import { powerShellError } from '../src/errors/powershell.ts';
import { cloudError } from '../src/errors/private-cloud.ts';
import { profileError } from '../src/errors/profile.ts';
import { programError } from '../src/errors/program.ts';
import { managementCertificateError, SETTINGS_FILE, settingsError } from '../src/errors/publish-settings.ts';
import { incompleteSignOut, noSession, unreadableRecord } from '../src/errors/sign-out.ts';
import { userError } from '../src/errors/user.ts';
import { parseInputs } from '../src/inputs/parse.ts';
import { INPUTS, type InputSpec } from '../src/inputs/table.ts';

/**
 * Messages without a code, for the troubleshooting page, from the tables in `src/errors`. Words in capitals replace the
 * user's values.
 */
export interface Chapter {
  readonly title: string;
  readonly introduction: string;
  readonly errors: readonly SessionError[];
}

const AT = new Date('2026-01-01T00:00:00Z');

// The inputs

const DEFAULTS: Readonly<Record<string, InputSpec>> = INPUTS;
const APPLICATION = { 'client-id': '11111111-1111-4111-8111-111111111111', 'tenant-id': 'contoso.com' };

function inputError(inputs: Readonly<Record<string, string>>): SessionError {
  const input = (name: string): string => inputs[name] ?? DEFAULTS[name]?.default ?? '';
  const parsed = parseInputs({ input, env: {}, platform: 'linux', mask: () => undefined });
  if (parsed.kind === 'accepted') throw new Error(`These inputs are fine: ${JSON.stringify(inputs)}`);
  return errorOf(parsed.errors);
}

/** Values of `creds` that were changed on the way, or that contain something else. */
const MALFORMED_CREDS = {
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
    ...Object.values(MALFORMED_CREDS).map((creds) => inputError({ creds })),
  ];
}

// The network

function networkErrors(): SessionError[] {
  const request = 'The token request to Entra ID';
  return [
    networkError('attemptsFailed', request, 2, 'HOST answered HTTP 503', []),
    networkError('retryAfterTooLong', request, 'HOST answered HTTP 503', 60_000),
    networkError('untrusted', 'login.microsoftonline.com', 'CODE'),
    networkError('untrusted', 'login.microsoftonline.com', 'CERT_HAS_EXPIRED'),
    networkError('untrusted', 'login.microsoftonline.com', 'ERR_TLS_CERT_ALTNAME_INVALID'),
    networkError('malformedProxy', 'HTTPS_PROXY'),
    networkError('refusedByProxy', 'login.microsoftonline.com:443', 403),
    networkError('passwordForProxy', 'login.microsoftonline.com:443', ''),
  ];
}

// Certificates

/** System error codes. */
const FILE_CODES = ['ENOENT', 'EACCES', 'EIO', 'EISDIR', 'EFTYPE', 'EFBIG'];

function fileErrors(file: Parameters<typeof fileError>[1]): SessionError[] {
  return FILE_CODES.map((code) => fileError(Object.assign(new Error(), { code }), file));
}

/** One of each. The type ensures that none is missing. */
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
  const { notACertificateFile, foreignKeyFormat, ...pfxErrors } = UNUSABLE;
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
    ...Object.values(pfxErrors).map((reason) => managementCertificateError(reason, position)),
  ];
}

// Managed and workload identity

function managedIdentityErrors(): SessionError[] {
  const unusable = [
    'unable_to_create_cloud_shell',
    'user_assigned_managed_identity_not_confirmed',
    'unable_to_read_secret_file',
    'platform_not_supported',
  ];
  const errors = [
    managedIdentityError('none', 'HOST', 'REASON', { RUNNER_ENVIRONMENT: 'self-hosted' }),
    managedIdentityError('notAssigned', '', 'WORDS', {}),
    managedIdentityError('notAssigned', 'CLIENT_ID', 'WORDS', {}),
    managedIdentityError('several', 'WORDS'),
    managedIdentityError('refused', 'HOST', 400, 'WORDS'),
    managedIdentityError('malformedEndpoint', 'VARIABLE'),
  ];
  return [...errors, ...unusable.map((code) => managedIdentityError('unusable', code))];
}

function workloadIdentityErrors(): SessionError[] {
  const file = tokenFile('TOKEN_FILE', 65_536);
  return [
    fileError(Object.assign(new Error(), { code: 'ENOENT' }), file),
    tokenFileError('empty', file),
    tokenFileError('noToken', file),
    tokenFileError('expired', file, AT, AT),
  ];
}

// Users

function userErrors(): SessionError[] {
  return [userError('unanswered', 'HOST did not answer'), userError('noRefreshToken')];
}

// Private clouds

function cloudErrors(): SessionError[] {
  return [
    cloudError('noMetadata', 'RESOURCE_MANAGER_URL', ['2022-09-01: HTTP 404']),
    cloudError('invalidMetadata', 'RESOURCE_MANAGER_URL', 'REASON'),
    cloudError('otherClouds', 'RESOURCE_MANAGER_URL', ['https://OTHER_HOST']),
    cloudError('federationByAdFs'),
    cloudError('audienceOfMicrosoft', 'https://TOKEN_ISSUER', undefined),
    cloudError('assertionOfMicrosoft', 'https://TOKEN_ISSUER', 'api://AzureADTokenExchange'),
    cloudError('tokenOfMicrosoft', 'https://RESOURCE_MANAGER', 'api://AzureADTokenExchange'),
  ];
}

// The profile folder

const ABOVE = { path: 'FOLDER_ABOVE', kind: 'folder', owner: 1000, group: 50, mode: 0o777 } as const;

function folderErrors(): SessionError[] {
  return [
    configDirError('link', 'FOLDER'),
    configDirError('notAFolder', 'FOLDER'),
    configDirError('ownedByAnotherUser', 'FOLDER', 1000, 1001),
    configDirError('writableByEveryone', 'FOLDER'),
    ...(['owner', 'group', 'everybody'] as const).map((who) =>
      configDirError('replaceable', 'FOLDER', { ...ABOVE, who }, 1001),
    ),
    sharedProfileError('otherCloud', 'OTHER_CLOUD', 'CLOUD'),
    sharedProfileError('encrypted'),
    profileError('failed', 'create the profile folder', 'FOLDER', 'ENOENT'),
    profileError('noTemporaryFolder'),
  ];
}

// Azure PowerShell

function powerShellErrors(): SessionError[] {
  const failures = [
    { kind: 'no-powershell', code: 'ENOENT' },
    { kind: 'no-module' },
    { kind: 'error', message: 'WORDS' },
    { kind: 'crashed', end: 'exit code 1', message: 'WORDS' },
  ] as const;
  return failures.map((failure) => powerShellError(failure, 300));
}

function chapter(title: string, introduction: string, errors: readonly SessionError[]): Chapter {
  return { title, introduction, errors: errors.map(withoutTimes) };
}

function withoutTimes(error: SessionError): SessionError {
  const replace = (text: string): string =>
    text.replaceAll(/\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC|T\d\d:\d\d:\d\d\.\d{3}Z)/g, 'TIME');
  return new SessionError(replace(error.message), { why: replace(error.why), next: error.next });
}

export const CHAPTERS: readonly Chapter[] = [
  chapter(
    'The inputs',
    'One message lists all input errors, before the action contacts any server. These are the most frequent ones.',
    inputErrors(),
  ),
  chapter('The client certificate', 'The action checks the certificate before it sends anything.', certificateErrors()),
  chapter(
    'Publish settings',
    'No message quotes the file, because any part of it may be a key.',
    publishSettingsErrors(),
  ),
  chapter(
    'Managed identity',
    'If the identity endpoint returned a message, the error quotes it.',
    managedIdentityErrors(),
  ),
  chapter('Workload identity', 'These errors are about the file with the token of the pod.', workloadIdentityErrors()),
  chapter('User name and password', 'These errors occur in addition to the codes of Entra ID above.', userErrors()),
  chapter('Private clouds and Azure Stack Hub', 'These errors are about `resource-manager-url`.', cloudErrors()),
  chapter(
    'The network',
    'The action makes up to `max-attempts` attempts within `timeout-seconds` before it reports a transient failure.',
    networkErrors(),
  ),
  chapter(
    'The profile folder',
    'These errors are about `config-dir`, or about the parent of a new folder.',
    folderErrors(),
  ),
  chapter(
    'Signing out earlier',
    'These are errors of `OWNER/azure-session/logout`, in addition to the errors about the profile folder.',
    [noSession('FOLDER'), incompleteSignOut([unreadableRecord('FOLDER/signed-in.json')])],
  ),
  chapter('Azure PowerShell', 'These errors occur only with `enable-AzPSSession: true`.', powerShellErrors()),
  chapter('Everything else', 'The action did not expect this error.', [programError('unexpected', 'TypeError')]),
];
