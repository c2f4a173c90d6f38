/**
 * The visible effects of a sign-in: each scenario has a reviewed file in `sessions/` with its requests, log, outputs,
 * variables and files. `node --test --test-update-snapshots` of this file writes them again.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { suite, test } from 'node:test';
import { tenant } from '../../simulator/directory.ts';
import type { Job } from '../../simulator/job.ts';
import { podVariables } from '../../simulator/workflow/pod.ts';
import type { ContosoOptions } from '../../simulator/world.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { EXPORTED } from '../hardening/scenarios.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { agentPid } from './processes.ts';
import { sessionSnapshot } from './session-snapshot.ts';
import { assertPrivate, assertSignedOut, configDir, managementCertificate, type Variables, World } from './world.ts';

interface Scenario {
  readonly tenant?: ContosoOptions;
  readonly inputs: (world: World) => Variables | Promise<Variables>;
  readonly env?: (world: World) => Variables | Promise<Variables>;
  /** Prepares the machine, the workflow or the directory. */
  readonly prepare?: (job: Job, world: World) => void;
  /** Files whose content the snapshot includes. */
  readonly shows?: readonly string[];
  /** `any` if some requests run at the same time. */
  readonly order?: 'any';
  /** Variables that post cannot restore, since they were secrets. */
  readonly lost?: readonly string[];
}

/** By title, from which the name of the snapshot is derived. */
type Scenarios = Readonly<Record<string, Scenario>>;

const PRODUCTION = { subscription: 'Production', 'job-summary': 'always' };
const VAULT = 'https://vault.azure.net';
const PROFILE = ['azureProfile.json', 'service_principal_entries.json', 'msal_token_cache.json', 'accessTokens.json'];
const CLOUD = ['config', 'clouds.config'];
const imds = ({ simulator }: World): Variables => simulator.managedIdentity.imdsVariables;
const STACK_URL = 'https://management.local.azurestack.external/';
const ADFS = 'https://management.adfs.azurestack.external';
const PRIVATE = 'https://management.private.azurestack.external';

const METHODS: Scenarios = {
  'OIDC: three requests, a session for every client, and nothing left after post': {
    inputs: ({ identity }) => ({ ...identity, ...EXPORTED }),
    shows: [...PROFILE, ...CLOUD, 'config.json'],
  },
  'OIDC without keep-alive: no token file, and the session ends with its token': {
    inputs: ({ identity }) => ({ ...identity, 'keep-alive': 'false' }),
  },
  'OIDC with a custom audience: Terraform requests it too': {
    prepare: (_, world) => trustOnly(world, CUSTOM_AUDIENCE),
    inputs: ({ identity }) => ({ ...identity, ...EXPORTED, audience: CUSTOM_AUDIENCE }),
  },
  'client secret: in a file that only the job’s user can read, and in no variable': {
    inputs: ({ secret, contoso: { subscriptions } }) => {
      return { ...secret, ...EXPORTED, 'subscription-id': subscriptions[1].id, subscription: '' };
    },
    shows: PROFILE,
  },
  'exported client secret: in variables, and in no file for Terraform': {
    inputs: ({ secret }) => ({ ...secret, ...EXPORTED, 'export-secrets': 'true' }),
  },
  'certificate: PEM for the SDKs, PFX for Terraform': {
    inputs: ({ certificate }) => ({ ...certificate, ...EXPORTED }),
    shows: PROFILE,
  },
  'certificate with its chain: no PFX if no client needs one': {
    inputs: ({ certificate }) => ({ ...certificate, 'send-certificate-chain': 'true' }),
  },
  'workload identity: the SDKs read the pod’s own token file': {
    env: ({ simulator, contoso }) => podVariables(simulator, contoso),
    inputs: () => ({ 'auth-type': 'workload-identity', ...EXPORTED }),
  },
  'system-assigned identity: one request, and no client id': {
    env: imds,
    inputs: () => ({ 'auth-type': 'managed-identity', ...EXPORTED }),
    shows: ['azureProfile.json', 'accessTokens.json'],
  },
  'user-assigned identity: selected by its client id': {
    env: imds,
    inputs: ({ contoso: { userIdentity } }) => {
      const identity = { 'auth-type': 'managed-identity', 'client-id': userIdentity.clientId };
      return { ...identity, 'token-scopes': VAULT, ...EXPORTED };
    },
    order: 'any',
  },
  'password: sent once, to the named tenant; the refresh token serves other scopes': {
    inputs: ({ user }) => ({ ...user, 'tenant-id': 'contoso.com', 'token-scopes': VAULT, ...EXPORTED }),
    shows: ['azureProfile.json', 'msal_token_cache.json', 'accessTokens.json'],
  },
  'publish settings: the classic profile, and no request': {
    inputs: async ({ contoso }) => {
      const certificate = await managementCertificate();
      const listed = contoso.subscriptions.slice(0, 2).map(({ id, displayName: name }) => ({ id, name, certificate }));
      const file = schema2(...listed);
      return { mode: 'asm', 'publish-settings': file, subscription: 'development', ...EXPORTED };
    },
    shows: ['azureProfile.json', 'config.json'],
  },
};

const CUSTOM_AUDIENCE = 'https://example.com/?a=b&c';

function trustOnly({ contoso }: World, audience: string): void {
  for (const credential of contoso.application.federatedCredentials) credential.audiences = [audience];
}

const OPTIONS: Scenarios = {
  'token-scopes: one request each, one ID token for all, outputs, and the caches of both CLIs': {
    inputs: ({ identity }) => ({ ...identity, 'token-scopes': SCOPES.join('\n'), 'keep-alive': 'false' }),
    shows: ['msal_token_cache.json', 'accessTokens.json'],
    order: 'any',
  },
  'token-scopes: no second request for a Resource Manager token': {
    inputs: ({ secret }) => ({ ...secret, 'token-scopes': 'https://management.core.windows.net/' }),
  },
  'an account without subscriptions: no subscription variable': {
    inputs: ({ secret }) => {
      const none = { subscription: '', 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' };
      return { ...secret, ...EXPORTED, ...none };
    },
  },
  'export-env: none: no variable, and the log names no client as signed in': {
    inputs: ({ secret }) => ({ ...secret, 'export-env': 'none' }),
    env: () => MISLEADING,
  },
  'variables that would hide the session are reported, corrected and restored': {
    inputs: ({ secret }) => secret,
    env: () => MISLEADING,
    lost: ['ARM_OIDC_TOKEN'],
  },
  'variables of another method are blanked, and restored unless they were secrets': {
    inputs: ({ identity }) => ({ ...identity, ...EXPORTED, 'keep-alive': 'false' }),
    env: () => ({
      ARM_CLIENT_SECRET: 'an-old-secret',
      ARM_CLIENT_CERTIFICATE_PATH: '/old.pfx',
      ARM_OIDC_TOKEN: 'an-old-token',
      ARM_OIDC_TOKEN_FILE_PATH: '/old-token',
      ARM_OIDC_REQUEST_TOKEN: 'an-old-request-token',
      ARM_USE_MSI: 'true',
      ARM_METADATA_HOST: 'management.old.example',
      ARM_ENVIRONMENT: 'china',
      ARM_USE_CLI: 'false',
      ARM_MSI_ENDPOINT: 'http://127.0.0.1/msi',
    }),
    lost: ['ARM_CLIENT_SECRET', 'ARM_OIDC_TOKEN', 'ARM_OIDC_REQUEST_TOKEN'],
  },
  'RUNNER_DEBUG: a line for each attempt of a request, the image, and the exported variables': {
    inputs: ({ identity }) => ({ ...identity, 'keep-alive': 'false' }),
    env: ({ simulator }) => {
      const headers = { 'x-ms-request-id': '66666666-ffff-4fff-8fff-666666666666' };
      simulator.faults.add({ path: /oauth2/, fault: { kind: 'status', status: 503, headers } });
      simulator.faults.add({ path: /oauth2/, fault: { kind: 'reset' } });
      const proxy = `http://someone:pass%2Fword@127.0.0.1:${simulator.proxyPort}`;
      return { RUNNER_DEBUG: '1', AZURE_USERNAME: 'someone', HTTPS_PROXY: proxy, https_proxy: '' };
    },
    lost: ['AZURE_USERNAME'],
  },
};

const SCOPES = [VAULT, 'https://graph.microsoft.com/', 'https://storage.azure.com/.default'];
const MISLEADING = {
  AZURE_CLOUD_NAME: 'AzureChinaCloud',
  AZURE_CORE_ENCRYPT_TOKEN_CACHE: 'true',
  AZURE_ACCESS_TOKEN_FILE: '/elsewhere',
  ARM_OIDC_TOKEN: 'a.b.c',
};

const CLOUDS: Scenarios = {
  ...scenarios(
    Object.values(KNOWN_CLOUDS),
    ({ name }) => `${name}: its own hosts and audience, and no discovery`,
    ({ name }) => ({
      tenant: { cloud: name },
      inputs: ({ identity }) => ({ ...identity, ...EXPORTED, environment: name.toUpperCase() }),
      shows: CLOUD,
    }),
  ),
  'a known cloud by the URL of its Resource Manager: no discovery': {
    tenant: { cloud: 'AzureUSGovernment' },
    inputs: ({ secret }) => {
      const url = 'https://management.usgovcloudapi.net/';
      return { ...secret, environment: 'AzureUSGovernment', 'resource-manager-url': url };
    },
  },
  'the public audience is tried once if Entra ID does not accept the audience of the cloud': {
    tenant: { cloud: 'AzureUSGovernment' },
    prepare: (_, world) => trustOnly(world, KNOWN_CLOUDS.AzureCloud.federatedAudience),
    inputs: ({ identity }) => ({ ...identity, ...EXPORTED, environment: 'AzureUSGovernment' }),
  },
  'a Stack Hub: endpoints in the oldest format, requests in its API version': {
    tenant: { subscriptionCloud: 'AzureStack' },
    inputs: ({ secret }) => ({ ...secret, ...EXPORTED, environment: 'AzureStack', 'resource-manager-url': STACK_URL }),
    shows: ['azureProfile.json', 'msal_token_cache.json', ...CLOUD],
  },
  'a Stack Hub by the URL in creds': {
    tenant: { subscriptionCloud: 'AzureStack' },
    inputs: (world) => ({ ...world.creds({ resourceManagerEndpointUrl: STACK_URL }), environment: 'AzureStack' }),
  },
  ...scenarios(
    ['secret', 'certificate'] as const,
    (method) => `AD FS, ${method}: one directory instead of a tenant, and no secret for the classic CLI`,
    (method) => ({
      tenant: { cloud: 'AzureStackADFS' },
      inputs: (world) => ({ ...world[method], ...EXPORTED, 'resource-manager-url': ADFS }),
      shows: [...PROFILE, ...CLOUD],
    }),
  ),
  ...scenarios(
    ['2022-09-01', '2019-05-01', '2015-01-01'],
    (version) => `a private cloud that describes its endpoints in the format of ${version}, with a byte order mark`,
    (version) => ({
      tenant: { cloud: 'PrivateCloud' },
      prepare: (_, { simulator }) => {
        const cloud = simulator.privateClouds.find(({ name }) => name === 'PrivateCloud');
        Object.assign(cloud ?? {}, { metadataVersions: [version], metadataMark: 'byte-order-mark' });
      },
      inputs: ({ secret }) => ({ ...secret, ...EXPORTED, 'resource-manager-url': PRIVATE }),
      shows: CLOUD,
    }),
  ),
};

/**
 * Creates the files by which the action detects `az`, where pip or the Windows installer puts them.
 * @param packages metadata folders of pip, such as `azure_cli_core-2.86.0.dist-info`
 * @returns the folder for the PATH
 */
function installAz(folder: string, packages: readonly string[]): string {
  const onWindows = process.platform === 'win32';
  const bin = join(folder, onWindows ? 'wbin' : 'bin');
  const python = onWindows ? join(folder, 'Lib', 'site-packages') : join(folder, 'lib', 'python3.13', 'site-packages');
  for (const path of [bin, ...packages.map((name) => join(python, name))]) mkdirSync(path, { recursive: true });
  if (packages.length > 0) writeFileSync(join(bin, onWindows ? 'az.cmd' : 'az'), '');
  return bin;
}

/** `az` with these packages, and a user who is a guest in a tenant without a name or a subscription. */
function withAz(packages: readonly string[], inputs: Variables = {}): Scenario {
  return {
    prepare: (job, { contoso, simulator }) => {
      job.env['PATH'] = installAz(join(job.home, 'az'), packages);
      const [tenantId, objectId] = ['d1111111-1111-4111-8111-111111111111', 'd4444444-4444-4444-8444-444444444444'];
      const names = { displayName: '', domains: ['partner.example'] };
      simulator.directory.tenants.push(tenant({ id: tenantId, ...names, cloud: 'AzureCloud' }));
      contoso.user.guestIn.push({ tenantId, objectId, multifactor: 'none' });
      contoso.user.userPrincipalName = 'Ada@Contoso.com';
    },
    inputs: ({ contoso }) => ({ username: 'ADA@contoso.com', password: contoso.password, ...inputs }),
    shows: ['azureProfile.json', 'msal_token_cache.json'],
    order: 'any',
  };
}

const OLD_AZ = ['azure_cli_core-2.45.0.egg-info', 'msal-1.21.0.egg-info'];
const NEW_AZ = ['azure_cli_core-2.91.0.dist-info', 'msal-1.39.0.dist-info'];

const MACHINES: Scenarios = {
  'an old az: tenants without names, and tokens in the format of its MSAL': withAz(OLD_AZ),
  'a new az: tenants with names, and tokens in the format of its MSAL': withAz(NEW_AZ),
  'no az: the same profile as for a new az': withAz([]),
  'allow-no-subscriptions: a tenant without subscriptions is an account': withAz(NEW_AZ, {
    'allow-no-subscriptions': 'true',
  }),
  'the image’s extensions, defaults, command index and Bicep stay usable from the new folder': {
    prepare: (job) => fillImageFolder(join(job.home, '.azure')),
    inputs: ({ secret }) => secret,
    shows: ['config', 'versionCheck.json', 'commandIndex.json'],
  },
  'an image that sets the folders of az by variables, as on Windows: the folders are used and the variables restored': {
    prepare: (job) => {
      const image = join(job.folder, 'azureCli');
      fillImageFolder(image);
      Object.assign(job.env, { AZURE_CONFIG_DIR: image, AZURE_EXTENSION_DIR: join(job.folder, 'extensions') });
    },
    inputs: ({ secret }) => secret,
    shows: ['config'],
  },
  'a session that an earlier job left in ~/.azure changes neither extensions nor warnings': {
    prepare: (job) => {
      fillImageFolder(join(job.home, '.azure'));
      writeFileSync(join(job.home, '.azure', 'azure-session.json'), '{"version":1}');
    },
    env: () => ({ AZURE_CLIENT_SECRET: 'of the workflow' }),
    inputs: ({ secret }) => secret,
    lost: ['AZURE_CLIENT_SECRET'],
  },
  'az that never ran does not look for a new version': {
    prepare: (job) => {
      const bin = installAz(join(job.folder, 'az'), ['azure_cli_core-2.86.0.dist-info']);
      job.env['PATH'] = `/nowhere${delimiter}${bin}`;
    },
    inputs: ({ secret }) => ({ ...secret, 'config-dir': 'profile' }),
    shows: ['versionCheck.json'],
  },
};

const BICEP = process.platform === 'win32' ? 'bicep.exe' : 'bicep';

/** Writes the files that an image keeps in the CLI's default folder. */
function fillImageFolder(folder: string): void {
  for (const name of ['cliextensions/azure-devops', 'bin']) mkdirSync(join(folder, name), { recursive: true });
  const files = {
    [`bin/${BICEP}`]: '#!/bin/sh\necho bicep\n',
    config:
      '[core]\noutput = table\n[defaults]\ngroup = rg\nlocation = westeurope\n[extension]\nindex_url = https://evil.example.com\n',
    'commandIndex.json': '\ufeff{"version":"2.45.0","cloudProfile":"latest","commandIndex":{"vm":["x"]}}',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
}

suite('A sign-in', { concurrency: 2 }, () => {
  for (const [title, scenario] of Object.entries({ ...METHODS, ...OPTIONS, ...CLOUDS, ...MACHINES })) {
    const file = join(import.meta.dirname, 'sessions', `${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.txt`);
    test(title, async (context) => {
      await using world = await World.start({}, scenario.tenant);
      // Hides the `az` of this machine.
      const job = world.newJob({ PATH: '/nowhere', ...(await scenario.env?.(world)) });
      scenario.prepare?.(job, world);
      const home = readdirSync(job.home, { recursive: true });
      const before = { ...job.env, ...Object.fromEntries((scenario.lost ?? []).map((name) => [name, ''])) };
      const inputs = { ...PRODUCTION, ...(await scenario.inputs(world)) };
      const step = await world.signIn(inputs, { job });
      if ('keep-alive' in inputs) assert.equal(agentPid(step), 0, 'an agent, although keep-alive is false');
      assert.deepEqual(world.simulator.escaped, []);
      assertRequests(world);
      assertPrivate(configDir(step));
      const snapshot = sessionSnapshot(world, job, step, scenario.shows, scenario.order);
      context.assert.fileSnapshot(snapshot, file, { serializers: [String] });
      await assertSignedOut(step, job, before);
      assert.deepEqual([readdirSync(job.home, { recursive: true }), readdirSync(job.workspace)], [home, []]);
    });
  }

  test('the PFX of each session has a different password', async () => {
    await using world = await World.start();
    const passwords = new Set<string>();
    for (const _ of [1, 2]) {
      await using step = await world.signIn({ ...world.certificate, ...PRODUCTION, 'export-env': 'terraform' });
      passwords.add(step.result.exported['ARM_CLIENT_CERTIFICATE_PASSWORD'] ?? '');
    }
    assert.equal([...passwords].filter((password) => password.length >= 32).length, 2);
  });
});

function scenarios<T>(items: readonly T[], title: (item: T) => string, scenario: (item: T) => Scenario): Scenarios {
  return Object.fromEntries(items.map((item) => [title(item), scenario(item)]));
}

/**
 * Only Resource Manager receives an access token, and only the token issuer a secret or assertion. No request allows a
 * response with an encoding, which the action could not read.
 */
function assertRequests({ simulator }: World): void {
  for (const { host, path, headers, form } of simulator.requests) {
    if (!/^(127|169)\.|^localhost/.test(host)) assert.equal(headers['accept-encoding'], 'identity', host);
    const isGitHub = host.endsWith('.actions.githubusercontent.com');
    if (headers.authorization !== undefined && !isGitHub) assert.match(host, /^management\./);
    if (form.has('client_secret') || form.has('client_assertion'))
      assert.match(`${host}${path}`, /^(login|adfs)\..*token/);
    if (path === '/metadata/endpoints') assert.equal(headers.authorization, undefined);
  }
}
