import { connect, type Socket } from 'node:net';

/** Where a TCP connection goes: the server itself, or the proxy before it. */
export interface TcpTarget {
  /** Host name or address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * So long one of several addresses of a host may take, in milliseconds. Node's own quarter of a second is less than a
 * packet takes around the world: it would give up each address but the last, and then nothing is left where that is an
 * IPv6 one and the machine has no way there. Within two seconds even a first packet that was lost is sent again. They are
 * lost where IPv6 leads into the void; there Node's value costs less.
 * Source: Node.js, `net.connect`, `autoSelectFamilyAttemptTimeout`; RFC 6298, 2.
 */
const ADDRESS_MS = 2_000;

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
      const socket = connect({ host, port, noDelay: true, autoSelectFamilyAttemptTimeout: ADDRESS_MS });
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
