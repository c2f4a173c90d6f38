import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { agentProcess, inherited } from '../../src/agent/background.ts';

suite('the process', () => {
  const script = '/runner/_actions/azure-session/dist/agent/index.js';
  const { args, options } = agentProcess('keep-alive', script, { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token' });

  test('outlives the step, holds none of its pipes, and shows no window', () => {
    assert.deepEqual(
      [options.detached, options.stdio, options.windowsHide],
      [true, ['pipe', 'ignore', 'ignore'], true],
    );
  });

  test('works in a folder that nobody removes: Windows cannot remove one that somebody works in', () => {
    const { cwd } = agentProcess('keep-alive', script, { SystemRoot: 'C:\\Windows' }).options;
    assert.equal(cwd, process.platform === 'win32' ? 'C:\\Windows' : '/');
  });

  test('has nothing of the session in its arguments and its environment', () => {
    assert.deepEqual(args.slice(-2), [script, 'keep-alive']);
    assert.ok(args.slice(0, -2).every((argument) => /^--[a-z0-9=-]+$/.test(argument)));
    assert.deepEqual(options.env, {});
  });
});

suite('what it inherits', () => {
  const needed: Record<string, string> = {
    RUNNER_TEMP: '/runner/_temp',
    RUNNER_TRACKING_ID: 'github_1',
    HTTPS_PROXY: 'http://proxy:3128',
    https_proxy: 'http://proxy:3128',
    no_proxy: 'localhost',
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
    SSL_CERT_FILE: '/etc/ca.pem',
    LD_LIBRARY_PATH: '/opt/lib',
    // As Windows writes them.
    SystemRoot: 'C:\\Windows',
    WINDIR: 'C:\\Windows',
    Temp: 'C:\\Temp',
  };
  for (const [name, value] of Object.entries(needed)) {
    test(name, () => assert.deepEqual(inherited({ [name]: value }), { [name]: value }));
  }

  const refused = `
    ACTIONS_ID_TOKEN_REQUEST_TOKEN INPUT_CLIENT-SECRET INPUT_PATH STATE_session GITHUB_TOKEN ACTIONS_RUNTIME_TOKEN
    AZURE_CLIENT_SECRET ARM_CLIENT_SECRET AWS_SECRET_ACCESS_KEY MY_HTTPS_PROXY_PASSWORD PATH HOME`
    .trim()
    .split(/\s+/);
  for (const name of refused) test(`not ${name}`, () => assert.deepEqual(inherited({ [name]: 'x' }), {}));

  test('not a variable without a value', () => assert.deepEqual(inherited({ SSL_CERT_FILE: undefined }), {}));

  const nodeOptions: [given: string, kept: string | undefined][] = [
    ['--use-system-ca', '--use-system-ca'],
    ['--use-openssl-ca  --dns-result-order=ipv4first', '--use-openssl-ca --dns-result-order=ipv4first'],
    ['--require ./relative.js --use-openssl-ca', '--use-openssl-ca'],
    ['--inspect=0.0.0.0:9229', undefined],
    ['--max-old-space-size=8192', undefined],
    ['', undefined],
  ];
  for (const [given, kept] of nodeOptions) {
    test(`of NODE_OPTIONS="${given}": ${kept ?? 'nothing'}`, () =>
      assert.equal(inherited({ NODE_OPTIONS: given })['NODE_OPTIONS'], kept));
  }
});
