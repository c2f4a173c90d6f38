import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { Worker } from 'node:worker_threads';
import type { CertificateWithKey } from '../../simulator/certificates.ts';

/** Peers that never finish what they began, at every stage of a connection. */

export interface Peer extends AsyncDisposable {
  readonly port: number;
}

/** What a peer does with a connection that it accepted. */
export type Behaviour = (socket: Socket) => void;

export const silent: Behaviour = () => {};

/** Sends a byte of the text each second. */
export function trickling(text: string): Behaviour {
  return (socket) => {
    let sent = 0;
    const timer = setInterval(() => socket.write(text[sent++ % text.length] ?? ''), 1000);
    socket.once('close', () => clearInterval(timer));
  };
}

/** Waits for a request, then behaves. */
export function afterRequest(behaviour: Behaviour): Behaviour {
  return (socket) => socket.once('data', () => behaviour(socket));
}

/** Accepts a CONNECT, then behaves as the peer in the tunnel. */
export function tunnelling(behaviour: Behaviour, statusLine = 'HTTP/1.1 200 Connection established'): Behaviour {
  return afterRequest((socket) => {
    socket.write(`${statusLine}\r\n\r\n`);
    behaviour(socket);
  });
}

export async function startPeer(behaviour: Behaviour, host = '127.0.0.1'): Promise<Peer> {
  return listening(createServer(), 'connection', behaviour, host);
}

/** A peer that finishes the TLS handshake first. */
export async function startSecurePeer(
  behaviour: Behaviour,
  { certificate, privateKey }: CertificateWithKey,
  host = '127.0.0.1',
): Promise<Peer> {
  return listening(createSecureServer({ cert: certificate, key: privateKey }), 'secureConnection', behaviour, host);
}

/** Passes a connection on as it is. */
export function passingOn(port: number): Behaviour {
  return (socket) => {
    const onwards = connect({ port, host: '127.0.0.1' });
    socket.pipe(onwards).pipe(socket);
    onwards.on('error', () => socket.destroy());
    socket.once('close', () => onwards.destroy());
  };
}

async function listening(
  server: Server,
  event: 'connection' | 'secureConnection',
  behaviour: Behaviour,
  host: string,
): Promise<Peer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.on(event, (socket: Socket) => {
    socket.on('error', () => {});
    behaviour(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const DEAF = `
const { createServer } = require('node:net');
const { parentPort } = require('node:worker_threads');
const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLEEP), 50);
});`;

/**
 * A port to which no connection comes about: its thread sleeps, and what the system would accept in its place is used up,
 * so that every further SYN is dropped.
 * @param sleepMs when it wakes up and takes the connections after all
 */
export async function startDeafPeer(sleepMs = Number.POSITIVE_INFINITY): Promise<Peer> {
  const worker = new Worker(DEAF.replace('SLEEP', String(sleepMs)), { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  await new Promise((resolve) => setTimeout(resolve, 100));
  const fillers = Array.from({ length: 8 }, () => connect({ port, host: '127.0.0.1' }).on('error', () => {}));
  await new Promise((resolve) => setTimeout(resolve, 200));
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
