import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { ListenAddress } from './front.ts';

/** An address that drops packets: it neither accepts nor refuses connections. */
export interface BlackHole {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens in a thread that never accepts. Once the backlog is full, the kernel drops the packets of new connections, as
 * a firewall does. This works on Linux and macOS; Windows refuses them instead.
 * Source: listen(2), "backlog".
 */
export async function openBlackHole({ host, port }: ListenAddress): Promise<BlackHole> {
  const thread = new Worker(LISTEN_AND_STOP, { eval: true, workerData: { host, port } });
  const [listening] = (await once(thread, 'message')) as [number];
  const backlog = await fillBacklog(host, listening);
  return {
    port: listening,
    close: async () => {
      for (const socket of backlog) socket.destroy();
      await thread.terminate();
    },
  };
}

const LISTEN_AND_STOP = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer();
server.listen({ ...workerData, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/** More than any kernel keeps for a backlog of one. */
const ATTEMPTS = 8;

/** The backlog is full when a connection does not open at once. */
async function fillBacklog(host: string, port: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const socket = connect({ host, port });
    socket.on('error', () => {});
    sockets.push(socket);
    const opened = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, 200, false);
      socket.once('connect', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
    if (!opened) return sockets;
  }
  throw new Error(`${host}:${port} accepts connections although its backlog should be full.`);
}
