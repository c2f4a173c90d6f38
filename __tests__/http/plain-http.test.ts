import assert from 'node:assert/strict';
import { Agent, createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createCertificate } from '../../simulator/certificates.ts';
import { exchange } from '../../src/http/exchange.ts';
import { plainHttpClient } from '../../src/http/plain-http.ts';
import { startDeadline } from '../../src/http/retry.ts';
import { silent, startPeer, startSecurePeer } from '../hardening/stalling-peers.ts';

test('the client sends no request to a host that it was not created for', async () => {
  const server = createServer(() => assert.fail('It got a request.'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const client = plainHttpClient([{ origin: 'http://127.0.0.1:1' }], startDeadline(5));
  await assert.rejects(client.send({ method: 'GET', url }), /Not a server of this machine/);
  server.close();
});

test('a server with another certificate that closes the connection at once counts as unavailable', async () => {
  await using server = await startSecurePeer(silent, await createCertificate({ commonName: 'another' }));
  await using broken = await startPeer((socket) => {
    const upstream = connect({ port: server.port, host: '127.0.0.1' });
    socket.pipe(upstream).on('error', () => {});
    upstream.on('data', (flight) => socket.write(Buffer.concat([flight, Buffer.from('not a TLS record')])));
    socket.on('error', () => {});
    socket.once('close', () => upstream.destroy());
  });
  const origin = `https://127.0.0.1:${broken.port}`;
  const client = plainHttpClient([{ origin, thumbprint: 'ab' }], startDeadline(5));
  await assert.rejects(client.send({ method: 'GET', url: `${origin}/` }), { name: 'EndpointUnavailable' });
  // An unhandled error would follow a moment later, and fail the test.
  await pause(100);
});

test('a timeout distinguishes a connection that is never made from a server that does not answer', async () => {
  await using server = await startPeer(silent);
  const unconnected = Object.assign(new Agent(), { createConnection: () => undefined });
  for (const [agent, message] of [
    [new Agent(), /did not answer within 0\.1 s/],
    [unconnected, /no connection to 127\.0\.0\.1:\d+ could be made within 0\.1 s/],
  ] as const) {
    const get = { method: 'GET', url: `http://127.0.0.1:${server.port}/` } as const;
    const response = exchange(get, startDeadline(5), 100, (url) => request(url, { agent }));
    await assert.rejects(response, message);
  }
});
