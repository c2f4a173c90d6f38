import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openWorld } from './world.ts';

const world = await openWorld();

test('creds may be what az ad sp create-for-rbac prints without --json-auth', async () => {
  const { application, tenant, clientSecret } = world.contoso;
  const creds = JSON.stringify({
    appId: application.clientId,
    displayName: 'deployer',
    password: clientSecret,
    tenant: tenant.id,
  });
  await using step = await world.signedIn({ creds, subscription: world.contoso.subscriptions[0].id });
  assert.equal(step.result.outputs['client-id'], application.clientId);
});

suite('A resource manager URL of the classic service', () => {
  const classic = 'https://management.core.windows.net';
  const urls = [`${classic}/`, classic, `${classic}:8443/`];

  function creds(resourceManagerEndpointUrl: string): Record<string, string> {
    const { application, tenant, clientSecret, subscriptions } = world.contoso;
    const principal = { clientId: application.clientId, tenantId: tenant.id, clientSecret };
    return { creds: JSON.stringify({ ...principal, subscriptionId: subscriptions[0].id, resourceManagerEndpointUrl }) };
  }

  for (const [url, warnings] of [
    // A service of the same cloud is no other cloud's, whichever it is and however it is written.
    ...urls.map((url) => [url, /^$/] as const),
    ['https://management.core.usgovcloudapi.net/', /belongs to AzureUSGovernment.*`environment: AzureUSGovernment`/],
    ['management.azure.com', /^$/],
    ['https://management.azure.com/subscriptions', /^$/],
    ['http://MANAGEMENT.azure.com', /^$/],
  ] as const) {
    test(`in creds is ${warnings.source === '^$' ? 'nothing to tell' : 'a warning that tells the right one'}: ${url}`, async () => {
      await using step = await world.signedIn(creds(url), { job: world.newJob() });
      assert.match(step.result.warnings.join('\n'), warnings);
    });
  }

  test('is no private cloud', async () => {
    const told =
      /is the classic Service Management of AzureCloud, not a Resource Manager\.\nWhat to do:\nFor that cloud, set `environment: AzureCloud`/;
    for (const url of urls) {
      await world.refused({ environment: 'AzureStack', ...creds(url) }, told, { asked: 0 });
      await world.refused({ ...world.secret, 'resource-manager-url': url }, told, { asked: 0 });
      const named = { 'resource-manager-url': url, environment: 'AzureStack' };
      await world.refused({ ...world.secret, ...named }, told, { asked: 0 });
    }
  });
});

suite('A job that cannot get an ID token', () => {
  const NONE = { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' };
  const mayNot = /^This job cannot request an ID token from GitHub: .*`id-token: write`\.\n/;

  test('and has an empty secret: the permission, and that no other credential was given', async () => {
    const told = new RegExp(`${mayNot.source}The inputs contain no other credential`);
    for (const more of [{}, { 'client-secret': '' }, { 'auth-type': 'SERVICE_PRINCIPAL', 'client-certificate': '' }]) {
      await world.refused({ ...world.identity, ...more }, told, { env: NONE, asked: 0 });
    }
    const atGitea = /^Gitea gives this job no ID token, and the inputs contain no other credential/;
    await world.refused(world.identity, atGitea, { env: { ...NONE, GITEA_ACTIONS: 'true' } });
  });

  test('and a misspelt input: a warning names the one that was meant', async () => {
    const inputs = { ...world.identity, 'client-secrett': 'hunter2' };
    const { warnings, log } = await world.refused(inputs, mayNot, { env: NONE });
    const told = 'The action has no input `client-secrett`, and ignores it. Did you mean `client-secret`?';
    assert.deepEqual([warnings, log.includes('hunter2')], [[told], false]);
  });

  test('and asked for it by name: the permission alone', async () => {
    const byName = { ...world.identity, 'auth-type': 'oidc' };
    await world.refused(
      byName,
      /^This job cannot request an ID token from GitHub(?![\s\S]*with a secret or a certificate)/,
      { env: NONE },
    );
  });

  test('from a server without TLS: that, and not the permission', async () => {
    const url = 'http://git.contoso.local:3000/api/actions/_apis/pipelines/workflows/1/idtoken?api-version=2.0';
    const told =
      'does not use https: http://git\\.contoso\\.local:3000\\.\\n(?![\\s\\S]*permissions:)[\\s\\S]*operator of';
    for (const [variable, server] of [
      ['GITEA_ACTIONS', 'Gitea'],
      ['FORGEJO_ACTIONS', 'Forgejo'],
      ['GITHUB_ACTIONS', 'the server'],
    ] as const) {
      const env = { [variable]: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: url };
      await world.refused(world.identity, new RegExp(`${told} ${server} to serve it over https`), { env, asked: 0 });
    }
  });
});
