import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { TcpConnections } from '../../src/http/tcp.ts';
import { startDeafPeer } from '../hardening/stalling-peers.ts';

describe('A preconnected socket', () => {
  let server: Server;
  let accepted: Socket[];
  let target: { host: string; port: number };
  let tcp: TcpConnections;
  beforeEach(async () => {
    accepted = [];
    server = createServer((socket) => void accepted.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    tcp = new TcpConnections();
  });
  afterEach(() => {
    tcp.close();
    for (const socket of accepted) socket.destroy();
    server.close();
  });

  it('is used once; the next request gets a new one', async () => {
    tcp.open(target);
    tcp.open(target);
    await once(server, 'connection');
    await tcp.take(target);
    assert.equal(accepted.length, 1);
    await Promise.all([tcp.take(target), once(server, 'connection')]);
    assert.equal(accepted.length, 2);
  });

  it('is replaced if the server has closed it', async () => {
    tcp.open(target);
    await once(server, 'connection');
    accepted[0]?.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [socket] = await Promise.all([tcp.take(target), once(server, 'connection')]);
    assert.ok(!socket.destroyed);
    assert.equal(accepted.length, 2);
  });

  it('that failed reports its error only when it is used', async () => {
    server.close();
    await once(server, 'close');
    tcp.open(target);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(tcp.take(target), { code: 'ECONNREFUSED' });
  });

  it('is closed with the pool, whether used, unused or requested later', async () => {
    tcp.open(target);
    const used = await tcp.take(target);
    tcp.open(target);
    tcp.close();
    assert.ok(used.destroyed);
    await assert.rejects(tcp.take(target), { code: 'ECONNRESET' });
  });

  it('waits long enough for a distant host, even if another address does not respond', {
    skip: process.platform !== 'linux' && 'needs a system that drops connections beyond its queue',
  }, async (t) => {
    // The system resends its first packet after a second. The other address does not respond.
    await using peer = await startDeafPeer(700);
    const addresses = ['127.0.0.1', '::1'].map((address) => ({ address, family: address === '::1' ? 6 : 4 }));
    type Callback = (error: null, all: object[]) => void;
    t.mock.method(dns, 'lookup', (_host: string, _options: object, callback: Callback) => callback(null, addresses));
    const socket = await tcp.take({ host: 'far.example', port: peer.port });
    assert.equal(socket.remoteAddress, '127.0.0.1');
  });
});
