import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { afterEach, suite, test } from 'node:test';
import type { ContosoOptions } from '../../simulator/world.ts';
import { readClientCertificate } from '../../src/certificate/read.ts';
import { ask } from '../simulator/client.ts';
import { assertPrivate, assertSignedOut, findSecrets, openWorld, World } from './world.ts';

const world = await openWorld();
afterEach(() => world.simulator.clear());

const TERRAFORM = { 'export-env': 'terraform', subscription: 'Production' };

function terraformVariables(exported: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(exported).filter(([name]) => name.startsWith('ARM_')));
}

/** What every method exports in the public cloud. */
function common(): Record<string, string> {
  const { tenant, application, subscriptions } = world.contoso;
  return {
    ARM_TENANT_ID: tenant.id,
    ARM_CLIENT_ID: application.clientId,
    ARM_SUBSCRIPTION_ID: subscriptions[0]?.id ?? '',
    ARM_ENVIRONMENT: 'public',
  };
}

test('client secret: by the path of a file that only the job can read', async () => {
  const { job } = world;
  const earlier = { ...job.env };
  const { clientSecret } = world.contoso;
  const step = await world.signedIn({ ...world.secret, ...TERRAFORM });
  const { ARM_CLIENT_SECRET_FILE_PATH: path = '', ...rest } = terraformVariables(step.result.exported);
  assert.deepEqual(rest, common());
  assert.equal(readFileSync(path, 'utf8'), clientSecret);
  assertPrivate(path);
  assert.deepEqual(findSecrets([clientSecret], { ...step.result.exported, ...step.state, ...step.result.outputs }), []);
  assert.equal(step.result.exported['AZURE_CLIENT_ID'], undefined, 'the azure family was not asked for');
  await assertSignedOut(step, job, earlier);
});

test('client secret with export-secrets: as it is, and no file', async () => {
  const { clientSecret } = world.contoso;
  const step = await world.signIn({ ...world.secret, ...TERRAFORM, 'export-secrets': 'true' });
  assert.deepEqual(terraformVariables(step.result.exported), { ...common(), ARM_CLIENT_SECRET: clientSecret });
  assert.deepEqual(findSecrets([clientSecret], step.state), []);
  await assertSignedOut(step, world.job, {});
});

test('certificate: a PFX with a password of this session, masked', async () => {
  const passwords = new Set<string>();
  for (const _ of [1, 2]) {
    const step = await world.signedIn({ ...world.certificate, ...TERRAFORM });
    const {
      ARM_CLIENT_CERTIFICATE_PATH: path = '',
      ARM_CLIENT_CERTIFICATE_PASSWORD: password = '',
      ...rest
    } = terraformVariables(step.result.exported);
    assert.deepEqual(rest, common());
    assertPrivate(path);
    const { certificate } = await readClientCertificate({ value: path, password, clientId: 'APP' }, new Date(), {
      workspace: '/',
      home: '/',
    });
    assert.equal(certificate.thumbprint, world.contoso.certificate.thumbprint.toUpperCase());
    assert.ok(password.length >= 32);
    assert.ok(step.result.masks.includes(password));
    const log = step.result.log.replaceAll(/^::add-mask::.*$/gm, '');
    assert.deepEqual(findSecrets([password], { log, ...step.state, ...step.result.outputs }), []);
    passwords.add(password);
    await assertSignedOut(step, world.job, {});
  }
  assert.equal(passwords.size, 2);
});

test('a certificate sign-in that nobody needs a PFX of writes none', async () => {
  const step = await world.signIn({ ...world.certificate, subscription: 'Production' });
  assert.deepEqual(terraformVariables(step.result.exported), {});
  assert.throws(() => statSync(`${step.result.outputs['config-dir']}/client-certificate.pfx`), /ENOENT/);
  await assertSignedOut(step, world.job, {});
});

test('OIDC: Terraform gets its own tokens; none is exported', async () => {
  const step = await world.signIn({ ...world.identity, ...TERRAFORM });
  assert.deepEqual(terraformVariables(step.result.exported), { ...common(), ARM_USE_OIDC: 'true' });
  const tokens = world.simulator.github.issued.map(({ token }) => token);
  assert.deepEqual(findSecrets(tokens, step.result.exported), []);
  await assertSignedOut(step, world.job, {});
});

suite('by method, and by cloud:', () => {
  const stack = 'https://management.local.azurestack.external';
  const adfs = 'https://management.adfs.azurestack.external';
  type Row = readonly [what: string, tenant: ContosoOptions, inputs: Inputs, exported: Variables, env?: Variables];
  type Inputs = (world: World) => Record<string, string>;
  type Variables = (world: World) => Record<string, string | undefined>;
  const endpoints = (resourceManager: string, authority: string): Record<string, string> => ({
    ARM_METADATA_HOSTNAME: new URL(resourceManager).host,
    ARM_RESOURCE_MANAGER_ENDPOINT: resourceManager,
    ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST: authority,
  });
  const imds: Variables = ({ simulator }) => simulator.managedIdentity.imdsVariables;
  const rows: readonly Row[] = [
    [
      'a user: through az',
      {},
      ({ contoso: { user, password } }) => ({ username: user.userPrincipalName, password }),
      () => ({ ARM_USE_CLI: 'true', ARM_CLIENT_ID: undefined }),
    ],
    [
      'a system-assigned identity: no client id',
      {},
      () => ({ 'auth-type': 'managed-identity' }),
      () => ({ ARM_USE_MSI: 'true', ARM_CLIENT_ID: undefined }),
      imds,
    ],
    [
      'a user-assigned identity: by its client id',
      {},
      (own) => ({ 'auth-type': 'managed-identity', 'client-id': own.contoso.userIdentity.clientId }),
      (own) => ({ ARM_USE_MSI: 'true', ARM_CLIENT_ID: own.contoso.userIdentity.clientId }),
      imds,
    ],
    [
      'an account without subscriptions',
      {},
      (own) => ({ ...own.secret, subscription: '', 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' }),
      () => ({ ARM_SUBSCRIPTION_ID: undefined }),
    ],
    [
      'China, whose providers call it so, by a secret',
      { cloud: 'AzureChinaCloud' },
      (own) => ({ ...own.secret, environment: 'AzureChinaCloud' }),
      () => ({ ARM_ENVIRONMENT: 'china', ARM_METADATA_HOSTNAME: undefined }),
    ],
    [
      'another cloud that took the public audience: no URL',
      { cloud: 'AzureUSGovernment' },
      (own) => ({ ...own.identity, environment: 'AzureUSGovernment', audience: 'api://AzureADTokenExchange' }),
      () => ({ ARM_USE_OIDC: 'true', ARM_OIDC_REQUEST_URL: undefined }),
    ],
    [
      'a Stack Hub with the issuer of the public cloud',
      { subscriptionCloud: 'AzureStack' },
      (own) => ({ ...own.secret, 'resource-manager-url': stack }),
      () => ({
        ...endpoints(stack, 'https://login.microsoftonline.com/'),
        ARM_DISABLE_INSTANCE_DISCOVERY: undefined,
        ARM_ENVIRONMENT: undefined,
      }),
    ],
    [
      'a Stack Hub with AD FS',
      { cloud: 'AzureStackADFS' },
      (own) => ({ ...own.secret, 'resource-manager-url': adfs }),
      ({ simulator }) => ({
        ...endpoints(adfs, 'https://adfs.local.azurestack.external/'),
        ARM_RESOURCE_MANAGER_AUDIENCE: simulator.privateClouds.find(({ resourceManager }) => resourceManager === adfs)
          ?.audience,
        ARM_DISABLE_INSTANCE_DISCOVERY: 'true',
      }),
    ],
  ];
  for (const [what, tenant, inputs, exported, env] of rows) {
    test(what, async () => {
      await using own = await World.start({}, tenant);
      for (const credential of own.contoso.application.federatedCredentials) {
        credential.audiences.push('api://AzureADTokenExchange');
      }
      using job = own.newJob({ ...(env?.(own) as Record<string, string> | undefined) });
      const step = await own.signedIn({ ...TERRAFORM, ...inputs(own) }, { job });
      for (const [name, value] of Object.entries(exported(own))) assert.equal(step.result.exported[name], value, name);
      await assertSignedOut(step, job, {});
    });
  }
});

test('OIDC in another cloud: the request URL carries that audience, and GitHub answers it so', async () => {
  await using own = await World.start({}, { cloud: 'AzureUSGovernment' });
  const { simulator, job } = own;
  const step = await own.signedIn({ ...own.identity, environment: 'AzureUSGovernment', ...TERRAFORM });
  const { ARM_OIDC_REQUEST_URL: url = '', ...rest } = terraformVariables(step.result.exported);
  assert.deepEqual([rest['ARM_ENVIRONMENT'], rest['ARM_USE_OIDC']], ['usgovernment', 'true']);
  const { requestUrl, requestToken, issued } = simulator.github;
  assert.equal(url, `${requestUrl}&audience=api%3A%2F%2FAzureADTokenExchangeUSGov`);
  await ask(simulator, asProviderWould(url), { headers: { Authorization: `Bearer ${requestToken}` } });
  assert.equal(issued.length, 2);
  assert.equal(issued[1]?.audience, 'api://AzureADTokenExchangeUSGov');
  await assertSignedOut(step, job, {});
});

test('OIDC with an own audience: the request URL carries it', async () => {
  const { application } = world.contoso;
  const [credential] = application.federatedCredentials;
  assert.ok(credential);
  const audience = 'https://example.com/?a=b&c';
  application.federatedCredentials[0] = { ...credential, audiences: [audience] };
  const step = await world.signIn({ ...world.identity, ...TERRAFORM, audience });
  application.federatedCredentials[0] = credential;
  assert.equal(step.result.exitCode, 0, step.result.log);
  const url = new URL(step.result.exported['ARM_OIDC_REQUEST_URL'] ?? '');
  assert.deepEqual(url.searchParams.getAll('audience'), [audience]);
  assert.equal(url.searchParams.get('api-version'), '2.0');
  await assertSignedOut(step, world.job, {});
});

test('what belongs to another method is blanked; post gives back what was no secret', async () => {
  const leftovers = {
    ARM_CLIENT_SECRET: 'an-old-secret',
    ARM_CLIENT_CERTIFICATE_PATH: '/old.pfx',
    ARM_OIDC_TOKEN: 'an-old-token',
    ARM_OIDC_TOKEN_FILE_PATH: '/old-token',
    ARM_OIDC_REQUEST_TOKEN: 'an-old-request-token',
    ARM_USE_MSI: 'true',
    ARM_METADATA_HOST: 'management.old.example',
    ARM_ENVIRONMENT: 'china',
  };
  using job = world.newJob({ ...leftovers, ARM_USE_CLI: 'false', ARM_MSI_ENDPOINT: 'http://127.0.0.1/msi' });
  const step = await world.signedIn({ ...world.identity, ...TERRAFORM, 'keep-alive': 'false' }, { job });
  const blanked = Object.keys(leftovers).filter((name) => name !== 'ARM_ENVIRONMENT');
  assert.deepEqual(terraformVariables(step.result.exported), {
    ...common(),
    ARM_USE_OIDC: 'true',
    ...Object.fromEntries(blanked.map((name) => [name, ''])),
  });
  for (const name of Object.keys(leftovers)) {
    const about = step.result.warnings.filter((warning) => new RegExp(`\\b${name}\\b`).test(warning));
    assert.equal(about.length, 1, `${name}: ${about.join('\n')}`);
  }
  assert.deepEqual(findSecrets(['an-old-'], step.state), []);
  await assertSignedOut(step, job, {
    ...leftovers,
    ARM_CLIENT_SECRET: '',
    ARM_OIDC_TOKEN: '',
    ARM_OIDC_REQUEST_TOKEN: '',
  });
});

/** hashicorp/go-azure-sdk and azapi put the public audience into a URL that has none, and leave any other alone. */
function asProviderWould(requestUrl: string): string {
  const url = new URL(requestUrl);
  if ((url.searchParams.get('audience') ?? '') === '') url.searchParams.set('audience', 'api://AzureADTokenExchange');
  return url.href;
}
