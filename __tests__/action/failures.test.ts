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

test('a wrong secret: code, message, correlation id and the command that fixes it, after one request', async () => {
  const command = `az ad app credential reset --id ${world.contoso.application.clientId} --append`;
  const parts = ['AADSTS7000215', 'Invalid client secret provided', 'correlation id [\\da-f-]{36}', command];
  await world.rejects({ ...world.secret, ...WRONG }, new RegExp(parts.join('[\\s\\S]*')), { requests: 1 });
});

test('a federated mismatch: the claims of the token and the command that creates the credential', async () => {
  github.environment = "prod's";
  const message =
    /AADSTS700213[\s\S]*issuer: {3}https:\/\/token\.actions\.githubusercontent\.com\n\s*subject: {2}repo:octo-org@65\/octo-repo@74:environment:prod's\n\s*audience: api:\/\/AzureADTokenExchange\n[\s\S]*az ad app federated-credential create --id/;
  await world.rejects(world.identity, message);
});

test('a subject that every pull request has is a security warning', async () => {
  github.eventName = 'pull_request';
  const subject = 'repo:octo-org@65/octo-repo@74:pull_request';
  Object.assign(world.contoso.application.federatedCredentials[0] ?? {}, { subject });
  await using step = await world.signIn({ ...world.identity, ...PRODUCTION });
  assert.match(step.result.warnings.join(), /pull_request/);
});

test('an identity without a role: the error has its object id and the command that assigns a role', async () => {
  for (const subscription of directory.subscriptions) subscription.roleAssignments.length = 0;
  await world.rejects(world.secret, /az role assignment create --assignee-object-id [\da-f-]{36}/);
  const tenantLevel = await world.signIn({ ...world.secret, 'allow-no-subscriptions': 'true' });
  assert.equal(tenantLevel.result.outputs['subscription-id'], '');
  await assertSignedOut(tenantLevel, world.job);
});

test('a misspelt or ambiguous subscription name is an error', async () => {
  await world.rejects({ ...world.secret, subscription: 'Prodution' }, /Production/);
  for (const twin of directory.subscriptions.slice(0, 2)) twin.displayName = 'Twin';
  await world.rejects({ ...world.secret, subscription: 'twin' }, /2 subscriptions have the name/);
});

suite('token-scopes', () => {
  const VAULT = 'https://vault.azure.net';
  const withScopes = (...scopes: string[]) => ({ ...world.secret, ...PRODUCTION, 'token-scopes': scopes.join('\n') });

  test('the requests for tokens and subscriptions run at the same time', async () => {
    faults.add({ path: /oauth2/, skip: 1, times: 3, fault: { kind: 'hang' } });
    faults.add({ path: '/subscriptions', fault: { kind: 'hang' } });
    const scopes = withScopes(VAULT, 'https://graph.microsoft.com/', 'https://storage.azure.com/.default');
    await world.rejects({ ...scopes, 'timeout-seconds': '4' }, /did not finish within 4 seconds/);
    const applied = world.simulator.requests.map(({ fault }) => fault);
    assert.deepEqual(applied, [undefined, 'hang', 'hang', 'hang', 'hang']);
  });

  test('a rejected scope fails the sign-in', async () => {
    const message = /AADSTS500011[\s\S]*unknown\.example\.com[\s\S]*Check `token-scopes`/;
    await world.rejects(withScopes(VAULT, 'https://unknown.example.com'), message);
  });

  test('if the account and a scope fail, the one error is about the account', async () => {
    faults.add({ path: /oauth2/, skip: 1, times: 100, fault: { kind: 'status', status: 503 } });
    faults.add({ path: '/subscriptions', times: 100, fault: { kind: 'delay', milliseconds: 300 } });
    await world.rejects({ ...withScopes(VAULT), subscription: 'Nowhere', 'max-attempts': '2' }, /Nowhere/);
  });
});

const [now = '', then = ''] = [7_200_000, 7_201_000].map((ahead) => new Date(Date.now() + ahead).toUTCString());
for (const [what, fault] of [
  ['HTTP 503', { kind: 'status', status: 503 }],
  ['HTTP 429', { kind: 'status', status: 429, headers: { 'Retry-After': '1' } }],
  ['a date by the clock of the server', { kind: 'status', status: 503, headers: { Date: now, 'Retry-After': then } }],
] as const) {
  test(`a transient failure is retried, with a log line for each attempt: ${what}`, async () => {
    const paths = [/idtoken/, /oauth2\/v2\.0\/token/, /^\/subscriptions$/];
    for (const path of paths) faults.add({ path, fault });
    await using step = await world.signIn({ ...world.identity, ...PRODUCTION });
    const attempts = step.result.log.match(/failed \(try 1 of 5\): .*Trying again in \d+\.\d s\./g);
    assert.equal(attempts?.length, paths.length, step.result.log);
    if ('headers' in fault) assert.doesNotMatch(step.result.log, /Trying again in (?!1\.0 s)/);
    const presented = world.simulator.requests.flatMap(({ form }) => form.get('client_assertion') ?? []);
    assert.equal(new Set(presented).size, 2, 'each attempt presents a new ID token');
  });
}

test('an error page does not come from the service: the error names neither a role nor an outage', async () => {
  const once = { 'max-attempts': '2' };
  const byId = { subscription: directory.subscriptions[0]?.id ?? '', 'list-subscriptions': 'false' };
  for (const [inputs, path] of [
    [world.secret, '/subscriptions'],
    [{ ...world.secret, ...byId }, '/subscriptions/*'],
    [world.secret, /oauth2/],
  ] as const) {
    for (const status of [302, 403, 404]) {
      faults.add({ path, times: 2, fault: { kind: 'status', status, body: '<html>Blocked</html>' } });
      const message = new RegExp(`Both attempts failed.*HTTP ${status}[\\s\\S]*no proxy or firewall`);
      const { errors } = await world.rejects({ ...inputs, ...once }, message);
      assert.doesNotMatch(errors.join(), /az role|azure\.status/);
    }
  }
  faults.add({ path: /idtoken/, fault: { kind: 'status', status: 302 } });
  await using _ = await world.signIn({ ...world.identity, ...PRODUCTION });
});

test('throttling during all attempts: the error asks for fewer sign-ins, and does not blame the network', async () => {
  faults.add({ path: '/subscriptions', fault: { kind: 'status', status: 429 } });
  const { errors } = await world.rejects({ ...world.secret, 'max-attempts': '1' }, /HTTP 429[\s\S]*fewer jobs/);
  assert.doesNotMatch(errors.join(), /not your inputs/);
});

test('a next page without TLS: the error shows what differs', async () => {
  const nextLink = 'http://management.azure.com/subscriptions?page=2';
  faults.add({ path: '/subscriptions', fault: { kind: 'json', body: { value: [], nextLink } } });
  const message = /came from https:\/\/management\.azure\.com, but the link leads to http:\/\/management/;
  await world.rejects(world.secret, message);
});

test('a private cloud that cannot be reached, or a web page: the error names the input, not an outage', async () => {
  const url = { 'resource-manager-url': 'https://localhost:9', 'max-attempts': '1' };
  const portal = { ...url, 'resource-manager-url': 'https://management.local.azurestack.external' };
  faults.add({ path: '/metadata/endpoints', fault: { kind: 'html' } });
  for (const cloud of [url, portal]) {
    const { errors } = await world.rejects({ ...world.secret, ...cloud }, /Check `resource-manager-url`/);
    assert.doesNotMatch(errors.join(), /not your inputs/);
  }
});

test('after the last attempt, the one error has the last reason', async () => {
  faults.add({ path: /oauth2/, times: 100, fault: { kind: 'status', status: 502 } });
  const message = /Both attempts failed; the last one: login\.microsoftonline\.com answered HTTP 502/;
  await world.rejects({ ...world.secret, 'max-attempts': '2' }, message, { requests: 2 });
});

test('a Retry-After beyond the deadline is an immediate error that names the wait', async () => {
  for (const retryAfter of ['3600', '31536000', '99999999999', 'Fri, 31 Dec 2099 23:59:59 GMT']) {
    const wait = retryAfter === '3600' ? '60 minutes' : 'more than two days';
    faults.add({ path: /oauth2/, fault: { kind: 'status', status: 429, headers: { 'Retry-After': retryAfter } } });
    const message = new RegExp(`HTTP 429, and asks to wait ${wait} before the next attempt`);
    assert.doesNotMatch((await world.rejects(world.secret, message, { requests: 1 })).log, /did not finish|network/);
  }
});

test('the debug log names an identity endpoint that does not respond', async () => {
  const env = { RUNNER_DEBUG: '1', IDENTITY_ENDPOINT: 'http://127.0.0.1:9/token', IDENTITY_HEADER: 'a secret' };
  const { log } = await world.rejects({ 'auth-type': 'managed-identity' }, /./, { env });
  assert.match(log, /^::debug::GET 127\.0\.0\.1:9: ECONNREFUSED, \d+ ms, try 1 of 5$/m);
  assert.doesNotMatch(log.replaceAll(/^::add-mask::.*$/gm, ''), /a secret/);
});

const RELEASED = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_ACTION_REPOSITORY: 'contoso/azure-session',
  GITHUB_ACTION_REF: 'v1',
};

test('an error has a title and steps, and ends with a link to its section of the documentation', async () => {
  const page = readFileSync(join(ROOT, 'docs', 'troubleshooting.md'), 'utf8');
  for (const inputs of [
    { ...world.secret, ...WRONG },
    { ...world.secret, subscription: 'Prodution' },
    { mode: 'both', 'keep-alive': 'perhaps' },
    { ...world.identity, 'client-certificate': world.contoso.certificate.certificate },
    { 'auth-type': 'managed-identity' },
  ]) {
    const { log, errors, summary } = await world.rejects(inputs, /\nWhat to do:\n/, { env: RELEASED });
    assert.match(log, /^::error title=Signing in to Azure failed::/m);
    const link = errors[0]?.split('\n').at(-1) ?? '';
    const [address, anchor] = link.split('#');
    assert.equal(address, 'https://github.com/contoso/azure-session/blob/v1/docs/troubleshooting.md');
    assert.ok(page.includes(`<a id="${anchor}"></a>`), `docs/troubleshooting.md has no #${anchor}`);
    assert.ok(summary.includes(`[More about this failure](${link})`), summary);
  }
});

test('an error has no link if the action is local or the variables have no valid URL', async () => {
  const invalid = 'https://github.com/) [x](https://elsewhere.example';
  for (const env of [{ GITHUB_ACTION_REPOSITORY: '' }, { GITHUB_SERVER_URL: invalid }]) {
    const { log, summary } = await world.rejects({}, /./, { env: { ...RELEASED, ...env } });
    assert.doesNotMatch(log + summary, /troubleshooting\.md|elsewhere/);
  }
});

test('the summary wraps the commands of the error', async () => {
  github.environment = 'production';
  const { errors, summary } = await world.rejects(world.identity, /AADSTS700213/);
  const commands = [...summary.matchAll(/^ {3}```sh\n([\s\S]*?)\n {3}```$/gm)].map(([, command = '']) => command);
  assert.equal(commands.length, 3, summary);
  for (const line of commands.join('\n').split('\n')) assert.ok(line.length <= 100, line);
  const [create = ''] = commands;
  const unwrapped = create.replaceAll(/ *\\\n */g, ' ').replaceAll(/\n */g, '');
  assert.ok(errors[0]?.includes(unwrapped.trim()), `the log does not have the command ${unwrapped}`);
});

test('a failed sign-in does not change an earlier session', async () => {
  using job = world.newJob();
  const first = await world.signIn({ ...world.secret, ...PRODUCTION }, { job });
  const before = { ...job.env };
  const second = await job.step({ inputs: { ...world.identity, subscription: 'Nowhere' } });
  assert.deepEqual([second.result.exitCode, job.env], [1, before]);
  assert.deepEqual((await second.post()).errors, []);
  assert.deepEqual(job.env, before);
  await assertSignedOut(first, job);
});
