import { connect, createServer, type Socket } from 'node:net';
import { type ListenAddress, listening } from './front.ts';

interface Relay extends AsyncDisposable {
  readonly port: number;
  close(): Promise<void>;
}

interface RelayOptions {
  readonly target: ListenAddress;
  readonly roundTripMs: number;
  /** Default: any free port of 127.0.0.1. */
  readonly listen?: ListenAddress;
}

/**
 * A TCP relay that simulates distance. Opening a connection takes one round trip, as SYN and SYN-ACK do, and every burst
 * of bytes half of one, in each direction. Bytes keep their order; bandwidth is not limited.
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
    // The kernel accepts the near end at once, so its bytes wait for the round trip of the opening.
    const opened = performance.now() + options.roundTripMs;
    const timing = { notBefore: opened, delayMs: options.roundTripMs / 2 };
    forward(near, far, timing);
    forward(far, near, timing);
  });
  const port = await listening(server, { host: '127.0.0.1', port: 0, ...options.listen });
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port, close, [Symbol.asyncDispose]: close };
}

function forward(from: Socket, to: Socket, timing: { notBefore: number; delayMs: number }): void {
  const waiting: (() => void)[] = [];
  const later = (act: () => void) => {
    const now = performance.now();
    const due = Math.max(now, timing.notBefore) + timing.delayMs;
    waiting.push(act);
    // Each timer takes the oldest entry, since timers that are due in the same millisecond have no order.
    setTimeout(() => waiting.shift()?.(), Math.ceil(due - now));
  };
  from.on('data', (bytes) => later(() => to.writable && to.write(bytes)));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => later(() => to.resetAndDestroy()));
  from.on('close', () => later(() => to.destroySoon()));
}
