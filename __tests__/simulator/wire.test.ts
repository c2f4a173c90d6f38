import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { runProcess } from '../../simulator/job.ts';
import { openWorld } from '../action/world.ts';
import { send } from './client.ts';

const { simulator } = await openWorld();

const DISCOVERY = 'https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration';

/** Runs a script in a process like that of a later step, with the simulator's variables. */
async function run(script: string, variables: Readonly<Record<string, string>> = simulator.environment) {
  const env = { PATH: process.env['PATH'] ?? '', NODE_USE_ENV_PROXY: '1', ...variables };
  return await runProcess(process.execPath, ['--input-type=module', '--eval', script], env, '.', 60_000);
}

test('an unmodified client connects to the real host names through the proxy, and to no other host', async () => {
  const { exitCode, log } = await run(`
    const response = await fetch('${DISCOVERY}');
    console.log(response.status, (await response.json()).token_endpoint);
    const escaped = await fetch('https://example.com/').catch((error) => error.cause?.message ?? error.message);
    console.log(escaped);
  `);
  assert.equal(exitCode, 0, log);
  assert.match(log, /^200 https:\/\/login\.microsoftonline\.com\/common\/oauth2\/v2\.0\/token\n/);
  assert.deepEqual(
    simulator.requests.map(({ method, host, path, status }) => [method, host, path, status]),
    [['GET', 'login.microsoftonline.com', '/common/v2.0/.well-known/openid-configuration', 200]],
  );
  assert.deepEqual(
    simulator.escaped.map(({ via, host, port }) => [via, host, port]),
    [['connect', 'example.com', 443]],
  );
  assert.equal(simulator.connections.connects, 1);
  assert.deepEqual([...simulator.connections.handshakes], [['login.microsoftonline.com', 1]]);
});

test('a client that does not trust the simulator’s authority fails in the handshake', async () => {
  const { NODE_EXTRA_CA_CERTS: _, SSL_CERT_FILE: __, ...untrusting } = simulator.environment;
  const { log } = await run(`await fetch('${DISCOVERY}').catch((error) => console.log(error.cause.code));`, untrusting);
  assert.match(log, /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN/);
  assert.deepEqual(simulator.requests, []);
});

test('plain HTTP through the proxy, and an unknown Host, are rejected and recorded', async () => {
  const socket = connect(simulator.proxyPort, '127.0.0.1');
  socket.write('GET http://169.254.169.254/metadata HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n');
  assert.match(await text(socket), /^HTTP\/1.1 502 /);
  assert.equal((await send(simulator, 'https://localhost/')).status, 421);
  const escaped = simulator.escaped.map(({ via, host }) => `${via} ${host}`);
  assert.deepEqual(escaped, ['http-proxy 169.254.169.254', 'host-header localhost']);
});
