import assert from 'node:assert/strict';
import { delimiter, resolve } from 'node:path';
import { test } from 'node:test';
import { agentProcess, inherited } from '../../src/agent/background.ts';

const SCRIPT = '/runner/_actions/azure-session/dist/agent/index.js';

test('the agent outlives the step, has none of its pipes, and no secret in its arguments or environment', () => {
  const { args, options } = agentProcess('keep-alive', SCRIPT, { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token' });
  assert.deepEqual([options.detached, options.stdio, options.windowsHide], [true, ['pipe', 'ignore', 'ignore'], true]);
  assert.deepEqual([args.slice(-2), options.env], [[SCRIPT, 'keep-alive'], {}]);
  assert.ok(args.slice(0, -2).every((argument) => /^--[a-z0-9=-]+$/.test(argument)));
});

test('its working folder is never removed: Windows cannot remove the working folder of a process', () => {
  const { cwd } = agentProcess('keep-alive', SCRIPT, { SystemRoot: 'C:\\Windows' }).options;
  assert.equal(cwd, process.platform === 'win32' ? 'C:\\Windows' : '/');
});

test('it inherits only the variables that it needs to run and to connect', () => {
  const needed = {
    RUNNER_TEMP: '/runner/_temp',
    RUNNER_TRACKING_ID: 'github_1',
    HTTPS_PROXY: 'http://proxy:3128',
    https_proxy: 'http://proxy:3128',
    no_proxy: 'localhost',
    // In the letter case of Windows.
    SystemRoot: 'C:\\Windows',
    WINDIR: 'C:\\Windows',
    Temp: 'C:\\Temp',
  };
  const others = `ACTIONS_ID_TOKEN_REQUEST_TOKEN INPUT_CLIENT-SECRET INPUT_PATH STATE_session GITHUB_TOKEN PATH HOME
    ACTIONS_RUNTIME_TOKEN AZURE_CLIENT_SECRET ARM_CLIENT_SECRET AWS_SECRET_ACCESS_KEY MY_HTTPS_PROXY_PASSWORD`;
  const dropped = Object.fromEntries(others.split(/\s+/).map((name) => [name, 'x']));
  assert.deepEqual(inherited({ ...needed, ...dropped, SSL_CERT_DIR: undefined }), needed);
});

test('it gets absolute paths, because its working folder is not that of the step', () => {
  const paths = {
    NODE_EXTRA_CA_CERTS: 'ca.pem',
    SSL_CERT_FILE: 'ca.pem',
    OPENSSL_CONF: 'a.cnf',
    OPENSSL_MODULES: 'lib',
  };
  const lists = { SSL_CERT_DIR: ['certs', resolve('more')], LD_LIBRARY_PATH: ['lib'] };
  const expected = Object.entries(paths).map(([name, path]) => [name, resolve(path)]);
  const joined = Object.entries(lists).map(([name, list]) => [name, list.join(delimiter)]);
  const resolved = Object.entries(lists).map(([name, list]) => [
    name,
    list.map((path) => resolve(path)).join(delimiter),
  ]);
  const actual = inherited({ ...paths, ...Object.fromEntries(joined) });
  assert.deepEqual(actual, Object.fromEntries([...expected, ...resolved]));
});

test('of NODE_OPTIONS it inherits only what affects trust and name resolution', () => {
  for (const [options, expected] of [
    ['--use-system-ca', '--use-system-ca'],
    ['--use-openssl-ca  --dns-result-order=ipv4first', '--use-openssl-ca --dns-result-order=ipv4first'],
    ['--require ./relative.js --use-openssl-ca', '--use-openssl-ca'],
    ['--dns-result-order ipv4first', '--dns-result-order ipv4first'],
    ['--openssl-config /etc/a.cnf --inspect', '--openssl-config /etc/a.cnf'],
    ['--openssl-config="/etc/my ssl.cnf"', '--openssl-config="/etc/my ssl.cnf"'],
    ['--openssl-shared-config --openssl-config', '--openssl-shared-config'],
    ['--tls-max-v1.2 --tls-cipher-list=DEFAULT', '--tls-max-v1.2 --tls-cipher-list=DEFAULT'],
    ['--title=--use-openssl-ca', undefined],
    ['--inspect=0.0.0.0:9229', undefined],
    ['--max-old-space-size=8192', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(inherited({ NODE_OPTIONS: options })['NODE_OPTIONS'], expected, options);
  }
});
