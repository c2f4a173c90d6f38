import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createCertificate } from '../../simulator/certificates.ts';
import { plainHttpClient } from '../../src/http/plain-http.ts';
import { startDeadline } from '../../src/http/retry.ts';
import { silent, startPeer, startSecurePeer } from '../hardening/stalling-peers.ts';

test('a host that was not named is never asked', async () => {
  const server = createServer(() => assert.fail('It was asked.'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const client = plainHttpClient([{ origin: 'http://127.0.0.1:1' }], startDeadline(5));
  await assert.rejects(client.send({ method: 'GET', url }), /Not a server of this machine/);
  server.close();
});

test('a server that shows another certificate, and breaks its connection at once, is just not there', async () => {
  await using server = await startSecurePeer(silent, await createCertificate({ commonName: 'another' }));
  await using broken = await startPeer((socket) => {
    const onwards = connect({ port: server.port, host: '127.0.0.1' });
    socket.pipe(onwards).on('error', () => {});
    onwards.on('data', (flight) => socket.write(Buffer.concat([flight, Buffer.from('no record of TLS')])));
    socket.on('error', () => {});
    socket.once('close', () => onwards.destroy());
  });
  const origin = `https://127.0.0.1:${broken.port}`;
  const client = plainHttpClient([{ origin, thumbprint: 'ab' }], startDeadline(5));
  await assert.rejects(client.send({ method: 'GET', url: `${origin}/` }), { name: 'EndpointUnavailable' });
  // An error that nobody catches comes a moment later, and fails the test.
  await pause(100);
});
