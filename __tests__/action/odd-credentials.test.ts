import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openWorld, type Variables } from './world.ts';

const world = await openWorld();

suite('An unusual Resource Manager URL', () => {
  const classic = 'https://management.core.windows.net';
  const urls = [`${classic}/`, classic, `${classic}:8443/`];
  const creds = (resourceManagerEndpointUrl: string): Variables =>
    world.creds({ subscriptionId: world.contoso.subscriptions[0].id, resourceManagerEndpointUrl });

  for (const [url, warnings] of [
    ...urls.map((url) => [url, /^$/] as const),
    ['https://management.core.usgovcloudapi.net/', /belongs to AzureUSGovernment.*`environment: AzureUSGovernment`/],
    ['management.azure.com', /^$/],
    ['https://management.azure.com/subscriptions', /^$/],
    ['http://MANAGEMENT.azure.com', /^$/],
  ] as const) {
    test(`in creds is ${warnings.source === '^$' ? 'accepted' : 'a warning that names the right cloud'}: ${url}`, async () => {
      await using step = await world.signIn(creds(url), { job: world.newJob() });
      assert.match(step.result.warnings.join('\n'), warnings);
    });
  }

  test('of the classic service is not a private cloud', async () => {
    const message =
      /is the classic Service Management of AzureCloud, not a Resource Manager\.\nWhat to do:\nFor that cloud, set `environment: AzureCloud`/;
    for (const url of urls) {
      const secret = { ...world.secret, 'resource-manager-url': url };
      const stack = { environment: 'AzureStack' };
      for (const inputs of [{ ...creds(url), ...stack }, secret, { ...secret, ...stack }])
        await world.rejects(inputs, message, { requests: 0 });
    }
  });
});

suite('A job that cannot request an ID token', () => {
  const NONE = { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' };
  const noPermission = /^This job cannot request an ID token from GitHub: .*`id-token: write`\.\n/;

  test('and has an empty secret: the error has the YAML to add, and names the missing credential', async () => {
    const yaml = 'The inputs contain no other credential[\\s\\S]*permissions:\\n\\s+id-token: write';
    const message = new RegExp(noPermission.source + yaml);
    for (const more of [{}, { 'client-secret': '' }, { 'auth-type': 'SERVICE_PRINCIPAL', 'client-certificate': '' }]) {
      await world.rejects({ ...world.identity, ...more }, message, { env: NONE, requests: 0 });
    }
    const atGitea = /^Gitea gives this job no ID token, and the inputs contain no other credential/;
    await world.rejects(world.identity, atGitea, { env: { ...NONE, GITEA_ACTIONS: 'true' } });
  });

  test('and a misspelt input: a warning suggests the right name', async () => {
    const inputs = { ...world.identity, 'client-secrett': 'hunter2' };
    const { warnings, log } = await world.rejects(inputs, noPermission, { env: NONE });
    const warning = 'The action has no input `client-secrett`, and ignores it. Did you mean `client-secret`?';
    assert.deepEqual([warnings, log.includes('hunter2')], [[warning], false]);
  });

  test('and sets auth-type: oidc: the error names only the permission', async () => {
    const message = /^This job cannot request an ID token from GitHub(?![\s\S]*with a secret or a certificate)/;
    await world.rejects({ ...world.identity, 'auth-type': 'oidc' }, message, { env: NONE });
  });

  test('because the server has no TLS: the error does not name the permission', async () => {
    const url = 'http://git.contoso.local:3000/api/actions/_apis/pipelines/workflows/1/idtoken?api-version=2.0';
    const message =
      'does not use https: http://git\\.contoso\\.local:3000\\.\\n(?![\\s\\S]*permissions:)[\\s\\S]*operator of';
    const servers = { GITEA_ACTIONS: 'Gitea', FORGEJO_ACTIONS: 'Forgejo', GITHUB_ACTIONS: 'the server' };
    for (const [variable, server] of Object.entries(servers)) {
      const env = { [variable]: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: url };
      const operator = new RegExp(`${message} ${server} to serve it over https`);
      await world.rejects(world.identity, operator, { env, requests: 0 });
    }
    await world.rejects(world.identity, /does not use https: foo/, {
      env: { ACTIONS_ID_TOKEN_REQUEST_URL: 'foo:bar' },
    });
  });
});
