import type { Call } from './exchange.ts';

/** One request that reached a simulated service. Holds credentials as they were sent: for tests alone. */
export interface RequestRecord extends Call {
  readonly time: Date;
  /** `undefined` until it is answered, and for ever if a fault keeps the answer back. */
  status: number | undefined;
  /** The body of the answer as it was sent. */
  answer: string | undefined;
  /** The kind of the fault that struck it. */
  fault: string | undefined;
}

/** Something a client tried to reach that is no part of the simulated world. */
export interface EscapedConnection {
  readonly via: 'connect' | 'http-proxy' | 'host-header';
  readonly host: string;
  readonly port: number;
}

export interface Connections {
  /** TCP connections accepted, by the proxy or directly by the TLS port, since the last `clear()`. */
  tcp: number;
  /** CONNECT requests that the proxy granted. */
  connects: number;
  /** CONNECT requests refused for want of the right proxy credentials. */
  proxyRefusals: number;
  /** Completed TLS handshakes by server name. */
  readonly handshakes: Map<string, number>;
}

export class Records {
  readonly requests: RequestRecord[] = [];
  readonly escaped: EscapedConnection[] = [];
  readonly connections: Connections = { tcp: 0, connects: 0, proxyRefusals: 0, handshakes: new Map() };

  add(call: Call): RequestRecord {
    const record: RequestRecord = { ...call, time: new Date(), status: undefined, answer: undefined, fault: undefined };
    this.requests.push(record);
    return record;
  }

  addEscaped(via: EscapedConnection['via'], host: string, port: number): void {
    this.escaped.push({ via, host, port });
  }

  addHandshake(host: string): void {
    this.connections.handshakes.set(host, (this.connections.handshakes.get(host) ?? 0) + 1);
  }

  clear(): void {
    this.requests.length = 0;
    this.escaped.length = 0;
    Object.assign(this.connections, { tcp: 0, connects: 0, proxyRefusals: 0 });
    this.connections.handshakes.clear();
  }
}
