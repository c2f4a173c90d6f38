import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';
import { assertSignedOut, openWorld } from './world.ts';

const world = await openWorld();
const { faults, github, directory } = world.simulator;
const PRODUCTION = { subscription: 'Production', 'keep-alive': 'false' };
const WRONG = { 'client-secret': 'not-the-secret' };

test('a wrong secret is told with its code, the server’s words, the correlation id and the command that mends it', async () => {
  const command = `az ad app credential reset --id ${world.contoso.application.clientId} --append`;
  const told = `AADSTS7000215[\\s\\S]*Invalid client secret provided[\\s\\S]*correlation id [\\da-f-]{36}[\\s\\S]*${command}`;
  // A refusal is not tried again.
  await world.refused({ ...world.secret, ...WRONG }, new RegExp(told), { asked: 1 });
});

test('a federated mismatch shows what was presented and the command that accepts it', async () => {
  github.environment = "prod's";
  await world.refused(
    world.identity,
    /AADSTS700213[\s\S]*issuer: {3}https:\/\/token\.actions\.githubusercontent\.com\n\s*subject: {2}repo:octo-org@65\/octo-repo@74:environment:prod's\n\s*audience: api:\/\/AzureADTokenExchange\n[\s\S]*az ad app federated-credential create --id/,
  );
});

test('a subject that every pull request has is a security warning', async () => {
  github.eventName = 'pull_request';
  const subject = 'repo:octo-org@65/octo-repo@74:pull_request';
  Object.assign(world.contoso.application.federatedCredentials[0] ?? {}, { subject });
  await using step = await world.signedIn({ ...world.identity, ...PRODUCTION });
  assert.match(step.result.warnings.join(), /pull_request/);
});

test('without id-token: write, the YAML to add; with a request URL that is none, that the permission is there', async () => {
  const env = { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' };
  await world.refused(world.identity, /permissions:\n\s+id-token: write/, { env, asked: 0 });
  await world.refused(world.identity, /does not use https: foo/, { env: { ACTIONS_ID_TOKEN_REQUEST_URL: 'foo:bar' } });
});

test('an identity without a role is told its object id and the role assignment that helps', async () => {
  for (const subscription of directory.subscriptions) subscription.roleAssignments.length = 0;
  await world.refused(world.secret, /az role assignment create --assignee-object-id [\da-f-]{36}/);
  const tenantLevel = await world.signedIn({ ...world.secret, 'allow-no-subscriptions': 'true' });
  assert.equal(tenantLevel.result.outputs['subscription-id'], '');
  await assertSignedOut(tenantLevel, world.job, {});
});

test('which subscription: unknown, or one of two of a name', async () => {
  await world.refused({ ...world.secret, subscription: 'Prodution' }, /Production/);
  for (const twin of directory.subscriptions.slice(0, 2)) twin.displayName = 'Twin';
  await world.refused({ ...world.secret, subscription: 'twin' }, /2 subscriptions have the name/);
});

suite('token-scopes', () => {
  const VAULT = 'https://vault.azure.net';
  const withScopes = (...scopes: string[]): Record<string, string> => {
    return { ...world.secret, subscription: 'Production', 'token-scopes': scopes.join('\n') };
  };

  test('the requests run at the same time, also that for the subscriptions: none waits for another’s answer', async () => {
    faults.add({ path: /oauth2/, skip: 1, times: 3, fault: { kind: 'hang' } });
    faults.add({ path: '/subscriptions', fault: { kind: 'hang' } });
    const scopes = withScopes(VAULT, 'https://graph.microsoft.com/', 'https://storage.azure.com/.default');
    await world.refused({ ...scopes, 'timeout-seconds': '4' }, /did not finish within 4 seconds/);
    const struck = world.simulator.requests.map(({ fault }) => fault);
    assert.deepEqual(struck, [undefined, 'hang', 'hang', 'hang', 'hang']);
  });

  test('a refused scope fails the whole sign-in, with its remedy', async () => {
    await world.refused(
      withScopes(VAULT, 'https://nobody.example.com'),
      /AADSTS500011[\s\S]*nobody\.example\.com[\s\S]*Check `token-scopes`/,
    );
  });

  test("of two failures the one that is the account's is told, once", async () => {
    faults.add({ path: /oauth2/, skip: 1, times: 100, fault: { kind: 'status', status: 503 } });
    faults.add({ path: '/subscriptions', times: 100, fault: { kind: 'delay', milliseconds: 300 } });
    await world.refused({ ...withScopes(VAULT), subscription: 'Nowhere', 'max-attempts': '2' }, /Nowhere/);
  });
});

for (const fault of [
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
] as const) {
  test(`a transient failure is tried again, with a line for each try: HTTP ${fault.status}`, async () => {
    const paths = [/idtoken/, /oauth2\/v2\.0\/token/, /^\/subscriptions$/];
    for (const path of paths) faults.add({ path, fault });
    await using step = await world.signedIn({ ...world.identity, ...PRODUCTION });
    const tries = step.result.log.match(/failed \(try 1 of 5\): .*Trying again in \d+\.\d s\./g);
    assert.equal(tries?.length, paths.length, step.result.log);
    // Not sooner than it was asked to.
    if ('headers' in fault) assert.doesNotMatch(step.result.log, /Trying again in 0\.\d s/);
    const presented = world.simulator.requests.flatMap(({ form }) => form.get('client_assertion') ?? []);
    assert.equal(new Set(presented).size, 2, 'each try presents a fresh ID token');
  });
}

test('AADSTS90033, by which Entra ID says that it is busy, is tried again', async () => {
  const body = { error: 'invalid_request', error_description: 'AADSTS90033: A transient error has occurred.' };
  faults.add({ path: /oauth2/, fault: { kind: 'json', status: 400, body } });
  await using step = await world.signedIn({ ...world.secret, ...PRODUCTION });
  assert.match(step.result.log, /AADSTS90033.*Trying again/);
});

test('when the tries are used up, the last reason is in the one error', async () => {
  faults.add({ path: /oauth2/, times: 100, fault: { kind: 'status', status: 502 } });
  const told = /Both attempts failed; the last one: login\.microsoftonline\.com answered HTTP 502/;
  await world.refused({ ...world.secret, 'max-attempts': '2' }, told, { asked: 2 });
});

test('a server that asks for a longer wait than there is time is told as that, at once', async () => {
  for (const [wait, told] of [
    ['3600', '60 minutes'],
    ['31536000', 'more than two days'],
    ['99999999999', 'more than two days'],
    ['Fri, 31 Dec 2099 23:59:59 GMT', 'more than two days'],
  ] as const) {
    faults.add({ path: /oauth2/, fault: { kind: 'status', status: 429, headers: { 'Retry-After': wait } } });
    const message = new RegExp(`HTTP 429, and asks to wait ${told} before the next attempt`);
    assert.doesNotMatch((await world.refused(world.secret, message, { asked: 1 })).log, /did not finish|network/);
  }
});

test('the debug log names an identity endpoint that nobody answers at', async () => {
  const env = { RUNNER_DEBUG: '1', IDENTITY_ENDPOINT: 'http://127.0.0.1:9/token', IDENTITY_HEADER: 'a secret' };
  const { log } = await world.refused({ 'auth-type': 'managed-identity' }, /./, { env });
  assert.match(log, /^::debug::GET 127\.0\.0\.1:9: ECONNREFUSED, \d+ ms, try 1 of 5$/m);
  assert.doesNotMatch(log.replaceAll(/^::add-mask::.*$/gm, ''), /a secret/);
});

const RELEASED = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_ACTION_REPOSITORY: 'contoso/azure-session',
  GITHUB_ACTION_REF: 'v1',
};

test('a failure has a title, says what to do, and ends with the section that explains it', async () => {
  const page = readFileSync(join(ROOT, 'docs', 'troubleshooting.md'), 'utf8');
  for (const inputs of [
    { ...world.secret, ...WRONG },
    { ...world.secret, subscription: 'Prodution' },
    { mode: 'both', 'keep-alive': 'perhaps' },
    { ...world.identity, 'client-certificate': world.contoso.certificate.certificate },
    { 'auth-type': 'managed-identity' },
  ]) {
    const { log, errors, summary } = await world.refused(inputs, /\nWhat to do:\n/, { env: RELEASED });
    assert.match(log, /^::error title=Signing in to Azure failed::/m);
    const link = errors[0]?.split('\n').at(-1) ?? '';
    const [address, anchor] = link.split('#');
    assert.equal(address, 'https://github.com/contoso/azure-session/blob/v1/docs/troubleshooting.md');
    assert.ok(page.includes(`<a id="${anchor}"></a>`), `docs/troubleshooting.md has no #${anchor}`);
    assert.ok(summary.includes(`[More about this failure](${link})`), summary);
  }
});

test('a failure has no address where the action is a local one, or where the variables hold none', async () => {
  const odd = 'https://github.com/) [x](https://elsewhere.example';
  for (const env of [{ GITHUB_ACTION_REPOSITORY: '' }, { GITHUB_SERVER_URL: odd }]) {
    const { log, summary } = await world.refused({}, /./, { env: { ...RELEASED, ...env } });
    assert.doesNotMatch(log + summary, /troubleshooting\.md|elsewhere/);
  }
});

test('its summary numbers the steps, breaks long commands between options, and folds what the server says', async () => {
  github.environment = 'production';
  const { errors, summary } = await world.refused(world.identity, /AADSTS700213/);
  const says =
    /<details><summary>What Entra ID says<\/summary>\n\nEntra ID says: `AADSTS700213[^<]*correlation id[^<]*<\/d/;
  assert.match(summary, says);
  assert.match(summary, /^1\. Add a federated credential[\s\S]*^2\. If the client is[\s\S]*^3\. Or correct/m);
  const commands = [...summary.matchAll(/^ {3}```sh\n([\s\S]*?)\n {3}```$/gm)].map(([, command = '']) => command);
  assert.equal(commands.length, 3, summary);
  for (const line of commands.join('\n').split('\n')) assert.ok(line.length <= 100, line);
  const [create = ''] = commands;
  const written = create.replaceAll(/ *\\\n */g, ' ').replaceAll(/\n */g, '');
  assert.ok(errors[0]?.includes(written.trim()), `the log has another command than ${written}`);
});

test('a refusal takes nothing from the session before it', async () => {
  using job = world.newJob();
  const first = await world.signedIn({ ...world.secret, ...PRODUCTION }, { job });
  const before = { ...job.env };
  const second = await job.step({ inputs: { ...world.identity, subscription: 'Nowhere' } });
  assert.deepEqual([second.result.exitCode, job.env], [1, before]);
  assert.deepEqual((await second.post()).errors, []);
  assert.deepEqual(job.env, before);
  await assertSignedOut(first, job, {});
});
