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

interface ProxyOptions {
  readonly port: number;
  readonly credentials?: ProxyCredentials | undefined;
  readonly records: Records;
  readonly serves: (host: string) => boolean;
  readonly tunnel: (socket: Socket) => void;
}

/**
 * A CONNECT proxy that maps the real host names to the simulator. It opens no connection: the TLS server gets the
 * tunnel's socket, so that its reset reaches the client. Every other host gets 502 and is recorded.
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
    if (!isAuthorized(request, options.credentials)) {
      records.connections.proxyRefusals += 1;
      reject(socket, '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="simulator"');
    } else if (port !== '443' || !options.serves(host)) {
      records.addEscaped('connect', host, Number(port));
      reject(socket, '502 Bad Gateway');
    } else {
      records.connections.connects += 1;
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) socket.unshift(head);
      options.tunnel(socket);
    }
  });
  const port = await listening(server, { host: '127.0.0.1', port: options.port });
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port, close };
}

function reject(socket: Socket, statusAndHeaders: string): void {
  socket.end(`HTTP/1.1 ${statusAndHeaders}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

function isAuthorized(request: IncomingMessage, credentials: ProxyCredentials | undefined): boolean {
  if (credentials === undefined) return true;
  const expected = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return request.headers['proxy-authorization'] === `Basic ${expected}`;
}
