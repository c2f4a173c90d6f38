import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { createCertificate } from '../../simulator/certificates.ts';
import { NobodyThere, plainHttpClient } from '../../src/http/plain-http.ts';
import { startDeadline, TransientFailure } from '../../src/http/retry.ts';
import { rejection } from './session.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function get(origin: string, seconds = 10) {
  return plainHttpClient([{ origin }], startDeadline(seconds)).send({ method: 'GET', url: `${origin}/x?y=z` });
}

test('an answer of any status comes back whole, without its byte order mark', async () => {
  const origin = await serve((request, response) => {
    response
      .writeHead(418, { 'X-Ms-Request-Id': 'id-1', 'X-Two': ['a', 'b'] })
      .end(`\ufeff${request.method} ${request.url}`);
  });
  const response = await get(origin);
  assert.equal(response.status, 418);
  assert.equal(response.body, 'GET /x?y=z');
  assert.equal(response.requestId, 'id-1');
  assert.equal(response.headers['x-two'], 'a, b');
});

test('a host that was not named is never asked', async () => {
  const origin = await serve(() => assert.fail('It was asked.'));
  const client = plainHttpClient([{ origin: 'http://127.0.0.1:1' }], startDeadline(5));
  await assert.rejects(client.send({ method: 'GET', url: `${origin}/` }), /Not a server of this machine/);
});

test('an https server is known by its thumbprint, and without one not trusted', async () => {
  const { certificate, privateKey, thumbprint } = await createCertificate({ commonName: 'machine' });
  const server = createSecureServer({ key: privateKey, cert: certificate }, (_, response) => void response.end('yes'));
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(get(origin), NobodyThere);
  const request = { method: 'GET', url: origin } as const;
  const client = plainHttpClient([{ origin, thumbprint: thumbprint.toLowerCase() }], startDeadline(5));
  assert.equal((await client.send(request)).body, 'yes');
});

test('what goes wrong after the connection is transient', async () => {
  const cases: [RequestListener, RegExp][] = [
    [(request) => void request.socket.destroy(), /the connection to .* failed \(ECONNRESET\)/],
    [
      (_, response) => void response.writeHead(200, { 'Content-Length': '9' }).write('half', () => response.destroy()),
      /the answer of .* broke off/,
    ],
    [(_, response) => void response.end('x'.repeat(1024 * 1024 + 1)), /more than 1 MB/],
  ];
  for (const [listener, says] of cases) {
    const error = await rejection(get(await serve(listener)));
    assert.ok(error instanceof TransientFailure, String(error));
    assert.match(error.message, says);
  }
});

test('the deadline ends a request that is not answered', async () => {
  const error = await rejection(get(await serve(() => {}), 0.3));
  assert.match(error.message, /the connection to .* failed \(ETIMEDOUT\)/);
});

/** A server whose queue is full and which accepts nobody: what a firewall that drops packets looks like. */
async function deafServer(): Promise<{ origin: string } & Disposable> {
  const script =
    "const s = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port));";
  const child: ChildProcess = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = child.stdout === null ? [] : ((await once(child.stdout, 'data')) as [Buffer]);
  child.kill('SIGSTOP');
  const queued: Socket[] = Array.from({ length: 4 }, () =>
    connect({ host: '127.0.0.1', port: Number(String(port)) }).on('error', () => {}),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  return {
    origin: `http://127.0.0.1:${String(port).trim()}`,
    [Symbol.dispose]: () => {
      for (const socket of queued) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}

test('a connection that does not come about is given up after two seconds', {
  skip: process.platform !== 'linux',
}, async () => {
  using deaf = await deafServer();
  const error = await rejection(get(deaf.origin));
  assert.ok(error instanceof NobodyThere, String(error));
  assert.match(error.message, /no answer in 2 s/);
});
