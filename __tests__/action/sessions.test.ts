/**
 * What a sign-in does, seen from outside: each scenario has a file in `sessions/` that a person has reviewed, with what was
 * asked, said, put out, exported and written. They are written anew by `node --test --test-update-snapshots` of this file.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { suite, test } from 'node:test';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import { tenant } from '../../simulator/directory.ts';
import type { Job } from '../../simulator/job.ts';
import { podVariables } from '../../simulator/workflow/pod.ts';
import type { ContosoOptions } from '../../simulator/world.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { EXPORTED } from '../hardening/scenarios.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { installAz } from './installed-az.ts';
import { portraitOf } from './portrait.ts';
import { assertPrivate, assertSignedOut, World } from './world.ts';

type Variables = Record<string, string>;

interface Scenario {
  /** What it shows, in a sentence. */
  readonly title: string;
  readonly tenant?: ContosoOptions;
  readonly inputs: (world: World) => Variables | Promise<Variables>;
  readonly env?: (world: World) => Variables | Promise<Variables>;
  /** What the machine, the workflow or the directory has beforehand. */
  readonly prepare?: (job: Job, world: World) => void;
  /** Files whose content is in the snapshot. */
  readonly shows?: readonly string[];
  /** Of the requests; some go out at the same time. */
  readonly order?: 'any';
  /** Variables that post cannot give back, since they were secrets. */
  readonly lost?: readonly string[];
}

const PRODUCTION = { subscription: 'Production', 'job-summary': 'always' };
const PROFILE = ['azureProfile.json', 'service_principal_entries.json', 'msal_token_cache.json', 'accessTokens.json'];
const CLOUD = ['config', 'clouds.config'];
const imds = ({ simulator }: World): Variables => simulator.managedIdentity.imdsVariables;
const user = ({ contoso }: World): Variables => ({
  username: contoso.user.userPrincipalName,
  password: contoso.password,
});
const STACK = 'https://management.local.azurestack.external';
const ADFS = 'https://management.adfs.azurestack.external';
const PRIVATE = 'https://management.private.azurestack.external';

const METHODS: readonly Scenario[] = [
  {
    title: 'OIDC: three requests, a session for every client, and nothing after post',
    inputs: ({ identity }) => ({ ...identity, ...EXPORTED }),
    shows: [...PROFILE, ...CLOUD, 'config.json'],
  },
  {
    title: 'OIDC that is not kept alive: no token file, and the session ends with its token',
    inputs: ({ identity }) => ({ ...identity, 'keep-alive': 'false' }),
  },
  {
    title: 'OIDC with an audience of its own: Terraform asks for it too',
    env: ({ contoso }) => {
      for (const credential of contoso.application.federatedCredentials) credential.audiences = [OWN_AUDIENCE];
      return {};
    },
    inputs: ({ identity }) => ({ ...identity, ...EXPORTED, audience: OWN_AUDIENCE }),
  },
  {
    title: 'client secret: in a file that only the job can read, and in no variable',
    inputs: ({ secret, contoso }) => ({
      ...secret,
      ...EXPORTED,
      'subscription-id': contoso.subscriptions[1].id,
      subscription: '',
    }),
    shows: PROFILE,
  },
  {
    title: 'client secret, exported: as it is, and in no file for Terraform',
    inputs: ({ secret }) => ({ ...secret, ...EXPORTED, 'export-secrets': 'true' }),
  },
  {
    title: 'certificate: as PEM for the SDKs, as a PFX for Terraform',
    inputs: ({ certificate }) => ({ ...certificate, ...EXPORTED }),
    shows: PROFILE,
  },
  {
    title: 'certificate with its chain: no PFX that nobody needs',
    inputs: ({ certificate }) => ({ ...certificate, 'send-certificate-chain': 'true' }),
  },
  {
    title: 'workload identity: by the pod’s own file',
    env: ({ simulator, contoso }) => podVariables(simulator, contoso),
    inputs: () => ({ 'auth-type': 'workload-identity', ...EXPORTED }),
  },
  {
    title: 'system-assigned identity: one request, and no client id',
    env: imds,
    inputs: () => ({ 'auth-type': 'managed-identity', ...EXPORTED }),
    shows: ['azureProfile.json', 'accessTokens.json'],
  },
  {
    title: 'user-assigned identity: by its client id',
    env: imds,
    inputs: ({ contoso: { userIdentity } }) => ({
      'auth-type': 'managed-identity',
      'client-id': userIdentity.clientId,
      'token-scopes': 'https://vault.azure.net',
      ...EXPORTED,
    }),
    order: 'any',
  },
  {
    title: 'password: once, to the tenant that is named; other scopes by the refresh token',
    inputs: (world) => ({
      ...user(world),
      'tenant-id': 'contoso.com',
      'token-scopes': 'https://vault.azure.net',
      ...EXPORTED,
    }),
    shows: ['azureProfile.json', 'msal_token_cache.json', 'accessTokens.json'],
  },
  {
    title: 'publish settings: the classic profile, and nothing is asked',
    inputs: async ({ contoso }) => {
      const certificate = createPfx(await createCertificate({ commonName: 'management' }), '').toString('base64');
      const [production, development] = contoso.subscriptions;
      const file = schema2(
        { id: production.id, name: 'Production', certificate },
        { id: development.id, name: 'Development', certificate },
      );
      return { mode: 'asm', 'publish-settings': file, subscription: 'development', ...EXPORTED };
    },
    shows: ['azureProfile.json', 'config.json'],
  },
];

const OWN_AUDIENCE = 'https://example.com/?a=b&c';

const OPTIONS: readonly Scenario[] = [
  {
    title: 'token-scopes: a request each, an ID token for all, outputs, and the caches of both CLIs',
    inputs: ({ identity }) => ({ ...identity, 'token-scopes': SCOPES.join('\n'), 'keep-alive': 'false' }),
    shows: ['msal_token_cache.json', 'accessTokens.json'],
    order: 'any',
  },
  {
    title: 'token-scopes: Resource Manager is not asked for twice',
    inputs: ({ secret }) => ({ ...secret, 'token-scopes': 'https://management.core.windows.net/' }),
  },
  {
    title: 'an account without subscriptions: no variable of one',
    inputs: ({ secret }) => ({
      ...secret,
      ...EXPORTED,
      subscription: '',
      'list-subscriptions': 'false',
      'allow-no-subscriptions': 'true',
    }),
  },
  {
    title: 'export-env: none: no variable, and no client is called signed in',
    inputs: ({ secret }) => ({ ...secret, 'export-env': 'none' }),
    env: () => MISLEADING,
  },
  {
    title: 'variables that would hide the session are named, corrected and given back',
    inputs: ({ secret }) => secret,
    env: () => MISLEADING,
    lost: ['ARM_OIDC_TOKEN'],
  },
  {
    title: 'what belongs to another method is blanked, and given back where it was no secret',
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
  {
    title: 'RUNNER_DEBUG: a line for each try of a request, the image, and what was exported',
    inputs: ({ identity }) => ({ ...identity, 'keep-alive': 'false' }),
    env: ({ simulator }) => {
      const headers = { 'x-ms-request-id': '66666666-ffff-4fff-8fff-666666666666' };
      simulator.faults.add({ path: /oauth2/, fault: { kind: 'status', status: 503, headers } });
      simulator.faults.add({ path: /oauth2/, fault: { kind: 'reset' } });
      const proxy = `http://somebody:pass%2Fword@127.0.0.1:${simulator.proxyPort}`;
      return { RUNNER_DEBUG: '1', AZURE_USERNAME: 'someone', HTTPS_PROXY: proxy, https_proxy: '' };
    },
    lost: ['AZURE_USERNAME'],
  },
];

const SCOPES = ['https://vault.azure.net', 'https://graph.microsoft.com/', 'https://storage.azure.com/.default'];
const MISLEADING = {
  AZURE_CLOUD_NAME: 'AzureChinaCloud',
  AZURE_CORE_ENCRYPT_TOKEN_CACHE: 'true',
  AZURE_ACCESS_TOKEN_FILE: '/elsewhere',
  ARM_OIDC_TOKEN: 'a.b.c',
};

const CLOUDS: readonly Scenario[] = [
  ...Object.values(KNOWN_CLOUDS).map(
    ({ name }): Scenario => ({
      title: `${name}: its own hosts and audience, and no discovery`,
      tenant: { cloud: name },
      inputs: ({ identity }) => ({ ...identity, ...EXPORTED, environment: name.toUpperCase() }),
      shows: CLOUD,
    }),
  ),
  {
    title: 'a known cloud by its Resource Manager: no discovery either',
    tenant: { cloud: 'AzureUSGovernment' },
    inputs: ({ secret }) => ({
      ...secret,
      environment: 'AzureUSGovernment',
      'resource-manager-url': 'https://management.usgovcloudapi.net/',
    }),
  },
  {
    title: 'the public audience is tried once where Entra knows the cloud’s own no more',
    tenant: { cloud: 'AzureUSGovernment' },
    env: ({ contoso }) => {
      const publicOne = KNOWN_CLOUDS.AzureCloud.federatedAudience;
      for (const credential of contoso.application.federatedCredentials) credential.audiences = [publicOne];
      return {};
    },
    inputs: ({ identity }) => ({ ...identity, ...EXPORTED, environment: 'AzureUSGovernment' }),
  },
  {
    title: 'a Stack Hub: endpoints in the oldest shape, asked in its own version',
    tenant: { subscriptionCloud: 'AzureStack' },
    inputs: ({ secret }) => ({
      ...secret,
      ...EXPORTED,
      environment: 'AzureStack',
      'resource-manager-url': `${STACK}/`,
    }),
    shows: ['azureProfile.json', 'msal_token_cache.json', ...CLOUD],
  },
  {
    title: 'a Stack Hub by the URL in creds',
    tenant: { subscriptionCloud: 'AzureStack' },
    inputs: ({ contoso: { application, clientSecret, tenant: home } }) => {
      const principal = { clientId: application.clientId, clientSecret, tenantId: home.id };
      return {
        creds: JSON.stringify({ ...principal, resourceManagerEndpointUrl: `${STACK}/` }),
        environment: 'AzureStack',
      };
    },
  },
  ...(['secret', 'certificate'] as const).map(
    (method): Scenario => ({
      title: `AD FS, ${method}: one directory in the place of a tenant, and no secret for the classic CLI`,
      tenant: { cloud: 'AzureStackADFS' },
      inputs: (world) => ({ ...world[method], ...EXPORTED, 'resource-manager-url': ADFS }),
      shows: [...PROFILE, ...CLOUD],
    }),
  ),
  ...['2022-09-01', '2019-05-01', '2015-01-01'].map(
    (version): Scenario => ({
      title: `a private cloud that tells its endpoints in the shape of ${version}, with a byte order mark`,
      tenant: { cloud: 'PrivateCloud' },
      env: ({ simulator }) => {
        const own = simulator.privateClouds.find(({ name }) => name === 'PrivateCloud');
        Object.assign(own ?? {}, { metadataVersions: [version], metadataMark: 'byte-order-mark' });
        return {};
      },
      inputs: ({ secret }) => ({ ...secret, ...EXPORTED, 'resource-manager-url': PRIVATE }),
      shows: CLOUD,
    }),
  ),
];

/** An `az`, by the packages that it is made of, and a user who is a guest of a tenant without a name or a subscription. */
function withAz(title: string, packages: readonly string[], inputs: Variables = {}): Scenario {
  return {
    title,
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

const NEW = ['azure_cli_core-2.91.0.dist-info', 'msal-1.39.0.dist-info'];

const MACHINES: readonly Scenario[] = [
  withAz('an old az: tenants without names, and tokens as its MSAL writes them', [
    'azure_cli_core-2.45.0.egg-info',
    'msal-1.21.0.egg-info',
  ]),
  withAz('a new az: the names of tenants, and tokens as its MSAL writes them', NEW),
  withAz('no az: as for a new one', []),
  withAz('a tenant without subscriptions is an account of its own where none is needed', NEW, {
    'allow-no-subscriptions': 'true',
  }),
  {
    title: 'the image’s extensions, defaults, command index and Bicep stay usable from the new folder',
    prepare: (job) => furnish(join(job.home, '.azure')),
    inputs: ({ secret }) => secret,
    shows: ['config', 'versionCheck.json', 'commandIndex.json'],
  },
  {
    title: 'an image that says by itself where its folders are, as on Windows, is followed and given back',
    prepare: (job) => {
      const image = join(job.folder, 'azureCli');
      furnish(image);
      Object.assign(job.env, { AZURE_CONFIG_DIR: image, AZURE_EXTENSION_DIR: join(job.folder, 'extensions') });
    },
    inputs: ({ secret }) => secret,
    shows: ['config'],
  },
  {
    title:
      'a session that an earlier job left in ~/.azure is none of this job: extensions and warnings are as without it',
    prepare: (job) => {
      furnish(join(job.home, '.azure'));
      writeFileSync(join(job.home, '.azure', 'azure-session.json'), '{"version":1}');
    },
    env: () => ({ AZURE_CLIENT_SECRET: 'of the workflow' }),
    inputs: ({ secret }) => secret,
    lost: ['AZURE_CLIENT_SECRET'],
  },
  {
    title: 'an az that never ran is not made to look for a newer one',
    prepare: (job) => {
      job.env['PATH'] = ['/nowhere', installAz(join(job.folder, 'az'), ['azure_cli_core-2.86.0.dist-info'])].join(
        delimiter,
      );
    },
    inputs: ({ secret }) => ({ ...secret, 'config-dir': 'profile' }),
    shows: ['versionCheck.json'],
  },
];

const BICEP = process.platform === 'win32' ? 'bicep.exe' : 'bicep';

/** What an image keeps in the CLI's default folder. */
function furnish(folder: string): void {
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
  for (const scenario of [...METHODS, ...OPTIONS, ...CLOUDS, ...MACHINES]) {
    test(scenario.title, async (context) => {
      await using world = await World.start({}, scenario.tenant);
      // No `az` of this machine.
      const job = world.newJob({ PATH: '/nowhere', ...(await scenario.env?.(world)) });
      scenario.prepare?.(job, world);
      const home = readdirSync(job.home, { recursive: true });
      const earlier = { ...job.env, ...Object.fromEntries((scenario.lost ?? []).map((name) => [name, ''])) };
      const step = await world.signedIn({ ...PRODUCTION, ...(await scenario.inputs(world)) }, { job });
      assert.deepEqual(world.simulator.escaped, []);
      assertSecretsStayed(world);
      assertPrivate(step.result.outputs['config-dir'] ?? '');
      const portrait = portraitOf(world, job, step, scenario.shows, scenario.order);
      context.assert.fileSnapshot(portrait, join(import.meta.dirname, 'sessions', fileName(scenario)), {
        serializers: [String],
      });
      await assertSignedOut(step, job, earlier);
      assert.deepEqual([readdirSync(job.home, { recursive: true }), readdirSync(job.workspace)], [home, []]);
    });
  }

  test('the PFX of each session has a password of its own', async () => {
    await using world = await World.start();
    const passwords = new Set<string>();
    for (const _ of [1, 2]) {
      await using step = await world.signedIn({ ...world.certificate, ...PRODUCTION, 'export-env': 'terraform' });
      passwords.add(step.result.exported['ARM_CLIENT_CERTIFICATE_PASSWORD'] ?? '');
    }
    assert.equal([...passwords].filter((password) => password.length >= 32).length, 2);
  });
});

function fileName({ title }: Scenario): string {
  return `${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.txt`;
}

/** A token goes to the Resource Manager alone, and what proves who asks for one to the token issuer alone. */
function assertSecretsStayed({ simulator }: World): void {
  for (const { host, path, headers, form } of simulator.requests) {
    const isGitHub = host.endsWith('.actions.githubusercontent.com');
    if (headers.authorization !== undefined && !isGitHub) assert.match(host, /^management\./);
    if (form.has('client_secret') || form.has('client_assertion'))
      assert.match(`${host}${path}`, /^(login|adfs)\..*token/);
    if (path === '/metadata/endpoints') assert.equal(headers.authorization, undefined);
  }
}
