import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { StepResult } from '../../simulator/job.ts';
import { certutilEncoded, text } from '../certificate/forms.ts';
import { findSecrets, openWorld, shownBy } from './world.ts';

const world = await openWorld();
const SECRET = 'Sim8Q~not.to-be.seen_in-any.log-of-the.job';

/** Refused before anything is sent, in these words, and without a word of the value. */
async function assertOdd(
  inputs: Record<string, string>,
  message: RegExp,
  env: Record<string, string> = {},
): Promise<StepResult> {
  const result = await world.refused(inputs, message, { env, asked: 0 });
  const values = Object.values(inputs).filter((value) => value.length > 30);
  const pieces = values.flatMap((value) => [value.slice(0, 40), ...value.split(/\s+/)]).filter(isTelling);
  assert.deepEqual(findSecrets([SECRET, ...pieces], { shown: shownBy(result) }), []);
  return result;
}

/** No id, no word and no line that every certificate has. */
function isTelling(piece: string): boolean {
  return piece.length >= 30 && !/^[\da-f-]{36}$/.test(piece) && !piece.startsWith('-----');
}

test('a certificate in the place of a secret, and creds that are no JSON, are refused before anything is sent', async () => {
  const message = /contains a certificate or a key in PEM, not [\s\S]*`client-certificate`/;
  await assertOdd({ ...world.identity, 'client-secret': text('leaf.crt') + text('leaf.key') }, message);
  await assertOdd({ creds: `clientId: x\nclientSecret: ${SECRET}\n` }, /^`creds` is not valid JSON/);
});

suite('A resource manager URL of the classic service', () => {
  const classic = 'https://management.core.windows.net';
  const urls = [`${classic}/`, classic, `${classic}:8443/`];

  function creds(resourceManagerEndpointUrl: string): Record<string, string> {
    const { application, tenant, clientSecret, subscriptions } = world.contoso;
    const principal = { clientId: application.clientId, tenantId: tenant.id, clientSecret };
    return { creds: JSON.stringify({ ...principal, subscriptionId: subscriptions[0].id, resourceManagerEndpointUrl }) };
  }

  const ofThisCloud = /classic Service Management of AzureCloud.*https:\/\/management\.azure\.com\//;
  for (const [url, warning] of [
    ...urls.map((url) => [url, ofThisCloud] as const),
    ['https://management.core.usgovcloudapi.net/', /made in AzureUSGovernment.*`environment: AzureUSGovernment`/],
    // A Resource Manager of the same cloud is no other one, however it is written.
    ['management.azure.com', undefined],
    ['https://management.azure.com/subscriptions', undefined],
    ['http://MANAGEMENT.azure.com', undefined],
  ] as const) {
    test(`in creds is ${warning === undefined ? 'nothing to tell' : 'a warning that tells the right one'}: ${url}`, async () => {
      await using step = await world.signedIn(creds(url), { job: world.newJob() });
      assert.equal(step.result.warnings.length, warning === undefined ? 0 : 1, step.result.log);
      if (warning !== undefined) assert.match(step.result.warnings[0] ?? '', warning);
    });
  }

  test('is no private cloud', async () => {
    const advice =
      /is the classic Service Management of AzureCloud, not a Resource Manager\.\nWhat to do:\nFor that cloud, set `environment: AzureCloud`/;
    for (const url of urls) {
      await assertOdd({ environment: 'AzureStack', ...creds(url) }, advice);
      await assertOdd({ ...world.secret, 'resource-manager-url': url }, advice);
      await assertOdd({ ...world.secret, 'resource-manager-url': url, environment: 'AzureStack' }, advice);
    }
  });
});

suite('A job that cannot get an ID token', () => {
  const NONE = { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' };
  const mayNot = /^This job may not ask GitHub for an ID token/;

  test('and has an empty secret: the permission, and that no other credential was given', async () => {
    const first =
      /^This job may not ask GitHub for an ID token: .*`id-token: write`\.\nThe inputs give no other credential/;
    for (const more of [{}, { 'client-secret': '' }, { 'auth-type': 'SERVICE_PRINCIPAL', 'client-certificate': '' }]) {
      await assertOdd({ ...world.identity, ...more }, first, NONE);
    }
    const atGitea = /^Gitea gives this job no ID token, and the inputs give no other credential/;
    await assertOdd(world.identity, atGitea, { ...NONE, GITEA_ACTIONS: 'true' });
  });

  test('and a misspelt input: a warning names the one that was meant', async () => {
    const { warnings } = await assertOdd({ ...world.identity, 'client-secrett': SECRET }, mayNot, NONE);
    const told = 'The action has no input `client-secrett`, and ignores it. Did you mean `client-secret`?';
    assert.deepEqual(warnings, [told]);
  });

  test('and asked for it by name: the permission alone', async () => {
    const { errors } = await assertOdd({ ...world.identity, 'auth-type': 'oidc' }, mayNot, NONE);
    assert.doesNotMatch(errors[0] ?? '', /by a secret or a certificate/);
  });

  test('from a server without TLS: that, and not the permission', async () => {
    const url = 'http://git.contoso.local:3000/api/actions/_apis/pipelines/workflows/1/idtoken?api-version=2.0';
    for (const [variable, server] of [
      ['GITEA_ACTIONS', 'Gitea'],
      ['FORGEJO_ACTIONS', 'Forgejo'],
      ['GITHUB_ACTIONS', 'the server'],
    ] as const) {
      const env = { [variable]: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: url };
      const told = `is not https, but http://git\\.contoso\\.local:3000\\.\\n[\\s\\S]*operator of ${server} to serve it over https`;
      const { errors } = await assertOdd(world.identity, new RegExp(told), env);
      assert.doesNotMatch(errors[0] ?? '', /permissions:/);
    }
  });
});

test('a PFX of certutil is read from a file too, and its lines are secrets', async () => {
  world.contoso.application.certificates.push(text('leaf.crt'));
  mkdirSync(join(world.job.workspace, 'certs'));
  writeFileSync(join(world.job.workspace, 'certs', 'sp.txt'), certutilEncoded('\r\n'));
  const inputs = { ...world.identity, 'client-certificate-password': 'correct horse' };
  await using _ = await world.signedIn({ ...inputs, 'client-certificate': 'certs/sp.txt' });
  await using step = await world.signedIn({ ...inputs, 'client-certificate': certutilEncoded('\n') });
  const lines = certutilEncoded('\n').split('\n').slice(1, -2);
  assert.deepEqual(
    lines.filter((line) => !step.result.masks.includes(line)),
    [],
  );
});
