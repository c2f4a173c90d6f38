import { connect, createServer, type Socket } from 'node:net';
import type { ListenAddress } from './front.ts';

export interface Relay extends AsyncDisposable {
  readonly port: number;
  close(): Promise<void>;
}

export interface RelayOptions {
  readonly target: ListenAddress;
  /** Time from one end to the other and back. */
  readonly roundTripMs: number;
  /** Any free port of 127.0.0.1 unless told. */
  readonly listen?: ListenAddress;
}

/**
 * A TCP relay that puts distance between two ends on one machine. The opening costs one round trip, as SYN and its
 * answer do, and every burst of bytes half of one, in each direction. Bytes keep their order; bandwidth is not limited.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    keep(near);
    const far = connect({ ...options.target, allowHalfOpen: true });
    keep(far);
    // The near end was accepted at once by the kernel: what it says is held back by the opening's round trip.
    const opened = performance.now() + options.roundTripMs;
    forward(near, far, { notBefore: opened, delayMs: options.roundTripMs / 2 });
    forward(far, near, { notBefore: opened, delayMs: options.roundTripMs / 2 });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, ...options.listen }, resolve);
  });
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The relay listens on no TCP port.');
  return { port: address.port, close, [Symbol.asyncDispose]: close };
}

/** Hands on what one socket says to the other, later and in order. */
function forward(from: Socket, to: Socket, timing: { notBefore: number; delayMs: number }): void {
  const waiting: (() => void)[] = [];
  const later = (act: () => void) => {
    const now = performance.now();
    const due = Math.max(now, timing.notBefore) + timing.delayMs;
    waiting.push(act);
    // Each timer takes the oldest: timers of one millisecond have no order among themselves.
    setTimeout(() => waiting.shift()?.(), Math.ceil(due - now));
  };
  from.on('data', (bytes) => later(() => to.writable && to.write(bytes)));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => later(() => to.resetAndDestroy()));
  from.on('close', () => later(() => to.destroySoon()));
}
