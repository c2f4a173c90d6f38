import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { runProcess } from '../../simulator/job.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { ask } from './client.ts';

let simulator: Simulator;

before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.close());
beforeEach(() => simulator.clear());

const DISCOVERY = 'https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration';

/** Runs a client as later steps run theirs: a process of its own, with the simulator's environment. */
async function runNode(
  script: string,
  variables: Readonly<Record<string, string>> = simulator.environment,
): Promise<{ code: number | null; output: string }> {
  const env = { ...environment(), NODE_USE_ENV_PROXY: '1', ...variables };
  const args = ['--input-type=module', '--eval', script];
  const { exitCode, log } = await runProcess(process.execPath, args, env, '.', 60_000);
  return { code: exitCode, output: log };
}

test('an unmodified client reaches the real names through the proxy, and nothing else', async () => {
  const { code, output } = await runNode(`
    const found = await fetch('${DISCOVERY}');
    console.log(found.status, (await found.json()).token_endpoint);
    const escaped = await fetch('https://example.com/').catch((error) => error.cause?.message ?? error.message);
    console.log(escaped);
  `);
  assert.equal(code, 0, output);
  assert.match(output, /^200 https:\/\/login\.microsoftonline\.com\/common\/oauth2\/v2\.0\/token\n/);
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

test('a client that does not trust the authority gets no further than the handshake', async () => {
  const { NODE_EXTRA_CA_CERTS: _, SSL_CERT_FILE: __, ...untrusting } = simulator.environment;
  const { output } = await runNode(
    `await fetch('${DISCOVERY}').catch((error) => console.log(error.cause.code));`,
    untrusting,
  );
  assert.match(output, /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN/);
  assert.deepEqual(simulator.requests, []);
});

test('plain http through the proxy is refused and written down; so is an unknown Host', async () => {
  const socket = connect(simulator.proxyPort, '127.0.0.1');
  socket.write('GET http://169.254.169.254/metadata HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n');
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  assert.match(answer, /^HTTP\/1.1 502 /);
  assert.equal((await ask(simulator, 'https://localhost/')).status, 421);
  assert.deepEqual(
    simulator.escaped.map(({ via, host }) => [via, host]),
    [
      ['http-proxy', '169.254.169.254'],
      ['host-header', 'localhost'],
    ],
  );
});

function environment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '' };
}
