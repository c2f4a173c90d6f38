import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import type { FaultKind } from '../../simulator/faults.ts';
import { assertRefused, assertSignedOut, openWorld } from './world.ts';

const world = await openWorld();
afterEach(() => world.simulator.clear());

test('a wrong secret is told with its code, the server’s words, the correlation id and the command that mends it', async () => {
  const step = await world.signIn({ ...world.secret, 'client-secret': 'not-the-secret' });
  assertRefused(step, world.job, /AADSTS7000215/);
  const [error = ''] = step.result.errors;
  assert.match(error, /Invalid client secret provided/);
  assert.match(error, /correlation id [\da-f-]{36}/);
  assert.match(error, new RegExp(`az ad app credential reset --id ${world.contoso.application.clientId} --append`));
  assert.doesNotMatch(step.result.log.replaceAll(/^::add-mask::.*$/gm, ''), /not-the-secret/);
  assert.equal(world.asked.length, 1, 'a refusal is not tried again');
});

test('a federated mismatch shows what was presented and the command that accepts it', async () => {
  const { github } = world.simulator;
  github.environment = "prod's";
  const step = await world.signIn(world.identity);
  github.environment = '';
  assertRefused(step, world.job, /AADSTS700213/);
  const [error = ''] = step.result.errors;
  assert.match(error, /issuer: {3}https:\/\/token\.actions\.githubusercontent\.com/);
  assert.match(error, /subject: {2}repo:octo-org@65\/octo-repo@74:environment:prod's/);
  assert.match(error, /audience: api:\/\/AzureADTokenExchange/);
  assert.match(error, /az ad app federated-credential create --id/);
});

test('a subject that every pull request has is a security warning', async () => {
  const { github } = world.simulator;
  const [credential] = world.contoso.application.federatedCredentials;
  assert.ok(credential);
  const { subject } = credential;
  github.eventName = 'pull_request';
  credential.subject = 'repo:octo-org@65/octo-repo@74:pull_request';
  await using step = await world.signIn({ ...world.identity, subscription: 'Production', 'keep-alive': 'false' });
  github.eventName = 'push';
  credential.subject = subject;
  assert.equal(step.result.exitCode, 0, step.result.log);
  assert.match(step.result.warnings.join(), /pull_request/);
});

test('without id-token: write, the YAML to add', async () => {
  using job = world.newJob({ ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' });
  const step = await job.step({ inputs: world.identity });
  assertRefused(step, job, /permissions:\n\s+id-token: write/);
  assert.deepEqual(world.asked, []);
});

test('an identity without a role is told its object id and the role assignment that helps', async () => {
  const { subscriptions } = world.simulator.directory;
  const before = subscriptions.map((subscription) => subscription.roleAssignments.splice(0));
  try {
    assertRefused(
      await world.signIn(world.secret),
      world.job,
      /az role assignment create --assignee-object-id [\da-f-]{36}/,
    );
    const tenantLevel = await world.signedIn({ ...world.secret, 'allow-no-subscriptions': 'true' });
    assert.equal(tenantLevel.result.outputs['subscription-id'], '');
    await assertSignedOut(tenantLevel, world.job, {});
  } finally {
    for (const [at, subscription] of subscriptions.entries()) subscription.roleAssignments.push(...(before[at] ?? []));
  }
});

test('which subscription: unknown, or one of two of a name', async () => {
  const unknown = await world.signIn({ ...world.secret, subscription: 'Prodution' });
  assertRefused(unknown, world.job, /Production/);
  const twins = world.contoso.subscriptions.slice(0, 2).map(({ id }) => world.simulator.directory.subscription(id));
  const names = twins.map((twin) => twin?.displayName ?? '');
  for (const twin of twins) if (twin !== undefined) twin.displayName = 'Twin';
  const ambiguous = await world.signIn({ ...world.secret, subscription: 'twin' });
  for (const [at, twin] of twins.entries()) if (twin !== undefined) twin.displayName = names[at] ?? '';
  assertRefused(ambiguous, world.job, /2 subscriptions have the name/);
});

const PASSING: readonly FaultKind[] = [
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
  { kind: 'status', status: 500, body: 'oops' },
  { kind: 'reset' },
  { kind: 'reset', at: 'body' },
  { kind: 'empty' },
  { kind: 'truncated' },
  { kind: 'html' },
  { kind: 'json', body: {} },
];

suite('a transient failure of GitHub, Entra ID and Resource Manager is tried again, with a line for each try:', () => {
  for (const fault of PASSING) {
    test(JSON.stringify(fault), async () => {
      const paths = [/idtoken/, /oauth2\/v2\.0\/token/, /^\/subscriptions$/];
      for (const path of paths) world.simulator.faults.add({ path, fault });
      await using step = await world.signedIn({ ...world.identity, subscription: 'Production', 'keep-alive': 'false' });
      const tries = step.result.log.match(/failed \(try 1 of 5\): .*Trying again in \d+\.\d s\./g);
      assert.equal(tries?.length, paths.length, step.result.log);
      if ('headers' in fault)
        assert.doesNotMatch(step.result.log, /Trying again in 0\.\d s/, 'sooner than it was asked to');
    });
  }
});

test('AADSTS90033, by which Entra ID says that it is busy, is tried again', async () => {
  const body = { error: 'invalid_request', error_description: 'AADSTS90033: A transient error has occurred.' };
  world.simulator.faults.add({ path: /oauth2/, fault: { kind: 'json', status: 400, body } });
  await using step = await world.signedIn({ ...world.secret, subscription: 'Production' });
  assert.match(step.result.log, /AADSTS90033.*Trying again/);
});

test('a retried exchange presents a fresh ID token', async () => {
  world.simulator.faults.add({ path: /oauth2/, fault: { kind: 'status', status: 503 } });
  await using _ = await world.signedIn({ ...world.identity, 'keep-alive': 'false' });
  const presented = world.simulator.requests
    .map(({ form }) => form.get('client_assertion'))
    .filter((jwt) => jwt !== null);
  assert.equal(new Set(presented).size, 2);
});

test('when the tries are used up, the last reason is in the one error', async () => {
  world.simulator.faults.add({ path: /oauth2/, times: 100, fault: { kind: 'status', status: 502 } });
  const step = await world.signIn({ ...world.secret, 'max-attempts': '2' });
  assertRefused(step, world.job, /Both tries failed; the last one: login\.microsoftonline\.com answered HTTP 502/);
  assert.equal(world.asked.length, 2);
});
