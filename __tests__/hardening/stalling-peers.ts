import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer as createSecureServer } from 'node:tls';
import { Worker } from 'node:worker_threads';
import type { CertificateWithKey } from '../../simulator/certificates.ts';

/** Servers that stall at any stage of a connection. */

export interface Peer extends AsyncDisposable {
  readonly port: number;
}

export type Behavior = (socket: Socket) => void;

export const silent: Behavior = () => {};

/** Sends one character of the text each second. */
export function trickle(text: string): Behavior {
  return (socket) => {
    let sent = 0;
    const timer = setInterval(() => socket.write(text[sent++ % text.length] ?? ''), 1000);
    socket.once('close', () => clearInterval(timer));
  };
}

export function afterRequest(behavior: Behavior): Behavior {
  return (socket) => socket.once('data', () => behavior(socket));
}

/** Accepts a CONNECT, then applies the behavior to the tunnel. */
export function tunnel(behavior: Behavior, statusLine = 'HTTP/1.1 200 Connection established'): Behavior {
  return afterRequest((socket) => {
    socket.write(`${statusLine}\r\n\r\n`);
    behavior(socket);
  });
}

export async function startPeer(
  behavior: Behavior,
  host = '127.0.0.1',
  server: Server = createServer(),
  event = 'connection',
): Promise<Peer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
  server.on('tlsClientError', () => {});
  server.on(event, (socket: Socket) => behavior(socket.on('error', () => {})));
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

/** Applies the behavior after the TLS handshake. Accepts a key of its own that clients reject as too weak. */
export function startSecurePeer(behavior: Behavior, { certificate, privateKey }: CertificateWithKey): Promise<Peer> {
  const server = createSecureServer({ cert: certificate, key: privateKey, ciphers: 'DEFAULT@SECLEVEL=0' });
  return startPeer(behavior, '127.0.0.1', server, 'secureConnection');
}

export function forwardTo(port: number): Behavior {
  return (socket) => {
    const upstream = connect({ port, host: '127.0.0.1' });
    socket.pipe(upstream).pipe(socket);
    upstream.on('error', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
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
 * A port that never accepts: its thread sleeps and the backlog of the system is full, so the system drops every SYN.
 * @param sleepMs when the thread wakes up and accepts the connections
 */
export async function startDeafPeer(sleepMs = Number.POSITIVE_INFINITY): Promise<Peer> {
  const worker = new Worker(DEAF.replace('SLEEP', String(sleepMs)), { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  await pause(100);
  const fillers = Array.from({ length: 8 }, () => connect({ port, host: '127.0.0.1' }).on('error', () => {}));
  await pause(200);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
