import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { CertificateWithKey } from './certificates.ts';
import { type Call, jsonReply, type Reply, type Service, textReply } from './exchange.ts';
import type { FaultKind, Faults } from './faults.ts';
import type { Records } from './records.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** @returns `undefined` for a host outside the simulated world */
type Router = (call: Call) => Service | undefined;

interface Connection {
  readonly id: number;
  /** The TCP socket below TLS, since only that one can be reset. */
  readonly tcp: Socket;
}

/**
 * The servers for HTTPS and HTTP, which record each request and send the response of its service or of a fault. TLS
 * requests a client certificate, as the classic endpoints do, and accepts a client without one.
 */
export class Front {
  readonly #router: Router;
  readonly #records: Records;
  readonly #faults: Faults;
  readonly #https: HttpsServer;
  readonly #http: Server;
  readonly #listeners = new Map<number, TcpServer>();
  readonly #sockets = new Set<Socket>();
  readonly #connections = new WeakMap<Socket, Connection>();
  /** TCP sockets before their handshake, by the addresses of both ends. */
  readonly #handshaking = new Map<string, Connection>();
  #lastConnectionId = 0;

  constructor(options: { certificate: CertificateWithKey; router: Router; records: Records; faults: Faults }) {
    this.#router = options.router;
    this.#records = options.records;
    this.#faults = options.faults;
    this.#https = this.#createHttps(options.certificate);
    this.#http = createHttpServer((request, response) => void this.#serve('http', request, response));
    this.#http.on('connection', (socket) => this.#connections.set(socket, this.#accept(socket)));
    // No limit, so that only clients end an idle connection. There is no Keep-Alive header then, as in Azure.
    for (const server of [this.#https, this.#http]) server.keepAliveTimeout = 0;
  }

  #createHttps(certificate: CertificateWithKey): HttpsServer {
    const server = createHttpsServer(
      { cert: certificate.certificate, key: certificate.privateKey, requestCert: true, rejectUnauthorized: false },
      (request, response) => void this.#serve('https', request, response),
    );
    server.on('connection', (socket: Socket) => {
      const ends = endsOf(socket);
      this.#handshaking.set(ends, this.#accept(socket));
      socket.once('close', () => this.#handshaking.delete(ends));
    });
    server.on('secureConnection', (socket) => {
      const connection = this.#handshaking.get(endsOf(socket));
      if (connection === undefined) return;
      this.#handshaking.delete(endsOf(socket));
      this.#connections.set(socket, connection);
      this.#records.addHandshake(socket.servername === false ? '' : (socket.servername ?? ''));
    });
    return server;
  }

  #accept(socket: Socket): Connection {
    this.#lastConnectionId += 1;
    this.#records.connections.tcp += 1;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    return { id: this.#lastConnectionId, tcp: socket };
  }

  /** Begins TLS on the socket of a proxy's tunnel. */
  adopt(socket: Socket): void {
    this.#https.emit('connection', socket);
  }

  /** @returns the port */
  async listen(scheme: 'https' | 'http', address: ListenAddress): Promise<number> {
    const target = scheme === 'https' ? this.#https : this.#http;
    const server = createTcpServer((socket) => target.emit('connection', socket));
    const port = await listening(server, address);
    this.#listeners.set(port, server);
    return port;
  }

  /** Refuses new connections to the port and closes the open ones. */
  stopListening(port: number): void {
    this.#listeners.get(port)?.close();
    this.#listeners.delete(port);
    for (const socket of this.#sockets) if (socket.localPort === port) socket.destroy();
  }

  async #serve(scheme: Call['scheme'], request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) {
      request.socket.destroy();
      return;
    }
    const call = await readCall(scheme, request, connection.id).catch(() => undefined);
    if (call === undefined) return;
    const service = this.#router(call);
    if (service === undefined) {
      this.#records.addEscaped('host-header', call.host, scheme === 'https' ? 443 : 80);
      send(response, textReply(421, 'text/plain', 'Misdirected Request'));
      return;
    }
    const record = this.#records.add(call);
    const fault = this.#faults.strike(call);
    record.fault = fault?.kind;
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'switch') {
      response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      return;
    }
    if (fault?.kind === 'reset' && fault.at !== 'body') {
      connection.tcp.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'delay') await pause(fault.milliseconds, response);
    const reply = faultReply(fault) ?? (await replyOf(service, call));
    if (fault?.kind === 'truncated' || fault?.kind === 'reset') {
      const end = () => (fault.kind === 'reset' ? connection.tcp.resetAndDestroy() : response.socket?.end());
      sendHalf(response, reply, end);
      return;
    }
    record.status = reply.status;
    record.responseBody = reply.body;
    send(response, reply, call.method);
  }

  async close(): Promise<void> {
    const closed = [...this.#listeners.values()].map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    this.#https.closeAllConnections();
    this.#http.closeAllConnections();
    await Promise.all(closed);
  }
}

export async function listening(server: TcpServer, address: ListenAddress): Promise<number> {
  await once(server.listen(address.port, address.host), 'listening');
  return (server.address() as AddressInfo).port;
}

async function replyOf(service: Service, call: Call): Promise<Reply> {
  try {
    return await service(call);
  } catch (error) {
    // Shown, since a defect of the simulator would otherwise look like one of the product.
    console.error(`simulator: ${call.method} https://${call.host}${call.path}:`, error);
    return jsonReply(500, { error: { code: 'SimulatorFault', message: String(error) } });
  }
}

async function readCall(scheme: Call['scheme'], request: IncomingMessage, connectionId: number): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url ?? '/', 'http://path.invalid');
  const host = (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return {
    scheme,
    host,
    port: request.socket.localPort ?? 0,
    method: request.method ?? 'GET',
    // Not the path of `URL`, which replaces the `//` of GitHub's request URLs.
    path: (request.url ?? '/').split('?')[0] ?? '/',
    query: url.searchParams,
    headers: request.headers,
    body,
    form: new URLSearchParams(isForm ? body : ''),
    connectionId,
    clientCertificate: clientCertificate(request.socket),
  };
}

function clientCertificate(socket: Socket): X509Certificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? undefined : new X509Certificate(raw);
}

function faultReply(fault: FaultKind | undefined): Reply | undefined {
  switch (fault?.kind) {
    case 'status':
      return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? '' };
    case 'empty':
      return { status: 200, headers: {}, body: '' };
    case 'html':
      return textReply(
        200,
        'text/html',
        '<!DOCTYPE html><html><body><h1>Please sign in to the network</h1></body></html>',
      );
    case 'json':
      return jsonReply(fault.status ?? 200, fault.body);
    default:
      return undefined;
  }
}

function send(response: ServerResponse, { status, headers, body }: Reply, method = 'GET'): void {
  response.writeHead(status, { ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
  response.end(method === 'HEAD' ? undefined : body);
}

function sendHalf(response: ServerResponse, reply: Reply, then: () => void): void {
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(body.length) });
  // A reset discards bytes that the kernel has not sent yet, so wait for them.
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => setTimeout(20).then(then));
}

/** Ends early if the client closes the connection. */
async function pause(milliseconds: number, response: ServerResponse): Promise<void> {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  await setTimeout(milliseconds, undefined, { signal: closed.signal }).catch(() => {});
}

function endsOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}
