import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, suite, test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';
import { openWorld, type World } from './world.ts';

const world = await openWorld();
afterEach(() => world.simulator.clear());

const RELEASED = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_ACTION_REPOSITORY: 'contoso/azure-session',
  GITHUB_ACTION_REF: 'v1',
};

test('the debug log names an identity endpoint that nobody answers at', async () => {
  const env = { RUNNER_DEBUG: '1', IDENTITY_ENDPOINT: 'http://127.0.0.1:9/token', IDENTITY_HEADER: 'a secret' };
  const { result } = await world.signIn({ 'auth-type': 'managed-identity' }, { env });
  assert.match(result.log, /^::debug::GET 127\.0\.0\.1:9: ECONNREFUSED, \d+ ms, try 1 of 5$/m);
  assert.doesNotMatch(result.log.replaceAll(/^::add-mask::.*$/gm, ''), /a secret/);
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
