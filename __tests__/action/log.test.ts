import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, suite, test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';
import { openWorld, type World } from './world.ts';

const world = await openWorld();
afterEach(() => world.simulator.clear());

const ID = '66666666-ffff-4fff-8fff-666666666666';
const DEBUG = { RUNNER_DEBUG: '1' };
const RELEASED = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_ACTION_REPOSITORY: 'contoso/azure-session',
  GITHUB_ACTION_REF: 'v1',
};

function debugLines(log: string): string[] {
  return [...log.matchAll(/^::debug::(.*)$/gm)].map(([, line = '']) => line);
}

suite('The debug log', () => {
  test('has a line for each try of a request, the proxy, what the image gave and what was exported', async () => {
    world.simulator.faults.add({
      path: /oauth2/,
      fault: { kind: 'status', status: 503, headers: { 'x-ms-request-id': ID } },
    });
    const proxy = new URL(world.simulator.environment['HTTPS_PROXY'] ?? '');
    const env = { ...DEBUG, HTTPS_PROXY: `http://somebody:pass%2Fword@${proxy.host}`, https_proxy: '' };
    const { result } = await world.signedIn({ ...world.identity, subscription: 'Production' }, { env });
    const lines = debugLines(result.log);
    const requests = lines.filter((line) => /^(GET|POST) /.test(line)).map((line) => line.replace(/\d+ ms/, 'N ms'));
    assert.deepEqual(
      requests.map((line) => line.replace(/request id [\da-f-]{36}$/, 'request id ID')),
      [
        'GET pipelines.actions.githubusercontent.com: HTTP 200, N ms, try 1 of 5',
        'POST login.microsoftonline.com: HTTP 503, N ms, try 1 of 5, request id ID',
        'GET pipelines.actions.githubusercontent.com: HTTP 200, N ms, try 1 of 5',
        'POST login.microsoftonline.com: HTTP 200, N ms, try 2 of 5, request id ID',
        'GET management.azure.com: HTTP 200, N ms, try 1 of 5, request id ID',
      ],
    );
    const rest = lines.filter((line) => !/^(GET|POST) /.test(line)).join('\n');
    assert.match(
      rest,
      new RegExp(`^login\\.microsoftonline\\.com is reached through the proxy http://${proxy.host}$`, 'm'),
    );
    assert.match(rest, /^Taken over from the runner image: /m);
    assert.match(rest, /^Exported: AZURE_SESSION_LOGINS, AZURE_CONFIG_DIR, .*AZURE_FEDERATED_TOKEN_FILE/m);
    assert.doesNotMatch(lines.join('\n'), /[?=]|somebody|pass|eyJ/);
  });

  test('names a connection that failed, and which variables are blank', async () => {
    world.simulator.faults.add({ path: /oauth2/, fault: { kind: 'reset' } });
    using job = world.newJob({ AZURE_USERNAME: 'someone' });
    const { result } = await job.step({ inputs: { ...world.secret, subscription: 'Production' }, env: DEBUG });
    const lines = debugLines(result.log).join('\n');
    assert.match(
      lines,
      /^POST login\.microsoftonline\.com: the connection to .* failed \(ECONNRESET\), \d+ ms, try 1 of 5$/m,
    );
    assert.match(lines, /^Exported: .*AZURE_USERNAME \(blank\)/m);
  });

  test('names an identity endpoint that nobody answers at', async () => {
    const env = { ...DEBUG, IDENTITY_ENDPOINT: 'http://127.0.0.1:9/token', IDENTITY_HEADER: 'a secret' };
    const { result } = await world.signIn({ 'auth-type': 'managed-identity' }, { env });
    const lines = debugLines(result.log).join('\n');
    assert.match(lines, /^GET 127\.0\.0\.1:9: ECONNREFUSED, \d+ ms, try 1 of 5$/m);
    assert.doesNotMatch(lines, /a secret/);
  });

  test('is silent without RUNNER_DEBUG', async () => {
    const { result } = await world.signedIn({ ...world.secret, subscription: 'Production' });
    assert.deepEqual(debugLines(result.log), []);
  });
});

test('the first line of a success says what it took', async () => {
  const { result } = await world.signIn({ ...world.secret, subscription: 'Production' });
  const [first = ''] = result.log.split('\n').filter((line) => !line.startsWith('::'));
  assert.match(first, /^Signed in to AzureCloud as .* by client-secret, .*, in (\d+ ms|\d\.\d s) with 2 requests\.$/);
});

test('a federated session that is not kept alive says when it ends', async () => {
  const { result } = await world.signIn({ ...world.identity, subscription: 'Production', 'keep-alive': 'false' });
  const end = result.outputs['expires-on']?.slice(11, 16) ?? '';
  assert.match(result.log, new RegExp(`^The session lasts until ${end} UTC\\.$`, 'm'));
});

const FAILURES: Readonly<Record<string, (one: World) => Record<string, string>>> = {
  'a refusal of Entra ID': (one) => ({ ...one.secret, 'client-secret': 'wrong' }),
  'an unknown subscription': (one) => ({ ...one.secret, subscription: 'Prodution' }),
  'several errors in the inputs': () => ({ mode: 'both', 'keep-alive': 'perhaps' }),
  'a bad certificate': (one) => ({ ...one.identity, 'client-certificate': one.contoso.certificate.certificate }),
  'no managed identity': () => ({ 'auth-type': 'managed-identity' }),
};

suite('A failure', () => {
  const page = readFileSync(join(ROOT, 'docs', 'troubleshooting.md'), 'utf8');
  for (const [name, inputs] of Object.entries(FAILURES)) {
    test(`${name} has a title, says what to do, and ends with the section that explains it`, async () => {
      const { result } = await world.signIn(inputs(world), { env: RELEASED });
      assert.match(result.log, /^::error title=Signing in to Azure failed::/m);
      const [error = ''] = result.errors;
      const lines = error.split('\n');
      assert.ok(lines.indexOf('What to do:') > 0, error);
      const [address = '', anchor = ''] = lines.at(-1)?.split('#') ?? [];
      assert.equal(address, 'https://github.com/contoso/azure-session/blob/v1/docs/troubleshooting.md');
      assert.ok(page.includes(`<a id="${anchor}"></a>`), `docs/troubleshooting.md has no #${anchor}`);
      assert.ok(result.summary.includes(`[More about this failure](${lines.at(-1)})`), result.summary);
    });
  }

  test('has no address where the action is a local one, or where the variables hold none', async () => {
    for (const env of [
      { ...RELEASED, GITHUB_ACTION_REPOSITORY: '' },
      { ...RELEASED, GITHUB_SERVER_URL: 'https://github.com/) [x](https://elsewhere.example' },
    ]) {
      const { result } = await world.signIn({}, { env });
      assert.equal(result.errors.length, 1);
      assert.doesNotMatch(result.log + result.summary, /troubleshooting\.md|elsewhere/);
    }
  });
});
