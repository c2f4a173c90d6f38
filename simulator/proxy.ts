import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { listening } from './front.ts';
import type { Records } from './records.ts';

export interface ProxyCredentials {
  readonly username: string;
  readonly password: string;
}

export interface ConnectProxy {
  readonly port: number;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly port: number;
  readonly credentials?: ProxyCredentials | undefined;
  readonly records: Records;
  /** Whether a host is part of the simulated world. */
  readonly serves: (host: string) => boolean;
  /** Takes over a granted tunnel. */
  readonly tunnel: (socket: Socket) => void;
}

/**
 * A CONNECT proxy that leads the real host names to the simulator. It opens no connection at all: a granted tunnel's
 * socket is handed to the TLS server as it is, so that a reset there is a reset at the client. Every other host is
 * refused with 502 and written down.
 */
export async function startProxy(options: ProxyOptions): Promise<ConnectProxy> {
  const { records } = options;
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://proxy.invalid');
    records.addEscaped('http-proxy', url.hostname, Number(url.port || 80));
    response.writeHead(502).end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const [host = '', port = '443'] = (request.url ?? '').toLowerCase().split(/:(?=\d+$)/);
    if (!authorised(request, options.credentials)) {
      records.connections.proxyRefusals += 1;
      refuse(socket, '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="simulator"');
    } else if (port !== '443' || !options.serves(host)) {
      records.addEscaped('connect', host, Number(port));
      refuse(socket, '502 Bad Gateway');
    } else {
      records.connections.connects += 1;
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) socket.unshift(head);
      options.tunnel(socket);
    }
  });
  const port = await listening(server, { host: '127.0.0.1', port: options.port });
  return {
    port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function refuse(socket: Socket, statusAndHeaders: string): void {
  socket.end(`HTTP/1.1 ${statusAndHeaders}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

function authorised(request: IncomingMessage, credentials: ProxyCredentials | undefined): boolean {
  if (credentials === undefined) return true;
  const expected = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return request.headers['proxy-authorization'] === `Basic ${expected}`;
}
