import { connect, type Socket } from 'node:net';

/** Where a TCP connection goes: the server itself, or the proxy before it. */
export interface TcpTarget {
  /** Host name or address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * TCP connections, which can be begun long before they are used: the program's other modules, TLS among them, load while
 * the name is resolved and the first packet travels. So nothing is imported here but `node:net`.
 */
export class TcpConnections {
  readonly #begun = new Map<string, Promise<Socket>>();
  readonly #sockets = new Set<Socket>();
  #closed = false;

  /** Never fails: whoever takes a connection that did not come about gets another one, and learns why it cannot be had. */
  begin(target: TcpTarget): void {
    const key = keyOf(target);
    if (this.#begun.has(key)) return;
    const socket = this.#connect(target);
    this.#begun.set(key, socket);
    socket.then(
      (ready) => ready.once('close', () => this.#forget(key, socket)),
      () => this.#forget(key, socket),
    );
  }

  /** @returns a connection of its own: a begun one, else a new one */
  take(target: TcpTarget): Promise<Socket> {
    const key = keyOf(target);
    const begun = this.#begun.get(key);
    this.#begun.delete(key);
    return begun?.then((socket) => (socket.destroyed ? this.#connect(target) : socket)) ?? this.#connect(target);
  }

  /** Closes every connection, come about or still waited for, so that the process can end at once. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #forget(key: string, socket: Promise<Socket>): void {
    if (this.#begun.get(key) === socket) this.#begun.delete(key);
  }

  #connect({ host, port }: TcpTarget): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      this.#sockets.add(socket);
      socket.on('error', reject);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
      });
      socket.once('connect', () => resolve(socket));
      if (this.#closed) socket.destroy();
    });
  }
}

function keyOf({ host, port }: TcpTarget): string {
  return `${host}:${port}`;
}
