import type { Call } from './exchange.ts';

/** A request to a simulated service, with its credentials as the client sent them. */
export interface RequestRecord extends Call {
  readonly time: Date;
  /** `undefined` before the response, and if a fault withholds it. */
  status: number | undefined;
  responseBody: string | undefined;
  /** The kind of the fault that struck the request. */
  fault: string | undefined;
}

/** A connection to a host outside the simulated world, which the simulator rejects. */
export interface EscapedConnection {
  readonly via: 'connect' | 'http-proxy' | 'host-header';
  readonly host: string;
  readonly port: number;
}

export interface Connections {
  /** Accepted TCP connections, of the proxy or of the TLS port. */
  tcp: number;
  /** CONNECT requests that the proxy accepted. */
  connects: number;
  /** CONNECT requests without the right proxy credentials. */
  proxyRefusals: number;
  /** The number of TLS handshakes by server name. */
  readonly handshakes: Map<string, number>;
}

export class Records {
  readonly requests: RequestRecord[] = [];
  readonly escaped: EscapedConnection[] = [];
  readonly connections: Connections = { tcp: 0, connects: 0, proxyRefusals: 0, handshakes: new Map() };

  add(call: Call): RequestRecord {
    const response = { status: undefined, responseBody: undefined };
    const record: RequestRecord = { ...call, ...response, time: new Date(), fault: undefined };
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
