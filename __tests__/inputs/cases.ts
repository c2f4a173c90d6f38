import { isDeepStrictEqual } from 'node:util';
import type { Environment } from '../../src/core/machine.ts';
import type { SignInRequest } from '../../src/core/request.ts';
import { certutilEncoded, fixture, text } from '../certificate/forms.ts';
import { accepted, CLIENT, OIDC, type Outcome, parse, SUBSCRIPTION, TENANT, type With } from './workflow-step.ts';

/**
 * The inputs of many steps, each with its request or its errors, for a reviewer to read in `cases.snapshot.txt`:
 * `node __tests__/inputs/cases.ts > __tests__/inputs/cases.snapshot.txt` updates it.
 */
export function renderedCases(): string {
  return Object.entries(SECTIONS)
    .map(([name, cases]) => `##### ${name}\n${rendered(cases)}`)
    .join('\n');
}

/** The inputs, optionally with the runner's environment and system. A title replaces long values in the snapshot. */
type Case = With | readonly [inputs: With, env: Environment, platform?: NodeJS.Platform, title?: string];

const HUB = 'https://management.local.azurestack.external';
const SECRET: With = { ...OIDC, 'client-secret': 's3' };
const USER: With = { username: 'u@contoso.com', password: 'pw' };
const CLASSIC: With = { 'publish-settings': '<PublishData/>', mode: 'asm' };
const SP: With = { 'auth-type': 'SERVICE_PRINCIPAL' };
const WORKLOAD: With = { 'auth-type': 'workload-identity' };
const STACK: With = { environment: 'AzureStack', 'resource-manager-url': HUB };
const POD = { AZURE_CLIENT_ID: CLIENT, AZURE_TENANT_ID: TENANT, AZURE_FEDERATED_TOKEN_FILE: '/var/run/token' };
const OTHER = '99999999-0000-4000-8000-000000000009';
const PRINCIPAL = { clientId: CLIENT, clientSecret: 's3cret', tenantId: TENANT, subscriptionId: SUBSCRIPTION };
const EXPRESSION = `\${{ secrets.AZURE_TENANT_ID }}`;

function json(value: Readonly<Record<string, unknown>>): With {
  return { creds: JSON.stringify(value) };
}

/** The JSON of a service principal; a change to `undefined` omits the field. */
function creds(changes: Readonly<Record<string, unknown>> = {}): With {
  return json({ ...PRINCIPAL, ...changes });
}

function credsWithUrl(url: string): With {
  return creds({ resourceManagerEndpointUrl: url });
}

function tokenFile(path: string): With {
  return { ...OIDC, ...WORKLOAD, 'federated-token-file': path };
}

/** One case for each value of an input, added to those of OIDC. */
function each(name: keyof With, ...values: readonly string[]): With[] {
  return values.map((value) => (name === 'federated-token-file' ? tokenFile(value) : { ...OIDC, [name]: value }));
}

function eachOf(names: readonly (keyof With)[], ...values: readonly string[]): With[] {
  return names.flatMap((name) => each(name, ...values));
}

function onWindows(name: keyof With, ...values: readonly string[]): Case[] {
  const env = { GITHUB_WORKSPACE: 'D:\\a\\app', USERPROFILE: 'C:\\Users\\x', HOME: '/c/Users/x' };
  const title = (value = ''): string => `${name} on Windows: ${shortened(value)}`;
  return each(name, ...values).map((inputs) => [inputs, env, 'win32', title(inputs[name])]);
}

function withCleanup(logout: string, AZURE_LOGIN_POST_CLEANUP: string): Case {
  return [{ ...OIDC, logout }, { AZURE_LOGIN_POST_CLEANUP }];
}

function startedBy(GITHUB_EVENT_NAME: string, GITHUB_ACTOR = 'octocat'): Case {
  return [{}, { GITHUB_EVENT_NAME, GITHUB_ACTOR }];
}

/** Cases of one input whose values are too long to show. */
function titled(name: keyof With, values: Readonly<Record<string, string>>, more: With = {}): Case[] {
  return Object.entries(values).map(([title, value]) => [{ ...more, [name]: value }, {}, 'linux', `${name}: ${title}`]);
}

function asTitles(...values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value) => [value, value]));
}

const PEM = text('leaf.crt') + text('leaf.key');
const PFX = fixture('modern.pfx').toString('base64');
const base64 = (value: string): string => Buffer.from(value).toString('base64');

const CERTIFICATES = {
  PEM,
  'PEM in one line': PEM.replaceAll('\n', '\\n'),
  'a certificate without its key': text('leaf.crt'),
  'base64 of PEM': base64(PEM),
  'a PFX': PFX,
  'a PFX in lines': PFX.replaceAll(/.{76}/g, '$&\r\n'),
  'a PFX of certutil': certutilEncoded('\r\n'),
  ...asTitles('certs/deploy.pem', '~/deploy.PFX', 'C:\\certs\\deploy.p12', 'deploy.pfx'),
};

/** A secret that must not appear in any message. */
export const HIDDEN = 'Sim8Q~not.to-be.seen_in-any.log-of-the.job';
const CREDS_JSON = JSON.stringify({ clientId: 'x', clientSecret: HIDDEN, tenantId: 'y' }, undefined, 2);

/** Mistakes in `creds` that are not a JSON object. */
const ODD_CREDS = {
  ...asTitles('$CREDS', '${CREDS}', '$env:AZURE_CREDENTIALS', '%CREDS%', 'secrets.CREDS'),
  ...asTitles('creds.json', './secrets/azure', 'C:\\secrets\\azure.json', '@azure.json'),
  base64: base64(CREDS_JSON),
  'base64 of UTF-16': Buffer.from(`\ufeff${CREDS_JSON}`, 'utf16le').toString('base64'),
  'quoted twice': JSON.stringify(CREDS_JSON),
  'quoted twice, without its quotes': JSON.stringify(CREDS_JSON).slice(1, -1),
  'a list': `[${CREDS_JSON}]`,
  'an empty list': '[]',
  'publish settings': '<PublishData/>',
  'in quotation marks': `'${CREDS_JSON}'`,
  'in single quotation marks': CREDS_JSON.replaceAll('"', "'"),
  'in typographic quotation marks': CREDS_JSON.replaceAll('"', '\u201d'),
  'an extra comma': CREDS_JSON.replace('\n}', ',\n}'),
  'text around it': `WARNING: keep it safe\n${CREDS_JSON}\n`,
  'no braces': CREDS_JSON.slice(1, -1),
  'cut off': CREDS_JSON.slice(0, -2),
  YAML: `clientId: x\nclientSecret: ${HIDDEN}\n`,
  assignments: `AZURE_CLIENT_ID=x\nAZURE_CLIENT_SECRET=${HIDDEN}\n`,
  'the secret alone': HIDDEN,
  'long base64 of something else': 'q/Zb'.repeat(30),
  'a number': '12345678',
  ...Object.fromEntries(Object.entries(CERTIFICATES).map(([name, value]) => [`a certificate: ${name}`, value])),
};

const SECTIONS: Readonly<Record<string, readonly Case[]>> = {
  'auto considers only the inputs, not the environment': [
    OIDC,
    { ...OIDC, audience: 'api://Other' },
    SECRET,
    { ...OIDC, 'client-certificate': 'sp.pfx', 'client-certificate-password': 'pw', 'send-certificate-chain': 'True' },
    { ...OIDC, 'client-certificate': 'sp.pem' },
    USER,
    { ...USER, 'tenant-id': 'contoso.com' },
    { 'publish-settings': 'my.publishsettings', mode: 'ASM', 'delete-publish-settings': 'true' },
    [{}, { ...POD, IDENTITY_ENDPOINT: 'http://localhost', MSI_ENDPOINT: 'http://localhost' }],
  ],
  'auth-type names the method': [
    { ...OIDC, 'auth-type': 'OIDC' },
    { ...SECRET, 'auth-type': 'client-secret' },
    { 'auth-type': 'managed-identity' },
    { 'auth-type': 'Managed-Identity', 'client-id': CLIENT },
    { 'auth-type': 'managed-identity', 'tenant-id': TENANT },
    { 'auth-type': 'device-code' },
    { 'auth-type': 'device-code', 'tenant-id': TENANT },
    { 'auth-type': 'device-code', 'tenant-id': 'Organizations', mode: 'asm' },
    tokenFile('token'),
    [WORKLOAD, POD],
    [{ ...WORKLOAD, 'client-id': OTHER }, POD],
    [WORKLOAD, { ...POD, AZURE_CLIENT_ID: 'x' }],
  ],
  'missing inputs': [
    {},
    { 'client-id': CLIENT },
    { 'tenant-id': TENANT, 'subscription-id': SUBSCRIPTION },
    { 'client-secret': 's3' },
    { ...OIDC, 'auth-type': 'client-secret' },
    { 'client-id': CLIENT, 'client-certificate': 'sp.pem' },
    { username: 'u@contoso.com' },
    { password: 'pw' },
    { 'auth-type': 'publish-settings', mode: 'asm' },
    WORKLOAD,
    { ...OIDC, ...WORKLOAD },
    { ...OIDC, 'client-certificate-password': 'pw' },
    { ...SECRET, 'client-certificate-password': 'pw' },
    startedBy('pull_request', 'dependabot[bot]'),
    ...['pull_request', 'pull_request_review', 'pull_request_target', 'push'].map((event) => startedBy(event)),
  ],
  'conflicting inputs': [
    { ...SECRET, 'client-certificate': 'sp.pem' },
    { creds: '{"clientId":"x"', 'client-secret': 's3', 'auth-type': 'client-secret' },
    { ...SECRET, ...USER, 'publish-settings': 'x' },
    { 'auth-type': 'managed-identity', 'client-secret': 's3' },
    { ...OIDC, ...USER, 'auth-type': 'oidc' },
    { ...OIDC, 'federated-token-file': '/token' },
    { ...OIDC, 'auth-type': 'oidc', 'federated-token-file': '/token' },
    { ...OIDC, 'client-secret': '{"clientSecret":"s3"}' },
    { ...OIDC, 'client-secret': '{~abc' },
  ],
  'credential-store': [
    { ...SECRET, 'credential-store': 'Memory' },
    { ...OIDC, 'credential-store': 'memory', 'token-audiences': 'arm\nhttps://vault.azure.net', 'keep-alive': 'false' },
    { ...OIDC, 'credential-store': 'memory', 'token-audiences': 'arm, graph' },
    { ...OIDC, 'credential-store': 'memory', 'token-audiences': 'key vault' },
    { ...OIDC, 'token-audiences': 'arm' },
    { ...OIDC, 'credential-store': 'disk' },
    { 'auth-type': 'managed-identity', 'credential-store': 'memory' },
    { 'publish-settings': 'x', mode: 'asm', 'credential-store': 'memory' },
    { ...USER, mode: 'asm', 'credential-store': 'memory' },
    { ...SECRET, 'credential-store': 'memory', 'export-secrets': 'true' },
    { ...OIDC, 'credential-store': 'memory', 'export-env': 'none' },
    { ...OIDC, 'credential-store': 'memory', logout: 'false' },
    [{ ...OIDC, 'credential-store': 'memory' }, { AZURE_LOGIN_POST_CLEANUP: 'false' }],
  ],
  'all errors are reported together': [
    {
      'auth-type': 'password',
      'timeout-seconds': '5m',
      logout: 'yes',
      environment: 'Azure',
      subscription: 'a',
      'subscription-id': 'b',
      'client-certificate-password': 'x',
      'config-dir': '~other/.azure',
      'tenant-id': 'my tenant',
    },
  ],
  ids: [
    ...each('client-id', `"${CLIENT}"`, `${CLIENT} x`, `{${CLIENT}}`, CLIENT.slice(0, -1), 'my-app', 'api://My-App'),
    ...each('client-id', 'https://contoso.com/app', 'a\nb', `\u200b${CLIENT}`, EXPRESSION),
    ...each('tenant-id', `'${TENANT}'`, TENANT.slice(1), 'contoso', 'https://contoso.com', '$AZURE_TENANT_ID'),
    ...each('tenant-id', 'organizations', 'Contoso.onmicrosoft.com', 'a\nb', EXPRESSION),
    { ...STACK, 'client-id': 'deployer', 'tenant-id': 'adfs' },
    { ...STACK, 'client-id': 'de ployer', 'tenant-id': 'adfs' },
    {
      'auth-type': 'managed-identity',
      'client-id': '/subscriptions/x/resourcegroups/y/providers/Microsoft.ManagedIdentity/userAssignedIdentities/z',
    },
  ],
  'an expression that was not evaluated, and control characters': [
    { creds: EXPRESSION },
    ...eachOf(['client-secret', 'logout', 'mode', 'export-env', 'token-scopes'], EXPRESSION),
    ...eachOf(['audience', 'subscription', 'config-dir', 'username'], 'a\nb'),
  ],
  subscription: [
    ...each('subscription', SUBSCRIPTION, 'Pay as you go'),
    { ...OIDC, 'subscription-id': 'Production' },
    { ...OIDC, subscription: SUBSCRIPTION.toLowerCase(), 'subscription-id': SUBSCRIPTION },
    { ...OIDC, subscription: SUBSCRIPTION, 'list-subscriptions': 'FALSE' },
    { ...OIDC, 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' },
    { ...OIDC, subscription: SUBSCRIPTION, 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' },
    { ...OIDC, subscription: 'Production', 'subscription-id': SUBSCRIPTION },
    { ...OIDC, 'list-subscriptions': 'false' },
    { ...OIDC, subscription: 'Prod', 'list-subscriptions': 'false' },
    { ...OIDC, subscription: 'Prod', 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' },
    { ...USER, mode: 'asm', 'list-subscriptions': 'false' },
  ],
  cloud: [
    ...each('environment', 'azurecloud', 'azureusgovernment', 'AZURECHINACLOUD', 'azureGermanCloud', 'AzureStack'),
    { ...OIDC, environment: 'azurestack', 'resource-manager-url': `${HUB}/` },
    ...each('resource-manager-url', HUB.toUpperCase(), `${HUB}:8443`, 'https://management.azure.com'),
    { ...OIDC, environment: 'AzureUSGovernment', 'resource-manager-url': 'https://management.usgovcloudapi.net/' },
    { ...OIDC, environment: 'AzureUSGovernment', 'resource-manager-url': HUB },
    ...each('resource-manager-url', 'https://management.chinacloudapi.cn/', HUB.slice(8), 'http://management.local'),
    ...each('resource-manager-url', `${HUB}/metadata`, `${HUB}?a=b`, 'https://user:pw@management.local'),
  ],
  'classic mode': [
    { ...USER, mode: 'ASM' },
    { 'publish-settings': 'x.publishsettings' },
    { ...OIDC, mode: 'asm' },
    { ...SECRET, mode: 'asm' },
    { ...OIDC, 'client-certificate': 'x.pem', mode: 'asm' },
    { 'auth-type': 'managed-identity', mode: 'asm' },
    { ...tokenFile('/t'), mode: 'asm' },
    { ...CLASSIC, 'enable-AzPSSession': 'true' },
    { ...CLASSIC, 'token-scopes': 'https://vault.azure.net' },
  ],
  'options that do not belong to the method': [
    { ...SECRET, audience: 'api://x' },
    ...eachOf(['send-certificate-chain', 'delete-publish-settings', 'export-secrets'], 'true'),
    { ...CLASSIC, 'delete-publish-settings': 'true' },
    { ...SECRET, 'export-secrets': 'true' },
    { ...SECRET, 'export-secrets': 'true', 'export-env': 'none' },
    { ...OIDC, 'export-secrets': 'true', 'export-env': 'none' },
    { ...CLASSIC, ...OIDC },
    { 'auth-type': 'device-code', 'client-id': CLIENT },
  ],
  'booleans, choices and numbers': [
    ...each('logout', 'yes', '1', 'truee', 'FALSE', 'no\r\n::error::x'),
    ...each('mask-ids', 'yes'),
    { ...OIDC, 'keep-alive': 'False', 'mask-ids': 'TRUE' },
    ...each('auth-type', 'odic', 'SERVICE-PRINCIPAL', 'msi'),
    ...each('environment', 'aWrongCloud', 'AzureUSGov', 'china'),
    ...each('mode', 'arn', 'arm asm'),
    ...each('job-summary', 'on_failure', 'Never', 's'.repeat(41)),
    ...each('max-attempts', '0', '1', '20', '21', '2.5', '1e1'),
    ...each('timeout-seconds', '21600', '21601', '5 min'),
    { 'auth-type': 'device-code', 'timeout-seconds': '300' },
    { 'auth-type': 'device-code', 'timeout-seconds': '120' },
    ...['true', 'False', '0'].map((variable) => withCleanup('true', variable)),
    withCleanup('false', 'true'),
  ],
  lists: [
    ...each('export-env', '', 'Terraform', 'terraform, azure', 'azure\nterraform\n', 'azure,,\r\n azure', 'NONE,none'),
    ...each('export-env', ',', 'azure, none', 'pulumi, azure, arm', 'teraform', 'azure; terraform'),
    ...each('token-scopes', 'https://vault.azure.net/.default\nhttps://vault.azure.net', 'api://my-app\nurn:my-app'),
    ...each('token-scopes', '\n https://vault.azure.net \r\n\nhttps://vault.azure.net/'),
    ...each('token-scopes', `${CLIENT}\n${CLIENT}/.default`),
    ...each('token-scopes', 'https://management.core.windows.net//.default', 'vault.azure.net', 'openid', 'https://'),
    ...each('token-scopes', 'https://vault.azure.net?x=y', 'https://vault.azure.net/.default/'),
    ...each('token-scopes', 'https://vault.azure.net/.Default', 'https://a.example https://b.example'),
    ...each('token-scopes', '"https://vault.azure.net"', 'https://a.example,https://b.example'),
  ],
  'config-dir': [
    ...each('config-dir', 'azure', '~/azure', '/', '/a/..', '$HOME/.azure'),
    [{ ...OIDC, 'config-dir': 'a' }, { GITHUB_WORKSPACE: undefined }],
    ...each('config-dir', '/a/CON', '/a./b', '/a:b'),
    ...onWindows('config-dir', 'azure.', '~/azure', 'C:\\', '\\\\server\\share\\'),
    // Names and paths that other programs on Windows cannot open.
    ...onWindows('config-dir', 'C:\\a\\CON', 'C:\\a\\Aux.json\\b', 'C:\\a\\nul .txt', 'C:\\LPT³', 'C:\\conin$'),
    ...onWindows('config-dir', 'C:\\a\\b:c', 'C:\\a?\\b', 'C:\\a.\\b', 'C:\\a \\b', '\\\\?\\C:\\a\\b.'),
    ...onWindows('config-dir', '\\\\server\\share\\prn', '\\\\.\\pipe\\azure', '\\\\.\\COM1\\azure'),
    ...onWindows('config-dir', '\\\\?\\GLOBALROOT\\Device\\azure', '\\\\?\\UNC\\server\\share\\azure'),
    ...onWindows('config-dir', 'C:\\console\\null\\com\\com10\\.azure', '\\\\?\\C:\\a\\Jörg Müller'),
  ],
  'paths, as of a token file': [
    ...each('federated-token-file', '/srv/azure/', '/srv/x/../azure', '.azure', '../shared', '.', '~', '~//.azure'),
    ...each('federated-token-file', './~other', 'a~', 'a b', 'C:\\azure', 'cost$', 'a\0b', '$HOME/x', '${HOME}/x'),
    ...each('federated-token-file', '~other/.azure', '~\\.azure'),
    [tokenFile('~/.azure'), {}, 'darwin'],
    [tokenFile('/srv'), { GITHUB_WORKSPACE: '', HOME: '' }],
    [tokenFile('~/.azure'), { HOME: '' }],
    [tokenFile('.azure'), { GITHUB_WORKSPACE: '' }],
    ...onWindows('federated-token-file', 'c:/azure/', 'C:\\x\\..\\azure', '\\\\server\\share\\azure', '\\azure'),
    ...onWindows('federated-token-file', '/azure', '.azure', '../shared', '~', '~\\.azure', '~/.azure', 'a\r\nb'),
    ...onWindows('federated-token-file', '%USERPROFILE%\\.azure', '~other\\.azure', 'C:azure', 'D:'),
    [tokenFile('\\\\server\\x\\y'), { GITHUB_WORKSPACE: '' }, 'win32'],
    [tokenFile('\\azure'), { GITHUB_WORKSPACE: '' }, 'win32'],
  ],
  /** Source: azure/login at 833e8233, `src/common/LoginConfig.ts` and `src/Cli/AzureCliLogin.ts`. Each success there is one here. */
  'compatibility with azure/login': [
    creds(),
    { ...SP, ...creds() },
    { ...OIDC, 'subscription-id': SUBSCRIPTION },
    { ...SP, ...OIDC },
    { ...OIDC, 'auth-type': 'service_principal' },
    { 'auth-type': 'IDENTITY' },
    { ...OIDC, 'auth-type': 'Identity' },
    { ...SP, ...SECRET },
    { ...SP, ...OIDC, 'client-certificate': 'x.pem' },
    { ...SP, ...USER },
    { ...SP, 'publish-settings': 'x', mode: 'asm' },
    { 'auth-type': 'IDENTITY', 'client-secret': 'x' },
    SP,
    { ...SP, 'client-id': CLIENT },
    { ...SP, 'tenant-id': TENANT },
    creds({ subscriptionId: undefined }),
    { ...creds(), subscription: 'Production' },
    { ...creds(), subscription: SUBSCRIPTION },
    { ...creds(), 'list-subscriptions': 'false' },
    ...eachOf(['enable-AzPSSession', 'allow-no-subscriptions'], 'notboolean', '', 'TRUE'),
  ],
  'creds beside ids is ignored': [
    { ...creds(), 'client-id': OTHER, 'tenant-id': TENANT },
    { ...SP, ...creds(), ...OIDC, 'subscription-id': SUBSCRIPTION },
    { ...OIDC, creds: '{' },
    { ...creds(), ...OIDC, 'client-secret': 'other' },
    { ...creds(), 'client-id': CLIENT },
    { ...creds(), 'tenant-id': TENANT },
    { ...creds(), 'subscription-id': SUBSCRIPTION },
    { ...SP, ...creds(), 'subscription-id': SUBSCRIPTION },
    { ...creds(), 'auth-type': 'IDENTITY' },
    { ...creds(), 'auth-type': 'IDENTITY', 'client-id': CLIENT },
    { ...creds(), 'auth-type': 'managed-identity' },
  ],
  'the JSON of creds': [
    json({ appId: CLIENT, displayName: 'deployer', password: 's3cret', tenant: TENANT }),
    creds({ clientSecret: 12345 }),
    creds({ clientId: ` ${CLIENT}\n`, clientSecret: ' s3cret ' }),
    { creds: 'client id x' },
    { creds: 'null' },
    { creds: '{}' },
    creds({ clientSecret: undefined }),
    creds({ clientId: undefined }),
    creds({ tenantId: undefined }),
    json({ appId: 'x', password: 'y' }),
    json({ clientId: CLIENT, password: 'y', tenant: TENANT }),
    json({ clientid: 'x', clientsecret: 'y', tenantId: TENANT }),
    creds({ clientSecret: {} }),
    creds({ clientSecret: '' }),
    creds({ clientSecret: undefined, clientCertificate: '/tmp/x.pem' }),
    json({ appId: CLIENT, fileWithCertAndPrivateKey: '/root/x.pem', password: null, tenant: TENANT }),
    creds({ clientId: 'my app' }),
    creds({ tenantId: 'contoso' }),
  ],
  'creds that is not a JSON object': titled('creds', ODD_CREDS),
  'a certificate instead of a secret': [
    ...titled('client-secret', CERTIFICATES, OIDC),
    [creds({ clientSecret: PEM }), {}, 'linux', 'creds: a PEM certificate as clientSecret'],
    [json({ appId: CLIENT, tenant: TENANT, password: 'deploy.pfx' }), {}, 'linux', 'creds: deploy.pfx as password'],
    ...each('client-secret', 'aB~8Q~xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.pem', 'MIIabc', 'a/b+c='.repeat(7)),
  ],
  'resourceManagerEndpointUrl in creds': [
    { ...credsWithUrl(`${HUB}/`), environment: 'azurestack' },
    { ...credsWithUrl(HUB), ...STACK, 'resource-manager-url': 'https://management.other.azurestack.external' },
    credsWithUrl('https://management.azure.com/'),
    credsWithUrl('https://management.usgovcloudapi.net/'),
    { ...credsWithUrl('https://management.usgovcloudapi.net/'), environment: 'AzureUSGovernment' },
    credsWithUrl(HUB),
    { ...credsWithUrl('management.local'), environment: 'AzureStack' },
    { ...credsWithUrl('http://management.local'), environment: 'AzureStack' },
    { ...creds(), environment: 'AzureStack' },
    { creds: '{}', environment: 'AzureStack' },
  ],
};

/** Renders the cases; consecutive cases with the same outcome share it. */
function rendered(cases: readonly Case[]): string {
  const rows = cases.map(titleAndOutcome);
  return rows.map(([title, own], at) => `=== ${title}\n${own === rows[at + 1]?.[1] ? '' : `${own}\n`}`).join('');
}

function titleAndOutcome(one: Case): [title: string, outcome: string] {
  const [inputs, env = {}, platform = 'linux', title = ''] = isWithRunner(one) ? one : [one];
  const parts = [
    ...Object.entries(inputs).map(([name, value]) => `${name}: ${shortened(value)}`),
    ...Object.entries(env).map(([name, value]) => `(${name}=${value ?? ''})`),
    ...(platform === 'linux' ? [] : [`(${platform})`]),
  ].join('; ');
  const ids = { CLIENT, TENANT, SUBSCRIPTION };
  const named = Object.entries(ids).reduce((text, [name, id]) => text.replaceAll(id, name), parts);
  const outcome = parse(inputs, env, platform);
  const lines = [...outcomeLines(outcome), ...outcome.warnings.map((warning) => `warning: ${warning}`)];
  return [title || named || 'nothing', lines.join('\n')];
}

function isWithRunner(one: Case): one is Exclude<Case, With> {
  return Array.isArray(one);
}

/** Shows control characters, and white space at both ends, as JSON does. */
function shortened(value = ''): string {
  if (value.startsWith('{')) return value.replaceAll('\n', '\\n');
  return /^\s|\s$|\p{Cc}/u.test(value) || value === '' ? JSON.stringify(value) : value;
}

/** The error, or the differences to the request for a client id and a tenant id alone. */
function outcomeLines(outcome: Outcome): string[] {
  if (outcome.kind === 'rejected') {
    const { message, why, next } = outcome.error;
    const steps = next.map(({ say, yaml }) => `-> ${[say, ...(yaml?.split('\n') ?? [])].join(' | ')}`);
    return [message, ...(why === '' ? [] : [why]), ...steps];
  }
  const usual = accepted(OIDC);
  const names = Object.keys({ ...usual, ...outcome.request }) as (keyof SignInRequest)[];
  const differing = names.filter((name) => !isDeepStrictEqual(usual[name], outcome.request[name]));
  if (differing.length === 0) return ['the usual request'];
  return differing.map((name) => `${name}: ${JSON.stringify(outcome.request[name])}`);
}

if (import.meta.main) process.stdout.write(renderedCases());
