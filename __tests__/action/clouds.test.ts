import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { PrivateCloud } from '../../simulator/clouds.ts';
import type { ActionStep } from '../../simulator/job.ts';
import type { ContosoOptions } from '../../simulator/world.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { assertRefused, assertSignedOut, readJson, World } from './world.ts';

const STACK = 'https://management.local.azurestack.external';
const STACK_ADFS = 'https://management.adfs.azurestack.external';
const OWN = 'https://management.private.azurestack.external';

type Inputs = Record<string, string>;

/** A world of its own, since every cloud changes something in it. */
async function inWorld(tenant: ContosoOptions, body: (world: World) => Promise<void>): Promise<void> {
  await using world = await World.start({}, tenant);
  await body(world);
}

async function signedIn(world: World, inputs: Inputs): Promise<ActionStep> {
  const step = await world.signedIn({ subscription: 'Production', ...inputs });
  assert.deepEqual(world.simulator.escaped, []);
  assertSecretsStayed(world);
  return step;
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

function text(step: ActionStep, name: string): string {
  return readFileSync(join(step.result.outputs['config-dir'] ?? '', name), 'utf8');
}

interface TokenCache {
  readonly AccessToken: Record<
    string,
    { readonly environment: string; readonly realm: string; readonly target: string }
  >;
}

function cachedToken(step: ActionStep): TokenCache['AccessToken'][string] | undefined {
  const cache = readJson<TokenCache>(step.result.outputs['config-dir'] ?? '', 'msal_token_cache.json');
  return Object.values(cache.AccessToken)[0];
}

function privateCloud({ simulator }: World, name: string): PrivateCloud {
  const found = simulator.privateClouds.find((cloud) => cloud.name === name);
  assert.ok(found);
  return found;
}

suite('a cloud of Microsoft’s', () => {
  for (const cloud of Object.values(KNOWN_CLOUDS)) {
    test(`${cloud.name}: its own hosts and audience, and no discovery`, () =>
      inWorld({ cloud: cloud.name }, async (world) => {
        const step = await signedIn(world, { ...world.identity, environment: cloud.name.toUpperCase() });
        const { host } = new URL(cloud.authority);
        assert.deepEqual(
          world.simulator.github.issued.map(({ audience }) => audience),
          [cloud.federatedAudience],
        );
        assert.deepEqual(world.asked.slice(1), [
          `POST ${host}/${world.contoso.tenant.id}/oauth2/v2.0/token`,
          `GET ${new URL(cloud.resourceManager).host}/subscriptions`,
        ]);
        assert.equal(step.result.outputs['environment'], cloud.name);
        assert.match(text(step, 'config'), new RegExp(`^name = ${cloud.name}$`, 'm'));
        // MSAL for Node writes another name of the Chinese issuer, under which `az` would not look.
        assert.deepEqual(
          { ...cachedToken(step) },
          {
            ...cachedToken(step),
            environment: host,
            target: `${cloud.resourceManagerAudience}/.default`,
            realm: world.contoso.tenant.id,
          },
        );
        assert.equal(step.result.exported['AZURE_AUTHORITY_HOST'], `${cloud.authority}/`);
        const closed = cloud.name === 'AzureGermanCloud';
        assert.equal(step.result.warnings.length, closed ? 1 : 0, step.result.log);
        if (closed) assert.match(step.result.warnings.join(), /closed on 29 October 2021/);
        await assertSignedOut(step, world.job, {});
      }));
  }

  test('named by its Resource Manager is known all the same', () =>
    inWorld({ cloud: 'AzureUSGovernment' }, async (world) => {
      const named = {
        environment: 'AzureUSGovernment',
        'resource-manager-url': 'https://management.usgovcloudapi.net/',
      };
      await signedIn(world, { ...world.secret, ...named });
      assert.equal(world.asked.length, 2);
    }));
});

suite('the audience of federated tokens', () => {
  const environment = 'AzureUSGovernment';
  const own = KNOWN_CLOUDS.AzureUSGovernment.federatedAudience;
  const publicOne = KNOWN_CLOUDS.AzureCloud.federatedAudience;

  test('that azure/login asks for everywhere is tried once, with a warning', () =>
    inWorld({ cloud: environment }, async (world) => {
      const { github } = world.simulator;
      for (const credential of world.contoso.application.federatedCredentials) credential.audiences = [publicOne];
      const step = await signedIn(world, { ...world.identity, environment });
      assert.deepEqual(
        github.issued.map(({ audience }) => audience),
        [own, publicOne],
      );
      assert.equal(step.result.warnings.length, 1, step.result.log);
      assert.match(
        step.result.warnings[0] ?? '',
        /api:\/\/AzureADTokenExchangeUSGov; trying api:\/\/AzureADTokenExchange\./,
      );
    }));

  test('that the workflow gave is the only one', () =>
    inWorld({ cloud: environment }, async (world) => {
      for (const credential of world.contoso.application.federatedCredentials) credential.audiences = [publicOne];
      const step = await world.signIn({ ...world.identity, environment, audience: own });
      assertRefused(step, world.job, /AADSTS700212/);
      assert.equal(world.simulator.github.issued.length, 1);
    }));
});

suite('an Azure Stack Hub', () => {
  const inputs = { environment: 'AzureStack', 'resource-manager-url': `${STACK}/` };
  const stack = { subscriptionCloud: 'AzureStack' };

  test('tells its endpoints in the oldest shape, and is asked in its own version', () =>
    inWorld(stack, async (world) => {
      const step = await signedIn(world, { ...world.secret, ...inputs });
      assert.deepEqual(
        world.simulator.requests.map(({ host, path, query }) => `${host}${path} ${query.get('api-version') ?? ''}`),
        [
          'management.local.azurestack.external/metadata/endpoints 2022-09-01',
          'management.local.azurestack.external/metadata/endpoints 2019-05-01',
          'management.local.azurestack.external/metadata/endpoints 2015-01-01',
          `login.microsoftonline.com/${world.contoso.tenant.id}/oauth2/v2.0/token `,
          'management.local.azurestack.external/subscriptions 2016-06-01',
        ],
      );
      assert.equal(cachedToken(step)?.target, `${privateCloud(world, 'AzureStack').audience}/.default`);
      assert.equal(step.result.outputs['environment'], 'AzureStack');
      const clouds = text(step, 'clouds.config').split('\n');
      for (const line of [
        '[AzureStack]',
        'profile = 2020-09-01-hybrid',
        `endpoint_resource_manager = ${STACK}/`,
        'endpoint_active_directory = https://login.microsoftonline.com',
        `endpoint_active_directory_resource_id = ${privateCloud(world, 'AzureStack').audience}`,
        'suffix_storage_endpoint = local.azurestack.external',
        'suffix_keyvault_dns = .vault.local.azurestack.external',
        `subscription = ${world.contoso.subscriptions[0].id}`,
      ]) {
        assert.ok(clouds.includes(line), line);
      }
      const { environments } = readJson<{ environments: Record<string, string>[] }>(
        step.result.outputs['config-dir'] ?? '',
        'azureProfile.json',
      );
      assert.deepEqual(
        environments.map(({ name, resourceManagerEndpointUrl }) => [name, resourceManagerEndpointUrl]),
        [['AzureStack', STACK]],
      );
      await assertSignedOut(step, world.job, {});
    }));

  test('is found by the URL in `creds`', () =>
    inWorld(stack, async (world) => {
      const { clientSecret, application, tenant } = world.contoso;
      const creds = JSON.stringify({
        clientId: application.clientId,
        clientSecret,
        tenantId: tenant.id,
        resourceManagerEndpointUrl: `${STACK}/`,
      });
      const step = await signedIn(world, { creds, environment: 'AzureStack' });
      assert.equal(step.result.outputs['environment'], 'AzureStack');
    }));
});

suite('an Azure Stack Hub with AD FS', () => {
  const inputs = { 'resource-manager-url': STACK_ADFS };
  const adfs = { cloud: 'AzureStackADFS' };

  for (const method of ['secret', 'certificate'] as const) {
    test(`${method}: one directory in the place of a tenant`, () =>
      inWorld(adfs, async (world) => {
        const step = await signedIn(world, { ...world[method], ...inputs });
        assert.ok(world.asked.includes('POST adfs.local.azurestack.external/adfs/oauth2/token/'));
        assert.equal(step.result.outputs['tenant-id'], 'adfs');
        assert.equal(step.result.exported['AZURE_TENANT_ID'], 'adfs');
        assert.equal(step.result.exported['AZURE_AUTHORITY_HOST'], 'https://adfs.local.azurestack.external/');
        assert.equal(cachedToken(step)?.realm, 'adfs');
        assert.match(
          text(step, 'clouds.config'),
          /^endpoint_active_directory = https:\/\/adfs\.local\.azurestack\.external\/adfs$/m,
        );
        assert.match(text(step, 'service_principal_entries.json'), /"tenant":"adfs"/);
      }));
  }

  test('a certificate is named by its SHA-1 and signs by RS256: AD FS knows nothing newer', () =>
    inWorld(adfs, async (world) => {
      await signedIn(world, { ...world.certificate, ...inputs });
      const assertion = world.simulator.requests.map(({ form }) => form.get('client_assertion') ?? '').join('');
      const header: unknown = JSON.parse(Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString('utf8'));
      const x5t = Buffer.from(world.contoso.certificate.thumbprint, 'hex').toString('base64url');
      assert.deepEqual(header, { alg: 'RS256', typ: 'JWT', x5t });
    }));

  test('GitHub’s tokens are refused before one is asked for', () =>
    inWorld(adfs, async (world) => {
      const step = await world.signIn({ ...world.identity, ...inputs });
      assertRefused(step, world.job, /AD FS, which does not accept the tokens of other issuers/);
      assert.deepEqual(world.simulator.github.issued, []);
    }));

  test('the classic CLI gets a token, but no secret that it would send elsewhere', () =>
    inWorld(adfs, async (world) => {
      const step = await signedIn(world, { ...world.secret, ...inputs });
      assert.ok(!text(step, 'accessTokens.json').includes(world.contoso.clientSecret));
    }));
});

suite('a private cloud', () => {
  const inputs = { 'resource-manager-url': OWN };
  const own = { cloud: 'PrivateCloud' };

  for (const [version, requests] of [
    ['2022-09-01', 1],
    ['2019-05-01', 2],
    ['2015-01-01', 3],
  ] as const) {
    for (const mark of ['none', 'byte-order-mark'] as const) {
      test(`tells its endpoints in the shape of ${version}${mark === 'none' ? '' : ', with a byte order mark'}`, () =>
        inWorld(own, async (world) => {
          Object.assign(privateCloud(world, 'PrivateCloud'), { metadataVersions: [version], metadataMark: mark });
          const step = await signedIn(world, { ...world.secret, ...inputs });
          const discovery = world.asked.filter((request) => request.endsWith('/metadata/endpoints'));
          assert.equal(discovery.length, requests);
          assert.deepEqual(world.asked.slice(requests), [
            `POST login.local.azurestack.external/${world.contoso.tenant.id}/oauth2/v2.0/token`,
            'GET management.private.azurestack.external/subscriptions',
          ]);
          assert.match(text(step, 'config'), /^instance_discovery = false$/m);
          assert.match(
            text(step, 'clouds.config'),
            version === '2015-01-01' ? /^profile = 2020-09-01-hybrid$/m : /^profile = latest$/m,
          );
          await assertSignedOut(step, world.job, {});
        }));
    }
  }

  test('is asked again when it does not answer, by the one rule', () =>
    inWorld(own, async (world) => {
      const { faults, connections } = world.simulator;
      faults.add({ path: '/metadata/endpoints', fault: { kind: 'status', status: 503 } });
      faults.add({ path: '/metadata/endpoints', fault: { kind: 'html' } });
      const step = await signedIn(world, { ...world.secret, ...inputs });
      assert.equal(world.asked.length, 3 + 2);
      assert.match(step.result.log, /The discovery of the endpoints of the private cloud failed \(try 2 of 5\)/);
      assert.ok((connections.handshakes.get('management.private.azurestack.external') ?? 0) <= 2);
    }));

  const refusals: Readonly<Record<string, readonly [(original: Description) => unknown, RegExp]>> = {
    'with a token issuer that is not https': [
      (original) => ({
        ...original,
        authentication: { ...original.authentication, loginEndpoint: 'http://login.example' },
      }),
      /Its token issuer must be the URL of an https host, but it is http:\/\/login\.example/,
    ],
    'that has its Resource Manager elsewhere': [
      (original) => ({ ...original, resourceManager: 'https://management.azure.com/' }),
      /describes other clouds, not its own[\s\S]*resource-manager-url: https:\/\/management\.azure\.com/,
    ],
    'that wants a token for the Resource Manager of another cloud': [
      (original) => ({
        ...original,
        authentication: {
          ...original.authentication,
          loginEndpoint: 'https://login.microsoftonline.com/',
          audiences: ['https://management.azure.com/'],
        },
      }),
      /asks for tokens for https:\/\/management\.azure\.com\/, which is not its own/,
    ],
  };
  for (const [name, [change, message]] of Object.entries(refusals)) {
    test(`${name} is refused, and told nothing`, () =>
      inWorld(own, async (world) => {
        const body = change(await description(world));
        world.simulator.faults.add({ path: '/metadata/endpoints', fault: { kind: 'json', body } });
        const step = await world.signIn({ ...world.secret, ...inputs });
        assertRefused(step, world.job, message);
        assert.deepEqual(world.asked, ['GET management.private.azurestack.external/metadata/endpoints']);
      }));
  }

  test('that knows no version is none: each answer is told', () =>
    inWorld(own, async (world) => {
      privateCloud(world, 'PrivateCloud').metadataVersions = [];
      const step = await world.signIn({ ...world.secret, ...inputs });
      assertRefused(step, world.job, /is not the Resource Manager of a private cloud/);
      assert.match(
        step.result.errors[0] ?? '',
        /2022-09-01: HTTP 400, InvalidApiVersionParameter[\s\S]*2015-01-01: HTTP 400/,
      );
      assert.equal(world.asked.length, 3);
    }));

  test('whose answer is a redirect is not followed', () =>
    inWorld(own, async (world) => {
      const fault = { kind: 'status', status: 302, headers: { Location: 'https://evil.example/' } } as const;
      world.simulator.faults.add({ path: '/metadata/endpoints', times: 3, fault });
      assertRefused(await world.signIn({ ...world.secret, ...inputs }), world.job, /2022-09-01: HTTP 302/);
      assert.deepEqual(world.simulator.escaped, []);
    }));

  test('whose next page is at another host is refused', () =>
    inWorld(own, async (world) => {
      const body = { value: [], nextLink: 'https://management.azure.com/subscriptions?api-version=2022-12-01' };
      world.simulator.faults.add({ path: '/subscriptions', fault: { kind: 'json', body } });
      assertRefused(await world.signIn({ ...world.secret, ...inputs }), world.job, /link to another host/);
      assert.equal(world.simulator.requestsTo('management.azure.com').length, 0);
    }));
});

type Description = Record<string, unknown> & { readonly authentication: Record<string, unknown> };

/** What the private cloud truly says of itself: a first sign-in that fails has made it say so. */
async function description(world: World): Promise<Description> {
  await world.signIn({ ...world.secret, 'client-secret': 'wrong', 'resource-manager-url': OWN });
  const { answer = '' } = world.simulator.requestsTo('management.private.azurestack.external')[0] ?? {};
  world.simulator.clear();
  return JSON.parse(answer) as Description;
}
