import { X509Certificate } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CertificateWithKey } from './certificates.ts';
import { type Call, jsonReply, type Reply, type Service, textReply } from './exchange.ts';
import type { FaultKind, Faults } from './faults.ts';
import type { Records, RequestRecord } from './records.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Finds the service that a request is for; `undefined` for a host outside the simulated world. */
export type Router = (call: Call) => Service | undefined;

interface Connection {
  readonly id: number;
  /** The TCP socket below TLS: the only one that can be reset. */
  readonly tcp: Socket;
}

/**
 * The simulator's side of the wire: accepts TCP, TLS and HTTP, writes down what came, lets a fault strike or a service
 * answer. TLS asks for a client certificate as the classic endpoints do and goes on without one.
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
  /** TCP sockets waiting for their handshake, by the two ends' ports. */
  readonly #handshaking = new Map<string, Connection>();
  #lastConnectionId = 0;

  constructor(options: { certificate: CertificateWithKey; router: Router; records: Records; faults: Faults }) {
    this.#router = options.router;
    this.#records = options.records;
    this.#faults = options.faults;
    this.#https = this.#createHttps(options.certificate);
    this.#http = createHttpServer((request, response) => void this.#serve('http', request, response));
    this.#http.on('connection', (socket) => this.#connections.set(socket, this.#accept(socket)));
    // No limit, so that it is always the client that ends an idle connection; and no Keep-Alive header, as at Azure.
    for (const server of [this.#https, this.#http]) server.keepAliveTimeout = 0;
  }

  #createHttps(certificate: CertificateWithKey): HttpsServer {
    const server = createHttpsServer(
      { cert: certificate.certificate, key: certificate.privateKey, requestCert: true, rejectUnauthorized: false },
      (request, response) => void this.#serve('https', request, response),
    );
    server.on('connection', (socket: Socket) => this.#beginHandshake(socket));
    server.on('secureConnection', (socket) => {
      const connection = this.#handshaking.get(portsOf(socket));
      if (connection === undefined) return;
      this.#handshaking.delete(portsOf(socket));
      this.#connections.set(socket, connection);
      this.#records.addHandshake(socket.servername === false ? '' : (socket.servername ?? ''));
    });
    return server;
  }

  #beginHandshake(socket: Socket): void {
    const connection = this.#accept(socket);
    const ports = portsOf(socket);
    this.#handshaking.set(ports, connection);
    socket.once('close', () => this.#handshaking.delete(ports));
  }

  #accept(socket: Socket): Connection {
    this.#lastConnectionId += 1;
    this.#records.connections.tcp += 1;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    return { id: this.#lastConnectionId, tcp: socket };
  }

  /** Begins TLS on a socket that another server accepted: the inside of a proxy's tunnel. */
  adopt(socket: Socket): void {
    this.#https.emit('connection', socket);
  }

  /** @returns the port */
  async listen(scheme: 'https' | 'http', address: ListenAddress): Promise<number> {
    const taker = scheme === 'https' ? this.#https : this.#http;
    const server = createTcpServer((socket) => taker.emit('connection', socket));
    const port = await listening(server, address);
    this.#listeners.set(port, server);
    return port;
  }

  /** From now on connections to this port are refused; those that are open are cut. */
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
    await this.#answer({ call, service, record, fault, response, connection });
  }

  async #answer(exchange: {
    call: Call;
    service: Service;
    record: RequestRecord;
    fault: FaultKind | undefined;
    response: ServerResponse;
    connection: Connection;
  }): Promise<void> {
    const { fault, record, response, connection } = exchange;
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
    const answer = replacement(fault) ?? (await this.#ask(exchange.service, exchange.call));
    if (fault?.kind === 'truncated' || fault?.kind === 'reset') {
      sendHalf(response, answer, () =>
        fault.kind === 'reset' ? connection.tcp.resetAndDestroy() : response.socket?.end(),
      );
      return;
    }
    record.status = answer.status;
    record.answer = answer.body;
    send(response, answer, exchange.call.method);
  }

  async #ask(service: Service, call: Call): Promise<Reply> {
    try {
      return await service(call);
    } catch (error) {
      // A fault of the simulator itself: shown, since a test would otherwise blame the product.
      console.error(`simulator: ${call.method} https://${call.host}${call.path}:`, error);
      return jsonReply(500, { error: { code: 'SimulatorFault', message: String(error) } });
    }
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
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
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
    // Not URL's own path: it would fold `//`, which GitHub's request URLs have.
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

/** The answer that a fault puts in the place of the service's. */
function replacement(fault: FaultKind | undefined): Reply | undefined {
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

function send(response: ServerResponse, answer: Reply, method = 'GET'): void {
  response.writeHead(answer.status, { ...answer.headers, 'Content-Length': String(Buffer.byteLength(answer.body)) });
  response.end(method === 'HEAD' ? undefined : answer.body);
}

function sendHalf(response: ServerResponse, answer: Reply, then: () => void): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...answer.headers, 'Content-Length': String(body.length) });
  // A reset throws away what the kernel has not sent yet: give it a moment, so that the client does see the half.
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => setTimeout(then, 20));
}

/** Ends early when the client goes away. */
async function pause(milliseconds: number, response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function portsOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}
