import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, suite, test } from 'node:test';
import type { StepResult } from '../../simulator/job.ts';
import { certutilEncoded, text } from '../certificate/forms.ts';
import { assertRefused, findSecrets, openWorld } from './world.ts';

const world = await openWorld();
beforeEach(() => world.simulator.clear());

const SECRET = 'Sim8Q~not.to-be.seen_in-any.log-of-the.job';

/** Refused before anything is sent, in these words, and without a word of the value. */
async function assertOdd(
  inputs: Record<string, string>,
  message: RegExp,
  env: Record<string, string> = {},
): Promise<StepResult> {
  const job = world.newJob(env);
  const step = await job.step({ inputs });
  assertRefused(step, job, message);
  assert.deepEqual(world.asked, []);
  const log = step.result.log.replaceAll(/^::add-mask::.*$/gm, '');
  const values = Object.values(inputs).filter((value) => value.length > 30);
  const pieces = values.flatMap((value) => [value.slice(0, 40), ...value.split(/\s+/)]).filter(isTelling);
  assert.deepEqual(findSecrets([SECRET, ...pieces], { log, summary: step.result.summary }), []);
  return step.result;
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
  for (const [url, ...warnings] of [
    ...urls.map((url) => [url, ofThisCloud] as const),
    ['https://management.core.usgovcloudapi.net/', /made in AzureUSGovernment.*`environment: AzureUSGovernment`/],
    // A Resource Manager of the same cloud is no other one, however it is written.
    ['management.azure.com'],
    ['https://management.azure.com/subscriptions'],
    ['http://MANAGEMENT.azure.com'],
  ] as const) {
    test(`in creds is ${warnings.length === 0 ? 'nothing to tell' : 'a warning that tells the right one'}: ${url}`, async () => {
      await using step = await world.signedIn(creds(url), { job: world.newJob() });
      assert.equal(step.result.warnings.length, warnings.length, step.result.log);
      for (const [at, warning] of warnings.entries()) assert.match(step.result.warnings[at] ?? '', warning);
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

  test('and has an empty secret: the permission, and that no other credential was given', async () => {
    for (const inputs of [
      {},
      { 'client-secret': '' },
      { 'auth-type': 'SERVICE_PRINCIPAL', 'client-certificate': '' },
    ]) {
      const first =
        /^This job may not ask GitHub for an ID token: .*`id-token: write`\.\nThe inputs give no other credential/;
      await assertOdd({ ...world.identity, ...inputs }, first, NONE);
    }
    await assertOdd(world.identity, /^Gitea gives this job no ID token, and the inputs give no other credential/, {
      ...NONE,
      GITEA_ACTIONS: 'true',
    });
  });

  test('and a misspelt input: a warning names the one that was meant', async () => {
    const inputs = { ...world.identity, 'client-secrett': SECRET };
    const { warnings } = await assertOdd(inputs, /^This job may not ask GitHub for an ID token/, NONE);
    assert.deepEqual(warnings, [
      'The action has no input `client-secrett`, and ignores it. Did you mean `client-secret`?',
    ]);
  });

  test('and asked for it by name: the permission alone', async () => {
    const { errors } = await assertOdd(
      { ...world.identity, 'auth-type': 'oidc' },
      /^This job may not ask GitHub/,
      NONE,
    );
    assert.doesNotMatch(errors[0] ?? '', /by a secret or a certificate/);
  });

  test('from a server without TLS: that, and not the permission', async () => {
    for (const [variable, server] of [
      ['GITEA_ACTIONS', 'Gitea'],
      ['FORGEJO_ACTIONS', 'Forgejo'],
      ['GITHUB_ACTIONS', 'the server'],
    ] as const) {
      const url = 'http://git.contoso.local:3000/api/actions/_apis/pipelines/workflows/1/idtoken?api-version=2.0';
      const { errors } = await assertOdd(world.identity, /is not https, but http:\/\/git\.contoso\.local:3000\.\n/, {
        [variable]: 'true',
        ACTIONS_ID_TOKEN_REQUEST_URL: url,
      });
      assert.match(errors[0] ?? '', new RegExp(`operator of ${server} to serve it over https`));
      assert.doesNotMatch(errors[0] ?? '', /permissions:/);
    }
  });
});

test('a PFX of certutil is read from a file too, and its lines are secrets', async () => {
  world.contoso.application.certificates.push(text('leaf.crt'));
  mkdirSync(join(world.job.workspace, 'certs'));
  writeFileSync(join(world.job.workspace, 'certs', 'sp.txt'), certutilEncoded('\r\n'));
  const password = { 'client-certificate-password': 'correct horse' };
  for (const value of ['certs/sp.txt', certutilEncoded('\n')]) {
    await using step = await world.signedIn({ ...world.identity, ...password, 'client-certificate': value });
    const lines = certutilEncoded('\n').split('\n').slice(1, -2);
    if (value.includes('\n'))
      assert.deepEqual(
        lines.filter((line) => !step.result.masks.includes(line)),
        [],
      );
  }
});
