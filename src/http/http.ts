import { request as plainRequest } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  connect as secure,
  type TLSSocket,
} from 'node:tls';
import { codeOf } from '../core/files.ts';
import type { Environment } from '../core/machine.ts';
import { SessionError } from '../core/session-error.ts';
import { networkError } from '../errors/network.ts';
import { exchange, type HttpRequest, type HttpResponse, logged } from './exchange.ts';
import { type Deadline, isTransientStatus, retryAfterMs, TransientFailure, traffic } from './retry.ts';
import {
  type HttpProxy,
  PreconnectPool,
  proxyFor,
  TcpConnections,
  type TcpTarget,
  targetOf,
  yieldToNetwork,
} from './tcp.ts';

/** Sends every https request of the program. */
export interface HttpClient {
  /**
   * Makes one attempt. Returns a response of any status that is not transient. Does not follow redirects, which could
   * leak tokens.
   * @throws {TransientFailure} on connection errors, timeouts, truncated responses, 408, 429 and 5xx
   * @throws {SessionError} if the server's certificate is not trusted or the proxy rejects the request
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Starts to connect to origins that will be needed soon. */
  preconnect(origins: readonly string[]): Promise<void>;
  /** Closes every connection, even one that is still being made, so that the process can end. */
  close(): void;
}

/** Limit for one attempt, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** The options of `createConnection` that are used here. */
type Target = ConnectionOptions & { host?: string; port?: number | string };
type OnSocket = (error: Error | null, socket?: Duplex) => void;

/**
 * Keeps connections open between requests, and can open them before the first request, which hides the time for DNS,
 * TCP, TLS and the proxy's CONNECT. If a preconnected connection fails, the request that needs it makes another, and
 * reports why that fails.
 * @param env contains the proxy variables
 * @param tcp preconnected connections, which the client closes
 */
export function httpClient(env: Environment, deadline: Deadline, tcp = new TcpConnections()): HttpClient {
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  const connections = new PreconnectPool(connector(env, tcp));
  // Node calls this when there is no idle connection.
  agent.createConnection = ({ host = '', port }: Target, onSocket: OnSocket): undefined => {
    connections.take({ host, port: Number(port) }).then((socket) => onSocket(null, socket), onSocket);
  };
  return {
    send: (request) => send(request, agent, deadline),
    preconnect(origins) {
      for (const origin of origins) connections.open(targetOf(new URL(origin)));
      return yieldToNetwork();
    },
    close() {
      tcp.close();
      agent.destroy();
    },
  };
}

async function send(request: HttpRequest, agent: Agent, deadline: Deadline): Promise<HttpResponse> {
  const { method, url } = request;
  const { origin, protocol, host } = new URL(url);
  if (protocol !== 'https:') throw new Error(`Not an https URL: ${origin}`);
  const pending = logged(request, () =>
    exchange(request, deadline, TIMEOUT_MS, (to, requestHeaders) => {
      // Without `Accept-Encoding`, a server may choose any encoding. Source: RFC 9110, 12.5.3.
      const accept = { Accept: 'application/json', 'Accept-Encoding': 'identity' };
      const headers = { 'User-Agent': 'azure-session/1', ...accept, ...requestHeaders };
      return secureRequest(to, { method, agent, headers });
    }),
  );
  const response = await pending.catch((error: unknown) => {
    if (!(error instanceof TransientFailure) || !isUntrusted(error.cause)) throw error;
    throw untrusted(host, error.cause);
  });
  if (!isTransientStatus(response.status)) return response;
  throw new TransientFailure(`${host} answered HTTP ${response.status}`, {
    requestId: response.requestId,
    retryAfterMs: retryAfterMs(response.headers),
    remediation: response.status === 429 ? THROTTLED : '',
    // A gateway got no valid response from the server, or not in time. Source: RFC 9110, 15.6.3 and 15.6.5.
    delivery: [502, 504].includes(response.status) ? 'unknown' : 'received',
  });
}

const THROTTLED = 'Run the job again in a few minutes, and let fewer jobs sign in at the same time.';

function connector(env: Environment, tcp: TcpConnections): (target: TcpTarget) => Promise<TLSSocket> {
  let context: SecureContext | undefined;
  return async (target) => {
    const { host } = target;
    const proxy = proxyFor(new URL(`https://${authorityOf(target)}`), env);
    if (proxy)
      traffic.log?.write(`${host} is reached through the proxy ${proxy.protocol}//${proxy.host}:${proxy.port}`);
    const connection = tcp.take(proxy ?? target);
    // Reads the trusted authorities while the connection is being made.
    context ??= createSecureContext();
    const secureContext = context;
    const socket = proxy === undefined ? await connection : await tunnel(proxy, connection, target, tcp);
    return secured({ socket, host, ...serverName(host), secureContext, ALPNProtocols: ['http/1.1'] }, tcp);
  };
}

function authorityOf({ host, port }: TcpTarget): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** TLS sends server names, but not addresses. Source: RFC 6066, 3. */
function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

function secured(options: ConnectionOptions, tcp: TcpConnections): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED, which any step can set, cannot send secrets to an untrusted host.
    const socket = tcp.add(secure({ ...options, rejectUnauthorized: true }));
    socket.setNoDelay(true);
    socket.once('close', () => reject(notConnected('the connection was closed before it was made')));
    socket.once('secureConnect', () => resolve(socket));
    // Stays registered: an idle connection that fails must not raise an uncaught error.
    socket.on('error', reject);
  });
}

const CHECK_PROXY =
  'The variable HTTPS_PROXY or https_proxy in the environment of the runner, the job or the step sets the proxy. Check that the proxy runs and that its address is correct. If the runner can reach Azure without it, remove the variable, or add the hosts to NO_PROXY.';

/** Opens a tunnel through a proxy. Source: RFC 9110, 9.3.6. */
async function tunnel(
  { host, port, protocol, authorization }: HttpProxy,
  connecting: Promise<Socket>,
  target: TcpTarget,
  tcp: TcpConnections,
): Promise<Socket> {
  try {
    const socket = await connecting;
    const proxySocket = protocol === 'https:' ? await secured({ socket, host, ...serverName(host) }, tcp) : socket;
    return await connectThrough(proxySocket, authorization, authorityOf(target), tcp);
  } catch (cause) {
    if (cause instanceof TransientFailure || cause instanceof SessionError) throw cause;
    if (isUntrusted(cause)) throw untrusted(`the proxy ${host}:${port}`, cause);
    throw new TransientFailure(`the proxy ${host}:${port} cannot be reached (${codeOf(cause) || 'unknown error'})`, {
      delivery: 'not-sent',
      remediation: CHECK_PROXY,
      cause,
    });
  }
}

function connectThrough(proxy: Socket, authorization: string, path: string, tcp: TcpConnections): Promise<Socket> {
  const credentials = authorization === '' ? {} : { 'Proxy-Authorization': authorization };
  const headers = { Host: path, ...credentials };
  return new Promise((resolve, reject) => {
    const request = tcp.add(plainRequest({ method: 'CONNECT', path, headers, createConnection: () => proxy }));
    // Node emits `connect` for a response of any status.
    request.once('connect', ({ statusCode: status = 0, headers: { 'proxy-authenticate': schemes } }, socket) => {
      if (status >= 200 && status < 300) return resolve(tcp.add(socket as Socket));
      socket.destroy();
      if (isTransientStatus(status) || status < 200) {
        reject(notConnected(`the proxy answered HTTP ${status} for ${path}`, CHECK_PROXY));
      } else if (status === 407) reject(networkError('passwordForProxy', path, String(schemes ?? '')));
      else reject(networkError('refusedByProxy', path, status));
    });
    request.once('error', reject);
    request.once('close', () => reject(notConnected('the proxy closed the connection')));
    request.end();
  });
}

function notConnected(reason: string, remediation = ''): TransientFailure {
  return new TransientFailure(reason, { delivery: 'not-sent', remediation });
}

/** Codes of Node and OpenSSL for an untrusted server, which a retry will not change. */
const UNTRUSTED =
  /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|UNSPECIFIED)/;

function isUntrusted(error: unknown): boolean {
  return UNTRUSTED.test(codeOf(error));
}

function untrusted(server: string, cause: unknown): SessionError {
  const code = codeOf(cause);
  // A fixed text of OpenSSL. With other codes, the message may quote the certificate.
  const words = code === 'UNSPECIFIED' && cause instanceof Error ? cause.message : '';
  return networkError('untrusted', server, code, words).causedBy(cause);
}
