import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Job } from '../../simulator/job.ts';
import type { ProfileSubscription } from '../../src/profile/azure-profile.ts';
import { assertPrivate, assertRefused, assertSignedOut, findSecrets, openWorld, readJson } from './world.ts';

const world = await openWorld();

const ENTRA = 'login.microsoftonline.com';

test('OIDC: three requests, a session for every client, and nothing after post', async () => {
  world.simulator.clear();
  const { job } = world;
  const earlier = { ...job.env };
  const step = await world.signedIn({ ...world.identity, subscription: 'Production' });
  const { result } = step;
  const tenant = world.contoso.tenant.id;
  const [github, ...rest] = world.asked;
  assert.match(github ?? '', /^GET .*idtoken/);
  assert.deepEqual(rest, [`POST ${ENTRA}/${tenant}/oauth2/v2.0/token`, 'GET management.azure.com/subscriptions']);
  assert.deepEqual(world.simulator.escaped, []);

  const folder = result.outputs['config-dir'] ?? '';
  assertPrivate(folder);
  const [production] = world.contoso.subscriptions;
  assert.ok(production);
  assert.deepEqual(
    { ...result.outputs, 'expires-on': '', subscriptions: '' },
    {
      account: world.contoso.application.clientId,
      'principal-id': world.contoso.application.servicePrincipals[0]?.objectId,
      'client-id': world.contoso.application.clientId,
      'tenant-id': tenant,
      'subscription-id': production.id,
      'subscription-name': 'Production',
      subscriptions: '',
      environment: 'AzureCloud',
      mode: 'arm',
      'config-dir': folder,
      'expires-on': '',
    },
  );
  assert.match(result.outputs['expires-on'] ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const listed = JSON.parse(result.outputs['subscriptions'] ?? '') as {
    id: string;
    isDefault: boolean;
    state: string;
  }[];
  assert.deepEqual(
    listed.map(({ state, isDefault }) => ({ state, isDefault })),
    [
      { state: 'Enabled', isDefault: true },
      { state: 'Enabled', isDefault: false },
    ],
  );
  const { subscriptions } = readJson<{ subscriptions: ProfileSubscription[] }>(folder, 'azureProfile.json');
  assert.equal(subscriptions.length, 3);
  assert.deepEqual(
    subscriptions.filter(({ isDefault }) => isDefault).map(({ id }) => id),
    [production.id],
  );
  assert.equal(result.exported['AZURE_CONFIG_DIR'], folder);
  assert.equal(result.exported['AZURE_CLIENT_ID'], world.contoso.application.clientId);
  assert.equal(result.exported['AZURE_CLIENT_SECRET'], undefined);
  await assertSignedOut(step, job, earlier);
});

test('client secret: two requests; the secret is exported only when asked for', async () => {
  world.simulator.clear();
  const { job } = world;
  const earlier = { ...job.env };
  const step = await world.signedIn({ ...world.secret, 'subscription-id': world.contoso.subscriptions[1]?.id ?? '' });
  assert.equal(world.asked.length, 2);
  assert.equal(step.result.outputs['subscription-name'], world.contoso.subscriptions[1]?.displayName);
  assert.equal(step.result.exported['AZURE_CLIENT_SECRET'], undefined);
  assert.deepEqual(step.result.masks.filter((mask) => mask === world.contoso.clientSecret).length, 1);
  await assertSignedOut(step, job, earlier);

  const exporting = await world.signIn({ ...world.secret, 'export-secrets': 'true', subscription: 'production' });
  assert.equal(exporting.result.exported['AZURE_CLIENT_SECRET'], world.contoso.clientSecret);
  assert.deepEqual(findSecrets([world.contoso.clientSecret], exporting.state), []);
  await assertSignedOut(exporting, job, earlier);
});

test('certificate: signed by PS256 under its SHA-256 thumbprint, and left as PEM for the SDKs', async () => {
  world.simulator.clear();
  const step = await world.signedIn({ ...world.certificate, subscription: 'Production' });
  const assertion = world.simulator.requests[0]?.form.get('client_assertion') ?? '';
  const header = JSON.parse(Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString()) as Record<
    string,
    string
  >;
  assert.equal(header['alg'], 'PS256');
  const thumbprint = Buffer.from(header['x5t#S256'] ?? '', 'base64url')
    .toString('hex')
    .toUpperCase();
  assert.equal(thumbprint, world.contoso.certificate.thumbprintSha256);
  const pem = step.result.exported['AZURE_CLIENT_CERTIFICATE_PATH'] ?? '';
  assertPrivate(pem);
  assert.equal(step.result.exported['AZURE_CLIENT_SEND_CERTIFICATE_CHAIN'], undefined);
  await assertSignedOut(step, world.job, {});
});

test('post undoes twice what main did once, and signs in never', async () => {
  world.simulator.clear();
  using job = world.newJob({ AZURE_TENANT_ID: 'the-workflow-s-own' });
  const step = await job.step({ inputs: { ...world.secret, subscription: 'Production' } });
  assert.equal(job.env['AZURE_TENANT_ID'], world.contoso.tenant.id);
  assert.equal(step.result.warnings.length, 1, step.result.log);
  assert.match(step.result.warnings[0] ?? '', /AZURE_TENANT_ID/);
  world.simulator.clear();
  await assertSignedOut(step, job, { AZURE_TENANT_ID: 'the-workflow-s-own' });
  const again = await step.post();
  assert.equal(again.exitCode, 0);
  assert.deepEqual(again.exported, {});
  assert.deepEqual(world.simulator.requests, []);
});

test('a job that is cancelled in the middle leaves nothing', async () => {
  world.simulator.clear();
  world.simulator.faults.add({ host: 'management.azure.com', fault: { kind: 'hang' } });
  using job = world.newJob();
  const step = await job.step({ inputs: world.secret, cancelAfter: 1500 });
  assert.equal(step.result.signal, 'SIGTERM');
  await assertSignedOut(step, job, {});
  world.simulator.clear();
});

test('a value that changed since is not taken back', async () => {
  using job = world.newJob();
  const step = await world.signedIn({ ...world.secret, subscription: 'Production' }, { job });
  assert.ok('AZURE_TENANT_ID' in step.result.exported);
  job.env['AZURE_TENANT_ID'] = 'set-by-a-later-step';
  const post = await step.post();
  assert.equal(post.exported['AZURE_TENANT_ID'], undefined);
  assert.equal(job.env['AZURE_TENANT_ID'], 'set-by-a-later-step');
  assert.equal(job.env['AZURE_SUBSCRIPTION_ID'], '');
});

test('logout: false leaves the session, by input or by the variable of azure/login', async () => {
  for (const [inputs, env] of [
    [{ logout: 'false' }, {}],
    [{}, { AZURE_LOGIN_POST_CLEANUP: 'false' }],
  ] as const) {
    using job = new Job({ ...world.simulator.environment, ...env });
    const step = await job.step({ inputs: { ...world.secret, ...inputs } });
    assert.match(step.result.log, /The post step will not sign out/);
    const post = await step.post();
    assert.equal(post.exitCode, 0);
    assert.match(post.log, /the session stays, as the workflow asks/);
    assert.ok(statSync(join(step.result.outputs['config-dir'] ?? '', 'azureProfile.json')).isFile());
  }
});

test('post removes no folder but one of a main run, whatever its state says', async () => {
  using job = world.newJob();
  const victim = join(job.folder, 'victim');
  mkdirSync(victim);
  writeFileSync(join(victim, 'file'), '');
  const step = await job.step({ inputs: { ...world.identity, 'timeout-seconds': 'soon' } });
  const link = join(job.folder, 'azure-session-fedcba9876543210');
  symlinkSync(victim, link);
  const absent = join(job.temp, 'azure-session-0123456789abcdef');
  for (const session of [
    '{',
    '[]',
    JSON.stringify({ folder: victim }),
    JSON.stringify({ folder: 'victim' }),
    JSON.stringify({ folder: join(victim, '..', 'victim') }),
    JSON.stringify({ folder: 'azure-session-0123456789abcdef' }),
    JSON.stringify({ folder: victim, sharedLogin: 'a', outermostMade: job.folder }),
    JSON.stringify({ folder: `${link}/` }),
    JSON.stringify({ folder: `${job.folder}/victim/../azure-session-fedcba9876543210/.` }),
    JSON.stringify({ folder: absent }),
    JSON.stringify({ folder: absent, powershell: "x'; Remove-Item", refresher: '1' }),
  ]) {
    step.state = { session };
    const post = await step.post();
    assert.equal(post.exitCode, 0);
    assert.deepEqual(post.exported, {}, session);
    assert.ok(existsSync(join(victim, 'file')), session);
  }
});

test('post obeys main alone: a state that a step put into the environment is none', async () => {
  const inputs = { ...world.secret, subscription: 'Production' };
  for (const step of [{ 'timeout-seconds': 'soon' }, { subscription: 'Nowhere' }, { logout: 'false' }]) {
    using job = world.newJob();
    await using other = await job.step({ inputs });
    const folder = other.result.outputs['config-dir'] ?? '';
    const refused = await job.step({
      inputs: { ...inputs, ...step },
      env: { STATE_session: other.state['session'] ?? '' },
    });
    const post = await refused.post();
    assert.match(
      post.log,
      'logout' in step
        ? /^Nothing to sign out of: the session stays/m
        : /^Nothing to sign out of: the sign-in did not/m,
    );
    assert.deepEqual(post.exported, {});
    assert.ok(existsSync(folder));
  }
});

test('variables that cannot be given back are told as what they are', async () => {
  using job = world.newJob();
  const step = await job.step({ inputs: { ...world.secret, subscription: 'Production' } });
  const post = await step.post({ NODE_OPTIONS: '--import=data:text/javascript,delete(process.env.GITHUB_ENV)' });
  assert.equal(post.exitCode, 0);
  assert.deepEqual(post.errors, [
    'The variables of the session could not be given back. The steps that follow still see them.',
  ]);
  assert.match(post.log, /^Signed out, but for what the errors name\.$/m);
});

test('a request URL that is none is a missing permission, not a fault of the action', async () => {
  using job = world.newJob({ ACTIONS_ID_TOKEN_REQUEST_URL: 'foo:bar' });
  assertRefused(await job.step({ inputs: world.identity }), job, /id-token: write/);
});
